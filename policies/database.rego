# METADATA
# title: Database
# description: >-
#   Judges what the SQL of the change would do to production: each risk that the rules find (docs/database-rules.md), weighed by the real size
#   of the table, unless it is harmless here. Finding ids are those of the rules. What a table's size is nobody tells is judged as large.
package kadian.database

import data.kadian.review

# METADATA
# title: No statement keeps others waiting
# description: >-
#   A statement takes a lock that blocks reads or writes for as long as it works through a table that is not small.
# custom:
#   id: database/lock
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: Do it in the way that the finding shows, which lets others work
deny contains finding if {
	some finding in bounded(blocking("lock"))
}

# METADATA
# title: No large table is written anew
# description: A statement rewrites a table that is not small.
# custom:
#   id: database/rewrite
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B3
#   remedy: Add a new column or table, fill it in batches, and switch over
deny contains finding if {
	some finding in bounded(blocking("rewrite"))
}

# METADATA
# title: No data is lost
# description: A statement removes tables, columns or rows, or cuts values.
# custom:
#   id: database/data-loss
#   severity: critical
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: Stop using it first, keep a copy, and remove it in a release of its own
deny contains finding if {
	some finding in bounded(blocking("data-loss"))
}

# METADATA
# title: The running version goes on working
# description: A statement takes away or changes what the version that runs during the rollout still uses.
# custom:
#   id: database/compatibility
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: Expand first, move the code over, and contract in a later release
deny contains finding if {
	some finding in bounded(blocking("compatibility"))
}

# METADATA
# title: The statements succeed
# description: A statement fails on production, or fails half way.
# custom:
#   id: database/failure
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: Write it as the finding shows, and run it against a copy
deny contains finding if {
	some finding in bounded(blocking("failure"))
}

# METADATA
# title: Transactions and time-outs are kept
# description: Locks are held longer than they have to, wait without an end, or a transaction is not what it seems.
# custom:
#   id: database/transaction
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: One change of the schema a transaction, with a lock time-out
deny contains finding if {
	some finding in bounded(blocking("transaction"))
}

# METADATA
# title: Replicas keep up
# description: A statement makes so many changes at once that replicas fall behind, or hides from them.
# custom:
#   id: database/replication
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: Work in batches, with a look at the lag between them
deny contains finding if {
	some finding in bounded(blocking("replication"))
}

# METADATA
# title: Data corrections are selective
# description: A hand-written change of rows picks its rows, in batches that fit, and by conditions that an index serves.
# custom:
#   id: database/correction
#   severity: critical
#   stages: [merge]
#   needs: [database]
#   requirement: B5
#   remedy: Say which rows by their keys, change them in batches, and keep a copy of what was there
deny contains finding if {
	some finding in bounded(blocking("correction"))
}

# METADATA
# title: No query gets slow
# description: A statement reads a large table without an index, or takes away the index of a statement that is slow already.
# custom:
#   id: database/slow
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B4
#   remedy: Give the query an index, and page by key instead of by offset
deny contains finding if {
	some finding in bounded(blocking("slow"))
}

# METADATA
# title: Rights stay small
# description: A statement gives away more than a service needs, or switches a protection off.
# custom:
#   id: database/privileges
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: Name the rights, the tables and the role
deny contains finding if {
	some finding in bounded(blocking("privileges"))
}

# METADATA
# title: Rules that a team made strict
# description: Rules of naming and design that `settings.database.rules` sets to `deny`.
# custom:
#   id: database/design
#   severity: medium
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: Change the definition while the table is new
deny contains finding if {
	some finding in bounded(blocking("design"))
}

# METADATA
# title: Lesser risks of the SQL
# description: >-
#   Risks that do not block: milder than `settings.database.block_severity`, of a script that goes down, or set to `warn`; with
#   `settings.database.design_rules` those of naming and design too.
# custom:
#   id: database/minor
#   severity: low
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: Look at it before it runs
warn contains finding if {
	some finding in bounded(warning)
}

