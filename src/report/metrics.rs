//! The figures of the ledger, for people and for Prometheus.

use std::fmt::Write as _;

use super::escape::terminal;
use crate::analyze::metrics::{Metrics, Times};

/// The figures for a person at a terminal; a ledger without entries says so.
#[must_use]
pub fn text(metrics: &Metrics) -> String {
    let mut out = String::new();
    let mut say = |line: String| {
        let _ = writeln!(out, "{line}");
    };
    let span = match (metrics.since, metrics.until) {
        (None, None) => "the whole ledger".to_owned(),
        (Some(since), None) => format!("since {since}"),
        (None, Some(until)) => format!("until {until}"),
        (Some(since), Some(until)) => format!("{since} to {until}"),
    };
    if metrics.entries == 0 {
        say(format!("{span}: no entries, so that there is nothing to measure"));
        return out;
    }
    let rollouts = &metrics.rollouts;
    say(format!("{span}: {} entries, {} days", metrics.entries, metrics.days));
    say(String::new());
    say(format!(
        "rollouts           {} started: {} finished, {} failed ({} rolled back), {} running; {} went back",
        rollouts.started, rollouts.finished, rollouts.failed, rollouts.rolled_back, rollouts.running, rollouts.rollbacks
    ));
    say(format!("deployments        {} a day", known(rollouts.finished_per_day, "")));
    say(format!("change failure     {}", known(rollouts.change_failure_percent, " %")));
    say(format!("rollback           {}", known(rollouts.rollback_percent, " %")));
    say(format!("lead time          {}", times(&metrics.lead_time)));
    say(format!("beside the gate    {} changes", metrics.changes_beside_the_gate));
    say(String::new());
    say(format!("1-5-10 of {} rollouts that failed, from the start of the batch", metrics.detection.of));
    say(format!("found in 1 min     {}", goal(&metrics.detection, metrics.detection.within_1_minute)));
    say(format!("located in 5 min   {}", goal(&metrics.location, metrics.location.within_5_minutes)));
    say(format!("recovered in 10    {}", goal(&metrics.recovery, metrics.recovery.within_10_minutes)));
    say(format!("incidents          {} opened", metrics.incidents.opened));
    say(format!("  located          {}", times(&metrics.incidents.location)));
    say(format!("  resolved         {}", times(&metrics.incidents.resolution)));
    say(String::new());
    let gate = &metrics.gate;
    let decisions: Vec<String> = gate.decisions.iter().map(|it| format!("{} {} {}", it.count, it.stage, it.verdict)).collect();
    say(format!("decisions          {}", if decisions.is_empty() { "none".to_owned() } else { terminal(&decisions.join(", ")) }));
    say(format!(
        "stopped            {} blocked or rolled back, {} held, {} waived findings",
        gate.blocks, gate.held, gate.waived
    ));
    say(format!("did not bind       {} in warn or shadow mode", gate.not_binding));
    let overrides: Vec<String> = gate.overrides.iter().map(|it| format!("{} {}", it.count, it.name)).collect();
    let overrides = if overrides.is_empty() { "none".to_owned() } else { terminal(&overrides.join(", ")) };
    say(format!(
        "overrides          {overrides}; {} of {} rollouts went well: false alarms {}",
        gate.false_alarms,
        gate.overridden_rollouts,
        known(gate.false_alarm_percent, " %")
    ));
    for policy in gate.blocks_by_policy.iter().take(10) {
        say(format!("  {:>6}  {}", policy.count, terminal(&policy.name)));
    }
    out
}

fn known(number: Option<f64>, unit: &str) -> String {
    number.map_or_else(|| "not known".to_owned(), |number| format!("{number}{unit}"))
}

fn goal(times: &Times, within: u64) -> String {
    if times.of == 0 {
        return "nothing failed".to_owned();
    }
    format!("{within} of {}; {}", times.of, self::times(times))
}

fn times(times: &Times) -> String {
    let (Some(p50), Some(p90), Some(max)) = (times.p50_seconds, times.p90_seconds, times.max_seconds) else {
        return "not known".to_owned();
    };
    format!("half in {}, 90 % in {}, all in {} ({} of {} known)", length(p50), length(p90), length(max), times.known, times.of)
}

