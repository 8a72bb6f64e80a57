//! Lengths of time and moments as a person says them.

use jiff::Timestamp;

/// Whole seconds from `a` to `b`; negative when `b` came first.
pub(super) fn seconds(a: Timestamp, b: Timestamp) -> i64 {
    b.as_second().saturating_sub(a.as_second())
}

/// `40 s`, `3 min`, `2 h 5 min`, `3 d 4 h`: two units at most, rounded down.
pub(super) fn length(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let two = |large: u64, unit: &str, small: u64, smaller: &str| match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {smaller}"),
    };
    match seconds {
        0..=99 => format!("{seconds} s"),
        100..3600 => format!("{} min", seconds / 60),
        3600..172_800 => two(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

/// Where a moment lies relative to the alert.
pub(super) fn beside(moment: Timestamp, alert: Timestamp) -> String {
    match seconds(moment, alert) {
        0 => "as the alert began".to_owned(),
        before @ 1.. => format!("{} before the alert", length(before)),
        after => format!("{} after the alert", length(after)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_two_units_at_most() {
        let cases =
            [(0, "0 s"), (99, "99 s"), (100, "1 min"), (3599, "59 min"), (3600, "1 h"), (7500, "2 h 5 min"), (90_000, "25 h")];
        for (seconds, said) in cases {
            assert_eq!(length(seconds), said);
        }
        assert_eq!(length(273_600), "3 d 4 h");
        assert_eq!(length(i64::MIN).split(' ').count(), 4);
    }

    #[test]
    fn moments_are_told_from_the_alert() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(beside(at(0), at(180)), "3 min before the alert");
        assert_eq!(beside(at(200), at(180)), "20 s after the alert");
        assert_eq!(beside(at(180), at(180)), "as the alert began");
    }
}
