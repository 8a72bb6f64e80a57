package kadian.canary_test

import data.kadian.canary

settings := {"canary": {
	"on_regressed": {
		"availability": "rollback",
		"freshness": "rollback",
		"throughput": "rollback",
		"latency": "hold",
		"saturation": "warn",
		"custom": "deny",
	},
	"on_undecided": "hold",
	"on_undecided_segment": "warn",
	"on_degraded": "hold",
}}

set_to(changes) := object.union(settings, {"canary": changes})

indicator(changes) := object.union(
	{
		"name": "errors",
		"signal": "availability",
		"api": null,
		"segment": null,
		"critical": true,
		"zone": "equivalent",
		"channel": null,
		"effect": 0.01,
		"interval": [-0.1, 0.1],
		"margin": 0.5,
		"needed": null,
		"reason": "9 of 1000 requests failed",
		"channels": ["server"],
		"lost": [],
		"required_channels": 1,
	},
	changes,
)

document(indicators) := {
	"gate": {"service": {"name": "pay"}},
	"canary": {"status": "known", "service": "pay", "indicators": indicators, "degraded": []},
}

with_one(changes) := document([indicator(changes)])

test_an_equivalent_gray_version_passes if {
	every rule in [canary.rollback, canary.deny, canary.hold, canary.warn] {
		rule == set() with input as with_one({}) with data.kadian.settings as settings
	}
}

test_a_lost_availability_rolls_back if {
	bad := with_one({"zone": "regressed", "effect": 4.25, "api": "/charge", "segment": "region=east"})
	found := canary.rollback with input as bad with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "errors (/charge) (region=east) regressed: 9 of 1000 requests failed"
	finding.expected == "at most 50 % worse than the baseline"
	finding.actual == "425 % more"
	finding.fingerprint == "canary:errors (/charge) (region=east)"
	canary.hold == set() with input as bad with data.kadian.settings as settings
}

test_each_signal_has_its_effect if {
	bad := document([
		indicator({"name": "p99", "signal": "latency", "zone": "regressed"}),
		indicator({"name": "cpu", "signal": "saturation", "zone": "regressed"}),
		indicator({"name": "carts", "signal": "custom", "zone": "regressed", "effect": -0.5}),
	])
	count(canary.hold) == 1 with input as bad with data.kadian.settings as settings
	count(canary.warn) == 1 with input as bad with data.kadian.settings as settings
	found := canary.deny with input as bad with data.kadian.settings as settings
	some finding in found
	finding.actual == "50 % less"
	canary.rollback == set() with input as bad with data.kadian.settings as settings
}

test_a_regression_without_a_figure_still_counts if {
	bad := with_one({"zone": "regressed", "effect": null})
	found := canary.rollback with input as bad with data.kadian.settings as settings
	some finding in found
	finding.actual == "cannot be stated as a share of the baseline"
}

test_an_undecided_critical_indicator_holds_and_says_how_long if {
	doubt := with_one({"zone": "undecided", "needed": {"samples": 12000, "seconds": 534.2}})
	found := canary.hold with input as doubt with data.kadian.settings as set_to({"on_undecided": "warn"})
	count(found) == 1
	some finding in found
	finding.distance == "about 9 min more at this traffic"
	finding.ready_in_seconds == 535
}

test_an_undecided_indicator_that_is_not_critical_follows_the_settings if {
	doubt := with_one({"zone": "undecided", "critical": false})
	count(canary.hold) == 1 with input as doubt with data.kadian.settings as settings
	canary.hold == set() with input as doubt with data.kadian.settings as set_to({"on_undecided": "warn"})
	count(canary.warn) == 1 with input as doubt with data.kadian.settings as set_to({"on_undecided": "warn"})
}

test_a_sparse_segment_is_reported_and_may_hold if {
	doubt := document([indicator({}), indicator({"segment": "customer=acme", "zone": "undecided"})])
	canary.hold == set() with input as doubt with data.kadian.settings as settings
	count(canary.warn) == 1 with input as doubt with data.kadian.settings as settings
	count(canary.hold) == 1 with input as doubt with data.kadian.settings as set_to({"on_undecided_segment": "hold"})
}

test_no_data_never_passes if {
	nothing := with_one({"zone": "no_data", "critical": false, "channels": [], "lost": ["server"]})
	lenient := set_to({"on_undecided": "warn", "on_undecided_segment": "warn", "on_degraded": "warn"})
	count(canary.hold) == 1 with input as nothing with data.kadian.settings as lenient
}

test_a_lost_channel_is_named if {
	one_of_two := with_one({"lost": ["load_balancer"], "required_channels": 1})
	found := canary.warn with input as one_of_two with data.kadian.settings as settings
	some finding in found
	finding.msg == "errors is still measured; without data: load_balancer"
	canary.hold == set() with input as one_of_two with data.kadian.settings as settings
}

test_too_few_channels_hold if {
	needs_two := with_one({"lost": ["load_balancer"], "required_channels": 2})
	found := canary.hold with input as needs_two with data.kadian.settings as settings
	some finding in found
	finding.msg == "errors is measured by 1 of the 2 channels that it asks for; without data: load_balancer"
	never_named := with_one({"required_channels": 2})
	count(canary.hold) == 1 with input as never_named with data.kadian.settings as settings
}

test_partial_answers_hold_or_warn if {
	partial := json.patch(with_one({}), [{"op": "replace", "path": "/canary/degraded", "value": ["store-2 did not answer"]}])
	count(canary.hold) == 1 with input as partial with data.kadian.settings as settings
	canary.hold == set() with input as partial with data.kadian.settings as set_to({"on_degraded": "warn"})
	count(canary.warn) == 1 with input as partial with data.kadian.settings as set_to({"on_degraded": "warn"})
}

test_samples_of_another_service_hold if {
	other := json.patch(with_one({}), [{"op": "replace", "path": "/canary/service", "value": "cart"}])
	count(canary.hold) == 1 with input as other with data.kadian.settings as settings
	silent := json.patch(with_one({}), [{"op": "replace", "path": "/canary/service", "value": null}])
	canary.hold == set() with input as silent with data.kadian.settings as settings
	unnamed := json.patch(other, [{"op": "replace", "path": "/gate/service/name", "value": null}])
	canary.hold == set() with input as unnamed with data.kadian.settings as settings
}

test_missing_facts_find_nothing_and_so_must_be_held_by_the_gate if {
	missing := {"gate": {"service": {"name": "pay"}}, "canary": {"status": "missing", "sources": [], "reason": "no file"}}
	every rule in [canary.rollback, canary.deny, canary.hold, canary.warn] {
		rule == set() with input as missing with data.kadian.settings as settings
	}
}
