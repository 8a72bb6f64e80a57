# METADATA
# title: Gray version beside the baseline
# description: >-
#   Judges the service level indicators of the gray version against those of the version it replaces. What the statistics
#   cannot decide yet does not pass; what nobody measured does not pass either.
package kadian.canary

# METADATA
# title: No high-value indicator regressed
# description: >-
#   An indicator is worse than the baseline by more than its margin, beyond reasonable doubt, and
#   `settings.canary.on_regressed` says `rollback` for its signal. Where nothing is rolled out, this blocks.
# custom:
#   id: canary/regressed-rollback
#   severity: critical
#   stages: [merge, release, rollout]
#   needs: [canary]
#   requirement: C4
#   remedy: Roll the batch back first; find the cause afterwards
rollback contains finding if {
	some finding in regressed("rollback")
}

# METADATA
# title: No indicator regressed
# description: >-
#   As canary/regressed-rollback, for signals whose regression blocks.
# custom:
#   id: canary/regressed
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [canary]
#   requirement: C4
#   remedy: Stop the rollout and mend the gray version, or widen the margin of this indicator if the change is wanted
deny contains finding if {
	some finding in regressed("deny")
}

# METADATA
# title: No average-value indicator regressed
# description: >-
#   As canary/regressed-rollback, for signals whose regression alone holds, such as latency.
# custom:
#   id: canary/regressed-hold
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [canary]
#   requirement: C14
#   remedy: Look at the charts and decide whether the next batch may bear it; roll back if users feel it
hold contains finding if {
	some finding in regressed("hold")
}

# METADATA
# title: Regressions that are only reported
# description: >-
#   As canary/regressed-rollback, for signals whose regression is only reported.
# custom:
#   id: canary/regressed-reported
#   severity: medium
#   stages: [merge, release, rollout]
#   needs: [canary]
#   requirement: C14
#   remedy: Keep an eye on it
warn contains finding if {
	some finding in regressed("warn")
}

# METADATA
# title: Every indicator is decided
# description: >-
#   A critical indicator is neither regressed nor proven equivalent yet; or another one, where `settings.canary.on_undecided`
#   (for parts of the traffic `on_undecided_segment`) holds. The finding tells how much longer it takes at this traffic.
# custom:
#   id: canary/undecided
#   severity: medium
#   stages: [merge, release, rollout]
#   needs: [canary]
#   requirement: C4
#   remedy: Let the batch soak longer, or give it more traffic; nothing is wrong so far
hold contains finding if {
	some indicator in undecided
	doubt(indicator) == "hold"
	finding := open(indicator)
}

# METADATA
# title: Indicators that may stay undecided
# description: >-
#   An indicator is neither regressed nor proven equivalent yet, and the settings only report that.
# custom:
#   id: canary/undecided-reported
#   severity: low
#   stages: [merge, release, rollout]
#   needs: [canary]
#   requirement: C13
#   remedy: Let the batch soak longer, or give it more traffic, if this part of it matters
warn contains finding if {
	some indicator in undecided
	doubt(indicator) == "warn"
	finding := open(indicator)
}

# METADATA
# title: Every indicator has data
# description: >-
#   No channel of an indicator has data of both versions. Nothing that nobody measured passes, whatever the settings say of doubts.
# custom:
#   id: canary/no-data
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [canary]
#   requirement: C10
#   remedy: Check that the gray instances take traffic, that they are scraped, and that the selectors match them
hold contains finding if {
	some indicator in input.canary.indicators
	indicator.zone == "no_data"
	finding := {
		"msg": sprintf("%s: %s", [label(indicator), indicator.reason]),
		"expected": "data of the gray version and of the baseline",
		"actual": "no data",
		"indicator": label(indicator),
		"fingerprint": sprintf("canary:%s", [label(indicator)]),
	}
}

# METADATA
# title: Required channels have data
# description: >-
#   Fewer channels of an indicator have data than it asks for. Each channel alone can fail or lie: a server knows nothing of
#   requests that never reached it, a load balancer knows nothing of faults behind a status of 200.
# custom:
#   id: canary/channels
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [canary]
#   requirement: F3
#   remedy: Bring the lost channel back, or lower the number of channels that the indicator asks for
hold contains finding if {
	some indicator in input.canary.indicators
	indicator.zone != "no_data"
	count(indicator.channels) < indicator.required_channels
	finding := {
		"msg": sprintf("%s is measured by %d of the %d channels that it asks for%s", [
			label(indicator), count(indicator.channels), indicator.required_channels, lost(indicator),
		]),
		"expected": sprintf("%d channels with data", [indicator.required_channels]),
		"actual": sprintf("%d", [count(indicator.channels)]),
		"indicator": label(indicator),
		"fingerprint": sprintf("canary:%s", [label(indicator)]),
	}
}

