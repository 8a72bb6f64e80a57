package kadian.scan_test

import data.kadian.scan

settings := {
	"scan": {
		"block_severity": "high",
		"warn_severity": "medium",
		"block_rules": [],
		"require_suppression_reason": true,
		"paths": [],
	},
	"regexes": {"legacy/**": "^legacy/.+$"},
}

set_to(changes) := object.union(settings, {"scan": changes})

found(severity, line) := {
	"tool": "semgrep",
	"rule": "sqli",
	"severity": severity,
	"message": "tainted query",
	"file": "src/a.py",
	"line": line,
	"new": true,
	"suppression": null,
	"fingerprint": sprintf("f%d", [line]),
}

suppressed(severity, reason) := object.union(
	found(severity, 3),
	{"suppression": {"kind": "in_source", "reason": reason, "accepted": true}},
)

document(findings) := {"scan": {"status": "known", "findings": findings}}

test_a_clean_scan_passes if {
	scan.deny == set() with input as document([]) with data.kadian.settings as settings
	scan.warn == set() with input as document([]) with data.kadian.settings as settings
}

test_a_new_serious_finding_blocks_with_its_place if {
	result := scan.deny with input as document([found("critical", 7)]) with data.kadian.settings as settings
	count(result) == 1
	some finding in result
	finding.msg == "semgrep/sqli (critical) at src/a.py:7: tainted query"
	finding.file == "src/a.py"
	finding.line == 7
	finding.severity == "critical"
	finding.fingerprint == "f7"
	finding.rule == "sqli"
}

test_a_finding_exactly_at_the_blocking_severity_blocks if {
	result := scan.deny with input as document([found("high", 7)]) with data.kadian.settings as settings
	count(result) == 1
	scan.warn == set() with input as document([found("high", 7)]) with data.kadian.settings as settings
}

test_a_lesser_finding_warns_and_a_slight_one_is_silent if {
	findings := [found("medium", 1), found("low", 2), found("note", 3)]
	scan.deny == set() with input as document(findings) with data.kadian.settings as settings
	result := scan.warn with input as document(findings) with data.kadian.settings as settings
	{finding.line | some finding in result} == {1}
}

test_old_findings_do_not_count if {
	old := object.union(found("critical", 1), {"new": false})
	scan.deny == set() with input as document([old]) with data.kadian.settings as settings
	scan.warn == set() with input as document([old]) with data.kadian.settings as settings
}

test_a_finding_without_a_place_still_blocks if {
	nowhere := object.union(found("high", 1), {"file": null, "line": null})
	result := scan.deny with input as document([nowhere]) with data.kadian.settings as settings
	some finding in result
	finding.msg == "semgrep/sqli (high): tainted query"
	not "file" in object.keys(finding)
	unlined := object.union(found("high", 1), {"line": null})
	other := scan.deny with input as document([unlined]) with data.kadian.settings as settings
	some second in other
	second.msg == "semgrep/sqli (high) in src/a.py: tainted query"
}

test_house_rules_block_whatever_their_severity if {
	short := set_to({"block_rules": ["sqli"]})
	long := set_to({"block_rules": ["semgrep/sqli"]})
	other := set_to({"block_rules": ["eslint/sqli"]})
	one := document([found("note", 1)])
	first := scan.deny with input as one with data.kadian.settings as short
	count(first) == 1
	second := scan.deny with input as one with data.kadian.settings as long
	count(second) == 1
	scan.deny == set() with input as one with data.kadian.settings as other
}

test_a_path_may_have_a_severity_of_its_own if {
	lax := set_to({"paths": [{"glob": "legacy/**", "block_severity": "never"}]})
	old := object.union(found("critical", 1), {"file": "legacy/a.py"})
	scan.deny == set() with input as document([old]) with data.kadian.settings as lax
	result := scan.warn with input as document([old]) with data.kadian.settings as lax
	count(result) == 1
	elsewhere := scan.deny with input as document([found("high", 1)]) with data.kadian.settings as lax
	count(elsewhere) == 1
	nowhere := object.union(found("high", 1), {"file": null, "line": null})
	placeless := scan.deny with input as document([nowhere]) with data.kadian.settings as lax
	count(placeless) == 1
}

test_a_suppressed_finding_with_a_reason_passes if {
	scan.deny == set() with input as document([suppressed("critical", "test key")]) with data.kadian.settings as settings
	scan.warn == set() with input as document([suppressed("critical", "test key")]) with data.kadian.settings as settings
}

test_a_suppression_without_a_reason_blocks_or_warns_as_set if {
	every reason in [null, "", "  "] {
		result := scan.deny with input as document([suppressed("low", reason)]) with data.kadian.settings as settings
		count(result) == 1
		some finding in result
		finding.msg == "semgrep/sqli is suppressed without a reason at src/a.py:3"
		finding.line == 3
	}
	lax := set_to({"require_suppression_reason": false})
	scan.deny == set() with input as document([suppressed("low", null)]) with data.kadian.settings as lax
	warned := scan.warn with input as document([suppressed("low", null)]) with data.kadian.settings as lax
	count(warned) == 1
}

test_a_suppression_that_is_not_in_force_hides_nothing if {
	rejected := object.union(suppressed("high", "because"), {"suppression": {"accepted": false}})
	result := scan.deny with input as document([rejected]) with data.kadian.settings as settings
	count(result) == 1
}

test_many_findings_are_bounded_and_the_worst_come_first if {
	findings := array.concat([found("high", n) | some n in numbers.range(1, 51)], [found("critical", 99)])
	result := scan.deny with input as document(findings) with data.kadian.settings as settings
	count(result) == 51
	some worst in result
	worst.line == 99
	some rest in result
	rest.msg == "2 more of this kind, 52 in all, the least severe of them high"
}

test_fifty_findings_need_no_summary if {
	findings := [found("high", n) | some n in numbers.range(1, 50)]
	result := scan.deny with input as document(findings) with data.kadian.settings as settings
	count(result) == 50
}

test_a_missing_scan_finds_nothing_and_so_must_be_held_by_the_gate if {
	absent := {"scan": {"status": "missing", "sources": [], "reason": "no report"}}
	scan.deny == set() with input as absent with data.kadian.settings as settings
	scan.warn == set() with input as absent with data.kadian.settings as settings
}
