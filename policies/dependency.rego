# METADATA
# title: Dependencies
# description: >-
#   A new dependency on something outside the process is declared in the service catalogue before it is used: strong or weak,
#   its objectives, the caller's timeout, and what happens when it fails. An unreasonable timeout on an edge feature can block
#   every thread of a core system, so the timeout is held against the caller's own latency objective.
package kadian.dependency

# METADATA
# title: A new client package has a declaration
# description: >-
#   Every package that a lock file gains and that matches `settings.dependency.patterns` (regular expressions over
#   `ecosystem:name`) is listed under `packages` of a dependency in the service catalogue; of the service itself where the
#   catalogue knows it, otherwise of any. `settings.dependency.require_declaration` decides whether it blocks.
# custom:
#   id: dependency/undeclared
#   severity: high
#   stages: [push, merge]
#   needs: [change]
#   requirement: A7
#   remedy: Declare the dependency in the service catalogue, with strength, objectives, timeout_ms, on_failure and this package
deny contains finding if {
	data.kadian.settings.dependency.require_declaration
	some finding in undeclared
}

# METADATA
# title: A new client package without a declaration
# description: >-
#   As `dependency/undeclared`, where `settings.dependency.require_declaration` is off.
# custom:
#   id: dependency/undeclared-advice
#   severity: low
#   stages: [push, merge]
#   needs: [change]
#   requirement: A7
#   remedy: Declare the dependency in the service catalogue, with strength, objectives, timeout_ms, on_failure and this package
warn contains finding if {
	not data.kadian.settings.dependency.require_declaration
	some finding in undeclared
}

# METADATA
# title: A declaration is complete
# description: >-
#   A dependency that the change declares, changes, or brings the client of, states everything in
#   `settings.dependency.required_fields`. Objectives count as stated when at least one of them is. One finding for each
#   dependency names all that is missing.
# custom:
#   id: dependency/incomplete
#   severity: high
#   stages: [push, merge]
#   needs: [change]
#   requirement: A7
#   remedy: Add the named keys to the declaration
deny contains finding if {
	some judged in declarations
	missing := [field |
		some field in data.kadian.settings.dependency.required_fields
		not stated(judged.dependency, field)
	]
	count(missing) > 0
	finding := object.union(place(judged), {
		"msg": sprintf("Dependency %s of %s does not state %s", [judged.dependency.name, judged.service, concat(", ", missing)]),
		"expected": concat(", ", data.kadian.settings.dependency.required_fields),
		"actual": sprintf("%s missing", [concat(", ", missing)]),
		"distance": sprintf("%d more %s", [count(missing), noun(count(missing), "key", "keys")]),
	})
}

# METADATA
# title: The answer to a failure fits the strength
# description: >-
#   `settings.dependency.on_failure` lists what may be done when a strong or a weak dependency fails: a weak one is answered
#   with less or a stand-in, a strong one is kept apart, cut off or failed at once.
# custom:
#   id: dependency/on-failure
#   severity: high
#   stages: [push, merge]
#   needs: [change]
#   requirement: A7
#   remedy: Choose an on_failure that fits the strength, or correct the strength
deny contains finding if {
	some judged in declarations
	strength := object.get(judged.dependency, "strength", null)
	answer := object.get(judged.dependency, "on_failure", null)
	strength != null
	answer != null
	allowed := data.kadian.settings.dependency.on_failure[strength]
	not answer in allowed
	finding := object.union(place(judged), {
		"msg": sprintf("Dependency %s of %s is %s but on_failure is %s, which does not fit: use %s", [
			judged.dependency.name, judged.service, strength, answer, concat(" or ", allowed),
		]),
		"expected": concat(" or ", allowed),
		"actual": answer,
	})
}

# METADATA
# title: The timeout is below the caller's latency objective
# description: >-
#   `timeout_ms` is above 0 and strictly below `objectives.latency_p99_ms` of the service that calls: a dependency that hangs
#   must not take the caller's whole latency budget with it.
# custom:
#   id: dependency/timeout
#   severity: high
#   stages: [push, merge]
#   needs: [change]
#   requirement: A7
#   remedy: Lower timeout_ms below the caller's latency objective
deny contains finding if {
	some judged in declarations
	timeout := object.get(judged.dependency, "timeout_ms", null)
	timeout != null
	finding := object.union(place(judged), timeout_fault(judged, timeout, caller_latency(judged.service)))
}

# METADATA
# title: The caller's latency objective is known
# description: >-
#   Holds when a dependency has a timeout but the calling service states no `objectives.latency_p99_ms`, or the catalogue that
#   would state it is not at hand.
# custom:
#   id: dependency/caller-objective
#   severity: medium
#   stages: [push, merge]
#   needs: [change]
#   requirement: A7
#   remedy: State objectives.latency_p99_ms of the calling service in the service catalogue
hold contains finding if {
	some judged in declarations
	timeout := object.get(judged.dependency, "timeout_ms", null)
	timeout != null
	caller_latency(judged.service) == null
	finding := object.union(place(judged), {
		"msg": sprintf("Cannot judge the timeout of %v ms that %s has for %s: its own latency objective is unknown", [
			timeout, judged.service, judged.dependency.name,
		]),
		"expected": sprintf("objectives.latency_p99_ms of %s", [judged.service]),
		"actual": "not stated",
	})
}