# METADATA
# title: No channel is lost
# description: >-
#   A channel of an indicator has no data, but enough others have.
# custom:
#   id: canary/lost-channel
#   severity: low
#   stages: [merge, release, rollout]
#   needs: [canary]
#   requirement: F3
#   remedy: Bring the lost channel back before the other one fails too
warn contains finding if {
	some indicator in input.canary.indicators
	indicator.zone != "no_data"
	count(indicator.lost) > 0
	count(indicator.channels) >= indicator.required_channels
	finding := {
		"msg": sprintf("%s is still measured%s", [label(indicator), lost(indicator)]),
		"indicator": label(indicator),
		"fingerprint": sprintf("canary:%s", [label(indicator)]),
	}
}

# METADATA
# title: Sources answered completely
# description: >-
#   A source answered with warnings or only in part, so that numbers may be missing from what was judged.
#   `settings.canary.on_degraded` holds or warns.
# custom:
#   id: canary/degraded
#   severity: medium
#   stages: [merge, release, rollout]
#   needs: [canary]
#   requirement: C10
#   remedy: Look at the source that is named, then ask again
hold contains finding if {
	data.kadian.settings.canary.on_degraded == "hold"
	some finding in degraded
}

# METADATA
# title: Sources that answered in part
# description: >-
#   As canary/degraded, where it is only reported.
# custom:
#   id: canary/degraded-reported
#   severity: low
#   stages: [merge, release, rollout]
#   needs: [canary]
#   requirement: C10
#   remedy: Look at the source that is named
warn contains finding if {
	data.kadian.settings.canary.on_degraded == "warn"
	some finding in degraded
}

# METADATA
# title: Samples are of this service
# description: >-
#   The samples state another service than the one that is judged.
# custom:
#   id: canary/service
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [canary]
#   requirement: C4
#   remedy: Hand in the samples of this service
hold contains finding if {
	named := object.get(input.canary, "service", null)
	own := object.get(input.gate.service, "name", null)
	named != null
	own != null
	named != own
	finding := {
		"msg": sprintf("The samples are of service %s, not of %s", [named, own]),
		"expected": own,
		"actual": named,
	}
}

regressed(effect) := [finding |
	some indicator in input.canary.indicators
	indicator.zone == "regressed"
	data.kadian.settings.canary.on_regressed[indicator.signal] == effect
	finding := {
		"msg": sprintf("%s regressed: %s", [label(indicator), indicator.reason]),
		"expected": sprintf("at most %v %% worse than the baseline", [percent(indicator.margin)]),
		"actual": change(object.get(indicator, "effect", null)),
		"indicator": label(indicator),
		"fingerprint": sprintf("canary:%s", [label(indicator)]),
	}
]

undecided := [indicator | some indicator in input.canary.indicators; indicator.zone == "undecided"]

doubt(indicator) := "hold" if {
	indicator.critical
	object.get(indicator, "segment", null) == null
} else := data.kadian.settings.canary.on_undecided if {
	object.get(indicator, "segment", null) == null
} else := data.kadian.settings.canary.on_undecided_segment

open(indicator) := object.union(
	{
		"msg": sprintf("%s is not decided yet: %s", [label(indicator), indicator.reason]),
		"expected": sprintf("proven to be at most %v %% worse than the baseline", [percent(indicator.margin)]),
		"actual": "not decided",
		"indicator": label(indicator),
		"fingerprint": sprintf("canary:%s", [label(indicator)]),
	},
	remaining(object.get(indicator, "needed", null)),
)

remaining(null) := {}

remaining(needed) := {
	"distance": sprintf("about %s more at this traffic", [duration(ceil(needed.seconds))]),
	"ready_in_seconds": ceil(needed.seconds),
} if {
	needed != null
}

degraded := [finding |
	some sentence in input.canary.degraded
	finding := {"msg": sprintf("A source of the samples is degraded: %s", [sentence])}
]

label(indicator) := concat(" ", array.concat([indicator.name], [word |
	some key in ["api", "segment"]
	value := object.get(indicator, key, null)
	value != null
	word := sprintf("(%s)", [value])
]))

lost(indicator) := "" if {
	count(indicator.lost) == 0
} else := sprintf("; without data: %s", [concat(", ", indicator.lost)])

change(null) := "cannot be stated as a share of the baseline"

change(effect) := sprintf("%v %% more", [percent(effect)]) if {
	effect != null
	effect >= 0
}

change(effect) := sprintf("%v %% less", [percent(0 - effect)]) if {
	effect != null
	effect < 0
}

# One decimal is enough for a person.
percent(share) := round(share * 1000) / 10

duration(seconds) := sprintf("%d s", [seconds]) if {
	seconds < 120
} else := sprintf("%d min", [ceil(seconds / 60)]) if {
	seconds < 7200
} else := sprintf("%d h", [ceil(seconds / 3600)]) if {
	seconds < 172800
} else := sprintf("%d days", [ceil(seconds / 86400)])
