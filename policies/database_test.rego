package kadian.database_test

import data.kadian.database

lock := {
	"rule": "database/index-not-concurrent",
	"class": "lock",
	"severity": "high",
	"file": "db/V2__a.sql",
	"line": 3,
	"column": 1,
	"end_line": 3,
	"end_column": 40,
	"statement": 0,
	"direction": "up",
	"table": "orders",
	"column_name": null,
	"message": "building the index blocks writes of orders",
	"lock": "SHARE",
	"blocks": "writes",
	"rewrites": false,
	"scans": true,
	"weighed_by_size": true,
	"rows": 5000000,
	"bytes": null,
	"size": "large",
	"harmless": null,
	"safe": "CREATE INDEX CONCURRENTLY i ON orders (a);",
	"source": "PostgreSQL: CREATE INDEX",
}

correction := {
	"file": "fix/1.sql",
	"line": 1,
	"column": 1,
	"end_line": 1,
	"end_column": 30,
	"kind": "update",
	"tables": ["orders"],
	"direction": "up",
	"understood": "parsed",
	"reason": null,
	"text": "UPDATE orders SET a = 1 WHERE b = 2",
	"correction": true,
	"estimated_rows": 12,
	"full_scans": [],
	"estimate_failed": null,
}

orders := {"name": "orders", "created_here": false, "rows": 5000000, "bytes": null, "size": "large", "slow_ms": null, "replicated": null}

empty := {
	"status": "known",
	"files": [],
	"statements": [],
	"risks": [],
	"tables": [],
	"statistics": null,
	"checklist": null,
	"reversals": [],
	"references": [],
	"early": [],
	"growth": [],
}

with_risks(risks) := {"database": object.union(empty, {"risks": risks})}

with_statements(statements) := {"database": object.union(empty, {"statements": statements, "tables": [orders]})}

ids(findings) := {object.get(finding, "id", "") | some finding in findings}

test_a_lock_on_a_large_table_blocks_under_the_id_of_its_rule if {
	found := database.deny with input as with_risks([lock])
	ids(found) == {"database/index-not-concurrent"}
	some finding in found
	finding.msg == "building the index blocks writes of orders (orders: about 5000000 rows)"
	finding.remedy == "CREATE INDEX CONCURRENTLY i ON orders (a);"
}

test_an_unknown_size_blocks_and_says_so if {
	found := database.deny with input as with_risks([object.union(lock, {"rows": null, "size": "unknown"})])
	some finding in found
	contains(finding.msg, "nobody tells how large orders is")
}

test_what_is_harmless_here_is_not_told if {
	harmless := object.union(lock, {"harmless": "orders is created in the same change"})
	count(database.deny) == 0 with input as with_risks([harmless])
	count(database.warn) == 0 with input as with_risks([harmless])
}

test_each_class_is_judged if {
	every class in [
		"lock", "rewrite", "data-loss", "compatibility", "failure", "transaction", "replication", "correction", "slow",
		"privileges",
	] {
		count(database.deny) == 1 with input as with_risks([object.union(lock, {"class": class})])
			with data.kadian.settings.database.checklist as "never"
	}
}

test_a_milder_risk_and_one_on_the_way_down_are_warnings if {
	mild := object.union(lock, {"severity": "medium"})
	down := object.union(lock, {"direction": "down", "line": 9})
	count(database.deny) == 0 with input as with_risks([mild, down])
	count(database.warn) == 2 with input as with_risks([mild, down])
}

test_settings_switch_a_rule if {
	count(database.deny) == 0 with input as with_risks([lock])
		with data.kadian.settings.database.rules as {"database/index-not-concurrent": "off"}
	count(database.warn) == 1 with input as with_risks([lock])
		with data.kadian.settings.database.rules as {"database/index-not-concurrent": "warn"}
	count(database.deny) == 1 with input as with_risks([object.union(lock, {"severity": "low"})])
		with data.kadian.settings.database.rules as {"database/index-not-concurrent": "deny"}
}

test_design_is_a_pack_of_its_own if {
	design := object.union(lock, {"class": "design", "rule": "database/name"})
	count(database.warn) == 0 with input as with_risks([design])
	count(database.warn) == 1 with input as with_risks([design]) with data.kadian.settings.database.design_rules as true
	count(database.deny) == 1 with input as with_risks([design])
		with data.kadian.settings.database.rules as {"database/name": "deny"}
}

