//! One run of one tool: what its results mean once its rules, artifacts and base directories are known.

use std::collections::BTreeMap;

use super::raw::{BaselineState, Level, Message, ResultKind, Run, SuppressionEntry, Text};
use super::rules::Rules;
use super::{places::Places, raw};
use crate::evidence::text::{earliest, shown, zoned_time};
use crate::evidence::{ScanReport, ScanResult};
use crate::facts::{Severity, Suppression, Tool};

/// The parts of a run without which its findings are not known, where they are kept in files of their own (section 3.15).
const ELSEWHERE: &[&str] = &["results", "invocations", "driver", "extensions", "artifacts"];

/// Adds a run. A run without `results` or with parts in other files, one whose tool failed or does not say how it ended, one without a tool's name, and runs for different commits are
/// errors, as sentences.
pub(super) fn add(run: Run, report: &mut ScanReport) -> Result<(), String> {
    let name = run.tool.driver.name.0.clone();
    if name.trim().is_empty() {
        return Err("a run whose tool has no name: expected `tool.driver.name`".to_owned());
    }
    let mut overrides = Vec::new();
    for invocation in run.invocations.into_iter().flatten() {
        match invocation.execution_successful {
            Some(true) => {}
            Some(false) => {
                return Err(format!("{} says that it failed (`executionSuccessful` is false); run it again", shown(&name)));
            }
            None => {
                return Err(format!(
                    "{} does not say whether it succeeded: expected `executionSuccessful` in its invocation",
                    shown(&name)
                ));
            }
        }
        let ended = invocation.end_time_utc.as_deref().and_then(zoned_time);
        // The earliest: one run that was made again does not make the others of the file new.
        report.made_at = earliest(report.made_at, ended);
        overrides.extend(invocation.rule_configuration_overrides.into_iter().flatten());
    }
    let elsewhere = run.external_property_file_references.unwrap_or_default();
    if let Some(part) = ELSEWHERE.iter().find(|part| elsewhere.contains_key(**part)) {
        return Err(format!("the `{part}` of {} stand in another file, which is not read: let it write one file", shown(&name)));
    }
    let Some(results) = run.results else {
        return Err(format!("the run of {} has no `results`: its findings are unknown; run it again", shown(&name)));
    };
    commit(run.version_control_provenance.unwrap_or_default(), report)?;
    let driver = &run.tool.driver;
    let version = driver.semantic_version.as_ref().or(driver.version.as_ref()).map(|version| version.0.clone());
    let tool = Tool { name: name.clone(), version };
    if !report.tools.contains(&tool) {
        report.tools.push(tool);
    }
    let mut rules = Rules::new(run.tool.driver, run.tool.extensions.unwrap_or_default());
    overrides.into_iter().try_for_each(|entry| rules.set(entry))?;
    let places = Places::new(run.artifacts.unwrap_or_default(), run.original_uri_base_ids.unwrap_or_default());
    report.results.extend(results.into_iter().filter_map(|result| finding(result, &name, &rules, &places)));
    Ok(())
}

/// The first entry is the repository that was scanned; further ones are submodules.
fn commit(provenance: Vec<raw::Provenance>, report: &mut ScanReport) -> Result<(), String> {
    let Some(commit) = provenance.into_iter().next().and_then(|entry| entry.revision_id).filter(|id| !id.is_empty()) else {
        return Ok(());
    };
    match &report.commit {
        Some(other) if !other.eq_ignore_ascii_case(&commit) => {
            Err(format!("its runs are for different commits, {} and {}: expected one", shown(other), shown(&commit)))
        }
        _ => {
            report.commit = Some(commit);
            Ok(())
        }
    }
}

