package kadian.history_test

import data.kadian.history

settings := {"history": {"lanes": ["hotfix", "rollback"], "require_soak_decision": false, "max_clock_skew": "1m"}}

one := {"number": 1, "region": "east", "percent": 5, "instances": null, "soak_seconds": 1800, "suites": [], "gates": []}

two := {"number": 2, "region": "east", "percent": 100, "instances": null, "soak_seconds": 1800, "suites": [], "gates": []}

plan := {"id": "p", "service": "pay", "type": "daily", "from": "1", "to": "2", "batches": [one, two]}

done(number, changes) := object.union(
	{
		"number": number,
		"state": "done",
		"started_at": "2026-01-01T00:00:00Z",
		"done_at": "2026-01-01T00:10:00Z",
		"soaked_seconds": 1800,
		"version": "2",
		"other_plan": false,
		"soak_verdict": "pass",
		"reserved": true,
		"before_verdict": "pass",
	},
	changes,
)

rollout(phase, changes) := object.union(
	{
		"status": "known",
		"plan": plan,
		"digest": "abcdefabcdefabcdef",
		"phase": phase,
		"batch": {"plan": null, "before": two, "soak": one}[phase],
		"previous": {"plan": null, "before": one, "soak": null}[phase],
		"freezes": [],
		"next_freeze": null,
	},
	changes,
)

past(changes) := object.union(
	{
		"status": "known",
		"plan_digest": "abcdefabcdefabcdef",
		"recorded_type": "daily",
		"same_way": null,
		"batches": [done(1, {})],
		"looks": 0,
		"clock_behind_seconds": 0,
		"reserved": false,
		"others": [],
		"abandoned": [],
		"replaced_by": null,
		"flow": [],
		"overrides": [],
		"trusted": {"version": "1"},
		"recovery": null,
	},
	changes,
)

document(phase, history_changes, rollout_changes) := {
	"rollout": rollout(phase, rollout_changes),
	"history": past(history_changes),
}

denied(document) := {finding.msg |
	found := history.deny with input as document with data.kadian.settings as settings
	some finding in found
}

held(document) := {finding.msg |
	found := history.hold with input as document with data.kadian.settings as settings
	some finding in found
}

warned(document) := {finding.msg |
	found := history.warn with input as document with data.kadian.settings as settings
	some finding in found
}

silent(document) if {
	denied(document) == set()
	held(document) == set()
	warned(document) == set()
}

clock_message := "The clock is 61 s behind the newest entry of the ledger"

test_a_clock_a_little_behind_the_ledger_is_none if silent(document("before", {"clock_behind_seconds": 60}, {}))

test_a_clock_behind_the_ledger_holds_every_phase if {
	every phase in ["plan", "before"] {
		clock_message in held(document(phase, {"clock_behind_seconds": 61}, {}))
	}
	clock_message in held(document("soak", {"clock_behind_seconds": 61}, {}))
}

test_the_skew_is_a_setting if {
	longer := object.union(settings, {"history": {"max_clock_skew": "1h1m30s"}})
	late := document("before", {"clock_behind_seconds": 3691}, {})
	count(history.hold) == 1 with input as late with data.kadian.settings as longer
	early := document("before", {"clock_behind_seconds": 3690}, {})
	count(history.hold) == 0 with input as early with data.kadian.settings as longer
}

test_a_clock_behind_the_ledger_is_told_of_a_rollback if {
	back := document("before", {"clock_behind_seconds": 61}, {"plan": object.union(plan, {"type": "rollback"})})
	held(back) == set()
	clock_message in warned(back)
}

clock_exception(active) := {
	"subject": "clock",
	"reason": "a runner was ahead",
	"by": ["ana", "bo"],
	"at": "2026-01-01T00:00:00Z",
	"until": "2026-01-01T02:00:00Z",
	"active": active,
}

test_two_people_may_say_that_the_ledger_is_wrong if {
	wrong := document("before", {"clock_behind_seconds": 61, "overrides": [clock_exception(true)]}, {})
	held(wrong) == set()
	"The ledger's clock is overridden by ana and bo until 2026-01-01T02:00:00Z: a runner was ahead" in warned(wrong)
	ended := document("before", {"clock_behind_seconds": 61, "overrides": [clock_exception(false)]}, {})
	clock_message in held(ended)
	silent(document("before", {"overrides": [clock_exception(true)]}, {}))
}

