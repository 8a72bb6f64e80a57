# METADATA
# title: Flow control
# description: >-
#   Counts the batches that may start per second, minute, hour or day, over all runners that share the ledger. The slot is
#   counted once more, exactly, when it is taken.
package kadian.flow

# METADATA
# title: There is room under the flow limits
# description: >-
#   Before a batch, every limit of `settings.flow.limits` that concerns it has room for one more. A batch that has its slot
#   keeps it.
# custom:
#   id: flow/limit
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C7
#   remedy: Wait until there is room, or make fewer and larger steps
hold contains finding if {
	input.rollout.plan.type != "rollback"
	some finding in full
}

# METADATA
# title: A rollback that exceeds a flow limit
# description: >-
#   A plan of type `rollback` does not wait for a limit; it counts for others.
# custom:
#   id: flow/rollback
#   severity: medium
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C7
#   remedy: Nothing has to be done; other rollouts wait for as long
warn contains finding if {
	input.rollout.plan.type == "rollback"
	some finding in full
}

full := [finding |
	input.rollout.phase == "before"
	not input.history.reserved
	some window in input.history.flow
	window.used >= window.limit
	finding := object.union(
		{
			"msg": sprintf("Limit %s is full: %d of %d batches started within %s", [
				window.name, window.used, window.limit, duration(window.window_seconds),
			]),
			"expected": sprintf("fewer than %d", [window.limit]),
			"actual": sprintf("%d", [window.used]),
			"limit": window.name,
			"fingerprint": sprintf("flow:%s", [window.name]),
		},
		remaining(object.get(window, "ready_in_seconds", null)),
	)
]

remaining(null) := {}

remaining(seconds) := {
	"distance": sprintf("%s more", [duration(seconds)]),
	"ready_in_seconds": seconds,
} if {
	seconds != null
}

duration(seconds) := sprintf("%d s", [seconds]) if {
	seconds < 120
} else := sprintf("%d min", [ceil(seconds / 60)]) if {
	seconds < 7200
} else := sprintf("%d h", [ceil(seconds / 3600)])
