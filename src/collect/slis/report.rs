//! The samples out of the answers.

use std::collections::BTreeMap;

use super::answers::Answers;
use super::plan::{MeasureNeed, Need, Pair, Plan, sampling};
use super::{Collected, Side};
use crate::analyze::counters::{Grid, Instances};
use crate::analyze::slis::{Counted, Part, count_silence_as_down, counted, sampled};
use crate::collect::prometheus::{Fetched, QueryError};
use crate::evidence::prometheus::Series;
use crate::evidence::samples::{MetricSeries, SamplesReport, Series as Values};
use crate::evidence::slis::{LOAD_BALANCER, Measure, Measured, Moment, SERVER, Sli, Slis};

/// The values of a label that are judged one by one; those with the most gray traffic come first.
const MAX_SEGMENTS: usize = 100;

/// A label and its value; `None` for all of the traffic.
type Segment<'a> = Option<(&'a str, String)>;

pub(super) fn assemble(
    slis: &Slis,
    moment: &Moment,
    grid: Grid,
    plan: &Plan,
    outcomes: &[Result<Fetched, QueryError>],
) -> Collected {
    let mut answers = Answers::new(plan, outcomes);
    let mut metrics = Vec::new();
    for (sli, need) in slis.slis.iter().zip(&plan.needs) {
        match (&sli.measured, need) {
            (Measured::Counts(measures), Need::Counts(needs)) => {
                let measures = measures.iter().zip(needs).map(|(measure, need)| Channel::new(sli, measure, need, &mut answers));
                let channels: Vec<Channel> = measures.collect();
                metrics.extend(count_metrics(sli, grid, &channels, &mut answers));
            }
            (Measured::Samples { channel, .. }, Need::Samples { gray, baseline }) => {
                let name = title(sli, channel.as_deref());
                let mut side = |at, side| sample_values(grid, at, &name, side, &mut answers);
                let series = Values::Samples { gray: side(*gray, Side::Gray), baseline: side(*baseline, Side::Baseline) };
                metrics.push(metric(sli, channel.clone(), &None, series));
            }
            // A plan is made of the same definitions.
            (Measured::Counts(_), Need::Samples { .. }) | (Measured::Samples { .. }, Need::Counts(_)) => {}
        }
    }
    let samples = SamplesReport {
        service: Some(slis.service.clone()),
        version: Some(moment.to.clone()),
        batch: moment.batch,
        start: moment.start,
        step_seconds: slis.step_seconds,
        planned_steps: None,
        degraded: answers.degraded(),
        metrics,
    };
    Collected { samples, sources: answers.origins(), failures: answers.failures }
}

/// How messages name a metric.
fn title(sli: &Sli, channel: Option<&str>) -> String {
    let parts = [Some(sli.name.as_str()), sli.api.as_deref(), channel];
    parts.into_iter().flatten().collect::<Vec<_>>().join("/")
}

fn metric(sli: &Sli, channel: Option<String>, segment: &Segment<'_>, series: Values) -> MetricSeries {
    let segment = segment.iter().map(|(label, value)| ((*label).to_owned(), value.clone())).collect();
    MetricSeries {
        name: sli.name.clone(),
        signal: Some(sli.signal),
        api: sli.api.clone(),
        segment,
        channel,
        required_channels: (sli.channels > 1).then_some(sli.channels as u64),
        unit: sli.unit.clone(),
        worse: sli.worse,
        margin: sli.margin,
        floor: sli.floor,
        critical: sli.critical,
        minimum: sli.minimum,
        series,
    }
}

fn sample_values(grid: Grid, at: usize, name: &str, side: Side, answers: &mut Answers<'_>) -> Vec<Option<f64>> {
    let gaps = vec![None; grid.steps];
    let Some(series) = answers.series(at, name, side) else { return gaps };
    match sampled(sampling(grid), series) {
        Ok((values, infinite)) => {
            if infinite > 0 {
                answers.note("infinite values are left out".to_owned(), format!("{name} ({})", side.word()));
            }
            values
        }
        Err(reason) => {
            answers.fail(at, name, side, reason);
            gaps
        }
    }
}

/// One measure of an indicator, with the series of both sides.
struct Channel<'a> {
    name: Option<&'a str>,
    title: String,
    part: Part,
    gray: Option<SideSeries<'a>>,
    baseline: Option<SideSeries<'a>>,
}

struct SideSeries<'a> {
    total: &'a [Series],
    part: &'a [Series],
}

