package kadian.tests_test

import data.kadian.tests

settings := {"tests": {
	"success_percent": 100,
	"max_skipped_percent": 50,
	"warn_skipped_percent": 10,
	"max_flaky": 0,
	"required_suites": [],
	"suites": {"push": [], "merge": [], "release": [], "rollout": []},
	"suites_may_skip": false,
	"on_failed_suite": "rollback",
	"known_failure_days": 30,
}}

set_to(changes) := object.union(settings, {"tests": changes})

failure(name) := {"suite": "core", "name": name, "message": "expected 1", "file": "tests/core.rs", "line": 7, "known": false}

results(passed, failed, skipped, flaky) := {"gate": {"stage": "merge"}, "tests": {
	"status": "known",
	"executed": passed + failed,
	"passed": passed,
	"failed": failed,
	"known_failed": 0,
	"skipped": skipped,
	"flaky": flaky,
	"success_percent": percent(passed, passed + failed),
	"suites": [suite("core", {"executed": passed + failed}), suite("empty", {"executed": 0})],
	"failures": [failure(sprintf("case%d", [n])) | failed > 0; some n in numbers.range(1, failed)],
	"flaky_cases": [{"suite": "core", "name": sprintf("f%d", [n])} | flaky > 0; some n in numbers.range(1, flaky)],
}}

suite(name, changes) := object.union(
	{
		"name": name,
		"groups": [],
		"made_for": {"plan": null, "batch": null, "version": null},
		"made_at": null,
		"stated_at": null,
		"executed": 1,
		"passed": 1,
		"failed": 0,
		"known_failed": 0,
		"skipped": 0,
		"flaky": 0,
	},
	changes,
)

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

one := {"number": 1, "suites": ["core-fvt"]}

two := {"number": 2, "suites": ["core-fvt", "smoke"]}

batch_rollout(phase, type) := {
	"status": "known",
	"plan": {"id": "p", "service": "pay", "type": type, "from": "1", "to": "2", "batches": [one, two]},
	"phase": phase,
	"batch": {"before": two, "soak": one}[phase],
	"previous": {"before": one, "soak": null}[phase],
}

deployed := {"number": 1, "state": "done", "started_at": "2026-01-01T00:00:00Z", "done_at": "2026-01-01T00:10:00Z"}

mine := {"plan": "p", "batch": 1, "version": "2"}

reports(suites) := object.union(results(1, 0, 0, 0).tests, {
	"suites": suites,
	"failed": sum([one_suite.failed | some one_suite in suites]),
	"known_failed": sum([one_suite.known_failed | some one_suite in suites]),
	"known_failures": [],
})

in_rollout(phase, type, suites) := {
	"gate": {"stage": "rollout"},
	"tests": reports(suites),
	"rollout": batch_rollout(phase, type),
	"history": {"status": "known", "batches": [deployed]},
}

messages(found) := {finding.msg | some finding in found}

soak_holds(suites, expected) if {
	every phase in ["soak", "before"] {
		found := tests.hold with input as in_rollout(phase, "daily", suites) with data.kadian.settings as settings
		messages(found) == expected
	}
}

test_a_suite_of_this_batch_lets_it_go_on if {
	every made in [
		{"made_for": mine},
		{"made_for": object.union(mine, {"version": null}), "made_at": "2026-01-01T00:00:00Z"},
		{"made_for": mine, "made_at": "2026-01-01T00:10:00Z", "stated_at": "2026-01-01T00:10:00Z"},
		{"made_for": {"plan": null, "batch": 1, "version": "2"}, "made_at": "2026-01-01T00:10:00Z"},
		{"made_at": "2026-01-01T00:10:00Z"},
	] {
		every name in ["core-fvt", "pytest"] {
			suites := [suite(name, object.union(made, {"groups": ["core-fvt"]}))]
			soak_holds(suites, set())
			document := in_rollout("soak", "daily", suites)
			tests.rollback == set() with input as document with data.kadian.settings as settings
			tests.deny == set() with input as document with data.kadian.settings as settings
		}
	}
}

test_before_the_first_batch_no_suite_is_asked_for if {
	document := object.union(in_rollout("before", "daily", [suite("x", {})]), {"rollout": {"batch": one, "previous": null}})
	tests.hold == set() with input as document with data.kadian.settings as settings
}

test_a_suite_that_is_absent_or_ran_nothing_holds if {
	soak_holds([suite("other", {"made_for": mine})], {"Suite core-fvt of batch 1 is in no test report"})
	soak_holds([suite("core-fvt", {"made_for": mine, "executed": 0, "passed": 0})], {"Suite core-fvt of batch 1 executed no test"})
	document := in_rollout("soak", "daily", [suite("core-fvt", {"made_for": mine})])
	found := tests.hold with input as document with data.kadian.settings as set_to({"suites": {"rollout": ["smoke"]}})
	"Suite smoke of batch 1 is in no test report" in messages(found)
}

