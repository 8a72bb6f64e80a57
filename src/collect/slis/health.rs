//! Asks how the pods of the gray version are (requirement C9).
//!
//! The metrics are those of kube-state-metrics: github.com/kubernetes/kube-state-metrics, `docs/metrics/workload/pod-metrics.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::ask_all;
use crate::collect::prometheus::{Origin, Query, QueryError, Span};
use crate::evidence::prometheus::{Labels, Series};
use crate::evidence::slis::{HealthSpec, Matcher, Moment, Selector, Slis};
use crate::evidence::{HealthReport, InstanceRecord};

/// The labels of Kubernetes, each with [`LABEL`] before its name.
const LABELS: &str = "kube_pod_labels";
const LABEL: &str = "label_";
const READY: &str = "kube_pod_status_ready";
const RESTARTS: &str = "kube_pod_container_status_restarts_total";
const LAST_END: &str = "kube_pod_container_status_last_terminated_reason";
const KILLED: &str = "OOMKilled";

/// Namespace and name.
type Pod = (String, String);

/// A container of a pod; the uid tells a pod from an earlier one of its name.
type Container = (Pod, String, String);

/// Asks for the pods at the moment's end, and counts what happened to them since its start.
///
/// A container that nothing tells of at the start has begun since. All or nothing: a query that fails or is not whole is an error, and
/// so is an answer without a pod: nothing was seen of the gray version.
pub fn health(slis: &Slis, spec: &HealthSpec, moment: &Moment, folder: &Path) -> Result<(HealthReport, Vec<Origin>), String> {
    let gray = spec.gray.matchers(moment)?;
    let (labels, direct): (Vec<Matcher>, Vec<Matcher>) = gray.into_iter().partition(|matcher| matcher.label.starts_with(LABEL));
    let base = |name: &str| Selector { name: name.to_owned(), matchers: [spec.selector.as_slice(), &direct].concat() };
    let killed = base(LAST_END).with(&[Matcher::equal("reason", KILLED)]);
    let mut asked = vec![
        (base(READY).with(&[Matcher::equal("condition", "true")]), moment.end),
        (base(RESTARTS), moment.end),
        (base(RESTARTS), moment.start),
        (killed.clone(), moment.end),
        (killed, moment.start),
    ];
    if !labels.is_empty() {
        asked.push((base(LABELS).with(&labels), moment.end));
    }
    let queries: Vec<(&str, Query)> = asked
        .iter()
        .map(|(selector, at)| (spec.source.as_str(), Query { text: selector.to_string(), span: Span::Instant(*at) }))
        .collect();
    let (mut sources, mut answers) = (Vec::new(), Vec::new());
    for answer in ask_all(slis, &queries, folder) {
        let fetched = answer.map_err(|error: QueryError| error.to_string())?;
        if !fetched.warnings.is_empty() {
            return Err(format!("the answer is not whole: {}", fetched.warnings.join("; ")));
        }
        sources.extend(fetched.origins);
        answers.push(fetched.series);
    }
    let mut answers = answers.into_iter();
    let mut next = || answers.next().unwrap_or_default();
    let (ready, restarts, before, killed, killed_before) = (next(), next(), next(), next(), next());
    let named = (!labels.is_empty()).then(|| next().iter().map(|series| pod(&series.labels)).collect::<BTreeSet<Pod>>());
    let ends = Ends {
        restarts: counts(&restarts)?,
        before: counts(&before)?,
        killed: there(&killed),
        killed_before: there(&killed_before),
    };
    let instances = instances(&ready, &ends, named);
    if instances.is_empty() {
        let (selector, at) = asked.last().map_or((String::new(), moment.end), |(selector, at)| (selector.to_string(), *at));
        let shown = if labels.is_empty() { asked[0].0.to_string() } else { selector };
        return Err(format!("no pod of the gray version is there at {at}: {shown} matches nothing"));
    }
    let report = HealthReport::new(Some(moment.end), instances).map_err(|error| error.to_string())?;
    Ok((report, sources))
}

/// How containers ended, at both times.
struct Ends {
    restarts: BTreeMap<Container, u64>,
    before: BTreeMap<Container, u64>,
    killed: BTreeSet<Container>,
    killed_before: BTreeSet<Container>,
}

