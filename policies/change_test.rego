package kadian.change_test

import data.kadian.change

settings := {
	"change": {
		"max_lines": 100,
		"max_files": 3,
		"forbidden_paths": [
			{"glob": "**/.env", "reason": "secrets do not belong in a repository", "allow_deletion": true},
			{"glob": "infra/**", "reason": "belongs to another team", "allow_deletion": false},
		],
		"allow_mixed_schema_and_code": false,
		"require_conventional": true,
		"commit_types": ["feat", "fix"],
		"max_subject_length": 20,
	},
	"regexes": {"**/.env": `^(?:[^/]+/)*\.env$`, "infra/**": "^infra/(?s:.+)$"},
}

set_to(changes) := object.union(settings, {"change": changes})

file(path, status, category, lines) := {
	"path": path,
	"old_path": null,
	"status": status,
	"category": category,
	"binary": false,
	"additions": lines,
	"deletions": 0,
}

code(path, lines) := file(path, "modified", "code", lines)

commit(id, subject, header) := {"id": id, "subject": subject, "merge": false, "conventional": header}

header(type) := {"type": type, "scope": null, "breaking": false, "description": "x"}

document(files, markers, commits) := {"change": {
	"status": "known",
	"base_reason": "merge base of main and HEAD",
	"files": files,
	"size": {"files": count(files), "lines": sum([f.additions | some f in files])},
	"markers": markers,
	"commits": commits,
}}

files_only(files) := document(files, [], [])

marker(path, line, id, kind) := {"file": path, "line": line, "commit": id, "kind": kind, "text": "the text"}

test_an_ordinary_change_passes if {
	plain := document([code("src/a.rs", 10)], [], [commit("abc", "fix: it", header("fix"))])
	change.deny == set() with input as plain with data.kadian.settings as settings
	change.warn == set() with input as plain with data.kadian.settings as settings
}

test_a_change_exactly_as_large_as_allowed_passes if {
	change.deny == set() with input as files_only([code("src/a.rs", 100)]) with data.kadian.settings as settings
}

test_a_change_that_is_too_large_blocks if {
	files := [code("src/a.rs", 30), code("src/b.rs", 71), object.union(file("Cargo.lock", "modified", "lock", 0), {"additions": 0})]
	found := change.deny with input as files_only(files) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "The change has 101 lines, at most 100 are allowed; the largest file is src/b.rs with 71"
	finding.expected == "at most 100 lines"
	finding.actual == "101 lines"
	finding.distance == "1 fewer line"
}

test_too_many_files_block_and_the_limit_itself_passes if {
	four := [code(sprintf("src/%d.rs", [n]), 1) | some n in numbers.range(1, 4)]
	found := change.deny with input as files_only(four) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "The change touches 4 files, at most 3 are allowed"
	finding.distance == "1 fewer file"
	three := array.slice(four, 0, 3)
	change.deny == set() with input as files_only(three) with data.kadian.settings as settings
}

test_a_forbidden_path_blocks if {
	files := [file("deploy/.env", "added", "other", 1)]
	found := change.deny with input as files_only(files) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.file == "deploy/.env"
	finding.msg == "deploy/.env must not be touched (pattern **/.env): secrets do not belong in a repository"
}

test_a_path_that_only_resembles_a_forbidden_one_passes if {
	files := [file("deploy/.envrc", "added", "other", 1), file("src/infra/a", "added", "other", 1)]
	change.deny == set() with input as files_only(files) with data.kadian.settings as settings
}

test_deleting_a_forbidden_file_passes_only_where_the_entry_allows_it if {
	secret := [file(".env", "deleted", "other", 0)]
	change.deny == set() with input as files_only(secret) with data.kadian.settings as settings
	other := [file("infra/a.tf", "deleted", "config", 0)]
	found := change.deny with input as files_only(other) with data.kadian.settings as settings
	count(found) == 1
}

