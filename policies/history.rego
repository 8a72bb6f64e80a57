# METADATA
# title: Order and soak of a rollout
# description: >-
#   Judges a rollout by what the ledger says of it: batches go in their order, each is out, has soaked and was found sound
#   before the next one starts, the plan is the one that was recorded, and no other rollout of the service is under way. A
#   plan of type `rollback` is never held up by any of this; what would hold another one is reported.
package kadian.history

# METADATA
# title: The plan is the one that was recorded
# description: >-
#   A plan that was changed after it was recorded in the ledger has another digest, and so was never judged as a whole.
# custom:
#   id: history/plan-changed
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C3
#   remedy: Go on with the plan that was recorded, or give the changed one an id of its own
deny contains finding if {
	binding
	some finding in changed
}

# METADATA
# title: No batch failed or was taken back
# description: >-
#   A rollout of which a batch failed, or was taken back, does not go on.
# custom:
#   id: history/batch-failed
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C2
#   remedy: Take back what is still out, mend what failed, and make a plan with an id of its own
deny contains finding if {
	binding
	some finding in failed
}

# METADATA
# title: Batches bring the version of the plan
# description: >-
#   A batch was recorded under another version of the plan, or brought another version of the service.
# custom:
#   id: history/other-version
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C2
#   remedy: Take the rollout back, and roll out one version with one plan
deny contains finding if {
	binding
	some finding in mixed
}

# METADATA
# title: No later rollout came before the end of this one
# description: >-
#   A rollout of the service that began after this one is out with all of its batches, so that this one would undo it.
# custom:
#   id: history/replaced
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C2
#   remedy: End this rollout, and make a plan that starts from the version that runs now
deny contains finding if {
	binding
	some finding in replaced
}

# METADATA
# title: No batch was started against the gate
# description: >-
#   Before a batch, none before it was started although the last decision had held or blocked it. What stood in its way is not
#   in order because the batch is out.
# custom:
#   id: history/against
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C2
#   remedy: Take that batch back, or judge it again with `kadian check rollout --phase before`; a pass mends this
deny contains finding if {
	binding
	some finding in against
}

# METADATA
# title: A rollback leads back
# description: >-
#   A plan of type `rollback` passes by much of what holds others, so it has to be one: it was not recorded under another type,
#   and does not lead to a version that a rollout forward began to bring and did not finish well.
# custom:
#   id: history/no-way-back
#   severity: critical
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C5
#   remedy: Give the way back a plan of its own, from the version that is bad to the one that ran before it
deny contains finding if {
	not binding
	some finding in disguised
}

# METADATA
# title: The batches before are out
# description: >-
#   Before a batch, every earlier batch of the plan is recorded as done.
# custom:
#   id: history/previous-batch
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C2
#   remedy: Finish the earlier batch and record it with `kadian ledger record batch --state done`
hold contains finding if {
	binding
	some finding in earlier
}

# METADATA
# title: The soak is over
# description: >-
#   Before a batch, the one before it has soaked as long as the plan says, or as a window of the freeze calendar asks. In its
#   soak a batch is not found sound before that time: a fault that takes a while to show would be missed.
# custom:
#   id: history/soak
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C3
#   remedy: Wait; nothing is wrong so far
hold contains finding if {
	binding
	some finding in soaking
}

# METADATA
# title: The soak was found sound
# description: >-
#   Before a batch, the last decision in the soak of the one before it did not stop it. Where
#   `settings.history.require_soak_decision` says so, there has to be one, and it has to be a pass.
# custom:
#   id: history/soak-verdict
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C2
#   remedy: Judge the soak of that batch with `kadian check rollout --phase soak` until it passes, or roll back
hold contains finding if {
	binding
	some finding in unsound
}

# METADATA
# title: The batch that soaks is out
# description: >-
#   In the soak phase, the batch is recorded as done.
# custom:
#   id: history/not-out
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C2
#   remedy: Record the batch with `kadian ledger record batch --state done` once its deployment is through
hold contains finding if {
	binding
	some finding in not_out
}

# METADATA
# title: The batch is not under way
# description: >-
#   Before a batch, it is not recorded as started, and no batch after it is recorded at all.
# custom:
#   id: history/under-way
#   severity: medium
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C2
#   remedy: Record how its deployment ended, as done or as failed
hold contains finding if {
	binding
	some finding in under_way
}

