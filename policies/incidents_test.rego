package kadian.incidents_test

import data.kadian.incidents

settings := {"incidents": {"lanes": ["hotfix", "rollback"]}}

incident(changes) := object.union(
	{
		"id": "INC-7", "service": "ledger-db", "severity": "sev1", "title": "Disk full",
		"opened_at": "2026-01-01T05:40:00Z", "state": "investigating", "url": null, "source": "file",
		"relation": "strong", "path": "pay → ledger-db",
	},
	changes,
)

plan(changes) := object.union(
	{"name": "less", "service": "pay", "since": "2026-01-01T05:45:00Z", "relation": "own", "path": null},
	changes,
)

at(stage, rollout, open, degradations) := {
	"gate": {"stage": stage},
	"rollout": rollout,
	"incidents": {"status": "known", "open": open, "degradations": degradations, "dependencies_known": true},
}

release(open, degradations) := at("release", {"status": "missing", "sources": [], "reason": "no plan"}, open, degradations)

rollout(type, open, degradations) := at("rollout", {"status": "known", "plan": {"type": type}}, open, degradations)

holds(given) := found if {
	found := incidents.hold with input as given with data.kadian.settings as settings
}

warns(given) := found if {
	found := incidents.warn with input as given with data.kadian.settings as settings
}

test_nothing_wrong_passes if {
	every given in [release([], []), release([], null), rollout("daily", [], [])] {
		holds(given) == set()
		warns(given) == set()
	}
}

test_an_incident_of_a_strong_dependency_holds_with_the_way_to_it if {
	every given in [release([incident({})], []), rollout("daily", [incident({})], [])] {
		found := incidents.hold with input as given with data.kadian.settings as settings
		count(found) == 1
		some finding in found
		finding.msg == "Incident INC-7 (sev1) of ledger-db is open since 2026-01-01T05:40:00Z: Disk full (pay → ledger-db)"
		finding.actual == "INC-7, investigating"
	}
	warns(release([incident({})], [])) == set()
}

test_an_incident_of_the_service_holds_and_so_does_one_that_nobody_can_place if {
	every relation in ["own", "unknown"] {
		given := release([incident({"relation": relation, "path": null, "severity": null, "title": null})], null)
		found := incidents.hold with input as given with data.kadian.settings as settings
		some finding in found
		finding.msg == "Incident INC-7 (without a severity) of ledger-db is open since 2026-01-01T05:40:00Z"
	}
}

test_a_weak_dependency_warns_and_another_service_says_nothing if {
	weak := {"relation": "weak"}
	given := release([incident(weak), incident({"relation": "none", "id": "INC-8"})], [plan(weak)])
	holds(given) == set()
	count(warns(given)) == 2
}

test_an_active_degradation_plan_holds if {
	some finding in holds(release([], [plan({})]))
	finding.msg == "Degradation plan less of pay is active since 2026-01-01T05:45:00Z"
	some strong in holds(release([], [plan({"relation": "strong", "since": null, "path": "pay → db"})]))
	strong.msg == "Degradation plan less of pay is active (pay → db)"
}

test_what_may_end_it_goes_on_and_is_told if {
	every type in ["hotfix", "rollback"] {
		given := rollout(type, [incident({})], [plan({})])
		incidents.hold == set() with input as given with data.kadian.settings as settings
		found := incidents.warn with input as given with data.kadian.settings as settings
		count(found) == 2
	}
	count(holds(rollout("config", [incident({})], [plan({})]))) == 2
}

test_a_lane_is_one_of_the_settings_and_of_rollouts if {
	given := rollout("hotfix", [incident({})], [])
	found := incidents.hold with input as given with data.kadian.settings as {"incidents": {"lanes": []}}
	count(found) == 1
	count(holds(at("release", {"status": "known", "plan": {"type": "hotfix"}}, [incident({})], []))) == 1
}

test_many_are_bounded if {
	open := [incident({"id": sprintf("%d", [n])}) | some n in numbers.range(1, 25)]
	found := holds(release(open, []))
	count(found) == 21
	some finding in found
	finding.msg == "5 more are not listed here"
}

test_missing_incidents_find_nothing_and_so_must_be_held_by_the_gate if {
	given := {"gate": {"stage": "release"}, "rollout": {"status": "missing"}, "incidents": {"status": "missing"}}
	holds(given) == set()
	warns(given) == set()
}
