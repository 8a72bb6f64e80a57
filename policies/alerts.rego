# METADATA
# title: Active alerts
# description: >-
#   Judges the alerts that are active while a version is released: no batch starts into an incident. An alert counts when its
#   labels are those of the gray version and not those of the baseline, or when nobody can tell; before the first batch of a rollout
#   every alert of the service does. Alerts of strong dependencies hold as well. What may end an incident goes on:
#   `settings.incidents.lanes`.
package kadian.alerts

# METADATA
# title: No page-level alert is active
# description: >-
#   An alert that counts has a severity of `settings.alerts.page_severities`, or none: nobody knows how bad that one is.
# custom:
#   id: alerts/page
#   severity: critical
#   stages: [merge, release, rollout]
#   needs: [alerts]
#   requirement: C12
#   remedy: Stop the loss that the alert tells of, and go on when it is resolved
hold contains finding if {
	pages := [alert | some alert in input.alerts.active; alert.counts; is_page(alert); not let_through(alert)]
	some finding in told(pages, "no such alert")
}

# METADATA
# title: No page-level alert of a strong dependency is active
# description: >-
#   A page-level alert is about a service that this one cannot do without, directly or through others, by the labels
#   `settings.alerts.service_labels` and the catalogue.
# custom:
#   id: alerts/dependency
#   severity: critical
#   stages: [merge, release, rollout]
#   needs: [alerts]
#   requirement: C12
#   remedy: Go on when the dependency is well again; if this ends it, release it as a hotfix or a rollback
hold contains finding if {
	not lane
	some finding in told(pages_of("strong"), "no such alert of a strong dependency")
}

# METADATA
# title: No page-level alert of a weak dependency is active
# description: >-
#   As alerts/dependency, of a service that this one goes on without.
# custom:
#   id: alerts/weak-dependency
#   severity: low
#   stages: [merge, release, rollout]
#   needs: [alerts]
#   requirement: C12
#   remedy: Look whether this release needs more of that service than before
warn contains finding if {
	some finding in told(pages_of("weak"), "no such alert of a weak dependency")
}

# METADATA
# title: A lane leads into an alert
# description: >-
#   A page-level alert does not hold this rollout, because its type is one of `settings.incidents.lanes`. An alert that is certainly
#   about the new version still holds, unless the rollout takes another one back.
# custom:
#   id: alerts/lane
#   severity: medium
#   stages: [rollout]
#   needs: [alerts]
#   requirement: C12
#   remedy: Make sure that this rollout is what ends it
warn contains finding if {
	own := [alert | some alert in input.alerts.active; alert.counts; is_page(alert); let_through(alert)]
	strong := [alert | some alert in pages_of("strong"); lane]
	expected := sprintf("no such alert, except for %s", [concat(" and ", data.kadian.settings.incidents.lanes)])
	some finding in told(array.concat(own, strong), expected)
}

# METADATA
# title: No lesser alert is active
# description: >-
#   An alert that counts has a severity that is not of `settings.alerts.page_severities`.
# custom:
#   id: alerts/other
#   severity: low
#   stages: [merge, release, rollout]
#   needs: [alerts]
#   requirement: C12
#   remedy: Look whether the alert has to do with this release
warn contains finding if {
	lesser := [alert | some alert in input.alerts.active; alert.counts; not is_page(alert)]
	some finding in told(lesser, "no such alert")
}

# METADATA
# title: The version that is replaced is quiet
# description: >-
#   A page-level alert is about the version that is replaced, or about both versions.
# custom:
#   id: alerts/baseline
#   severity: medium
#   stages: [merge, release, rollout]
#   needs: [alerts]
#   requirement: C12
#   remedy: Decide whether this release mends what the alert tells of, or has to wait
warn contains finding if {
	old := [alert |
		some alert in input.alerts.active
		alert.scope in {"baseline", "both"}
		is_page(alert)
	]
	some finding in told(old, "no such alert")
}

pages_of(relation) := [alert |
	some alert in input.alerts.active
	alert.relation == relation
	is_page(alert)
]

rollout_type := object.get(object.get(input.rollout, "plan", {}), "type", null) if input.gate.stage == "rollout"

# Whether this is a rollout that may be what ends an incident.
lane if rollout_type in data.kadian.settings.incidents.lanes

# What goes back is not stopped half-way: the version that it leaves is known to be bad.
let_through(_) if {
	lane
	rollout_type == "rollback"
}

let_through(alert) if {
	lane
	alert.scope != "gray"
}

is_page(alert) if object.get(alert, "severity", null) == null

is_page(alert) if {
	stated := object.get(alert, "severity", null)
	stated != null
	some word in array.concat(data.kadian.settings.alerts.page_severities, [""])
	lower(trim_space(stated)) == lower(word)
}

# A bound on the output, not a threshold.
listed := 20

told(alerts, expected) := array.concat(
	[finding |
		some alert in array.slice(alerts, 0, listed)
		finding := {
			"msg": sprintf("Alert %s (%s) is active since %s%s%s", [
				alert.name, severity(alert), alert.starts_at, summary(alert), way(alert),
			]),
			"expected": expected,
			"actual": sprintf("%s, %s", [alert.name, about(alert)]),
			"alert": alert.name,
			"scope": alert.scope,
			"fingerprint": sprintf("alert:%s:%s", [alert.name, json.marshal(alert.labels)]),
		}
	],
	[finding |
		count(alerts) > listed
		finding := {
			"msg": sprintf("%d more alerts are active and are not listed here", [count(alerts) - listed]),
			"expected": expected,
			"actual": sprintf("%d alerts", [count(alerts)]),
		}
	],
)

severity(alert) := "without a severity" if {
	object.get(alert, "severity", null) == null
} else := alert.severity

summary(alert) := sprintf(": %s", [text]) if {
	text := object.get(alert, "summary", null)
	text != null
} else := ""

about(alert) := sprintf("a %s dependency", [alert.relation]) if {
	alert.relation in {"strong", "weak"}
} else := sprintf("scope %s", [alert.scope])

way(alert) := sprintf(" (%s)", [path]) if {
	path := object.get(alert, "path", null)
	path != null
} else := ""
