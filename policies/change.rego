# METADATA
# title: The change itself
# description: >-
#   Judges the shape of the change: its size, the paths it touches, marks of unfinished work, schema and code in one change,
#   and the form of its commit messages. It needs nothing but the repository, so it also stands at push.
package kadian.change

# METADATA
# title: The change is small enough to review
# description: >-
#   Added and deleted lines are at most `settings.change.max_lines`. Lock files and binary files do not count.
# custom:
#   id: change/size
#   severity: medium
#   stages: [push, merge]
#   needs: [change]
#   requirement: A5
#   remedy: Split the change into parts that can be reviewed one by one
deny contains finding if {
	excess := input.change.size.lines - data.kadian.settings.change.max_lines
	excess > 0
	finding := {
		"msg": sprintf("The change has %d lines, at most %d are allowed%s", [
			input.change.size.lines, data.kadian.settings.change.max_lines, largest,
		]),
		"expected": sprintf("at most %d lines", [data.kadian.settings.change.max_lines]),
		"actual": sprintf("%d lines", [input.change.size.lines]),
		"distance": sprintf("%d fewer %s", [excess, noun(excess, "line", "lines")]),
	}
}

# METADATA
# title: The change touches few files
# description: >-
#   Changed files are at most `settings.change.max_files`. Every kind of file counts.
# custom:
#   id: change/files
#   severity: medium
#   stages: [push, merge]
#   needs: [change]
#   requirement: A5
#   remedy: Split the change into parts that can be reviewed one by one
deny contains finding if {
	excess := input.change.size.files - data.kadian.settings.change.max_files
	excess > 0
	finding := {
		"msg": sprintf("The change touches %d files, at most %d are allowed", [
			input.change.size.files, data.kadian.settings.change.max_files,
		]),
		"expected": sprintf("at most %d files", [data.kadian.settings.change.max_files]),
		"actual": sprintf("%d files", [input.change.size.files]),
		"distance": sprintf("%d fewer %s", [excess, noun(excess, "file", "files")]),
	}
}

# METADATA
# title: No forbidden path is touched
# description: >-
#   No changed file, under its new or old path, matches a pattern in `settings.change.forbidden_paths`. An entry with
#   `allow_deletion` lets a matching file be deleted or moved away. Lists the first twenty files and counts the rest.
# custom:
#   id: change/forbidden-path
#   severity: high
#   stages: [push, merge]
#   needs: [change]
#   requirement: A4
#   remedy: Take the file out of the change
deny contains finding if {
	some finding in array.concat(array.slice(forbidden, 0, listed), more_than(listed, forbidden, "touched files are forbidden"))
}

# METADATA
# title: No merge conflict is left over
# description: >-
#   No added line is the marker of an unresolved merge conflict. Nobody means to share one, so it stops a push as well.
# custom:
#   id: change/conflict
#   severity: high
#   stages: [push, merge]
#   needs: [change]
#   requirement: A5
#   remedy: Resolve the conflict and remove its markers
deny contains finding if {
	some finding in array.concat(
		array.slice(leftovers, 0, listed),
		more_than(listed, leftovers, "markers of merge conflicts are not listed"),
	)
}

# METADATA
# title: The gate's own files are edited in sight
# description: >-
#   Names the changed files that take part in judging. Rules and owners judge from the base, so that an edited one is for the next
#   change. A pipeline that runs as the change has it could leave the gate out; one that a ruleset requires could not.
# custom:
#   id: change/gate-files
#   severity: medium
#   stages: [merge]
#   needs: [change]
#   requirement: A1
#   remedy: Let somebody who answers for the gate read these files; require the pipeline from outside of the repository
warn contains finding if {
	some finding in array.concat(
		array.slice(gate_files, 0, listed),
		more_than(listed, gate_files, "edited files of the gate are not listed"),
	)
}

gate_files := [{"msg": sprintf(edited[file.role], [file.path]), "file": file.path, "role": file.role} |
	some file in input.change.gate_files
]

edited := {
	"rules": "%s judges changes, and this change edits it: on a pull request the base's judges, and this one the next change",
	"owners": "%s says who must approve, and this change edits it: on a pull request the base's counts, and this one the next time",
	"pipeline": "%s runs this gate as this change has it: it could leave the gate out",
}

# METADATA
# title: Code is shown as text
# description: >-
#   No changed code file is taken for binary, by its content or by `.gitattributes`: its lines could be neither reviewed nor
#   counted.
# custom:
#   id: change/hidden-code
#   severity: high
#   stages: [push, merge]
#   needs: [change]
#   requirement: A3
#   remedy: Take the path out of .gitattributes, or save the file as text
deny contains finding if {
	hidden := [file.path |
		some file in input.change.files
		file.category == "code"
		file.binary
		file.status != "deleted"
	]
	some path in array.slice(hidden, 0, listed)
	finding := {
		"msg": sprintf("%s is code, but git takes it for binary (1 of %d)", [path, count(hidden)]),
		"file": path,
		"expected": "text",
		"actual": "binary",
	}
}