# METADATA
# title: Work lost to a strong dependency is made good
# description: >-
#   A strong dependency states how work that failed with it is recorded and made good later (`compensation`).
# custom:
#   id: dependency/compensation
#   severity: low
#   stages: [push, merge]
#   needs: [change]
#   requirement: A7
#   remedy: Add compensation to the declaration
warn contains finding if {
	some judged in declarations
	object.get(judged.dependency, "strength", null) == "strong"
	blank(object.get(judged.dependency, "compensation", null))
	finding := object.union(place(judged), {
		"msg": sprintf("Strong dependency %s of %s does not say how failed work is made good", [
			judged.dependency.name, judged.service,
		]),
		"expected": "compensation",
		"actual": "not stated",
	})
}

# METADATA
# title: Lock files were compared
# description: >-
#   Holds when the change touches a lock file whose contents are not at hand, for example because only a diff was given: a new
#   dependency could hide there. With no `settings.dependency.patterns` there is nothing to look for.
# custom:
#   id: dependency/unread-lock-file
#   severity: medium
#   stages: [merge]
#   needs: [change]
#   requirement: A7
#   remedy: Run kadian in the repository, with both revisions at hand, instead of on a diff alone
hold contains finding if {
	count(data.kadian.settings.dependency.patterns) > 0
	object.get(input.change, "dependencies", null) == null
	some file in input.change.files
	file.category == "lock"
	finding := {
		"msg": sprintf("Cannot tell which dependencies %s gains: its contents are not at hand", [file.path]),
		"file": file.path,
		"expected": "both versions of the lock file",
		"actual": "not at hand",
	}
}

lock_changes := object.get(input.change, "dependencies", null)

# Packages gained that are clients of something outside.
clients := [change |
	is_array(lock_changes)
	some change in lock_changes
	change.edit == "added"
	matches_some(package_of(change))
]

matches_some(name) if {
	some pattern in data.kadian.settings.dependency.patterns
	regex.match(pattern, name)
}

package_of(change) := sprintf("%s:%s", [change.ecosystem, change.name])

undeclared := [finding |
	some change in clients
	not declares(package_of(change))
	finding := known({
		"msg": sprintf("%s gains %s, a client of something outside, which the service catalogue does not declare", [
			change.file, package_of(change),
		]),
		"file": change.file,
		"line": object.get(change, "line", null),
		"expected": sprintf("a dependency in the catalogue with the package %s", [package_of(change)]),
		"actual": "no declaration",
		"distance": "1 declaration",
	})
]

declares(name) if {
	some judged in responsible
	name in judged.dependency.packages
}

catalogue_change := object.get(input.change, "catalogue", null)

gained_services := catalogue_change.added_services if {
	is_object(catalogue_change)
} else := []

gained_dependencies := catalogue_change.changed_dependencies if {
	is_object(catalogue_change)
} else := []

# The catalogue as evidence, which may be absent; then only what the change shows of it is known.
services := array.concat(object.get(input, ["catalogue", "services"], []), gained_services)

declared := [{"service": service.name, "dependency": dependency} |
	some service in services
	some dependency in service.dependencies
]

# A declaration by another service says nothing about this one's timeout, unless nobody knows which service this is.
responsible := [judged |
	some judged in every_declaration
	judged.service == own_service
] if {
	own_service in {service.name | some service in services}
} else := every_declaration

own_service := object.get(input, ["gate", "service", "name"], null)

every_declaration := array.concat(declared, gained_dependencies)

# What this change answers for: declarations that it adds or edits, and those of the packages that it brings.
declarations := ({judged | some judged in gained_dependencies} | {judged |
	some service in gained_services
	some dependency in service.dependencies
	judged := {"service": service.name, "dependency": dependency}
}) | {judged |
	some judged in responsible
	some change in clients
	package_of(change) in judged.dependency.packages
}

stated(dependency, field) if {
	field != "objectives"
	not blank(object.get(dependency, field, null))
}

stated(dependency, "objectives") if {
	some _, value in dependency.objectives
	value != null
}

blank(null) := true

blank(text) if {
	is_string(text)
	trim_space(text) == ""
}

# Null where the service, or its objective, is not known.
caller_latency(name) := min(stated_latencies) if {
	stated_latencies := [latency |
		some service in services
		service.name == name
		latency := object.get(service, ["objectives", "latency_p99_ms"], null)
		latency != null
	]
	count(stated_latencies) > 0
} else := null

timeout_fault(judged, timeout, _) := {
	"msg": sprintf("Timeout of dependency %s of %s is %v ms, which is no timeout", [
		judged.dependency.name, judged.service, timeout,
	]),
	"expected": "more than 0 ms",
	"actual": sprintf("%v ms", [timeout]),
} if {
	timeout <= 0
}

timeout_fault(judged, timeout, latency) := {
	"msg": sprintf("Timeout of dependency %s is %v ms, but %s must itself answer within %v ms (p99)", [
		judged.dependency.name, timeout, judged.service, latency,
	]),
	"expected": sprintf("below %v ms", [latency]),
	"actual": sprintf("%v ms", [timeout]),
	"distance": sprintf("more than %v ms less", [timeout - latency]),
} if {
	latency != null
	timeout > 0
	timeout >= latency
}

place(judged) := object.union(subject(judged), known({
	"file": catalogue_change.file,
	"line": object.get(judged.dependency, "line", null),
})) if {
	is_object(catalogue_change)
} else := subject(judged)

subject(judged) := {"service": judged.service, "dependency": judged.dependency.name}

noun(number, one, many) := one if {
	number == 1
} else := many

# Leaves out keys without a value, so that a finding carries only what is known.
known(finding) := {key: value | some key, value in finding; value != null}
