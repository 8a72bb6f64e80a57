//! `--wait`: looks again until the verdict is certain.

use jiff::{SignedDuration, Timestamp};

use super::output;
use crate::collect::clock;
use crate::decide::{Decision, Verdict};
use crate::error::{Error, Result};
use crate::gate::{Checked, Request};

/// Between two looks: servers are asked at each of them.
const LEAST: SignedDuration = SignedDuration::from_secs(5);
/// What changes without a word (a batch that fails, an alert that begins to fire) is seen after so long at the latest.
const MOST: SignedDuration = SignedDuration::from_secs(30);

/// Reads the longest time to wait.
pub(super) fn patience(option: &str, text: &str) -> Result<SignedDuration> {
    text.parse::<SignedDuration>()
        .ok()
        .filter(SignedDuration::is_positive)
        .ok_or_else(|| Error::new(format!("{option} `{text}` is not a duration")).hint("write it like `90s`, `30m` or `2h`"))
}

/// Looks until the verdict is another one than hold, or the time is over; the last look counts.
pub(super) fn until_certain(
    mut request: Request,
    patience: SignedDuration,
    look: impl Fn(&Request) -> Result<Checked>,
) -> Result<Checked> {
    let deadline = request.now.checked_add(patience).unwrap_or(Timestamp::MAX);
    loop {
        let checked = look(&request)?;
        let now = clock::now();
        if checked.decision.verdict != Verdict::Hold || now >= deadline {
            return Ok(checked);
        }
        let pause = pause(&checked.decision, now, deadline);
        output::progress(&progress(&checked.decision, now, pause, deadline));
        clock::sleep(pause);
        request.now = clock::now();
    }
}

/// Until the moment at which the decision may differ, within bounds; never beyond the deadline.
fn pause(decision: &Decision, now: Timestamp, deadline: Timestamp) -> SignedDuration {
    let next = decision.next_look_at.map_or(MOST, |next| next.duration_since(now));
    next.clamp(LEAST, MOST).min(deadline.duration_since(now)).max(SignedDuration::from_secs(1))
}

/// What stands in the way now, in one line.
fn progress(decision: &Decision, now: Timestamp, pause: SignedDuration, deadline: Timestamp) -> String {
    let holding = decision.findings.first().map_or("", |finding| finding.message.as_str());
    let (pause, left) = (pause.as_secs(), deadline.duration_since(now).as_secs());
    format!("hold: {holding}; next look in {pause} s, {left} s left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_and_others_named() {
        assert_eq!(patience("--wait", "30m"), Ok(SignedDuration::from_mins(30)));
        for bad in ["", "30", "-5m", "soon"] {
            assert!(patience("--wait", bad).is_err(), "{bad}");
        }
    }
}