test_risks_are_bounded_and_counted if {
	risks := [object.union(lock, {"line": line}) | some line in numbers.range(1, 60)]
	found := database.deny with input as with_risks(risks)
	count(found) == 51
	some finding in found
	finding.more == 10
}

test_an_unparsed_statement_holds_until_a_dba_approves if {
	unparsed := object.union(lock, {"class": "unparsed", "rule": "database/unparsed"})
	count(database.deny) == 0 with input as with_risks([unparsed])
	count(database.hold) == 1 with input as with_risks([unparsed])
	approved := object.union(with_risks([unparsed]), {"review": reviewed("dana")})
	count(database.hold) == 0 with input as approved
	count(database.hold) == 0 with input as approved with data.kadian.settings.database.dbas as ["@Dana"]
	count(database.hold) == 1 with input as approved with data.kadian.settings.database.dbas as ["someone"]
}

test_sql_that_nobody_sees_holds if {
	file := {"path": "shop/migrations/0002_x.py", "tool": "django", "edited": false, "unread": "django makes the SQL of it"}
	count(database.hold) == 1 with input as {"database": object.union(empty, {"files": [file]})}
	read := object.union(file, {"unread": null})
	count(database.hold) == 0 with input as {"database": object.union(empty, {"files": [read]})}
}

test_an_edited_migration_blocks if {
	file := {"path": "db/V1__a.sql", "tool": "flyway", "edited": true, "unread": null}
	count(database.deny) == 1 with input as {"database": object.union(empty, {"files": [file]})}
}

test_a_correction_has_a_limit if {
	many := object.union(correction, {"estimated_rows": 100001})
	count(limited(database.deny)) == 0 with input as with_statements([correction])
	found := database.deny with input as with_statements([many])
	{finding.distance | some finding in limited(found)} == {"1 rows fewer"}
}

limited(findings) := {finding | some finding in findings; contains(finding.msg, "one statement may change")}

test_a_correction_of_unknown_size_holds if {
	unknown := object.union(correction, {"estimated_rows": null, "estimate_failed": "the server is gone"})
	found := database.hold with input as with_statements([unknown]) with data.kadian.settings.database.checklist as "never"
	some finding in found
	contains(finding.msg, "the server is gone")
	small := object.union(with_statements([unknown]).database, {"tables": [object.union(orders, {"rows": 10})]})
	count(database.hold) == 0 with input as {"database": small} with data.kadian.settings.database.checklist as "never"
	filled := object.union(with_statements([unknown]).database, {"tables": [object.union(orders, {"created_here": true})]})
	count(database.hold) == 0 with input as {"database": filled} with data.kadian.settings.database.checklist as "never"
}

test_a_correction_needs_two_approvals if {
	one := object.union(with_statements([correction]), {"review": reviewed("dana")})
	found := database.deny with input as one
	"1 of 2 approvals that a data correction needs count" in {finding.msg | some finding in found}
	two := object.union(with_statements([correction]), {"review": {
		"status": "known", "author": "ann",
		"approvals": array.concat(reviewed("dana").approvals, reviewed("eve").approvals),
	}})
	again := database.deny with input as two
	count([finding | some finding in again; contains(finding.msg, "approvals")]) == 0
}

test_a_plan_that_reads_a_large_table_blocks if {
	scanning := object.union(correction, {"full_scans": ["orders"], "correction": false})
	found := database.deny with input as with_statements([scanning])
	{finding.table | some finding in found} == {"orders"}
	small := object.union(with_statements([scanning]).database, {"tables": [object.union(orders, {"size": "small"})]})
	count(database.deny) == 0 with input as {"database": small}
	none := object.union(correction, {"full_scans": null, "correction": false})
	count(database.deny) == 0 with input as with_statements([none])
}

test_a_correction_needs_its_checklist if {
	found := database.deny with input as with_statements([correction])
	[finding.distance | some finding in found; object.get(finding, "questions", null) != null] == ["11 answers"]
	answers := [{"question": question, "answer": "yes, it is", "by": null, "line": 1} |
		some question in data.kadian.settings.database.questions
	]
	checklist := {"source": "db/1.checklist.yaml", "answers": answers, "contradictions": [], "reviewers": [], "window": null}
	answered := {"database": object.union(with_statements([correction]).database, {"checklist": checklist})}
	again := database.deny with input as answered
	count([finding | some finding in again; object.get(finding, "questions", null) != null]) == 0
}

