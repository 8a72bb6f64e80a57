package kadian.flow_test

import data.kadian.flow

settings := {"flow": {"limits": []}}

document(type, phase, reserved, windows) := {
	"rollout": {"status": "known", "plan": {"id": "p", "service": "pay", "type": type}, "phase": phase},
	"history": {"status": "known", "reserved": reserved, "flow": windows},
}

window(used, ready) := {"name": "hour", "window_seconds": 3600, "limit": 10, "used": used, "ready_in_seconds": ready}

test_one_less_than_the_limit_passes if {
	flow.hold == set() with input as document("daily", "before", false, [window(9, null)]) with data.kadian.settings as settings
}

test_a_full_limit_holds_until_there_is_room if {
	found := flow.hold with input as document("daily", "before", false, [window(10, 600)]) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "Limit hour is full: 10 of 10 batches started within 60 min"
	finding.ready_in_seconds == 600
	finding.distance == "10 min more"
}

test_a_limit_of_0_holds_and_promises_nothing if {
	closed := {"name": "stop", "window_seconds": 60, "limit": 0, "used": 0, "ready_in_seconds": null}
	found := flow.hold with input as document("hotfix", "before", false, [closed]) with data.kadian.settings as settings
	some finding in found
	not finding.ready_in_seconds
}

test_a_batch_that_has_its_slot_and_other_phases_pass if {
	flow.hold == set() with input as document("daily", "before", true, [window(10, 600)]) with data.kadian.settings as settings
	every phase in ["plan", "soak"] {
		flow.hold == set() with input as document("daily", phase, false, [window(10, 600)]) with data.kadian.settings as settings
	}
}

test_a_rollback_is_only_told if {
	back := document("rollback", "before", false, [window(10, 600)])
	flow.hold == set() with input as back with data.kadian.settings as settings
	count(flow.warn) == 1 with input as back with data.kadian.settings as settings
	flow.warn == set() with input as document("daily", "before", false, [window(10, 600)]) with data.kadian.settings as settings
}

test_missing_history_finds_nothing_and_so_must_be_held_by_the_gate if {
	missing := {"rollout": {"plan": {"type": "daily"}, "phase": "before"}, "history": {"status": "missing"}}
	flow.hold == set() with input as missing with data.kadian.settings as settings
}
