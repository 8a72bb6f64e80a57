# METADATA
# title: Test results
# description: >-
#   Judges the unit and functional test results of this change: how many pass, which suites ran, how many were skipped or
#   passed only on a retry. A report without an executed test never passes.
package kadian.tests

# METADATA
# title: Enough tests pass
# description: >-
#   Passed tests are at least `settings.tests.success_percent` of the executed ones. Skipped tests count on neither side; a
#   test that passes on a retry counts as passed. The comparison is exact, in tests.
# custom:
#   id: tests/success-rate
#   severity: high
#   stages: [push, merge, release]
#   needs: [tests]
#   requirement: A2
#   remedy: Fix the failed tests listed below, then run them again on this commit
deny contains finding if {
	input.tests.executed > 0
	missing := required - input.tests.passed
	missing > 0
	finding := {
		"msg": sprintf("%d of %d executed tests passed (%v %%), but %v %% must pass", [
			input.tests.passed, input.tests.executed, input.tests.success_percent, data.kadian.settings.tests.success_percent,
		]),
		"expected": sprintf("at least %v %%", [data.kadian.settings.tests.success_percent]),
		"actual": sprintf("%v %%", [input.tests.success_percent]),
		"distance": amount(missing, "more passing"),
	}
}

# METADATA
# title: No test fails
# description: >-
#   Lists the failed tests, the first twenty by name and the number of the rest, when too few tests pass.
# custom:
#   id: tests/failed
#   severity: high
#   stages: [push, merge, release]
#   needs: [tests]
#   requirement: A2
#   remedy: Fix the test or the code it tests
deny contains finding if {
	required > input.tests.passed
	some finding in failures
}

# METADATA
# title: Failed tests within the tolerated share
# description: >-
#   Lists the failed tests when `settings.tests.success_percent` tolerates them.
# custom:
#   id: tests/failed-tolerated
#   severity: medium
#   stages: [push, merge, release]
#   needs: [tests]
#   requirement: A2
#   remedy: Fix the test before the tolerated share is used up
warn contains finding if {
	required <= input.tests.passed
	some finding in failures
}

# METADATA
# title: Some test ran
# description: >-
#   Holds when the reports contain no executed test: nothing failed because nothing ran.
# custom:
#   id: tests/none-executed
#   severity: high
#   stages: [push, merge, release]
#   needs: [tests]
#   requirement: A2
#   remedy: Check that the test command selects tests and that the report of this run was collected
hold contains finding if {
	input.tests.executed == 0
	finding := {
		"msg": sprintf("No test was executed (%d skipped), so nothing is known about this change", [input.tests.skipped]),
		"expected": "at least 1 executed test",
		"actual": "0 executed tests",
		"distance": "1 more executed test",
	}
}

# METADATA
# title: Required suites ran
# description: >-
#   Holds for each suite of `settings.tests.required_suites` that no report contains, or that executed no test. Names are
#   compared exactly.
# custom:
#   id: tests/required-suites
#   severity: high
#   stages: [push, merge, release]
#   needs: [tests]
#   requirement: A2
#   remedy: Run the suite and hand in its report, or take it out of settings.tests.required_suites
hold contains finding if {
	some name in data.kadian.settings.tests.required_suites
	executed := sum([suite.executed | some suite in input.tests.suites; suite.name == name])
	executed == 0
	finding := {
		"msg": sprintf("Required suite %s %s", [name, absence(name)]),
		"expected": sprintf("suite %s with at least 1 executed test", [name]),
		"actual": absence(name),
		"suite": name,
	}
}

# METADATA
# title: Not too many tests are skipped
# description: >-
#   Skipped tests are at most `settings.tests.max_skipped_percent` of all tests in the reports.
# custom:
#   id: tests/skipped
#   severity: medium
#   stages: [push, merge, release]
#   needs: [tests]
#   requirement: A2
#   remedy: Enable the skipped tests again or delete them
deny contains finding if {
	some finding in skipped_above(data.kadian.settings.tests.max_skipped_percent)
}

