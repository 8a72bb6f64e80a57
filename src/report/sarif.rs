//! SARIF 2.1.0 (OASIS standard, with errata 01), for code scanning.
//!
//! - One rule for each id of a finding, one result for each finding; a policy that could not decide is a result too.
//! - The level follows what the finding does: rollback, deny and hold are `error`, warn is `warning` (`note` where its severity
//!   is a note), note is `note`. A waived finding keeps the level that its rule asked for and has a suppression.
//! - A finding without a place below the root gets [`Options::anchor`], or no location.
//! - `partialFingerprints` holds the finding's own fingerprint under `kadian/v1`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::escape::{markdown, sarif_message, terminal, uri_path, visible};
use super::summary::{self, Groups};
use super::{Options, escape};
use crate::decide::{Decision, Effect, Finding};
use crate::facts::{Kind, Severity};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes the findings as one run, with sorted keys and a newline at the end.
pub(super) fn render(decision: &Decision, options: &Options) -> Result<String, serde_json::Error> {
    let groups = Groups::of(decision);
    let mut by_id: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in groups.all() {
        by_id.entry(&finding.id).or_default().push(finding);
    }
    let index: BTreeMap<&str, usize> = by_id.keys().enumerate().map(|(index, id)| (*id, index)).collect();
    let rules: Vec<Value> = by_id.iter().map(|(id, findings)| rule(id, findings)).collect();
    let results: Vec<Value> = groups.all().map(|finding| result(finding, index[finding.id.as_str()], options)).collect();
    let mut document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "kadian", "version": decision.engine.version, "rules": rules}},
            "automationDetails": {"id": category(decision)},
            "invocations": [{"executionSuccessful": true, "endTimeUtc": decision.decided_at.to_string()}],
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": {"verdict": decision.verdict.word(), "mode": decision.mode.word(), "decision": decision.id},
        }],
    });
    document.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

/// What tells the runs of one gate from those of another: `kadian/STAGE/SERVICE/` is the category in code scanning, the decision
/// behind it is the single run.
fn category(decision: &Decision) -> String {
    let service = decision.subject.service.as_deref().map(|service| terminal(service).replace('/', "_"));
    let service = service.map(|service| format!("{service}/")).unwrap_or_default();
    format!("kadian/{}/{service}{}", decision.stage, decision.id)
}

/// The level for an effect.
fn level(effect: Effect, severity: Severity) -> &'static str {
    match (effect, severity) {
        (Effect::Rollback | Effect::Deny | Effect::Hold, _) => "error",
        (Effect::Warn, Severity::Note) | (Effect::Note, _) => "note",
        (Effect::Warn, _) => "warning",
    }
}

/// The rule of an id. `findings` is not empty, the strongest is first.
fn rule(id: &str, findings: &[&Finding]) -> Value {
    let title = findings.iter().find_map(|finding| finding.title.as_deref());
    let remedy = findings.iter().find_map(|finding| finding.remedy.as_deref());
    let requirement = findings.iter().find_map(|finding| finding.requirement.as_deref());
    let severity = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Medium);
    let strongest = findings.iter().map(|finding| finding.declared_effect).max().unwrap_or(Effect::Note);
    let title = title.unwrap_or(id);
    let help = remedy.unwrap_or(title);
    let mut properties = Map::new();
    properties.insert("severity".into(), json!(severity.word()));
    properties.insert("problem.severity".into(), json!(level(strongest, severity).replace("note", "recommendation")));
    properties.insert("requirement".into(), json!(requirement));
    // Code scanning reads a score as "this is a security problem": only where scanners found it is that a fair guess.
    if findings.iter().any(|finding| finding.evidence.contains(&Kind::Scan)) {
        match severity {
            Severity::Critical => properties.insert("security-severity".into(), json!("9.5")),
            Severity::High => properties.insert("security-severity".into(), json!("8.0")),
            Severity::Medium | Severity::Low | Severity::Note => None,
        };
    }
    properties.retain(|_, value| !value.is_null());
    json!({
        "id": id,
        "name": name(id),
        "shortDescription": {"text": sarif_message(title)},
        "fullDescription": {"text": sarif_message(title)},
        "help": {"text": sarif_message(help), "markdown": sarif_message(&markdown(help))},
        "defaultConfiguration": {"level": level(strongest, severity)},
        "properties": properties,
    })
}

