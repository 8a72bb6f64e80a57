package kadian.capacity_test

import data.kadian.capacity

settings := {"capacity": {
	"redundancy_percent": 20,
	"on_low_redundancy": "hold",
	"max_throughput_drop_percent": 5,
	"max_load_test_age_days": 90,
	"lanes": ["rollback"],
}}

set_to(changes) := {"capacity": object.union(settings.capacity, changes)}

load(needs, spare) := {
	"rate": needs * 40,
	"concurrency": needs * 8,
	"required": needs,
	"redundant": ceil(needs / 5),
	"planned": needs + ceil(needs / 5),
	"spare": spare,
	"lacks": [],
}

unknown(lacks) := {
	"rate": null, "concurrency": null, "required": null, "redundant": null, "planned": null, "spare": null,
	"lacks": lacks,
}

step(changes) := object.union(
	{
		"batch": 1,
		"instances": 2,
		"fits_now": {"instances": 10, "percent": 25, "count": null},
		"fits_peak": {"instances": 3, "percent": 7, "count": null},
	},
	changes,
)

# 40 instances; 30 are needed now, 32 at the peak, 39 with the redundancy.
pool(changes) := object.union_n([
	{
		"region": "east", "running": 40, "available": 40, "max_unavailable": null,
		"now": load(30, 10), "peak": load(32, 8),
		"throughput": {"new": 100, "old": 100, "drop_percent": 0},
		"tested_at": "2025-12-01T00:00:00Z", "tested_days_ago": 31,
		"steps": [step({})],
	},
	changes,
])

document(pools, phase, rollout) := {
	"capacity": {
		"status": "known", "at": "2026-01-01T06:00:00Z", "pools": pools, "uncovered": [],
		"redundancy_percent": 20, "redundancy_share_percent": 16.7,
	},
	"rollout": object.union({"status": "known", "phase": phase, "plan": {"type": "daily"}, "previous": null}, rollout),
}

before(changes) := document([pool(changes)], "before", {})

holds(given) := found if {
	found := capacity.hold with input as given with data.kadian.settings as settings
}

silent(given, rules) if {
	capacity.hold == set() with input as given with data.kadian.settings as rules
	capacity.deny == set() with input as given with data.kadian.settings as rules
	capacity.warn == set() with input as given with data.kadian.settings as rules
}

test_enough_instances_pass if {
	silent(before({}), settings)
}

test_all_that_can_be_spared_may_be_taken_out_and_one_more_may_not if {
	count(holds(before({"steps": [step({"instances": 8})]}))) == 0
	some nine in holds(before({"steps": [step({"instances": 9})]}))
	nine.distance == "1 fewer"
	count(holds(before({"steps": [step({"instances": 11})]}))) == 2
}

test_the_finding_says_what_would_fit if {
	steps := [step({"instances": 4})]
	found := holds(before({"peak": object.union(load(37, 3), {"planned": 40}), "steps": steps}))
	count(found) == 1
	some finding in found
	finding.msg == "Batch 1 takes 4 of 40 instances of east out at once; 3 can be spared at the forecast peak, where 1480 requests/s need 37"
	finding.expected == "at most 3 of 40 instances at a time: make it 7 %"
	finding.actual == "4 at a time"
	finding.distance == "1 fewer"
}

test_a_plan_that_counts_instances_is_answered_in_instances if {
	steps := [step({"instances": 9, "fits_peak": {"instances": 8, "percent": null, "count": 12}})]
	some finding in holds(before({"steps": steps}))
	finding.expected == "at most 8 of 40 instances at a time: make it 12 instances"
}

test_without_a_spare_instance_nothing_is_taken_out if {
	found := holds(before({"now": load(41, -1), "region": null, "running": null}))
	count(found) == 1
	some finding in found
	finding.msg == "Batch 1 takes 2 instances of the service out at once; none can be spared now, where 1640 requests/s need 41"
	finding.expected == "no instance taken out"
	count(holds(before({"now": load(41, -1), "steps": [step({"instances": 0})]}))) == 0
}

