package kadian.dependency_test

import data.kadian.dependency

settings := {"dependency": {
	"patterns": ["^npm:stripe$", "^cargo:redis$"],
	"require_declaration": true,
	"required_fields": ["strength", "objectives", "timeout_ms", "on_failure"],
	"on_failure": {"weak": ["degrade", "mock"], "strong": ["isolate", "circuit_break", "fail_fast"]},
}}

set_to(changes) := object.union(settings, {"dependency": changes})

objectives(latency) := {"availability_percent": null, "latency_p99_ms": latency}

complete := {
	"name": "stripe",
	"kind": "third_party",
	"packages": ["npm:stripe"],
	"strength": "weak",
	"objectives": objectives(300),
	"timeout_ms": 400,
	"on_failure": "degrade",
	"compensation": null,
	"line": 12,
}

lacking(changes) := object.union(complete, changes)

service(name, latency, dependencies) := {
	"name": name,
	"tier": "L1",
	"owners": [],
	"objectives": objectives(latency),
	"dependencies": dependencies,
}

added(ecosystem, name) := {
	"file": "package-lock.json",
	"line": 40,
	"ecosystem": ecosystem,
	"name": name,
	"edit": "added",
	"from": [],
	"to": ["1.0.0"],
}

# A change to the catalogue, and the services that the catalogue then has.
declaring(dependencies, services) := {
	"gate": {"service": {"name": "pay"}},
	"change": {"files": [], "dependencies": [], "catalogue": {
		"file": "catalogue.yaml",
		"added_services": [],
		"removed_services": [],
		"changed_dependencies": [{"service": "pay", "dependency": d} | some d in dependencies],
	}},
	"catalogue": {"status": "known", "services": services},
}

# A change to a lock file, and the services of an unchanged catalogue.
locking(changes, services) := {
	"gate": {"service": {"name": "pay"}},
	"change": {"files": [], "dependencies": changes, "catalogue": null},
	"catalogue": {"status": "known", "services": services},
}

pay := service("pay", 500, [])

test_a_complete_declaration_passes if {
	dependency.deny == set() with input as declaring([complete], [pay]) with data.kadian.settings as settings
	dependency.hold == set() with input as declaring([complete], [pay]) with data.kadian.settings as settings
	dependency.warn == set() with input as declaring([complete], [pay]) with data.kadian.settings as settings
}

test_an_incomplete_declaration_blocks_with_everything_that_is_missing if {
	empty := lacking({"strength": null, "timeout_ms": null, "on_failure": null, "objectives": {"latency_p99_ms": null}})
	found := dependency.deny with input as declaring([empty], [pay]) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "Dependency stripe of pay does not state strength, objectives, timeout_ms, on_failure"
	finding.file == "catalogue.yaml"
	finding.line == 12
	finding.distance == "4 more keys"
	finding.dependency == "stripe"
}

test_one_missing_key_is_named_alone if {
	untimed := lacking({"timeout_ms": null})
	found := dependency.deny with input as declaring([untimed], [pay]) with data.kadian.settings as settings
	some finding in found
	finding.msg == "Dependency stripe of pay does not state timeout_ms"
	finding.distance == "1 more key"
}

test_keys_that_nobody_requires_may_be_missing if {
	lax := set_to({"required_fields": ["strength"]})
	untimed := lacking({"timeout_ms": null, "on_failure": null})
	dependency.deny == set() with input as declaring([untimed], [pay]) with data.kadian.settings as lax
	dependency.hold == set() with input as declaring([untimed], [pay]) with data.kadian.settings as lax
}

test_the_dependencies_of_a_new_service_are_judged if {
	gained := service("refund", 500, [lacking({"on_failure": null})])
	document := json.patch(declaring([], [pay]), [{
		"op": "replace",
		"path": "/change/catalogue/added_services",
		"value": [gained],
	}])
	found := dependency.deny with input as document with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "Dependency stripe of refund does not state on_failure"
}

test_each_strength_has_its_own_answers if {
	every pair in [["weak", "fail_fast"], ["strong", "degrade"]] {
		wrong := lacking({"strength": pair[0], "on_failure": pair[1], "compensation": "queue"})
		found := dependency.deny with input as declaring([wrong], [pay]) with data.kadian.settings as settings
		count(found) == 1
		some finding in found
		contains(finding.msg, sprintf("is %s but on_failure is %s, which does not fit", pair))
		finding.line == 12
	}
	every pair in [["weak", "mock"], ["strong", "isolate"], ["strong", "circuit_break"], ["strong", "fail_fast"]] {
		right := lacking({"strength": pair[0], "on_failure": pair[1], "compensation": "queue"})
		dependency.deny == set() with input as declaring([right], [pay]) with data.kadian.settings as settings
	}
}

