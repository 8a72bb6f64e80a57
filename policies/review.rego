# METADATA
# title: Review
# description: >-
#   Judges who looked at the change. An approval counts when it says yes, comes from somebody else than the author and those who made
#   its commits, was given for the head commit, and is the reviewer's last word. Where a code host tells, it also takes the permission to
#   write, and nobody may have asked the reviewer to look again since.
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
# title: Enough people approved a data correction
# description: >-
#   A change that touches data corrections written by hand (`settings.review.data_correction_paths`) has as many approvals as
#   `settings.review.data_correction_approvals` asks for.
# custom:
#   id: review/data-correction
#   severity: high
#   stages: [merge]
#   needs: [review, change]
#   requirement: A5
#   remedy: Ask one more person for a review who did not write the change
deny contains finding if {
	count(corrections) > 0
	needed := data.kadian.settings.review.data_correction_approvals
	missing := needed - count(approvers)
	missing > 0
	finding := {
		"msg": sprintf("%d of %d approvals that a data correction needs count%s", [count(approvers), needed, excuses]),
		"file": min(corrections),
		"expected": approvals(needed),
		"actual": approvals(count(approvers)),
		"distance": more_approvals(missing),
		"counted": sort(approvers),
		"files": array.slice(sort(corrections), 0, listed),
	}
}

# METADATA
# title: The pull request is no draft
# description: Holds for a draft, which cannot be merged. Its reviews are judged all the same.
# custom:
#   id: review/draft
#   severity: low
#   stages: [merge]
#   needs: [review]
#   requirement: A5
#   remedy: Mark the pull request as ready for review
hold contains finding if {
	object.get(input.review, "draft", null) == true
	finding := {
		"msg": "The pull request is a draft",
		"expected": "ready for review",
		"actual": "draft",
	}
}

# METADATA
# title: It is known who made the commits
# description: >-
#   Warns where the code host knows no account for somebody who made a commit, so that nobody can tell whether an approval is by the same
#   person. Off where `settings.review.exclude_committers` is.
# custom:
#   id: review/unknown-committers
#   severity: low
#   stages: [merge]
#   needs: [review]
#   requirement: A5
#   remedy: Add the address of the commits to the account that made them
warn contains finding if {
	data.kadian.settings.review.exclude_committers
	committers := object.get(input.review, "committers", null)
	is_array(committers)
	unknown := {sprintf("%s <%s>", [one.name, one.email]) | some one in committers; object.get(one, "account", null) == null}
	count(unknown) > 0
	finding := {
		"msg": sprintf("No account is known for %s: nobody can tell whether a reviewer made their commits", [
			concat(", ", array.slice(sort(unknown), 0, listed)),
		]),
		"expected": "an account for everyone who made a commit",
		"actual": sprintf("%d without", [count(unknown)]),
	}
}

# METADATA
# title: Nobody asks for changes
# description: >-
#   No reviewer's last word is a request for changes, whichever commit it was given for. The author's own does not count, nor that of
#   somebody who is known to have no permission to write.
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
	not object.get(review, "permission", null) in {"none", "read", "triage"}
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
#   With `settings.review.require_code_owners`, every changed file that has owners in CODEOWNERS is approved by one of them,
#   a moved one by those of both paths.
#   The author does not count; a file owned by the author alone needs no owner. `settings.review.teams` names the members
#   of team owners, and so does the code host where its token may see them. Names the first ten files.
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
#   Holds when a changed file is owned by a team whose members neither `settings.review.teams` nor the code host names, and no approval
#   by a known owner counts. Names the first ten files.
# custom:
#   id: review/unknown-owners
#   severity: medium
#   stages: [merge]
#   needs: [review, change]
#   requirement: A5
#   remedy: Name the members of the team in settings.review.teams, or let the token read the members of teams
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
	object.get(review, "entitled", null) != false
	object.get(review, "re_requested", null) != true
	not made_it(review)
	not is_app(review)
}

# Accounts of apps, which approve what a program tells them to.
is_app(review) if endswith(lower(review.by), "[bot]")

# Null where nobody tells who made the commits.
made_it(review) if {
	data.kadian.settings.review.exclude_committers
	object.get(review, "by_committer", null) == true
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
} else := "approved an older commit" if {
	not review.current
} else := "made a commit of the change" if {
	made_it(review)
} else := "is no person" if {
	is_app(review)
} else := "has no permission to write" if {
	object.get(review, "entitled", null) == false
} else := "was asked to look again"

excuses := "" if {
	count(uncounted) == 0
} else := sprintf(" (not counted: %s)", [concat("; ", [sprintf("%s %s", [review.by, why_not(review)]) | some review in uncounted])])

approvals(1) := "1 approval"

approvals(number) := sprintf("%d approvals", [number]) if number != 1

more_approvals(1) := "1 more approval"

more_approvals(number) := sprintf("%d more approvals", [number]) if number != 1

# Changed files of data corrections, by either of their names.
corrections := {path |
	some file in input.change.files
	some path in [file.path, object.get(file, "old_path", null)]
	is_string(path)
	some glob in data.kadian.settings.review.data_correction_paths
	regex.match(data.kadian.settings.regexes[glob], path)
}

# Files whose owners, apart from the author, have not approved: with teams that nobody resolved, or without.
files_without_owner(teams) := [file |
	data.kadian.settings.review.require_code_owners
	some file in owned_files
	count(owners_of(file)) > 0
	count({owner | some owner in owners_of(file); lower(owner) in approving_owners}) == 0
	teams == kind_of(file)
]

# Every changed path with its owners; a file that was moved is the matter of both paths' owners.
owned_files := array.concat(
	[{"path": file.path, "owners": file.owners} | some file in input.change.files],
	[{"path": file.old_path, "owners": file.old_owners} |
		some file in input.change.files
		count(object.get(file, "old_owners", [])) > 0
	],
)

kind_of(file) := "unknown" if {
	count(unknown_teams(file)) > 0
} else := "known"

owners_of(file) := {owner | some owner in file.owners; lower(owner) != lower(sprintf("@%s", [input.review.author]))}

unknown_teams(file) := {owner |
	some owner in owners_of(file)
	contains(owner, "/")
	not lower(owner) in known_teams
}

# Owners that approved, in lower case.
approving_owners := approving_accounts | {team |
	some [team, member] in memberships
	lower(sprintf("@%s", [trim_prefix(member, "@")])) in approving_accounts
}

memberships := {[lower(team), member] |
	some source in team_sources
	some team, members in source
	some member in members
}

known_teams := {lower(team) | some source in team_sources; some team, _ in source}

# What the settings say, and what the code host says where it was asked.
team_sources := [source |
	some source in [data.kadian.settings.review.teams, object.get(input.review, "teams", null)]
	is_object(source)
]

approving_accounts := {lower(sprintf("@%s", [by])) | some by in approvers}