# METADATA
# title: The SQL is worth a look before it is pushed
# description: Every risk that would count at merge, while nothing is decided yet.
# custom:
#   id: database/push
#   severity: low
#   stages: [push]
#   needs: [database]
#   requirement: B2
#   remedy: Change the SQL now, before others look at it
warn contains finding if {
	some finding in bounded([risk | some risk in input.database.risks; effect(risk) != "off"])
}

# METADATA
# title: Every statement is understood
# description: >-
#   Holds for a statement that nobody here can read, until a DBA (`settings.database.dbas`, otherwise any reviewer who counts) approved the
#   change.
# custom:
#   id: database/unparsed
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: Let a DBA read the statement and approve the change, or write it in a way that can be understood
hold contains finding if {
	not approved_by_dba
	some finding in bounded([risk | some risk in input.database.risks; risk.class == "unparsed"; effect(risk) != "off"])
}

# METADATA
# title: All SQL of the change is known
# description: Holds for a changed file whose SQL nobody can see - a tool makes it, it is binary, too large, or its dialect is unknown.
# custom:
#   id: database/unread
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: Do what the finding says, so that the SQL can be read
hold contains finding if {
	some file in input.database.files
	reason := object.get(file, "unread", null)
	reason != null
	finding := {
		"msg": sprintf("The SQL of %s is not known: %s", [file.path, reason]),
		"file": file.path,
		"expected": "SQL that can be read",
		"actual": "unknown",
	}
}

# METADATA
# title: What has run is not edited
# description: >-
#   A migration that the base has is changed or deleted. Its tool has run it and will not run it again, or refuses everything because its
#   checksum differs.
# custom:
#   id: database/edited
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: Leave the old migration as it was, and write a new one
deny contains finding if {
	some file in input.database.files
	file.edited
	finding := {
		"msg": sprintf("%s is on the base already: %s has run it, and an edit either does nothing or stops the next migration", [
			file.path, file.tool,
		]),
		"file": file.path,
		"expected": "a new migration",
		"actual": "an edited one",
	}
}

# METADATA
# title: A data correction stays under its limit
# description: >-
#   One statement of a data correction changes at most `settings.database.max_correction_rows` rows, by the plan of the live database, else by the
#   size of its table.
# custom:
#   id: database/correction-rows
#   severity: critical
#   stages: [merge]
#   needs: [database]
#   requirement: B5
#   remedy: Change the rows in batches by key, each under the limit
deny contains finding if {
	some statement in corrections
	rows := estimate(statement)
	rows > data.kadian.settings.database.max_correction_rows
	rows_known_by_plan(statement)
	finding := object.union(at(statement), {
		"msg": sprintf("This %s changes about %d rows; one statement may change %d", [
			statement.kind, rows, data.kadian.settings.database.max_correction_rows,
		]),
		"expected": sprintf("at most %d rows", [data.kadian.settings.database.max_correction_rows]),
		"actual": sprintf("about %d rows", [rows]),
		"distance": sprintf("%d rows fewer", [rows - data.kadian.settings.database.max_correction_rows]),
	})
}

# METADATA
# title: The rows of a data correction are known
# description: >-
#   Holds when nobody can tell how many rows a data correction changes, and its table is not so small that it does not matter. Neither a plan of the
#   live database nor the checklist says it.
# custom:
#   id: database/correction-unknown
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B5
#   remedy: Hand in `kadian db snapshot` and the plan of the live database (KADIAN_DATABASE_URL), or declare the rows in the checklist
hold contains finding if {
	some statement in corrections
	not bounded_rows(statement)
	finding := object.union(at(statement), {
		"msg": sprintf("Nobody knows how many rows this %s changes%s", [statement.kind, failed(statement)]),
		"expected": sprintf("at most %d rows", [data.kadian.settings.database.max_correction_rows]),
		"actual": "unknown",
	})
}

# METADATA
# title: Enough people approved the data correction
# description: >-
#   A change with a hand-written correction of rows has as many approvals as `settings.review.data_correction_approvals` asks for, wherever its
#   file lies.
# custom:
#   id: database/correction-approvals
#   severity: high
#   stages: [merge]
#   needs: [database, review]
#   requirement: B5
#   remedy: Ask one more person for a review who did not write the change
deny contains finding if {
	count(corrections) > 0
	needed := data.kadian.settings.review.data_correction_approvals
	count(approvers) < needed
	finding := object.union(at(corrections[0]), {
		"msg": sprintf("%d of %d approvals that a data correction needs count", [count(approvers), needed]),
		"expected": sprintf("%d approvals", [needed]),
		"actual": sprintf("%d", [count(approvers)]),
	})
}

