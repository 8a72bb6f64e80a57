package kadian.freeze_test

import data.kadian.freeze

settings := {"rollout": {
	"standards": {"daily": {}},
	"instances": {},
	"tightened": {"types": [], "step_factor": 0.5, "soak_factor": 2},
}}

knowing := {"rollout": object.union(settings.rollout, {"instances": {"east": 40}})}

window(changes) := object.union(
	{
		"name": "sale",
		"reason": "the largest sale",
		"starts_at": "2026-11-11T00:00:00Z",
		"ends_at": "2026-11-12T00:00:00Z",
		"hard": false,
		"lane": false,
		"asks": {"gates": [], "max_step_percent": null, "min_soak_seconds": null},
		"broken": null,
	},
	changes,
)

asking(asks) := window({"asks": object.union({"gates": [], "max_step_percent": null, "min_soak_seconds": null}, asks)})

hard := window({"hard": true})

glass := {"reason": "users cannot pay", "by": ["mei", "jonas"], "at": "2026-11-11T09:00:00Z", "until": "2026-11-11T12:00:00Z"}

batch(number, changes) := object.union(
	{"number": number, "region": "east", "percent": null, "instances": null, "soak_seconds": 1800, "suites": [], "gates": []},
	changes,
)

batches := [batch(1, {"percent": 10}), batch(2, {"percent": 40})]

document(phase, freezes, next) := {
	"gate": {"now": "2026-11-11T10:00:00Z", "service": {"name": "pay", "tier": "L1"}},
	"rollout": {
		"status": "known",
		"phase": phase,
		"plan": {"id": "p1", "service": "pay", "type": "daily", "batches": batches},
		"batch": {"plan": null, "before": batches[1], "soak": batches[1]}[phase],
		"freezes": freezes,
		"next_freeze": next,
	},
}

before(freezes) := document("before", freezes, null)

only(found) := finding if {
	count(found) == 1
	some finding in found
}

held(doc) := finding if {
	finding := only(freeze.hold) with input as doc with data.kadian.settings as settings
}

warned(doc) := finding if {
	finding := only(freeze.warn) with input as doc with data.kadian.settings as settings
}

silent(doc) if {
	freeze.deny == set() with input as doc with data.kadian.settings as settings
	freeze.hold == set() with input as doc with data.kadian.settings as settings
	freeze.warn == set() with input as doc with data.kadian.settings as settings
}

test_without_a_window_everything_passes if {
	silent(document("plan", [], null))
	silent(before([]))
	silent(document("soak", [], null))
}

test_a_hard_window_stops_what_starts_and_tells_its_end if {
	finding := only(freeze.deny) with input as before([hard]) with data.kadian.settings as settings
	finding.msg == "Nothing starts in the freeze sale until 2026-11-12T00:00:00Z (the largest sale)"
	finding.ready_in_seconds == 50400
	finding.distance == "ends in 14 h"
	freeze.deny == set() with input as document("soak", [hard], null) with data.kadian.settings as settings
	bare := only(freeze.deny) with input as before([window({"hard": true, "reason": null})]) with data.kadian.settings as settings
	endswith(bare.msg, "00Z")
}

test_a_lane_goes_through_every_window if {
	silent(before([window({"hard": true, "lane": true}), object.union(asking({"max_step_percent": 1, "min_soak_seconds": 9000}), {"lane": true})]))
}

test_broken_glass_goes_through_and_is_told if {
	broken := window({"hard": true, "broken": glass})
	finding := warned(before([broken]))
	finding.msg == "The glass of sale was broken for this rollout by mei and jonas until 2026-11-11T12:00:00Z: users cannot pay"
	freeze.deny == set() with input as before([broken]) with data.kadian.settings as settings
	asks := object.union(asking({"max_step_percent": 1, "min_soak_seconds": 9000}), {"broken": glass})
	freeze.hold == set() with input as before([asks]) with data.kadian.settings as settings
}

test_broken_glass_is_told_for_ever_after_and_once if {
	exception := object.union(glass, {"subject": "freeze:sale", "active": false})
	breaker := object.union(glass, {"subject": "breaker", "active": true})
	history := {"history": {"status": "known", "batches": [], "overrides": [exception, breaker]}}
	over := object.union(document("soak", [], null), history)
	warned(over).actual == "1 recorded"
	now := object.union(before([window({"hard": true, "broken": glass})]), history)
	warned(now).actual == "1 recorded"
	silent(object.union(before([]), {"history": {"status": "missing", "sources": [], "reason": "no ledger"}}))
}