/// What a result says; `None` for what is not a finding: passed and inapplicable checks, information, and results that are gone.
fn finding(mut result: raw::Result, tool: &str, rules: &Rules, places: &Places) -> Option<ScanResult> {
    let kind = result.kind.unwrap_or(ResultKind::Fail);
    if matches!(kind, ResultKind::Pass | ResultKind::NotApplicable | ResultKind::Informational) {
        return None;
    }
    if result.baseline_state == Some(BaselineState::Absent) {
        return None;
    }
    let (rule, id) = rules.find(&result);
    // Section 3.27.10: the default is the rule's for a failure, and none for what is open or wants a review. An invocation's own
    // setting only raises it.
    let level = match (result.level, kind) {
        (Some(level), _) => level,
        (None, ResultKind::Fail) => {
            let default = rule.and_then(|rule| rule.level).unwrap_or(Level::Warning);
            rules.overridden(&id).map_or(default, |set| set.max(default))
        }
        (None, _) => Level::None,
    };
    let own_score = result.properties.take().and_then(|properties| properties.security_severity).and_then(|score| score.0);
    let score = own_score.or_else(|| rule.and_then(|rule| rule.score)).filter(|_| level != Level::None);
    let mut places = places.of(&mut result).into_iter();
    let (path, lines) = places.next().map_or((None, None), |place| (Some(place.path), place.lines));
    Some(ScanResult {
        tool: tool.to_owned(),
        rule: id,
        severity: score.map_or_else(|| severity_of_level(level), severity_of_score),
        message: text(result.message, rule.map(|rule| &rule.messages)),
        path,
        line: lines.map(|(first, _)| first),
        end_line: lines.map(|(_, last)| last),
        elsewhere: places.collect(),
        new: result.baseline_state.map(|state| state != BaselineState::Unchanged),
        suppression: suppression(result.suppressions.unwrap_or_default()),
        fingerprint: fingerprint(result.partial_fingerprints).or_else(|| fingerprint(result.fingerprints)),
    })
}

fn severity_of_level(level: Level) -> Severity {
    match level {
        Level::Error => Severity::High,
        Level::Warning => Severity::Medium,
        Level::Note => Severity::Low,
        Level::None => Severity::Note,
    }
}

/// GitHub's bounds for `security-severity`, which are those of CVSS 3.1.
fn severity_of_score(score: f64) -> Severity {
    if score >= 9.0 {
        Severity::Critical
    } else if score >= 7.0 {
        Severity::High
    } else if score >= 4.0 {
        Severity::Medium
    } else {
        Severity::Low
    }
}

/// The message, looked up in the rule where it is given by id, with its arguments put in (section 3.11).
fn text(message: Option<Message>, strings: Option<&BTreeMap<String, String>>) -> String {
    let Some(message) = message else { return String::new() };
    let by_id = || strings?.get(&message.id.as_ref()?.0).cloned();
    let mut text = message.text.clone().map(|text| text.0).or_else(by_id).unwrap_or_default();
    for (at, argument) in message.arguments.iter().flatten().enumerate().take(10) {
        text = text.replace(&format!("{{{at}}}"), &argument.0);
    }
    text
}

/// One that is in force, if there is one.
fn suppression(entries: Vec<SuppressionEntry>) -> Option<Suppression> {
    let mut all: Vec<Suppression> = entries
        .into_iter()
        .map(|entry| Suppression {
            kind: if entry.kind.as_deref() == Some("inSource") { "in_source" } else { "external" }.to_owned(),
            reason: entry.justification.map(|reason| reason.0).filter(|reason| !reason.trim().is_empty()),
            accepted: entry.status.is_none_or(|status| status == "accepted"),
        })
        .collect();
    // A reasoned one first: it says more.
    all.sort_by_key(|one| (!one.accepted, one.reason.is_none()));
    all.into_iter().next()
}

/// GitHub's key first, then the first one; semgrep's placeholder for anonymous users is none.
fn fingerprint(fingerprints: Option<BTreeMap<String, Text>>) -> Option<String> {
    let fingerprints = fingerprints?;
    let real = |(key, value): (&String, &Text)| {
        (!value.0.trim().is_empty() && value.0 != "requires login").then(|| format!("{key}:{}", value.0))
    };
    let best = fingerprints.get_key_value("primaryLocationLineHash").and_then(real);
    best.or_else(|| fingerprints.iter().find_map(real))
}
