//! What SARIF leaves to its readers, one test each.

use jiff::Timestamp;

use crate::evidence::{ReadError, ScanPlace, ScanResult};
use crate::facts::{Severity, Tool};

/// A report with its findings unpacked.
#[derive(Debug)]
struct ScanReport {
    made_at: Option<Timestamp>,
    commit: Option<String>,
    tools: Vec<Tool>,
    results: Vec<ScanResult>,
}

fn read(input: &mut dyn std::io::BufRead) -> Result<ScanReport, ReadError> {
    let crate::evidence::ScanReport { made_at, commit, tools, results, .. } = super::read(input)?;
    Ok(ScanReport { made_at, commit, tools, results: results.iter().map(|one| one.unpacked()).collect() })
}

fn parse(text: &str) -> ScanReport {
    read(&mut text.as_bytes()).unwrap()
}

fn error(text: &str) -> String {
    read(&mut text.as_bytes()).unwrap_err().to_string()
}

/// A log with one run of these members.
fn log(run: &str) -> String {
    format!(r#"{{"version": "2.1.0", "runs": [{{{run}}}]}}"#)
}

const TOOL: &str = r#""tool": {"driver": {"name": "t", "version": "1"}}"#;

/// The findings of a run with these rules and results.
fn findings(rules: &str, results: &str) -> Vec<ScanResult> {
    let tool = format!(r#""tool": {{"driver": {{"name": "t", "rules": [{rules}]}}}}"#);
    parse(&log(&format!(r#""results": [{results}], {tool}"#))).results
}

fn severity(rule: &str, result: &str) -> Severity {
    findings(&format!(r#"{{"id": "R" {rule}}}"#), &format!(r#"{{"ruleId": "R" {result}}}"#))[0].severity
}

fn location(place: &str) -> String {
    format!(r#"{{"locations": [{{"physicalLocation": {{{place}}}}}]}}"#)
}

#[test]
fn the_level_comes_from_the_result_then_the_rule_then_it_is_warning() {
    assert_eq!(severity("", r#", "level": "error""#), Severity::High);
    assert_eq!(severity("", r#", "level": "ERROR", "kind": "FAIL""#), Severity::High);
    assert_eq!(severity(r#", "defaultConfiguration": {"level": "note"}"#, ""), Severity::Low);
    assert_eq!(severity(r#", "defaultConfiguration": {}"#, ""), Severity::Medium);
    assert_eq!(severity(r#", "defaultConfiguration": {"level": "note"}"#, r#", "level": "none""#), Severity::Note);
    assert_eq!(severity(r#", "defaultConfiguration": {"level": "error"}"#, r#", "kind": "review""#), Severity::Note);
}

#[test]
fn a_security_severity_decides_whether_number_or_text() {
    for (score, expected) in
        [("\"9.0\"", Severity::Critical), ("7", Severity::High), ("\"4.0\"", Severity::Medium), ("3.9", Severity::Low)]
    {
        assert_eq!(severity(&format!(r#", "properties": {{"security-severity": {score}}}"#), ""), expected);
    }
    for none in [r#"["x"]"#, "\"nan\"", "-1", "\"0.0\"", "\"high\""] {
        let properties = format!(r#", "level": "error", "properties": {{"security-severity": {none}}}"#);
        assert_eq!(severity("", &properties), Severity::High, "{none}");
    }
    assert_eq!(severity("", r#", "level": "note", "properties": {"security-severity": "inf"}"#), Severity::Critical);
}

#[test]
fn rules_are_found_by_index_by_reference_in_an_extension_and_by_parent() {
    let rules = r#"{"id": "A"}, {"id": "B", "defaultConfiguration": {"level": "error"}}"#;
    let by_index = &findings(rules, r#"{"ruleIndex": 1}"#)[0];
    assert_eq!((by_index.rule.as_str(), by_index.severity), ("B", Severity::High));
    assert_eq!(findings(rules, r#"{"rule": {"index": 1}}"#)[0].rule, "B");
    assert_eq!(findings(rules, r#"{"ruleId": "B/x"}"#)[0].severity, Severity::High);
    assert_eq!(findings(rules, r#"{"ruleId": "A", "ruleIndex": 1}"#)[0].severity, Severity::Medium);
    assert_eq!(findings(rules, r#"{"ruleIndex": 7}"#)[0].rule, "(no rule)");
    let text = log(
        r#""results": [{"rule": {"index": 0, "toolComponent": {"index": 0}}}, {"rule": {"index": 0, "toolComponent": {"name": "e"}}}],
        "tool": {"driver": {"name": "t", "rules": [{"id": "D"}]}, "extensions": [{"name": "e", "rules": [{"id": "E", "defaultConfiguration": {"level": "error"}}]}]}"#,
    );
    for result in parse(&text).results {
        assert_eq!((result.rule.as_str(), result.severity), ("E", Severity::High));
    }
}

#[test]
fn base_directories_are_put_in_front_in_a_chain_and_circles_end() {
    let run = format!(
        r#"{TOOL}, "originalUriBaseIds": {{"ROOT": {{"uri": "file:///ci/x%20y/"}}, "SRC": {{"uri": "src", "uriBaseId": "ROOT"}},
        "OPEN": {{"description": {{"text": "wherever"}}}}, "LOOP": {{"uri": "l/", "uriBaseId": "LOOP"}}}},
        "artifacts": [{{"location": {{"uri": "b.c", "uriBaseId": "SRC"}}}}], "results": [{}, {}, {}, {}, {}, {}]"#,
        location(r#""artifactLocation": {"uri": "a%2Bb.c", "uriBaseId": "SRC"}, "region": {"startLine": 3, "endLine": 5}"#),
        location(r#""artifactLocation": {"uri": "a.c", "uriBaseId": "OPEN"}"#),
        location(r#""artifactLocation": {"index": 0}"#),
        location(r#""artifactLocation": {"uri": "file:///C:/a.c", "uriBaseId": "SRC"}"#),
        location(r#""artifactLocation": {"uri": "https://example.com/a.c"}"#),
        location(r#""artifactLocation": {"uri": "a.c", "uriBaseId": "LOOP"}"#),
    );
    let report = parse(&log(&run));
    let paths: Vec<_> = report.results.iter().map(|result| result.path.as_deref()).collect();
    assert_eq!(paths[..5], [Some("/ci/x y/src/a+b.c"), Some("a.c"), Some("/ci/x y/src/b.c"), Some("C:/a.c"), None]);
    assert!(paths[5].unwrap().ends_with("l/a.c"));
    assert_eq!((report.results[0].line, report.results[0].end_line), (Some(3), Some(5)));
    assert_eq!((report.results[1].line, report.results[1].end_line), (None, None));
}

#[test]
fn every_place_is_kept_and_one_without_usable_lines_has_none() {
    let at = |uri: &str, region: &str| {
        format!(r#"{{"physicalLocation": {{"artifactLocation": {{"uri": "{uri}"}}, "region": {{{region}}}}}}}"#)
    };
    for region in [
        r#""charOffset": 4"#,
        r#""startLine": 0"#,
        r#""startLine": -2"#,
        r#""startLine": 99999999999"#,
        r#""startLine": 5, "endLine": 2"#,
        "",
    ] {
        let found = findings("", &format!(r#"{{"locations": [{}]}}"#, at("a.c", region))).remove(0);
        assert_eq!((found.path.as_deref(), found.line, found.end_line), (Some("a.c"), None, None), "{region}");
    }
    let (first, second) = (at("a.c", r#""startLine": 1"#), at("b.c", r#""startLine": 2, "endLine": 3"#));
    let found = findings("", &format!(r#"{{"locations": [{{}}, {first}, {second}, {first}]}}"#)).remove(0);
    assert_eq!((found.path.as_deref(), found.line), (Some("a.c"), Some(1)));
    assert_eq!(found.elsewhere, [ScanPlace { path: "b.c".into(), lines: Some((2, 3)) }]);
    let target = findings("", &format!(r#"{{"analysisTarget": {{"uri": "t.c"}}, "relatedLocations": [{first}]}}"#)).remove(0);
    assert_eq!((target.path.as_deref(), target.line), (Some("t.c"), None));
    let related = findings("", &format!(r#"{{"relatedLocations": [{first}]}}"#)).remove(0);
    assert_eq!((related.path.as_deref(), related.line), (Some("a.c"), Some(1)));
}

#[test]
fn an_invocations_own_level_raises_that_of_the_rule() {
    let with = |overrides: &str, result: &str| {
        let text = log(&format!(
            r#""tool": {{"driver": {{"name": "t", "rules": [{{"id": "R"}}]}}}}, "results": [{result}],
            "invocations": [{{"executionSuccessful": true, "ruleConfigurationOverrides": [{overrides}]}}]"#
        ));
        read(&mut text.as_bytes()).map(|report| report.results[0].severity).map_err(|error| error.to_string())
    };
    let by_id = r#"{"descriptor": {"id": "R"}, "configuration": {"level": "error"}}"#;
    let by_index = r#"{"descriptor": {"index": 0}, "configuration": {"level": "error"}}"#;
    assert_eq!(with(by_id, r#"{"ruleId": "R/1"}"#), Ok(Severity::High));
    assert_eq!(with(by_index, r#"{"ruleId": "R"}"#), Ok(Severity::High));
    assert_eq!(with(by_id, r#"{"ruleId": "R", "level": "note"}"#), Ok(Severity::Low));
    assert_eq!(with(by_id, r#"{"ruleId": "RR"}"#), Ok(Severity::Medium));
    assert_eq!(with(&by_id.replace("error", "none"), r#"{"ruleId": "R"}"#), Ok(Severity::Medium));
    assert!(with(r#"{"descriptor": {}, "configuration": {"level": "error"}}"#, "{}").unwrap_err().contains("does not name"));
}

#[test]
fn parts_in_other_files_and_an_end_that_nobody_states_are_not_known() {
    let run = |members: &str| format!(r#"{TOOL}, "results": [], {members}"#);
    let external = run(r#""externalPropertyFileReferences": {"results": [{"location": {"uri": "x"}, "itemCount": 5}]}"#);
    assert!(error(&log(&external)).contains("the `results` of t stand in another file"));
    parse(&log(&run(r#""externalPropertyFileReferences": {"taxonomies": [{"location": {"uri": "x"}}]}"#)));
    let inline = r#"{"version": "2.1.0", "inlineExternalProperties": [{"results": [{}]}], "runs": []}"#;
    assert!(error(inline).contains("inlineExternalProperties"));
    for invocation in [r#"{"exitCode": 2}"#, r#"{"toolExecutionNotifications": [{"level": "error"}]}"#, "{}"] {
        let text = log(&run(&format!(r#""invocations": [{invocation}]"#)));
        assert!(error(&text).contains("does not say whether it succeeded"), "{invocation}");
    }
    // Linters end with 1 when they find something.
    parse(&log(&run(r#""invocations": [{"executionSuccessful": true, "exitCode": 1}]"#)));
}

#[test]
fn what_passed_or_is_gone_is_no_finding_and_the_baseline_says_what_is_new() {
    let results = r#"{"kind": "pass"}, {"kind": "notApplicable"}, {"kind": "informational"}, {"baselineState": "absent"},
        {"baselineState": "new"}, {"baselineState": "updated"}, {"baselineState": "unchanged"}, {}"#;
    let new: Vec<_> = findings("", results).into_iter().map(|result| result.new).collect();
    assert_eq!(new, [Some(true), Some(true), Some(false), None]);
}

#[test]
fn a_suppression_is_in_force_unless_its_status_says_otherwise() {
    let one = |suppressions: &str| findings("", &format!(r#"{{"suppressions": {suppressions}}}"#)).remove(0).suppression;
    assert_eq!(one("[]"), None);
    let inside = one(r#"[{"kind": "inSource", "justification": "why"}]"#).unwrap();
    assert_eq!((inside.kind.as_str(), inside.reason.as_deref(), inside.accepted), ("in_source", Some("why"), true));
    assert!(!one(r#"[{"kind": "external", "status": "underReview"}]"#).unwrap().accepted);
    assert!(!one(r#"[{"kind": "external", "status": "rejected"}]"#).unwrap().accepted);
    assert!(one(r#"[{"kind": "external", "status": "rejected"}, {"kind": "external", "status": "accepted"}]"#).unwrap().accepted);
    assert_eq!(one(r#"[{"kind": "inSource", "justification": " "}]"#).unwrap().reason, None);
}

#[test]
fn fingerprints_prefer_the_line_hash_and_skip_the_placeholder() {
    let one = |members: &str| findings("", &format!("{{{members}}}")).remove(0).fingerprint;
    assert_eq!(
        one(r#""partialFingerprints": {"a": "1", "primaryLocationLineHash": "2"}"#).as_deref(),
        Some("primaryLocationLineHash:2")
    );
    assert_eq!(one(r#""fingerprints": {"matchBasedId/v1": "requires login"}"#), None);
    assert_eq!(one(""), None);
}

#[test]
fn messages_are_looked_up_and_filled_in() {
    let rules = r#"{"id": "R", "messageStrings": {"m": {"text": "{0} is not {1}"}}}"#;
    let result = r#"{"ruleId": "R", "message": {"id": "m", "arguments": ["a", "b"]}}"#;
    assert_eq!(findings(rules, result)[0].message, "a is not b");
    let long = format!(r#"{{"message": {{"text": "{}"}}}}"#, "x".repeat(100_000));
    assert_eq!(findings("", &long)[0].message.len(), 2000);
}

#[test]
fn commit_and_time_are_read_and_two_commits_refused() {
    let run = |commit: &str| {
        format!(
            r#"{{{TOOL}, "results": [], "versionControlProvenance": [{{"revisionId": "{commit}"}}],
            "invocations": [{{"executionSuccessful": true, "endTimeUtc": "2026-01-01T00:00:00Z"}}]}}"#
        )
    };
    let both = |a: &str, b: &str| format!(r#"{{"runs": [{}, {}], "version": "2.1.0"}}"#, run(a), run(b));
    let report = parse(&both("abc1234", "ABC1234"));
    assert_eq!(report.commit.as_deref(), Some("ABC1234"));
    assert_eq!(report.made_at.map(|time| time.to_string()).as_deref(), Some("2026-01-01T00:00:00Z"));
    assert_eq!(report.tools.len(), 1);
    assert!(error(&both("abc1234", "def5678")).contains("different commits"));
}

#[test]
fn an_empty_list_of_results_is_clean_and_everything_less_is_not_known() {
    assert!(parse(&log(&format!(r#"{TOOL}, "results": []"#))).results.is_empty());
    assert!(error(&log(TOOL)).contains("no `results`"));
    assert!(error(&log(&format!(r#"{TOOL}, "results": null"#))).contains("no `results`"));
    assert!(error(r#"{"version": "2.1.0", "runs": []}"#).contains("no run"));
    assert!(error(r#"{"version": "2.1.0", "runs": null}"#).contains("no run"));
    assert!(error(r#"{"version": "2.1.0"}"#).contains("no run"));
    assert!(
        error(&log(&format!(r#"{TOOL}, "results": [], "invocations": [{{"executionSuccessful": false}}]"#))).contains("failed")
    );
    assert!(error(&log(r#""tool": {"driver": {}}, "results": []"#)).contains("no name"));
}

#[test]
fn another_version_is_refused_before_anything_else() {
    assert!(error(r#"{"version": "1.0.0", "runs": [{"results": {"odd": 1}}]}"#).contains("expected 2.1.0"));
    assert!(error(r#"{"runs": []}"#).contains("no `version`"));
    parse(&log(&format!(r#"{TOOL}, "results": []"#)).replace("2.1.0", "2.1.0-rtm.5"));
    assert!(error("[]").contains("expected a SARIF log"));
}

#[test]
fn a_byte_order_mark_and_unknown_members_are_stepped_over_whatever_their_depth() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    parse(&format!("\u{feff}{{\"x\": {deep}, {}", &log(&format!(r#"{TOOL}, "results": []"#))[1..]));
}

#[test]
fn every_cut_of_a_log_is_an_error() {
    let text = log(&format!(r#"{TOOL}, "results": [{{"ruleId": "a", "message": {{"text": "b"}}}}]"#));
    for end in 0..text.len() {
        error(&text[..end]);
    }
    assert!(error(&format!("{text} x")).contains("trailing"));
}
