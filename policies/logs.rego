# METADATA
# title: Error logs
# description: >-
#   Judges the error messages of the gray version beside those of the version it replaces, grouped into templates. What the
#   baseline never said, and what it said less often, does not go on; what cannot be compared does not pass.
package kadian.logs

# METADATA
# title: No new error
# description: >-
#   More than `settings.logs.max_new` error templates are in the gray logs and not in the baseline's, each at least
#   `settings.logs.min_new` times. Lists the twenty strongest and counts the rest. Where nothing is rolled out, this blocks.
# custom:
#   id: logs/new-errors
#   severity: critical
#   stages: [merge, release, rollout]
#   needs: [logs]
#   requirement: C4
#   remedy: Roll the batch back first; the sample and the file it names tell where to look afterwards
rollback contains finding if {
	new_errors > data.kadian.settings.logs.max_new
	some finding in bounded(new_listed, new_errors, "new error template", data.kadian.settings.logs.max_new)
}

# METADATA
# title: No error with another word
# description: >-
#   More than `settings.logs.max_variants` error templates differ from one of the baseline's in a word that the baseline shows
#   with fewer than three values: it may be a name, and it may be another fault. Lists the twenty strongest and counts the rest.
# custom:
#   id: logs/new-variants
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [logs]
#   requirement: C4
#   remedy: Look whether the word is only a name; a longer log of the baseline shows more of them
hold contains finding if {
	input.logs.variants > data.kadian.settings.logs.max_variants
	listed := errors_of("variant")
	some finding in bounded(listed, input.logs.variants, "variant of a known error", data.kadian.settings.logs.max_variants)
}

# METADATA
# title: No known error comes more often
# description: >-
#   The rate of an error template is above the baseline's by more than `settings.logs.rise_margin`, at least
#   `settings.logs.min_risen` times, and beyond chance (`settings.logs.alpha` over all templates). Lists the twenty strongest and
#   counts the rest.
# custom:
#   id: logs/risen-errors
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [logs]
#   requirement: C4
#   remedy: Find out whether the gray version or its traffic is the cause; roll back if users feel it
hold contains finding if {
	input.logs.risen > 0
	some finding in bounded(errors_of("risen"), input.logs.risen, "error template more frequent", 0)
}

# METADATA
# title: There is a baseline
# description: >-
#   No log of the version before was handed in, so that nobody knows which errors are new.
# custom:
#   id: logs/no-baseline
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [logs]
#   requirement: C4
#   remedy: Hand in the logs of the version before, with --evidence logs:baseline=GLOB
hold contains finding if {
	input.logs.baseline == null
	finding := {
		"msg": sprintf("%s in the gray logs, and no baseline to compare with", [amount(input.logs.gray.errors, "error")]),
		"expected": "logs of the version before",
		"actual": "none",
	}
}

# METADATA
# title: Every error is in a template
# description: >-
#   There were so many different errors that some were counted and not read. A new one may be among them.
# custom:
#   id: logs/truncated
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [logs]
#   requirement: C4
#   remedy: Hand in the logs of a shorter time or in several files; messages that hold whole documents are the usual cause
hold contains finding if {
	input.logs.gray.overflow > 0
	finding := {
		"msg": sprintf("%s of the gray version found no room, and nobody knows what they say", [amount(input.logs.gray.overflow, "error")]),
		"expected": "every error in a template",
		"actual": sprintf("%d of %d not", [input.logs.gray.overflow, input.logs.gray.errors]),
	}
}

# METADATA
# title: The baseline is read as a whole
# description: >-
#   There were so many different errors in the baseline that some were counted and not read. Errors may be called new that are not.
# custom:
#   id: logs/baseline-truncated
#   severity: low
#   stages: [merge, release, rollout]
#   needs: [logs]
#   requirement: C4
#   remedy: Hand in the baseline in several files; messages that hold whole documents are the usual cause
warn contains finding if {
	input.logs.baseline != null
	overflow := input.logs.baseline.overflow
	overflow > 0
	finding := {
		"msg": sprintf("%s of the baseline found no room, so that known ones may be called new", [amount(overflow, "error")]),
		"expected": "every error in a template",
		"actual": sprintf("%d of %d not", [overflow, input.logs.baseline.errors]),
	}
}