test_a_timeout_equal_to_the_callers_objective_blocks if {
	slow := lacking({"timeout_ms": 500})
	found := dependency.deny with input as declaring([slow], [pay]) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "Timeout of dependency stripe is 500 ms, but pay must itself answer within 500 ms (p99)"
	finding.expected == "below 500 ms"
	finding.actual == "500 ms"
}

test_a_timeout_just_below_the_callers_objective_passes if {
	fast := lacking({"timeout_ms": 499.5})
	dependency.deny == set() with input as declaring([fast], [pay]) with data.kadian.settings as settings
}

test_a_timeout_of_nothing_blocks_even_when_the_objective_is_unknown if {
	none := lacking({"timeout_ms": 0})
	found := dependency.deny with input as declaring([none], []) with data.kadian.settings as settings
	some finding in found
	contains(finding.msg, "which is no timeout")
}

test_an_unknown_objective_of_the_caller_holds if {
	silent := service("pay", null, [])
	every services in [[silent], []] {
		found := dependency.hold with input as declaring([complete], services) with data.kadian.settings as settings
		count(found) == 1
		some finding in found
		contains(finding.msg, "Cannot judge the timeout of 400 ms that pay has for stripe")
		finding.line == 12
		dependency.deny == set() with input as declaring([complete], services) with data.kadian.settings as settings
	}
}

test_a_catalogue_that_is_not_known_holds_the_timeout if {
	document := object.union(declaring([complete], []), {"catalogue": {"status": "missing"}})
	without := json.remove(document, ["catalogue/services"])
	found := dependency.hold with input as without with data.kadian.settings as settings
	count(found) == 1
}

test_a_strong_dependency_without_compensation_warns if {
	strong := lacking({"strength": "strong", "on_failure": "fail_fast"})
	found := dependency.warn with input as declaring([strong], [pay]) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	contains(finding.msg, "does not say how failed work is made good")
}

test_a_client_package_without_a_declaration_blocks if {
	found := dependency.deny with input as locking([added("npm", "stripe")], [pay]) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.file == "package-lock.json"
	finding.line == 40
	finding.msg == concat("", [
		"package-lock.json gains npm:stripe, a client of something outside, ",
		"which the service catalogue does not declare",
	])
}

test_a_client_package_without_a_declaration_only_warns_where_none_is_required if {
	lax := set_to({"require_declaration": false})
	dependency.deny == set() with input as locking([added("npm", "stripe")], [pay]) with data.kadian.settings as lax
	found := dependency.warn with input as locking([added("npm", "stripe")], [pay]) with data.kadian.settings as lax
	count(found) == 1
}

test_a_declared_client_package_passes if {
	services := [service("pay", 500, [complete])]
	document := locking([added("npm", "stripe")], services)
	dependency.deny == set() with input as document with data.kadian.settings as settings
	dependency.hold == set() with input as document with data.kadian.settings as settings
}

test_a_declaration_in_the_same_change_counts if {
	document := json.patch(declaring([complete], [pay]), [{
		"op": "replace",
		"path": "/change/dependencies",
		"value": [added("npm", "stripe")],
	}])
	dependency.deny == set() with input as document with data.kadian.settings as settings
}

test_a_declared_client_package_with_an_incomplete_declaration_blocks if {
	services := [service("pay", 500, [lacking({"on_failure": null})])]
	found := dependency.deny with input as locking([added("npm", "stripe")], services) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "Dependency stripe of pay does not state on_failure"
	not "file" in object.keys(finding)
}

test_another_services_declaration_does_not_count_unless_the_service_is_unknown if {
	services := [pay, service("shop", 500, [complete])]
	found := dependency.deny with input as locking([added("npm", "stripe")], services) with data.kadian.settings as settings
	count(found) == 1
	anyone := object.union(locking([added("npm", "stripe")], services), {"gate": {"service": {"name": null}}})
	dependency.deny == set() with input as anyone with data.kadian.settings as settings
}

test_other_packages_and_other_edits_need_no_declaration if {
	updated := object.union(added("npm", "stripe"), {"edit": "updated"})
	changes := [added("npm", "left-pad"), added("npm", "stripe-mock"), updated]
	dependency.deny == set() with input as locking(changes, [pay]) with data.kadian.settings as settings
}

test_a_lock_file_that_nobody_could_read_holds if {
	document := object.union(locking([], [pay]), {"change": {
		"dependencies": null,
		"files": [{"path": "Cargo.lock", "category": "lock"}],
	}})
	found := dependency.hold with input as document with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.file == "Cargo.lock"
	dependency.hold == set() with input as document with data.kadian.settings as set_to({"patterns": []})
}

test_unknown_contents_do_not_hold_a_change_without_lock_files if {
	document := object.union(locking([], []), {"change": {"dependencies": null}})
	dependency.hold == set() with input as document with data.kadian.settings as settings
	dependency.deny == set() with input as document with data.kadian.settings as settings
}