# METADATA
# title: No plan reads a large table from end to end
# description: The plan of a new statement reads a table of `settings.database.large_rows` rows or more, or of unknown size, without an index.
# custom:
#   id: database/full-scan
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B4
#   remedy: Add an index for the condition, or narrow the condition to one that has an index
deny contains finding if {
	some statement in input.database.statements
	statement.direction == "up"
	is_array(object.get(statement, "full_scans", null))
	some table in statement.full_scans
	is_large(table)
	finding := object.union(at(statement), {
		"msg": sprintf("The plan of this %s reads all of %s (%s)", [statement.kind, table, size_of(table)]),
		"expected": "a plan with an index",
		"actual": sprintf("a full scan of %s", [table]),
		"table": table,
	})
}

# METADATA
# title: The checklist is answered
# description: >-
#   The change needs a checklist (`settings.database.checklist`): every question of `settings.database.questions` has an answer of
#   substance.
# custom:
#   id: database/checklist
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B1
#   remedy: Answer the questions in a checklist file beside the SQL, or in the text of the pull request (docs/database-checklist.md)
deny contains finding if {
	needs_checklist
	open := [words(question) |
		some question in data.kadian.settings.database.questions
		not answered(question)
	]
	count(open) > 0
	finding := {
		"msg": sprintf("The checklist of the database change does not answer: %s", [concat(", ", open)]),
		"file": checklist_file,
		"expected": "an answer to each",
		"actual": absent,
		"distance": answers_left(count(open)),
		"questions": open,
	}
}

answers_left(1) := "1 answer"

answers_left(number) := sprintf("%d answers", [number]) if number != 1

# METADATA
# title: The checklist tells the truth
# description: What the checklist declares agrees with the SQL - tables, rows, statements, the way back.
# custom:
#   id: database/checklist-truth
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B1
#   remedy: Correct the checklist, or the SQL
deny contains finding if {
	some contradiction in object.get(checklist, "contradictions", [])
	contradiction.certain
	finding := {
		"msg": sprintf("The checklist does not agree with the SQL: %s", [contradiction.message]),
		"file": checklist_file,
		"line": object.get(contradiction, "line", null),
		"expected": contradiction.found,
		"actual": contradiction.declared,
		"question": contradiction.question,
	}
}

# METADATA
# title: The checklist can be checked
# description: Holds for an answer that nobody can compare with anything - the rows of a table whose size is unknown, an account that nobody knows.
# custom:
#   id: database/checklist-unknown
#   severity: medium
#   stages: [merge]
#   needs: [database]
#   requirement: B1
#   remedy: Hand in `kadian db snapshot`, and the plan of the live database (KADIAN_DATABASE_URL)
hold contains finding if {
	some contradiction in object.get(checklist, "contradictions", [])
	not contradiction.certain
	finding := {
		"msg": sprintf("Nobody can tell whether the checklist is right: %s", [contradiction.message]),
		"file": checklist_file,
		"line": object.get(contradiction, "line", null),
		"expected": contradiction.found,
		"actual": contradiction.declared,
		"question": contradiction.question,
	}
}

# METADATA
# title: A DBA approved
# description: >-
#   A change that needs a checklist is approved by one of `settings.database.dbas`, or, where nobody stands there, by a reviewer whom the checklist
#   names.
# custom:
#   id: database/dba
#   severity: high
#   stages: [merge]
#   needs: [database, review]
#   requirement: B1
#   remedy: Ask a DBA for a review
hold contains finding if {
	needs_checklist
	not approved_by_dba
	finding := {
		"msg": sprintf("No DBA has approved the change of the database (%s)", [dba_names]),
		"expected": "an approval by a DBA other than the author",
		"actual": sprintf("approved by %s", [who(approvers)]),
		"distance": "1 approval",
	}
}

