# METADATA
# title: Static scan
# description: >-
#   Judges the findings of static analysis that this change brings. Findings that were there before do not count. A finding is
#   suppressed when its suppression is in force.
package kadian.scan

# METADATA
# title: No new serious finding
# description: >-
#   No new finding, unless suppressed, has the severity `settings.scan.block_severity` or worse, or a rule listed in
#   `settings.scan.block_rules` (as `rule` or `tool/rule`, whatever its severity). The first entry of `settings.scan.paths`
#   that matches the file sets its severity instead. Lists the fifty worst and counts the rest.
# custom:
#   id: scan/new-finding
#   severity: high
#   stages: [push, merge]
#   needs: [scan]
#   requirement: A4
#   remedy: Fix the finding, or suppress it where the tool allows it and say why
deny contains finding if {
	some finding in bounded(blocking)
}

# METADATA
# title: New findings of lesser weight
# description: >-
#   New findings, unless suppressed, that do not block but have the severity `settings.scan.warn_severity` or worse. Lists the
#   fifty worst and counts the rest.
# custom:
#   id: scan/minor-finding
#   severity: medium
#   stages: [push, merge]
#   needs: [scan]
#   requirement: A4
#   remedy: Fix the finding while the code is fresh in mind
warn contains finding if {
	some finding in bounded(warning)
}

# METADATA
# title: Suppressions say why
# description: >-
#   With `settings.scan.require_suppression_reason`, every suppression of a new finding has a reason. Lists the first fifty and
#   counts the rest.
# custom:
#   id: scan/suppression-reason
#   severity: medium
#   stages: [push, merge]
#   needs: [scan]
#   requirement: A4
#   remedy: Write the reason next to the suppression
deny contains finding if {
	data.kadian.settings.scan.require_suppression_reason
	some finding in unreasoned
}

# METADATA
# title: Suppressions without a reason
# description: >-
#   As `scan/suppression-reason`, when `settings.scan.require_suppression_reason` is off.
# custom:
#   id: scan/suppression-without-reason
#   severity: note
#   stages: [push, merge]
#   needs: [scan]
#   requirement: A4
#   remedy: Write the reason next to the suppression
warn contains finding if {
	not data.kadian.settings.scan.require_suppression_reason
	some finding in unreasoned
}

# METADATA
# title: Never more findings than in the baseline
# description: >-
#   With a stored baseline, no rule whose findings have the severity `settings.scan.ratchet_severity` or worse has more of them than
#   the baseline counts, wherever they lie and however few lines this change touches. Suppressed findings do not count. Lists the
#   fifty worst rules and counts the rest.
# custom:
#   id: scan/ratchet
#   severity: high
#   stages: [push, merge]
#   needs: [scan]
#   requirement: A4
#   remedy: Fix as many findings of the rule as have come; only a reviewed `kadian baseline write` raises the number
deny contains finding if {
	some finding in bounded_ratchets
}

# METADATA
# title: Every tool of the baseline ran
# description: >-
#   With a stored baseline, each tool whose findings it counts has handed in a report. A tool that did not run finds nothing, which is
#   not the same as having nothing to find.
# custom:
#   id: scan/baseline-tool
#   severity: medium
#   stages: [merge]
#   needs: [scan]
#   requirement: A4
#   remedy: Run the tool, or write the baseline without it
hold contains finding if {
	some tool in object.get(baseline, "absent_tools", [])
	finding := {
		"msg": sprintf("%s counts in the baseline and has no report here", [tool]),
		"expected": sprintf("a report of %s", [tool]),
		"actual": "no report",
		"tool": tool,
	}
}

# METADATA
# title: The baseline is not too high
# description: >-
#   Rules with fewer findings than the stored baseline counts. Once it is written anew, their number cannot rise again.
# custom:
#   id: scan/baseline-too-high
#   severity: note
#   stages: [push, merge]
#   needs: [scan]
#   requirement: A4
#   remedy: Let `kadian baseline write` write the baseline of the main branch anew, and have it reviewed
warn contains finding if {
	fixed := [ratchet | some ratchet in ratchets; ratchet.now < ratchet.before]
	count(fixed) > 0
	before := sum([ratchet.before | some ratchet in fixed])
	now := sum([ratchet.now | some ratchet in fixed])
	finding := {
		"msg": sprintf("the baseline counts %d findings of %d rules of which %d are left", [before, count(fixed), now]),
		"expected": "a baseline that counts what there is",
		"actual": sprintf("%d findings too many", [before - now]),
	}
}

# METADATA
# title: Clean as you go
# description: >-
#   A file that the change touches keeps no finding of the severity `settings.scan.clean_severity` or worse, also where it was there
#   before, unless it is suppressed. Off (`never`) by default. Lists the fifty worst and counts the rest.
# custom:
#   id: scan/clean-as-you-go
#   severity: medium
#   stages: [push, merge]
#   needs: [scan]
#   requirement: A4
#   remedy: Fix the finding while the file is open
deny contains finding if {
	some finding in array.concat(
		[described_old |
			some found in array.slice(left, 0, listed)
			described_old := object.union(described(found), {
				"msg": sprintf("%s (%s)%s was there before and is still: %s", [
					name(found), found.severity, at_place(found), found.message,
				]),
				"expected": "no finding in a file that changes",
				"actual": sprintf("old finding of severity %s", [found.severity]),
			})
		],
		rest_of(left, "no finding in a file that changes", "old findings"),
	)
}

