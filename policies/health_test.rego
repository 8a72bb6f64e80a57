package kadian.health_test

import data.kadian.health

settings := {"health": {"max_restarts": 0, "max_oom_kills": 0, "max_not_ready": 0}}

set_to(changes) := object.union(settings, {"health": changes})

instance(name, changes) := object.union({"name": name, "ready": true, "restarts": 0, "oom_kills": 0, "reason": null}, changes)

batch(instances) := {"health": {
	"status": "known",
	"instances": instances,
	"ready": count([one | some one in instances; one.ready]),
	"not_ready": count([one | some one in instances; not one.ready]),
	"restarts": sum([one.restarts | some one in instances]),
	"oom_kills": sum([one.oom_kills | some one in instances]),
}}

silent(document, rules) if {
	health.rollback == set() with input as document with data.kadian.settings as rules
	health.hold == set() with input as document with data.kadian.settings as rules
}

test_healthy_instances_pass if {
	silent(batch([instance("a", {}), instance("b", {})]), settings)
}

test_an_oom_kill_rolls_back if {
	document := batch([instance("a", {"oom_kills": 1, "reason": "OOMKilled"}), instance("b", {})])
	found := health.rollback with input as document with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "1 kill for want of memory, at most 0 may be: a (1)"
	finding.distance == "1 fewer"
	silent(document, set_to({"max_oom_kills": 1}))
}

test_restarts_above_the_limit_roll_back if {
	document := batch([instance("a", {"restarts": 3, "reason": "CrashLoopBackOff"}), instance("b", {"restarts": 2})])
	found := health.rollback with input as document with data.kadian.settings as set_to({"max_restarts": 1})
	count(found) == 1
	some finding in found
	finding.msg == "2 instances restarted more than 1 time: a (3 restarts, CrashLoopBackOff), b (2 restarts)"
	finding.actual == "up to 3 restarts"
	finding.distance == "2 fewer"
	silent(document, set_to({"max_restarts": 3}))
}

test_an_instance_that_is_not_ready_holds if {
	document := batch([instance("a", {"ready": false, "reason": "Pending"}), instance("b", {"ready": false}), instance("c", {})])
	found := health.hold with input as document with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "2 of 3 instances are not ready, at most 0 may be: a (Pending), b"
	finding.distance == "2 more ready"
	health.rollback == set() with input as document with data.kadian.settings as settings
	silent(document, set_to({"max_not_ready": 2}))
}

test_a_long_list_is_cut if {
	document := batch([instance(sprintf("p%02d", [n]), {"ready": false}) | some n in numbers.range(1, 12)])
	found := health.hold with input as document with data.kadian.settings as settings
	some finding in found
	endswith(finding.msg, "p09, p10 and 2 more")
}

test_missing_health_finds_nothing_and_so_must_be_held_by_the_gate if {
	silent({"health": {"status": "missing", "sources": [], "reason": "no report"}}, settings)
}
