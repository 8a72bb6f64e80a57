//! From the series of an indicator to good and bad events, step by step (requirements D2, C13).

use crate::evidence::prometheus::{Series, shown_labels};
use crate::evidence::samples::CountSeries;

use super::counters::{Grid, Increases, Instances, increases};

/// What the second counter of a measure counts, beside all events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Bad,
    Good,
    /// The events below a histogram's bound, which are the good ones.
    Bucket,
}

/// Good and bad events of one measure on one side.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counted {
    /// As many entries as the grid has steps.
    pub counts: CountSeries,
    /// Whether any series of the measure was there at the end of the step.
    pub present: Vec<bool>,
    /// Whether any was there shortly before the first step.
    pub before: bool,
}

impl Counted {
    /// No data at all.
    #[must_use]
    pub fn unknown(grid: Grid) -> Counted {
        let gaps = vec![None; grid.steps];
        Counted { counts: CountSeries { good: gaps.clone(), bad: gaps }, present: vec![false; grid.steps], before: false }
    }

    /// Whether any step has data.
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.counts.good.iter().any(Option::is_some)
    }
}

/// Counts the events of a measure.
///
/// A series of errors often does not exist before the first one: where all events are counted and the part is not, the part is
/// zero. Not so for buckets, which exist from the start: such a step is a gap, as is one with more events below the bound than
/// events. Steps in which nothing tells of all events are gaps.
///
/// The series reach back to [`Grid::with_lead`], over which the instances are known as well.
#[must_use]
pub fn counted(grid: Grid, part: Part, total: &[&Series], counted: &[&Series], instances: &Instances) -> Counted {
    let wide = grid.with_lead();
    let all = increases(wide, total.iter().copied(), instances);
    let some = increases(wide, counted.iter().copied(), instances);
    let (good, bad) = (wide.steps - grid.steps..wide.steps).map(|step| split(part, all.steps[step], some.steps[step])).unzip();
    let mut before = either(&all, &some);
    let present = before.split_off(wide.steps - grid.steps);
    Counted { counts: CountSeries { good, bad }, present, before: before.contains(&true) }
}

/// Good and bad events out of all events and the counted part of them; the rules of [`counted`] hold.
#[must_use]
pub fn split(part: Part, all: Option<f64>, some: Option<f64>) -> (Option<f64>, Option<f64>) {
    let (good, bad) = match (part, all, some) {
        (Part::Bad, None, None) | (Part::Good | Part::Bucket, None, _) | (Part::Bucket, _, None) => return (None, None),
        (Part::Bad, all, bad) => {
            let bad = bad.unwrap_or(0.0);
            ((all.unwrap_or(bad) - bad).max(0.0), bad)
        }
        (Part::Good, Some(all), good) => {
            let good = good.unwrap_or(0.0).min(all);
            (good, all - good)
        }
        (Part::Bucket, Some(all), Some(good)) if good > all => return (None, None),
        (Part::Bucket, Some(all), Some(good)) => (good, all - good),
    };
    (Some(good), Some(bad))
}

fn either(a: &Increases, b: &Increases) -> Vec<bool> {
    a.present.iter().zip(&b.present).map(|(a, b)| *a || *b).collect()
}

/// Counts the requests that a load balancer passed to servers without metrics as failed (requirement D2), and returns in how many
/// steps.
///
/// A server that says nothing while it gets requests is down as far as anyone can tell. The one step before a server's very first
/// metrics is left a gap: it is how long it takes until a new instance is found.
pub fn count_silence_as_down(server: &mut Counted, balancer: &CountSeries) -> usize {
    let first = server.present.iter().position(|present| *present);
    let mut down = 0;
    for step in 0..server.present.len() {
        let requests = match (balancer.good.get(step), balancer.bad.get(step)) {
            (Some(Some(good)), Some(Some(bad))) => good + bad,
            _ => 0.0,
        };
        let starting = !server.before && first.is_some_and(|first| first == step + 1);
        if requests > 0.0 && !server.present[step] && !starting {
            server.counts.good[step] = Some(0.0);
            server.counts.bad[step] = Some(requests);
            down += 1;
        }
    }
    down
}

