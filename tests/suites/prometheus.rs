//! Indicators from a real Prometheus server, through good and bad times of what it scrapes.

use std::path::Path;

use jiff::Timestamp;
use kadian::collect::slis::{Collected, collect};
use kadian::evidence::samples::{MetricSeries, Series};
use kadian::evidence::slis::{Moment, Slis, read};
use libtest_mimic::Trial;

use super::trial;
use crate::support::prometheus::{Prometheus, Target};

pub(super) fn trials() -> Vec<Trial> {
    vec![trial("prometheus::a-real-server-is-asked-through-good-and-bad-times", through_good_and_bad_times)]
}

const SLIS: &str = r#"version: 1
service: pay
sources: {prometheus: {url: "URL", retries: 1, deadline: 20s}}
gray: {match: {version: "{to}"}}
baseline: {match: {version: "{from}"}}
step: 1s
slis:
- name: availability
  signal: availability
  channels: 2
  by: [region]
  measures:
  - {channel: load_balancer, total: lb_requests_total, bad: 'lb_requests_total{code=~"5.."}'}
  - {channel: server, total: requests_total, bad: 'requests_total{code=~"5.."}'}
- {name: latency, signal: latency, histogram: request_seconds, threshold: 0.5}
- {name: lag, signal: freshness, unit: s, samples: 'max(lag_seconds{$scope})'}
- {name: several, signal: custom, samples: 'requests_total{$scope}'}
- {name: damaged, signal: custom, samples: 'sum(up{$scope}) by'}
"#;

/// The server, what it scrapes, and the definitions.
struct World {
    prometheus: Prometheus,
    balancer: Target,
    east: Target,
    west: Target,
    old: Target,
    slis: Slis,
    /// The last second that has been asked about.
    now: Timestamp,
}

impl World {
    fn start() -> World {
        let balancer = Target::start("");
        let (east, west) = (Target::start("version: \"1.1\", region: east"), Target::start("version: \"1.1\", region: west"));
        let old = Target::start("version: \"1.0\", region: east");
        for target in [&east, &west, &old] {
            target.add("requests_total{code=\"200\"}", 1000.0);
            target.add("request_seconds_bucket{le=\"0.5\"}", 1000.0);
            target.add("request_seconds_bucket{le=\"+Inf\"}", 1000.0);
            target.add("request_seconds_count", 1000.0);
            target.add("request_seconds_sum", 100.0);
            target.set("lag_seconds", 0.5);
        }
        for version in ["1.1", "1.0"] {
            balancer.add(&format!("lb_requests_total{{version=\"{version}\",code=\"200\"}}"), 1000.0);
        }
        let mut prometheus = Prometheus::start(&[balancer.clone(), east.clone(), west.clone(), old.clone()]);
        let slis = read(SLIS.replace("URL", &prometheus.url).as_bytes()).expect("readable");
        let now = prometheus.settle();
        World { prometheus, balancer, east, west, old, slis, now }
    }

    /// Lets something happen, and asks about the time in which it did.
    fn after(&mut self, happens: impl FnOnce(&World)) -> Collected {
        let start = self.now;
        happens(self);
        self.now = self.prometheus.settle();
        self.ask("1.1", start)
    }

    fn ask(&self, version: &str, start: Timestamp) -> Collected {
        let (from, to) = ("1.0".to_owned(), version.to_owned());
        let moment = Moment { from, to, region: None, batch: Some(1), start, end: self.now };
        collect(&self.slis, &moment, Path::new(".")).expect("it can be asked")
    }

    /// Requests that were answered, by the server and, for all it knows, by the load balancer.
    fn requests(&self, target: &Target, version: &str, code: &str, count: f64) {
        target.add(&format!("requests_total{{code=\"{code}\"}}"), count);
        self.balanced(version, code, count);
    }

    fn balanced(&self, version: &str, code: &str, count: f64) {
        self.balancer.add(&format!("lb_requests_total{{version=\"{version}\",code=\"{code}\"}}"), count);
    }
}

/// The metric of a name and a channel or region.
fn metric<'a>(collected: &'a Collected, name: &str, channel: Option<&str>, region: Option<&str>) -> &'a MetricSeries {
    let fits = |metric: &&MetricSeries| {
        metric.name == name && metric.channel.as_deref() == channel && metric.segment.get("region").map(String::as_str) == region
    };
    collected.samples.metrics.iter().find(fits).unwrap_or_else(|| panic!("no metric {name} {channel:?} {region:?}"))
}

/// Good and bad events of gray and baseline, over all steps; `None` where no step has any.
fn sums(metric: &MetricSeries) -> [Option<f64>; 4] {
    let Series::Counts { gray, baseline } = &metric.series else { panic!("{}: counts", metric.name) };
    [&gray.good, &gray.bad, &baseline.good, &baseline.bad].map(|values| values.iter().copied().flatten().reduce(|a, b| a + b))
}

fn server(collected: &Collected) -> [Option<f64>; 4] {
    sums(metric(collected, "availability", Some("server"), None))
}

fn balancer(collected: &Collected) -> [Option<f64>; 4] {
    sums(metric(collected, "availability", Some("load_balancer"), None))
}

fn last(collected: &Collected, name: &str) -> (Option<f64>, Option<f64>) {
    let Series::Samples { gray, baseline } = &metric(collected, name, None, None).series else { panic!("{name}: samples") };
    (gray.last().copied().flatten(), baseline.last().copied().flatten())
}

fn some(values: [f64; 4]) -> [Option<f64>; 4] {
    values.map(Some)
}