/// `coverage/patch_lines` as `CoveragePatchLines`; what is neither letter nor digit ends a word.
fn name(id: &str) -> String {
    let words = id.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect::<String>();
    words.map(capital).collect()
}

/// The result of one finding.
fn result(finding: &Finding, index: usize, options: &Options) -> Value {
    let own = finding.file.as_deref().and_then(uri_path);
    let mut result = Map::new();
    result.insert("ruleId".into(), json!(finding.id));
    result.insert("ruleIndex".into(), json!(index));
    let effect = if finding.waiver.is_some() { finding.declared_effect } else { finding.effect };
    result.insert("level".into(), json!(level(effect, finding.severity)));
    result.insert("message".into(), json!({"text": sarif_message(&message(finding, own.is_some()))}));
    let anchored = own.is_none();
    if let Some(uri) = own.or_else(|| options.anchor.as_deref().and_then(uri_path)) {
        let mut physical = json!({"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}});
        if let Some(line) = finding.line.filter(|line| *line > 0 && !anchored) {
            physical["region"] = json!({"startLine": line});
        }
        result.insert("locations".into(), json!([{"physicalLocation": physical}]));
    }
    if !finding.fingerprint.is_empty() {
        result.insert("partialFingerprints".into(), json!({"kadian/v1": finding.fingerprint}));
    }
    if let Some(waiver) = &finding.waiver {
        let why = format!("{} ({}, until {})", waiver.reason, waiver.owner, waiver.expires);
        result.insert("suppressions".into(), json!([{"kind": "external", "status": "accepted", "justification": visible(&why)}]));
    }
    result.insert("properties".into(), json!({"effect": finding.effect.word(), "severity": finding.severity.word()}));
    Value::Object(result)
}

/// Message, distance and remedy; the place too, where no location can say it.
fn message(finding: &Finding, located: bool) -> String {
    let mut lines = vec![finding.message.clone()];
    if let Some(place) = summary::place(finding).filter(|_| !located) {
        lines.push(format!("at {}", escape::terminal(&place)));
    }
    lines.extend(summary::gap(finding));
    lines.extend(finding.remedy.clone());
    lines.retain(|line| !line.is_empty());
    // The schema allows no empty message.
    if lines.is_empty() { finding.id.clone() } else { lines.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn parsed(decision: &Decision, options: &Options) -> Value {
        serde_json::from_str(&render(decision, options).unwrap()).unwrap()
    }

    #[test]
    fn a_result_names_its_rule_level_place_and_fingerprint() {
        let run = &parsed(&sample::block(), &Options::default())["runs"][0];
        let result = run["results"].as_array().unwrap().iter().find(|result| result["ruleId"] == "coverage/patch").unwrap();
        let rule = &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], "coverage/patch");
        assert_eq!(rule["name"], "CoveragePatch");
        assert_eq!(result["level"], "error");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "src/pay.py");
        assert_eq!(place["region"]["startLine"], 42);
        assert!(result["partialFingerprints"]["kadian/v1"].is_string());
    }

    #[test]
    fn a_waived_finding_is_suppressed_and_a_placeless_one_has_no_location() {
        let run = &parsed(&sample::block(), &Options::default())["runs"][0];
        let results = run["results"].as_array().unwrap();
        let waived = results.iter().find(|result| result["suppressions"].is_array()).unwrap();
        assert_eq!(waived["level"], "error");
        assert_eq!(waived["suppressions"][0]["status"], "accepted");
        let placeless = results.iter().find(|result| result["ruleId"] == "scan/new").unwrap();
        assert!(placeless.get("locations").is_none());
        let options = Options { anchor: Some("kadian.yaml".into()), ..Options::default() };
        let run = &parsed(&sample::hostile(), &options)["runs"][0];
        assert!(run["results"].as_array().unwrap().iter().all(|result| result["locations"].is_array()));
    }
}
