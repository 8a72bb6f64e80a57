# METADATA
# title: Evidence of the batch that runs
# description: >-
#   Samples say something about a rollout only if they are of the version and of the batch that runs. What was measured in an
#   earlier batch, or before this one was started, proves nothing about it.
package kadian.batch

# METADATA
# title: Samples are of the version that is rolled out
# description: >-
#   The samples state another gray version than the plan's.
# custom:
#   id: batch/version
#   severity: high
#   stages: [rollout]
#   needs: [rollout, canary]
#   requirement: C2
#   remedy: Measure the version of the plan, or judge by the plan of the version that runs
hold contains finding if {
	measured := object.get(input.canary, "version", null)
	measured != null
	measured != input.rollout.plan.to
	finding := {
		"msg": sprintf("The samples are of version %s, not of %s", [measured, input.rollout.plan.to]),
		"expected": input.rollout.plan.to,
		"actual": measured,
	}
}

# METADATA
# title: Samples are of the batch that runs
# description: >-
#   The samples state another batch than the one that soaks, or than the one before the next.
# custom:
#   id: batch/number
#   severity: high
#   stages: [rollout]
#   needs: [rollout, canary]
#   requirement: C2
#   remedy: Measure the batch that runs
hold contains finding if {
	measured := object.get(input.canary, "batch", null)
	measured != null
	running != null
	measured != running
	finding := {
		"msg": sprintf("The samples are of batch %d, and batch %d runs", [measured, running]),
		"expected": sprintf("batch %d", [running]),
		"actual": sprintf("batch %d", [measured]),
	}
}

# METADATA
# title: Samples were taken while the batch ran
# description: >-
#   The samples end before the batch was started, so that they are of an earlier batch or of another rollout.
# custom:
#   id: batch/time
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history, canary]
#   requirement: C2
#   remedy: Measure again; what was measured before the batch was started says nothing about it
hold contains finding if {
	some batch in input.history.batches
	batch.number == running
	started := object.get(batch, "started_at", null)
	started != null
	time.parse_rfc3339_ns(input.canary.end) <= time.parse_rfc3339_ns(started)
	finding := {
		"msg": sprintf("The samples end at %s, and batch %d was started at %s", [input.canary.end, running, started]),
		"expected": sprintf("samples after %s", [started]),
		"actual": sprintf("samples until %s", [input.canary.end]),
	}
}

# The batch whose instances run now; null before the first one.
running := number("batch") if {
	input.rollout.phase == "soak"
} else := number("previous") if {
	input.rollout.phase == "before"
} else := null

number(key) := object.get(part, "number", null) if {
	part := object.get(input.rollout, key, null)
	part != null
} else := null
