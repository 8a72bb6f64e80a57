package kadian.rollout_test

import data.kadian.rollout

standard := {
	"min_batches": 3,
	"max_first_percent": 10,
	"max_step_percent": 50,
	"min_soak_seconds": 1800,
	"one_region_first": true,
	"complete": true,
	"min_suites": 1,
	"suites": ["core-fvt"],
}

free := {
	"min_batches": 1,
	"max_first_percent": 100,
	"max_step_percent": 100,
	"min_soak_seconds": 0,
	"one_region_first": false,
	"complete": false,
	"min_suites": 0,
	"suites": [],
}

settings := with_standard({})

with_standard(changes) := {"rollout": {
	"standards": {"daily": object.union(standard, changes), "rollback": free},
	"instances": {},
	"tightened": {"types": ["daily"], "step_factor": 0.5, "soak_factor": 2},
}}

knowing(instances) := {"rollout": object.union(settings.rollout, {"instances": instances})}

batch(number, changes) := object.union(
	{
		"number": number,
		"region": "east",
		"percent": null,
		"instances": null,
		"soak_seconds": 1800,
		"suites": ["core-fvt"],
		"gates": [],
	},
	changes,
)

good := [batch(1, {"percent": 10}), batch(2, {"percent": 60}), batch(3, {"percent": 100})]

document(batches) := {
	"gate": {"service": {"name": "pay", "tier": "L1"}},
	"rollout": {
		"status": "known",
		"phase": "plan",
		"batch": null,
		"plan": {"service": "pay", "type": "daily", "batches": batches},
	},
}

changed(batches, rollout) := object.union(document(batches), {"rollout": rollout})

burnt(exhausted) := {"slo": {"status": "known", "objectives": [{"name": "checkout", "api": null, "exhausted": exhausted}]}}

# The one finding of a set.
only(found) := finding if {
	count(found) == 1
	some finding in found
}

denied(doc) := finding if {
	finding := only(rollout.deny) with input as doc with data.kadian.settings as settings
}

silent(doc, rules) if {
	rollout.deny == set() with input as doc with data.kadian.settings as rules
	rollout.hold == set() with input as doc with data.kadian.settings as rules
	rollout.warn == set() with input as doc with data.kadian.settings as rules
}

test_a_plan_exactly_at_its_standard_passes_at_every_phase if {
	silent(document(good), settings)
	silent(changed(good, {"phase": "before", "batch": good[1]}), settings)
	silent(changed(good, {"phase": "soak", "batch": good[1]}), settings)
}

test_too_few_batches_block if {
	finding := only(rollout.deny) with input as document(good) with data.kadian.settings as with_standard({"min_batches": 5})
	finding.msg == "The plan has 3 batches; a daily release of tier L1 has at least 5"
	finding.distance == "2 more"
}

test_a_large_first_batch_blocks if {
	finding := denied(document([batch(1, {"percent": 10.5}), good[1], good[2]]))
	finding.msg == "The first batch takes 10.5 % of east; that of a daily release of tier L1 takes at most 10 %"
	finding.distance == "0.5 percentage points less"
}

test_a_leap_blocks_and_steps_are_counted_within_their_region if {
	finding := denied(document([batch(1, {"percent": 10}), batch(2, {"percent": 60.1}), batch(3, {"percent": 100})]))
	finding.msg == "1 batch adds more than 50 percentage points, the most for a daily release of tier L1: batch 2 (50.1)"
	finding.distance == "0.1 percentage points less"
	west := [batch(4, {"region": "west", "percent": 50}), batch(5, {"region": "west", "percent": 100})]
	silent(document(array.concat(good, west)), settings)
	leap := denied(document(array.concat(good, [batch(4, {"region": "west", "percent": 100})])))
	leap.actual == "up to 100"
}

test_leaps_are_told_in_the_order_of_the_plan if {
	numbered := [batch(n, {"region": sprintf("r%d", [13 - n]), "percent": 100}) | some n in numbers.range(1, 12)]
	found := rollout.deny with input as document(numbered) with data.kadian.settings as settings
	some finding in found
	contains(finding.msg, ": batch 1 (100), batch 2 (100), batch 3 (100), batch 4 (100)")
}

test_a_step_of_fractions_is_not_a_leap if {
	fractions := [batch(1, {"percent": 0.1}), batch(2, {"percent": 50.1}), batch(3, {"percent": 100})]
	silent(document(fractions), settings)
}