test_a_batch_after_one_that_is_sound_passes if silent(document("before", {}, {}))

test_the_first_batch_needs_no_batch_before_it if {
	silent(document("before", {"batches": []}, {"batch": one, "previous": null}))
}

test_a_plan_that_nothing_is_known_of_passes if {
	silent(document("plan", {"batches": [], "plan_digest": null}, {}))
}

test_a_soak_that_is_over_passes if silent(document("soak", {"batches": [done(1, {"soak_verdict": null})]}, {}))

test_a_changed_plan_is_denied_in_every_phase if {
	every phase in ["plan", "before", "soak"] {
		denied(document(phase, {"plan_digest": "0123456789abcdef"}, {})) == {"Plan p was changed after it was recorded"}
	}
}

test_an_earlier_batch_that_is_absent_or_under_way_holds if {
	held(document("before", {"batches": []}, {})) == {"Batch 1 was not started, and batch 2 comes after it"}
	under := done(1, {"state": "started", "done_at": null, "soaked_seconds": null, "soak_verdict": null})
	held(document("before", {"batches": [under]}, {})) == {"Batch 1 is still being deployed, and batch 2 comes after it"}
}

test_a_batch_that_failed_or_was_taken_back_is_denied if {
	lost := {"soaked_seconds": null, "soak_verdict": null}
	denied(document("before", {"batches": [done(1, object.union(lost, {"state": "failed"}))]}, {})) == {"Batch 1 failed, so the rollout does not go on"}
	denied(document("soak", {"batches": [done(1, object.union(lost, {"state": "rolled_back"}))]}, {})) == {"Batch 1 was taken back, so the rollout does not go on"}
}

test_a_soak_holds_until_the_second_that_it_is_over if {
	short := document("before", {"batches": [done(1, {"soaked_seconds": 1799})]}, {})
	found := history.hold with input as short with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "Batch 1 has soaked 29 min 59 s of 30 min"
	finding.ready_in_seconds == 1
	finding.distance == "1 s more"
	silent(document("before", {"batches": [done(1, {"soaked_seconds": 1800})]}, {}))
}

test_a_clock_that_went_back_holds_for_the_whole_soak if {
	back := document("before", {"batches": [done(1, {"soaked_seconds": 0})]}, {})
	held(back) == {"Batch 1 has soaked 0 s of 30 min"}
}

test_a_soak_is_not_found_sound_before_it_is_over if {
	held(document("soak", {"batches": [done(1, {"soaked_seconds": 60})]}, {})) == {"Batch 1 has soaked 60 s of 30 min"}
}

freeze(changes) := object.union(
	{
		"name": "sale",
		"lane": false,
		"broken": null,
		"asks": {"gates": [], "max_step_percent": null, "min_soak_seconds": 7200},
	},
	changes,
)

test_a_window_may_ask_for_a_longer_soak if {
	held(document("before", {}, {"freezes": [freeze({})]})) == {"Batch 1 has soaked 30 min of 2 h 0 min"}
	silent(document("before", {}, {"freezes": [freeze({"lane": true})]}))
	silent(document("before", {}, {"freezes": [freeze({"broken": {"reason": "r", "by": ["a", "b"]}})]}))
	silent(document("before", {}, {"freezes": [freeze({"asks": {"gates": [], "max_step_percent": 5, "min_soak_seconds": null}})]}))
}

test_a_soak_that_was_stopped_holds if {
	every verdict in ["block", "rollback"] {
		found := held(document("before", {"batches": [done(1, {"soak_verdict": verdict})]}, {}))
		found == {sprintf("The soak of batch 1 was judged last as %s", [verdict])}
	}
	every verdict in ["hold", null, "pass"] {
		silent(document("before", {"batches": [done(1, {"soak_verdict": verdict})]}, {}))
	}
}

test_a_team_may_ask_for_a_decision_in_every_soak if {
	strict := {"history": {"lanes": [], "require_soak_decision": true}}
	never := document("before", {"batches": [done(1, {"soak_verdict": null})]}, {})
	some first in history.hold with input as never with data.kadian.settings as strict
	first.msg == "The soak of batch 1 was never judged"
	held_there := document("before", {"batches": [done(1, {"soak_verdict": "hold"})]}, {})
	some second in history.hold with input as held_there with data.kadian.settings as strict
	second.msg == "The soak of batch 1 was judged last as hold"
}