test_moving_a_file_out_of_a_forbidden_path_is_seen_by_its_old_path if {
	moved := [object.union(file("src/a.tf", "renamed", "config", 0), {"old_path": "infra/a.tf"})]
	found := change.deny with input as files_only(moved) with data.kadian.settings as settings
	some finding in found
	finding.file == "src/a.tf"
	hidden := [object.union(file("a.env", "renamed", "config", 0), {"old_path": ".env"})]
	change.deny == set() with input as files_only(hidden) with data.kadian.settings as settings
}

test_copying_a_file_from_a_forbidden_path_passes if {
	copied := [object.union(file("src/a.tf", "copied", "config", 0), {"old_path": "infra/a.tf"})]
	change.deny == set() with input as files_only(copied) with data.kadian.settings as settings
}

test_a_forbidden_path_is_found_among_others_whatever_is_in_its_name if {
	files := [
		file("line\nbreak/.env", "added", "other", 1),
		file("infra/b\nc", "added", "other", 1),
		file("src/infra/a\n.env", "added", "other", 1),
	]
	found := change.deny with input as files_only(files) with data.kadian.settings as settings
	{finding.file | some finding in found} == {"line\nbreak/.env", "infra/b\nc"}
}

test_many_forbidden_files_are_bounded if {
	files := [file(sprintf("infra/%d", [n]), "added", "other", 1) | some n in numbers.range(1, 22)]
	found := change.deny with input as files_only(files) with data.kadian.settings as set_to({"max_files": 50})
	count(found) == 21
	some finding in found
	finding.msg == "2 more touched files are forbidden"
}

test_each_mark_of_unfinished_work_blocks_at_merge_and_all_but_conflicts_warn_at_push if {
	markers := [
		marker("src/a.rs", 3, null, "do_not_merge"),
		marker("src/a.rs", 9, null, "conflict"),
		marker(null, null, "abcdef0123456789", "fixup"),
		marker(null, null, "bbcdef0123456789", "work_in_progress"),
	]
	unfinished := document([code("src/a.rs", 10)], markers, [])
	found := change.deny with input as unfinished with data.kadian.settings as settings
	{finding.msg | some finding in found} == {
		"Line 3 of src/a.rs forbids its own merge: the text",
		"Line 9 of src/a.rs is left over from a merge conflict: the text",
		"Commit abcdef0123 was meant to be folded into another commit: the text",
		"Commit bbcdef0123 says that it is work in progress: the text",
	}
	{finding.line | some finding in found} == {3, 9}
	warned := change.warn with input as unfinished with data.kadian.settings as settings
	count(warned) == 3
}

test_schema_and_code_in_one_change_block if {
	files := [code("src/a.rs", 1), file("db/2.sql", "added", "sql", 1), file("db/1.sql", "added", "sql", 1)]
	found := change.deny with input as files_only(files) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "One change touches the schema (db/1.sql and 1 more) and the code (src/a.rs)"
	finding.file == "db/1.sql"
}

test_schema_with_tests_or_alone_or_allowed_passes if {
	apart := [file("db/1.sql", "added", "sql", 1), file("tests/a.rs", "added", "test", 1)]
	change.deny == set() with input as files_only(apart) with data.kadian.settings as settings
	mixed := [code("src/a.rs", 1), file("db/1.sql", "added", "sql", 1)]
	lax := set_to({"allow_mixed_schema_and_code": true})
	change.deny == set() with input as files_only(mixed) with data.kadian.settings as lax
}

test_unconventional_commits_and_unknown_types_warn if {
	commits := [commit("1111111111aa", "did things", null), commit("2222222222bb", "wip2: x", header("wip2"))]
	messy := document([code("src/a.rs", 1)], [], commits)
	found := change.warn with input as messy with data.kadian.settings as settings
	{finding.msg | some finding in found} == {
		"Commit 1111111111 has no conventional header: did things",
		"Commit 2222222222 has the type wip2, known are feat, fix: wip2: x",
	}
	change.warn == set() with input as messy with data.kadian.settings as set_to({"require_conventional": false})
}

