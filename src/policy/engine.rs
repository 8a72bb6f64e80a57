//! The Rego engine behind a small interface. This module and its parts are the only place that names regorus.
//!
//! The syntax tree is read through `regorus::unstable`; the dependency is pinned to one version, so the compiler is the check.
//! Memory is limited by the counting allocator that comes with the engine. Its limit is one number for the whole process, so every
//! entry point holds one lock: evaluations of different requests queue, the checks of one request run in parallel.

mod builtins;
mod lower;
mod run;

use std::num::{NonZeroU32, NonZeroUsize};

use serde_json::Value;

use super::error::PolicyError;
use super::scan;
use super::syntax::Module;

pub(super) use builtins::{arity, names as builtin_names, refused};
pub use run::Limits;
pub(super) use run::{Coverage, Documents, Failure, RuleValue, Session, Workers};

/// Columns that the engine accepts: more than policies may use, because it counts a tab as four of them, and because a renamed head
/// makes its line longer.
const ENGINE_COLUMNS: u32 = 8192;

/// Parsed policies, ready to be evaluated any number of times.
#[derive(Debug, Clone)]
pub(super) struct Engine {
    inner: regorus::Engine,
    /// What it was prepared with.
    settings: Option<Value>,
}

impl Engine {
    /// An engine without policies. A failing builtin is an error in it, never an undefined value.
    pub(super) fn new() -> Self {
        let mut inner = regorus::Engine::new();
        inner.set_strict_builtin_errors(true);
        if let (Some(max_col), Some(max_file_bytes), Some(max_lines)) =
            (NonZeroU32::new(ENGINE_COLUMNS), NonZeroUsize::new(2 * scan::MAX_BYTES), NonZeroUsize::new(scan::MAX_LINES))
        {
            inner.set_policy_length_config(regorus::PolicyLengthConfig { max_col, max_file_bytes, max_lines });
        }
        Engine { inner, settings: None }
    }

    /// Parses a file and keeps it. The errors name the place that the parser names.
    pub(super) fn add(&mut self, path: &str, text: &str) -> Result<Module, PolicyError> {
        self.inner.add_policy(path.to_owned(), text.to_owned()).map_err(|error| placed(path, text, &error.to_string()))?;
        match self.inner.get_modules().last() {
            Some(module) => lower::module(path, text, module),
            None => Err(PolicyError::at(path, 0, 0, "the file cannot be read")),
        }
    }

    /// Analyses all files together, so that what is wrong shows before anything is evaluated. Sessions with these settings start from
    /// what was found out; with others, it is found out again.
    pub(super) fn prepare(&mut self, settings: &Value) -> Result<(), PolicyError> {
        let prepared = self.set(settings).and_then(|()| self.inner.eval_query("true".to_owned(), false));
        prepared.map(|_| ()).map_err(|error| placed("", "", &error.to_string()))
    }

    /// Gives policies their settings. The engine forgets what it found out about them when data comes.
    fn set(&mut self, settings: &Value) -> anyhow::Result<()> {
        if self.settings.as_ref() == Some(settings) {
            return Ok(());
        }
        self.inner.clear_data();
        let data = serde_json::json!({ "kadian": { "settings": settings } });
        self.inner.add_data_json(&data.to_string())?;
        self.settings = Some(settings.clone());
        Ok(())
    }
}

/// Takes the place out of an engine message, which looks like `--> file:line:col`, a quotation of the line, and `error: text`.
fn placed(path: &str, text: &str, message: &str) -> PolicyError {
    let (place, reason) = split_message(message);
    let (file, line, column) = place.unwrap_or_else(|| (path.to_owned(), 0, 0));
    let source = text.split('\n').nth(line.saturating_sub(1) as usize).unwrap_or_default();
    let error = PolicyError::at(&file, line, byte_column(source, column), reason);
    if looks_like_v0(source) {
        return error.hint(
            "This looks like Rego v0. Rego v1 writes `deny contains msg if { .. }` for sets and `name if { .. }` for conditions.",
        );
    }
    error
}

/// The column in bytes, where the engine counts characters, and a tab as four.
fn byte_column(line: &str, column: u32) -> u32 {
    let mut counted = 1;
    let mut bytes = 1;
    for c in line.chars() {
        if counted >= column {
            break;
        }
        counted += if c == '\t' { 4 } else { 1 };
        bytes += u32::try_from(c.len_utf8()).unwrap_or(1);
    }
    if line.is_empty() { column } else { bytes }
}

/// The place and the reason in an engine message; the whole message is the reason where it has another form.
fn split_message(message: &str) -> (Option<(String, u32, u32)>, String) {
    let place = message.lines().find_map(|line| {
        let mut parts = line.strip_prefix("--> ")?.rsplitn(3, ':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        Some((parts.next()?.to_owned(), line, column))
    });
    let reason = message.lines().rev().find_map(|line| line.strip_prefix("error: "));
    (place, reason.unwrap_or(message).trim().to_owned())
}

/// Whether a line opens a rule in the manner of Rego v0: a head without `if` or `contains`, and a brace.
fn looks_like_v0(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default();
    let starts_with_name = line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let head = line.split('{').next().unwrap_or_default();
    let old_head = !head.contains(" if ") && !head.contains(" contains ") && !head.contains(":=");
    starts_with_name && old_head && (line.contains('{') || line.trim_end().ends_with(']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parse_error_has_its_place_and_old_syntax_has_a_hint() {
        let error = Engine::new().add("a.rego", "package a\n\ndeny[msg] {\n\tmsg := \"x\"\n}\n").unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("a.rego", 3));
        assert!(error.hint.as_deref().unwrap_or_default().contains("deny contains msg if"), "{error:?}");
        let error = Engine::new().add("a.rego", "package a\n\nx := (1 +\n").unwrap_err();
        assert!(error.line >= 3, "{error:?}");
        assert_eq!(error.hint, None);
    }

    #[test]
    fn an_unsafe_variable_is_found_before_evaluation() {
        let mut engine = Engine::new();
        engine.add("a.rego", "package a\n\nx if {\n\ty > 1\n}\n").unwrap();
        let error = engine.prepare(&Value::Null).unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("a.rego", 4), "{error}");
    }
}
