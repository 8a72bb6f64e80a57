# METADATA
# title: Checklist
# description: >-
#   Judges the task lists in the text of the pull request (`- [x] ...`). Nothing is asked for unless the settings say so. Items in code and in
#   comments do not count; an item that is struck through does not apply.
package kadian.checklist

# METADATA
# title: The required items are ticked
# description: >-
#   Every item of `settings.checklist.required`, and of `settings.checklist.when` for what the change touches, stands in the text and is
#   ticked. An item is found by its beginning, whatever the case, blanks and signs; one that is struck through is not ticked.
# custom:
#   id: checklist/items
#   severity: high
#   stages: [merge]
#   needs: [review, change]
#   requirement: B1
#   remedy: Do what the item says, and tick it in the text of the pull request
deny contains finding if {
	some item in required
	known
	not is_ticked(item)
	finding := {
		"msg": sprintf("`%s` is %s in the text of the pull request", [item, state_of(item)]),
		"expected": "ticked",
		"actual": state_of(item),
		"distance": "1 item",
		"item": item,
	}
}

# METADATA
# title: Every item is answered
# description: >-
#   With `settings.checklist.complete`, every item of the text is ticked or struck through. A text without items passes. Names the first ten.
# custom:
#   id: checklist/complete
#   severity: medium
#   stages: [merge]
#   needs: [review]
#   requirement: B1
#   remedy: Tick each item, or strike through what does not apply (`~~item~~`)
deny contains finding if {
	data.kadian.settings.checklist.complete
	known
	open := [item | some item in items; item.applicable; not item.checked]
	count(open) > 0
	finding := {
		"msg": sprintf("%s of the checklist not answered: %s%s", [
			amount(count(open)), concat("; ", [item.text | some item in array.slice(open, 0, listed)]), rest(count(open)),
		]),
		"expected": "every item ticked or struck through",
		"actual": sprintf("%d open", [count(open)]),
		"distance": amount_left(count(open)),
		"lines": [item.line | some item in array.slice(open, 0, listed)],
	}
}

# METADATA
# title: The checklist can be read
# description: Holds when the settings ask for items, and nobody tells the text of the pull request.
# custom:
#   id: checklist/unknown
#   severity: medium
#   stages: [merge]
#   needs: [review, change]
#   requirement: B1
#   remedy: Let kadian ask the code host about the pull request; a file of reviews holds no text
hold contains finding if {
	asked
	not known
	finding := {
		"msg": "Cannot tell whether the checklist is ticked: nobody tells the text of the pull request",
		"expected": "the items of the pull request's text",
		"actual": "unknown",
	}
}

# A bound on the output, not a threshold.
listed := 10

asked if count(required) > 0

asked if data.kadian.settings.checklist.complete

required := {item | some item in data.kadian.settings.checklist.required} | {item |
	some entry in data.kadian.settings.checklist.when
	some file in input.change.files
	some path in [file.path, object.get(file, "old_path", null)]
	is_string(path)
	some glob in entry.paths
	regex.match(data.kadian.settings.regexes[glob], path)
	some item in entry.items
}

known if is_array(object.get(input.review, "checklist", null))

items := object.get(input.review, "checklist", null)

is_ticked(name) if {
	some item in items
	item.checked
	item.applicable
	is_about(item, name)
}

state_of(name) := "struck through" if {
	some item in items
	not item.applicable
	is_about(item, name)
} else := "not ticked" if {
	some item in items
	is_about(item, name)
} else := "missing"

# Words may follow, such as a link to the proof.
is_about(item, name) if plain(item.text) == plain(name)

is_about(item, name) if startswith(plain(item.text), sprintf("%s ", [plain(name)]))

plain(text) := trim_space(regex.replace(lower(text), `[^\p{L}\p{N}]+`, " "))

amount(1) := "1 item"

amount(number) := sprintf("%d items", [number]) if number != 1

amount_left(1) := "1 more item"

amount_left(number) := sprintf("%d more items", [number]) if number != 1

rest(number) := sprintf("; and %d more", [number - listed]) if {
	number > listed
} else := ""
