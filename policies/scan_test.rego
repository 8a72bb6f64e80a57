package kadian.scan_test

import data.kadian.scan

settings := {
	"scan": {
		"block_severity": "high",
		"warn_severity": "medium",
		"block_rules": [],
		"ratchet_severity": "medium",
		"clean_severity": "never",
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

ratchet(rule, severity, before, now) := {"tool": "ruff", "rule": rule, "severity": severity, "before": before, "now": now}

stored(ratchets) := {"scan": {
	"status": "known",
	"findings": [],
	"baseline": {"ratchets": ratchets, "absent_tools": []},
}}

test_a_rule_with_more_findings_than_the_baseline_blocks if {
	ratchets := [ratchet("E1", "high", 2, 3), ratchet("E2", "medium", 0, 1), ratchet("E3", "high", 4, 4)]
	result := scan.deny with input as stored(ratchets) with data.kadian.settings as settings
	{finding.msg | some finding in result} == {
		"ruff/E1 (high) has 3 findings, 1 more than in the baseline",
		"ruff/E2 (medium) has 1 findings, 1 more than in the baseline",
	}
	scan.warn == set() with input as stored(ratchets) with data.kadian.settings as settings
}

test_a_ratchet_is_as_grave_as_it_is_set if {
	slight := stored([ratchet("E1", "low", 0, 5)])
	scan.deny == set() with input as slight with data.kadian.settings as settings
	strict := set_to({"ratchet_severity": "low"})
	result := scan.deny with input as slight with data.kadian.settings as strict
	count(result) == 1
	none := set_to({"ratchet_severity": "never"})
	scan.deny == set() with input as stored([ratchet("E1", "critical", 0, 5)]) with data.kadian.settings as none
}

test_many_raised_rules_are_bounded_and_the_worst_come_first if {
	slight := [ratchet(sprintf("E%d", [n]), "medium", 0, 1) | some n in numbers.range(1, 51)]
	result := scan.deny with input as stored(array.concat(slight, [ratchet("C", "critical", 0, 1)])) with data.kadian.settings as settings
	count(result) == 51
	some worst in result
	worst.rule == "C"
	some rest in result
	rest.actual == "52 rules with more findings"
}

test_a_rule_with_fewer_findings_asks_for_a_lower_baseline if {
	fewer := stored([ratchet("E1", "high", 3, 1), ratchet("E2", "low", 1, 0), ratchet("E3", "low", 1, 1)])
	scan.deny == set() with input as fewer with data.kadian.settings as settings
	result := scan.warn with input as fewer with data.kadian.settings as settings
	some finding in result
	finding.msg == "the baseline counts 4 findings of 2 rules of which 1 are left"
}

test_a_tool_of_the_baseline_without_a_report_holds if {
	absent := {"scan": {"status": "known", "findings": [], "baseline": {"ratchets": [], "absent_tools": ["ruff"]}}}
	result := scan.hold with input as absent with data.kadian.settings as settings
	some finding in result
	finding.msg == "ruff counts in the baseline and has no report here"
	scan.hold == set() with input as stored([]) with data.kadian.settings as settings
}

test_without_a_baseline_there_is_no_ratchet if {
	bare := {"scan": {"status": "known", "findings": [], "baseline": null}}
	scan.deny == set() with input as bare with data.kadian.settings as settings
	scan.warn == set() with input as bare with data.kadian.settings as settings
	scan.hold == set() with input as bare with data.kadian.settings as settings
}

test_a_file_that_changes_is_cleaned_when_that_is_asked if {
	old := object.union(found("high", 1), {"new": false})
	scan.deny == set() with input as document([old]) with data.kadian.settings as settings
	asked := set_to({"clean_severity": "high"})
	result := scan.deny with input as document([old]) with data.kadian.settings as asked
	some finding in result
	finding.msg == "semgrep/sqli (high) at src/a.py:1 was there before and is still: tainted query"
	lesser := object.union(found("medium", 1), {"new": false})
	scan.deny == set() with input as document([lesser]) with data.kadian.settings as asked
	hidden := object.union(suppressed("high", "why"), {"new": false})
	scan.deny == set() with input as document([hidden]) with data.kadian.settings as asked
}
