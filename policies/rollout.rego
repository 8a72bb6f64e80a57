# METADATA
# title: The plan of a rollout
# description: >-
#   Judges a plan by the standard of its type of change and the service's tier, `settings.rollout.standards`, before it starts and
#   at every batch. Rollbacks have a standard that stops nothing.
package kadian.rollout

# METADATA
# title: Enough batches
# description: >-
#   The plan has at least `min_batches` of its standard.
# custom:
#   id: rollout/batches
#   severity: high
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C3
#   remedy: Split the rollout into more batches, and give the plan a new id
deny contains finding if {
	count(input.rollout.plan.batches) < standard.min_batches
	finding := {
		"msg": sprintf("The plan has %s; %s has at least %d", [
			times(count(input.rollout.plan.batches), "batch", "batches"), this_kind, standard.min_batches,
		]),
		"expected": sprintf("at least %d", [standard.min_batches]),
		"actual": sprintf("%d", [count(input.rollout.plan.batches)]),
		"distance": sprintf("%d more", [standard.min_batches - count(input.rollout.plan.batches)]),
		"fingerprint": "rollout:batches",
	}
}

# METADATA
# title: The first batch is small
# description: >-
#   The first batch takes at most `max_first_percent` of its region.
# custom:
#   id: rollout/first-batch
#   severity: high
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C3
#   remedy: Put a smaller batch first, and give the plan a new id
deny contains finding if {
	some share in shares
	share.number == 1
	share.percent > standard.max_first_percent
	finding := {
		"msg": sprintf("The first batch takes %v %%%s; that of %s takes at most %v %%", [
			hundredths(share.percent), of_region(share.region), this_kind, standard.max_first_percent,
		]),
		"expected": sprintf("at most %v %%", [standard.max_first_percent]),
		"actual": sprintf("%v %%", [hundredths(share.percent)]),
		"distance": sprintf("%v percentage points less", [hundredths(share.percent - standard.max_first_percent)]),
		"fingerprint": "rollout:first-batch",
	}
}

# METADATA
# title: No batch is a leap
# description: >-
#   No batch adds more than `max_step_percent` percentage points of its region to what runs the new version. Names the first ten
#   that do.
# custom:
#   id: rollout/step
#   severity: high
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C3
#   remedy: Put a batch between, and give the plan a new id
deny contains finding if {
	leaps := [share | some share in shares; share.step > standard.max_step_percent]
	count(leaps) > 0
	most := max([share.step | some share in leaps])
	finding := {
		"msg": sprintf("%s more than %v percentage points, the most for %s: %s", [
			verb(count(leaps), "batch adds", "batches add"), standard.max_step_percent, this_kind,
			names([sprintf("batch %d (%v)", [share.number, share.step]) | some share in leaps]),
		]),
		"expected": sprintf("at most %v percentage points", [standard.max_step_percent]),
		"actual": sprintf("up to %v", [most]),
		"distance": sprintf("%v percentage points less", [hundredths(most - standard.max_step_percent)]),
		"fingerprint": "rollout:step",
	}
}

# METADATA
# title: Every batch soaks long enough
# description: >-
#   Every batch, the last one too, soaks at least `min_soak_seconds`. Names the first ten that do not.
# custom:
#   id: rollout/soak
#   severity: high
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C3
#   remedy: Give the batches a longer soak, and the plan a new id
deny contains finding if {
	short := [batch | some batch in input.rollout.plan.batches; batch.soak_seconds < standard.min_soak_seconds]
	count(short) > 0
	least := min([batch.soak_seconds | some batch in short])
	finding := {
		"msg": sprintf("%s shorter than %s, the least for %s: %s", [
			verb(count(short), "batch soaks", "batches soak"), length(standard.min_soak_seconds), this_kind,
			names([sprintf("batch %d (%s)", [batch.number, length(batch.soak_seconds)]) | some batch in short]),
		]),
		"expected": sprintf("at least %s", [length(standard.min_soak_seconds)]),
		"actual": length(least),
		"distance": sprintf("%s longer", [length(standard.min_soak_seconds - least)]),
		"fingerprint": "rollout:soak",
	}
}

