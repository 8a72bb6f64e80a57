# METADATA
# title: Review
# description: >-
#   Judges who looked at the change. An approval counts when it says yes, comes from somebody else than the author, was given
#   for the head commit, and is the reviewer's last word.
package kadian.review

# METADATA
# title: Enough people approved
# description: >-
#   The number of different reviewers whose approval counts is at least `settings.review.approvals`. The finding says for
#   every other approval why it does not count.
# custom:
#   id: review/approvals
#   severity: high
#   stages: [merge]
#   needs: [review]
#   requirement: A5
#   remedy: Ask for a review of the newest commit by somebody who did not write the change
deny contains finding if {
	missing := data.kadian.settings.review.approvals - count(approvers)
	missing > 0
	finding := {
		"msg": sprintf("%d of %d required approvals count%s", [
			count(approvers), data.kadian.settings.review.approvals, excuses,
		]),
		"expected": approvals(data.kadian.settings.review.approvals),
		"actual": approvals(count(approvers)),
		"distance": more_approvals(missing),
		"counted": sort(approvers),
		"not_counted": [sprintf("%s: %s", [review.by, reason]) | some review in uncounted; reason := why_not(review)],
	}
}

# METADATA
# title: Nobody asks for changes
# description: >-
#   No reviewer's last word is a request for changes, whichever commit it was given for. The author's own does not count.
# custom:
#   id: review/changes-requested
#   severity: high
#   stages: [merge]
#   needs: [review]
#   requirement: A5
#   remedy: Answer the request and ask the reviewer to look again
deny contains finding if {
	some review in input.review.approvals
	review.state == "changes_requested"
	not review.superseded
	not review.by_author
	finding := {
		"msg": sprintf("%s asked for changes on %s and has not taken it back", [review.by, review.at]),
		"expected": "no outstanding request for changes",
		"actual": sprintf("changes requested by %s", [review.by]),
		"distance": sprintf("1 new review by %s", [review.by]),
		"reviewer": review.by,
	}
}

# METADATA
# title: Code owners approved
# description: >-
#   With `settings.review.require_code_owners`, every changed file that has owners in CODEOWNERS is approved by one of them.
#   The author does not count; a file owned by the author alone needs no owner. `settings.review.teams` names the members
#   of team owners. Names the first ten files.
# custom:
#   id: review/code-owners
#   severity: high
#   stages: [merge]
#   needs: [review, change]
#   requirement: A5
#   remedy: Ask one of the named owners for a review
deny contains finding if {
	some file in array.slice(files_without_owner("known"), 0, listed)
	finding := {
		"msg": sprintf("No code owner of %s approved: one of %s must", [file.path, concat(", ", sort(owners_of(file)))]),
		"file": file.path,
		"expected": "approved by a code owner",
		"actual": "not approved by a code owner",
		"distance": "1 more approval",
	}
}

# METADATA
# title: Code owners can be told
# description: >-
#   Holds when a changed file is owned by a team whose members `settings.review.teams` does not name, and no approval by a
#   known owner counts. Names the first ten files.
# custom:
#   id: review/unknown-owners
#   severity: medium
#   stages: [merge]
#   needs: [review, change]
#   requirement: A5
#   remedy: Name the members of the team in settings.review.teams
hold contains finding if {
	some file in array.slice(files_without_owner("unknown"), 0, listed)
	finding := {
		"msg": sprintf("Cannot tell whether a code owner of %s approved: nobody says who belongs to %s", [
			file.path, concat(", ", sort(unknown_teams(file))),
		]),
		"file": file.path,
		"expected": "approved by a code owner",
		"actual": "owners unknown",
	}
}

# A bound on the output, not a threshold.
listed := 10

counts(review) if {
	review.state == "approved"
	not review.by_author
	review.current
	not review.superseded
}

approvers := {review.by | some review in input.review.approvals; counts(review)}

# Approvals that somebody might have relied on; a reviewer who approved again needs no excuse.
uncounted := [review |
	some review in input.review.approvals
	review.state == "approved"
	not counts(review)
	not review.by in approvers
]

why_not(review) := "is the author" if {
	review.by_author
} else := "said something else later" if {
	review.superseded
} else := "approved an older commit"

excuses := "" if {
	count(uncounted) == 0
} else := sprintf(" (not counted: %s)", [concat("; ", [sprintf("%s %s", [review.by, why_not(review)]) | some review in uncounted])])

approvals(1) := "1 approval"

approvals(number) := sprintf("%d approvals", [number]) if number != 1

more_approvals(1) := "1 more approval"

more_approvals(number) := sprintf("%d more approvals", [number]) if number != 1

# Files whose owners, apart from the author, have not approved: with teams that nobody resolved, or without.
files_without_owner(teams) := [file |
	data.kadian.settings.review.require_code_owners
	some file in input.change.files
	count(owners_of(file)) > 0
	count(owners_of(file) & approving_owners) == 0
	teams == kind_of(file)
]

kind_of(file) := "unknown" if {
	count(unknown_teams(file)) > 0
} else := "known"

owners_of(file) := {owner | some owner in file.owners; lower(owner) != lower(sprintf("@%s", [input.review.author]))}

unknown_teams(file) := {owner |
	some owner in owners_of(file)
	contains(owner, "/")
	not owner in object.keys(data.kadian.settings.review.teams)
}

# Owners as CODEOWNERS writes them, in whichever case it does.
approving_owners := {owner |
	some file in input.change.files
	some owner in file.owners
	lower(owner) in approving_accounts
} | {team |
	some team, members in data.kadian.settings.review.teams
	some member in members
	lower(sprintf("@%s", [trim_prefix(member, "@")])) in approving_accounts
}

approving_accounts := {lower(sprintf("@%s", [by])) | some by in approvers}