test_a_suite_of_something_else_holds_and_says_of_what if {
	of := {sentence | some row in [
		[{"batch": 7}, "is of batch 7, not 1"],
		[{"plan": "q"}, "is of plan q, not p"],
		[{"version": "1.9"}, "is of version 1.9, not 2"],
	]
		soak_holds([suite("core-fvt", {"made_for": object.union(mine, row[0])})], {sprintf("Suite core-fvt %s", [row[1]])})
		sentence := row[1]
	}
	count(of) == 3
}

test_a_suite_that_is_older_than_the_batch_holds if {
	soak_holds(
		[suite("core-fvt", {"made_at": "2026-01-01T00:09:59Z"})],
		{"Suite core-fvt was made at 2026-01-01T00:09:59Z, before batch 1 was done at 2026-01-01T00:10:00Z"},
	)
	every early in ["2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-01-01T00:09:59Z"] {
		soak_holds(
			[suite("core-fvt", {"made_for": mine, "made_at": early, "stated_at": early})],
			{sprintf("Suite core-fvt was made at %s, before batch 1 was done at 2026-01-01T00:10:00Z", [early])},
		)
	}
	soak_holds([suite("core-fvt", {})], {"Suite core-fvt says neither which batch it is of nor when it was made"})
}

test_a_report_of_an_earlier_batch_may_lie_beside_it_but_not_stand_for_it if {
	old := object.union(mine, {"batch": 9})
	soak_holds([suite("core-fvt", {"made_for": old, "failed": 1}), suite("core-fvt", {"made_for": mine})], set())
	mixed := [suite(name, {"groups": ["core-fvt"], "made_for": made}) | some [name, made] in [["a", mine], ["b", old], ["c", old]]]
	soak_holds(mixed, {"Suite core-fvt is of batch 9, not 1 (b and 1 more)"})
}

test_a_suite_that_skips_is_not_complete_unless_it_may if {
	skipping := [suite("core-fvt", {"made_for": mine, "skipped": 2})]
	soak_holds(skipping, {"Suite core-fvt is not complete: 2 tests skipped"})
	document := in_rollout("soak", "daily", skipping)
	tests.hold == set() with input as document with data.kadian.settings as set_to({"suites_may_skip": true})
}

test_a_failed_suite_rolls_back_or_blocks if {
	every phase in ["soak", "before"] {
		failing := in_rollout(phase, "daily", [suite("core-fvt", {"made_for": mine, "executed": 40, "passed": 38, "failed": 2})])
		document := object.union(failing, {"tests": object.union(failing.tests, {"failures": [object.union(failure("c"), {"suite": "core-fvt"})]})})
		found := tests.rollback with input as document with data.kadian.settings as settings
		messages(found) == {"Suite core-fvt of batch 1: 2 of 40 tests failed: c"}
		tests.deny == set() with input as document with data.kadian.settings as settings
		denied := tests.deny with input as document with data.kadian.settings as set_to({"on_failed_suite": "deny"})
		messages(denied) == messages(found)
		tests.rollback == set() with input as document with data.kadian.settings as set_to({"on_failed_suite": "deny"})
	}
}

entry(state, outcome) := {
	"suite": "core-fvt",
	"case": "c",
	"owner": "mei",
	"reason": "the sandbox",
	"ticket": "PAY-1",
	"expires": "2026-01-09",
	"state": state,
	"outcome": outcome,
}

test_a_known_failure_of_a_batch_is_told_and_an_expired_one_rolls_back if {
	excused := in_rollout("soak", "daily", [suite("core-fvt", {"made_for": mine, "failed": 1, "known_failed": 1})])
	listed := object.union(excused, {"tests": object.union(excused.tests, {"known_failures": [entry("active", "failed")]})})
	tests.rollback == set() with input as listed with data.kadian.settings as settings
	warned := tests.warn with input as listed with data.kadian.settings as settings
	messages(warned) == {"Test c in suite core-fvt fails and is known (mei, PAY-1, until 2026-01-09): the sandbox"}
	over := in_rollout("soak", "daily", [suite("core-fvt", {"made_for": mine, "failed": 1})])
	document := object.union(over, {"tests": object.union(over.tests, {
		"known_failures": [entry("expired", "failed")],
		"failures": [object.union(failure("c"), {"suite": "core-fvt"})],
	})})
	found := tests.rollback with input as document with data.kadian.settings as settings
	messages(found) == {"Suite core-fvt of batch 1: 1 of 1 test failed: c (a known failure of mei until 2026-01-09)"}
}

test_a_rollback_waits_for_no_suite if {
	every suites in [[], [suite("core-fvt", {"failed": 1})], [suite("core-fvt", {"made_for": mine, "failed": 1, "skipped": 1})]] {
		document := in_rollout("soak", "rollback", suites)
		tests.hold == set() with input as document with data.kadian.settings as settings
		tests.rollback == set() with input as document with data.kadian.settings as settings
		found := tests.warn with input as document with data.kadian.settings as settings
		count(found) > 0
	}
}

