# METADATA
# title: Health of the gray instances
# description: >-
#   Judges the instances of the batch: kills for want of memory, restarts, instances that take no traffic.
package kadian.health

# METADATA
# title: No instance was killed for want of memory
# description: >-
#   The instances together were killed more than `settings.health.max_oom_kills` times. Where nothing is rolled out, this blocks.
# custom:
#   id: health/oom-kills
#   severity: critical
#   stages: [merge, release, rollout]
#   needs: [health]
#   requirement: C9
#   remedy: Roll the batch back; then compare the memory of the two versions
rollback contains finding if {
	excess := input.health.oom_kills - data.kadian.settings.health.max_oom_kills
	excess > 0
	finding := {
		"msg": sprintf("%s for want of memory, at most %d may be: %s", [
			times(input.health.oom_kills, "kill"), data.kadian.settings.health.max_oom_kills,
			names([sprintf("%s (%d)", [instance.name, instance.oom_kills]) |
				some instance in input.health.instances
				instance.oom_kills > 0
			]),
		]),
		"expected": sprintf("at most %d", [data.kadian.settings.health.max_oom_kills]),
		"actual": sprintf("%d", [input.health.oom_kills]),
		"distance": sprintf("%d fewer", [excess]),
		"fingerprint": "health:oom-kills",
	}
}

# METADATA
# title: No instance restarts
# description: >-
#   An instance restarted more than `settings.health.max_restarts` times since it was created. Where nothing is rolled out, this
#   blocks.
# custom:
#   id: health/restarts
#   severity: critical
#   stages: [merge, release, rollout]
#   needs: [health]
#   requirement: C9
#   remedy: Roll the batch back; then read the last log lines of the instance before it ended
rollback contains finding if {
	restarted := [instance |
		some instance in input.health.instances
		instance.restarts > data.kadian.settings.health.max_restarts
	]
	count(restarted) > 0
	most := max([instance.restarts | some instance in restarted])
	finding := {
		"msg": sprintf("%s restarted more than %s: %s", [
			times(count(restarted), "instance"), times(data.kadian.settings.health.max_restarts, "time"),
			names([sprintf("%s (%s)", [instance.name, because(times(instance.restarts, "restart"), instance)]) |
				some instance in restarted
			]),
		]),
		"expected": sprintf("at most %s an instance", [times(data.kadian.settings.health.max_restarts, "restart")]),
		"actual": sprintf("up to %s", [times(most, "restart")]),
		"distance": sprintf("%d fewer", [most - data.kadian.settings.health.max_restarts]),
		"fingerprint": "health:restarts",
	}
}

# METADATA
# title: Every instance is ready
# description: >-
#   More than `settings.health.max_not_ready` instances do not take traffic. They may still be starting, so this holds.
# custom:
#   id: health/not-ready
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [health]
#   requirement: C9
#   remedy: Wait until the instances are ready; roll back if they do not become it
hold contains finding if {
	excess := input.health.not_ready - data.kadian.settings.health.max_not_ready
	excess > 0
	finding := {
		"msg": sprintf("%d of %s not ready, at most %d may be: %s", [
			input.health.not_ready, instances_are(count(input.health.instances)), data.kadian.settings.health.max_not_ready,
			names([because_of(instance) |
				some instance in input.health.instances
				not instance.ready
			]),
		]),
		"expected": sprintf("at most %d not ready", [data.kadian.settings.health.max_not_ready]),
		"actual": sprintf("%d not ready", [input.health.not_ready]),
		"distance": sprintf("%d more ready", [excess]),
		"fingerprint": "health:not-ready",
	}
}

# A bound on the output, not a threshold.
listed := 10

names(all) := concat(", ", all) if count(all) <= listed

names(all) := sprintf("%s and %d more", [concat(", ", array.slice(all, 0, listed)), count(all) - listed]) if {
	count(all) > listed
}

because(what, instance) := sprintf("%s, %s", [what, reason]) if {
	reason := object.get(instance, "reason", null)
	reason != null
} else := what

because_of(instance) := sprintf("%s (%s)", [instance.name, reason]) if {
	reason := object.get(instance, "reason", null)
	reason != null
} else := instance.name

instances_are(1) := "1 instance is"

instances_are(number) := sprintf("%d instances are", [number]) if number != 1

times(1, noun) := sprintf("1 %s", [noun])

times(number, noun) := sprintf("%d %ss", [number, noun]) if number != 1
