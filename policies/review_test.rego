package kadian.review_test

import data.kadian.review

settings := {
	"review": {
		"approvals": 2,
		"require_code_owners": false,
		"exclude_committers": true,
		"data_correction_approvals": 2,
		"data_correction_paths": ["**/datafix/**"],
		"teams": {},
	},
	"regexes": {"**/datafix/**": "^(?:[^/]+/)*datafix/(?s:.+)$"},
}

set_to(changes) := object.union(settings, {"review": changes})

word(by, state) := {
	"by": by,
	"at": "2026-01-02T03:04:05Z",
	"commit": "c1",
	"state": state,
	"by_author": by == "author",
	"current": true,
	"superseded": false,
}

document(words) := {"review": {"status": "known", "author": "author", "approvals": words}}

owned(words, owners) := object.union(document(words), {"change": {"files": [{"path": "src/a.rs", "owners": owners}]}})

test_enough_approvals_pass if {
	words := [word("alice", "approved"), word("bob", "approved")]
	review.deny == set() with input as document(words) with data.kadian.settings as settings
}

test_too_few_approvals_block if {
	found := review.deny with input as document([word("alice", "approved")]) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "1 of 2 required approvals count"
	finding.expected == "2 approvals"
	finding.actual == "1 approval"
	finding.distance == "1 more approval"
	finding.counted == ["alice"]
}

test_no_review_at_all_blocks if {
	found := review.deny with input as document([]) with data.kadian.settings as settings
	some finding in found
	finding.distance == "2 more approvals"
}

test_two_approvals_by_one_person_count_once if {
	words := [word("alice", "approved"), word("alice", "approved")]
	found := review.deny with input as document(words) with data.kadian.settings as settings
	count(found) == 1
}

test_approvals_that_do_not_count_are_named_with_the_reason if {
	words := [
		word("author", "approved"),
		object.union(word("bob", "approved"), {"current": false}),
		object.union(word("carol", "approved"), {"superseded": true}),
	]
	found := review.deny with input as document(words) with data.kadian.settings as settings
	some finding in found
	finding.msg == concat("", [
		"0 of 2 required approvals count (not counted: author is the author; ",
		"bob approved an older commit; carol said something else later)",
	])
	count(finding.not_counted) == 3
}

test_a_renewed_approval_counts_and_needs_no_excuse if {
	words := [
		object.union(word("bob", "approved"), {"current": false, "superseded": true}),
		word("bob", "approved"),
	]
	found := review.deny with input as document(words) with data.kadian.settings as settings
	some finding in found
	finding.msg == "1 of 2 required approvals count"
}

test_no_required_approval_passes_without_a_review if {
	review.deny == set() with input as document([]) with data.kadian.settings as set_to({"approvals": 0})
}

test_comments_and_dismissed_reviews_are_not_approvals if {
	words := [word("alice", "commented"), word("bob", "dismissed")]
	found := review.deny with input as document(words) with data.kadian.settings as settings
	count(found) == 1
}

test_an_outstanding_request_for_changes_blocks if {
	words := [word("alice", "approved"), word("bob", "approved"), word("carol", "changes_requested")]
	found := review.deny with input as document(words) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "carol asked for changes on 2026-01-02T03:04:05Z and has not taken it back"
	finding.distance == "1 new review by carol"
}

test_a_request_for_changes_on_an_older_commit_still_blocks if {
	old := object.union(word("carol", "changes_requested"), {"current": false})
	found := review.deny with input as document([old]) with data.kadian.settings as set_to({"approvals": 0})
	count(found) == 1
}

test_a_request_for_changes_that_was_taken_back_passes if {
	words := [object.union(word("carol", "changes_requested"), {"superseded": true}), word("carol", "approved")]
	review.deny == set() with input as document(words) with data.kadian.settings as set_to({"approvals": 1})
}

test_the_authors_own_request_for_changes_does_not_block if {
	words := [word("author", "changes_requested")]
	review.deny == set() with input as document(words) with data.kadian.settings as set_to({"approvals": 0})
}

