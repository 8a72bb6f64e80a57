package kadian.design_test

import data.kadian.design

settings := {
	"design": {
		"paths": ["docs/design/**/*.md"],
		"required_above_lines": 100,
		"required_sections": ["trade-offs", "rollback"],
		"synonyms": {"rollback": ["roll back", "回滚"]},
		"min_words": 2,
		"risky_paths": ["pay/**"],
	},
	"regexes": {"pay/**": "^pay/(?s:.+)$"},
}

file(path, category, lines) := {
	"path": path,
	"old_path": null,
	"category": category,
	"binary": false,
	"additions": lines,
	"deletions": 0,
}

heading(title, words) := {"title": title, "line": 10, "words": words}

doc(path, sections) := {"path": path, "linked_from": "commit 1a2b3c4", "exists": true, "sections": sections}

complete := doc("docs/design/a.md", [heading("2 trade offs", 9), heading("rollback plan", 2)])

document(files, designs) := {
	"change": {"files": files, "size": {"files": count(files), "lines": sum([f.additions | some f in files])}},
	"documents": {"status": "known", "designs": designs},
}

large := [file("src/a.rs", "code", 101)]

small := [file("src/a.rs", "code", 100)]

test_a_small_change_needs_no_design if {
	design.deny == set() with input as document(small, []) with data.kadian.settings as settings
	design.warn == set() with input as document(small, []) with data.kadian.settings as settings
}

test_a_large_change_without_a_design_blocks if {
	found := design.deny with input as document(large, []) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == concat("", [
		"The change links no design document, though it has 101 lines outside documents ",
		"(a design is needed above 100)",
	])
	finding.expected == "a design document under docs/design/**/*.md"
}

test_a_large_change_with_a_complete_design_passes if {
	design.deny == set() with input as document(large, [complete]) with data.kadian.settings as settings
}

test_prose_does_not_make_a_change_large if {
	files := array.concat(small, [file("docs/design/a.md", "docs", 500)])
	design.deny == set() with input as document(files, []) with data.kadian.settings as settings
}

test_a_risky_path_needs_a_design_whatever_the_size if {
	found := design.deny with input as document([file("pay/a.rs", "code", 1)], []) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "The change links no design document, though it touches the risky path pay/a.rs"
	finding.file == "pay/a.rs"
}

test_a_risky_path_is_found_among_others_whatever_is_in_its_name if {
	files := [file("src/a.rs", "code", 1), file("pay/b\nc", "code", 1), file("src/pay/d.rs", "code", 1)]
	found := design.deny with input as document(files, []) with data.kadian.settings as settings
	{finding.file | some finding in found} == {"pay/b\nc"}
}

test_moving_a_file_out_of_a_risky_path_is_risky if {
	moved := object.union(file("src/a.rs", "code", 1), {"old_path": "pay/a.rs"})
	found := design.deny with input as document([moved], []) with data.kadian.settings as settings
	count(found) == 1
}

test_a_link_that_leads_nowhere_blocks_a_large_change if {
	gone := object.union(doc("docs/design/gone.md", []), {"exists": false})
	found := design.deny with input as document(large, [gone]) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "Design document docs/design/gone.md, linked from commit 1a2b3c4, is not in the repository"
	finding.file == "docs/design/gone.md"
	design.warn == set() with input as document(large, [gone]) with data.kadian.settings as settings
}

test_a_link_that_leads_nowhere_only_warns_on_a_small_change if {
	gone := object.union(doc("docs/design/gone.md", []), {"exists": false})
	design.deny == set() with input as document(small, [gone]) with data.kadian.settings as settings
	found := design.warn with input as document(small, [gone]) with data.kadian.settings as settings
	count(found) == 1
}

test_missing_and_empty_sections_block_in_one_finding if {
	poor := doc("docs/design/a.md", [heading("rollback", 1)])
	found := design.deny with input as document(large, [poor]) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "Design document docs/design/a.md lacks trade-offs (missing), rollback (empty)"
	finding.file == "docs/design/a.md"
	finding.line == 10
	finding.actual == "0 of 2 sections"
	finding.distance == "2 more sections"
	finding.expected == "sections with at least 2 words: trade-offs, rollback"
}

test_a_document_without_any_heading_has_no_line if {
	found := design.deny with input as document(large, [doc("docs/design/a.md", [])]) with data.kadian.settings as settings
	some finding in found
	not "line" in object.keys(finding)
	finding.distance == "2 more sections"
}

test_exactly_enough_words_pass if {
	exact := doc("docs/design/a.md", [heading("trade offs", 2), heading("rollback", 2)])
	design.deny == set() with input as document(large, [exact]) with data.kadian.settings as settings
}

test_one_heading_may_serve_two_sections_and_synonyms_count if {
	joined := doc("docs/design/a.md", [heading("trade offs and how to roll back", 20)])
	design.deny == set() with input as document(large, [joined]) with data.kadian.settings as settings
	chinese := doc("docs/design/a.md", [heading("trade offs", 20), heading("三 回滚方案", 20)])
	design.deny == set() with input as document(large, [chinese]) with data.kadian.settings as settings
}

test_part_of_a_word_is_not_a_section if {
	similar := doc("docs/design/a.md", [heading("trade offs", 20), heading("rollbacks", 20)])
	found := design.deny with input as document(large, [similar]) with data.kadian.settings as settings
	some finding in found
	finding.msg == "Design document docs/design/a.md lacks rollback (missing)"
}

test_one_complete_document_among_several_is_enough if {
	poor := doc("docs/adr/1.md", [heading("status", 3)])
	design.deny == set() with input as document(large, [poor, complete]) with data.kadian.settings as settings
}

test_the_document_that_lacks_least_is_named if {
	poor := doc("docs/adr/1.md", [])
	better := doc("docs/design/a.md", [heading("rollback", 5)])
	found := design.deny with input as document(large, [poor, better]) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.file == "docs/design/a.md"
	finding.distance == "1 more section"
}

test_missing_documents_find_nothing_and_so_must_be_held_by_the_gate if {
	absent := json.remove(document(large, []), ["documents/designs"])
	design.deny == set() with input as absent with data.kadian.settings as settings
	design.warn == set() with input as absent with data.kadian.settings as settings
}
