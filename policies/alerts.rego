# METADATA
# title: Active alerts
# description: >-
#   Judges the alerts that are active while a version is released: no batch starts into an incident. An alert counts when its
#   labels are those of the gray version and not those of the baseline, or when nobody can tell.
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
	pages := [alert | some alert in input.alerts.active; alert.counts; is_page(alert)]
	some finding in told(pages, "no such alert")
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
			"msg": sprintf("Alert %s (%s) is active since %s%s", [alert.name, severity(alert), alert.starts_at, summary(alert)]),
			"expected": expected,
			"actual": sprintf("%s, scope %s", [alert.name, alert.scope]),
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
