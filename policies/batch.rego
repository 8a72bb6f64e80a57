# METADATA
# title: Evidence of the batch that runs
# description: >-
#   Samples say something about a rollout only if they are of the version and of the batch that runs, and of its time: what was
#   measured in an earlier batch, before this one was started or in a small part of its soak proves little about it.
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
#   The samples state another batch than the one that soaks, or than the one before the next; where the next one is out already
#   and is judged again, than that one.
# custom:
#   id: batch/number
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history, canary]
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

# METADATA
# title: Samples cover the soak
# description: >-
#   What of the soak is over is covered by samples of the gray version to the share of `settings.batch.min_soak_coverage`; steps
#   without data do not count, nor those in which the gray version got no request though the baseline did. Of the critical indicators of the whole traffic the one with the least counts; where none is critical,
#   the one with the most. A few good minutes of a long soak prove little of it.
# custom:
#   id: batch/coverage
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history, canary]
#   requirement: C2
#   remedy: Measure the gray version from the time the batch is done until now, without gaps; where the soak is over and was not measured, deploy the batch again
hold contains finding if {
	running != null
	soak := object.get(input.canary, "soak", null)
	soak != null
	needed := ceil((share * soak.seconds) - rounding)
	covered < needed
	finding := object.union(
		{
			"msg": sprintf("The samples of %s cover %s of the %s that batch %d has soaked since %s", [
				least_covered, length(covered), length(soak.seconds), running, soak.from,
			]),
			"expected": sprintf("at least %s (%v %%)", [length(needed), round(share * 1000) / 10]),
			"actual": sprintf("%s (%v %%)", [length(covered), floor((covered * 1000) / soak.seconds) / 10]),
			"distance": sprintf("%s more", [length(needed - covered)]),
		},
		waiting(soak),
	)
}

# METADATA
# title: Samples are new
# description: >-
#   The newest sample of the gray version ends no longer than `settings.batch.max_sample_age` before the decision: what has happened
#   since then is not known. Of the critical indicators of the whole traffic the one that ends first counts; where none is
#   critical, the one that ends last.
# custom:
#   id: batch/age
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history, canary]
#   requirement: C2
#   remedy: Measure again up to now, and judge by those samples
hold contains finding if {
	running != null
	newest != null
	age := floor((time.parse_rfc3339_ns(input.gate.now) - time.parse_rfc3339_ns(newest)) / 1000000000)
	most := seconds_of(data.kadian.settings.batch.max_sample_age)
	age > most
	finding := {
		"msg": sprintf("The newest sample of the gray version ends at %s, %s ago", [newest, length(age)]),
		"expected": sprintf("at most %s ago", [length(most)]),
		"actual": sprintf("%s ago", [length(age)]),
		"distance": sprintf("%s newer", [length(age - most)]),
	}
}

# Products of decimal fractions are off by less.
rounding := 0.001

share := data.kadian.settings.batch.min_soak_coverage

# The indicators that have to be measured all the time.
watched := [indicator |
	some indicator in input.canary.indicators
	indicator.critical
	object.get(indicator, "segment", null) == null
]

covered := min(seconds_covered(watched)) if {
	count(watched) > 0
} else := max(array.concat([0], seconds_covered(input.canary.indicators)))

seconds_covered(indicators) := [seconds |
	some indicator in indicators
	seconds := object.get(indicator.measured, "soak_seconds", null)
	seconds != null
]

least_covered := [label(indicator) | some indicator in watched; indicator.measured.soak_seconds == covered][0] if {
	count(watched) > 0
} else := "all indicators"

# Null where nothing was measured, which canary/no-data says.
newest := sort(ends(watched))[0] if {
	count(watched) > 0
	count(ends(watched)) > 0
} else := all_ends[count(all_ends) - 1] if {
	all_ends := sort(ends(input.canary.indicators))
	count(all_ends) > 0
} else := null

# All steps of a file have the same fraction of a second, so that the texts sort as the times do.
ends(indicators) := [end |
	some indicator in indicators
	end := object.get(indicator.measured, "end", null)
	end != null
]

label(indicator) := sprintf("%s (%s)", [indicator.name, indicator.api]) if {
	object.get(indicator, "api", null) != null
} else := indicator.name

# If nothing is lost from now on, the share is reached after so many seconds; where the soak is over before, never.
waiting(soak) := {"ready_in_seconds": left} if {
	share < 1
	left := ceil((((share * soak.seconds) - covered) / (1 - share)) - rounding)
	soak.seconds + left <= soak.planned_seconds
} else := {}

# The seconds of a length of time like 1h30m.
seconds_of(text) := sum([seconds |
	some part in regex.find_n(`[0-9]+[smhdw]`, text, -1)
	unit := substring(part, count(part) - 1, 1)
	seconds := to_number(substring(part, 0, count(part) - 1)) * unit_seconds[unit]
])

unit_seconds := {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}

length(seconds) := sprintf("%d s", [seconds]) if {
	seconds < 120
} else := sprintf("%d min", [floor(seconds / 60)]) if {
	seconds < 7200
	seconds % 60 == 0
} else := sprintf("%d min %d s", [floor(seconds / 60), seconds % 60]) if {
	seconds < 7200
} else := sprintf("%d h %d min", [floor(seconds / 3600), floor((seconds % 3600) / 60)])

# The batch whose instances run now; null before the first one.
running := number("batch") if {
	input.rollout.phase == "soak"
} else := number("batch") if {
	input.rollout.phase == "before"
	again
} else := number("previous") if {
	input.rollout.phase == "before"
} else := null

# The batch that is judged is out already, and is judged again before it starts.
again if {
	some batch in input.history.batches
	batch.number == number("batch")
	batch.state in {"started", "done"}
}

number(key) := object.get(part, "number", null) if {
	part := object.get(input.rollout, key, null)
	part != null
} else := null
