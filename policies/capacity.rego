# METADATA
# title: Capacity during a rollout
# description: >-
#   Judges whether the instances that are left bear the load while a batch takes its own out: by Little's law at the present load and
#   at the forecast peak, beside the planned redundancy N + X. An estimate; load tests give the final figure.
package kadian.capacity

# METADATA
# title: A batch takes out no more than can be spared now
# description: >-
#   The batch takes more instances out of a region at once than it has beyond what the present load needs, or nobody can tell. A
#   deployment that takes out fewer at a time than a batch has says so with `max_unavailable`.
# custom:
#   id: capacity/spare-now
#   severity: critical
#   stages: [rollout]
#   needs: [capacity, rollout]
#   requirement: C8
#   remedy: Make the batch smaller as the finding says, add instances first, or take out fewer at a time
hold contains finding if {
	input.rollout.phase == "before"
	some pool in input.capacity.pools
	some step in pool.steps
	some finding in too_large(pool, step, pool.now, step.fits_now, "now")
}

# METADATA
# title: A batch takes out no more than can be spared at the peak
# description: >-
#   As capacity/spare-now, at the forecast peak: conventional load + probability × unconventional increment. A plan is judged by this
#   before it starts, with all of its batches.
# custom:
#   id: capacity/spare-peak
#   severity: high
#   stages: [rollout]
#   needs: [capacity, rollout]
#   requirement: C8
#   remedy: Make the batch smaller as the finding says, add instances first, or state a forecast for the hours of the rollout
hold contains finding if {
	some pool in input.capacity.pools
	some step in pool.steps
	some finding in too_large(pool, step, pool.peak, step.fits_peak, "at the forecast peak")
}

# METADATA
# title: Every region of the rollout has its figures
# description: >-
#   A batch goes to a region of which the capacity tells nothing.
# custom:
#   id: capacity/region
#   severity: high
#   stages: [rollout]
#   needs: [capacity, rollout]
#   requirement: C8
#   remedy: Hand in a pool for each region that the plan names, spelled as the plan does
hold contains finding if {
	not exempt
	some region in input.capacity.uncovered
	finding := {
		"msg": sprintf("Nothing is known of the instances of %s", [region]),
		"expected": sprintf("a pool of %s", [region]),
		"actual": sprintf("pools: %s", [names([where(pool) | some pool in input.capacity.pools])]),
		"fingerprint": sprintf("capacity:region:%s", [region]),
	}
}

# METADATA
# title: The fleet has its redundancy
# description: >-
#   Fewer instances are available than N + X at the forecast peak, and `settings.capacity.on_low_redundancy` says `hold`; or nobody
#   can tell.
# custom:
#   id: capacity/redundancy
#   severity: high
#   stages: [rollout]
#   needs: [capacity, rollout]
#   requirement: C8
#   remedy: Bring the fleet up to N + X before anything is taken out of it
hold contains finding if {
	data.kadian.settings.capacity.on_low_redundancy == "hold"
	not exempt
	some finding in thin
}

# METADATA
# title: The fleet should have its redundancy
# description: >-
#   As capacity/redundancy, where `settings.capacity.on_low_redundancy` says `warn`.
# custom:
#   id: capacity/redundancy-reported
#   severity: medium
#   stages: [rollout]
#   needs: [capacity, rollout]
#   requirement: C8
#   remedy: Bring the fleet up to N + X
warn contains finding if {
	data.kadian.settings.capacity.on_low_redundancy == "warn"
	not exempt
	some finding in thin
}

# METADATA
# title: An instance of the new version bears as much as before
# description: >-
#   An instance of the new version bears less than one of the old by more than `settings.capacity.max_throughput_drop_percent`: the
#   whole fleet would bear less once the rollout is through.
# custom:
#   id: capacity/throughput
#   severity: high
#   stages: [rollout]
#   needs: [capacity, rollout]
#   requirement: C8
#   remedy: Find what became slower, or add as many instances as the new version needs more
deny contains finding if {
	not exempt
	most := data.kadian.settings.capacity.max_throughput_drop_percent
	some pool in input.capacity.pools
	drop := object.get(pool.throughput, "drop_percent", null)
	drop != null
	drop > most
	finding := {
		"msg": sprintf("%s: an instance of the new version bears %v %% less than one of the old (%v instead of %v)", [
			where(pool), drop, pool.throughput.new, pool.throughput.old,
		]),
		"expected": sprintf("at most %v %% less", [most]),
		"actual": sprintf("%v %% less", [drop]),
		"distance": sprintf("%v %% more", [round((drop - most) * 100) / 100]),
		"fingerprint": sprintf("capacity:throughput:%s", [where(pool)]),
	}
}

# METADATA
# title: The throughput of the new version is known
# description: >-
#   A first batch is out, and nobody says what an instance of the new version bears beside one of the old.
# custom:
#   id: capacity/throughput-known
#   severity: medium
#   stages: [rollout]
#   needs: [capacity, rollout]
#   requirement: C8
#   remedy: Hand in throughput.new and throughput.old of the pool, from a load test or from the gray instances
hold contains finding if {
	not exempt
	gray_runs
	some pool in input.capacity.pools
	object.get(pool.throughput, "drop_percent", null) == null
	lacks := [sprintf("throughput.%s", [key]) | some key in ["new", "old"]; object.get(pool.throughput, key, null) == null]
	finding := {
		"msg": sprintf("%s: nobody says what an instance bears of the new version beside the old: %s", [
			where(pool), names(lacks),
		]),
		"expected": "the throughput of one instance of each version",
		"actual": sprintf("%s missing", [concat(", ", lacks)]),
		"fingerprint": sprintf("capacity:throughput:%s", [where(pool)]),
	}
}