impl Ends {
    /// Restarts since the start, and whether the last end since then was for want of memory.
    fn since(&self, container: &Container) -> (u64, bool) {
        let now = self.restarts.get(container).copied().unwrap_or(0);
        let restarts = now.checked_sub(self.before.get(container).copied().unwrap_or(0)).unwrap_or(now);
        let killed = self.killed.contains(container) && (restarts > 0 || !self.killed_before.contains(container));
        (restarts, killed)
    }
}

fn instances(ready: &[Series], ends: &Ends, named: Option<BTreeSet<Pod>>) -> Vec<InstanceRecord> {
    let mut states: BTreeMap<Pod, bool> = BTreeMap::new();
    for series in ready {
        let is_ready = last(series).is_some_and(|value| value >= 1.0);
        // Of two that tell of one pod the worse counts.
        states.entry(pod(&series.labels)).and_modify(|known| *known &= is_ready).or_insert(is_ready);
    }
    let containers: BTreeSet<&Container> = ends.restarts.keys().chain(&ends.killed).collect();
    let pods = named.unwrap_or_else(|| states.keys().chain(containers.iter().map(|(pod, _, _)| pod)).cloned().collect());
    let instance = |pod: Pod| {
        let of_pod = containers.iter().filter(|(of, _, _)| *of == pod).map(|container| ends.since(container));
        let (restarts, oom_kills) =
            of_pod.fold((0_u64, 0), |(sum, kills), (restarts, killed)| (sum.saturating_add(restarts), kills + u64::from(killed)));
        InstanceRecord {
            ready: states.get(&pod).copied().unwrap_or(false),
            restarts,
            oom_kills,
            reason: (oom_kills > 0).then(|| KILLED.to_owned()),
            labels: BTreeMap::new(),
            name: if pod.0.is_empty() { pod.1 } else { format!("{}/{}", pod.0, pod.1) },
        }
    };
    pods.into_iter().map(instance).collect()
}

/// The value of a label. Where the scrape does not honour the metric's own labels, they stand behind `exported_`.
fn label(labels: &Labels, name: &str) -> String {
    labels.get(&format!("exported_{name}")).or_else(|| labels.get(name)).cloned().unwrap_or_default()
}

fn pod(labels: &Labels) -> Pod {
    (label(labels, "namespace"), label(labels, "pod"))
}

fn container(labels: &Labels) -> Container {
    (pod(labels), label(labels, "uid"), label(labels, "container"))
}

fn last(series: &Series) -> Option<f64> {
    series.points.last().map(|point| point.value)
}

/// The counters by container; of two that tell of one the higher counts.
fn counts(all: &[Series]) -> Result<BTreeMap<Container, u64>, String> {
    const MOST: f64 = 1e9;
    let mut counts = BTreeMap::new();
    for series in all {
        let value = last(series).filter(|value| (0.0..=MOST).contains(value)).ok_or("the number of restarts is none")?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to a thousand million")]
        let value = value.round() as u64;
        counts.entry(container(&series.labels)).and_modify(|known: &mut u64| *known = value.max(*known)).or_insert(value);
    }
    Ok(counts)
}