# METADATA
# title: The work is finished
# description: >-
#   Nothing in the change says that it is unfinished: no work-in-progress or fixup commit, no line that forbids its own
#   merge. Lists the first twenty marks and counts the rest.
# custom:
#   id: change/unfinished
#   severity: high
#   stages: [merge]
#   needs: [change]
#   requirement: A5
#   remedy: Finish the work; fold fixup commits in with git rebase --autosquash
deny contains finding if {
	some finding in array.concat(array.slice(marks, 0, listed), more_than(listed, marks, "signs of unfinished work are not listed"))
}

# METADATA
# title: The work is finished (reminder at push)
# description: >-
#   As `change/unfinished`, while there is still time: a branch may be pushed before it is finished.
# custom:
#   id: change/unfinished-push
#   severity: low
#   stages: [push]
#   needs: [change]
#   requirement: A5
#   remedy: Finish the work before the change is merged; fold fixup commits in with git rebase --autosquash
warn contains finding if {
	some finding in array.concat(array.slice(marks, 0, listed), more_than(listed, marks, "signs of unfinished work are not listed"))
}

# METADATA
# title: Schema and code change apart
# description: >-
#   A change does not touch both SQL and code that ships, so that either can be rolled back without the other.
#   `settings.change.allow_mixed_schema_and_code` switches the rule off.
# custom:
#   id: change/mixed
#   severity: high
#   stages: [push, merge]
#   needs: [change]
#   requirement: B1
#   remedy: Release the schema first, in a change of its own that the old code can live with
deny contains finding if {
	not data.kadian.settings.change.allow_mixed_schema_and_code
	sql := sort([file.path | some file in input.change.files; file.category == "sql"])
	code := sort([file.path | some file in input.change.files; file.category == "code"])
	count(sql) > 0
	count(code) > 0
	finding := {
		"msg": sprintf("One change touches the schema (%s) and the code (%s)", [naming(sql), naming(code)]),
		"file": sql[0],
		"expected": "schema or code",
		"actual": "schema and code",
		"distance": "2 separate changes",
	}
}

# METADATA
# title: Commit messages follow the convention
# description: >-
#   With `settings.change.require_conventional`, the subject of every commit is a Conventional Commits 1.0.0 header with a type
#   of `settings.change.commit_types` (an empty list allows every type). Merges and commits that are signs of unfinished work
#   do not count. Lists the first ten commits and counts the rest.
# related_resources:
#   - ref: https://www.conventionalcommits.org/en/v1.0.0/
# custom:
#   id: change/commits
#   severity: low
#   stages: [push, merge]
#   needs: [change]
#   requirement: A5
#   remedy: Reword the commit with git commit --amend or git rebase --interactive
warn contains finding if {
	some finding in array.concat(
		array.slice(unconventional, 0, listed_commits),
		more_than(listed_commits, unconventional, "commits do not follow the convention"),
	)
}

# METADATA
# title: Commit subjects are short
# description: >-
#   The first line of every commit message has at most `settings.change.max_subject_length` characters. Lists the first ten
#   commits and counts the rest.
# custom:
#   id: change/subject-length
#   severity: note
#   stages: [push, merge]
#   needs: [change]
#   requirement: A5
#   remedy: Move the details into the body of the commit message
warn contains finding if {
	some finding in array.concat(
		array.slice(long_subjects, 0, listed_commits),
		more_than(listed_commits, long_subjects, "commit subjects are too long"),
	)
}

# Bounds on the output, not thresholds.
listed := 20

listed_commits := 10

largest := sprintf("; the largest file is %s with %d", [sorted[0][1], 0 - sorted[0][0]]) if {
	sorted := sort([[0 - (file.additions + file.deletions), file.path] | some file in input.change.files; counted(file)])
	count(sorted) > 0
} else := ""

# The files whose lines size.lines counts.
counted(file) if {
	not file.binary
	file.category != "lock"
}

# One finding for each file, by the first entry that forbids it.
forbidden := [finding |
	some number in suspicious
	file := input.change.files[number]
	entries := [entry |
		some entry in data.kadian.settings.change.forbidden_paths
		some touched in touched_paths(file, entry.allow_deletion)
		regex.match(data.kadian.settings.regexes[entry.glob], touched)
	]
	count(entries) > 0
	finding := {
		"msg": sprintf("%s must not be touched (pattern %s): %s", [file.path, entries[0].glob, entries[0].reason]),
		"file": file.path,
		"expected": sprintf("no change to %s", [entries[0].glob]),
		"actual": sprintf("%s is %s", [file.path, file.status]),
	}
]

