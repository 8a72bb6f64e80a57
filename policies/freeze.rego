# METADATA
# title: The freeze calendar
# description: >-
#   Judges a rollout by the windows of the calendar that hold now: hard ones stop what starts, the others ask for smaller steps and
#   longer soaks. Types with a lane go through, and so does a rollout for which two people broke the glass; that is always shown.
package kadian.freeze

import data.kadian.rollout

# METADATA
# title: Nothing starts in a hard freeze
# description: >-
#   A hard window of the calendar holds, the type of change has no lane through it, and nobody broke the glass.
# custom:
#   id: freeze/hard
#   severity: high
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C6
#   remedy: Wait for the window's end; in an emergency release a hotfix, or let two people break the glass with a reason
deny contains finding if {
	input.rollout.phase == "before"
	some window in holding
	window.hard
	finding := {
		"msg": sprintf("Nothing starts in the freeze %s until %s%s", [window.name, window.ends_at, because(window)]),
		"expected": "no hard freeze",
		"actual": sprintf("%s since %s", [window.name, window.starts_at]),
		"distance": sprintf("ends in %s", [rough(ends_in(window))]),
		"ready_in_seconds": ends_in(window),
		"fingerprint": sprintf("freeze:hard:%s", [window.name]),
	}
}

# METADATA
# title: Steps are as small as the calendar asks
# description: >-
#   A window holds that asks for steps of at most `max_step_percent`, and the batch adds more of its region.
# custom:
#   id: freeze/step
#   severity: high
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C6
#   remedy: Wait for the window's end, or plan smaller batches under a new id
hold contains finding if {
	input.rollout.phase == "before"
	some window in holding
	most := object.get(window, ["asks", "max_step_percent"], null)
	most != null
	some share in rollout.shares
	share.number == batch_number
	share.step > most
	finding := {
		"msg": sprintf("Batch %d adds %v percentage points; %s asks for at most %v until %s%s", [
			share.number, share.step, window.name, most, window.ends_at, because(window),
		]),
		"expected": sprintf("at most %v percentage points", [most]),
		"actual": sprintf("%v", [share.step]),
		"distance": sprintf("%v percentage points less", [hundredths(share.step - most)]),
		"ready_in_seconds": ends_in(window),
		"fingerprint": sprintf("freeze:step:%s", [window.name]),
	}
}

# METADATA
# title: The step is known where the calendar limits it
# description: >-
#   A window holds that limits steps in percent, and nobody knows how much of its region the batch adds.
# custom:
#   id: freeze/unknown-step
#   severity: high
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C6
#   remedy: State the region's instances in settings.rollout.instances, plan in percent, or wait for the window's end
hold contains finding if {
	input.rollout.phase == "before"
	some window in holding
	most := object.get(window, ["asks", "max_step_percent"], null)
	most != null
	count([share | some share in rollout.shares; share.number == batch_number]) == 0
	finding := {
		"msg": sprintf("Nobody knows what share of its region batch %d adds; %s asks for at most %v percentage points until %s%s", [
			batch_number, window.name, most, window.ends_at, because(window),
		]),
		"expected": sprintf("at most %v percentage points", [most]),
		"actual": "unknown",
		"ready_in_seconds": ends_in(window),
		"fingerprint": sprintf("freeze:unknown-step:%s", [window.name]),
	}
}

# METADATA
# title: Soaks are planned as long as the calendar asks
# description: >-
#   A window holds that asks for soaks of at least `min_soak`, and the batch plans a shorter one.
# custom:
#   id: freeze/soak
#   severity: high
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C6
#   remedy: Wait for the window's end, or plan a longer soak under a new id
hold contains finding if {
	input.rollout.phase == "before"
	some window in holding
	least := object.get(window, ["asks", "min_soak_seconds"], null)
	least != null
	soak := object.get(input.rollout, ["batch", "soak_seconds"], 0)
	soak < least
	finding := {
		"msg": sprintf("Batch %d soaks %s; %s asks for at least %s until %s%s", [
			batch_number, length(soak), window.name, length(least), window.ends_at, because(window),
		]),
		"expected": sprintf("at least %s", [length(least)]),
		"actual": length(soak),
		"distance": sprintf("%s longer", [length(least - soak)]),
		"ready_in_seconds": ends_in(window),
		"fingerprint": sprintf("freeze:soak:%s", [window.name]),
	}
}

# METADATA
# title: The batch soaks as long as the calendar asks
# description: >-
#   A batch is out in a window that asks for a longer soak than its plan, and has not soaked so long yet. What the ledger does not
#   know has not soaked at all.
# custom:
#   id: freeze/soaking
#   severity: medium
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C6
#   remedy: Let the batch soak on
hold contains finding if {
	input.rollout.phase == "soak"
	some window in holding
	least := object.get(window, ["asks", "min_soak_seconds"], null)
	least != null
	least > object.get(input.rollout, ["batch", "soak_seconds"], 0)
	soaked := max(array.concat([0], soaked_seconds))
	soaked < least
	left := min([least - soaked, ends_in(window)])
	finding := {
		"msg": sprintf("Batch %d has soaked %s; %s asks for at least %s%s", [
			batch_number, rough(soaked), window.name, length(least), because(window),
		]),
		"expected": sprintf("at least %s", [length(least)]),
		"actual": rough(soaked),
		"distance": sprintf("%s more", [rough(left)]),
		"ready_in_seconds": left,
		"fingerprint": sprintf("freeze:soaking:%s", [window.name]),
	}
}

