package kadian.alerts_test

import data.kadian.alerts

settings := {"alerts": {
	"severity_label": "severity",
	"page_severities": ["page", "critical"],
	"service_labels": ["service"],
	"ignore": [],
}}

alert(changes) := object.union(
	{
		"name": "HighErrorRate",
		"severity": "page",
		"starts_at": "2026-01-01T00:00:00Z",
		"labels": {"version": "2"},
		"summary": null,
		"scope": "gray",
		"counts": true,
	},
	changes,
)

active(all) := {"alerts": {"status": "known", "active": all, "counted": count([one | some one in all; one.counts]), "suppressed": 0}}

test_no_alert_passes if {
	alerts.hold == set() with input as active([]) with data.kadian.settings as settings
	alerts.warn == set() with input as active([]) with data.kadian.settings as settings
}

test_a_page_of_the_gray_version_holds if {
	document := active([alert({"summary": "too many errors"})])
	found := alerts.hold with input as document with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "Alert HighErrorRate (page) is active since 2026-01-01T00:00:00Z: too many errors"
	finding.scope == "gray"
	alerts.warn == set() with input as document with data.kadian.settings as settings
}

test_an_alert_that_nobody_can_place_holds if {
	document := active([alert({"scope": "unknown"})])
	found := alerts.hold with input as document with data.kadian.settings as settings
	count(found) == 1
}

test_an_alert_without_a_severity_holds if {
	document := active([alert({"severity": null})])
	found := alerts.hold with input as document with data.kadian.settings as settings
	some finding in found
	finding.msg == "Alert HighErrorRate (without a severity) is active since 2026-01-01T00:00:00Z"
	alerts.warn == set() with input as document with data.kadian.settings as settings
}

test_a_severity_is_read_without_case_and_an_empty_one_is_none if {
	every word in ["PAGE", " Critical ", ""] {
		count(alerts.hold) == 1 with input as active([alert({"severity": word})]) with data.kadian.settings as settings
	}
}

test_a_lesser_alert_warns if {
	document := active([alert({"severity": "ticket"})])
	alerts.hold == set() with input as document with data.kadian.settings as settings
	found := alerts.warn with input as document with data.kadian.settings as settings
	count(found) == 1
}

test_a_page_of_the_baseline_warns if {
	document := active([alert({"scope": "baseline", "counts": false}), alert({"name": "Other", "scope": "both", "counts": false})])
	alerts.hold == set() with input as document with data.kadian.settings as settings
	found := alerts.warn with input as document with data.kadian.settings as settings
	count(found) == 2
}

test_an_alert_about_something_else_is_silent if {
	document := active([alert({"scope": "neither", "counts": false}), alert({"scope": "baseline", "counts": false, "severity": "ticket"})])
	alerts.hold == set() with input as document with data.kadian.settings as settings
	alerts.warn == set() with input as document with data.kadian.settings as settings
}

test_many_alerts_are_bounded if {
	document := active([alert({"name": sprintf("A%d", [n]), "labels": {"n": sprintf("%d", [n])}}) | some n in numbers.range(1, 25)])
	found := alerts.hold with input as document with data.kadian.settings as settings
	count(found) == 21
	some finding in found
	finding.msg == "5 more alerts are active and are not listed here"
}

test_missing_alerts_find_nothing_and_so_must_be_held_by_the_gate if {
	document := {"alerts": {"status": "missing", "sources": [], "reason": "no report"}}
	alerts.hold == set() with input as document with data.kadian.settings as settings
	alerts.warn == set() with input as document with data.kadian.settings as settings
}