test_a_short_soak_blocks if {
	finding := denied(document([batch(1, {"percent": 10, "soak_seconds": 1799}), good[1], batch(3, {"percent": 100, "soak_seconds": 0})]))
	finding.msg == "2 batches soak shorter than 30 min, the least for a daily release of tier L1: batch 1 (1799 s), batch 3 (0 s)"
	finding.distance == "30 min longer"
}

test_regions_that_mingle_block if {
	finding := denied(document([
		batch(1, {"percent": 10}),
		batch(2, {"region": "west", "percent": 50}),
		batch(3, {"percent": 60}),
		batch(4, {"percent": 100}),
		batch(5, {"region": "west", "percent": 100}),
	]))
	finding.msg == "1 batch starts before east is finished with batch 4: batch 2 of west"
}

test_a_plan_without_regions_blocks_where_one_comes_first if {
	everywhere := [object.union(one, {"region": null}) | some one in good]
	finding := denied(document(everywhere))
	finding.actual == "none"
	silent(document(everywhere), with_standard({"one_region_first": false}))
}

test_a_plan_that_ends_early_blocks if {
	finding := denied(document([batch(1, {"percent": 10}), batch(2, {"percent": 50}), batch(3, {"percent": 99.5})]))
	finding.msg == "The plan ends before 100 %: at 99.5 % of east"
	finding.distance == "0.5 percentage points more"
	silent(document([batch(1, {"percent": 10}), batch(2, {"percent": 50}), batch(3, {"percent": 99.5})]), with_standard({"complete": false}))
}

test_a_batch_without_its_suites_blocks if {
	finding := denied(document([batch(1, {"percent": 10, "suites": []}), batch(2, {"percent": 60, "suites": ["smoke"]}), good[2]]))
	finding.msg == "2 batches name too few test suites for a daily release of tier L1: batch 1 (without core-fvt), batch 2 (without core-fvt)"
	finding.expected == "core-fvt in every batch"
	unnamed := with_standard({"suites": []})
	any := only(rollout.deny) with input as document([batch(1, {"percent": 10, "suites": []}), good[1], good[2]])
		with data.kadian.settings as unnamed
	any.msg == "1 batch names too few test suites for a daily release of tier L1: batch 1 (0 of 1)"
	any.expected == "at least 1 suite in every batch"
}

test_a_plan_of_another_service_blocks if {
	finding := denied(object.union(document(good), {"gate": {"service": {"name": "search", "tier": "L1"}}}))
	finding.msg == "The plan is of pay, and this is search"
}

test_a_service_that_nobody_configured_is_told if {
	doc := object.union(document(good), {"gate": {"service": {"name": null, "tier": "L2"}}})
	finding := only(rollout.warn) with input as doc with data.kadian.settings as settings
	finding.msg == "Nobody configured the service; the plan of pay is judged as one of tier L2"
	rollout.deny == set() with input as doc with data.kadian.settings as settings
}

counting := [batch(1, {"instances": 4}), batch(2, {"instances": 24}), batch(3, {"instances": 40})]

test_instances_of_an_unknown_whole_hold if {
	finding := only(rollout.hold) with input as document(counting) with data.kadian.settings as settings
	finding.msg == concat("", [
		"Nobody knows what share of its region 3 batches take that count instances: batch 1 (4 of east), batch 2 (24 of east), ",
		"batch 3 (40 of east)",
	])
	rollout.deny == set() with input as document(counting) with data.kadian.settings as settings
}

test_instances_of_a_known_whole_are_judged if {
	silent(document(counting), knowing({"east": 40}))
	silent(document(counting), knowing({"*": 40}))
	finding := only(rollout.deny) with input as document(counting) with data.kadian.settings as knowing({"east": 41, "*": 40})
	finding.msg == "The plan ends before 100 %: at 97.56 % of east"
}

running(instances) := {"capacity": {"status": "known", "pools": [
	{"region": null, "running": 9},
	{"region": "east", "running": instances},
]}}

test_instances_that_capacity_tells_of_are_judged if {
	silent(object.union(document(counting), running(40)), settings)
	silent(object.union(document(counting), running(4)), knowing({"east": 40}))
	finding := only(rollout.deny) with input as object.union(document(counting), running(80)) with data.kadian.settings as settings
	finding.msg == "The plan ends before 100 %: at 50 % of east"
	unknown := only(rollout.hold) with input as object.union(document(counting), running(null)) with data.kadian.settings as settings
	contains(unknown.msg, "3 batches")
}

