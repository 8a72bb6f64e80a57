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

# Zero or one finding that stands for those beyond the bound.
rest(list) := [finding |
	number := count(list) - listed
	number > 0
	finding := {
		"msg": sprintf("%d more of this kind, %d in all, the least severe of them %s", [
			number, count(list), list[count(list) - 1].severity,
		]),
		"expected": "no new finding",
		"actual": sprintf("%d new findings", [count(list)]),
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
