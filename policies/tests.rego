# METADATA
# title: Test results
# description: >-
#   Judges the unit and functional test results of this change: how many pass, which suites ran, how many were skipped or
#   passed only on a retry. A report without an executed test never passes. In a rollout, the suites of a batch ran through
#   and were made for this batch and version. What the list of known failures excuses, the quarantine, stops nobody until its day.
package kadian.tests

# METADATA
# title: Enough tests pass
# description: >-
#   Passed tests are at least `settings.tests.success_percent` of the executed ones. Skipped tests count on neither side; a
#   test that passes on a retry counts as passed, and so does a known failure. The comparison is exact, in tests.
# custom:
#   id: tests/success-rate
#   severity: high
#   stages: [push, merge, release]
#   needs: [tests]
#   requirement: A2
#   remedy: Fix the failed tests, then run them again on this commit
deny contains finding if {
	input.tests.executed > 0
	missing := (required - input.tests.passed) - excused
	missing > 0
	finding := {
		"msg": sprintf("%d of %d executed tests passed (%v %%)%s, but %v %% must pass", [
			input.tests.passed, input.tests.executed, input.tests.success_percent, and_known,
			data.kadian.settings.tests.success_percent,
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
	required > input.tests.passed + excused
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
	required <= input.tests.passed + excused
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
#   Holds for each suite of `settings.tests.required_suites`, and of `settings.tests.suites` for the stage, that no report
#   contains, or that executed no test. Names are compared exactly, with those of the suite, of suites around it and of its
#   file.
# custom:
#   id: tests/required-suites
#   severity: high
#   stages: [push, merge, release]
#   needs: [tests]
#   requirement: A2
#   remedy: Run the suite and hand in its report, or take it out of settings.tests
hold contains finding if {
	some name in required_here
	executed := sum([suite.executed | some suite in input.tests.suites; called(suite, name)])
	executed == 0
	finding := {
		"msg": sprintf("Required suite %s %s", [name, absence(name)]),
		"expected": sprintf("suite %s with at least 1 executed test", [name]),
		"actual": lacking(name),
		"suite": name,
	}
}

# METADATA
# title: Required suites are complete
# description: >-
#   At release, a required suite skips no test, unless `settings.tests.suites_may_skip` says that it may.
# custom:
#   id: tests/required-skipped
#   severity: medium
#   stages: [release]
#   needs: [tests]
#   requirement: C1
#   remedy: Run the whole suite, or enable its skipped tests again
hold contains finding if {
	some name in required_here
	some finding in incomplete(name, [suite | some suite in input.tests.suites; called(suite, name)])
}

# METADATA
# title: Known failures
# description: >-
#   A test fails that the list of known failures excuses. It blocks nobody until the last day of its entry.
# custom:
#   id: tests/known-failures
#   severity: medium
#   stages: [push, merge, release, rollout]
#   needs: [tests]
#   requirement: C1
#   remedy: Mend the test or the code it tests before the last day of its entry
warn contains finding if {
	entries := [entry | some entry in input.tests.known_failures; entry.outcome == "failed"; entry.state == "active"]
	some finding in listing(entries, "fails and is known")
}

# METADATA
# title: No known failure is over its time
# description: >-
#   A test fails that the list of known failures excuses no longer: the last day of its entry is over, or lies further ahead
#   than `settings.tests.known_failure_days`.
# custom:
#   id: tests/known-failures-over
#   severity: high
#   stages: [push, merge, release]
#   needs: [tests]
#   requirement: C1
#   remedy: Mend the test or the code it tests; its owner may ask for another day, within the limit
deny contains finding if {
	entries := [entry | some entry in input.tests.known_failures; entry.outcome == "failed"; entry.state != "active"]
	some finding in listing(entries, "fails and is excused no longer")
}

# METADATA
# title: Known failures that are none
# description: >-
#   A test on the list of known failures passes, or, at release, is in no report.
# custom:
#   id: tests/known-failures-mended
#   severity: low
#   stages: [push, merge, release, rollout]
#   needs: [tests]
#   requirement: C1
#   remedy: Take the test off the list of known failures, or correct its name there
warn contains finding if {
	passing := [entry | some entry in input.tests.known_failures; entry.outcome == "passed"]
	absent := [entry | input.gate.stage == "release"; some entry in input.tests.known_failures; entry.outcome == "absent"]
	some finding in array.concat(listing(passing, "is on the list and passes"), listing(absent, "is on the list and in no report"))
}

# METADATA
# title: The suites of the batch ran
# description: >-
#   In the soak of a batch, and before the next one, each suite that the plan names for the batch, and each of
#   `settings.tests.suites.rollout`, is in a report with at least one executed test.
# custom:
#   id: tests/suites
#   severity: high
#   stages: [rollout]
#   needs: [tests, rollout, history]
#   requirement: C2
#   remedy: Run the suite against the batch and hand in its report
hold contains finding if {
	binding
	some finding in absent_suites
}

# METADATA
# title: The suites are of this batch
# description: >-
#   The report of each suite was made for this batch: its properties `kadian.plan`, `kadian.batch` and `kadian.version` say so,
#   or it was made after the batch was done.
# custom:
#   id: tests/suite-binding
#   severity: high
#   stages: [rollout]
#   needs: [tests, rollout, history]
#   requirement: C2
#   remedy: Run the suite again, now that this batch is out; let its report say which batch it tested
hold contains finding if {
	binding
	some finding in strange_suites
}

# METADATA
# title: The suites of the batch are complete
# description: >-
#   No suite of the batch skips a test, unless `settings.tests.suites_may_skip` says that it may.
# custom:
#   id: tests/suite-skipped
#   severity: medium
#   stages: [rollout]
#   needs: [tests, rollout, history]
#   requirement: C2
#   remedy: Run the whole suite, or enable its skipped tests again
hold contains finding if {
	binding
	some finding in skipping_suites
}

# METADATA
# title: The suites of the batch pass
# description: >-
#   A suite of the batch has a failed test that no known failure excuses, and `settings.tests.on_failed_suite` is `rollback`.
# custom:
#   id: tests/suite-failed-rollback
#   severity: critical
#   stages: [rollout]
#   needs: [tests, rollout, history]
#   requirement: C5
#   remedy: Roll the batch back first; find the cause afterwards
rollback contains finding if {
	binding
	data.kadian.settings.tests.on_failed_suite == "rollback"
	some finding in failing_suites
}

# METADATA
# title: The suites of the batch pass, or the rollout stops
# description: >-
#   As tests/suite-failed-rollback, where `settings.tests.on_failed_suite` is `deny`.
# custom:
#   id: tests/suite-failed
#   severity: high
#   stages: [rollout]
#   needs: [tests, rollout, history]
#   requirement: C2
#   remedy: Decide whether to roll back; the next batch does not start before the suite passes
deny contains finding if {
	binding
	data.kadian.settings.tests.on_failed_suite == "deny"
	some finding in failing_suites
}

# METADATA
# title: Suites that a rollback does not wait for
# description: >-
#   A plan of type `rollback` goes on whatever its suites say; what would stop another plan is listed.
# custom:
#   id: tests/rollback
#   severity: medium
#   stages: [rollout]
#   needs: [tests, rollout, history]
#   requirement: C5
#   remedy: Finish the rollback first; look at this afterwards
warn contains finding if {
	not binding
	some findings in [absent_suites, strange_suites, skipping_suites, failing_suites]
	some finding in findings
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
#   Tests that passed only after a failed try are more than `settings.tests.max_flaky`; those on the list of known failures do not
#   count until the last day of their entry. Names the first ten.
# custom:
#   id: tests/flaky
#   severity: low
#   stages: [push, merge, release]
#   needs: [tests]
#   requirement: A2
#   remedy: Make the named tests deterministic, or move them to quarantine
warn contains finding if {
	flaky := input.tests.flaky - count(quarantined_flaky)
	excess := flaky - data.kadian.settings.tests.max_flaky
	excess > 0
	unlisted := [case | some case in input.tests.flaky_cases; not case.name in quarantined_flaky]
	names := [sprintf("%s/%s", [case.suite, case.name]) | some case in array.slice(unlisted, 0, listed_flaky)]
	finding := {
		"msg": sprintf("%s passed only after a failed try%s", [amount(flaky, ""), examples(names)]),
		"expected": sprintf("at most %d", [data.kadian.settings.tests.max_flaky]),
		"actual": sprintf("%d", [flaky]),
		"distance": amount(excess, "fewer flaky"),
	}
}

# Bounds on the output, not thresholds.
listed_failures := 20

listed_flaky := 10

# In tests and basis points: a rounded percentage would let 99.999 pass for 100.
required := ceil((input.tests.executed * round(data.kadian.settings.tests.success_percent * 100)) / 10000)

failures := array.concat(
	[failure(case) | some case in array.slice(unexcused, 0, listed_failures)],
	rest_of_failures((input.tests.failed - excused) - min([count(unexcused), listed_failures])),
)

unexcused := [case | some case in input.tests.failures; not case.known]

# Failed tests that stop nobody.
excused := input.tests.known_failed

# The names of flaky tests that somebody answers for; each entry counts for one test.
quarantined_flaky := {entry.case |
	some entry in input.tests.known_failures
	entry.outcome == "flaky"
	entry.state == "active"
}

and_known := "" if excused == 0

and_known := sprintf(" with %d excused as known", [excused]) if excused > 0

required_here := {name |
	some name in array.concat(
		data.kadian.settings.tests.required_suites,
		object.get(data.kadian.settings.tests.suites, input.gate.stage, []),
	)
}

called(suite, name) if suite.name == name

called(suite, name) if name in suite.groups

# What is said of entries of the list of known failures, the first twenty and the number of the rest.
listing(entries, what) := array.concat(
	[{
		"msg": sprintf("Test %s in suite %s %s (%s, %s, until %s): %s", [
			entry.case, entry.suite, what, entry.owner, entry.ticket, entry.expires, entry.reason,
		]),
		"expected": "a test that passes and is on no list",
		"actual": sprintf("%s, entry %s", [entry.outcome, replace(entry.state, "_", " ")]),
		"suite": entry.suite,
		"test": entry.case,
		"fingerprint": sprintf("tests:known:%s:%s", [entry.suite, entry.case]),
	} |
		some entry in array.slice(entries, 0, listed_failures)
	],
	[finding |
		more := count(entries) - listed_failures
		more > 0
		finding := {"msg": sprintf("%d more entries of the list of known failures are not listed here", [more])}
	],
)

binding if input.rollout.plan.type != "rollback"

# The batch whose tests are judged: in its soak, and before the one after it. Null where no batch is out yet.
tested := object.get(input.rollout, "batch", null) if {
	input.rollout.phase == "soak"
} else := object.get(input.rollout, "previous", null) if {
	input.rollout.phase == "before"
} else := null

# As the ledger has it; nothing where it was not recorded.
deployed := batch if {
	tested != null
	some batch in input.history.batches
	batch.number == tested.number
}

asked_of_batch := {name |
	tested != null
	some name in array.concat(tested.suites, data.kadian.settings.tests.suites.rollout)
}

absent_suites := [finding |
	some name in asked_of_batch
	executed := sum([suite.executed | some suite in input.tests.suites; called(suite, name)])
	executed == 0
	finding := of_suite(name, {
		"msg": sprintf("Suite %s of batch %d %s", [name, tested.number, absence(name)]),
		"expected": sprintf("suite %s with at least 1 executed test", [name]),
		"actual": lacking(name),
	})
]

# A report may lie beside that of an earlier batch; every suite in it needs one of this batch.
strange_suites := [finding |
	some name in asked_of_batch
	ours := {suite.name | some suite in suites_of_batch(name)}
	strange := [suite | some suite in input.tests.suites; called(suite, name); not suite.name in ours]
	count(strange) > 0
	sum([suite.executed | some suite in input.tests.suites; called(suite, name)]) > 0
	finding := of_suite(name, {
		"msg": sprintf("Suite %s %s%s", [name, why_strange(strange[0]), more_strange(name, strange)]),
		"expected": sprintf("made for batch %d of %s, version %s", [tested.number, input.rollout.plan.id, input.rollout.plan.to]),
		"actual": sprintf("a report that %s", [why_strange(strange[0])]),
	})
]

more_strange(name, strange) := "" if {
	count(strange) == 1
	strange[0].name == name
} else := sprintf(" (%s)", [strange[0].name]) if {
	count(strange) == 1
} else := sprintf(" (%s and %d more)", [strange[0].name, count(strange) - 1])

skipping_suites := [finding |
	some name in asked_of_batch
	some finding in incomplete(name, suites_of_batch(name))
]

# Zero or one finding about skipped tests of a suite that has to be complete.
incomplete(name, suites) := [finding |
	not data.kadian.settings.tests.suites_may_skip
	skipped := sum([suite.skipped | some suite in suites])
	skipped > 0
	sum([suite.executed | some suite in suites]) > 0
	finding := of_suite(name, {
		"msg": sprintf("Suite %s is not complete: %s skipped", [name, amount(skipped, "")]),
		"expected": "0 skipped tests",
		"actual": sprintf("%d skipped", [skipped]),
		"distance": amount(skipped, "fewer skipped"),
	})
]

failing_suites := [finding |
	some name in asked_of_batch
	ours := suites_of_batch(name)
	failed := sum([left | some suite in ours; left := suite.failed - suite.known_failed])
	failed > 0
	executed := sum([suite.executed | some suite in ours])
	finding := of_suite(name, {
		"msg": sprintf("Suite %s of batch %d: %d of %s failed%s", [
			name, tested.number, failed, amount(executed, ""), examples(array.slice(failed_cases(ours), 0, listed_flaky)),
		]),
		"expected": "0 failed tests",
		"actual": amount(failed, "failed"),
		"distance": amount(failed, "fewer failed"),
	})
]

# Failures are listed by the name of their suite, so that one with several reports cannot say which of them is meant.
failed_cases(suites) := [label(case) |
	names := {suite.name | some suite in suites}
	some case in input.tests.failures
	not case.known
	case.suite in names
	count([suite | some suite in input.tests.suites; suite.name == case.suite]) == 1
]

label(case) := sprintf("%s (a known failure of %s until %s)", [case.name, entry.owner, entry.expires]) if {
	some entry in input.tests.known_failures
	entry.case == case.name
	entry.state != "active"
} else := case.name

suites_of_batch(name) := [suite |
	some suite in input.tests.suites
	called(suite, name)
	count(strangeness(suite)) == 0
]

why_strange(suite) := strangeness(suite)[0]

# Why a report is not of the batch; empty when it is.
strangeness(suite) := array.concat(contradiction(suite), lateness(suite))

contradiction(suite) := [sentence |
	some fact in [
		["batch", object.get(suite.made_for, "batch", null), tested.number],
		["plan", object.get(suite.made_for, "plan", null), input.rollout.plan.id],
		["version", object.get(suite.made_for, "version", null), input.rollout.plan.to],
	]
	fact[1] != null
	fact[1] != fact[2]
	sentence := sprintf("is of %s %v, not %v", fact)
]

# Functional tests count from the end of the deployment on. Of a report that names plan and batch only the time that it states itself
# speaks: its statement suffices where it states none. Of another one its time is all that speaks.
lateness(suite) := [sentence |
	made := object.get(suite, "stated_at", null)
	made != null
	some sentence in untimely(made)
] if {
	says_all(suite)
} else := untimely(object.get(suite, "made_at", null))

says_all(suite) if {
	object.get(suite.made_for, "plan", null) != null
	object.get(suite.made_for, "batch", null) != null
}

done_at := object.get(deployed, "done_at", null) if {
	deployed
} else := null

untimely(made) := ["says neither which batch it is of nor when it was made"] if {
	made == null
} else := [sprintf("cannot be of batch %d, which is not done", [tested.number])] if {
	done_at == null
} else := [sprintf("was made at %s, before batch %d was done at %s", [made, tested.number, done_at])] if {
	seconds(made) < seconds(done_at)
} else := []

# Times of reports are compared by the second.
seconds(time_text) := floor(time.parse_rfc3339_ns(time_text) / 1000000000)

of_suite(name, finding) := object.union(finding, {"suite": name, "fingerprint": sprintf("tests:suite:%s", [name])})

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
	called(suite, name)
} else := "is in no test report"

lacking(name) := {"executed no test": "0 executed tests", "is in no test report": "no report of it"}[absence(name)]

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
