# METADATA
# title: Design documents
# description: >-
#   A large or risky change links a design document that lies in the repository and has the required sections. A change is
#   large above `settings.design.required_above_lines` lines, documents not counted, and risky when it touches a path of
#   `settings.design.risky_paths`. Anything else needs no design document.
package kadian.design

# METADATA
# title: A large or risky change links its design
# description: >-
#   The change links or brings at least one design document: a link in the pull request or in a commit message, or a file
#   under `settings.design.paths` in the change itself.
# custom:
#   id: design/missing
#   severity: high
#   stages: [push, merge]
#   needs: [change, documents]
#   requirement: A6
#   remedy: Write the design document, and name its path in a commit message or the pull request, for example docs/design/NAME.md
deny contains finding if {
	count(input.documents.designs) == 0
	count(reasons) > 0
	finding := object.union(
		{
			"msg": sprintf("The change links no design document, though it %s", [concat(" and ", reasons)]),
			"expected": sprintf("a design document under %s", [concat(" or ", data.kadian.settings.design.paths)]),
			"actual": "no design document",
			"distance": "1 design document",
		},
		risky_place,
	)
}

# METADATA
# title: The linked design exists
# description: >-
#   Every design document that a large or risky change links is in the repository at the head of the change.
# custom:
#   id: design/not-found
#   severity: high
#   stages: [push, merge]
#   needs: [change, documents]
#   requirement: A6
#   remedy: Correct the link, or add the document to the change
deny contains finding if {
	count(dangling) > 0
	count(reasons) > 0
	some finding in dangling
}

# METADATA
# title: A design link leads nowhere
# description: >-
#   As `design/not-found`, for a change that needs no design document.
# custom:
#   id: design/broken-link
#   severity: low
#   stages: [push, merge]
#   needs: [change, documents]
#   requirement: A6
#   remedy: Correct the link, or add the document to the change
warn contains finding if {
	count(dangling) > 0
	count(reasons) == 0
	some finding in dangling
}

# METADATA
# title: The design has the required sections
# description: >-
#   One of the linked documents has every section of `settings.design.required_sections`, each with at least
#   `settings.design.min_words` words below it. A heading counts when it contains the section's name or one of its
#   `settings.design.synonyms`. The finding is about the document that lacks least and names everything it lacks.
# custom:
#   id: design/sections
#   severity: high
#   stages: [push, merge]
#   needs: [change, documents]
#   requirement: A6
#   remedy: Fill in the named sections; where one does not apply, say why
deny contains finding if {
	count(existing) > 0
	count(reasons) > 0
	best := sort([[count(lacking(document)), document.path, document] | some document in existing])[0][2]
	lacks := lacking(best)
	count(lacks) > 0
	finding := known({
		"msg": sprintf("Design document %s lacks %s", [best.path, concat(", ", lacks)]),
		"file": best.path,
		"line": first_empty_line(best),
		"expected": sprintf("sections with at least %d %s: %s", [
			data.kadian.settings.design.min_words,
			noun(data.kadian.settings.design.min_words, "word", "words"),
			concat(", ", data.kadian.settings.design.required_sections),
		]),
		"actual": sprintf("%d of %d sections", [
			count(data.kadian.settings.design.required_sections) - count(lacks),
			count(data.kadian.settings.design.required_sections),
		]),
		"distance": sprintf("%d more %s", [count(lacks), noun(count(lacks), "section", "sections")]),
	})
}

existing := [document | some document in input.documents.designs; document.exists]

# Why the change needs a design document; empty when it needs none.
reasons := array.concat(large, risky)

large := [reason |
	lines > data.kadian.settings.design.required_above_lines
	reason := sprintf("has %d lines outside documents (a design is needed above %d)", [
		lines, data.kadian.settings.design.required_above_lines,
	])
]

# The design document itself does not make a change large.
lines := input.change.size.lines - sum([touched_lines(file) |
	some file in input.change.files
	file.category == "docs"
	not file.binary
])

touched_lines(file) := file.additions + file.deletions

risky := [reason |
	count(risky_files) > 0
	reason := sprintf("touches the risky path %s", [risky_files[0]])
]

risky_files := sort(array.concat(
	[file.path |
		some_risky
		some file in input.change.files
		regex.match(every_risky_path, file.path)
	],
	[file.path |
		some_risky
		some file in input.change.files
		is_string(object.get(file, "old_path", null))
		regex.match(every_risky_path, file.old_path)
	],
))

# Most changes touch no such file: all paths are looked at together, each a line. What matches alone matches here, too.
some_risky if {
	count(data.kadian.settings.design.risky_paths) > 0
	regex.match(concat("", ["(?m)", every_risky_path]), concat("\n", array.concat(
		[file.path | some file in input.change.files],
		[path |
			some file in input.change.files
			path := object.get(file, "old_path", null)
			is_string(path)
		],
	)))
}

# One expression for all patterns: a change may have thousands of files.
every_risky_path := concat("|", [data.kadian.settings.regexes[glob] |
	some glob in data.kadian.settings.design.risky_paths
])

risky_place := {"file": risky_files[0]} if {
	count(risky_files) > 0
} else := {}

dangling := [finding |
	some document in input.documents.designs
	not document.exists
	finding := {
		"msg": sprintf("Design document %s, linked from %s, is not in the repository", [document.path, document.linked_from]),
		"file": document.path,
		"expected": "a file in the repository",
		"actual": "no such file",
	}
]

# Sections that are not there, and those with too little below them.
lacking(document) := [text |
	some section in data.kadian.settings.design.required_sections
	not filled(document, section)
	text := sprintf("%s (%s)", [section, state(document, section)])
]

filled(document, section) if {
	some heading in headings(document, section)
	heading.words >= data.kadian.settings.design.min_words
}

state(document, section) := "empty" if {
	count(headings(document, section)) > 0
} else := "missing"

headings(document, section) := [heading |
	some heading in document.sections
	names_section(heading.title, section)
]

names_section(title, section) if {
	some name in array.concat([section], object.get(data.kadian.settings.design.synonyms, section, []))
	holds_phrase(title, plain(name))
}

# Whole words; Chinese is written without spaces between words, so there any place counts.
holds_phrase(title, phrase) if contains(sprintf(" %s ", [title]), sprintf(" %s ", [phrase]))

holds_phrase(title, phrase) if {
	regex.match(`\p{Han}`, phrase)
	contains(title, phrase)
}

# As the headings of a document are given: lower case, one space for anything but letters and digits.
plain(text) := trim_space(regex.replace(lower(text), `[^\p{L}\p{N}]+`, " "))

first_empty_line(document) := min(empty_lines) if {
	empty_lines := [heading.line |
		some section in data.kadian.settings.design.required_sections
		not filled(document, section)
		some heading in headings(document, section)
	]
	count(empty_lines) > 0
} else := null

noun(number, one, many) := one if {
	number == 1
} else := many

# Leaves out keys without a value, so that a finding carries only what is known.
known(finding) := {key: value | some key, value in finding; value != null}
