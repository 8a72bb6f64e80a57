package kadian.coverage_test

import data.kadian.coverage

settings := {
	"coverage": {"patch_percent": 80, "paths": [], "exclude": []},
	"regexes": {"src/pay/**": "^src/pay/.+$"},
}

with_area(percent) := object.union(settings, {"coverage": {"paths": [{"glob": "src/pay/**", "patch_percent": percent}]}})

file(path, lines, covered, uncovered) := {"path": path, "lines": lines, "covered": covered, "uncovered": uncovered}

evidence(files, unaccounted, areas) := {"coverage": {"status": "known", "patch": {
	"lines": sum([f.lines | some f in files]),
	"covered": sum([f.covered | some f in files]),
	"files": files,
	"unaccounted": unaccounted,
	"excluded": [],
	"areas": areas,
}}}

area(lines, covered, percent) := {
	"glob": "src/pay/**", "patch_percent": percent, "lines": lines, "covered": covered, "percent": null,
}

test_enough_covered_lines_pass if {
	document := evidence([file("src/a.rs", 10, 9, [4])], [], [])
	coverage.deny == set() with input as document with data.kadian.settings as settings
	coverage.hold == set() with input as document with data.kadian.settings as settings
}

test_exactly_at_the_threshold_passes if {
	document := evidence([file("src/a.rs", 5, 4, [4])], [], [])
	coverage.deny == set() with input as document with data.kadian.settings as settings
}

test_a_hair_below_the_threshold_blocks if {
	document := evidence([file("src/a.rs", 100000, 79999, [7])], [], [])
	found := coverage.deny with input as document with data.kadian.settings as settings
	some finding in found
	finding.distance == "1 more covered line"
	finding.actual == "79.99 %"
}

test_too_few_covered_lines_block_with_place_and_distance if {
	files := [file("src/b.rs", 2, 1, [9]), file("src/a.rs", 8, 2, [12, 13, 14, 15, 16, 17])]
	found := coverage.deny with input as evidence(files, [], []) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == concat("", [
		"Tests cover 3 of the 10 lines that this change adds (30 %), but 80 % must be: ",
		"cover 5 more lines, for example src/a.rs:12",
	])
	finding.file == "src/a.rs"
	finding.line == 12
	finding.expected == "at least 80 %"
	finding.actual == "30 %"
	finding.distance == "5 more covered lines"
	[f.path | some f in finding.files] == ["src/a.rs", "src/b.rs"]
}

test_a_fractional_threshold_rounds_the_needed_lines_up if {
	exact := object.union(settings, {"coverage": {"patch_percent": 66.67}})
	found := coverage.deny with input as evidence([file("a.rs", 3, 2, [3])], [], []) with data.kadian.settings as exact
	some finding in found
	finding.distance == "1 more covered line"
	finding.actual == "66.66 %"
	finding.expected == "at least 66.67 %"
}

test_no_line_to_cover_passes_when_everything_was_measured if {
	coverage.deny == set() with input as evidence([], [], []) with data.kadian.settings as settings
	coverage.hold == set() with input as evidence([], [], []) with data.kadian.settings as settings
}

test_an_unmeasured_file_holds_even_without_a_line_to_cover if {
	found := coverage.hold with input as evidence([], ["src/new.rs"], []) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.file == "src/new.rs"
	contains(finding.msg, "No coverage report measures src/new.rs")
}

test_many_unmeasured_files_are_bounded if {
	paths := [sprintf("src/%d.rs", [n]) | some n in numbers.range(100, 111)]
	found := coverage.hold with input as evidence([], paths, []) with data.kadian.settings as settings
	count(found) == 11
	some finding in found
	finding.file == "src/110.rs"
	contains(finding.msg, "(2 in all)")
}

test_ten_unmeasured_files_need_no_summary if {
	paths := [sprintf("src/%d.rs", [n]) | some n in numbers.range(100, 109)]
	found := coverage.hold with input as evidence([], paths, []) with data.kadian.settings as settings
	count(found) == 10
}

test_an_area_below_its_own_threshold_blocks if {
	files := [file("src/pay/p.rs", 10, 8, [3, 5]), file("src/a.rs", 10, 9, [1])]
	document := evidence(files, [], [area(10, 8, 95)])
	found := coverage.deny with input as document with data.kadian.settings as with_area(95)
	count(found) == 1
	some finding in found
	finding.area == "src/pay/**"
	contains(finding.msg, "below src/pay/** (80 %), but 95 % must be")
	finding.distance == "2 more covered lines"
	finding.file == "src/pay/p.rs"
	finding.line == 3
}

test_an_area_exactly_at_its_threshold_passes if {
	document := evidence([file("src/pay/p.rs", 10, 5, [1, 2, 3, 4, 5])], [], [area(10, 5, 50)])
	coverage.deny == set() with input as document with data.kadian.settings as with_area(50)
}

test_files_of_an_area_leave_the_general_figure if {
	files := [file("src/pay/p.rs", 100, 50, [1]), file("src/a.rs", 10, 7, [2, 3, 4])]
	document := evidence(files, [], [area(100, 50, 50)])
	found := coverage.deny with input as document with data.kadian.settings as with_area(50)
	count(found) == 1
	some finding in found
	finding.file == "src/a.rs"
	finding.distance == "1 more covered line"
}

test_an_area_without_added_lines_passes if {
	coverage.deny == set() with input as evidence([], [], [area(0, 0, 95)]) with data.kadian.settings as with_area(95)
}

test_a_report_that_lists_no_uncovered_line_still_blocks if {
	found := coverage.deny with input as evidence([file("a.rs", 10, 1, [])], [], []) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	not "file" in object.keys(finding)
	finding.distance == "7 more covered lines"
}

test_missing_coverage_finds_nothing_and_so_must_be_held_by_the_gate if {
	document := {"coverage": {"status": "missing", "sources": [], "reason": "no report"}}
	coverage.deny == set() with input as document with data.kadian.settings as settings
	coverage.hold == set() with input as document with data.kadian.settings as settings
}
