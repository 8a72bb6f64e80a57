package kadian.tests_test

import data.kadian.tests

settings := {"tests": {
	"success_percent": 100,
	"max_skipped_percent": 50,
	"warn_skipped_percent": 10,
	"max_flaky": 0,
	"required_suites": [],
}}

set_to(changes) := object.union(settings, {"tests": changes})

failure(name) := {"suite": "core", "name": name, "message": "expected 1", "file": "tests/core.rs", "line": 7}

results(passed, failed, skipped, flaky) := {"tests": {
	"status": "known",
	"executed": passed + failed,
	"passed": passed,
	"failed": failed,
	"skipped": skipped,
	"flaky": flaky,
	"success_percent": percent(passed, passed + failed),
	"suites": [{"name": "core", "executed": passed + failed}, {"name": "empty", "executed": 0}],
	"failures": [failure(sprintf("case%d", [n])) | failed > 0; some n in numbers.range(1, failed)],
	"flaky_cases": [{"suite": "core", "name": sprintf("f%d", [n])} | flaky > 0; some n in numbers.range(1, flaky)],
}}

percent(_, 0) := 0

percent(passed, executed) := floor((passed * 10000) / executed) / 100 if executed > 0

test_green_tests_pass if {
	tests.deny == set() with input as results(10, 0, 1, 0) with data.kadian.settings as settings
	tests.hold == set() with input as results(10, 0, 1, 0) with data.kadian.settings as settings
	tests.warn == set() with input as results(10, 0, 1, 0) with data.kadian.settings as settings
}

test_a_failed_test_blocks_by_rate_and_by_name if {
	found := tests.deny with input as results(9, 1, 0, 0) with data.kadian.settings as settings
	count(found) == 2
	some rate in found
	rate.msg == "9 of 10 executed tests passed (90 %), but 100 % must pass"
	rate.expected == "at least 100 %"
	rate.actual == "90 %"
	rate.distance == "1 more passing test"
	some named in found
	named.msg == "Test case1 in suite core failed: expected 1"
	named.file == "tests/core.rs"
	named.line == 7
}

test_a_failure_without_a_place_has_none if {
	document := json.patch(results(9, 1, 0, 0), [
		{"op": "replace", "path": "/tests/failures/0/file", "value": null},
		{"op": "replace", "path": "/tests/failures/0/line", "value": null},
	])
	found := tests.deny with input as document with data.kadian.settings as settings
	some named in found
	named.test == "case1"
	not "file" in object.keys(named)
	not "line" in object.keys(named)
}

test_one_failure_in_a_hundred_thousand_is_not_a_hundred_percent if {
	document := object.union(results(1, 0, 0, 0), {"tests": {
		"executed": 100000, "passed": 99999, "failed": 1, "success_percent": 99.99, "failures": [failure("x")],
	}})
	found := tests.deny with input as document with data.kadian.settings as settings
	count(found) == 2
}

test_twenty_failures_need_no_summary if {
	found := tests.deny with input as results(0, 20, 0, 0) with data.kadian.settings as settings
	count(found) == 21
}

test_many_failures_are_bounded if {
	found := tests.deny with input as results(0, 25, 0, 0) with data.kadian.settings as settings
	count(found) == 22
	some finding in found
	finding.msg == "5 more tests failed and are not listed here"
}

test_failures_that_the_report_cut_off_are_still_counted if {
	document := object.union(results(0, 25, 0, 0), {"tests": {"failures": []}})
	found := tests.deny with input as document with data.kadian.settings as settings
	some finding in found
	finding.msg == "25 more tests failed and are not listed here"
}

test_exactly_the_tolerated_share_warns_and_passes if {
	found := tests.warn with input as results(9, 1, 0, 0) with data.kadian.settings as set_to({"success_percent": 90})
	tests.deny == set() with input as results(9, 1, 0, 0) with data.kadian.settings as set_to({"success_percent": 90})
	count(found) == 1
	some finding in found
	finding.test == "case1"
}

test_just_below_the_tolerated_share_blocks if {
	found := tests.deny with input as results(9, 1, 0, 0) with data.kadian.settings as set_to({"success_percent": 90.01})
	count(found) == 2
}

test_no_executed_test_holds if {
	found := tests.hold with input as results(0, 0, 3, 0) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	contains(finding.msg, "No test was executed (3 skipped)")
}

test_a_required_suite_that_is_absent_or_empty_holds if {
	strict := set_to({"required_suites": ["core", "empty", "smoke"]})
	found := tests.hold with input as results(10, 0, 0, 0) with data.kadian.settings as strict
	{finding.msg | some finding in found} == {
		"Required suite empty executed no test",
		"Required suite smoke is in no test report",
	}
}

test_required_suites_that_ran_pass if {
	strict := set_to({"required_suites": ["core"]})
	tests.hold == set() with input as results(10, 0, 0, 0) with data.kadian.settings as strict
}

test_too_many_skipped_tests_block if {
	found := tests.deny with input as results(4, 0, 6, 0) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "6 of 10 tests were skipped, at most 50 % may be"
	finding.actual == "60 %"
	finding.distance == "1 fewer skipped test"
	tests.warn == set() with input as results(4, 0, 6, 0) with data.kadian.settings as settings
}

test_skipped_tests_at_the_limit_only_warn if {
	tests.deny == set() with input as results(5, 0, 5, 0) with data.kadian.settings as settings
	found := tests.warn with input as results(5, 0, 5, 0) with data.kadian.settings as settings
	some finding in found
	finding.msg == "5 of 10 tests were skipped, at most 10 % may be"
	finding.distance == "4 fewer skipped tests"
}

test_skipped_tests_at_the_lower_limit_are_silent if {
	tests.warn == set() with input as results(9, 0, 1, 0) with data.kadian.settings as settings
}

test_flaky_tests_warn_with_their_names if {
	found := tests.warn with input as results(10, 0, 0, 2) with data.kadian.settings as settings
	some finding in found
	finding.msg == "2 tests passed only after a failed try: core/f1, core/f2"
	finding.distance == "2 fewer flaky tests"
}

test_flaky_tests_within_the_limit_are_silent if {
	tests.warn == set() with input as results(10, 0, 0, 2) with data.kadian.settings as set_to({"max_flaky": 2})
}

test_flaky_tests_without_names_still_warn if {
	document := object.union(results(10, 0, 0, 1), {"tests": {"flaky_cases": []}})
	found := tests.warn with input as document with data.kadian.settings as settings
	some finding in found
	finding.msg == "1 test passed only after a failed try"
}

test_missing_results_find_nothing_and_so_must_be_held_by_the_gate if {
	document := {"tests": {"status": "missing", "sources": [], "reason": "no report"}}
	tests.deny == set() with input as document with data.kadian.settings as settings
	tests.hold == set() with input as document with data.kadian.settings as settings
}