test_an_empty_list_of_types_allows_every_type if {
	commits := [commit("2222222222bb", "odd: x", header("odd"))]
	odd := document([code("src/a.rs", 1)], [], commits)
	change.warn == set() with input as odd with data.kadian.settings as set_to({"commit_types": []})
}

test_merges_and_marked_commits_are_not_asked_for_a_convention if {
	commits := [object.union(commit("aaa", "Merge main", null), {"merge": true}), commit("bbb", "fixup! it", null)]
	marked := document([code("src/a.rs", 1)], [marker(null, null, "bbb", "fixup")], commits)
	found := change.warn with input as marked with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.commit == "bbb"
	finding.actual == "fixup"
}

test_many_unconventional_commits_are_bounded if {
	commits := [commit(sprintf("%d", [n]), sprintf("x%d", [n]), null) | some n in numbers.range(1000000001, 1000000012)]
	found := change.warn with input as document([code("a.rs", 1)], [], commits) with data.kadian.settings as settings
	count(found) == 11
	some finding in found
	finding.msg == "2 more commits do not follow the convention"
}

test_a_long_subject_warns_and_one_at_the_limit_does_not if {
	long := [commit("1111111111aa", "fix: 6789012345678901", header("fix"))]
	found := change.warn with input as document([code("a.rs", 1)], [], long) with data.kadian.settings as settings
	count(found) == 1
	some finding in found
	finding.msg == "The subject of commit 1111111111 has 21 characters, at most 20 are allowed"
	finding.distance == "1 fewer character"
	fits := [commit("1111111111aa", "fix: 678901234567890", header("fix"))]
	change.warn == set() with input as document([code("a.rs", 1)], [], fits) with data.kadian.settings as settings
}

test_a_missing_change_finds_nothing_and_so_must_be_held_by_the_gate if {
	absent := {"change": {"status": "missing", "sources": [], "reason": "no repository"}}
	change.deny == set() with input as absent with data.kadian.settings as settings
}

test_code_that_is_taken_for_binary_blocks if {
	hidden := object.union(code("src/a.rs", 0), {"binary": true})
	found := change.deny with input as files_only([hidden]) with data.kadian.settings as settings
	{finding.file | some finding in found} == {"src/a.rs"}
	gone := object.union(hidden, {"status": "deleted"})
	change.deny == set() with input as files_only([gone]) with data.kadian.settings as settings
	picture := object.union(file("a.png", "added", "other", 0), {"binary": true})
	change.deny == set() with input as files_only([picture]) with data.kadian.settings as settings
}

gate_files(files) := {"change": {"status": "known", "files": [], "commits": [], "markers": [], "gate_files": files}}

test_edited_files_of_the_gate_are_named if {
	found := change.warn with input as gate_files([
		{"path": "kadian.yaml", "role": "rules"},
		{"path": ".github/workflows/gate.yml", "role": "pipeline"},
		{"path": "CODEOWNERS", "role": "owners"},
	])
		with data.kadian.settings as settings
	{finding.file | some finding in found} == {"kadian.yaml", ".github/workflows/gate.yml", "CODEOWNERS"}
	some finding in found
	finding.role == "pipeline"
	contains(finding.msg, "could leave the gate out")
}

test_no_file_of_the_gate_is_nothing_to_say if {
	count(change.warn) == 0 with input as gate_files([]) with data.kadian.settings as settings
}

test_many_files_of_the_gate_are_counted if {
	files := [{"path": sprintf("policies/%d.rego", [n]), "role": "rules"} | some n in numbers.range(1, 25)]
	found := change.warn with input as gate_files(files) with data.kadian.settings as settings
	count(found) == 21
	"5 more edited files of the gate are not listed" in {finding.msg | some finding in found}
}
