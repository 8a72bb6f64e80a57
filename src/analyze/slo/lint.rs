//! What is wrong with objectives before anything is measured.
//!
//! Some of it shows in the definitions alone: a rule that can never fire, a target without a budget. The rest needs a server: a
//! selector that matches nothing, a histogram without a bucket at the threshold. Who has one passes a [`Server`].

use super::burn::{budget_used, can_never_fire, seconds, threshold_share};
use crate::evidence::openslo::{OpenSlo, OpenSloMeasured};
use crate::evidence::slis::{Counting, Measure, Measured, Selector, Slis};
use crate::evidence::text::shown;
use crate::facts::BurnLimit;

/// The period of an objective that states none.
pub const DEFAULT_PERIOD_SECONDS: u64 = 30 * 86_400;

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The objective tells nothing, or something wrong.
    Error,
    /// A part of it tells nothing.
    Warning,
    /// Something to know.
    Note,
}

impl Level {
    /// The word that reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        }
    }
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Fault {
    /// Where it stands, from 1; `None` where the format does not keep it.
    pub line: Option<u32>,
    pub level: Level,
    /// What is wrong and with which objective, as a sentence.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// What a monitoring server knows. `None` means that it could not be asked, which is no fault of the definitions.
pub trait Server {
    /// How many series a selector, as it is written, matches now. The source is a name of the definitions; empty where the format
    /// names none.
    fn series(&self, source: &str, selector: &str) -> Option<u64>;

    /// The finite upper bounds of the buckets of a classic histogram, ascending, by its selector; empty when there are none.
    fn buckets(&self, source: &str, histogram: &str) -> Option<Vec<f64>>;
}

/// Nobody to ask.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoServer;

impl Server for NoServer {
    fn series(&self, _source: &str, _selector: &str) -> Option<u64> {
        None
    }

    fn buckets(&self, _source: &str, _histogram: &str) -> Option<Vec<f64>> {
        None
    }
}

/// The faults of kadian's own definitions, by line.
#[must_use]
pub fn slis(slis: &Slis, limits: &[BurnLimit], server: &dyn Server) -> Vec<Fault> {
    let mut faults = Faults::default();
    faults.rules(limits);
    if slis.slis.iter().all(|sli| sli.objective.is_none()) {
        let message = "no indicator has an objective, so no error budget is watched".to_owned();
        faults.add(None, Level::Note, message, "give the core indicators an `objective` and a `period`");
    }
    for sli in &slis.slis {
        let name = label(&sli.name, sli.api.as_deref());
        if let Some(target) = sli.objective {
            let period = sli.period.map(|period| period.as_secs());
            faults.objective(&Stated { name: &name, line: sli.line, target: Some(target), period }, limits);
            for limit in limits.iter().filter(|limit| limit.short_seconds < 2 * slis.step_seconds) {
                let message = format!(
                    "{name}: a window of {} s out of steps of {} s is hardly more than one value",
                    limit.short_seconds, slis.step_seconds
                );
                faults.add(sli.line, Level::Warning, message, "make `step` smaller, or the short window longer");
            }
        }
        match &sli.measured {
            Measured::Samples { .. } if sli.objective.is_some() => {
                let message =
                    format!("{name}: values are no events, so that they use up no budget and its objective is not watched");
                faults.add(
                    sli.line,
                    Level::Warning,
                    message,
                    "count good and bad events, for example with a histogram and a threshold",
                );
            }
            Measured::Samples { .. } => {}
            Measured::Counts(measures) => {
                for measure in measures {
                    faults.counting(&name, sli.line, measure, server);
                }
            }
        }
    }
    faults.0.sort();
    faults.0.dedup();
    faults.0
}

/// The faults of OpenSLO documents, with what of them kadian does not use.
#[must_use]
pub fn openslo(openslo: &OpenSlo, limits: &[BurnLimit], server: &dyn Server) -> Vec<Fault> {
    let mut faults = Faults::default();
    faults.rules(limits);
    for note in &openslo.notes {
        faults.add(None, Level::Note, note.clone(), "nothing, if that is meant");
    }
    for objective in &openslo.objectives {
        let name = match &objective.display_name {
            Some(display) => format!("{} ({})", shown(&objective.name), shown(display)),
            None => shown(&objective.name),
        };
        let stated = Stated { name: &name, line: None, target: objective.target, period: objective.period_seconds };
        faults.objective(&stated, limits);
        match &objective.measured {
            OpenSloMeasured::Ratio { good, bad, total } => {
                let known = [good, bad, total].into_iter().flatten().count();
                if known < 2 {
                    let message =
                        format!("{name}: {known} of the queries good, bad and total are there, so that no share can be taken");
                    faults.add(None, Level::Error, message, "state `total` with `good` or `bad`, each with a query");
                }
                for query in [good, bad, total].into_iter().flatten() {
                    faults.matched(&name, None, ("", &query.query), server);
                }
            }
            OpenSloMeasured::Threshold { .. } => {
                let message =
                    format!("{name}: values are no events, so that they use up no budget and its objective is not watched");
                faults.add(None, Level::Warning, message, "use a ratioMetric, for example of a histogram's buckets");
            }
            OpenSloMeasured::Nothing => {
                let message = format!("{name}: nothing says how it is measured");
                faults.add(None, Level::Error, message, "give it an `indicator` with a ratioMetric");
            }
        }
    }
    faults.0.sort();
    faults.0.dedup();
    faults.0
}

/// An objective of either format.
struct Stated<'a> {
    name: &'a str,
    line: Option<u32>,
    target: Option<f64>,
    period: Option<u64>,
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, line: Option<u32>, level: Level, message: String, remedy: &str) {
        self.0.push(Fault { line, level, message, remedy: remedy.to_owned() });
    }

    fn rules(&mut self, limits: &[BurnLimit]) {
        if limits.is_empty() {
            let message = "settings.slo.burn_rules is empty, so that no loss is ever seen".to_owned();
            self.add(None, Level::Error, message, "leave the setting out, or state rules");
        }
        for limit in limits {
            let rule = rule(limit);
            if limit.short_seconds >= limit.long_seconds {
                let message = format!("{rule}: the short window is not shorter than the long one, so it clears no sooner");
                self.add(None, Level::Warning, message, "make it a twelfth of the long window");
            }
            if limit.factor <= 0.0 {
                let message = format!("{rule}: a factor of {} fires always", limit.factor);
                self.add(None, Level::Error, message, "state a factor above 0");
            }
        }
    }

    fn objective(&mut self, stated: &Stated<'_>, limits: &[BurnLimit]) {
        let &Stated { name, line, target, period } = stated;
        let Some(target) = self.target(stated, target) else { return };
        let period = period.unwrap_or_else(|| {
            let message = format!("{name}: no period is stated; 30 days are taken");
            self.add(line, Level::Note, message, "state the period that the objective is promised over");
            DEFAULT_PERIOD_SECONDS
        });
        let (never, others): (Vec<&BurnLimit>, Vec<&BurnLimit>) =
            limits.iter().partition(|limit| can_never_fire(target, limit.factor));
        for limit in &never {
            let message = format!(
                "{name}: {} can never fire, because it wants {} % bad events of a target of {target}",
                rule(limit),
                (threshold_share(target, limit.factor) * 1000.0).round() / 10.0
            );
            self.add(line, Level::Warning, message, "give it rules with lower factors, or a stricter target");
        }
        if !never.is_empty() && others.is_empty() {
            let message = format!("{name}: no rule can fire at a target of {target}, so that no loss is ever seen");
            self.add(line, Level::Error, message, "give it rules with lower factors, or a stricter target");
        }
        for limit in others {
            let used = budget_used(limit.factor, seconds(limit.long_seconds), seconds(period));
            if used >= 1.0 {
                let message = format!("{name}: when {} fires, the budget of the period is gone already", rule(limit));
                self.add(line, Level::Warning, message, "make the long window or the factor smaller, or the period longer");
            }
        }
    }

    /// The target, when it leaves a budget.
    fn target(&mut self, stated: &Stated<'_>, target: Option<f64>) -> Option<f64> {
        let name = stated.name;
        let message = match target {
            None => format!("{name}: no target is stated"),
            Some(target) if target > 0.0 && target < 1.0 => return Some(target),
            Some(1.0) => format!("{name}: a target of 1 leaves no budget: the first bad event breaks it"),
            Some(target) if target > 1.0 => format!("{name}: a target of {target} is no share; it looks like a percentage"),
            Some(target) => format!("{name}: a target of {target} is no share above 0"),
        };
        self.add(stated.line, Level::Error, message, "state the share of good events, for example 0.999");
        None
    }

    fn counting(&mut self, name: &str, line: Option<u32>, measure: &Measure, server: &dyn Server) {
        let source = measure.source.as_str();
        match &measure.counting {
            Counting::Bad { total, bad: part } | Counting::Good { total, good: part } => {
                self.matched(name, line, (source, &written(total)), server);
                if matches!(measure.counting, Counting::Good { .. }) {
                    self.matched(name, line, (source, &written(part)), server);
                } else if server.series(source, &written(part)) == Some(0) {
                    let message =
                        format!("{name}: {} matches no series: no bad event yet, or the wrong selector", shown(&written(part)));
                    self.add(line, Level::Note, message, "compare it with a series of bad events, once there is one");
                }
                if total == part {
                    let message = format!("{name}: all events and the part of them are selected alike");
                    self.add(line, Level::Error, message, "select the bad or good events by a label");
                }
            }
            Counting::Histogram { histogram, threshold } => {
                let selector = written(histogram);
                let Some(bounds) = server.buckets(source, &selector) else { return };
                if bounds.is_empty() {
                    let message = format!("{name}: the histogram {} has no buckets", shown(&selector));
                    self.add(line, Level::Error, message, "name the histogram without `_bucket`, as the service exports it");
                } else if !bounds.iter().any(|bound| (bound - threshold).abs() <= threshold.abs() * 1e-9) {
                    let message = format!(
                        "{name}: the histogram {} has no bucket at the threshold {threshold}; its buckets are {}",
                        shown(&selector),
                        listed(&bounds, *threshold)
                    );
                    self.add(line, Level::Error, message, "use one of the bounds as the threshold, or add a bucket there");
                }
            }
        }
    }

    fn matched(&mut self, name: &str, line: Option<u32>, (source, selector): (&str, &str), server: &dyn Server) {
        if server.series(source, selector) == Some(0) {
            let message = format!("{name}: {} matches no series", shown(selector));
            self.add(line, Level::Error, message, "correct the selector, or wait until the service exports it");
        }
    }
}