/// The values of an indicator that is sampled: one at each time of the grid, and how many were not finite.
///
/// No series is no data. Several are an error, because nobody said how to make one of them.
pub fn sampled(grid: Grid, series: &[Series]) -> Result<(Vec<Option<f64>>, usize), String> {
    match series {
        [] => Ok((vec![None; grid.steps + 1], 0)),
        [one] => {
            let infinite = one.points.iter().filter(|point| !point.value.is_finite()).count();
            Ok((grid.values(one), infinite))
        }
        [first, second, ..] => Err(format!(
            "{} series where one was expected, such as {} and {}; aggregate them",
            series.len(),
            shown_labels(&first.labels),
            shown_labels(&second.labels)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::prometheus::Point;

    const GRID: Grid = Grid { start: 0, step_seconds: 60, steps: 3 };

    fn series(code: &str, values: &[Option<f64>]) -> Series {
        let points = values.iter().zip([0, 60_000, 120_000, 180_000]);
        Series {
            labels: [("instance".to_owned(), "a".to_owned()), ("code".to_owned(), code.to_owned())].into(),
            points: points.filter_map(|(value, at)| value.map(|value| Point { at, value })).collect(),
        }
    }

    fn count(part: Part, total: &[Series], some: &[Series]) -> CountSeries {
        let (total, some): (Vec<_>, Vec<_>) = (total.iter().collect(), some.iter().collect());
        let instances = Instances::of(GRID.with_lead(), total.iter().chain(&some).copied());
        counted(GRID, part, &total, &some, &instances).counts
    }

    fn total() -> Series {
        series("", &[Some(0.0), Some(10.0), None, Some(30.0)])
    }

    #[test]
    fn errors_that_no_series_tells_of_are_zero_where_requests_are_counted() {
        let counts = count(Part::Bad, &[total()], &[]);
        assert_eq!(counts, CountSeries { good: vec![Some(10.0), None, Some(20.0)], bad: vec![Some(0.0), None, Some(0.0)] });
        let errors = series("500", &[None, Some(4.0), None, Some(5.0)]);
        let counts = count(Part::Bad, &[total()], &[errors]);
        assert_eq!(counts, CountSeries { good: vec![Some(6.0), None, Some(19.0)], bad: vec![Some(4.0), None, Some(1.0)] });
        assert_eq!(count(Part::Bad, &[], &[]), Counted::unknown(GRID).counts);
    }

    #[test]
    fn more_errors_than_requests_are_errors_all_the_same() {
        let errors = series("500", &[Some(0.0), Some(40.0), None, None]);
        let counts = count(Part::Bad, &[total()], &[errors]);
        assert_eq!((counts.good[0], counts.bad[0]), (Some(0.0), Some(40.0)));
    }

    #[test]
    fn good_events_that_no_series_tells_of_are_none() {
        let good = series("200", &[Some(0.0), Some(10.0), None, None]);
        let counts = count(Part::Good, &[total()], &[good]);
        assert_eq!(counts, CountSeries { good: vec![Some(10.0), None, Some(0.0)], bad: vec![Some(0.0), None, Some(20.0)] });
    }

    #[test]
    fn buckets_that_are_missing_or_too_full_are_gaps() {
        let bucket = |last| series("le", &[Some(0.0), Some(7.0), None, last]);
        let counts = count(Part::Bucket, &[total()], &[bucket(None)]);
        assert_eq!(counts, CountSeries { good: vec![Some(7.0), None, None], bad: vec![Some(3.0), None, None] });
        assert_eq!(count(Part::Bucket, &[total()], &[bucket(Some(28.0))]).good[2], None);
        assert_eq!(count(Part::Bucket, &[], &[bucket(Some(28.0))]), Counted::unknown(GRID).counts);
    }

    #[test]
    fn requests_to_a_silent_server_failed() {
        let balancer = CountSeries { good: vec![Some(5.0), None, Some(7.0)], bad: vec![Some(1.0), None, Some(0.0)] };
        let mut never = Counted::unknown(GRID);
        assert_eq!(count_silence_as_down(&mut never, &balancer), 2);
        assert_eq!(never.counts, CountSeries { good: vec![Some(0.0), None, Some(0.0)], bad: vec![Some(6.0), None, Some(7.0)] });

        let mut died = Counted { present: vec![true, false, false], ..Counted::unknown(GRID) };
        assert_eq!(count_silence_as_down(&mut died, &balancer), 1);
        assert_eq!(died.counts.bad, [None, None, Some(7.0)]);
    }

    #[test]
    fn a_server_is_not_down_before_it_was_found_nor_without_requests() {
        let balancer = CountSeries { good: vec![Some(5.0), Some(5.0), Some(0.0)], bad: vec![Some(0.0); 3] };
        let mut starting = Counted { present: vec![false, true, false], ..Counted::unknown(GRID) };
        assert_eq!(count_silence_as_down(&mut starting, &balancer), 0);
        assert_eq!(starting.counts, Counted::unknown(GRID).counts);
    }

    #[test]
    fn a_server_that_was_there_before_is_not_starting() {
        let balancer = CountSeries { good: vec![Some(5.0), None, None], bad: vec![Some(0.0), None, None] };
        let mut server = Counted { present: vec![false, true, true], before: true, ..Counted::unknown(GRID) };
        assert_eq!(count_silence_as_down(&mut server, &balancer), 1);
    }

    #[test]
    fn what_was_seen_shortly_before_is_carried_into_the_first_step() {
        let mut total = series("", &[None, Some(30.0), Some(31.0), Some(33.0)]);
        total.points.insert(0, Point { at: -120_000, value: 20.0 });
        let errors = series("500", &[None, Some(2.0), Some(2.0), Some(2.0)]);
        let counts = count(Part::Bad, &[total], &[errors]);
        assert_eq!(
            counts,
            CountSeries { good: vec![Some(8.0), Some(1.0), Some(2.0)], bad: vec![Some(2.0), Some(0.0), Some(0.0)] }
        );
    }

    #[test]
    fn a_sampled_indicator_is_one_series() {
        let values = series("", &[Some(1.0), None, Some(f64::INFINITY), Some(2.0)]);
        assert_eq!(sampled(GRID, std::slice::from_ref(&values)), Ok((vec![Some(1.0), None, None, Some(2.0)], 1)));
        assert_eq!(sampled(GRID, &[]), Ok((vec![None; 4], 0)));
        let error = sampled(GRID, &[values.clone(), values]).expect_err("two");
        assert!(error.starts_with("2 series where one was expected, such as {code=\"\",instance=\"a\"} and"), "{error}");
    }
}