test_a_larger_step_than_asked_holds if {
	finding := held(before([asking({"max_step_percent": 29.5})]))
	finding.msg == "Batch 2 adds 30 percentage points; sale asks for at most 29.5 until 2026-11-12T00:00:00Z (the largest sale)"
	finding.distance == "0.5 percentage points less"
	finding.ready_in_seconds == 50400
	silent(before([asking({"max_step_percent": 30})]))
}

test_an_unknown_step_holds if {
	counted := [batch(1, {"instances": 4}), batch(2, {"instances": 16})]
	doc := object.union(before([asking({"max_step_percent": 30})]), {"rollout": {"batch": counted[1], "plan": {"batches": counted}}})
	finding := held(doc)
	startswith(finding.msg, "Nobody knows what share of its region batch 2 adds; sale asks for at most 30 percentage points")
	freeze.hold == set() with input as doc with data.kadian.settings as knowing
	less := object.union(doc, {"rollout": {"freezes": [asking({"max_step_percent": 29})]}})
	known := only(freeze.hold) with input as less with data.kadian.settings as knowing
	startswith(known.msg, "Batch 2 adds 30 percentage points")
}

test_a_shorter_soak_than_asked_holds if {
	finding := held(before([asking({"min_soak_seconds": 7200})]))
	finding.msg == "Batch 2 soaks 30 min; sale asks for at least 2 h until 2026-11-12T00:00:00Z (the largest sale)"
	finding.distance == "90 min longer"
	silent(before([asking({"min_soak_seconds": 1800})]))
}

soaking(soaked) := object.union(
	document("soak", [asking({"min_soak_seconds": 7200})], null),
	{"history": {"status": "known", "overrides": [], "batches": [
		{"number": 1, "soaked_seconds": 99999},
		{"number": 2, "soaked_seconds": soaked},
	]}},
)

test_a_batch_soaks_as_long_as_asked if {
	finding := held(soaking(6000))
	finding.msg == "Batch 2 has soaked 100 min; sale asks for at least 2 h (the largest sale)"
	finding.ready_in_seconds == 1200
	held(soaking(null)).ready_in_seconds == 7200
	silent(soaking(7200))
	unknown := document("soak", [asking({"min_soak_seconds": 7200})], null)
	held(unknown).actual == "0 s"
	late := object.union(soaking(6000), {"gate": {"now": "2026-11-11T23:59:00Z"}})
	held(late).ready_in_seconds == 60
	silent(document("soak", [asking({"min_soak_seconds": 1800})], null))
}

test_a_plan_is_told_what_holds_and_not_stopped if {
	finding := warned(document("plan", [asking({"max_step_percent": 5, "min_soak_seconds": 7200, "gates": ["capacity"]})], null))
	finding.msg == concat("", [
		"sale holds until 2026-11-12T00:00:00Z (the largest sale): steps of at most 5 percentage points, soaks of at least 2 h, ",
		"evidence of capacity",
	])
	stopped := warned(document("plan", [hard], null))
	endswith(stopped.msg, ": nothing starts")
	freeze.deny == set() with input as document("plan", [hard], null) with data.kadian.settings as settings
	freeze.hold == set() with input as document("plan", [hard], null) with data.kadian.settings as settings
}

coming(at, changes) := window(object.union({"name": "next", "hard": true, "starts_at": at}, changes))

test_a_window_that_begins_within_the_soak_is_told if {
	finding := warned(document("before", [], coming("2026-11-11T10:10:00Z", {})))
	finding.msg == "next begins in 10 min, before the soak of 30 min is over (the largest sale): nothing starts"
	silent(document("before", [], coming("2026-11-11T10:30:00Z", {})))
	silent(document("before", [], coming("2026-11-11T10:10:00Z", {"lane": true})))
	silent(document("before", [], coming("2026-11-11T10:10:00Z", {"broken": glass})))
}

test_a_plan_looks_ahead_over_all_its_soaks if {
	finding := warned(document("plan", [], coming("2026-11-11T10:59:59Z", {})))
	finding.expected == "no window within 60 min"
	silent(document("plan", [], coming("2026-11-11T11:00:00Z", {})))
}

test_a_missing_rollout_finds_nothing_and_so_must_be_held_by_the_gate if {
	silent({"gate": {"now": "2026-11-11T10:00:00Z"}, "rollout": {"status": "missing", "sources": [], "reason": "no plan"}})
}