test_the_soak_of_a_batch_that_is_not_out_holds if {
	held(document("soak", {"batches": []}, {})) == {"Batch 1 was not started, so nothing of it can soak"}
	under := done(1, {"state": "started", "done_at": null, "soaked_seconds": null, "soak_verdict": null})
	held(document("soak", {"batches": [under]}, {})) == {"Batch 1 is still being deployed, so nothing of it can soak"}
}

test_a_batch_that_is_being_deployed_holds_and_one_that_is_done_warns if {
	under := done(2, {"state": "started", "done_at": null, "soaked_seconds": null, "soak_verdict": null})
	held(document("before", {"batches": [done(1, {}), under]}, {})) == {"Batch 2 is already being deployed"}
	again := document("before", {"batches": [done(1, {}), done(2, {})]}, {})
	warned(again) == {"Batch 2 is done; deployed again, it has to soak again"}
	held(again) == set()
}

test_a_batch_does_not_start_after_a_later_one if {
	late := document("before", {"batches": [done(1, {}), done(2, {})]}, {"batch": one, "previous": null})
	held(late) == {"Batch 2 has begun, so batch 1 cannot start any more"}
	warned(late) == set()
}

test_a_batch_of_another_version_or_plan_is_denied if {
	denied(document("before", {"batches": [done(1, {"version": "1.9", "other_plan": true})]}, {})) == {"Batch 1 brought version 1.9, but the plan brings 2"}
	denied(document("soak", {"batches": [done(1, {"other_plan": true})]}, {})) == {"Batch 1 was recorded under another version of the plan"}
}

test_a_rollout_that_was_replaced_is_denied if {
	denied(document("before", {"replaced_by": "q"}, {})) == {"Rollout q began after this one and is out with all of its batches"}
	silent(document("soak", {"replaced_by": "q"}, {}))
}

other(changes) := object.union(
	{
		"plan": "q",
		"type": "daily",
		"batch": 1,
		"state": "done",
		"since": "2026-01-01T00:00:00Z",
		"earlier": true,
		"silent_until": "2026-01-02T00:00:00Z",
		"recovery": null,
	},
	changes,
)

test_an_earlier_rollout_holds_a_later_one_and_not_the_other_way_round if {
	held(document("before", {"others": [other({})]}, {})) == {"Rollout q of pay is under way: batch 1 soaks since 2026-01-01T00:00:00Z"}
	silent(document("before", {"others": [other({"earlier": false})]}, {}))
	silent(document("soak", {"others": [other({})]}, {}))
	silent(document("plan", {"others": [other({})]}, {}))
}

test_a_hotfix_goes_first_and_does_not_wait if {
	fix := other({"earlier": false, "type": "hotfix", "state": null})
	held(document("before", {"others": [fix]}, {})) == {"Rollout q of pay is under way: batch 1 was let pass at 2026-01-01T00:00:00Z"}
	passing := document("before", {"others": [other({})]}, {"plan": object.union(plan, {"type": "hotfix"})})
	held(passing) == set()
	count(warned(passing)) == 1
}

test_a_rollout_whose_plan_nobody_recorded_holds if {
	count(held(document("before", {"others": [other({"type": null})]}, {}))) == 1
}

test_a_recovery_holds_even_a_hotfix if {
	own := {"recovery": {"run": "r", "state": "failed", "since": "2026-01-01T00:00:00Z"}}
	held(document("soak", own, {})) == {"The recovery r of this rollout failed"}
	fix := {"plan": object.union(plan, {"type": "hotfix"})}
	held(document("before", {"others": [other({"recovery": "r"})]}, fix)) == {"The recovery r of rollout q is under way"}
}

test_an_abandoned_rollout_is_named if {
	left := document("before", {"abandoned": [other({})]}, {})
	warned(left) == {"Rollout q: batch 1 soaks since 2026-01-01T00:00:00Z, and nothing was heard of it since"}
	held(left) == set()
}

