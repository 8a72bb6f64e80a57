# METADATA
# title: Patch coverage
# description: >-
#   Judges how many of the lines that the change adds or edits some test executes. The figure of the whole repository
#   does not count. A path pattern in `settings.coverage.paths` has its own threshold; its files leave the general figure.
#   A change that adds no measurable line passes, provided that every changed code file was measured or excluded.
package kadian.coverage

# METADATA
# title: New lines are covered
# description: >-
#   The covered share of the added lines, outside the paths that have their own threshold, is at least
#   `settings.coverage.patch_percent`. The comparison is exact, in lines: 79.999 % is not 80 %.
# custom:
#   id: coverage/patch
#   severity: high
#   stages: [push, merge]
#   needs: [coverage]
#   requirement: A3
#   remedy: Add tests that execute the listed lines, or exclude generated code in settings.coverage.exclude
deny contains finding if {
	files := general_files
	total := general_lines
	covered := general_covered
	percent := data.kadian.settings.coverage.patch_percent
	missing := shortfall(total, covered, percent)
	missing > 0
	text := sprintf("Tests cover %d of the %d lines that this change adds (%v %%), but %v %% must be", [
		covered, total, percent_of(total, covered), percent,
	])
	finding := object.union(shortage(text, files, missing, percent), {"actual": sprintf("%v %%", [percent_of(total, covered)])})
}

# METADATA
# title: New lines below a path with its own threshold are covered
# description: >-
#   For each entry of `settings.coverage.paths`, the covered share of the added lines in matching files is at least the
#   entry's `patch_percent`. A path without added lines passes.
# custom:
#   id: coverage/area
#   severity: high
#   stages: [push, merge]
#   needs: [coverage]
#   requirement: A3
#   remedy: Add tests that execute the listed lines of this path
deny contains finding if {
	some area in input.coverage.patch.areas
	missing := shortfall(area.lines, area.covered, area.patch_percent)
	missing > 0
	files := [file | some file in input.coverage.patch.files; matches(area.glob, file.path)]
	text := sprintf("Tests cover %d of the %d lines that this change adds below %s (%v %%), but %v %% must be", [
		area.covered, area.lines, area.glob, percent_of(area.lines, area.covered), area.patch_percent,
	])
	finding := object.union(
		shortage(text, files, missing, area.patch_percent),
		{"actual": sprintf("%v %%", [percent_of(area.lines, area.covered)]), "area": area.glob},
	)
}

# METADATA
# title: Every changed code file was measured
# description: >-
#   Holds while a changed code file with added lines stands in no coverage report: nobody knows whether its new lines were
#   executed. Names the first ten files and counts the rest.
# custom:
#   id: coverage/unmeasured
#   severity: high
#   stages: [push, merge]
#   needs: [coverage]
#   requirement: A3
#   remedy: Let the coverage tool measure the file, or exclude it in settings.coverage.exclude if it never runs; see `kadian doctor`
hold contains finding if {
	some finding in array.concat(unmeasured, unmeasured_rest)
}

unmeasured := [finding |
	some path in array.slice(input.coverage.patch.unaccounted, 0, listed)
	finding := {
		"msg": sprintf("No coverage report measures %s, which gains lines in this change", [path]),
		"file": path,
		"expected": "measured by a coverage report",
		"actual": sprintf("not measured%s", [because(path)]),
	}
]

# Why no report means the file, where the document says.
because(path) := sprintf(": %s", [concat("; ", reasons)]) if {
	reasons := [account.why | some account in object.get(input.coverage.patch, "accounting", []); account.path == path]
	count(reasons) > 0
} else := ""

unmeasured_rest := [finding |
	rest := array.slice(input.coverage.patch.unaccounted, listed, count(input.coverage.patch.unaccounted))
	count(rest) > 0
	finding := {
		"msg": sprintf("No coverage report measures further changed files, starting with %s (%d in all)", [rest[0], count(rest)]),
		"file": rest[0],
		"expected": "measured by a coverage report",
		"actual": "not measured",
	}
]

# How many files a finding lists. A bound on the output, not a threshold.
listed := 10

# Without paths that have their own threshold, nobody asks each file for one.
general_files := input.coverage.patch.files if {
	count(data.kadian.settings.coverage.paths) == 0
} else := [file | some file in input.coverage.patch.files; not has_own_threshold(file.path)]

general_lines := sum([file.lines | some file in general_files])

general_covered := sum([file.covered | some file in general_files])

has_own_threshold(path) if {
	some area in data.kadian.settings.coverage.paths
	matches(area.glob, path)
}

matches(glob, path) if regex.match(data.kadian.settings.regexes[glob], path)

# In lines and basis points: a rounded percentage would let 79.999 pass for 80. Nothing to cover lacks nothing.
shortfall(total, covered, percent) := ceil((total * round(percent * 100)) / 10000) - covered

# Floored, so that the shown figure never reaches a threshold that the exact one misses.
percent_of(total, covered) := floor((covered * 10000) / total) / 100

shortage(text, files, missing, percent) := object.union(
	{
		"msg": sprintf("%s: cover %s%s", [text, more(missing), first_place(worst)]),
		"expected": sprintf("at least %v %%", [percent]),
		"distance": sprintf("%d more covered %s", [missing, noun(missing)]),
		"files": [summary(file) | some file in array.slice(worst, 0, listed)],
	},
	place(worst),
) if {
	worst := worst_first(files)
}

more(lines) := sprintf("%d more %s", [lines, noun(lines)])

noun(lines) := "line" if lines == 1

noun(lines) := "lines" if lines != 1

# Files with uncovered lines, those with the most of them first.
worst_first(files) := [entry[2] |
	some entry in sort([[0 - count(file.uncovered), file.path, file] |
		some file in files
		count(file.uncovered) > 0
	])
]

place(worst) := {"file": worst[0].path, "line": worst[0].uncovered[0]} if count(worst) > 0

place([]) := {}

first_place(worst) := sprintf(", for example %s:%d", [worst[0].path, worst[0].uncovered[0]]) if count(worst) > 0

first_place([]) := ""

summary(file) := {
	"path": file.path,
	"lines": file.lines,
	"covered": file.covered,
	"uncovered": array.slice(file.uncovered, 0, listed),
}