impl<'a> Channel<'a> {
    fn new(sli: &Sli, measure: &'a Measure, need: &MeasureNeed, answers: &mut Answers<'a>) -> Channel<'a> {
        let title = title(sli, measure.channel.as_deref());
        let mut side = |pair: Pair, side| {
            // Both are asked for, so that both failures are named.
            let (total, part) = (answers.series(pair.total, &title, side), answers.series(pair.part, &title, side));
            Some(SideSeries { total: total?, part: part? })
        };
        let (mut gray, mut baseline) = (side(need.gray, Side::Gray), side(need.baseline, Side::Baseline));
        let nowhere = |series: &Option<SideSeries<'_>>| series.as_ref().is_none_or(|series| series.part.is_empty());
        let no_good = nowhere(&gray) && nowhere(&baseline);
        for (series, pair, side) in [(&mut gray, need.gray, Side::Gray), (&mut baseline, need.baseline, Side::Baseline)] {
            let lacks = series.as_ref().is_some_and(|series| series.part.is_empty() && !series.total.is_empty());
            let reason = match need.part {
                Part::Bucket if lacks => "the histogram has no bucket at the threshold",
                Part::Good if lacks && no_good => "no series counts good events; is the selector right?",
                Part::Good | Part::Bad | Part::Bucket => continue,
            };
            answers.fail(pair.part, &title, side, reason.to_owned());
            *series = None;
        }
        Channel { name: measure.channel.as_deref(), title, part: need.part, gray, baseline }
    }

    fn sides(&self) -> impl Iterator<Item = &SideSeries<'a>> {
        self.gray.iter().chain(&self.baseline)
    }

    fn knows(&self, label: &str) -> bool {
        self.sides().any(|side| side.total.iter().any(|series| series.labels.contains_key(label)))
    }

    fn count(&self, grid: Grid, series: Option<&SideSeries<'_>>, segment: &Segment<'_>) -> Counted {
        let Some(series) = series else { return Counted::unknown(grid) };
        let of_segment = |series: &&Series| match segment {
            Some((label, value)) => series.labels.get(*label) == Some(value),
            None => true,
        };
        let instances = Instances::of(grid.with_lead(), series.total.iter().chain(series.part));
        let (total, part): (Vec<_>, Vec<_>) =
            (series.total.iter().filter(of_segment).collect(), series.part.iter().filter(of_segment).collect());
        counted(grid, self.part, &total, &part, &instances)
    }
}

fn count_metrics(sli: &Sli, grid: Grid, channels: &[Channel<'_>], answers: &mut Answers<'_>) -> Vec<MetricSeries> {
    let mut metrics = Vec::new();
    for segment in segments(sli, channels, answers) {
        let here: Vec<&Channel<'_>> =
            channels.iter().filter(|channel| segment.as_ref().is_none_or(|(label, _)| channel.knows(label))).collect();
        let mut gray: Vec<Counted> = here.iter().map(|channel| channel.count(grid, channel.gray.as_ref(), &segment)).collect();
        if segment.is_none() {
            name_lost_channels(sli, channels, &gray, answers);
        }
        watch_for_silence(sli, &here, &mut gray, &segment, answers);
        for (channel, gray) in here.iter().zip(gray) {
            let baseline = channel.count(grid, channel.baseline.as_ref(), &segment);
            let series = Values::Counts { gray: gray.counts, baseline: baseline.counts };
            metrics.push(metric(sli, channel.name.map(str::to_owned), &segment, series));
        }
    }
    metrics
}

/// The whole, and then each value of each label of [`Sli::by`].
fn segments<'a>(sli: &'a Sli, channels: &[Channel<'_>], answers: &mut Answers<'_>) -> Vec<Segment<'a>> {
    let mut all: Vec<Segment<'a>> = vec![None];
    for label in &sli.by {
        let mut traffic: BTreeMap<&str, f64> = BTreeMap::new();
        for channel in channels {
            for series in channel.sides().flat_map(|side| side.total) {
                if let Some(value) = series.labels.get(label) {
                    traffic.entry(value).or_default();
                }
            }
            for series in channel.gray.iter().flat_map(|side| side.total) {
                if let (Some(value), [first, .., last]) = (series.labels.get(label), series.points.as_slice()) {
                    *traffic.entry(value).or_default() += (last.value - first.value).max(0.0);
                }
            }
        }
        if traffic.is_empty() {
            answers.note(format!("no series has the label `{label}`, so that no part is judged by it"), title(sli, None));
        }
        let mut values: Vec<(&str, f64)> = traffic.into_iter().collect();
        values.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        if values.len() > MAX_SEGMENTS {
            let rest = values.len() - MAX_SEGMENTS;
            answers.note(
                format!("{rest} further values of `{label}` with less traffic are not judged one by one"),
                title(sli, None),
            );
            values.truncate(MAX_SEGMENTS);
        }
        values.sort_by(|a, b| a.0.cmp(b.0));
        all.extend(values.into_iter().map(|(value, _)| Some((label.as_str(), value.to_owned()))));
    }
    all
}

/// One lost channel of several is named, whatever the other says (requirement F3).
fn name_lost_channels(sli: &Sli, channels: &[Channel<'_>], gray: &[Counted], answers: &mut Answers<'_>) {
    if channels.len() < 2 {
        return;
    }
    let left = gray.iter().filter(|counted| counted.has_data()).count();
    for (channel, _) in channels.iter().zip(gray).filter(|(_, counted)| !counted.has_data()) {
        let reason = format!("the channel has no data; {left} of {} have, {} are wanted", channels.len(), sli.channels);
        answers.note(reason, format!("{} (gray)", channel.title));
    }
}

/// Requests that a load balancer passes to servers without metrics count as failed on the server's channel (requirement D2).
///
/// Only where the server's metrics were asked for and are not there: a query that failed says nothing about the server. The
/// baseline's silence is left alone, because errors on that side would excuse the gray version.
fn watch_for_silence(
    sli: &Sli,
    channels: &[&Channel<'_>],
    gray: &mut [Counted],
    segment: &Segment<'_>,
    answers: &mut Answers<'_>,
) {
    let position = |name: &str| channels.iter().position(|channel| channel.name == Some(name) && channel.gray.is_some());
    let (Some(balancer), Some(server)) = (position(LOAD_BALANCER), position(SERVER)) else { return };
    let seen = gray[balancer].counts.clone();
    let steps = count_silence_as_down(&mut gray[server], &seen);
    if steps > 0 {
        let of = segment.as_ref().map_or_else(String::new, |(label, value)| format!(" of {label}={value}"));
        let reason = format!("requests{of} reached servers without metrics in {steps} steps; they count as failed");
        answers.note(reason, format!("{} (gray)", title(sli, Some(SERVER))));
    }
}
