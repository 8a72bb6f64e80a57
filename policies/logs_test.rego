package kadian.logs_test

import data.kadian.logs

settings := {"logs": {
	"min_new": 2,
	"max_new": 0,
	"max_variants": 0,
	"max_unlevelled_percent": 90,
	"rise_margin": 0.5,
	"min_risen": 10,
	"alpha": 0.05,
	"max_new_warnings": 1,
	"max_listed": 200,
}}

set_to(changes) := object.union(settings, {"logs": changes})

side(changes) := object.union(
	{
		"lines": 1000, "bytes": 90000, "errors": 10, "warnings": 0, "quiet": 900, "unlevelled": 0, "cut": 0, "overflow": 0,
		"warning_overflow": 0, "first": null, "last": null,
	},
	changes,
)

template(changes) := object.union(
	{
		"template": "no money for <*>",
		"status": "new",
		"level": "error",
		"gray": 3,
		"baseline": 0,
		"rate_ratio": null,
		"p_value": null,
		"first_seen": "2026-01-02T03:04:05Z",
		"sample": "no money for 17",
		"file": "src/pay.py",
		"line": 42,
		"on_changed_line": true,
	},
	changes,
)

document(changes) := {"logs": object.union(
	{
		"status": "known",
		"service": "pay",
		"version": null,
		"gray": side({}),
		"baseline": side({}),
		"exposure": {"by": "quiet_entries", "gray": 900, "baseline": 900},
		"templates": [],
		"new": 0,
		"variants": 0,
		"risen": 0,
		"new_warnings": 0,
		"unchanged": 5,
		"unlisted": 0,
	},
	changes,
)}

with_new(changes) := document({"templates": [template(changes)], "new": 1})

test_the_same_errors_pass if {
	every rule in [logs.rollback, logs.hold, logs.warn] {
		rule == set() with input as document({}) with data.kadian.settings as settings
	}
}

test_a_new_error_rolls_back_and_names_its_place if {
	found := logs.rollback with input as with_new({}) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "New error template, 3 times since 2026-01-02T03:04:05Z: no money for <*>"
	finding.file == "src/pay.py"
	finding.line == 42
	finding.sample == "no money for 17"
	finding.expected == "at most 0 new error templates"
}

test_a_new_error_exactly_at_its_count_rolls_back if {
	every pair in [[2, 1], [1, 0]] {
		found := logs.rollback with input as with_new({"gray": pair[0]}) with data.kadian.settings as settings
		count(found) == pair[1]
	}
}

test_a_new_error_without_place_and_time_is_told_as_well if {
	bare := with_new({"file": null, "line": null, "first_seen": null, "level": "fatal"})
	found := logs.rollback with input as bare with data.kadian.settings as settings
	some finding in found
	finding.msg == "New error template, 3 times: no money for <*>"
	not finding.file
}

test_tolerated_new_errors_pass_exactly_up_to_their_number if {
	logs.rollback == set() with input as with_new({}) with data.kadian.settings as set_to({"max_new": 1})
	two := document({"templates": [template({}), template({"template": "b"})], "new": 2})
	found := logs.rollback with input as two with data.kadian.settings as set_to({"max_new": 1})
	count(found) == 2
}

test_new_errors_that_are_not_listed_count if {
	hidden := document({"templates": [], "new": 7, "unlisted": 7})
	found := logs.rollback with input as hidden with data.kadian.settings as settings
	some finding in found
	finding.msg == "7 more of this kind, 7 new error templates in all"
}

test_the_list_of_new_errors_is_bounded if {
	many := [template({"template": sprintf("t%d", [n])}) | some n in numbers.range(1, 30)]
	found := logs.rollback with input as document({"templates": many, "new": 30}) with data.kadian.settings as settings
	count(found) == 21
}

test_a_variant_holds if {
	bad := document({"templates": [template({"status": "variant"})], "variants": 1})
	logs.rollback == set() with input as bad with data.kadian.settings as settings
	found := logs.hold with input as bad with data.kadian.settings as settings
	some finding in found
	startswith(finding.msg, "Variant of a known error, 3 times")
	logs.hold == set() with input as bad with data.kadian.settings as set_to({"max_variants": 1})
}

test_a_risen_error_holds if {
	risen := template({"status": "risen", "gray": 90, "baseline": 10, "rate_ratio": 9, "p_value": 0.0001})
	found := logs.hold with input as document({"templates": [risen], "risen": 1}) with data.kadian.settings as settings
	some finding in found
	finding.actual == "90 times against 10"
}

test_no_baseline_holds if {
	bare := document({"baseline": null, "exposure": null, "templates": [template({"status": "unjudged"})], "unchanged": 0})
	found := logs.hold with input as bare with data.kadian.settings as settings
	some finding in found
	finding.msg == "10 errors in the gray logs, and no baseline to compare with"
	logs.rollback == set() with input as bare with data.kadian.settings as settings
}

test_what_found_no_room_holds_in_gray_and_warns_in_the_baseline if {
	found := logs.hold with input as document({"gray": side({"overflow": 4})}) with data.kadian.settings as settings
	some finding in found
	finding.actual == "4 of 10 not"
	other := logs.warn with input as document({"baseline": side({"overflow": 1})}) with data.kadian.settings as settings
	some warned in other
	startswith(warned.msg, "1 error of the baseline")
}

test_rates_that_cannot_be_compared_hold_only_where_there_are_some if {
	found := logs.hold with input as document({"exposure": null}) with data.kadian.settings as settings
	count(found) == 1
	logs.hold == set() with input as document({"exposure": null, "unchanged": 0}) with data.kadian.settings as settings
}

test_a_log_without_levels_holds if {
	mute := side({"errors": 0, "quiet": 0, "unlevelled": 1000})
	found := logs.hold with input as document({"gray": mute}) with data.kadian.settings as settings
	some finding in found
	finding.msg == "1000 of 1000 lines of the gray version state no level"
	logs.hold == set() with input as document({"gray": side({"unlevelled": 5})}) with data.kadian.settings as settings
	almost := side({"errors": 0, "quiet": 1, "unlevelled": 10000})
	count(logs.hold) == 1 with input as document({"gray": almost}) with data.kadian.settings as settings
}

test_new_warnings_warn_above_their_number if {
	low := template({"level": "warning"})
	bad := document({"templates": [low, object.union(low, {"template": "b"})], "new_warnings": 2})
	found := logs.warn with input as bad with data.kadian.settings as settings
	count(found) == 2
	logs.rollback == set() with input as bad with data.kadian.settings as settings
	one := document({"templates": [low], "new_warnings": 1})
	logs.warn == set() with input as one with data.kadian.settings as settings
}