test_the_checklist_tells_the_truth if {
	contradiction := {
		"question": "estimated_rows", "message": "12 rows are declared, and 900 are found", "declared": "12", "found": "900", "line": 4,
		"certain": true,
	}
	checklist := {"source": "a.yaml", "answers": [], "contradictions": [contradiction], "reviewers": [], "window": null}
	found := database.deny with input as {"database": object.union(empty, {"checklist": checklist})}
	some finding in found
	finding.line == 4
	contains(finding.msg, "900 are found")
	doubtful := object.union(checklist, {"contradictions": [object.union(contradiction, {"certain": false})]})
	count(database.deny) == 0 with input as {"database": object.union(empty, {"checklist": doubtful})}
	count(database.hold) == 1 with input as {"database": object.union(empty, {"checklist": doubtful})}
}

test_a_dba_approves_what_needs_a_checklist if {
	changed := with_statements([correction])
	nobody := object.union(changed, {"review": {"status": "known", "author": "ann", "approvals": []}})
	found := database.hold with input as nobody
	count([finding | some finding in found; contains(finding.msg, "No DBA")]) == 1
	by_dana := object.union(changed, {"review": reviewed("dana")})
	count(database.hold) == 0 with input as by_dana with data.kadian.settings.database.dbas as ["dana"]
}

test_a_way_back_is_there_and_right if {
	reversal := {
		"up": "db/1.up.sql", "line": 1, "down": "db/1.down.sql", "state": "different",
		"differences": ["orders keeps the column a"], "notes": [],
	}
	count(database.deny) == 1 with input as {"database": object.union(empty, {"reversals": [reversal]})}
	missing := object.union(reversal, {"state": "missing", "down": null, "differences": []})
	count(database.deny) == 0 with input as {"database": object.union(empty, {"reversals": [missing]})}
	count(database.deny) == 1 with input as {"database": object.union(empty, {"reversals": [missing]})}
		with data.kadian.settings.database.reversal as "always"
	half := object.union(reversal, {"state": "schema_only"})
	count(database.warn) == 1 with input as {"database": object.union(empty, {"reversals": [half]})}
}

test_code_that_names_what_goes_blocks_where_it_is_certain if {
	reference := {
		"file": "src/a.py", "line": 3, "text": "SELECT a FROM orders", "table": "orders", "column": "a", "statement": 0,
		"certain": true, "at_base": true,
	}
	found := database.deny with input as {"database": object.union(empty, {"references": [reference]})}
	some finding in found
	contains(finding.msg, "so does the version that runs")
	maybe := object.union(reference, {"certain": false})
	count(database.deny) == 0 with input as {"database": object.union(empty, {"references": [maybe]})}
	count(database.warn) == 1 with input as {"database": object.union(empty, {"references": [maybe]})}
}

test_a_contract_step_waits_for_its_release if {
	step := {
		"file": "db/2.sql", "line": 4, "column": 1, "column_name": "note", "end_line": 4, "end_column": 40, "statement": 0, "table": "orders",
		"reason": "code_runs", "message": "the version that runs names orders.note", "safe": "drop it later",
	}
	found := database.deny with input as {"database": object.union(empty, {"early": [step]})}
	{finding.line | some finding in found} == {4}
	reference := {
		"file": "src/a.py", "line": 3, "text": "SELECT note FROM orders", "table": "orders", "column": "note", "statement": 0,
		"certain": true, "at_base": true,
	}
	told := database.deny with input as {"database": object.union(empty, {"early": [step], "references": [reference]})}
	{finding.file | some finding in told} == {"src/a.py"}
}

test_a_growing_table_is_archived if {
	growing := {
		"table": "orders_log", "file": "db/1.sql", "line": 1, "column": 1, "end_line": 1, "end_column": 9,
		"archive": null, "every": "1d",
	}
	found := database.deny with input as {"database": object.union(empty, {"growth": [growing]})}
	some finding in found
	contains(finding.msg, "by which condition")
	declared := object.union(growing, {"archive": "created_at < now() - interval '90 days'"})
	count(database.deny) == 0 with input as {"database": object.union(empty, {"growth": [declared]})}
}

test_a_push_is_warned if {
	found := database.warn with input as with_risks([lock])
	ids(found) == {"database/index-not-concurrent"}
}

reviewed(name) := {
	"status": "known",
	"author": "ann",
	"approvals": [{
		"by": name, "at": null, "commit": null, "state": "approved", "by_author": false, "current": true, "superseded": false,
	}],
}