# METADATA
# title: One region comes first
# description: >-
#   With `one_region_first`, every batch names its region, and all batches of the first region come before those of the others: what
#   is wrong with the new version shows in one region only.
# custom:
#   id: rollout/region-first
#   severity: high
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C2
#   remedy: Finish the first region before the next one starts, and give the plan a new id
deny contains finding if {
	standard.one_region_first
	some finding in array.concat(nowhere, mingled)
}

# METADATA
# title: The rollout is finished
# description: >-
#   With `complete`, each region of the plan ends at 100 %, so that two versions do not stay side by side.
# custom:
#   id: rollout/complete
#   severity: medium
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C3
#   remedy: Add the batch that takes the region to 100 %, and give the plan a new id
deny contains finding if {
	standard.complete
	open := [share | some share in shares; share.last; share.percent < 100]
	count(open) > 0
	least := min([share.percent | some share in open])
	finding := {
		"msg": sprintf("The plan ends before 100 %%: %s", [
			names([sprintf("at %v %%%s", [hundredths(share.percent), of_region(share.region)]) | some share in open]),
		]),
		"expected": "100 %",
		"actual": sprintf("%v %%", [hundredths(least)]),
		"distance": sprintf("%v percentage points more", [hundredths(100 - least)]),
		"fingerprint": "rollout:complete",
	}
}

# METADATA
# title: Every batch is tested
# description: >-
#   Every batch names at least `min_suites` test suites, and all of `suites` of its standard: the core functional tests have to run
#   through before the next batch. Names the first ten that do not.
# custom:
#   id: rollout/suites
#   severity: high
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C2
#   remedy: Name the core functional tests under the batch's `suites`, and give the plan a new id
deny contains finding if {
	untested := [sprintf("batch %d (%s)", [batch.number, lack]) |
		some batch in input.rollout.plan.batches
		some lack in lacks(batch)
	]
	count(untested) > 0
	finding := {
		"msg": sprintf("%s too few test suites for %s: %s", [
			verb(count(untested), "batch names", "batches name"), this_kind, names(untested),
		]),
		"expected": wanted_suites,
		"actual": sprintf("%d of %d batches without", [count(untested), count(input.rollout.plan.batches)]),
		"fingerprint": "rollout:suites",
	}
}

# METADATA
# title: The plan is of this service
# description: >-
#   The plan's service is the one that kadian.yaml configures: the standard, the owners and the evidence are that one's.
# custom:
#   id: rollout/service
#   severity: critical
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C2
#   remedy: Judge the plan where its service is configured, or correct its `service`
deny contains finding if {
	own := object.get(input.gate.service, "name", null)
	own != null
	input.rollout.plan.service != own
	finding := {
		"msg": sprintf("The plan is of %s, and this is %s", [input.rollout.plan.service, own]),
		"expected": own,
		"actual": input.rollout.plan.service,
		"fingerprint": "rollout:service",
	}
}

# METADATA
# title: The service is configured
# description: >-
#   No kadian.yaml says which service this is, so that the plan is judged by the standard of a tier that nobody chose.
# custom:
#   id: rollout/unknown-service
#   severity: low
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C3
#   remedy: Name the service and its tier in kadian.yaml
warn contains finding if {
	object.get(input.gate.service, "name", null) == null
	finding := {
		"msg": sprintf("Nobody configured the service; the plan of %s is judged as one of tier %s", [
			input.rollout.plan.service, input.gate.service.tier,
		]),
		"fingerprint": "rollout:unknown-service",
	}
}

# METADATA
# title: The size of every batch is known
# description: >-
#   The plan counts instances, and neither the settings nor the evidence of capacity say how many a region has, so that no standard in
#   percent can be judged. Names the first ten batches.
# custom:
#   id: rollout/unknown-size
#   severity: high
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C3
#   remedy: State the region's instances in settings.rollout.instances or as evidence of capacity, or plan in percent
hold contains finding if {
	sizes_matter
	unknown := [sprintf("batch %d (%d%s)", [batch.number, object.get(batch, "instances", 0), of_region(object.get(batch, "region", null))]) |
		some batch in input.rollout.plan.batches
		percent_of(batch) == null
	]
	count(unknown) > 0
	finding := {
		"msg": sprintf("Nobody knows what share of its region %s: %s", [
			verb(count(unknown), "batch takes that counts instances", "batches take that count instances"), names(unknown),
		]),
		"expected": "the number of instances of each region, at least what the batch takes",
		"actual": "none, or fewer",
		"fingerprint": "rollout:unknown-size",
	}
}