# A bound on the output, not a threshold.
listed := 50

rank := {"note": 1, "low": 2, "medium": 3, "high": 4, "critical": 5, "never": 6}

worst_first := ["critical", "high", "medium", "low", "note"]

new_findings := [found |
	some severity in worst_first
	some found in input.scan.findings
	found.severity == severity
	found.new
]

# Old findings that the change leaves in the files that it touches; old ones elsewhere are only counted.
left := [found |
	some severity in worst_first
	some found in input.scan.findings
	found.severity == severity
	not found.new
	not suppressed(found)
	rank[found.severity] >= rank[data.kadian.settings.scan.clean_severity]
]

# Empty where no baseline is stored.
baseline := stored if {
	stored := object.get(input.scan, "baseline", null)
	stored != null
} else := {}

ratchets := object.get(baseline, "ratchets", [])

raised := [ratchet |
	some severity in worst_first
	some ratchet in ratchets
	ratchet.severity == severity
	ratchet.now > ratchet.before
	rank[ratchet.severity] >= rank[data.kadian.settings.scan.ratchet_severity]
]

bounded_ratchets := array.concat(
	[finding |
		some ratchet in array.slice(raised, 0, listed)
		finding := {
			"msg": sprintf("%s (%s) has %d findings, %d more than in the baseline", [
				name(ratchet), ratchet.severity, ratchet.now, ratchet.now - ratchet.before,
			]),
			"expected": sprintf("at most %d findings", [ratchet.before]),
			"actual": sprintf("%d findings", [ratchet.now]),
			"severity": ratchet.severity,
			"tool": ratchet.tool,
			"rule": ratchet.rule,
		}
	],
	rest_of(raised, "no more findings than in the baseline", "rules with more findings"),
)

blocking := [found |
	some found in new_findings
	not suppressed(found)
	blocks(found)
]

warning := [found |
	some found in new_findings
	not suppressed(found)
	not blocks(found)
	rank[found.severity] >= rank[data.kadian.settings.scan.warn_severity]
]

blocks(found) if rank[found.severity] >= rank[block_severity(found)]

blocks(found) if found.rule in data.kadian.settings.scan.block_rules

blocks(found) if sprintf("%s/%s", [found.tool, found.rule]) in data.kadian.settings.scan.block_rules

block_severity(found) := entries[0].block_severity if {
	entries := [entry |
		some entry in data.kadian.settings.scan.paths
		matches(entry.glob, object.get(found, "file", null))
	]
	count(entries) > 0
} else := data.kadian.settings.scan.block_severity

matches(glob, path) if {
	is_string(path)
	regex.match(data.kadian.settings.regexes[glob], path)
}

# A suppression that nobody accepted yet, or that was rejected, hides nothing.
suppressed(found) if {
	suppression := object.get(found, "suppression", null)
	suppression != null
	suppression.accepted
}

unreasoned := array.concat(
	[finding |
		some found in array.slice(silenced, 0, listed)
		finding := object.union(described(found), {
			"msg": sprintf("%s is suppressed without a reason%s", [name(found), at_place(found)]),
			"expected": "a suppression with a reason",
			"actual": "a suppression without a reason",
		})
	],
	rest(silenced),
)

silenced := [found |
	some found in new_findings
	suppressed(found)
	not reasoned(found)
]

reasoned(found) if {
	reason := object.get(found, ["suppression", "reason"], null)
	is_string(reason)
	trim_space(reason) != ""
}

bounded(list) := array.concat(
	[finding |
		some found in array.slice(list, 0, listed)
		finding := object.union(described(found), {
			"msg": sprintf("%s (%s)%s: %s", [name(found), found.severity, at_place(found), found.message]),
			"expected": "no new finding",
			"actual": sprintf("new finding of severity %s", [found.severity]),
		})
	],
	rest(list),
)

described(found) := known({
	"file": object.get(found, "file", null),
	"line": object.get(found, "line", null),
	"severity": found.severity,
	"fingerprint": found.fingerprint,
	"tool": found.tool,
	"rule": found.rule,
})

rest(list) := rest_of(list, "no new finding", "new findings")

# Zero or one finding that stands for those beyond the bound.
rest_of(list, expected, things) := [finding |
	number := count(list) - listed
	number > 0
	finding := {
		"msg": sprintf("%d more of this kind, %d in all, the least severe of them %s", [
			number, count(list), list[count(list) - 1].severity,
		]),
		"expected": expected,
		"actual": sprintf("%d %s", [count(list), things]),
	}
]

name(found) := sprintf("%s/%s", [found.tool, found.rule])

at_place(found) := sprintf(" at %s:%d", [found.file, found.line]) if {
	is_string(object.get(found, "file", null))
	is_number(object.get(found, "line", null))
} else := sprintf(" in %s", [found.file]) if {
	is_string(object.get(found, "file", null))
} else := ""

# Leaves out keys without a value, so that a finding carries only what is known.
known(finding) := {key: value | some key, value in finding; value != null}