# METADATA
# title: The change runs in its window
# description: A rollout of a change of the database or of a data correction runs in the window that its checklist states.
# custom:
#   id: database/window
#   severity: high
#   stages: [rollout]
#   needs: [database, rollout]
#   requirement: B1
#   remedy: Wait until the window opens
hold contains finding if {
	input.rollout.plan.type in {"database", "data_correction"}
	window := object.get(checklist, "window", null)
	window != null
	not window.open
	finding := {
		"msg": sprintf("The window of the database change is closed%s", [opens(window)]),
		"file": checklist_file,
		"expected": "the window that the checklist states",
		"actual": "closed",
	}
}

opens(window) := sprintf("; it opens at %s", [window.opens_at]) if {
	object.get(window, "opens_at", null) != null
} else := ", and does not open again"

# METADATA
# title: The change can be taken back
# description: >-
#   SQL that comes with the change takes it back to the same schema. With `settings.database.reversal` set to `always` it has to be there.
# custom:
#   id: database/reversal
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B1
#   remedy: Write the SQL that takes each statement back, in the reverse order
deny contains finding if {
	some reversal in input.database.reversals
	wrong := wrong_reversal(reversal)
	finding := {
		"msg": sprintf("%s %s%s", [reversal.up, wrong, colon(reversal.differences)]),
		"file": reversal.up,
		"line": reversal.line,
		"expected": "SQL that takes the change back",
		"actual": reversal.state,
		"differences": array.slice(reversal.differences, 0, listed),
	}
}

# METADATA
# title: Taking it back brings the data back
# description: The way back restores the schema, and not what was in it; or nobody can tell.
# custom:
#   id: database/reversal-data
#   severity: medium
#   stages: [merge]
#   needs: [database]
#   requirement: B1
#   remedy: Keep a copy of what goes (CREATE TABLE .. AS SELECT ..), and copy it back in the way back
warn contains finding if {
	some reversal in input.database.reversals
	reversal.state in {"schema_only", "unknown"}
	finding := {
		"msg": sprintf("Taking %s back %s%s", [reversal.up, half(reversal.state), colon(reversal.differences)]),
		"file": reversal.up,
		"line": reversal.line,
		"expected": "the same schema and the same data",
		"actual": reversal.state,
		"differences": array.slice(reversal.differences, 0, listed),
	}
}

# METADATA
# title: No code names what goes
# description: >-
#   Code at the head, or the version that runs (the base), names a table or column that the SQL drops or renames.
# custom:
#   id: database/references
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: Release code that does not name it first; drop it in a later change
deny contains finding if {
	some reference in array.slice([found | some found in input.database.references; found.certain], 0, listed)
	finding := told_reference(reference)
}

# METADATA
# title: Code may name what goes
# description: The name of a dropped or renamed column stands in code, and nothing tells whether it is that column.
# custom:
#   id: database/possible-references
#   severity: low
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: Look whether it means the column
warn contains finding if {
	some reference in array.slice([found | some found in input.database.references; not found.certain], 0, listed)
	finding := told_reference(reference)
}

# METADATA
# title: Nothing is taken away before the code can do without it
# description: >-
#   Expand, migrate, contract - a drop, a rename or a restriction comes in a release after the one whose code needs it no more. Told where the
#   version that runs still names it, or where what replaces it comes in the same change.
# custom:
#   id: database/contract-early
#   severity: high
#   stages: [merge]
#   needs: [database]
#   requirement: B2
#   remedy: Release the code first; contract in a later change
deny contains finding if {
	some step in array.slice([found | some found in input.database.early; not told_by_code(found)], 0, listed)
	finding := {
		"msg": step.message,
		"file": step.file,
		"line": step.line,
		"expected": "a change of its own, after the release of the code",
		"actual": step.reason,
		"remedy": step.safe,
		"table": step.table,
	}
}

# The place in the code says more.
told_by_code(step) if {
	step.reason == "code_runs"
	some reference in input.database.references
	reference.statement == step.statement
	reference.certain
}

