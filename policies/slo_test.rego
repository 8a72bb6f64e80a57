package kadian.slo_test

import data.kadian.slo

settings := {"slo": {"burn_rules": [], "budget_warn": 0.2, "block_on_exhausted": false}}

strict := {"slo": {"burn_rules": [], "budget_warn": 0.2, "block_on_exhausted": true}}

rule(changes) := object.union(
	{
		"severity": "page",
		"long_seconds": 3600,
		"short_seconds": 300,
		"factor": 14.4,
		"long_burn": 0.5,
		"short_burn": 0.25,
		"firing": false,
		"can_fire": true,
	},
	changes,
)

firing(severity) := rule({"severity": severity, "long_burn": 20.04, "short_burn": 31, "firing": true})

objective(changes) := {"slo": {"status": "known", "degraded": [], "objectives": [object.union(
	{
		"name": "checkout",
		"api": null,
		"target": 0.999,
		"period_seconds": 2592000,
		"rules": [rule({})],
		"alert": null,
		"budget_left": 0.75,
		"exhausted": false,
		"exhausted_in_seconds": null,
		"rollout_used": null,
	},
	changes,
)]}}

burning(severity) := objective({
	"rules": [firing(severity)],
	"alert": firing(severity),
	"exhausted_in_seconds": 93240,
	"rollout_used": 0.0213,
})

silent(document, rules) if {
	slo.hold == set() with input as document with data.kadian.settings as rules
	slo.warn == set() with input as document with data.kadian.settings as rules
	slo.deny == set() with input as document with data.kadian.settings as rules
}

test_a_quiet_objective_passes if {
	silent(objective({}), settings)
	silent(objective({}), strict)
}

test_a_page_burn_holds_with_its_figures if {
	found := slo.hold with input as burning("page") with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == concat("", [
		"checkout uses its error budget 20 times too fast over 1 h and 31 times over 5 min; from 14.4 on, that is a page; ",
		"at this rate the budget is gone in 25.9 h; this rollout has used 2.1 % of it",
	])
	finding.expected == "below 14.4 times"
	slo.warn == set() with input as burning("page") with data.kadian.settings as settings
}

test_a_ticket_burn_warns if {
	found := slo.warn with input as burning("ticket") with data.kadian.settings as settings
	count(found) == 1
	slo.hold == set() with input as burning("ticket") with data.kadian.settings as settings
}

test_an_api_is_named if {
	document := objective({"api": "POST /pay", "alert": firing("page"), "rules": [firing("page")]})
	found := slo.hold with input as document with data.kadian.settings as settings
	some finding in found
	startswith(finding.msg, "checkout of POST /pay uses")
}

test_an_unknown_window_holds_and_names_it if {
	document := objective({"rules": [rule({"short_burn": null, "firing": null})]})
	found := slo.hold with input as document with data.kadian.settings as settings
	some finding in found
	finding.msg == concat("", [
		"checkout: nobody knows whether the page rule of 1 h and 5 min fires, because nothing is known of the last 5 min",
	])
	both := objective({"rules": [rule({"long_burn": null, "short_burn": null, "firing": null})]})
	two := slo.hold with input as both with data.kadian.settings as settings
	some other in two
	other.actual == "nothing is known of the last 1 h and 5 min"
}

test_a_rule_that_cannot_fire_warns_and_does_not_hold if {
	document := objective({"target": 0.9, "rules": [rule({"firing": null, "can_fire": false})]})
	slo.hold == set() with input as document with data.kadian.settings as settings
	found := slo.warn with input as document with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == concat("", [
		"checkout: the page rule of 1 h and 5 min can never fire, because its factor is 14.4 and a full outage burns at 10",
	])
}

test_an_exhausted_budget_warns_unless_it_blocks if {
	document := objective({"budget_left": -0.5, "exhausted": true})
	found := slo.warn with input as document with data.kadian.settings as settings
	some finding in found
	finding.msg == "checkout: the error budget of 30 d is used up; 150 % of it was spent"
	slo.deny == set() with input as document with data.kadian.settings as settings
	denied := slo.deny with input as document with data.kadian.settings as strict
	count(denied) == 1
	slo.warn == set() with input as document with data.kadian.settings as strict
	slo.hold == set() with input as document with data.kadian.settings as strict
}

test_exactly_used_up_is_used_up if {
	document := objective({"budget_left": 0, "exhausted": true})
	denied := slo.deny with input as document with data.kadian.settings as strict
	count(denied) == 1
}

test_little_budget_warns if {
	document := objective({"budget_left": 0.199})
	found := slo.warn with input as document with data.kadian.settings as settings
	some finding in found
	finding.msg == "checkout: 19.9 % of the error budget of 30 d is left"
	silent(objective({"budget_left": 0.2}), settings)
}

test_an_unknown_budget_warns_and_holds_where_it_blocks if {
	document := objective({"budget_left": null, "exhausted": null})
	found := slo.warn with input as document with data.kadian.settings as settings
	count(found) == 1
	slo.hold == set() with input as document with data.kadian.settings as settings
	held := slo.hold with input as document with data.kadian.settings as strict
	count(held) == 1
	slo.warn == set() with input as document with data.kadian.settings as strict
}

test_a_warning_of_the_source_holds if {
	document := json.patch(objective({}), [{"op": "replace", "path": "/slo/degraded", "value": ["one store did not answer"]}])
	found := slo.hold with input as document with data.kadian.settings as settings
	some finding in found
	finding.actual == "one store did not answer"
}

test_lengths_are_read_aloud if {
	slo.length(90) == "90 s"
	slo.length(5400) == "90 min"
	slo.length(259200) == "3 d"
}

test_missing_objectives_find_nothing_and_so_must_be_held_by_the_gate if {
	silent({"slo": {"status": "missing", "sources": [], "reason": "no report"}}, settings)
}