/// The containers whose gauge is 1.
fn there(all: &[Series]) -> BTreeSet<Container> {
    all.iter().filter(|series| last(series).is_some_and(|value| value >= 1.0)).map(|series| container(&series.labels)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::http::server::{Reply, Seen, Server};
    use crate::evidence::slis;

    fn answer(series: &[(&str, &str)]) -> Reply {
        let one = |(labels, value): &(&str, &str)| format!("{{\"metric\":{{{labels}}},\"value\":[0,\"{value}\"]}}");
        let result: Vec<String> = series.iter().map(one).collect();
        Reply::new(
            200,
            format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"vector\",\"result\":[{}]}}}}", result.join(",")),
        )
    }

    fn asked(
        conditions: &str,
        handler: impl Fn(&Seen, &str, bool) -> Reply + Send + Sync + 'static,
    ) -> Result<Vec<(String, bool, u64, u64)>, String> {
        let server = Server::start(move |seen| {
            let (query, time) = (seen.parameter("query").expect("a query"), seen.parameter("time").expect("a time"));
            handler(seen, &query, time == "600")
        });
        let text = format!(
            "version: 1\nservice: pay\nsources: {{p: {{url: \"{}\", retries: 0}}}}\ngray: {{match: {{v: \"{{to}}\"}}}}\n\
             baseline: {{match: {{v: \"{{from}}\"}}}}\nhealth: {{selector: 'namespace=\"prod\"', match: {conditions}}}\n\
             slis:\n- {{name: e, signal: availability, total: all, bad: bad}}\n",
            server.url
        );
        let slis = slis::read(text.as_bytes()).expect("readable");
        let time = |seconds| jiff::Timestamp::from_second(seconds).expect("a time");
        let (from, to) = ("1.0".to_owned(), "1.1".to_owned());
        let moment = Moment { from, to, region: None, batch: None, start: time(60), end: time(600) };
        let spec = slis.health.clone().expect("health");
        let (report, sources) = health(&slis, &spec, &moment, Path::new("."))?;
        assert!(!sources.is_empty() && report.made_at == Some(moment.end));
        let of = |one: InstanceRecord| (one.name, one.ready, one.restarts, one.oom_kills);
        Ok(report.instances.into_iter().map(of).collect())
    }

    const A: &str = "\"namespace\":\"prod\",\"pod\":\"a\"";
    const B: &str = "\"exported_namespace\":\"prod\",\"exported_pod\":\"b\",\"namespace\":\"watch\",\"pod\":\"ksm\"";

    #[test]
    fn what_happened_since_the_start_is_counted() {
        let found = asked("{label_version: \"{to}\"}", |_, query, end| {
            let (app, side) = (format!("{A},\"container\":\"app\""), format!("{A},\"container\":\"side\""));
            match (query.split('{').next(), end) {
                (Some(LABELS), true) => {
                    assert_eq!(query, "kube_pod_labels{namespace=\"prod\",label_version=\"1.1\"}");
                    answer(&[(A, "1"), (B, "1")])
                }
                (Some(READY), true) => answer(&[(A, "1"), (B, "0"), ("\"namespace\":\"prod\",\"pod\":\"old\"", "0")]),
                (Some(RESTARTS), true) => answer(&[(&app, "7"), (&side, "2")]),
                (Some(RESTARTS), false) => answer(&[(&app, "5"), (&side, "2")]),
                // The sidecar was killed before.
                (Some(LAST_END), true) => answer(&[(&app, "1"), (&side, "1")]),
                (Some(LAST_END), false) => answer(&[(&side, "1")]),
                _ => Reply::new(400, query),
            }
        });
        assert_eq!(found, Ok(vec![("prod/a".to_owned(), true, 2, 1), ("prod/b".to_owned(), false, 0, 0)]));
    }

    #[test]
    fn labels_of_the_metrics_themselves_are_conditions_and_a_new_pod_of_an_old_name_starts_at_zero() {
        let found = asked("{zone: a}", |_, query, end| {
            assert!(query.contains("zone=\"a\""), "{query}");
            let of = |uid: &str| format!("{A},\"uid\":\"{uid}\",\"container\":\"app\"");
            match query.split('{').next() {
                Some(READY) => answer(&[(&format!("{A},\"instance\":\"1\""), "1"), (&format!("{A},\"instance\":\"2\""), "0")]),
                Some(RESTARTS) if end => answer(&[(&of("new"), "3")]),
                Some(RESTARTS) => answer(&[(&of("old"), "9")]),
                _ => answer(&[]),
            }
        });
        assert_eq!(found, Ok(vec![("prod/a".to_owned(), false, 3, 0)]));
    }

    #[test]
    fn nothing_and_half_of_it_are_errors() {
        let error = asked("{label_version: \"{to}\"}", |_, _, _| answer(&[])).expect_err("no pod");
        assert!(error.starts_with("no pod of the gray version is there at 1970-01-01T00:10:00Z: kube_pod_labels{"), "{error}");
        let partial =
            "{\"status\":\"success\",\"warnings\":[\"a store is down\"],\"data\":{\"resultType\":\"vector\",\"result\":[]}}";
        let error = asked("{zone: a}", move |_, _, _| Reply::new(200, partial)).expect_err("half");
        assert_eq!(error, "the answer is not whole: a store is down");
        let error = asked("{zone: a}", |_, _, _| Reply::new(503, "")).expect_err("away");
        assert!(error.ends_with("status 503"), "{error}");
        let error = asked("{zone: a}", |_, _, _| answer(&[(A, "NaN")])).expect_err("no number");
        assert_eq!(error, "the number of restarts is none");
    }
}
