package kadian.batch_test

import data.kadian.batch

document(phase, canary) := {
	"rollout": {
		"plan": {"to": "1.4.2"},
		"phase": phase,
		"batch": {"number": 2},
		"previous": {"number": 1},
	},
	"canary": object.union({"version": "1.4.2", "batch": 1, "end": "2026-01-01T01:00:00Z"}, canary),
	"history": {"batches": [
		{"number": 1, "started_at": "2026-01-01T00:30:00Z"},
		{"number": 2, "started_at": "2026-01-01T01:00:00Z"},
	]},
}

test_samples_of_the_batch_before_the_next_one_pass if {
	batch.hold == set() with input as document("before", {})
	batch.hold == set() with input as document("before", {"version": null, "batch": null})
}

test_samples_of_another_version_hold if {
	some finding in batch.hold with input as document("before", {"version": "1.4.1"})
	finding.msg == "The samples are of version 1.4.1, not of 1.4.2"
}

test_samples_of_another_batch_hold if {
	some finding in batch.hold with input as document("before", {"batch": 2})
	finding.msg == "The samples are of batch 2, and batch 1 runs"
	some soaking in batch.hold with input as document("soak", {"end": "2026-01-01T02:00:00Z"})
	soaking.msg == "The samples are of batch 1, and batch 2 runs"
}

test_samples_from_before_the_batch_hold if {
	some finding in batch.hold with input as document("soak", {"batch": 2})
	finding.expected == "samples after 2026-01-01T01:00:00Z"
	batch.hold == set() with input as document("soak", {"batch": 2, "end": "2026-01-01T01:00:01Z"})
}

test_before_the_first_batch_no_batch_runs if {
	first := json.patch(document("before", {"batch": 7}), [{"op": "replace", "path": "/rollout/previous", "value": null}])
	batch.hold == set() with input as first
}
