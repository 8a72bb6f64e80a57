use proptest::prelude::*;

use super::*;
use crate::evidence::prometheus::Point;

fn grid(steps: usize) -> Grid {
    Grid { start: 60_000, step_seconds: 60, steps }
}

fn series(labels: &[(&str, &str)], values: &[Option<f64>]) -> Series {
    let at = |index: usize| 60_000 * (i64::try_from(index).expect("small") + 1);
    Series {
        labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        points: values
            .iter()
            .enumerate()
            .filter_map(|(index, value)| value.map(|value| Point { at: at(index), value }))
            .collect(),
    }
}

fn grown(all: &[Series]) -> Vec<Option<f64>> {
    let steps = 8;
    increases(grid(steps), all, &Instances::of(grid(steps), all)).steps
}

fn some(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

#[test]
fn a_counter_grows_by_differences() {
    let counter = series(&[("instance", "a")], &some(&[10.0, 12.0, 12.0, 20.0]));
    let wanted = [Some(2.0), Some(0.0), Some(8.0), None, None, None, None, None];
    assert_eq!(grown(&[counter]), wanted);
}

#[test]
fn after_a_restart_the_whole_value_is_new() {
    let counter = series(&[("instance", "a")], &some(&[100.0, 110.0, 3.0, 5.0, 0.0, 1.0, 1.0, 1.0, 1.0]));
    assert_eq!(grown(&[counter]), some(&[10.0, 3.0, 2.0, 0.0, 1.0, 0.0, 0.0, 0.0]));
}

#[test]
fn the_first_error_on_a_known_instance_counts() {
    let fine = series(&[("instance", "a"), ("code", "200")], &some(&[5.0; 9]));
    let mut values = vec![None; 9];
    values[3..].fill(Some(2.0));
    let errors = series(&[("instance", "a"), ("code", "500")], &values);
    assert_eq!(grown(&[fine, errors]), some(&[0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
}

#[test]
fn a_new_instance_begins_with_its_first_value() {
    let old = series(&[("instance", "a")], &some(&[5.0; 9]));
    let mut values = vec![None; 9];
    values[3..].fill(Some(70.0));
    values[8] = Some(77.0);
    let new = series(&[("instance", "b")], &values);
    assert_eq!(grown(&[old, new.clone()]), some(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 7.0]));
    // Alone it tells nothing before its second value, though it is there with its first.
    let alone = increases(grid(8), [&new], &Instances::of(grid(8), [&new]));
    assert_eq!(alone.steps, [None, None, None, Some(0.0), Some(0.0), Some(0.0), Some(0.0), Some(7.0)]);
    assert_eq!(alone.present, [false, false, true, true, true, true, true, true]);
}

#[test]
fn a_short_gap_is_carried_over_and_a_long_one_is_unknown() {
    let at = |index: usize| {
        let mut values = vec![None; 9];
        values[0] = Some(10.0);
        values[index] = Some(16.0);
        values
    };
    // Five minutes are five steps of this grid.
    let short = grown(&[series(&[("instance", "a")], &at(5))]);
    assert_eq!(short, [None, None, None, None, Some(6.0), None, None, None]);
    assert_eq!(grown(&[series(&[("instance", "a")], &at(6))]), [None; 8]);
    // With steps longer than five minutes, neighbours are still neighbours.
    let hourly = Grid { start: 60_000, step_seconds: 3600, steps: 2 };
    let points = [(0, 1.0), (1, 4.0)].map(|(index, value)| Point { at: 60_000 + index * 3_600_000, value });
    let counter = Series { labels: Labels::new(), points: points.to_vec() };
    assert_eq!(increases(hourly, [&counter], &Instances::default()).steps, [Some(3.0), None]);
}

#[test]
fn a_counter_that_comes_back_on_an_instance_that_never_left_was_reset() {
    let fine = series(&[("instance", "a"), ("code", "200")], &some(&[5.0; 9]));
    let mut values = vec![None; 9];
    (values[0], values[8]) = (Some(10.0), Some(16.0));
    let errors = series(&[("instance", "a"), ("code", "500")], &values);
    assert_eq!(grown(&[fine, errors])[7], Some(16.0));
}

#[test]
fn no_series_and_no_points_are_gaps_and_not_zeros() {
    assert_eq!(grown(&[]), [None; 8]);
    assert_eq!(grown(&[series(&[], &[])]), [None; 8]);
}

#[test]
fn values_that_are_no_counts_and_times_off_the_grid_are_passed_over() {
    let mut odd = series(&[], &some(&[1.0, f64::INFINITY, -3.0, 4.0]));
    odd.points.push(Point { at: 60_000 * 5 + 1, value: 9.0 });
    odd.points.push(Point { at: i64::MAX, value: 9.0 });
    odd.points.insert(0, Point { at: i64::MIN, value: 9.0 });
    assert_eq!(grown(&[odd]), [None, None, Some(3.0), None, None, None, None, None]);
}

proptest! {
    #[test]
    fn what_a_monotone_counter_grew_by_is_the_sum_of_its_steps(
        growth in proptest::collection::vec(0_u32..1000, 8),
        hidden in proptest::collection::vec(any::<bool>(), 7),
    ) {
        let mut value = 7.0;
        let mut values = vec![Some(value)];
        for growth in &growth {
            value += f64::from(*growth);
            values.push(Some(value));
        }
        // At most four in a row are out of sight, and never the last.
        for (at, hidden) in hidden.iter().enumerate() {
            if *hidden && at % 5 != 4 { values[at + 1] = None; }
        }
        let total: f64 = grown(&[series(&[("instance", "a")], &values)]).iter().flatten().sum();
        prop_assert!((total - (value - 7.0)).abs() < 1e-9);
    }

    #[test]
    fn with_restarts_nothing_is_lost_that_a_value_showed(
        lives in proptest::collection::vec(proptest::collection::vec(0_u32..50, 1..4), 1..4),
    ) {
        // Each life counts from zero, and its first value is below the last of the one before.
        let (mut values, mut total, mut before) = (Vec::new(), 0.0, None::<f64>);
        for life in lives {
            let mut value = 0.0;
            let fits = |value: f64| before.is_none_or(|before| value < before);
            if !fits(f64::from(life[0])) { break; }
            let start = values.is_empty();
            for (at, growth) in life.iter().enumerate() {
                value += f64::from(*growth);
                if !(start && at == 0) { total += f64::from(*growth); }
                values.push(Some(value));
            }
            before = Some(value);
        }
        values.truncate(9);
        prop_assume!(values.len() < 9);
        let sum: f64 = grown(&[series(&[("instance", "a")], &values)]).iter().flatten().sum();
        prop_assert!((sum - total).abs() < 1e-9, "{sum} {total} {values:?}");
    }

    #[test]
    fn the_order_of_the_series_does_not_matter(
        all in proptest::collection::vec((0_u8..3, proptest::collection::vec(proptest::option::of(0_u32..100), 9)), 1..6),
        turn in 0_usize..6,
    ) {
        let mut all: Vec<Series> = all.iter().enumerate().map(|(at, (instance, values))| {
            let values: Vec<_> = values.iter().map(|value| value.map(f64::from)).collect();
            series(&[("instance", &instance.to_string()), ("n", &at.to_string())], &values)
        }).collect();
        let before = grown(&all);
        let middle = turn % all.len();
        all.rotate_left(middle);
        prop_assert_eq!(&before, &grown(&all));
        prop_assert!(before.iter().flatten().all(|grown| *grown >= 0.0));
    }
}
