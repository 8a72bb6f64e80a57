# METADATA
# title: Open incidents
# description: >-
#   Judges what is wrong at the moment: no batch starts into an incident or an active degradation plan of the service or of what it
#   cannot do without. What may end the incident goes on: `settings.incidents.lanes`.
package kadian.incidents

# METADATA
# title: No incident is open
# description: >-
#   An incident is open on this service or on a strong dependency of it, directly or through others; without a name of this service
#   every incident counts. One that only the ledger tells of is open until its end is recorded there.
# custom:
#   id: incidents/open
#   severity: critical
#   stages: [merge, release, rollout]
#   needs: [incidents]
#   requirement: C12
#   remedy: Go on when the incident is over; if this ends it, release it as a hotfix or a rollback
hold contains finding if {
	not lane
	near := [incident | some incident in input.incidents.open; is_near(incident)]
	some finding in told([opened(incident, "no such incident") | some incident in near])
}

# METADATA
# title: No degradation plan is active
# description: >-
#   A degradation plan is active on this service or on a strong dependency of it: it bears less than usual, or answers with less, and
#   nothing that is measured now tells how it is otherwise.
# custom:
#   id: incidents/degradation
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [incidents]
#   requirement: C12
#   remedy: Go on when the plan is taken back
hold contains finding if {
	not lane
	near := [plan | some plan in degradations; is_near(plan)]
	some finding in told([active(plan, "no active degradation plan") | some plan in near])
}

# METADATA
# title: What the service can do without is well
# description: >-
#   An incident is open, or a degradation plan is active, on a weak dependency.
# custom:
#   id: incidents/weak-dependency
#   severity: low
#   stages: [merge, release, rollout]
#   needs: [incidents]
#   requirement: C12
#   remedy: Look whether this release needs more of that service than before
warn contains finding if {
	expected := "weak dependencies without incidents"
	far := array.concat(
		[opened(incident, expected) | some incident in input.incidents.open; incident.relation == "weak"],
		[active(plan, expected) | some plan in degradations; plan.relation == "weak"],
	)
	some finding in told(far)
}

# METADATA
# title: A lane leads into an incident
# description: >-
#   The type of this rollout is one of `settings.incidents.lanes`, so that what is wrong does not hold it.
# custom:
#   id: incidents/lane
#   severity: medium
#   stages: [rollout]
#   needs: [incidents]
#   requirement: C12
#   remedy: Make sure that this rollout is what ends it
warn contains finding if {
	lane
	expected := sprintf("nothing wrong, except for %s", [concat(" and ", data.kadian.settings.incidents.lanes)])
	near := array.concat(
		[opened(incident, expected) | some incident in input.incidents.open; is_near(incident)],
		[active(plan, expected) | some plan in degradations; is_near(plan)],
	)
	some finding in told(near)
}

# Whether this is a rollout that may be what ends an incident.
lane if {
	input.gate.stage == "rollout"
	plan := object.get(input.rollout, "plan", {})
	object.get(plan, "type", null) in data.kadian.settings.incidents.lanes
}

is_near(thing) if thing.relation in {"own", "strong", "unknown"}

# The ledger knows none of them, and then nobody was asked.
degradations := known if {
	known := object.get(input.incidents, "degradations", null)
	known != null
} else := []

opened(incident, expected) := {
	"msg": sprintf("Incident %s (%s) of %s is open since %s%s%s", [
		incident.id, stated(incident, "severity", "without a severity"), incident.service, incident.opened_at,
		title(incident), way(incident),
	]),
	"expected": expected,
	"actual": sprintf("%s, %s", [incident.id, incident.state]),
	"incident": incident.id,
	"url": object.get(incident, "url", null),
	"fingerprint": sprintf("incident:%s:%s", [incident.service, incident.id]),
}

active(plan, expected) := {
	"msg": sprintf("Degradation plan %s of %s is active%s%s", [plan.name, plan.service, since(plan), way(plan)]),
	"expected": expected,
	"actual": plan.name,
	"fingerprint": sprintf("degradation:%s:%s", [plan.service, plan.name]),
}

stated(thing, key, otherwise) := text if {
	text := object.get(thing, key, null)
	text != null
} else := otherwise

title(incident) := sprintf(": %s", [text]) if {
	text := object.get(incident, "title", null)
	text != null
} else := ""

since(plan) := sprintf(" since %s", [at]) if {
	at := object.get(plan, "since", null)
	at != null
} else := ""

way(thing) := sprintf(" (%s)", [path]) if {
	path := object.get(thing, "path", null)
	path != null
} else := ""

# A bound on the output, not a threshold.
listed := 20

told(findings) := array.concat(
	array.slice(findings, 0, listed),
	[finding |
		count(findings) > listed
		finding := {
			"msg": sprintf("%d more are not listed here", [count(findings) - listed]),
			"expected": findings[0].expected,
			"actual": sprintf("%d in all", [count(findings)]),
		}
	],
)