# METADATA
# title: Many tests are skipped
# description: >-
#   Skipped tests are more than `settings.tests.warn_skipped_percent` of all tests in the reports, but not more than
#   `settings.tests.max_skipped_percent`.
# custom:
#   id: tests/many-skipped
#   severity: low
#   stages: [push, merge, release]
#   needs: [tests]
#   requirement: A2
#   remedy: Enable the skipped tests again or delete them
warn contains finding if {
	count(skipped_above(data.kadian.settings.tests.max_skipped_percent)) == 0
	some finding in skipped_above(data.kadian.settings.tests.warn_skipped_percent)
}

# METADATA
# title: Few tests are flaky
# description: >-
#   Tests that passed only after a failed try are more than `settings.tests.max_flaky`. Names the first ten.
# custom:
#   id: tests/flaky
#   severity: low
#   stages: [push, merge, release]
#   needs: [tests]
#   requirement: A2
#   remedy: Make the named tests deterministic, or move them to quarantine
warn contains finding if {
	excess := input.tests.flaky - data.kadian.settings.tests.max_flaky
	excess > 0
	names := [sprintf("%s/%s", [case.suite, case.name]) | some case in array.slice(input.tests.flaky_cases, 0, listed_flaky)]
	finding := {
		"msg": sprintf("%s passed only after a failed try%s", [amount(input.tests.flaky, ""), examples(names)]),
		"expected": sprintf("at most %d", [data.kadian.settings.tests.max_flaky]),
		"actual": sprintf("%d", [input.tests.flaky]),
		"distance": amount(excess, "fewer flaky"),
	}
}

# Bounds on the output, not thresholds.
listed_failures := 20

listed_flaky := 10

# In tests and basis points: a rounded percentage would let 99.999 pass for 100.
required := ceil((input.tests.executed * round(data.kadian.settings.tests.success_percent * 100)) / 10000)

failures := array.concat(
	[failure(case) | some case in array.slice(input.tests.failures, 0, listed_failures)],
	rest_of_failures(input.tests.failed - min([count(input.tests.failures), listed_failures])),
)

failure(case) := known({
	"msg": sprintf("Test %s in suite %s failed: %s", [case.name, case.suite, case.message]),
	"file": object.get(case, "file", null),
	"line": object.get(case, "line", null),
	"expected": "passed",
	"actual": "failed",
	"suite": case.suite,
	"test": case.name,
})

rest_of_failures(number) := [] if number <= 0

rest_of_failures(number) := [{
	"msg": sprintf("%s failed and are not listed here", [amount(number, "more")]),
	"expected": "0 failed tests",
	"actual": sprintf("%d failed tests", [input.tests.failed]),
}] if {
	number > 0
}

absence(name) := "executed no test" if {
	some suite in input.tests.suites
	suite.name == name
} else := "is in no test report"

# Zero or one finding. No test at all is no share of anything; tests/none-executed speaks then.
skipped_above(percent) := [finding |
	total := input.tests.executed + input.tests.skipped
	allowed := floor((total * round(percent * 100)) / 10000)
	excess := input.tests.skipped - allowed
	excess > 0
	finding := {
		"msg": sprintf("%d of %s were skipped, at most %v %% may be", [input.tests.skipped, amount(total, ""), percent]),
		"expected": sprintf("at most %v %%", [percent]),
		"actual": sprintf("%v %%", [ceil((input.tests.skipped * 10000) / total) / 100]),
		"distance": amount(excess, "fewer skipped"),
	}
]

amount(number, what) := sprintf("%d %s", [number, concat(" ", [word | some word in [what, noun(number)]; word != ""])])

noun(1) := "test"

noun(number) := "tests" if number != 1

examples([]) := ""

examples(names) := sprintf(": %s", [concat(", ", names)]) if count(names) > 0

# Leaves out keys without a value, so that a finding carries only what is known.
known(finding) := {key: value | some key, value in finding; value != null}