# METADATA
# title: The batch is new
# description: >-
#   The batch is recorded as done and no later one has begun; deployed again, it has to soak again.
# custom:
#   id: history/repeated
#   severity: low
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C2
#   remedy: Go on with its soak, unless it is meant to be deployed again
warn contains finding if {
	binding
	some finding in repeated
}

# METADATA
# title: No other rollout of the service is under way
# description: >-
#   Before a batch, no other rollout of the service runs that began earlier, or that goes first by its type. Types of
#   `settings.history.lanes` do not wait.
# custom:
#   id: history/other-rollout
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C2
#   remedy: Wait for its end, or take it back; a rollout that nobody is behind any more is passed over after a while
hold contains finding if {
	binding
	not lane
	some finding in others
}

# METADATA
# title: Another rollout is passed by
# description: >-
#   The rollout's type does not wait for another rollout of the service, which is under way.
# custom:
#   id: history/passed-by
#   severity: medium
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C2
#   remedy: Tell the people behind the other rollout; it has to start anew from what runs then
warn contains finding if {
	binding
	lane
	some finding in others
}

# METADATA
# title: No recovery is under way
# description: >-
#   No recovery of this rollout, or of another one of the service, has begun and is not through.
# custom:
#   id: history/recovery
#   severity: critical
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: F5
#   remedy: Let the recovery run to its end, or resume it with `kadian rollback`
hold contains finding if {
	binding
	some finding in recoveries
}

# METADATA
# title: Each batch was let pass before it was started
# description: >-
#   A batch was started that no decision had let pass, or longer ago than `settings.history.reserved_for`: what it was to be
#   held against was never looked at, or has changed since.
# custom:
#   id: history/unjudged
#   severity: medium
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C2
#   remedy: Ask `kadian check rollout --phase before` in the pipeline, right before each batch
warn contains finding if {
	binding
	some finding in unjudged
}

# METADATA
# title: No rollout was left alone
# description: >-
#   A rollout of the service was started, not finished, and nobody has been heard of it for `settings.history.abandoned_after`.
# custom:
#   id: history/abandoned
#   severity: medium
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C2
#   remedy: Find out which version runs where, and record how that rollout ended
warn contains finding if {
	some rollout in input.history.abandoned
	finding := {
		"msg": sprintf("Rollout %s: batch %d %s %s, and nothing was heard of it since", [
			rollout.plan, rollout.batch, stage(rollout), rollout.since,
		]),
		"expected": "a rollout that is finished or taken back",
		"actual": sprintf("silent since before %s", [rollout.silent_until]),
		"fingerprint": sprintf("history:abandoned:%s", [rollout.plan]),
	}
}

# METADATA
# title: The version to return to is trusted
# description: >-
#   The ledger knows a decision that let the version to return to pass, and no failure of it since.
# custom:
#   id: history/return
#   severity: low
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C5
#   remedy: Make sure that the version to return to runs soundly before the first batch starts
warn contains finding if {
	input.rollout.phase != "soak"
	is_null(object.get(input.history, "trusted", null))
	finding := {
		"msg": sprintf("Nothing in the ledger says that version %s, to which %s, is sound", [returns.to, returns.by]),
		"expected": "a passing decision about it",
		"actual": "none",
	}
}

# METADATA
# title: The clock is not behind the ledger
# description: >-
#   The clock is behind the ledger's newest entry by no more than `settings.history.max_clock_skew`. By a clock that is wrong, a
#   freeze, a soak and a limit would end at another time than they do.
# custom:
#   id: history/clock
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C3
#   remedy: >-
#     Put the clock of this machine right. If an entry was made by a clock that was ahead, two people can say so with `kadian ledger
#     record override --subject clock`
hold contains finding if {
	binding
	count(clock_exceptions) == 0
	some finding in clock
}

