//! `kadian.logs/v1`: the facts about logs as they were once found, so that a decision can be replayed without the logs.

use std::io::{BufRead, Read as _};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::evidence::ReadError;
use crate::evidence::document::{MAX_DOCUMENT_BYTES, parse};
use crate::evidence::text::{failed, shown};
use crate::facts::{LogLevel, LogSide, Logs, TemplateStatus};

pub(super) const SCHEMA: &str = "kadian.logs/v1";

/// What a record says.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRecord {
    /// When the gray version started.
    pub start: Option<Timestamp>,
    /// Until when was looked.
    pub at: Option<Timestamp>,
    pub facts: Logs,
}

impl LogRecord {
    /// Until when was looked; else the time of the last entry where it has a zone, else when the gray version started.
    #[must_use]
    pub fn made_at(&self) -> Option<Timestamp> {
        let last = self.facts.gray.last.as_deref().and_then(|time| time.parse().ok());
        self.at.or(last).or(self.start)
    }
}

/// The facts as a record, so that a decision over a live server can be replayed from a file. `at` is until when was looked.
#[must_use]
pub fn document(facts: &Logs, at: Timestamp) -> Value {
    let mut document = json!(facts);
    if let Value::Object(keys) = &mut document {
        keys.insert("schema".to_owned(), SCHEMA.into());
        keys.insert("at".to_owned(), at.to_string().into());
    }
    document
}

/// Reads a record: what `kadian input` prints under `logs`, with `schema` and perhaps `start` and `at` beside it.
///
/// `gray` needs `lines` and `errors`, and so does `baseline` unless it is null; a template needs `template`, `status`, `level`,
/// `gray` and `baseline`; everything else may be left out and is then zero or null. Totals are at least what the templates show.
/// Errors: another schema, an unknown key, a key that is missing, no line in `gray`, a status that does not fit its counts.
pub(super) fn read(input: &mut dyn BufRead) -> Result<LogRecord, ReadError> {
    let mut bytes = Vec::new();
    input.take(MAX_DOCUMENT_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    let Value::Object(mut record) = parse(&bytes)? else { return Err(ReadError::whole("expected a mapping")) };
    match record.remove("schema") {
        Some(Value::String(schema)) if schema == SCHEMA => {}
        Some(other) => return Err(ReadError::whole(format!("schema `{}`: expected `{SCHEMA}`", shown(&other.to_string())))),
        None => return Err(ReadError::whole(format!("the key `schema` is missing: expected `{SCHEMA}`"))),
    }
    let mut time = |key: &str| match record.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(time) => match time.as_str().and_then(|text| text.parse().ok()) {
            Some(time) => Ok(Some(time)),
            None => Err(ReadError::whole(format!("{key} `{}`: expected a time with its zone", shown(&time.to_string())))),
        },
    };
    let (start, at) = (time("start")?, time("at")?);
    // What the input document puts around facts.
    for key in ["status", "sources", "reason"] {
        record.remove(key);
    }
    let facts = facts(record)?;
    check(&facts)?;
    Ok(LogRecord { start, at, facts })
}

fn facts(mut record: Map<String, Value>) -> Result<Logs, ReadError> {
    let side = serde_json::to_value(LogSide::default()).unwrap_or_default();
    for key in ["gray", "baseline"] {
        if let Some(Value::Object(found)) = record.get_mut(key) {
            for needed in ["lines", "errors"] {
                if !found.contains_key(needed) {
                    return Err(ReadError::whole(format!("{key}: the key `{needed}` is missing")));
                }
            }
            fill(found, &side);
        }
    }
    if let Some(Value::Array(templates)) = record.get_mut("templates") {
        let quiet = json!({"rate_ratio": null, "p_value": null, "first_seen": null, "sample": "", "file": null, "line": null, "on_changed_line": false});
        for template in templates.iter_mut().filter_map(Value::as_object_mut) {
            fill(template, &quiet);
        }
    }
    let quiet = json!({"service": null, "version": null, "exposure": null, "new": 0, "variants": 0, "risen": 0, "new_warnings": 0,
        "unchanged": 0, "unlisted": 0, "margin": 0.0, "alpha": 0.0});
    fill(&mut record, &quiet);
    if !record.contains_key("baseline") {
        return Err(ReadError::whole("the key `baseline` is missing: expected its figures, or null where there was none"));
    }
    let mut facts: Logs =
        serde_json::from_value(Value::Object(record)).map_err(|error| ReadError::whole(shown(&error.to_string())))?;
    let listed = |of: &dyn Fn(LogLevel, TemplateStatus) -> bool| {
        facts.templates.iter().filter(|template| of(template.level, template.status)).count() as u64
    };
    let is = |status| move |level, found| found == status && level != LogLevel::Warning;
    let new = listed(&is(TemplateStatus::New));
    let variants = listed(&is(TemplateStatus::Variant));
    let risen = listed(&is(TemplateStatus::Risen));
    let warnings =
        listed(&|level, status| level == LogLevel::Warning && matches!(status, TemplateStatus::New | TemplateStatus::Variant));
    facts.new = facts.new.max(new);
    facts.variants = facts.variants.max(variants);
    facts.risen = facts.risen.max(risen);
    facts.new_warnings = facts.new_warnings.max(warnings);
    Ok(facts)
}

