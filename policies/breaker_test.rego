package kadian.breaker_test

import data.kadian.breaker

settings := {"breaker": {"failures": 3, "within": "7d", "open_for": "2h", "lanes": ["hotfix"]}}

document(type, phase, state, overrides) := {
	"rollout": {"status": "known", "plan": {"id": "p", "service": "pay", "type": type}, "phase": phase},
	"history": {"status": "known", "overrides": overrides, "breaker": object.union(
		{"state": "closed", "failures": ["a", "b", "c"], "threshold": 3, "opens_until": null, "ready_in_seconds": null, "trial": null},
		state,
	)},
}

open := {"state": "open", "opens_until": "2026-01-01T02:00:00Z", "ready_in_seconds": 900}

trying(trial) := {"state": "half_open", "trial": trial}

override(active) := {
	"subject": "breaker",
	"reason": "the shop is down",
	"by": ["ada", "bo"],
	"at": "2026-01-01T00:00:00Z",
	"until": "2026-01-01T03:00:00Z",
	"active": active,
}

held(document) := {finding.msg |
	found := breaker.hold with input as document with data.kadian.settings as settings
	some finding in found
}

warned(document) := {finding.msg |
	found := breaker.warn with input as document with data.kadian.settings as settings
	some finding in found
}

test_a_closed_breaker_is_silent if {
	held(document("daily", "before", {}, [])) == set()
	warned(document("daily", "before", {}, [])) == set()
}

test_an_open_breaker_holds_and_says_how_long if {
	found := breaker.hold with input as document("daily", "before", open, []) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "The breaker of pay is open until 2026-01-01T02:00:00Z: a, b, c failed"
	finding.ready_in_seconds == 900
}

test_it_holds_batches_only if {
	every phase in ["plan", "soak"] {
		held(document("daily", phase, open, [])) == set()
	}
}

test_one_rollout_tries_and_others_wait if {
	every trial in [null, "p"] {
		half := document("daily", "before", trying(trial), [])
		held(half) == set()
		warned(half) == {"After 3 failed rollouts of pay in a row this one is the trial"}
	}
	other := document("daily", "before", trying("q"), [])
	held(other) == {"Rollout q is the trial after 3 failed ones of pay, and this one waits for its end"}
	warned(other) == set()
}

test_two_people_override_it_and_that_is_told if {
	every state in [open, trying("q")] {
		overridden := document("daily", "before", state, [override(true)])
		held(overridden) == set()
		warned(overridden) == {"The breaker is overridden by ada and bo until 2026-01-01T03:00:00Z: the shop is down"}
	}
	warned(document("daily", "before", {}, [override(true)])) == set()
}

test_an_exception_that_ended_or_is_for_something_else_holds if {
	count(held(document("daily", "before", open, [override(false)]))) == 1
	freeze := object.union(override(true), {"subject": "freeze:sale"})
	count(held(document("daily", "before", open, [freeze]))) == 1
}

test_lanes_and_rollbacks_pass_and_are_told if {
	every type in ["hotfix", "rollback"] {
		passing := document(type, "before", open, [])
		held(passing) == set()
		warned(passing) == {"The breaker of pay is open until 2026-01-01T02:00:00Z: a, b, c failed"}
		count(warned(document(type, "before", trying("q"), []))) == 1
		warned(document(type, "before", trying(null), [])) == set()
	}
}

test_many_failures_are_bounded if {
	many := object.union(open, {"failures": [sprintf("f%d", [n]) | some n in numbers.range(1, 9)]})
	held(document("daily", "before", many, [])) == {"The breaker of pay is open until 2026-01-01T02:00:00Z: f5, f6, f7, f8, f9 and 4 earlier ones failed"}
}

test_missing_history_finds_nothing_and_so_must_be_held_by_the_gate if {
	missing := {"rollout": {"plan": {"type": "daily"}, "phase": "before"}, "history": {"status": "missing"}}
	held(missing) == set()
}