# METADATA
# title: Rates can be compared
# description: >-
#   Both sides log the same errors, but neither holds entries below a warning, which stand for the traffic, nor times. Nobody
#   knows whether the errors come more often.
# custom:
#   id: logs/no-exposure
#   severity: medium
#   stages: [merge, release, rollout]
#   needs: [logs]
#   requirement: C4
#   remedy: Hand in whole logs, quiet entries included, or logs that state times
hold contains finding if {
	input.logs.baseline != null
	input.logs.exposure == null
	input.logs.unchanged > 0
	finding := {
		"msg": sprintf("%s are on both sides, and nothing tells how their rates compare", [amount(input.logs.unchanged, "template")]),
		"expected": "quiet entries or times on both sides",
		"actual": "neither",
	}
}

# METADATA
# title: Levels are recognised
# description: >-
#   More than `settings.logs.max_unlevelled_percent` of the gray entries state no level. A log that cannot be understood shows no
#   error either.
# custom:
#   id: logs/unrecognised
#   severity: medium
#   stages: [merge, release, rollout]
#   needs: [logs]
#   requirement: C4
#   remedy: Hand in logs whose entries state a level, as text or JSON
hold contains finding if {
	gray := input.logs.gray
	entries := ((gray.errors + gray.warnings) + gray.quiet) + gray.unlevelled
	gray.unlevelled * 100 > entries * data.kadian.settings.logs.max_unlevelled_percent
	finding := {
		"msg": sprintf("%d of %s of the gray version state no level", [gray.unlevelled, amount(entries, "line")]),
		"expected": sprintf("at most %v %% without a level", [data.kadian.settings.logs.max_unlevelled_percent]),
		"actual": sprintf("%d without", [gray.unlevelled]),
	}
}

# METADATA
# title: New warnings
# description: >-
#   More than `settings.logs.max_new_warnings` templates of warnings are in the gray logs and not in the baseline's. Lists the
#   twenty most frequent and counts the rest.
# custom:
#   id: logs/new-warnings
#   severity: low
#   stages: [merge, release, rollout]
#   needs: [logs]
#   requirement: C4
#   remedy: Look whether the warning announces a fault
warn contains finding if {
	input.logs.new_warnings > data.kadian.settings.logs.max_new_warnings
	listed := [template |
		some template in input.logs.templates
		template.level == "warning"
		template.status in {"new", "variant"}
	]
	some finding in bounded(listed, input.logs.new_warnings, "new warning template", data.kadian.settings.logs.max_new_warnings)
}

# A bound on the output, not a threshold.
shown := 20

errors_of(status) := [template |
	some template in input.logs.templates
	template.status == status
	template.level != "warning"
]

new_listed := [template |
	some template in errors_of("new")
	template.gray >= data.kadian.settings.logs.min_new
]

# Of those that are not listed nobody knows the count, so each of them counts.
new_errors := (count(new_listed) + input.logs.new) - count(errors_of("new"))

bounded(listed, total, what, allowed) := array.concat(
	[described(template, what, allowed) | some template in array.slice(listed, 0, shown)],
	rest(total - min([count(listed), shown]), total, what, allowed),
)

described(template, what, allowed) := known({
	"msg": sprintf("%s%s, %s%s: %s", [
		upper(substring(what, 0, 1)), substring(what, 1, -1), frequency(template), since(template), template.template,
	]),
	"expected": sprintf("at most %s", [amount(allowed, what)]),
	"actual": frequency(template),
	"file": object.get(template, "file", null),
	"line": object.get(template, "line", null),
	"sample": template.sample,
	"fingerprint": sprintf("logs:%s", [template.template]),
})

frequency(template) := sprintf("%s against %d", [times(template.gray), template.baseline]) if {
	template.baseline > 0
} else := times(template.gray)

since(template) := sprintf(" since %s", [template.first_seen]) if {
	is_string(object.get(template, "first_seen", null))
} else := ""

rest(number, _, _, _) := [] if number <= 0

rest(number, total, what, allowed) := [{
	"msg": sprintf("%d more of this kind, %s in all", [number, amount(total, what)]),
	"expected": sprintf("at most %s", [amount(allowed, what)]),
	"actual": sprintf("%d", [total]),
}] if {
	number > 0
}

times(1) := "once"

times(number) := sprintf("%d times", [number]) if number != 1

amount(1, what) := sprintf("1 %s", [what])

amount(number, what) := sprintf("%d %s", [number, plural(what)]) if number != 1

plural("variant of a known error") := "variants of known errors"

plural("error template more frequent") := "error templates more frequent"

plural(what) := sprintf("%ss", [what]) if not what in {"variant of a known error", "error template more frequent"}

# Leaves out keys without a value, so that a finding carries only what is known.
known(finding) := {key: value | some key, value in finding; value != null}