test_the_present_load_is_judged_before_a_batch_and_the_peak_for_a_plan_too if {
	steps := [step({"instances": 11}), step({"instances": 11, "batch": 2})]
	found := holds(document([pool({"steps": steps})], "plan", {}))
	{finding.batch | some finding in found} == {1, 2}
	every finding in found {
		contains(finding.msg, "at the forecast peak")
	}
}

test_what_is_not_known_holds_and_is_named if {
	found := holds(before({"now": unknown(["rate", "bears"])}))
	count(found) == 1
	some finding in found
	finding.msg == "Nobody can say what east can spare now for batch 1: rate is not known, bears is not known"
	finding.actual == "rate, bears missing"
	some sized in holds(before({"steps": [step({"instances": null, "fits_now": null, "fits_peak": null})]}))
	contains(sized.msg, "the size of the batch is not known")
	count(holds(before({"peak": unknown(["forecast"])}))) == 2
}

test_a_region_without_figures_holds if {
	given := json.patch(before({"steps": []}), [{"op": "add", "path": "/capacity/uncovered", "value": ["west"]}])
	some finding in holds(given)
	finding.msg == "Nothing is known of the instances of west"
	finding.actual == "pools: east"
}

test_a_fleet_below_its_redundancy_holds_or_warns if {
	exactly := before({"available": 39})
	silent(exactly, settings)
	given := before({"available": 38})
	some finding in holds(given)
	finding.msg == "east has 38 instances; at the forecast peak 32 are needed, and 39 with 20 % of redundancy"
	finding.distance == "1 more"
	reported := set_to({"on_low_redundancy": "warn"})
	capacity.hold == set() with input as given with data.kadian.settings as reported
	found := capacity.warn with input as given with data.kadian.settings as reported
	count(found) == 1
}

dropped(percent) := before({"throughput": {"new": 100 - percent, "old": 100, "drop_percent": percent}})

test_a_lower_throughput_blocks_above_its_limit if {
	silent(dropped(5), settings)
	silent(dropped(-20), settings)
	given := dropped(5.5)
	found := capacity.deny with input as given with data.kadian.settings as settings
	some finding in found
	finding.msg == "east: an instance of the new version bears 5.5 % less than one of the old (94.5 instead of 100)"
	finding.distance == "0.5 % more"
}

test_an_unknown_throughput_holds_once_the_new_version_runs if {
	nothing := pool({"throughput": {"new": null, "old": 100, "drop_percent": null}})
	silent(document([nothing], "before", {}), settings)
	silent(document([nothing], "plan", {}), settings)
	every given in [document([nothing], "before", {"previous": {"number": 1}}), document([nothing], "soak", {})] {
		found := capacity.hold with input as given with data.kadian.settings as settings
		some finding in found
		finding.actual == "throughput.new missing"
	}
}

test_an_old_load_test_warns if {
	silent(before({"tested_days_ago": 90}), settings)
	every days, words in {"91": "91 days ago", "null": "at an unknown time"} {
		given := before({"tested_days_ago": json.unmarshal(days)})
		found := capacity.warn with input as given with data.kadian.settings as settings
		some finding in found
		finding.actual == words
	}
}

test_a_rollback_waits_for_no_figures_but_takes_out_no_more_than_it_may if {
	lane := {"plan": {"type": "rollback"}, "previous": {"number": 1}}
	lost := unknown(["rate"])
	bare := pool({"now": lost, "peak": lost, "throughput": {"new": null, "old": null, "drop_percent": null}})
	silent(document([bare], "before", lane), settings)
	silent(document([pool({"available": 38, "throughput": {"new": 1, "old": 2, "drop_percent": 50}})], "before", lane), settings)
	count(holds(document([pool({"steps": [step({"instances": 11})]})], "before", lane))) == 2
}

test_missing_capacity_finds_nothing_and_so_must_be_held_by_the_gate if {
	given := {"capacity": {"status": "missing"}, "rollout": {"status": "known", "phase": "before", "plan": {"type": "daily"}}}
	silent(given, settings)
}