# METADATA
# title: The clock of the ledger was overridden
# description: >-
#   The clock is behind the ledger's newest entry, and two people said that it is the ledger's time that is wrong.
# custom:
#   id: history/clock-overridden
#   severity: high
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C3
#   remedy: Find out which machine's clock was ahead; soaks are not counted until the others have caught up
warn contains finding if {
	binding
	count(clock) > 0
	some exception in clock_exceptions
	finding := {
		"msg": sprintf("The ledger's clock is overridden by %s until %s: %s", [
			concat(" and ", exception.by), exception.until, exception.reason,
		]),
		"expected": "a clock that is not behind the ledger",
		"actual": sprintf("%s behind", [duration(input.history.clock_behind_seconds)]),
		"fingerprint": sprintf("history:clock-overridden:%s", [exception.at]),
	}
}

# METADATA
# title: What a rollback does not wait for
# description: >-
#   A plan of type `rollback` goes on whatever the ledger says; what would hold or block another plan is listed.
# custom:
#   id: history/rollback
#   severity: low
#   stages: [rollout]
#   needs: [rollout, history]
#   requirement: C5
#   remedy: Finish the rollback first; look at this afterwards
warn contains finding if {
	not binding
	some findings in [changed, failed, mixed, replaced, against, earlier, soaking, unsound, not_out, under_way, repeated, others, recoveries, clock]
	some finding in findings
}

binding if input.rollout.plan.type != "rollback"

returns := {"to": input.rollout.plan.from, "by": "a rollback returns"} if {
	binding
} else := {"to": input.rollout.plan.to, "by": "this rollback leads"}

clock := [finding |
	behind := input.history.clock_behind_seconds
	behind > seconds(data.kadian.settings.history.max_clock_skew)
	finding := {
		"msg": sprintf("The clock is %s behind the newest entry of the ledger", [duration(behind)]),
		"expected": sprintf("at most %s", [data.kadian.settings.history.max_clock_skew]),
		"actual": duration(behind),
		"fingerprint": "history:clock",
	}
]

clock_exceptions := [exception |
	some exception in input.history.overrides
	exception.subject == "clock"
	exception.active
]

