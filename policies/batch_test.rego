package kadian.batch_test

import data.kadian.batch

settings := {"batch": {"min_soak_coverage": 0.8, "max_sample_age": "15m"}}

measured(end, seconds) := {"start": "2026-01-01T00:00:00Z", "end": end, "seconds": 0, "soak_seconds": seconds}

indicator(changes) := object.union(
	{
		"name": "errors",
		"api": null,
		"segment": null,
		"critical": true,
		"measured": measured("2026-01-01T01:00:00Z", 1800),
	},
	changes,
)

soak := {"from": "2026-01-01T00:30:00Z", "until": "2026-01-01T01:00:00Z", "seconds": 1800, "planned_seconds": 1800}

document(phase, canary) := {
	"gate": {"now": "2026-01-01T01:00:00Z"},
	"rollout": {
		"plan": {"to": "1.4.2"},
		"phase": phase,
		"batch": {"number": 2},
		"previous": {"number": 1},
	},
	"canary": object.union(
		{
			"version": "1.4.2",
			"batch": 1,
			"end": "2026-01-01T01:00:00Z",
			"soak": soak,
			"indicators": [indicator({})],
		},
		canary,
	),
	"history": {"batches": [
		{"number": 1, "started_at": "2026-01-01T00:30:00Z"},
		{"number": 2, "started_at": "2026-01-01T01:00:00Z"},
	]},
}

test_samples_of_the_batch_before_the_next_one_pass if {
	batch.hold == set() with input as document("before", {}) with data.kadian.settings as settings
	batch.hold == set() with input as document("before", {"version": null, "batch": null}) with data.kadian.settings as settings
}

test_samples_of_another_version_hold if {
	some finding in batch.hold with input as document("before", {"version": "1.4.1"}) with data.kadian.settings as settings
	finding.msg == "The samples are of version 1.4.1, not of 1.4.2"
}

test_samples_of_another_batch_hold if {
	some finding in batch.hold with input as document("before", {"batch": 2}) with data.kadian.settings as settings
	finding.msg == "The samples are of batch 2, and batch 1 runs"
	some soaking in batch.hold with input as document("soak", {"end": "2026-01-01T02:00:00Z"}) with data.kadian.settings as settings
	soaking.msg == "The samples are of batch 1, and batch 2 runs"
}

test_samples_from_before_the_batch_hold if {
	some finding in batch.hold with input as document("soak", {"batch": 2}) with data.kadian.settings as settings
	finding.expected == "samples after 2026-01-01T01:00:00Z"
	batch.hold == set() with input as document("soak", {"batch": 2, "end": "2026-01-01T01:00:01Z"}) with data.kadian.settings as settings
}

test_before_the_first_batch_no_batch_runs if {
	first := json.patch(document("before", {"batch": 7}), [{"op": "replace", "path": "/rollout/previous", "value": null}])
	batch.hold == set() with input as first with data.kadian.settings as settings
}

held(canary) := found if {
	found := batch.hold with input as document("before", canary) with data.kadian.settings as settings
}

covers(seconds) := indicator({"measured": measured("2026-01-01T01:00:00Z", seconds)})

test_samples_of_a_part_of_the_soak_hold if {
	held({"indicators": [covers(1440)]}) == set()
	some finding in held({"indicators": [covers(1439)]})
	finding.msg == "The samples of errors cover 23 min 59 s of the 30 min that batch 1 has soaked since 2026-01-01T00:30:00Z"
	finding.expected == "at least 24 min (80 %)"
	finding.actual == "23 min 59 s (79.9 %)"
	finding.distance == "1 s more"
	object.get(finding, "ready_in_seconds", null) == null
	count(held({"indicators": [covers(0)]})) == 1
}

test_while_it_soaks_waiting_makes_up_for_what_was_lost if {
	under_way := object.union(soak, {"seconds": 600})
	some finding in held({"soak": under_way, "indicators": [covers(400)]})
	finding.ready_in_seconds == 400
	some late in held({"soak": object.union(soak, {"seconds": 1200}), "indicators": [covers(400)]})
	object.get(late, "ready_in_seconds", null) == null
	whole := {"batch": {"min_soak_coverage": 1, "max_sample_age": "15m"}}
	some never in batch.hold with input as document("before", {"soak": under_way, "indicators": [covers(599)]})
		with data.kadian.settings as whole
	object.get(never, "ready_in_seconds", null) == null
}

test_the_critical_indicator_with_the_least_counts if {
	poor := indicator({"name": "p99", "api": "/charge", "measured": measured("2026-01-01T01:00:00Z", 60)})
	some finding in held({"indicators": [covers(1800), poor]})
	startswith(finding.msg, "The samples of p99 (/charge) cover 60 s of the 30 min")
	every changes in [{"critical": false}, {"segment": "region=east"}] {
		held({"indicators": [covers(1800), object.union(poor, changes)]}) == set()
	}
	loose := [object.union(one, {"critical": false}) | some one in [covers(1800), poor]]
	held({"indicators": loose}) == set()
	some nothing in held({"indicators": [object.union(poor, {"critical": false})]})
	startswith(nothing.msg, "The samples of all indicators cover 60 s")
	some none in held({"indicators": []})
	startswith(none.msg, "The samples of all indicators cover 0 s")
}

test_a_batch_without_a_soak_has_nothing_to_cover if {
	every none in [null, object.union(soak, {"seconds": 0, "planned_seconds": 0})] {
		held({"soak": none, "indicators": [covers(0)]}) == set()
	}
}

ends(time) := indicator({"measured": measured(time, 1800)})

test_samples_that_end_long_ago_hold if {
	held({"indicators": [ends("2026-01-01T00:45:00Z")]}) == set()
	some finding in held({"indicators": [ends("2026-01-01T00:59:00Z"), ends("2026-01-01T00:44:59Z")]})
	finding.msg == "The newest sample of the gray version ends at 2026-01-01T00:44:59Z, 15 min 1 s ago"
	finding.expected == "at most 15 min ago"
	finding.distance == "1 s newer"
	lax := {"batch": {"min_soak_coverage": 0.8, "max_sample_age": "1d2h"}}
	old := document("before", {"indicators": [ends("2025-12-31T23:00:00Z")]})
	batch.hold == set() with input as old with data.kadian.settings as lax
	loose := [object.union(ends(time), {"critical": false}) | some time in ["2026-01-01T00:50:00Z", "2026-01-01T00:01:00Z"]]
	held({"indicators": loose}) == set()
}

test_without_data_there_is_no_age if {
	nothing := indicator({"measured": {"start": null, "end": null, "seconds": 0, "soak_seconds": 1800}})
	held({"indicators": [nothing]}) == set()
}

# Batch 2 is out already and is judged again before it starts.
again(state, canary) := object.union(document("before", canary), {"history": {"batches": [
	{"number": 1, "state": "done", "started_at": "2026-01-01T00:30:00Z"},
	{"number": 2, "state": state, "started_at": "2026-01-01T00:40:00Z"},
]}})

test_a_batch_that_is_judged_again_is_the_one_that_runs if {
	every state in ["started", "done"] {
		batch.hold == set() with input as again(state, {"batch": 2}) with data.kadian.settings as settings
		some finding in batch.hold with input as again(state, {}) with data.kadian.settings as settings
		finding.msg == "The samples are of batch 1, and batch 2 runs"
	}
}

test_a_batch_that_failed_or_was_taken_back_does_not_run if {
	every state in ["failed", "rolled_back"] {
		batch.hold == set() with input as again(state, {}) with data.kadian.settings as settings
	}
}