# METADATA
# title: The plan is careful while the error budget is used up
# description: >-
#   An error budget is exhausted, and the change is of a type in `settings.rollout.tightened.types`: first batch and steps are
#   smaller by `step_factor` and soaks longer by `soak_factor`. A limit of 100 % is none and stays so. Judges all batches before the
#   start, and then the one that is about to. What already breaks the standard is not told twice.
# custom:
#   id: rollout/tightened
#   severity: high
#   stages: [rollout]
#   needs: [rollout]
#   requirement: D6
#   remedy: Plan smaller batches with longer soaks until budget is left again
deny contains finding if {
	count(exhausted) > 0
	input.rollout.plan.type in data.kadian.settings.rollout.tightened.types
	loose := array.concat(array.concat(loose_first, loose_steps), loose_soaks)
	count(loose) > 0
	finding := {
		"msg": sprintf("The error budget of %s is used up, so that the standard is tighter: %s", [
			names(exhausted), names(loose),
		]),
		"expected": concat(", ", tighter_standard),
		"actual": sprintf("%d of the plan's figures are looser", [count(loose)]),
		"fingerprint": "rollout:tightened",
	}
}

standard := data.kadian.settings.rollout.standards[input.rollout.plan.type]

this_kind := sprintf("a %s of tier %s", [kind_name, input.gate.service.tier])

kind_name := {
	"daily": "daily release",
	"hotfix": "hotfix",
	"rollback": "rollback",
	"config": "configuration change",
	"database": "database change",
	"data_correction": "data correction",
}[input.rollout.plan.type]

# Whether the standard says anything about sizes.
sizes_matter if standard.complete

sizes_matter if standard.max_first_percent < 100

sizes_matter if standard.max_step_percent < 100

# What each batch takes and adds, where that is known, in the order of the plan.
shares := [share | some share in {one.number: one | some one in shares_by_region}]

shares_by_region := [share |
	some region, numbers in of_each_region
	sorted := sort(numbers)
	some at, number in sorted
	percent := percent_of(input.rollout.plan.batches[number - 1])
	percent != null
	share := {
		"number": number,
		"region": region,
		"percent": percent,
		"step": hundredths(percent - reached(sorted, at)),
		"last": at == count(sorted) - 1,
	}
]

of_each_region[region] contains batch.number if {
	some batch in input.rollout.plan.batches
	region := region_name(batch)
}

# What runs the new version in the region before the batch at this place of its list.
reached(_, 0) := 0

reached(sorted, at) := before if {
	at > 0
	before := percent_of(input.rollout.plan.batches[sorted[at - 1] - 1])
	before != null
}

region_name(batch) := region if {
	region := object.get(batch, "region", null)
	region != null
} else := ""

percent_of(batch) := percent if {
	percent := object.get(batch, "percent", null)
	percent != null
} else := percent if {
	instances := object.get(batch, "instances", null)
	instances != null
	all := instances_of(region_name(batch))
	instances <= all
	all > 0
	percent := (instances * 100) / all
} else := null

# As the settings say, else as the evidence of capacity does; 0 when nobody does.
instances_of(region) := all if {
	all := object.get(data.kadian.settings.rollout.instances, region, null)
	all != null
} else := all if {
	all := object.get(data.kadian.settings.rollout.instances, "*", null)
	all != null
} else := max(array.concat([0], [running |
	some pool in object.get(input, ["capacity", "pools"], [])
	region_name(pool) == region
	running := object.get(pool, "running", null)
	running != null
]))

nowhere := [finding |
	without := [batch.number | some batch in input.rollout.plan.batches; region_name(batch) == ""]
	count(without) > 0
	finding := {
		"msg": sprintf("The plan names no region, so that nobody can see that one comes first, as it does for %s", [this_kind]),
		"expected": "a region in every batch",
		"actual": "none",
		"remedy": "Name the region of every batch, and give the plan a new id",
		"fingerprint": "rollout:no-region",
	}
]