fn length(seconds: u64) -> String {
    match seconds {
        0..=99 => format!("{seconds} s"),
        100..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// The figures in the text format of Prometheus (version 0.0.4), for a textfile collector or a push gateway. What is not known has no
/// sample: no figure is made up, and none is `NaN`.
#[must_use]
pub fn prometheus(metrics: &Metrics) -> String {
    let mut page = Page(String::new());
    let (rollouts, gate) = (&metrics.rollouts, &metrics.gate);
    page.gauge("kadian_ledger_entries", "Entries of the ledger within the time that is measured.", [(vec![], metrics.entries)]);
    let states = [
        ("started", rollouts.started),
        ("finished", rollouts.finished),
        ("failed", rollouts.failed),
        ("rolled_back", rollouts.rolled_back),
        ("running", rollouts.running),
    ];
    page.gauge(
        "kadian_rollouts",
        "Rollouts whose first batch began within the time.",
        states.map(|(s, n)| (vec![("state", s)], n)),
    );
    let shares = [
        ("kadian_change_failure_ratio", "Failed rollouts of those that finished or failed.", rollouts.change_failure_percent),
        ("kadian_rollback_ratio", "Rolled back rollouts of those that finished or failed.", rollouts.rollback_percent),
        (
            "kadian_false_alarm_ratio",
            "Overridden rollouts that went well of those that finished or failed.",
            gate.false_alarm_percent,
        ),
    ];
    for (name, help, percent) in shares {
        // From hundredths of a percent, so that 66.66 % is 0.6666 and not a long fraction.
        page.gauge(name, help, percent.map(|percent| (vec![], libm::round(percent * 100.0) / 10_000.0)));
    }
    page.gauge("kadian_deployments_per_day", "Finished rollouts for each day.", rollouts.finished_per_day.map(|n| (vec![], n)));
    page.gauge(
        "kadian_changes_beside_the_gate",
        "Changes that were recorded without a plan.",
        [(vec![], metrics.changes_beside_the_gate)],
    );
    let steps = [
        ("kadian_detection", "From the start of the batch that failed until that was seen.", &metrics.detection),
        ("kadian_location", "From the start of the batch that failed until its cause was named.", &metrics.location),
        ("kadian_recovery", "From the start of the batch that failed until users were no longer hurt.", &metrics.recovery),
        ("kadian_lead_time", "From the first record of a version until its last batch was through.", &metrics.lead_time),
        ("kadian_incident_location", "From the opening of an incident until its cause was named.", &metrics.incidents.location),
        ("kadian_incident_resolution", "From the opening of an incident until it was over.", &metrics.incidents.resolution),
    ];
    for (name, help, times) in steps {
        page.summary(&format!("{name}_seconds"), help, times);
        let within = [("1", times.within_1_minute), ("5", times.within_5_minutes), ("10", times.within_10_minutes)];
        let help = "How many took no longer than so many minutes.";
        page.gauge(&format!("{name}_within"), help, within.map(|(minutes, n)| (vec![("minutes", minutes)], n)));
        page.gauge(&format!("{name}_expected"), "How many there were, with those that never came so far.", [(vec![], times.of)]);
    }
    let decisions =
        gate.decisions.iter().map(|it| (vec![("stage", it.stage.as_str()), ("verdict", it.verdict.as_str())], it.count));
    page.gauge("kadian_decisions", "Decisions that bound, by stage and verdict.", decisions);
    page.gauge("kadian_decisions_not_binding", "Decisions in warn or shadow mode.", [(vec![], gate.not_binding)]);
    page.gauge("kadian_held", "Batches and changes that were held at least once.", [(vec![], gate.held)]);
    let policies = gate.blocks_by_policy.iter().map(|it| (vec![("policy", it.name.as_str())], it.count));
    page.gauge("kadian_blocks", "Decisions that blocked or asked to roll back, by what they found.", policies);
    let overrides = gate.overrides.iter().map(|it| (vec![("subject", it.name.as_str())], it.count));
    page.gauge("kadian_overrides", "Exceptions that people made, by what was overridden.", overrides);
    page.gauge("kadian_waived_findings", "Findings that a waiver took the effect from.", [(vec![], gate.waived)]);
    page.0
}

struct Page(String);

impl Page {
    fn head(&mut self, name: &str, help: &str, kind: &str) {
        let _ = writeln!(self.0, "# HELP {name} {}\n# TYPE {name} {kind}", help.replace('\\', "\\\\").replace('\n', "\\n"));
    }

    /// Nothing at all where there is no sample.
    fn gauge<'a, N: std::fmt::Display>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Vec<(&'static str, &'a str)>, N)>,
    ) {
        for (index, (labels, value)) in samples.into_iter().enumerate() {
            if index == 0 {
                self.head(name, help, "gauge");
            }
            let _ = writeln!(self.0, "{name}{} {value}", braces(&labels));
        }
    }

    fn summary(&mut self, name: &str, help: &str, times: &Times) {
        self.head(name, help, "summary");
        let quantiles = [("0.5", times.p50_seconds), ("0.9", times.p90_seconds), ("1", times.max_seconds)];
        for (quantile, seconds) in quantiles.into_iter().filter_map(|(quantile, seconds)| Some((quantile, seconds?))) {
            let _ = writeln!(self.0, "{name}{} {seconds}", braces(&[("quantile", quantile)]));
        }
        let _ = writeln!(self.0, "{name}_sum {}\n{name}_count {}", times.sum_seconds, times.known);
    }
}

fn braces(labels: &[(&'static str, &str)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let label = |(name, value): &(&str, &str)| {
        format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
    };
    format!("{{{}}}", labels.iter().map(label).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::metrics::{Collector, Named};
    use crate::facts::{DecisionRecord, Entry, Record};

    fn with(finding: &str) -> Metrics {
        let record = DecisionRecord {
            id: "d".into(),
            stage: "merge".into(),
            verdict: "block".into(),
            mode: "enforce".into(),
            service: Some("pay".into()),
            head: None,
            plan: None,
            batch: None,
            phase: None,
            version: None,
            findings: vec![finding.into()],
            waived: vec![],
            detected_at: None,
            rollback: None,
        };
        let mut collector = Collector::new(None, None);
        let at = "2026-01-10T12:00:00Z".parse().unwrap();
        collector.take(&Entry { seq: 1, at, prev: String::new(), hash: String::new(), record: Record::Decision(record) });
        collector.finish()
    }

    #[test]
    fn an_empty_ledger_says_so_and_shows_no_figure() {
        let empty = Collector::new(None, None).finish();
        assert_eq!(text(&empty), "the whole ledger: no entries, so that there is nothing to measure\n");
        let page = prometheus(&empty);
        assert!(page.contains("kadian_ledger_entries 0\n") && !page.contains("NaN") && !page.contains("ratio"), "{page}");
    }

    #[test]
    fn each_metric_has_its_help_and_type_once_before_its_samples() {
        let page = prometheus(&with("canary/regressed"));
        let mut seen = std::collections::BTreeSet::new();
        let mut current = "";
        for line in page.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                current = rest.split(' ').next().unwrap();
                assert!(seen.insert(current), "{line}");
            } else if !line.starts_with('#') {
                let name = line.split(['{', ' ']).next().unwrap();
                assert!([current, &format!("{current}_sum"), &format!("{current}_count")].contains(&name), "{line}");
                assert!(line.rsplit(' ').next().unwrap().parse::<f64>().unwrap().is_finite(), "{line}");
            }
        }
        assert!(page.contains("kadian_blocks{policy=\"canary/regressed\"} 1\n"), "{page}");
    }

    #[test]
    fn hostile_names_stay_in_their_label_and_on_their_line() {
        let hostile = "a\"} 1\n# evil\\\u{1b}[2J";
        let metrics = with(hostile);
        assert_eq!(metrics.gate.blocks_by_policy, [Named { name: hostile.into(), count: 1 }]);
        let page = prometheus(&metrics);
        assert!(page.contains("kadian_blocks{policy=\"a\\\"} 1\\n# evil\\\\"), "{page}");
        assert!(page.lines().all(|line| line.starts_with('#') || line.starts_with("kadian_")), "{page}");
        assert!(!text(&metrics).contains('\u{1b}'));
    }
}