# METADATA
# title: The plan meets no window
# description: >-
#   The plan itself is judged while a window of the calendar holds. Nothing starts yet, so that this only tells what would be asked
#   of a batch now.
# custom:
#   id: freeze/planned
#   severity: low
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C6
#   remedy: Start after the window's end, or plan as it asks
warn contains finding if {
	input.rollout.phase == "plan"
	some window in holding
	finding := {
		"msg": sprintf("%s holds until %s%s: %s", [window.name, window.ends_at, because(window), asks(window)]),
		"ready_in_seconds": ends_in(window),
		"fingerprint": sprintf("freeze:planned:%s", [window.name]),
	}
}

# METADATA
# title: No window begins while the batch soaks
# description: >-
#   A window of the calendar begins before the soak is over (of the plan itself, before its soaks are over one after the other). A
#   hard one stops the batches that follow, and leaves two versions side by side.
# custom:
#   id: freeze/ahead
#   severity: medium
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C6
#   remedy: Start after the window's end, or make sure that the rollout may rest where it then stands
warn contains finding if {
	window := object.get(input.rollout, "next_freeze", null)
	window != null
	not object.get(window, "lane", false)
	object.get(window, "broken", null) == null
	begins := seconds_until(window.starts_at)
	begins < soak_ahead
	finding := {
		"msg": sprintf("%s begins in %s, before the soak of %s is over%s: %s", [
			window.name, rough(begins), rough(soak_ahead), because(window), asks(window),
		]),
		"expected": sprintf("no window within %s", [rough(soak_ahead)]),
		"actual": sprintf("%s at %s", [window.name, window.starts_at]),
		"fingerprint": sprintf("freeze:ahead:%s", [window.name]),
	}
}

# METADATA
# title: The glass is whole
# description: >-
#   Somebody broke the glass of a window for this rollout. That is shown in every decision about it, also when the window or the
#   exception is over.
# custom:
#   id: freeze/broken-glass
#   severity: high
#   stages: [rollout]
#   needs: [rollout]
#   requirement: C6
#   remedy: Watch this rollout more closely than others, and look back on the exception afterwards
warn contains finding if {
	some subject, words in exceptions
	finding := {
		"msg": sprintf("The glass of %s was broken for this rollout %s", [trim_prefix(subject, "freeze:"), concat("; ", words)]),
		"expected": "no exception",
		"actual": sprintf("%d recorded", [count(words)]),
		"fingerprint": sprintf("freeze:broken:%s", [subject]),
	}
}

# The windows that ask something of this rollout.
holding := [window |
	some window in input.rollout.freezes
	not window.lane
	object.get(window, "broken", null) == null
]

# Every exception of this rollout: those that let it through now, and those that the ledger remembers. By window, in words.
exceptions[subject] contains told(window.broken) if {
	some window in input.rollout.freezes
	object.get(window, "broken", null) != null
	subject := sprintf("freeze:%s", [window.name])
}

exceptions[exception.subject] contains told(exception) if {
	some exception in object.get(input, ["history", "overrides"], [])
	startswith(exception.subject, "freeze:")
}

told(glass) := sprintf("by %s until %s: %s", [concat(" and ", glass.by), glass.until, glass.reason])

batch_number := object.get(input.rollout, ["batch", "number"], 0)

soaked_seconds := [soaked |
	some batch in object.get(input, ["history", "batches"], [])
	batch.number == batch_number
	soaked := object.get(batch, "soaked_seconds", null)
	soaked != null
]

soak_ahead := soak if {
	soak := object.get(input.rollout, ["batch", "soak_seconds"], null)
	soak != null
} else := sum([batch.soak_seconds | some batch in input.rollout.plan.batches])

ends_in(window) := seconds_until(window.ends_at)

# Never negative, and never too short.
seconds_until(moment) := max([0, ceil((time.parse_rfc3339_ns(moment) - time.parse_rfc3339_ns(input.gate.now)) / 1000000000)])

asks(window) := "nothing starts" if {
	window.hard
} else := concat(", ", array.concat(
	[sprintf("steps of at most %v percentage points", [step]) |
		step := object.get(window, ["asks", "max_step_percent"], null)
		step != null
	],
	array.concat(
		[sprintf("soaks of at least %s", [length(soak)]) |
			soak := object.get(window, ["asks", "min_soak_seconds"], null)
			soak != null
		],
		[sprintf("evidence of %s", [concat(", ", window.asks.gates)]) | count(window.asks.gates) > 0],
	),
))

because(window) := sprintf(" (%s)", [reason]) if {
	reason := object.get(window, "reason", null)
	reason != null
} else := ""

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

# For a person who looks at a clock: no second too few.
rough(seconds) := sprintf("%v s", [seconds]) if {
	seconds < 60
} else := sprintf("%v min", [ceil(seconds / 60)]) if {
	seconds < 7200
} else := sprintf("%v h", [ceil(seconds / 3600)]) if {
	seconds < 172800
} else := sprintf("%v d", [ceil(seconds / 86400)])

hundredths(number) := round(number * 100) / 100
