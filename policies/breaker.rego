# METADATA
# title: Circuit breaker
# description: >-
#   After `settings.breaker.failures` failed rollouts of a service in a row nothing more starts for
#   `settings.breaker.open_for`; then a single rollout tries, and the others wait for its end. Types of
#   `settings.breaker.lanes` and plans of type `rollback` pass; two people can override it.
package kadian.breaker

# METADATA
# title: The breaker is not open
# description: >-
#   Before a batch, the breaker of the service is not open.
# custom:
#   id: breaker/open
#   severity: critical
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C7
#   remedy: Find out why rollouts of this service fail; two people can override the breaker with `kadian ledger record override`
hold contains finding if {
	not exempt
	some finding in open
}

# METADATA
# title: No other rollout is the breaker's trial
# description: >-
#   The breaker is half open: one rollout may try, and the others wait for its end.
# custom:
#   id: breaker/trial
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C7
#   remedy: Wait for the end of that rollout
hold contains finding if {
	not exempt
	some finding in waiting
}

# METADATA
# title: This rollout is the breaker's trial
# description: >-
#   The breaker is half open and this rollout is the one that tries: its success closes the breaker, its failure opens it.
# custom:
#   id: breaker/half-open
#   severity: medium
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C7
#   remedy: Watch this rollout closely
warn contains finding if {
	input.rollout.phase == "before"
	not lane
	input.history.breaker.state == "half_open"
	count(waiting) == 0
	finding := {
		"msg": sprintf("After %d failed rollouts of %s in a row this one is the trial", [
			count(input.history.breaker.failures), input.rollout.plan.service,
		]),
		"expected": "a breaker that is closed",
		"actual": "half open",
		"fingerprint": "breaker:half_open",
	}
}

# METADATA
# title: The breaker was overridden
# description: >-
#   The breaker would hold this rollout, and two people decided otherwise.
# custom:
#   id: breaker/overridden
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C7
#   remedy: Nothing has to be done; the exception stays in the ledger
warn contains finding if {
	not lane
	some exception in exceptions
	count(open) + count(waiting) > 0
	finding := {
		"msg": sprintf("The breaker is overridden by %s until %s: %s", [
			concat(" and ", exception.by), exception.until, exception.reason,
		]),
		"expected": "a breaker that is closed",
		"actual": replace(input.history.breaker.state, "_", " "),
		"fingerprint": sprintf("breaker:overridden:%s", [exception.at]),
	}
}

# METADATA
# title: The breaker lets this type pass
# description: >-
#   The breaker would hold another rollout, but not one of this type.
# custom:
#   id: breaker/lane
#   severity: medium
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C7
#   remedy: Nothing has to be done; look why rollouts of this service fail
warn contains finding if {
	lane
	some finding in array.concat(open, waiting)
}

exempt if lane

exempt if count(exceptions) > 0

lane if input.rollout.plan.type == "rollback"

lane if {
	some type in data.kadian.settings.breaker.lanes
	type == input.rollout.plan.type
}

exceptions := [exception |
	some exception in input.history.overrides
	exception.subject == "breaker"
	exception.active
]

open := [finding |
	input.rollout.phase == "before"
	input.history.breaker.state == "open"
	breaker := input.history.breaker
	finding := object.union(
		{
			"msg": sprintf("The breaker of %s is open until %s: %s failed", [
				input.rollout.plan.service, object.get(breaker, "opens_until", "later"), names(breaker.failures),
			]),
			"expected": "a breaker that is closed",
			"actual": sprintf("open after %d failed rollouts", [count(breaker.failures)]),
			"fingerprint": "breaker:open",
		},
		remaining(object.get(breaker, "ready_in_seconds", null)),
	)
]

waiting := [finding |
	input.rollout.phase == "before"
	input.history.breaker.state == "half_open"
	trial := object.get(input.history.breaker, "trial", null)
	trial != null
	trial != input.rollout.plan.id
	finding := {
		"msg": sprintf("Rollout %s is the trial after %d failed ones of %s, and this one waits for its end", [
			trial, count(input.history.breaker.failures), input.rollout.plan.service,
		]),
		"expected": "a breaker that is closed",
		"actual": "half open",
		"fingerprint": sprintf("breaker:trial:%s", [trial]),
	}
]

# A bound on the output, not a threshold.
listed := 5

names(plans) := concat(", ", plans) if {
	count(plans) <= listed
} else := sprintf("%s and %d earlier ones", [
	concat(", ", array.slice(plans, count(plans) - listed, count(plans))),
	count(plans) - listed,
])

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