test_code_owners_are_not_asked_unless_required if {
	words := [word("alice", "approved"), word("bob", "approved")]
	review.deny == set() with input as owned(words, ["@carol"]) with data.kadian.settings as settings
}

test_a_file_without_its_owners_approval_blocks if {
	strict := set_to({"approvals": 1, "require_code_owners": true})
	found := review.deny with input as owned([word("alice", "approved")], ["@carol", "@dave"]) with data.kadian.settings as strict
	count(found) == 1
	some finding in found
	finding.file == "src/a.rs"
	finding.msg == "No code owner of src/a.rs approved: one of @carol, @dave must"
}

test_an_owners_approval_passes_in_whichever_case if {
	strict := set_to({"approvals": 1, "require_code_owners": true})
	words := [word("Carol", "approved")]
	review.deny == set() with input as owned(words, ["@carol"]) with data.kadian.settings as strict
	review.hold == set() with input as owned(words, ["@carol"]) with data.kadian.settings as strict
}

test_a_file_without_owners_or_owned_by_the_author_alone_passes if {
	strict := set_to({"approvals": 1, "require_code_owners": true})
	words := [word("alice", "approved")]
	review.deny == set() with input as owned(words, []) with data.kadian.settings as strict
	review.deny == set() with input as owned(words, ["@author"]) with data.kadian.settings as strict
}

test_an_unknown_team_holds if {
	strict := set_to({"approvals": 1, "require_code_owners": true})
	words := [word("alice", "approved")]
	review.deny == set() with input as owned(words, ["@org/pay"]) with data.kadian.settings as strict
	found := review.hold with input as owned(words, ["@org/pay"]) with data.kadian.settings as strict
	some finding in found
	finding.file == "src/a.rs"
	contains(finding.msg, "nobody says who belongs to @org/pay")
}

test_a_member_of_a_known_team_speaks_for_it if {
	strict := set_to({"approvals": 1, "require_code_owners": true, "teams": {"@org/pay": ["alice"]}})
	words := [word("alice", "approved")]
	review.deny == set() with input as owned(words, ["@org/pay"]) with data.kadian.settings as strict
	review.hold == set() with input as owned(words, ["@org/pay"]) with data.kadian.settings as strict
	other := review.deny with input as owned([word("bob", "approved")], ["@org/pay"]) with data.kadian.settings as strict
	count(other) == 1
}

test_missing_reviews_say_too_few_and_never_pass_by_themselves if {
	absent := {"review": {"status": "missing", "sources": [], "reason": "no pull request"}}
	found := review.deny with input as absent with data.kadian.settings as settings
	count(found) == 1
}

one_more(changes) := [word("alice", "approved"), object.union(word("bob", "approved"), changes)]

test_an_approval_by_somebody_who_made_a_commit_does_not_count if {
	words := one_more({"by_committer": true})
	found := review.deny with input as document(words) with data.kadian.settings as settings
	some finding in found
	finding.msg == "1 of 2 required approvals count (not counted: bob made a commit of the change)"
	review.deny == set() with input as document(words) with data.kadian.settings as set_to({"exclude_committers": false})
}

test_an_approval_counts_with_the_permission_to_write_only if {
	found := review.deny with input as document(one_more({"entitled": false})) with data.kadian.settings as settings
	some finding in found
	finding.msg == "1 of 2 required approvals count (not counted: bob has no permission to write)"
	every entitled in [true, null] {
		review.deny == set() with input as document(one_more({"entitled": entitled})) with data.kadian.settings as settings
	}
}

test_an_approval_of_somebody_who_is_asked_again_does_not_count if {
	found := review.deny with input as document(one_more({"re_requested": true})) with data.kadian.settings as settings
	some finding in found
	finding.msg == "1 of 2 required approvals count (not counted: bob was asked to look again)"
}

test_a_stranger_cannot_ask_for_changes if {
	words := [object.union(word("carol", "changes_requested"), {"entitled": false, "permission": "read"})]
	review.deny == set() with input as document(words) with data.kadian.settings as set_to({"approvals": 0})
}

