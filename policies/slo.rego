# METADATA
# title: Error budgets
# description: >-
#   Judges how fast the service's objectives lose their error budgets, over two windows each, and how much of the budgets is
#   left. No batch starts into an incident; an exhausted budget makes careful, it does not freeze.
package kadian.slo

# METADATA
# title: No objective burns at page level
# description: >-
#   A rule of `settings.slo.burn_rules` with severity `page` fires: both its windows use the budget at its factor or faster. Of
#   several rules of an objective the most urgent is reported.
# custom:
#   id: slo/page-burn
#   severity: critical
#   stages: [merge, release, rollout]
#   needs: [slo]
#   requirement: C12
#   remedy: Stop the loss first; release again once the short window is below the factor
hold contains finding if {
	some objective in input.slo.objectives
	some finding in burning(objective, "page")
}

# METADATA
# title: No objective burns at ticket level
# description: >-
#   The most urgent rule of `settings.slo.burn_rules` that fires has severity `ticket`: the loss is slow, and will use up the
#   budget if it goes on.
# custom:
#   id: slo/ticket-burn
#   severity: medium
#   stages: [merge, release, rollout]
#   needs: [slo]
#   requirement: D5
#   remedy: Find the slow loss within days, before it uses up the budget
warn contains finding if {
	some objective in input.slo.objectives
	some finding in burning(objective, "ticket")
}

# METADATA
# title: Every burn rate is known
# description: >-
#   A window of a rule is missing, or saw no event, so that nobody knows whether the rule fires. Rules that could never fire do
#   not count.
# custom:
#   id: slo/unknown-window
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [slo]
#   requirement: C10
#   remedy: Hand in the events of this window, or take the rule out of settings.slo.burn_rules
hold contains finding if {
	some objective in input.slo.objectives
	some rule in objective.rules
	rule.can_fire
	object.get(rule, "firing", null) == null
	finding := {
		"msg": sprintf("%s: nobody knows whether the %s rule of %s fires, because %s", [
			label(objective), rule.severity, windows(rule), unknown(rule),
		]),
		"expected": "events in both windows",
		"actual": unknown(rule),
		"objective": label(objective),
		"fingerprint": sprintf("slo:unknown:%s:%v", [label(objective), rule.long_seconds]),
	}
}

# METADATA
# title: The answers about objectives are whole
# description: >-
#   The source of the objectives warned while it answered, for example that a part of it did not.
# custom:
#   id: slo/degraded
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [slo]
#   requirement: C10
#   remedy: Ask again once the source answers without warnings
hold contains finding if {
	some sentence in input.slo.degraded
	finding := {
		"msg": sprintf("The source of the objectives warned: %s", [sentence]),
		"expected": "answers without warnings",
		"actual": sentence,
		"fingerprint": sprintf("slo:degraded:%s", [sentence]),
	}
}

# METADATA
# title: Every objective has budget left
# description: >-
#   The error budget of the period is used up, and `settings.slo.block_on_exhausted` is off: nobody accepts months without
#   releases, so this advises care.
# custom:
#   id: slo/budget-exhausted
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [slo]
#   requirement: D6
#   remedy: Release in smaller batches with a longer soak, and put changes that make the service reliable first
warn contains finding if {
	not data.kadian.settings.slo.block_on_exhausted
	some finding in exhausted
}

# METADATA
# title: No release without budget
# description: >-
#   The error budget of the period is used up, and `settings.slo.block_on_exhausted` is on.
# custom:
#   id: slo/budget-exhausted-blocks
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [slo]
#   requirement: D6
#   remedy: Wait until bad events leave the period, or release under a waiver
deny contains finding if {
	data.kadian.settings.slo.block_on_exhausted
	some finding in exhausted
}

# METADATA
# title: The budget is not nearly used up
# description: >-
#   Less than `settings.slo.budget_warn` of the error budget of the period is left.
# custom:
#   id: slo/budget-low
#   severity: medium
#   stages: [merge, release, rollout]
#   needs: [slo]
#   requirement: D6
#   remedy: Release in smaller batches with a longer soak
warn contains finding if {
	some objective in input.slo.objectives
	left := object.get(objective, "budget_left", null)
	left != null
	left > 0
	left < data.kadian.settings.slo.budget_warn
	finding := {
		"msg": sprintf("%s: %v %% of the error budget of %s is left%s%s", [
			label(objective), percent(left), length(objective.period_seconds), lasts(objective), burnt_here(objective),
		]),
		"expected": sprintf("at least %v %%", [percent(data.kadian.settings.slo.budget_warn)]),
		"actual": sprintf("%v %%", [percent(left)]),
		"objective": label(objective),
		"fingerprint": sprintf("slo:budget:%s", [label(objective)]),
	}
}