test_a_version_that_nothing_is_known_of_is_named_but_not_in_the_soak if {
	every phase in ["plan", "before"] {
		warned(document(phase, {"trusted": null}, {})) == {"Nothing in the ledger says that version 1, to which a rollback returns, is sound"}
	}
	silent(document("soak", {"trusted": null}, {}))
}

test_a_rollback_is_never_stopped_and_everything_is_told if {
	back := {"plan": object.union(plan, {"type": "rollback"})}
	troubles := {
		"batches": [done(1, {"state": "failed", "version": "1.9"})],
		"plan_digest": "0123456789abcdef",
		"replaced_by": "q",
		"others": [other({"recovery": "r"})],
		"recovery": {"run": "s", "state": "started", "since": "2026-01-01T00:00:00Z"},
		"recorded_type": "rollback",
		"trusted": null,
	}
	every phase in ["plan", "before", "soak"] {
		document_of := document(phase, troubles, back)
		denied(document_of) == set()
		held(document_of) == set()
	}
	count(warned(document("before", troubles, back))) == 8
	soon := document("before", {"batches": [done(1, {"soaked_seconds": 5, "soak_verdict": null})], "recorded_type": "rollback"}, back)
	held(soon) == set()
	warned(soon) == {"Batch 1 has soaked 5 s of 30 min"}
}

test_missing_history_finds_nothing_and_so_must_be_held_by_the_gate if {
	missing := {"rollout": rollout("before", {}), "history": {"status": "missing", "sources": [], "reason": "no ledger"}}
	denied(missing) == set()
}

test_a_batch_that_was_started_against_the_gate_stops_the_next_one if {
	every verdict in ["hold", "block", "rollback"] {
		started := document("before", {"batches": [done(1, {"reserved": false, "before_verdict": verdict})]}, {})
		denied(started) == {sprintf("Batch 1 was started although the gate had said %s", [verdict])}
		warned(started) == set()
	}
}

test_a_batch_that_was_let_pass_since_mends_it if {
	silent(document("before", {"batches": [done(1, {"reserved": true, "before_verdict": "block"})]}, {}))
}

test_judging_that_batch_again_is_not_stopped_by_itself if {
	again := document(
		"before",
		{"batches": [done(1, {"reserved": false, "before_verdict": "block"})]},
		{"batch": one, "previous": null},
	)
	denied(again) == set()
	"Batch 1 was started, and the gate had said block" in warned(again)
}

test_a_batch_that_was_never_judged_or_long_ago_is_told if {
	warned(document("before", {"batches": [done(1, {"reserved": false, "before_verdict": null})]}, {})) == {"Batch 1 was started, and no decision had let it pass"}
	warned(document("soak", {"batches": [done(1, {"reserved": false, "before_verdict": "pass", "soak_verdict": null})]}, {})) == {"Batch 1 was started, and the decision that let it pass was too old"}
}

test_a_batch_that_was_taken_back_is_told_once if {
	back := done(1, {"state": "rolled_back", "reserved": false, "before_verdict": "block", "soaked_seconds": null})
	denied(document("before", {"batches": [back]}, {})) == {"Batch 1 was taken back, so the rollout does not go on"}
}

back := object.union(plan, {"id": "back", "type": "rollback", "from": "2", "to": "1"})

returning(changes) := document("before", object.union({"batches": [], "recorded_type": null, "plan_digest": null}, changes), {"plan": back, "batch": one, "previous": null})

test_a_rollback_that_leads_back_passes if silent(returning({}))

test_a_plan_that_turns_into_a_rollback_is_denied_in_every_phase if {
	denied(returning({"recorded_type": "daily"})) == {"Plan back was recorded with type daily, and now says rollback"}
	denied(document("soak", {}, {"plan": back})) == {"Plan back was recorded with type daily, and now says rollback"}
	denied(returning({"recorded_type": "rollback"})) == set()
}

test_a_rollback_that_goes_the_way_of_a_rollout_forward_is_denied if {
	denied(returning({"same_way": "p"})) == {"Rollout p brought version 1 and is not finished well: to go there is no way back"}
	denied(document("before", {"same_way": "q"}, {})) == set()
}

test_a_rollback_to_a_version_that_nothing_is_known_of_is_told if {
	warned(returning({"trusted": null})) == {"Nothing in the ledger says that version 1, to which this rollback leads, is sound"}
}
