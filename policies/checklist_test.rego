package kadian.checklist_test

import data.kadian.checklist

off := {"checklist": {"required": [], "complete": false, "when": []}, "regexes": {"db/**": "^db/(?s:.+)$"}}

set_to(changes) := object.union(off, {"checklist": changes})

item(text, checked) := {"section": null, "text": text, "checked": checked, "applicable": true, "line": 1}

document(items) := {"review": {"checklist": items}, "change": {"files": [{"path": "db/1.sql", "old_path": null}]}}

test_nothing_is_asked_for_without_settings if {
	every items in [null, [], [item("a", false)]] {
		checklist.deny == set() with input as document(items) with data.kadian.settings as off
		checklist.hold == set() with input as document(items) with data.kadian.settings as off
	}
}

test_a_ticked_item_passes_however_it_is_written if {
	required := set_to({"required": ["Rollback: tested!"]})
	every text in ["rollback tested", "Rollback  tested.", "Rollback tested: see run 7"] {
		checklist.deny == set() with input as document([item(text, true)]) with data.kadian.settings as required
	}
}

test_a_required_item_that_is_open_struck_through_or_missing_blocks if {
	required := set_to({"required": ["Rollback tested"]})
	struck := object.union(item("Rollback tested", true), {"applicable": false})
	cases := {
		"not ticked": [item("Rollback tested", false)],
		"struck through": [struck],
		"missing": [item("Rollback testedness", true), item("not Rollback tested", true)],
	}
	every state, items in cases {
		found := checklist.deny with input as document(items) with data.kadian.settings as required
		count(found) == 1
		some finding in found
		finding.actual == state
	}
}

test_items_may_depend_on_what_is_touched if {
	when := set_to({"when": [{"paths": ["db/**"], "items": ["Rows estimated"]}]})
	found := checklist.deny with input as document([]) with data.kadian.settings as when
	count(found) == 1
	elsewhere := object.union(document([]), {"change": {"files": [{"path": "src/a.rs", "old_path": null}]}})
	checklist.deny == set() with input as elsewhere with data.kadian.settings as when
	moved := object.union(document([]), {"change": {"files": [{"path": "src/a.rs", "old_path": "db/1.sql"}]}})
	moved_found := checklist.deny with input as moved with data.kadian.settings as when
	count(moved_found) == 1
}

test_every_item_is_answered_where_that_is_asked if {
	complete := set_to({"complete": true})
	struck := object.union(item("b", false), {"applicable": false})
	checklist.deny == set() with input as document([item("a", true), struck]) with data.kadian.settings as complete
	checklist.deny == set() with input as document([]) with data.kadian.settings as complete
	found := checklist.deny with input as document([item("a", false), item("b", false)]) with data.kadian.settings as complete
	count(found) == 1
	some finding in found
	finding.msg == "2 items of the checklist not answered: a; b"
}

test_a_text_that_nobody_tells_holds_where_items_are_asked_for if {
	every settings in [set_to({"complete": true}), set_to({"required": ["a"]})] {
		checklist.deny == set() with input as document(null) with data.kadian.settings as settings
		found := checklist.hold with input as document(null) with data.kadian.settings as settings
		count(found) == 1
	}
}
