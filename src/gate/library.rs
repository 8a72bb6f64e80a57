//! The policies themselves, apart from any change: to list, show, check and test.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::assemble;
use super::judge::{Chosen, Judge, caller_policies};
use crate::collect::git::Repository;
use crate::collect::tree::Tree;
use crate::config::Config;
use crate::error::Result;
use crate::policy::{Check, Library, Origin, SourceFile, shipped};

/// Which policies are meant.
#[derive(Debug, Clone)]
pub struct Selection {
    pub config: Option<PathBuf>,
    pub repo: PathBuf,
    /// Beside the configured ones.
    pub beside: Vec<PathBuf>,
    /// Instead of the configured ones; empty means those.
    pub instead: Vec<PathBuf>,
}

/// Policies that were loaded and found without fault.
#[derive(Debug)]
pub struct Loaded {
    pub library: Library,
    pub files: Vec<SourceFile>,
    /// What they see as `data.kadian.settings`.
    pub settings: Value,
}

/// Loads and lints the policies that are meant, without the shipped ones' tests.
pub fn load(selection: &Selection) -> Result<Loaded> {
    load_policies(selection, false)
}

/// As [`load`], with the shipped policies' tests.
pub fn load_with_tests(selection: &Selection) -> Result<Loaded> {
    load_policies(selection, true)
}

fn load_policies(selection: &Selection, tests: bool) -> Result<Loaded> {
    let root = Repository::discover(&selection.repo).ok().and_then(|repository| repository.workdir());
    let tree = Tree::Folder(root.unwrap_or_else(|| selection.repo.clone()));
    let chosen = Chosen { config: selection.config.as_deref(), policies: &selection.beside, overrides: &[] };
    let mut judge = Judge::load(&tree, "the working tree", chosen)?;
    if !selection.instead.is_empty() {
        judge.policies = Vec::new();
        for path in &selection.instead {
            judge.policies.extend(caller_policies(path)?);
        }
    }
    if tests && judge.policies.iter().any(|file| file.origin == Origin::Shipped) {
        judge.policies.extend(shipped::with_tests().into_iter().filter(SourceFile::is_test));
    }
    let (library, settings) = assemble::library(&judge)?;
    Ok(Loaded { library, files: judge.policies, settings })
}

/// The shipped policies, with the settings of a service of the default tier.
pub fn shipped() -> Result<Loaded> {
    let config = Config::shipped(&[])?;
    let judge = Judge {
        policies: shipped::files(),
        config,
        waivers: Vec::new(),
        known_failures: Vec::new(),
        baseline: None,
        slis: None,
        calendar: None,
        recovery: None,
        playbooks: None,
        notes: Vec::new(),
        files: Vec::new(),
    };
    let (library, settings) = assemble::library(&judge)?;
    Ok(Loaded { library, files: judge.policies, settings })
}

/// A check as JSON.
#[must_use]
pub fn as_json(check: &Check) -> Value {
    let stages: Vec<&str> = check.stages.iter().map(|stage| stage.word()).collect();
    let needs: Vec<String> = check.needs.iter().map(ToString::to_string).collect();
    json!({
        "id": check.id, "package": check.package, "rule": check.rule, "effect": check.effect.word(),
        "severity": check.severity.word(), "title": check.title, "description": check.description, "stages": stages,
        "needs": needs, "requirement": check.requirement, "remedy": check.remedy, "tags": check.tags,
        "effective_on": check.effective_on.map(|day| day.to_string()), "waivable": check.waivable, "file": check.file, "line": check.line,
    })
}

/// A check in words, with its text.
#[must_use]
pub fn describe(check: &Check, files: &[SourceFile]) -> String {
    let stages: Vec<&str> = check.stages.iter().map(|stage| stage.word()).collect();
    let needs: Vec<String> = check.needs.iter().map(ToString::to_string).collect();
    let mut lines = vec![match &check.title {
        Some(title) => format!("{}: {title}", check.id),
        None => check.id.clone(),
    }];
    lines.extend(check.description.clone());
    lines.push(String::new());
    lines.push(format!("effect       {}, severity {}", check.effect.word(), check.severity.word()));
    lines.push(format!("stages       {}", stages.join(", ")));
    lines.push(format!("needs        {}", if needs.is_empty() { "nothing".to_owned() } else { needs.join(", ") }));
    lines.extend(check.requirement.as_ref().map(|requirement| format!("requirement  {requirement}")));
    lines.extend(check.remedy.as_ref().map(|remedy| format!("remedy       {remedy}")));
    lines.extend(check.effective_on.map(|day| format!("from         {day}, a warning before")));
    lines.extend((!check.waivable).then(|| "waivers      none: its findings cannot be waived".to_owned()));
    lines.push(format!("where        {}:{}", check.file, check.line));
    lines.push(String::new());
    lines.extend(text_of(check, files));
    lines.join("\n")
}

/// The rule's text, from its first line to the blank line that ends it.
fn text_of(check: &Check, files: &[SourceFile]) -> Vec<String> {
    let Some(file) = files.iter().find(|file| file.path == check.file) else { return Vec::new() };
    let from = usize::try_from(check.line).unwrap_or(1).saturating_sub(1);
    let body = file.text.lines().skip(from).take_while(|line| !line.trim().is_empty());
    body.map(|line| format!("    {}", line.replace('\t', "    "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_wrong_with_the_shipped_policies() {
        // Without their tests they are not looked through.
        let selection = Selection {
            config: None,
            repo: tempfile::tempdir().unwrap().path().to_owned(),
            beside: Vec::new(),
            instead: Vec::new(),
        };
        let whole = load_with_tests(&selection).unwrap_or_else(|error| panic!("{error:?}"));
        let alone = load(&selection).unwrap();
        assert!(whole.files.len() > alone.files.len());
        let ids = |loaded: &Loaded| loaded.library.checks().iter().map(|check| check.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&whole), ids(&alone));
    }
}
