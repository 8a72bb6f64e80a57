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
    let waited = clock::Stopwatch::start();
    loop {
        let checked = look(&request)?;
        let elapsed = SignedDuration::try_from(waited.elapsed()).unwrap_or(SignedDuration::MAX);
        let left = patience.saturating_sub(elapsed);
        if checked.decision.verdict != Verdict::Hold || !left.is_positive() {
            return Ok(checked);
        }
        let pause = pause(&checked.decision, clock::now(), left);
        output::progress(&progress(&checked.decision, pause, left));
        clock::sleep(pause);
        request.now = clock::now();
    }
}

/// Until the moment at which the decision may differ, within bounds; never for longer than what is left.
fn pause(decision: &Decision, now: Timestamp, left: SignedDuration) -> SignedDuration {
    decision.next_look_at.map_or(MOST, |next| next.duration_since(now)).clamp(LEAST, MOST).min(left)
}

/// What stands in the way now, in one line.
fn progress(decision: &Decision, pause: SignedDuration, left: SignedDuration) -> String {
    let holding = decision.findings.first().map_or("", |finding| finding.message.as_str());
    // A part of a second is one.
    let seconds = |span: SignedDuration| span.as_secs() + i64::from(span.subsec_nanos() > 0);
    format!("hold: {holding}; next look in {} s, {} s left", seconds(pause), seconds(left))
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