# A length of time as settings write it: `1h30m`.
seconds(text) := sum([product |
	some part in regex.find_n(`[0-9]+[smhdw]`, text, -1)
	last := count(part) - 1
	product := to_number(substring(part, 0, last)) * {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[substring(part, last, 1)]
])

lane if {
	some type in data.kadian.settings.history.lanes
	type == input.rollout.plan.type
}

# The batch that is judged and the one before it; null where there is none.
batch := object.get(input.rollout, "batch", null)

previous := object.get(input.rollout, "previous", null)

# As recorded, by number; nothing where it was not.
recorded(number) := found if {
	some found in input.history.batches
	found.number == number
}

changed := [finding |
	digest := object.get(input.history, "plan_digest", null)
	digest != null
	digest != input.rollout.digest
	finding := {
		"msg": sprintf("Plan %s was changed after it was recorded", [input.rollout.plan.id]),
		"expected": sprintf("digest %s", [substring(digest, 0, 12)]),
		"actual": sprintf("digest %s", [substring(input.rollout.digest, 0, 12)]),
		"fingerprint": sprintf("history:plan:%s", [input.rollout.plan.id]),
	}
]

failed := [finding |
	some one in input.history.batches
	word := {"failed": "failed", "rolled_back": "was taken back"}[one.state]
	finding := told(one.number, {
		"msg": sprintf("Batch %d %s, so the rollout does not go on", [one.number, word]),
		"expected": "no batch that failed or was taken back",
		"actual": sprintf("batch %d %s", [one.number, word]),
	})
]

mixed := array.concat(
	[finding |
		some one in input.history.batches
		one.version != input.rollout.plan.to
		finding := told(one.number, {
			"msg": sprintf("Batch %d brought version %s, but the plan brings %s", [one.number, one.version, input.rollout.plan.to]),
			"expected": input.rollout.plan.to,
			"actual": one.version,
		})
	],
	[finding |
		some one in input.history.batches
		one.version == input.rollout.plan.to
		one.other_plan
		finding := told(one.number, {
			"msg": sprintf("Batch %d was recorded under another version of the plan", [one.number]),
			"expected": "one plan for all batches",
			"actual": "another plan",
		})
	],
)

replaced := [finding |
	input.rollout.phase == "before"
	other := object.get(input.history, "replaced_by", null)
	other != null
	finding := {
		"msg": sprintf("Rollout %s began after this one and is out with all of its batches", [other]),
		"expected": sprintf("%s runs where this plan has not been", [input.rollout.plan.from]),
		"actual": sprintf("what %s brought", [other]),
		"fingerprint": sprintf("history:replaced:%s", [other]),
	}
]

against := [finding |
	input.rollout.phase == "before"
	some one in input.history.batches
	one.number < batch.number
	one.state in {"started", "done"}
	stopped(one)
	finding := told(one.number, {
		"msg": sprintf("Batch %d was started although the gate had said %s", [one.number, one.before_verdict]),
		"expected": "a batch that was let pass",
		"actual": one.before_verdict,
	})
]

unjudged := [finding |
	some one in input.history.batches
	one.state in {"started", "done"}
	not one.reserved
	not blocks(one)
	finding := told(one.number, {
		"msg": sprintf("Batch %d was started, and %s", [one.number, lacking(object.get(one, "before_verdict", null))]),
		"expected": "a pass right before it",
		"actual": lacking(object.get(one, "before_verdict", null)),
	})
]

# Whether `against` speaks of it.
blocks(one) if {
	input.rollout.phase == "before"
	one.number < batch.number
	stopped(one)
}

stopped(one) if {
	not one.reserved
	object.get(one, "before_verdict", null) in {"hold", "block", "rollback"}
}

lacking(null) := "no decision had let it pass"

lacking(verdict) := "the decision that let it pass was too old" if verdict == "pass"

lacking(verdict) := sprintf("the gate had said %s", [verdict]) if {
	verdict != null
	verdict != "pass"
}

disguised := array.concat(
	[finding |
		recorded_as := object.get(input.history, "recorded_type", null)
		recorded_as != null
		recorded_as != "rollback"
		finding := {
			"msg": sprintf("Plan %s was recorded with type %s, and now says rollback", [input.rollout.plan.id, recorded_as]),
			"expected": sprintf("type %s", [recorded_as]),
			"actual": "type rollback",
			"fingerprint": sprintf("history:type:%s", [input.rollout.plan.id]),
		}
	],
	[finding |
		other := object.get(input.history, "same_way", null)
		other != null
		finding := {
			"msg": sprintf("Rollout %s brought version %s and is not finished well: to go there is no way back", [
				other, input.rollout.plan.to,
			]),
			"expected": "a version that ran before",
			"actual": sprintf("what %s brought", [other]),
			"fingerprint": sprintf("history:way:%s", [other]),
		}
	],
)

earlier := [finding |
	input.rollout.phase == "before"
	some one in input.rollout.plan.batches
	one.number < batch.number
	state := progress(one.number)
	finding := told(one.number, {
		"msg": sprintf("Batch %d %s, and batch %d comes after it", [one.number, state, batch.number]),
		"expected": sprintf("batch %d done", [one.number]),
		"actual": short(state),
	})
]

not_out := [finding |
	input.rollout.phase == "soak"
	state := progress(batch.number)
	finding := told(batch.number, {
		"msg": sprintf("Batch %d %s, so nothing of it can soak", [batch.number, state]),
		"expected": "a batch that is done",
		"actual": short(state),
	})
]

# Nothing for a batch that is done, and for one that failed: history/batch-failed speaks of that.
progress(number) := "was not started" if {
	not recorded(number)
}

progress(number) := "is still being deployed" if recorded(number).state == "started"

short(state) := trim_prefix(trim_prefix(state, "is "), "was ")

# The batch whose soak has to be over: in the soak phase the one that is judged.
soaks := batch if {
	input.rollout.phase == "soak"
} else := previous if {
	input.rollout.phase == "before"
} else := null

soaking := [finding |
	soaks != null
	done := recorded(soaks.number)
	done.state == "done"
	needed := required_soak
	soaked := object.get(done, "soaked_seconds", null)
	left := needed - soaked
	left > 0
	finding := told(soaks.number, {
		"msg": sprintf("Batch %d has soaked %s of %s", [soaks.number, duration(soaked), duration(needed)]),
		"expected": duration(needed),
		"actual": duration(soaked),
		"distance": sprintf("%s more", [duration(left)]),
		"ready_in_seconds": left,
	})
]

required_soak := max(array.concat([soaks.soak_seconds], [asked |
	some freeze in input.rollout.freezes
	not freeze.lane
	is_null(object.get(freeze, "broken", null))
	asked := object.get(freeze.asks, "min_soak_seconds", null)
	asked != null
]))

unsound := [finding |
	input.rollout.phase == "before"
	previous != null
	done := recorded(previous.number)
	done.state == "done"
	count(soaking) == 0
	verdict := object.get(done, "soak_verdict", null)
	doubtful(verdict)
	finding := told(previous.number, {
		"msg": sprintf("The soak of batch %d %s", [previous.number, judged(verdict)]),
		"expected": "the last decision in its soak is pass",
		"actual": judged(verdict),
	})
]

doubtful(verdict) if verdict in {"block", "rollback"}

doubtful(verdict) if {
	data.kadian.settings.history.require_soak_decision
	verdict != "pass"
}

judged(null) := "was never judged"

judged(verdict) := sprintf("was judged last as %s", [verdict]) if verdict != null

under_way := array.concat(
	[finding |
		input.rollout.phase == "before"
		one := recorded(batch.number)
		one.state == "started"
		finding := told(batch.number, {
			"msg": sprintf("Batch %d is already being deployed", [batch.number]),
			"expected": "a batch that has not begun",
			"actual": "started",
		})
	],
	[finding |
		input.rollout.phase == "before"
		some one in input.history.batches
		one.number > batch.number
		one.state in {"started", "done"}
		finding := told(one.number, {
			"msg": sprintf("Batch %d has begun, so batch %d cannot start any more", [one.number, batch.number]),
			"expected": "no later batch",
			"actual": sprintf("batch %d", [one.number]),
		})
	],
)

repeated := [finding |
	input.rollout.phase == "before"
	one := recorded(batch.number)
	one.state == "done"
	count(under_way) == 0
	finding := told(batch.number, {
		"msg": sprintf("Batch %d is done; deployed again, it has to soak again", [batch.number]),
		"expected": "a batch that has not begun",
		"actual": "done",
	})
]

others := [finding |
	input.rollout.phase == "before"
	some other in input.history.others
	goes_first(other)
	finding := {
		"msg": sprintf("Rollout %s of %s is under way: batch %d %s %s", [
			other.plan, input.rollout.plan.service, other.batch, stage(other), other.since,
		]),
		"expected": "no other rollout of the service",
		"actual": other.plan,
		"fingerprint": sprintf("history:other:%s", [other.plan]),
	}
]

goes_first(other) if other.earlier

goes_first(other) if {
	some type in data.kadian.settings.history.lanes
	type == object.get(other, "type", null)
}

stage(other) := word if {
	word := object.get(
		{"started": "is being deployed since", "done": "soaks since", "failed": "failed at", "rolled_back": "was taken back at"},
		object.get(other, "state", null), null,
	)
	word != null
} else := "was let pass at"

recoveries := array.concat(
	[finding |
		input.rollout.phase != "plan"
		recovery := object.get(input.history, "recovery", null)
		recovery != null
		finding := {
			"msg": sprintf("The recovery %s of this rollout %s", [recovery.run, {"started": "is under way", "failed": "failed"}[recovery.state]]),
			"expected": "no recovery, or one that is through",
			"actual": recovery.state,
			"fingerprint": sprintf("history:recovery:%s", [recovery.run]),
		}
	],
	[finding |
		input.rollout.phase == "before"
		some other in input.history.others
		run := object.get(other, "recovery", null)
		run != null
		finding := {
			"msg": sprintf("The recovery %s of rollout %s is under way", [run, other.plan]),
			"expected": "no recovery of the service",
			"actual": "started",
			"fingerprint": sprintf("history:recovery:%s", [run]),
		}
	],
)

told(number, finding) := object.union(finding, {
	"batch": number,
	"fingerprint": sprintf("history:%s:%d", [input.rollout.plan.id, number]),
})

duration(seconds) := sprintf("%d s", [seconds]) if {
	seconds < 120
} else := sprintf("%d min", [floor(seconds / 60)]) if {
	seconds < 7200
	seconds % 60 == 0
} else := sprintf("%d min %d s", [floor(seconds / 60), seconds % 60]) if {
	seconds < 7200
} else := sprintf("%d h %d min", [floor(seconds / 3600), floor((seconds % 3600) / 60)])