fn through_good_and_bad_times() {
    let mut world = World::start();
    good(&mut world);
    bad(&mut world);
    slow(&mut world);
    empty(&world);
    restarted(&mut world);
    half_dead(&mut world);
    silent(&mut world);
    gone(&mut world);
}

fn good(world: &mut World) {
    let collected = world.after(|world| {
        world.requests(&world.east, "1.1", "200", 30.0);
        world.requests(&world.west, "1.1", "200", 20.0);
        world.requests(&world.old, "1.0", "200", 500.0);
    });
    assert_eq!(server(&collected), some([50.0, 0.0, 500.0, 0.0]));
    assert_eq!(balancer(&collected), some([50.0, 0.0, 500.0, 0.0]));
    assert_eq!(sums(metric(&collected, "availability", Some("server"), Some("west"))), [Some(20.0), Some(0.0), None, None]);
    assert_eq!(last(&collected, "lag"), (Some(0.5), Some(0.5)));
    assert_eq!(last(&collected, "several"), (None, Some(1500.0)));
    assert_eq!(last(&collected, "damaged"), (None, None));
    let degraded = collected.samples.degraded.join("\n");
    assert!(
        degraded.contains("several (gray): 2 series where one was expected, such as requests_total{code=\"200\""),
        "{degraded}"
    );
    assert!(degraded.contains("damaged (gray), damaged (baseline): ") && degraded.contains("bad_data: "), "{degraded}");
    assert_eq!((collected.samples.degraded.len(), collected.failures.len()), (2, 3), "{degraded}");
    assert!(collected.sources.iter().all(|origin| origin.sha256.len() == 64 && origin.bytes > 0));
}

/// The first error is a new series, whose first value `increase()` would not count.
fn bad(world: &mut World) {
    let collected = world.after(|world| {
        world.requests(&world.east, "1.1", "200", 10.0);
        world.requests(&world.east, "1.1", "503", 7.0);
        world.requests(&world.old, "1.0", "200", 100.0);
    });
    assert_eq!(server(&collected), some([10.0, 7.0, 100.0, 0.0]));
    assert_eq!(balancer(&collected), some([10.0, 7.0, 100.0, 0.0]));
    assert_eq!(sums(metric(&collected, "availability", Some("server"), Some("east"))), some([10.0, 7.0, 100.0, 0.0]));
    assert_eq!(sums(metric(&collected, "availability", Some("server"), Some("west")))[1], Some(0.0));
}

fn slow(world: &mut World) {
    let collected = world.after(|world| {
        world.west.add("request_seconds_bucket{le=\"0.5\"}", 10.0);
        world.west.add("request_seconds_bucket{le=\"+Inf\"}", 50.0);
        world.west.add("request_seconds_count", 50.0);
        world.west.set("lag_seconds", 9.0);
    });
    assert_eq!(sums(metric(&collected, "latency", None, None)), some([10.0, 40.0, 0.0, 0.0]));
    assert_eq!(last(&collected, "lag"), (Some(9.0), Some(0.5)));
}

/// A version that nobody runs has no data, which is not the same as no errors.
fn empty(world: &World) {
    let start = world.now - jiff::SignedDuration::from_secs(2);
    let collected = world.ask("9.9", start);
    for name in ["availability", "latency"] {
        let channel = Some("server").filter(|_| name == "availability");
        assert_eq!(sums(metric(&collected, name, channel, None))[..2], [None, None], "{name}");
    }
    assert_eq!(last(&collected, "lag").0, None);
    let degraded = collected.samples.degraded.join("\n");
    assert!(degraded.contains("availability/server (gray): the channel has no data; 0 of 2 have, 2 are wanted"), "{degraded}");
}

fn restarted(world: &mut World) {
    let collected = world.after(|world| {
        world.east.restart();
        world.requests(&world.east, "1.1", "200", 5.0);
        world.requests(&world.east, "1.1", "503", 2.0);
    });
    assert_eq!(server(&collected), some([5.0, 2.0, 0.0, 0.0]));
    assert_eq!(balancer(&collected), some([5.0, 2.0, 0.0, 0.0]));
}

/// What an instance did while it could not be scraped is counted when it can be again.
fn half_dead(world: &mut World) {
    let start = world.now;
    let collected = world.after(|world| {
        world.west.fail(true);
        world.requests(&world.west, "1.1", "200", 30.0);
        world.requests(&world.east, "1.1", "200", 4.0);
    });
    assert_eq!(server(&collected)[..2], [Some(4.0), Some(0.0)]);
    assert_eq!(balancer(&collected)[..2], [Some(34.0), Some(0.0)]);
    world.after(|world| world.west.fail(false));
    assert_eq!(server(&world.ask("1.1", start))[..2], [Some(34.0), Some(0.0)]);
}

/// Requests that reach servers without metrics count as failed.
fn silent(world: &mut World) {
    world.after(|world| {
        world.east.fail(true);
        world.west.fail(true);
    });
    let collected = world.after(|world| world.balanced("1.1", "200", 40.0));
    assert_eq!(balancer(&collected)[..2], [Some(40.0), Some(0.0)]);
    assert_eq!(server(&collected)[..2], [Some(0.0), Some(40.0)]);
    let degraded = collected.samples.degraded.join("\n");
    assert!(degraded.contains("availability/server (gray): requests reached servers without metrics in"), "{degraded}");
}

fn gone(world: &mut World) {
    world.prometheus.stop();
    let collected = world.ask("1.1", world.now - jiff::SignedDuration::from_secs(2));
    assert_eq!((server(&collected), balancer(&collected)), ([None; 4], [None; 4]));
    assert!(collected.samples.degraded[0].contains("no connection"), "{:?}", collected.samples.degraded);
    assert_eq!(collected.sources, []);
}