# METADATA
# title: Growing tables are archived
# description: A new table of a growing domain (`settings.database.growing`) says by which condition its rows are archived, and how often.
# custom:
#   id: database/growth
#   severity: medium
#   stages: [merge]
#   needs: [database]
#   requirement: B7
#   remedy: 'Write beside the table: -- kadian: archive="created_at < now() - interval ''90 days''" every=1d'
deny contains finding if {
	some growing in input.database.growth
	some lacking in [[word | some word in ["archive", "every"]; object.get(growing, word, null) == null]]
	count(lacking) > 0
	finding := {
		"msg": sprintf("%s grows, and nobody says %s", [
			growing.table, concat(" and ", [growth_words[word] | some word in lacking]),
		]),
		"file": growing.file,
		"line": growing.line,
		"expected": "an archiving condition and its frequency",
		"actual": "not stated",
		"table": growing.table,
	}
}

growth_words := {"archive": "by which condition its rows are archived", "every": "how often"}

# A bound on the output, not a threshold.
listed := 50

rank := {"note": 1, "low": 2, "medium": 3, "high": 4, "critical": 5, "never": 6}

worst_first := ["critical", "high", "medium", "low", "note"]

# No checklist has no answers.
checklist := found if {
	found := object.get(input.database, "checklist", null)
	is_object(found)
} else := {}

# What the settings, the severity and the place make of a risk.
effect(risk) := "off" if {
	object.get(risk, "harmless", null) != null
} else := named if {
	named := object.get(data.kadian.settings.database.rules, risk.rule, null)
	named != null
} else := "off" if {
	risk.class == "design"
	not data.kadian.settings.database.design_rules
} else := "warn" if {
	risk.class == "design"
} else := "warn" if {
	risk.direction == "down"
} else := "deny" if {
	rank[risk.severity] >= rank[data.kadian.settings.database.block_severity]
} else := "warn"

blocking(class) := [risk |
	some risk in input.database.risks
	risk.class == class
	effect(risk) == "deny"
]

warning := [risk |
	some risk in input.database.risks
	risk.class != "unparsed"
	effect(risk) == "warn"
]

# The worst first, by place; the rest is counted.
bounded(risks) := array.concat(
	[told(risk) | some risk in array.slice(ordered(risks), 0, listed)],
	[rest(count(risks) - listed) | count(risks) > listed],
)

ordered(risks) := [risk | some severity in worst_first; some risk in risks; risk.severity == severity]

rest(number) := {"msg": sprintf("and %d more risks of this kind", [number]), "severity": "note", "more": number}

told(risk) := {
	"id": risk.rule,
	"msg": sprintf("%s%s", [risk.message, weight(risk)]),
	"file": risk.file,
	"line": risk.line,
	"severity": risk.severity,
	"remedy": risk.safe,
	"fingerprint": object.get(risk, "fingerprint", null),
	"column_number": risk.column,
	"end_line": risk.end_line,
	"end_column": risk.end_column,
	"table": object.get(risk, "table", null),
	"rows": object.get(risk, "rows", null),
	"lock": object.get(risk, "lock", null),
	"blocks": risk.blocks,
	"source": risk.source,
}

weight(risk) := "" if {
	not risk.weighed_by_size
} else := sprintf(" (%s: about %d rows)", [risk.table, risk.rows]) if {
	object.get(risk, "rows", null) != null
	object.get(risk, "table", null) != null
} else := sprintf(" (nobody tells how large %s is)", [risk.table]) if {
	object.get(risk, "table", null) != null
} else := ""

# Corrections that run forward. What fills a table of the same change corrects nothing.
corrections := [statement |
	some statement in input.database.statements
	statement.correction
	statement.direction == "up"
	not all_created_here(statement)
]

all_created_here(statement) if {
	count(statement.tables) > 0
	every table in statement.tables {
		some known in input.database.tables
		known.name == table
		known.created_here
	}
}

estimate(statement) := object.get(statement, "estimated_rows", null)

rows_known_by_plan(statement) if estimate(statement) != null

bounded_rows(statement) if rows_known_by_plan(statement)

# A unique key names no more.
bounded_rows(statement) if {
	most := object.get(statement, "most_rows", null)
	most != null
	most <= data.kadian.settings.database.max_correction_rows
}

# A table cannot lose more rows than it has.
bounded_rows(statement) if {
	count(statement.tables) > 0
	every table in statement.tables {
		rows_of(table) <= data.kadian.settings.database.max_correction_rows
	}
}