# METADATA
# title: The budget is known where it blocks
# description: >-
#   No totals of the whole period are there, so that nobody knows what is left of the budget, and
#   `settings.slo.block_on_exhausted` is on.
# custom:
#   id: slo/unknown-budget
#   severity: high
#   stages: [merge, release, rollout]
#   needs: [slo]
#   requirement: D6
#   remedy: Hand in the events of a window as long as the period
hold contains finding if {
	data.kadian.settings.slo.block_on_exhausted
	some finding in unknown_budgets
}

# METADATA
# title: The budget is known
# description: >-
#   No totals of the whole period are there, so that nobody knows what is left of the budget.
# custom:
#   id: slo/unknown-budget-reported
#   severity: low
#   stages: [merge, release, rollout]
#   needs: [slo]
#   requirement: D6
#   remedy: Hand in the events of a window as long as the period
warn contains finding if {
	not data.kadian.settings.slo.block_on_exhausted
	some finding in unknown_budgets
}

# METADATA
# title: Every rule can fire
# description: >-
#   The factor of a rule is higher than a full outage burns: an objective of 90 % burns at most ten times too fast.
# custom:
#   id: slo/never-fires
#   severity: medium
#   stages: [merge, release, rollout]
#   needs: [slo]
#   requirement: D5
#   remedy: Give the objective rules with lower factors, or a stricter target
warn contains finding if {
	some objective in input.slo.objectives
	some rule in objective.rules
	not rule.can_fire
	most := tenths(1 / (1 - objective.target))
	finding := {
		"msg": sprintf("%s: the %s rule of %s can never fire, because its factor is %v and a full outage burns at %v", [
			label(objective), rule.severity, windows(rule), rule.factor, most,
		]),
		"expected": sprintf("a factor of at most %v", [most]),
		"actual": sprintf("a factor of %v", [rule.factor]),
		"objective": label(objective),
		"fingerprint": sprintf("slo:never:%s:%v", [label(objective), rule.long_seconds]),
	}
}

# Zero or one finding.
burning(objective, severity) := [finding |
	alert := object.get(objective, "alert", null)
	alert != null
	alert.severity == severity
	finding := {
		"msg": sprintf("%s uses its error budget %v times too fast over %s and %v times over %s; from %v on, that is a %s%s%s", [
			label(objective), tenths(alert.long_burn), length(alert.long_seconds), tenths(alert.short_burn),
			length(alert.short_seconds), alert.factor, severity, lasts(objective), burnt_here(objective),
		]),
		"expected": sprintf("below %v times", [alert.factor]),
		"actual": sprintf("%v and %v times", [tenths(alert.long_burn), tenths(alert.short_burn)]),
		"objective": label(objective),
		"fingerprint": sprintf("slo:%s:%s", [severity, label(objective)]),
	}
]

exhausted := [finding |
	some objective in input.slo.objectives
	left := object.get(objective, "budget_left", null)
	left != null
	left <= 0
	finding := {
		"msg": sprintf("%s: the error budget of %s is used up; %v %% of it was spent%s", [
			label(objective), length(objective.period_seconds), percent(1 - left), burnt_here(objective),
		]),
		"expected": "budget left",
		"actual": sprintf("%v %% spent", [percent(1 - left)]),
		"objective": label(objective),
		"fingerprint": sprintf("slo:budget:%s", [label(objective)]),
	}
]

unknown_budgets := [finding |
	some objective in input.slo.objectives
	object.get(objective, "budget_left", null) == null
	finding := {
		"msg": sprintf("%s: nobody knows what is left of the error budget, because no events of %s are there", [
			label(objective), length(objective.period_seconds),
		]),
		"expected": sprintf("events of the last %s", [length(objective.period_seconds)]),
		"actual": "none",
		"objective": label(objective),
		"fingerprint": sprintf("slo:unknown-budget:%s", [label(objective)]),
	}
]

windows(rule) := sprintf("%s and %s", [length(rule.long_seconds), length(rule.short_seconds)])

unknown(rule) := sprintf("nothing is known of the last %s", [concat(" and ", array.concat(
	[length(rule.long_seconds) | object.get(rule, "long_burn", null) == null],
	[length(rule.short_seconds) | object.get(rule, "short_burn", null) == null],
))])

lasts(objective) := sprintf("; at this rate the budget is gone in %v h", [tenths(seconds / 3600)]) if {
	seconds := object.get(objective, "exhausted_in_seconds", null)
	seconds != null
	seconds > 0
} else := ""

burnt_here(objective) := sprintf("; this rollout has used %v %% of it", [percent(used)]) if {
	used := object.get(objective, "rollout_used", null)
	used != null
	used > 0
} else := ""

label(objective) := sprintf("%s of %s", [objective.name, api]) if {
	api := object.get(objective, "api", null)
	api != null
} else := objective.name

length(seconds) := sprintf("%v d", [seconds / 86400]) if {
	seconds % 86400 == 0
} else := sprintf("%v h", [seconds / 3600]) if {
	seconds % 3600 == 0
} else := sprintf("%v min", [seconds / 60]) if {
	seconds % 60 == 0
} else := sprintf("%v s", [seconds])

tenths(number) := round(number * 10) / 10

percent(share) := round(share * 1000) / 10