test_more_instances_than_there_are_hold if {
	finding := only(rollout.hold) with input as document(counting) with data.kadian.settings as knowing({"east": 39})
	startswith(finding.msg, "Nobody knows what share of its region 1 batch takes that counts instances: batch 3")
	none := only(rollout.hold) with input as document(counting) with data.kadian.settings as knowing({"east": 0})
	contains(none.msg, "3 batches")
}

test_a_rollback_is_stopped_by_nothing_but_nonsense if {
	bare := [batch(1, {"region": null, "instances": 3, "soak_seconds": 0, "suites": []})]
	doc := changed(bare, {"plan": {"service": "pay", "type": "rollback", "batches": bare}})
	silent(doc, settings)
	silent(object.union(doc, burnt(true)), settings)
	other := object.union(doc, {"gate": {"service": {"name": "search", "tier": "L1"}}})
	denied(other).msg == "The plan is of pay, and this is search"
}

test_an_exhausted_budget_tightens_the_standard if {
	finding := denied(object.union(document(good), burnt(true)))
	finding.msg == concat("", [
		"The error budget of checkout is used up, so that the standard is tighter: batch 1 takes 10 %, at most 5 % may be, ",
		"batch 2 adds 50 percentage points, at most 25 may be, batch 3 adds 40 percentage points, at most 25 may be, ",
		"batch 1 soaks 30 min, at least 1 h must be, batch 2 soaks 30 min, at least 1 h must be, ",
		"batch 3 soaks 30 min, at least 1 h must be",
	])
	finding.expected == "a first batch of at most 5 %, steps of at most 25 percentage points, soaks of at least 1 h"
	silent(object.union(document(good), burnt(false)), settings)
	silent(object.union(document(good), burnt(null)), settings)
	silent(object.union(document(good), {"slo": {"status": "missing", "sources": [], "reason": "no report"}}), settings)
}

careful := [batch(number, {"percent": percent, "soak_seconds": 3600}) | some number, percent in {1: 5, 2: 30, 3: 55, 4: 80, 5: 100}]

test_a_careful_plan_passes_without_budget if {
	silent(object.union(document(careful), burnt(true)), settings)
}

mixed := array.concat([good[0]], array.slice(careful, 1, 5))

before(at) := object.union(changed(mixed, {"phase": "before", "batch": mixed[at]}), burnt(true))

test_without_budget_only_the_batch_that_is_about_to_start_is_judged if {
	denied(before(0)).actual == "2 of the plan's figures are looser"
	silent(before(1), settings)
	silent(object.union(changed(mixed, {"phase": "soak", "batch": mixed[0]}), burnt(true)), settings)
}

test_a_limit_of_all_stays_one if {
	whole := with_standard({"max_first_percent": 100, "max_step_percent": 100, "min_batches": 1, "min_soak_seconds": 900})
	silent(object.union(document([batch(1, {"percent": 100})]), burnt(true)), whole)
	finding := only(rollout.deny) with input as object.union(document([batch(1, {"percent": 100, "soak_seconds": 900})]), burnt(true))
		with data.kadian.settings as whole
	finding.expected == "soaks of at least 30 min"
}

test_what_breaks_the_standard_is_not_told_twice if {
	short := [object.union(one, {"soak_seconds": 60}) | some one in careful]
	finding := denied(object.union(document(short), burnt(true)))
	startswith(finding.msg, "5 batches soak shorter than 30 min")
}

test_a_long_list_is_cut if {
	many := array.concat([batch(1, {"percent": 1, "soak_seconds": 0})], [batch(n, {"percent": 8 * (n - 1), "soak_seconds": 0}) | some n in numbers.range(2, 13)])
	short := denied(document(array.concat(many, [batch(14, {"percent": 100})])))
	endswith(short.msg, "batch 10 (0 s) and 3 more")
}

test_a_missing_rollout_finds_nothing_and_so_must_be_held_by_the_gate if {
	doc := {"gate": {"service": {"name": "pay", "tier": "L1"}}, "rollout": {"status": "missing", "sources": [], "reason": "no plan"}}
	silent(doc, settings)
}