/// A selector as a person writes it.
#[must_use]
pub fn written(selector: &Selector) -> String {
    if selector.matchers.is_empty() { selector.name.clone() } else { selector.to_string() }
}

/// The bounds, of many those nearest to the threshold.
fn listed(bounds: &[f64], threshold: f64) -> String {
    const MOST: usize = 12;
    let mut nearest = bounds.to_vec();
    nearest.sort_by(|a, b| (a - threshold).abs().total_cmp(&(b - threshold).abs()));
    nearest.truncate(MOST);
    nearest.sort_by(f64::total_cmp);
    let more = bounds.len() - nearest.len();
    let texts: Vec<String> = nearest.iter().map(f64::to_string).collect();
    format!("{}{}", texts.join(", "), if more > 0 { format!(" and {more} more") } else { String::new() })
}

fn rule(limit: &BurnLimit) -> String {
    format!("the {} rule of {} s and {} s", limit.severity.word(), limit.long_seconds, limit.short_seconds)
}

fn label(name: &str, api: Option<&str>) -> String {
    match api {
        Some(api) => format!("{} of {}", shown(name), shown(api)),
        None => shown(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{openslo as documents, slis as definitions};
    use crate::facts::{BURN_LIMITS, BurnSeverity};

    const SLIS: &str = "\
version: 1
service: pay
sources: {prometheus: {url: 'http://prometheus:9090'}}
gray: {match: {version: '2'}}
baseline: {match: {version: '1'}}
slis:
- {name: availability, signal: availability, objective: 0.999, period: 30d, total: requests_total, bad: 'requests_total{code=\"500\"}'}
- {name: latency, signal: latency, objective: 0.99, period: 30d, histogram: request_seconds, threshold: 0.5}
";

    struct Fixed {
        series: u64,
        bounds: Vec<f64>,
    }

    impl Server for Fixed {
        fn series(&self, _source: &str, _selector: &str) -> Option<u64> {
            Some(self.series)
        }

        fn buckets(&self, _source: &str, _histogram: &str) -> Option<Vec<f64>> {
            Some(self.bounds.clone())
        }
    }

    fn faults(text: &str, server: &dyn Server) -> Vec<Fault> {
        slis(&definitions::read(text.as_bytes()).unwrap(), &BURN_LIMITS, server)
    }

    fn has(faults: &[Fault], level: Level, words: &str) -> bool {
        faults.iter().any(|fault| fault.level == level && fault.message.contains(words))
    }

    fn clean() -> Fixed {
        Fixed { series: 3, bounds: vec![0.1, 0.5, 1.0, f64::INFINITY] }
    }

    #[test]
    fn good_definitions_have_no_fault() {
        assert_eq!(faults(SLIS, &clean()), []);
        assert_eq!(faults(SLIS, &NoServer), [], "what cannot be asked is no fault");
    }

    #[test]
    fn a_rule_that_can_never_fire_is_told_with_its_line() {
        let found = faults(&SLIS.replace("objective: 0.999", "objective: 0.9"), &clean());
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].line, found[0].level), (Some(7), Level::Warning));
        assert_eq!(
            found[0].message,
            "availability: the page rule of 3600 s and 300 s can never fire, because it wants 144 % bad events of a target of 0.9"
        );
        let none = faults(&SLIS.replace("objective: 0.999", "objective: 0.000001"), &clean());
        assert!(none.iter().any(|fault| fault.message.contains("can never fire")));
    }

    #[test]
    fn the_server_tells_what_matches_nothing() {
        let found = faults(SLIS, &Fixed { series: 0, bounds: vec![] });
        assert!(has(&found, Level::Error, "availability: requests_total matches no series"), "{found:?}");
        assert!(has(&found, Level::Error, "latency: the histogram request_seconds has no buckets"));
        assert!(has(&found, Level::Note, "requests_total{code=\"500\"} matches no series: no bad event yet"), "{found:?}");
        let errors = found.iter().filter(|fault| fault.level == Level::Error).count();
        assert_eq!(errors, 2, "no series of bad events may be good news");
        let many = (1..=30).map(f64::from).collect();
        let found = faults(SLIS, &Fixed { series: 1, bounds: many });
        assert!(has(&found, Level::Error, "its buckets are 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 18 more"), "{found:?}");
        let found = faults(SLIS, &Fixed { series: 1, bounds: vec![1.0, 0.25, 0.1] });
        assert!(has(&found, Level::Error, "has no bucket at the threshold 0.5; its buckets are 0.1, 0.25, 1"), "{found:?}");
    }

    #[test]
    fn windows_and_steps_and_periods_must_fit() {
        let found = faults(&SLIS.replace("gray:", "step: 5m\ngray:"), &clean());
        assert!(has(&found, Level::Warning, "a window of 300 s out of steps of 300 s"), "{found:?}");
        let found = faults(&SLIS.replace("period: 30d", "period: 1h"), &clean());
        assert!(has(&found, Level::Warning, "the budget of the period is gone already"), "{found:?}");
        let found = faults(&SLIS.replace(", period: 30d", ""), &clean());
        assert!(has(&found, Level::Note, "30 days are taken"), "{found:?}");
        let found = faults(&SLIS.replace("objective: 0.999, ", "").replace("objective: 0.99, ", ""), &clean());
        assert!(has(&found, Level::Note, "no error budget is watched"), "{found:?}");
        let found = faults(&SLIS.replace("'requests_total{code=\"500\"}'", "requests_total"), &clean());
        assert!(has(&found, Level::Error, "selected alike"), "{found:?}");
    }

    #[test]
    fn rules_that_make_no_sense_are_told() {
        let limit = |long_seconds, factor| BurnLimit { severity: BurnSeverity::Page, long_seconds, short_seconds: 300, factor };
        let slis_of = definitions::read(SLIS.as_bytes()).unwrap();
        assert!(has(&slis(&slis_of, &[], &NoServer), Level::Error, "burn_rules is empty"));
        assert!(has(&slis(&slis_of, &[limit(300, 1.0)], &NoServer), Level::Warning, "not shorter"));
        assert!(has(&slis(&slis_of, &[limit(3600, 0.0)], &NoServer), Level::Error, "fires always"));
        assert!(has(&slis(&slis_of, &[limit(3600, 2000.0)], &NoServer), Level::Error, "no rule can fire"));
    }

    #[test]
    fn openslo_documents_are_linted_alike() {
        let text = |objective: &str, indicator: &str| {
            format!(
                "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: checkout}}\nspec:\n  service: pay\n  indicator: {{spec: {indicator}}}\n  \
                 timeWindow: [{{duration: 30d}}]\n  objectives: [{objective}]\n"
            )
        };
        let ratio = "{ratioMetric: {good: {metricSource: {spec: {query: a}}}, total: {metricSource: {spec: {query: b}}}}}";
        let lint = |objective: &str, indicator: &str, server: &dyn Server| {
            openslo(&documents::read(text(objective, indicator).as_bytes()).unwrap(), &BURN_LIMITS, server)
        };
        assert_eq!(lint("{target: 0.999}", ratio, &clean()), []);
        assert!(has(&lint("{target: 99.9}", ratio, &clean()), Level::Error, "looks like a percentage"));
        assert!(has(&lint("{target: 1}", ratio, &clean()), Level::Error, "leaves no budget"));
        assert!(has(&lint("{target: 0}", ratio, &clean()), Level::Error, "no share above 0"));
        assert!(has(&lint("{displayName: x}", ratio, &clean()), Level::Error, "checkout (x): no target is stated"));
        assert!(has(&lint("{target: 0.9}", ratio, &clean()), Level::Warning, "can never fire"));
        assert!(has(&lint("{target: 0.999}", ratio, &Fixed { series: 0, bounds: vec![] }), Level::Error, "a matches no series"));
        let half = "{ratioMetric: {good: {metricSource: {spec: {query: a}}}}}";
        assert!(has(&lint("{target: 0.999}", half, &clean()), Level::Error, "1 of the queries"));
        assert!(has(&lint("{target: 0.999}", "{thresholdMetric: {}}", &clean()), Level::Warning, "values are no events"));
        assert!(has(&lint("{target: 0.999}", "{}", &clean()), Level::Error, "nothing says how"));
    }
}