# METADATA
# title: The load test is recent
# description: >-
#   The load test that says what an instance bears is older than `settings.capacity.max_load_test_age_days`, or nobody says when it
#   was made.
# custom:
#   id: capacity/load-test-age
#   severity: low
#   stages: [rollout]
#   needs: [capacity]
#   requirement: C8
#   remedy: Repeat the load test, and state its day as bears.tested_at
warn contains finding if {
	most := data.kadian.settings.capacity.max_load_test_age_days
	some pool in input.capacity.pools
	some age in too_old(object.get(pool, "tested_days_ago", null), most)
	finding := {
		"msg": sprintf("%s: what an instance bears was measured %s", [where(pool), age]),
		"expected": sprintf("at most %d days ago", [most]),
		"actual": age,
		"fingerprint": sprintf("capacity:load-test:%s", [where(pool)]),
	}
}

# Types of rollout that what is not known does not stop.
exempt if input.rollout.plan.type in data.kadian.settings.capacity.lanes

# Whether instances of the new version can have been measured.
gray_runs if input.rollout.phase == "soak"

gray_runs if {
	input.rollout.phase == "before"
	object.get(input.rollout, "previous", null) != null
}

# What is wrong with taking a step out of a pool; nothing is wrong with taking out nothing.
too_large(pool, step, load, fits, when) := [] if {
	object.get(step, "instances", null) == 0
} else := [finding |
	taken > max([spare, 0])
	finding := {
		"msg": sprintf("Batch %d takes %d%s instances of %s out at once; %s", [
			step.batch, taken, of_all(running), where(pool), spared(spare, when, load),
		]),
		"expected": allowed(max([spare, 0]), running, fits),
		"actual": sprintf("%d at a time", [taken]),
		"distance": sprintf("%d fewer", [taken - max([spare, 0])]),
		"batch": step.batch,
		"fingerprint": sprintf("capacity:%d:%s", [step.batch, where(pool)]),
	}
] if {
	taken := object.get(step, "instances", null)
	spare := object.get(load, "spare", null)
	taken != null
	spare != null
	running := object.get(pool, "running", null)
} else := [finding |
	not exempt
	lacks := missing(step, load)
	finding := {
		"msg": sprintf("Nobody can say what %s can spare %s for batch %d: %s", [
			where(pool), when, step.batch, names([sprintf("%s is not known", [key]) | some key in lacks]),
		]),
		"expected": "the figures of the pool",
		"actual": sprintf("%s missing", [concat(", ", lacks)]),
		"batch": step.batch,
		"fingerprint": sprintf("capacity:%d:%s", [step.batch, where(pool)]),
	}
]

missing(step, load) := array.concat(
	load.lacks,
	["the size of the batch" | object.get(step, "instances", null) == null; not "instances" in load.lacks],
)

thin := [finding |
	some pool in input.capacity.pools
	some finding in below(pool, object.get(pool.peak, "planned", null), object.get(pool, "available", null))
]

below(pool, planned, available) := [finding |
	available < planned
	finding := {
		"msg": sprintf("%s has %d instances; at the forecast peak %d are needed, and %d with %v %% of redundancy", [
			where(pool), available, pool.peak.required, planned, input.capacity.redundancy_percent,
		]),
		"expected": sprintf("%d instances", [planned]),
		"actual": sprintf("%d", [available]),
		"distance": sprintf("%d more", [planned - available]),
		"fingerprint": sprintf("capacity:redundancy:%s", [where(pool)]),
	}
] if {
	planned != null
	available != null
} else := [{
	"msg": sprintf("Nobody can say whether %s has its redundancy: %s", [
		where(pool), names([sprintf("%s is not known", [key]) | some key in pool.peak.lacks]),
	]),
	"expected": "the figures of the pool",
	"actual": sprintf("%s missing", [concat(", ", pool.peak.lacks)]),
	"fingerprint": sprintf("capacity:redundancy:%s", [where(pool)]),
}]

too_old(null, _) := ["at an unknown time"]

too_old(days, most) := [sprintf("%d days ago", [days]) | days > most] if days != null

where(pool) := region if {
	region := object.get(pool, "region", null)
	region != null
} else := "the service"

of_all(null) := ""

of_all(running) := sprintf(" of %d", [running]) if running != null

spared(spare, when, load) := sprintf("%d can be spared %s, where %s need %d", [spare, when, requests(load), load.required]) if {
	spare > 0
} else := sprintf("none can be spared %s, where %s need %d", [when, requests(load), load.required])

requests(load) := sprintf("%v requests/s", [round(load.rate * 10) / 10])

allowed(0, _, _) := "no instance taken out"

allowed(spare, running, fits) := sprintf("at most %d%s instances at a time%s", [spare, of_all(running), size(fits)]) if spare > 0

size(null) := ""

size(fits) := sprintf(": make it %v %%", [percent]) if {
	fits != null
	percent := object.get(fits, "percent", null)
	percent != null
} else := sprintf(": make it %d instances", [number]) if {
	fits != null
	number := object.get(fits, "count", null)
	number != null
} else := ""

# A bound on the output, not a threshold.
listed := 10

names(all) := concat(", ", all) if count(all) <= listed

names(all) := sprintf("%s and %d more", [concat(", ", array.slice(all, 0, listed)), count(all) - listed]) if {
	count(all) > listed
}