test_a_data_correction_needs_more_approvals if {
	one := [word("alice", "approved")]
	fix := {"change": {"files": [{"path": "db/datafix/1.sql", "old_path": null, "owners": []}]}}
	lenient := set_to({"approvals": 1})
	found := review.deny with input as object.union(document(one), fix) with data.kadian.settings as lenient
	count(found) == 1
	some finding in found
	finding.msg == "1 of 2 approvals that a data correction needs count"
	finding.file == "db/datafix/1.sql"
	two := [word("alice", "approved"), word("bob", "approved")]
	review.deny == set() with input as object.union(document(two), fix) with data.kadian.settings as lenient
	review.deny == set() with input as owned(one, []) with data.kadian.settings as lenient
}

test_a_correction_that_is_moved_away_is_one if {
	moved := {"change": {"files": [{"path": "db/1.sql", "old_path": "db/datafix/1.sql", "owners": []}]}}
	found := review.deny with input as object.union(document([]), moved) with data.kadian.settings as set_to({"approvals": 0})
	count(found) == 1
}

draft(value) := object.union(document([]), {"review": {"draft": value}})

test_a_draft_holds if {
	found := review.hold with input as draft(true) with data.kadian.settings as settings
	some finding in found
	finding.msg == "The pull request is a draft"
	every value in [false, null] {
		review.hold == set() with input as draft(value) with data.kadian.settings as settings
	}
}

test_commits_without_an_account_are_told if {
	people := [{"account": null, "name": "Mei", "email": "m@x", "commits": 1}, {"account": "bob", "name": "B", "email": "b@x", "commits": 1}]
	made := object.union(document([]), {"review": {"committers": people}})
	found := review.warn with input as made with data.kadian.settings as settings
	some finding in found
	contains(finding.msg, "Mei <m@x>")
	not contains(finding.msg, "b@x")
	review.warn == set() with input as made with data.kadian.settings as set_to({"exclude_committers": false})
	review.warn == set() with input as document([]) with data.kadian.settings as settings
}

test_members_of_a_team_that_the_code_host_names_speak_for_it if {
	strict := set_to({"approvals": 1, "require_code_owners": true})
	named := object.union(owned([word("alice", "approved")], ["@Org/Pay"]), {"review": {"teams": {"@org/pay": ["Alice"]}}})
	review.deny == set() with input as named with data.kadian.settings as strict
	review.hold == set() with input as named with data.kadian.settings as strict
	empty := object.union(owned([word("alice", "approved")], ["@Org/Pay"]), {"review": {"teams": {"@org/pay": []}}})
	found := review.deny with input as empty with data.kadian.settings as strict
	count(found) == 1
}

test_a_request_for_changes_of_somebody_unknown_still_stands if {
	some unknown in [{"entitled": false, "permission": null}, {"entitled": false}, {"entitled": true, "permission": "write"}]
	words := [word("alice", "approved"), word("bob", "approved"), object.union(word("carol", "changes_requested"), unknown)]
	found := review.deny with input as document(words) with data.kadian.settings as settings
	count(found) == 1
}

test_an_app_is_no_person if {
	words := [word("github-actions[bot]", "approved"), object.union(word("deploy[BOT]", "approved"), {"entitled": true}), word("alice", "approved")]
	found := review.deny with input as document(words) with data.kadian.settings as settings
	some finding in found
	startswith(finding.msg, "1 of 2 required approvals count")
	contains(finding.msg, "github-actions[bot] is no person")
}

moved := {"change": {"files": [{
	"path": "lib/auth.rs",
	"old_path": "secure/auth.rs",
	"owners": [],
	"old_owners": ["@sam"],
}]}}

test_a_file_that_was_moved_away_is_its_old_owners_matter if {
	words := [word("alice", "approved"), word("bob", "approved")]
	strict := set_to(object.union(settings.review, {"require_code_owners": true}))
	found := review.deny with input as object.union(document(words), moved) with data.kadian.settings as strict
	some finding in found
	finding.file == "secure/auth.rs"
	by_sam := [word("sam", "approved"), word("bob", "approved")]
	review.deny == set() with input as object.union(document(by_sam), moved) with data.kadian.settings as strict
}
