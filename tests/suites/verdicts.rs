//! The table of `tests/README.md`: each requirement on databases, releases and rollouts has a case for every verdict that it can give.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

const REQUIREMENTS: [&str; 16] =
    ["B1", "B2", "B3", "B4", "B5", "B7", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C10", "C12"];
/// With the exit code, and the name of the rules that give it.
const VERDICTS: [(&str, i64, &str); 4] =
    [("pass", 0, ""), ("block", 1, "deny"), ("hold", 3, "hold"), ("rollback", 4, "rollback")];

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("verdicts::each_requirement_has_a_line_for_each_verdict", complete),
        Trial::test("verdicts::each_case_shows_what_its_line_says", shown),
        Trial::test("verdicts::no_check_gives_a_verdict_that_its_requirement_never_gives", never),
    ]
}

/// A line of the table; `case` says why where the verdict is never given.
struct Line {
    requirement: String,
    verdict: String,
    decided_by: String,
    case: String,
}

fn complete() -> Result<(), Failed> {
    let table = table();
    let lines: BTreeSet<_> = table.iter().map(|line| (line.requirement.as_str(), line.verdict.as_str())).collect();
    let wanted = REQUIREMENTS.iter().flat_map(|requirement| VERDICTS.map(|(verdict, ..)| (*requirement, verdict))).collect();
    if lines == wanted { Ok(()) } else { Err(format!("{:?}", lines.symmetric_difference(&wanted)).into()) }
}

fn shown() -> Result<(), Failed> {
    for line in table().iter().filter(|line| line.decided_by != "never") {
        let name = line.case.trim_start_matches('[').split(']').next().unwrap_or_default();
        let wrong = |why: &str| format!("{} {} by {}: {name} {why}", line.requirement, line.verdict, line.decided_by);
        let text = std::fs::read_to_string(root().join("tests/cases").join(name).join("case.yaml"))
            .map_err(|error| wrong(&error.to_string()))?;
        if !line.case.ends_with(&format!("(cases/{name}/case.yaml)")) {
            return Err(wrong("is linked wrongly").into());
        }
        let case: Value = serde_saphyr::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
        let (_, exit, effect) = verdict(&line.verdict)?;
        let steps = case["run"].as_array().into_iter().flatten();
        if !steps.filter(|step| step["exit"] == exit).any(|step| says(&step["json"], line, effect)) {
            return Err(wrong("has no step that says so").into());
        }
    }
    Ok(())
}

/// Whether a step expects the verdict because of the check: a finding with its effect, or, of a pass, the check as passed or a warning.
fn says(wanted: &Value, line: &Line, effect: &str) -> bool {
    let list = |key: &str| wanted[key].as_array().cloned().unwrap_or_default();
    let passed = line.verdict == "pass" && list("passed").contains(&Value::from(line.decided_by.as_str()));
    let effect = if line.verdict == "pass" { "warn" } else { effect };
    let found = list("findings").iter().any(|finding| finding["id"] == line.decided_by.as_str() && finding["effect"] == effect);
    wanted["verdict"] == line.verdict.as_str() && (passed || found)
}

fn never() -> Result<(), Failed> {
    let rules = rules();
    assert!(rules.len() > 100, "the policies were not read: {rules:?}");
    for line in table().iter().filter(|line| line.decided_by == "never") {
        let effect = verdict(&line.verdict)?.2;
        if let Some((id, ..)) = rules.iter().find(|(_, requirement, rule)| *requirement == line.requirement && rule == effect) {
            return Err(format!("{} can {}: {id} does", line.requirement, line.verdict).into());
        }
    }
    Ok(())
}

fn verdict(word: &str) -> Result<(&'static str, i64, &'static str), Failed> {
    let found = VERDICTS.into_iter().find(|(verdict, ..)| *verdict == word);
    found.ok_or_else(|| format!("`{word}` is no verdict").into())
}

/// Id, requirement and kind of every shipped rule.
fn rules() -> Vec<(String, String, String)> {
    let mut rules = Vec::new();
    for entry in std::fs::read_dir(root().join("policies")).expect("the policies").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("a policy");
        let (mut id, mut requirement) = (String::new(), String::new());
        for line in text.lines() {
            if let Some(value) = line.strip_prefix("#   id: ") {
                value.clone_into(&mut id);
            } else if let Some(value) = line.strip_prefix("#   requirement: ") {
                value.clone_into(&mut requirement);
            } else if let Some((kind, _)) = line.split_once(" contains ") {
                rules.push((id.clone(), requirement.clone(), kind.to_owned()));
            }
        }
    }
    rules
}

fn table() -> Vec<Line> {
    let text = std::fs::read_to_string(root().join("tests/README.md")).expect("tests/README.md is there");
    let rows = text.lines().filter(|line| line.starts_with("| B") || line.starts_with("| C"));
    rows.map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned());
        let mut next = || cells.next().unwrap_or_default();
        Line { requirement: next(), verdict: next(), decided_by: next(), case: next() }
    })
    .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}