release(entries, excused) := object.union(results(9, 1, 0, 0), {
	"gate": {"stage": "release"},
	"tests": object.union(results(9, 1, 0, 0).tests, {
		"known_failed": excused,
		"failures": [object.union(failure("c"), {"known": excused == 1})],
		"known_failures": entries,
	}),
})

test_a_release_passes_with_a_known_failure_and_says_so if {
	document := release([entry("active", "failed")], 1)
	tests.deny == set() with input as document with data.kadian.settings as settings
	tests.hold == set() with input as document with data.kadian.settings as settings
	found := tests.warn with input as document with data.kadian.settings as settings
	messages(found) == {"Test c in suite core-fvt fails and is known (mei, PAY-1, until 2026-01-09): the sandbox"}
}

at(stage, document) := object.union(document, {"gate": {"stage": stage}})

test_a_push_and_a_merge_pass_with_a_known_failure_and_say_so if {
	every stage in ["push", "merge"] {
		document := at(stage, release([entry("active", "failed")], 1))
		tests.deny == set() with input as document with data.kadian.settings as settings
		tests.hold == set() with input as document with data.kadian.settings as settings
		found := tests.warn with input as document with data.kadian.settings as settings
		messages(found) == {"Test c in suite core-fvt fails and is known (mei, PAY-1, until 2026-01-09): the sandbox"}
	}
}

test_an_expired_or_too_long_entry_blocks_and_says_so if {
	every stage in ["push", "merge", "release"] {
		every state in ["expired", "too_long"] {
			document := at(stage, release([entry(state, "failed")], 0))
			found := tests.deny with input as document with data.kadian.settings as settings
			count(found) == 3
			"Test c in suite core-fvt fails and is excused no longer (mei, PAY-1, until 2026-01-09): the sandbox" in messages(found)
		}
	}
}

listed(state) := object.union(results(9, 0, 0, 2), {"tests": object.union(
	results(9, 0, 0, 2).tests,
	{"known_failures": [object.union(entry(state, "flaky"), {"case": "f1"})]},
)})

test_a_flaky_test_in_quarantine_does_not_count_until_its_day if {
	found := tests.warn with input as listed("active") with data.kadian.settings as settings
	messages(found) == {"1 test passed only after a failed try: core/f2"}
	tests.warn == set() with input as listed("active") with data.kadian.settings as set_to({"max_flaky": 1})
	over := tests.warn with input as listed("expired") with data.kadian.settings as settings
	messages(over) == {"2 tests passed only after a failed try: core/f1, core/f2"}
}

test_more_failures_than_are_known_say_how_many_are_excused if {
	document := json.patch(release([], 1), [{"op": "replace", "path": "/tests/passed", "value": 8}, {"op": "replace", "path": "/tests/failed", "value": 2}])
	found := tests.deny with input as document with data.kadian.settings as settings
	"8 of 10 executed tests passed (90 %) with 1 excused as known, but 100 % must pass" in messages(found)
}

test_an_entry_that_passes_or_is_in_no_report_is_told if {
	mended := tests.warn with input as release([entry("active", "passed")], 1) with data.kadian.settings as settings
	"Test c in suite core-fvt is on the list and passes (mei, PAY-1, until 2026-01-09): the sandbox" in messages(mended)
	absent := release([entry("active", "absent")], 1)
	gone := tests.warn with input as absent with data.kadian.settings as settings
	"Test c in suite core-fvt is on the list and in no report (mei, PAY-1, until 2026-01-09): the sandbox" in messages(gone)
	merged := tests.warn with input as at("merge", release([entry("active", "passed")], 1)) with data.kadian.settings as settings
	"Test c in suite core-fvt is on the list and passes (mei, PAY-1, until 2026-01-09): the sandbox" in messages(merged)
	elsewhere := at("merge", absent)
	quiet := tests.warn with input as elsewhere with data.kadian.settings as settings
	count(quiet) == 0
}

test_the_stage_names_suites_of_its_own_and_a_release_needs_them_whole if {
	core := object.union(results(9, 0, 1, 0), {"gate": {"stage": "release"}})
	document := object.union(core, {"tests": object.union(core.tests, {
		"known_failures": [],
		"suites": [suite("pytest", {"groups": ["core"], "executed": 9, "skipped": 1})],
	})})
	asking := set_to({"suites": {"release": ["core"]}, "warn_skipped_percent": 100})
	found := tests.hold with input as document with data.kadian.settings as asking
	messages(found) == {"Suite core is not complete: 1 test skipped"}
	absent := set_to({"suites": {"release": ["smoke"]}})
	none := tests.hold with input as document with data.kadian.settings as absent
	messages(none) == {"Required suite smoke is in no test report"}
	merge := object.union(document, {"gate": {"stage": "merge"}})
	tests.hold == set() with input as merge with data.kadian.settings as absent
}
