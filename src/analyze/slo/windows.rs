//! Good and bad events over windows that end now.

use std::collections::BTreeMap;

use crate::evidence::{Events, Seen};

/// At most this share of a window's steps may lack data. A longer window may bear a lost scrape; a window of five steps may not.
const MAX_GAPS: f64 = 0.1;

/// What is known of each window, by its length in seconds. A window that is not in it is not known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Windows(BTreeMap<u64, Events>);

impl Windows {
    /// The windows of these lengths, as far as they were seen.
    ///
    /// Totals stand for their own length only. Out of steps, a window is summed back from the last one. A window that the steps do
    /// not reach over, or of whose steps more than a tenth are gaps, is not known; with fewer gaps it holds what was measured. A
    /// length that is no multiple of the step takes the step in which it begins whole.
    #[must_use]
    pub fn seen(seen: &Seen, lengths: impl IntoIterator<Item = u64>) -> Self {
        match seen {
            Seen::Windows(totals) => {
                let totals: BTreeMap<u64, Events> = totals.iter().copied().collect();
                Windows(lengths.into_iter().filter_map(|length| Some((length, *totals.get(&length)?))).collect())
            }
            Seen::Steps { step_seconds, events } => {
                let window = |length| Some((length, last(*step_seconds, events, length)?));
                Windows(lengths.into_iter().filter_map(window).collect())
            }
        }
    }

    /// What happened in the window of this length; `None` when that is not known.
    #[must_use]
    pub fn get(&self, seconds: u64) -> Option<Events> {
        self.0.get(&seconds).copied()
    }
}

fn last(step_seconds: u64, events: &[Option<Events>], length: u64) -> Option<Events> {
    if step_seconds == 0 || length == 0 {
        return None;
    }
    let steps = usize::try_from(length.div_ceil(step_seconds)).ok()?;
    let window = &events[events.len().checked_sub(steps)?..];
    let gaps = window.iter().filter(|step| step.is_none()).count();
    if count(gaps) > count(steps) * MAX_GAPS {
        return None;
    }
    let add = |sum: Events, step: &Events| Events { good: sum.good + step.good, bad: sum.bad + step.bad };
    Some(window.iter().flatten().fold(Events::default(), add))
}

#[expect(clippy::cast_precision_loss, reason = "a series has far fewer than 2^53 steps")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(good: f64, bad: f64) -> Events {
        Events { good, bad }
    }

    fn steps(step_seconds: u64, steps: &[Option<Events>]) -> Seen {
        Seen::Steps { step_seconds, events: steps.to_vec() }
    }

    #[test]
    fn windows_end_with_the_last_step() {
        let seen = steps(60, &[Some(events(1.0, 8.0)), Some(events(2.0, 16.0)), Some(events(4.0, 32.0))]);
        let windows = Windows::seen(&seen, [60, 120, 180, 240]);
        assert_eq!(windows.get(60), Some(events(4.0, 32.0)));
        assert_eq!(windows.get(120), Some(events(6.0, 48.0)));
        assert_eq!(windows.get(180), Some(events(7.0, 56.0)));
        assert_eq!(windows.get(240), None, "the series is too short");
    }

    #[test]
    fn a_length_between_two_steps_takes_the_step_in_which_it_begins() {
        let seen = steps(60, &[Some(events(1.0, 0.0)), Some(events(2.0, 0.0))]);
        assert_eq!(Windows::seen(&seen, [90]).get(90), Some(events(3.0, 0.0)));
    }

    #[test]
    fn up_to_a_tenth_of_a_window_may_be_gaps() {
        let mut all = vec![Some(events(1.0, 0.0)); 20];
        (all[0], all[19]) = (None, None);
        let windows = Windows::seen(&steps(1, &all), [1, 10, 20]);
        assert_eq!(windows.get(1), None);
        assert_eq!(windows.get(10), Some(events(9.0, 0.0)));
        assert_eq!(windows.get(20), Some(events(18.0, 0.0)));
        all[1] = None;
        assert_eq!(Windows::seen(&steps(1, &all), [20]).get(20), None);
    }

    #[test]
    fn totals_stand_for_their_own_length_only() {
        let seen = Seen::Windows(vec![(300, events(5.0, 1.0))]);
        let windows = Windows::seen(&seen, [60, 300, 3600]);
        assert_eq!((windows.get(60), windows.get(300), windows.get(3600)), (None, Some(events(5.0, 1.0)), None));
    }

    #[test]
    fn lengths_that_cannot_be_are_not_known() {
        let all = [Some(events(1.0, 1.0))];
        assert_eq!(Windows::seen(&steps(60, &all), [0, u64::MAX]), Windows::default());
        assert_eq!(Windows::seen(&steps(0, &all), [60]), Windows::default());
    }
}