fn fill(found: &mut Map<String, Value>, quiet: &Value) {
    for (key, value) in quiet.as_object().into_iter().flatten() {
        found.entry(key.clone()).or_insert_with(|| value.clone());
    }
}

fn check(facts: &Logs) -> Result<(), ReadError> {
    if facts.gray.lines == 0 || facts.baseline.as_ref().is_some_and(|side| side.lines == 0) {
        return Err(ReadError::whole("a log without a line shows nothing: expected `lines` above 0"));
    }
    for template in &facts.templates {
        let fits = template.gray > 0
            && match template.status {
                TemplateStatus::New | TemplateStatus::Variant => template.baseline == 0 && facts.baseline.is_some(),
                TemplateStatus::Risen => template.baseline > 0,
                TemplateStatus::Unjudged => facts.baseline.is_none(),
            };
        if !fits {
            let message = format!(
                "the template `{}` cannot have this status with {} in gray and {} in the baseline",
                shown(&template.template),
                template.gray,
                template.baseline
            );
            return Err(ReadError::whole(message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"schema": "kadian.logs/v1", "service": "pay", "version": "1.4.2", "start": "2026-01-01T00:00:00Z",
        "gray": {"lines": 10, "errors": 2}, "baseline": {"lines": 10, "errors": 0}, "templates": [
        {"template": "no money", "status": "new", "level": "error", "gray": 2, "baseline": 0}]}"#;

    fn error(text: &str) -> String {
        read(&mut text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_short_record_is_filled_up() {
        let record = read(&mut RECORD.as_bytes()).unwrap();
        assert_eq!((record.facts.new, record.facts.gray.errors, record.facts.version.as_deref()), (1, 2, Some("1.4.2")));
        assert!(record.start.is_some());
    }

    #[test]
    fn what_the_input_document_shows_reads_back() {
        let record = read(&mut RECORD.as_bytes()).unwrap();
        let Value::Object(mut shown) = serde_json::to_value(&record.facts).unwrap() else { panic!() };
        shown.extend([
            ("schema".to_owned(), SCHEMA.into()),
            ("status".to_owned(), "known".into()),
            ("reason".to_owned(), Value::Null),
        ]);
        let again = read(&mut Value::Object(shown).to_string().as_bytes()).unwrap();
        assert_eq!(again.facts, record.facts);
        let at = "2026-01-01T00:10:00Z".parse().unwrap();
        let kept = read(&mut document(&record.facts, at).to_string().as_bytes()).unwrap();
        assert_eq!((kept.made_at(), kept.facts), (Some(at), record.facts));
    }

    #[test]
    fn what_is_not_the_schema_is_refused() {
        for (good, bad, wanted) in [
            ("logs/v1", "logs/v2", "expected `kadian.logs/v1`"),
            ("\"schema\": \"kadian.logs/v1\",", "", "`schema` is missing"),
            ("\"lines\": 10, \"errors\": 2", "\"lines\": 10", "gray: the key `errors` is missing"),
            ("\"lines\": 10, \"errors\": 2", "\"lines\": 0, \"errors\": 2", "without a line"),
            ("\"baseline\": {\"lines\": 10, \"errors\": 0},", "", "`baseline` is missing"),
            ("\"status\": \"new\"", "\"status\": \"old\"", "unknown variant"),
            ("\"level\": \"error\"", "\"level\": \"error\", \"lvl\": 1", "unknown field"),
            ("\"gray\": 2, \"baseline\": 0", "\"gray\": 2, \"baseline\": 3", "cannot have this status"),
            ("2026-01-01T00:00:00Z", "2026-01-01", "expected a time with its zone"),
        ] {
            let found = error(&RECORD.replacen(good, bad, 1));
            assert!(found.contains(wanted), "{bad}: {found}");
        }
        error("");
        error("[]");
    }
}