mingled := [finding |
	regions := [region_name(batch) | some batch in input.rollout.plan.batches]
	home := regions[0]
	last := max([at | some at, region in regions; region == home])
	others := [sprintf("batch %d%s", [at + 1, of_region(region)]) | some at, region in regions; at < last; region != home]
	count(others) > 0
	finding := {
		"msg": sprintf("%s before %s is finished with batch %d: %s", [
			verb(count(others), "batch starts", "batches start"), home, last + 1, names(others),
		]),
		"expected": sprintf("all batches of %s before the others", [home]),
		"actual": sprintf("%s between", [times(count(others), "batch of another region", "batches of other regions")]),
		"fingerprint": "rollout:region-first",
	}
]

# Zero or one sentence about the suites that a batch does not name.
lacks(batch) := [sprintf("without %s", [names(missing)])] if {
	missing := [suite | some suite in standard.suites; not suite in batch.suites]
	count(missing) > 0
} else := [sprintf("%d of %d", [count(batch.suites), standard.min_suites])] if {
	count(batch.suites) < standard.min_suites
} else := []

wanted_suites := sprintf("%s in every batch", [names(standard.suites)]) if {
	count(standard.suites) > 0
} else := sprintf("at least %s in every batch", [times(standard.min_suites, "suite", "suites")])

exhausted := [label(objective) |
	some objective in object.get(input, ["slo", "objectives"], [])
	object.get(objective, "exhausted", null) == true
]

tighter_standard := array.concat(
	[sprintf("a first batch of at most %v %%", [first_limit]) | first_limit < 100],
	array.concat(
		[sprintf("steps of at most %v percentage points", [step_limit]) | step_limit < 100],
		[sprintf("soaks of at least %s", [length(soak_limit)]) | soak_limit > 0],
	),
)

first_limit := tighter(standard.max_first_percent)

step_limit := tighter(standard.max_step_percent)

soak_limit := ceil(standard.min_soak_seconds * data.kadian.settings.rollout.tightened.soak_factor)

tighter(limit) := 100 if {
	limit >= 100
} else := hundredths(limit * data.kadian.settings.rollout.tightened.step_factor)

loose_first := [sprintf("batch 1 takes %v %%, at most %v %% may be", [hundredths(share.percent), first_limit]) |
	some share in shares
	share.number == 1
	about_to_start(1)
	share.percent > first_limit
	share.percent <= standard.max_first_percent
]

loose_steps := [sprintf("batch %d adds %v percentage points, at most %v may be", [share.number, share.step, step_limit]) |
	some share in shares
	about_to_start(share.number)
	share.step > step_limit
	share.step <= standard.max_step_percent
]

loose_soaks := [sprintf("batch %d soaks %s, at least %s must be", [batch.number, length(batch.soak_seconds), length(soak_limit)]) |
	some batch in input.rollout.plan.batches
	about_to_start(batch.number)
	batch.soak_seconds < soak_limit
	batch.soak_seconds >= standard.min_soak_seconds
]

about_to_start(_) if input.rollout.phase == "plan"

about_to_start(number) if {
	input.rollout.phase == "before"
	number == object.get(input.rollout, ["batch", "number"], 0)
}

label(objective) := sprintf("%s of %s", [objective.name, api]) if {
	api := object.get(objective, "api", null)
	api != null
} else := objective.name

of_region(region) := sprintf(" of %s", [region]) if {
	region != null
	region != ""
} else := ""

verb(number, one, many) := times(number, one, many)

times(number, one, many) := sprintf("%d %s", [number, one]) if {
	number == 1
} else := sprintf("%d %s", [number, many])

# The first ten, and how many there are besides.
names(list) := concat(", ", list) if {
	count(list) <= 10
} else := sprintf("%s and %d more", [concat(", ", array.slice(list, 0, 10)), count(list) - 10])

length(seconds) := sprintf("%v d", [seconds / 86400]) if {
	seconds > 0
	seconds % 86400 == 0
} else := sprintf("%v h", [seconds / 3600]) if {
	seconds > 0
	seconds % 3600 == 0
} else := sprintf("%v min", [seconds / 60]) if {
	seconds > 0
	seconds % 60 == 0
} else := sprintf("%v s", [seconds])

hundredths(number) := round(number * 100) / 100