# Declared rows count where nothing contradicts them.
bounded_rows(_) if {
	answered("estimated_rows")
	count([contradiction |
		some contradiction in checklist.contradictions
		contradiction.question == "estimated_rows"
	]) == 0
}

rows_of(name) := rows if {
	some table in input.database.tables
	table.name == name
	rows := object.get(table, "rows", null)
	rows != null
}

is_large(name) if {
	some table in input.database.tables
	table.name == name
	table.size in {"large", "unknown"}
}

size_of(name) := sprintf("about %d rows", [rows_of(name)]) if {
	rows_of(name)
} else := "nobody tells how many rows"

failed(statement) := sprintf(": %s", [statement.estimate_failed]) if {
	object.get(statement, "estimate_failed", null) != null
} else := ""

at(statement) := {
	"file": statement.file,
	"line": statement.line,
	"statement": statement.text,
}

needs_checklist if {
	data.kadian.settings.database.checklist == "always"
	some statement in input.database.statements
	statement.direction == "up"
}

needs_checklist if {
	data.kadian.settings.database.checklist == "data_corrections"
	count(corrections) > 0
}

needs_checklist if {
	data.kadian.settings.database.checklist == "data_corrections"
	some risk in input.database.risks
	risk.class == "data-loss"
	risk.direction == "up"
	object.get(risk, "harmless", null) == null
}

answered(question) if {
	some answer in object.get(checklist, "answers", [])
	answer.question == question
	object.get(answer, "answer", null) != null
}

checklist_file := checklist.source if {
	checklist.source != "pull request"
} else := null

absent := "no checklist" if {
	count(checklist) == 0
} else := "no answer"

words(question) := replace(question, "_", " ")

# Where the reviews are not known, nobody has approved.
dbas := {lower(trim_prefix(name, "@")) | some name in data.kadian.settings.database.dbas}

named_reviewers := {lower(trim_prefix(name, "@")) |
	some name in object.get(checklist, "reviewers", [])
}

approvers := {approval.by |
	approvals := object.get(input.review, "approvals", null)
	is_array(approvals)
	some approval in approvals
	review.counts(approval)
}

approving := {lower(name) | some name in approvers}

approved_by_dba if {
	count(dbas) > 0
	count(approving & dbas) > 0
}

approved_by_dba if {
	count(dbas) == 0
	count(named_reviewers) > 0
	count(approving & named_reviewers) > 0
}

approved_by_dba if {
	count(dbas) == 0
	count(named_reviewers) == 0
	count(approving) > 0
}

dba_names := concat(", ", sort(data.kadian.settings.database.dbas)) if {
	count(dbas) > 0
} else := concat(", ", sort(named_reviewers)) if {
	count(named_reviewers) > 0
} else := "settings.database.dbas names nobody: any reviewer counts"

who(names) := "nobody" if {
	count(names) == 0
} else := concat(", ", sort(names))

wrong_reversal(reversal) := "has no SQL that takes it back" if {
	reversal.state == "missing"
	data.kadian.settings.database.reversal == "always"
} else := sprintf("is not taken back by %s", [reversal.down]) if {
	reversal.state == "different"
	object.get(reversal, "down", null) != null
} else := "is not taken back by its own way down" if {
	reversal.state == "different"
}

half("schema_only") := "restores the schema, and not the data"

half("unknown") := "may not restore what was there"

colon(sentences) := "" if {
	count(sentences) == 0
} else := sprintf(": %s", [concat("; ", array.slice(sentences, 0, 3))])

told_reference(reference) := {
	"msg": sprintf("%s names %s, which the SQL takes away%s", [where_is(reference), what(reference), base_too(reference)]),
	"file": reference.file,
	"line": reference.line,
	"expected": "no code that names it",
	"actual": reference.text,
	"table": reference.table,
}

where_is(reference) := sprintf("%s:%d", [reference.file, reference.line])

what(reference) := sprintf("%s.%s", [reference.table, reference.column]) if {
	object.get(reference, "column", null) != null
} else := reference.table

base_too(reference) := "; so does the version that runs" if {
	reference.at_base
} else := ""
