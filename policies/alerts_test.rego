package kadian.alerts_test

import data.kadian.alerts

settings := {"incidents": {"lanes": ["hotfix", "rollback"]}, "alerts": {
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
		"service": "pay",
		"relation": "own",
		"path": null,
	},
	changes,
)

active(all) := {
	"gate": {"stage": "release"},
	"rollout": {"status": "missing"},
	"alerts": {"status": "known", "active": all, "counted": count([one | some one in all; one.counts]), "suppressed": 0},
}

rollout(type, all) := object.union(active(all), {"gate": {"stage": "rollout"}, "rollout": {"status": "known", "plan": {"type": type}}})

of_a_dependency(relation) := alert({
	"scope": "neither", "counts": false, "service": "db", "relation": relation,
	"path": "pay → db",
})

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

test_a_page_of_a_strong_dependency_holds_with_the_way_to_it if {
	every document in [active([of_a_dependency("strong")]), rollout("daily", [of_a_dependency("strong")])] {
		found := alerts.hold with input as document with data.kadian.settings as settings
		count(found) == 1
		some finding in found
		finding.msg == "Alert HighErrorRate (page) is active since 2026-01-01T00:00:00Z (pay → db)"
		finding.actual == "HighErrorRate, a strong dependency"
		alerts.warn == set() with input as document with data.kadian.settings as settings
	}
	lesser := active([object.union(of_a_dependency("strong"), {"severity": "ticket"})])
	alerts.hold == set() with input as lesser with data.kadian.settings as settings
	alerts.warn == set() with input as lesser with data.kadian.settings as settings
}

test_a_page_of_a_weak_dependency_warns if {
	document := active([of_a_dependency("weak"), object.union(of_a_dependency("none"), {"name": "Other"})])
	alerts.hold == set() with input as document with data.kadian.settings as settings
	found := alerts.warn with input as document with data.kadian.settings as settings
	count(found) == 1
}

test_what_may_end_it_goes_on_and_is_told if {
	all := [alert({"scope": "unknown"}), object.union(of_a_dependency("strong"), {"name": "Other"})]
	every type in ["hotfix", "rollback"] {
		document := rollout(type, all)
		alerts.hold == set() with input as document with data.kadian.settings as settings
		found := alerts.warn with input as document with data.kadian.settings as settings
		count(found) == 2
	}
	config := rollout("config", all)
	found := alerts.hold with input as config with data.kadian.settings as settings
	count(found) == 2
	closed := object.union(settings, {"incidents": {"lanes": []}})
	held := alerts.hold with input as rollout("hotfix", all) with data.kadian.settings as closed
	count(held) == 2
}

test_an_alert_that_is_proven_gray_holds_a_hotfix_and_not_a_rollback if {
	hotfix := alerts.hold with input as rollout("hotfix", [alert({})]) with data.kadian.settings as settings
	count(hotfix) == 1
	back := rollout("rollback", [alert({})])
	alerts.hold == set() with input as back with data.kadian.settings as settings
	found := alerts.warn with input as back with data.kadian.settings as settings
	count(found) == 1
}

test_many_alerts_are_bounded if {
	document := active([alert({"name": sprintf("A%d", [n]), "labels": {"n": sprintf("%d", [n])}}) | some n in numbers.range(1, 25)])
	found := alerts.hold with input as document with data.kadian.settings as settings
	count(found) == 21
	some finding in found
	finding.msg == "5 more alerts are active and are not listed here"
}

test_missing_alerts_find_nothing_and_so_must_be_held_by_the_gate if {
	document := {"gate": {"stage": "release"}, "rollout": {"status": "missing"}, "alerts": {"status": "missing", "sources": [], "reason": "no report"}}
	alerts.hold == set() with input as document with data.kadian.settings as settings
	alerts.warn == set() with input as document with data.kadian.settings as settings
}