# Most files match no pattern at all: one expression for all patterns tells them apart at once. The numbers of those that match.
suspicious := {number |
	some_suspicious
	some number, file in input.change.files
	regex.match(every_forbidden_path, file.path)
} | {number |
	some_suspicious
	some number, file in input.change.files
	is_string(object.get(file, "old_path", null))
	regex.match(every_forbidden_path, file.old_path)
}

# Most changes touch no such file: all paths are looked at together, each a line. What matches alone matches here, too.
some_suspicious if regex.match(concat("", ["(?m)", every_forbidden_path]), concat("\n", array.concat(
	[file.path | some file in input.change.files],
	[path |
		some file in input.change.files
		path := object.get(file, "old_path", null)
		is_string(path)
	],
)))

every_forbidden_path := concat("|", [data.kadian.settings.regexes[entry.glob] |
	some entry in data.kadian.settings.change.forbidden_paths
])

touched_paths(file, allow_deletion) := {path |
	some path in [remaining_path(file), removed_path(file)[allow_deletion]]
	is_string(path)
}

remaining_path(file) := file.path if {
	file.status != "deleted"
} else := null

removed_path(file) := {true: null, false: file.path} if {
	file.status == "deleted"
} else := {true: null, false: object.get(file, "old_path", null)} if {
	file.status == "renamed"
} else := {true: null, false: null}

marks := [finding | some finding in signs; finding.actual != "conflict"]

leftovers := [finding | some finding in signs; finding.actual == "conflict"]

signs := [finding |
	some marker in input.change.markers
	finding := known({
		"msg": sprintf("%s %s: %s", [place_of(marker), saying[marker.kind], marker.text]),
		"file": object.get(marker, "file", null),
		"line": object.get(marker, "line", null),
		"commit": object.get(marker, "commit", null),
		"expected": "finished work",
		"actual": marker.kind,
	})
]

saying := {
	"work_in_progress": "says that it is work in progress",
	"fixup": "was meant to be folded into another commit",
	"do_not_merge": "forbids its own merge",
	"conflict": "is left over from a merge conflict",
}

place_of(marker) := sprintf("Line %d of %s", [marker.line, marker.file]) if {
	is_string(object.get(marker, "file", null))
	is_number(object.get(marker, "line", null))
} else := marker.file if {
	is_string(object.get(marker, "file", null))
} else := sprintf("Commit %s", [substring(marker.commit, 0, 10)]) if {
	is_string(object.get(marker, "commit", null))
} else := "Something in the change"

unconventional := [finding |
	data.kadian.settings.change.require_conventional
	some commit in judged_commits
	reason := fault(object.get(commit, "conventional", null))
	finding := {
		"msg": sprintf("Commit %s %s: %s", [substring(commit.id, 0, 10), reason, commit.subject]),
		"expected": "type(scope): description",
		"actual": commit.subject,
		"commit": commit.id,
	}
]

judged_commits := [commit |
	marked := {object.get(marker, "commit", null) | some marker in input.change.markers}
	some commit in input.change.commits
	not commit.merge
	not commit.id in marked
]

fault(header) := "has no conventional header" if header == null

fault(header) := sprintf("has the type %s, known are %s", [header.type, concat(", ", data.kadian.settings.change.commit_types)]) if {
	header != null
	count(data.kadian.settings.change.commit_types) > 0
	not header.type in data.kadian.settings.change.commit_types
}

long_subjects := [finding |
	some commit in judged_commits
	excess := count(commit.subject) - data.kadian.settings.change.max_subject_length
	excess > 0
	finding := {
		"msg": sprintf("The subject of commit %s has %d characters, at most %d are allowed", [
			substring(commit.id, 0, 10), count(commit.subject), data.kadian.settings.change.max_subject_length,
		]),
		"expected": sprintf("at most %d characters", [data.kadian.settings.change.max_subject_length]),
		"actual": sprintf("%d characters", [count(commit.subject)]),
		"distance": sprintf("%d fewer %s", [excess, noun(excess, "character", "characters")]),
		"commit": commit.id,
	}
]

# Zero or one finding that stands for those beyond the bound.
more_than(bound, findings, what) := [finding |
	number := count(findings) - bound
	number > 0
	finding := {"msg": sprintf("%d more %s", [number, what])}
]

naming(paths) := sprintf("%s and %d more", [paths[0], count(paths) - 1]) if {
	count(paths) > 1
} else := paths[0]

noun(number, one, many) := one if {
	number == 1
} else := many

# Leaves out keys without a value, so that a finding carries only what is known.
known(finding) := {key: value | some key, value in finding; value != null}
