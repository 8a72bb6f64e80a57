//! When to try again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use jiff::Timestamp;

/// No pause grows beyond this, unless the server asks for more.
const LONGEST: Duration = Duration::from_secs(10);

/// The pause before the next attempt: a random part of `base` doubled with each attempt, or at least what the server asked for.
///
/// `attempt` counts from 1. "Full jitter": clients that failed together do not come back together. Source: M. Brooker,
/// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. No decision depends on the randomness.
pub(in crate::collect) fn pause(base: Duration, attempt: u32, retry_after: Option<Duration>) -> Duration {
    let random = RandomState::new().hash_one(attempt);
    jittered(base, attempt, random) + retry_after.unwrap_or_default()
}

fn jittered(base: Duration, attempt: u32, random: u64) -> Duration {
    let ceiling = base.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX)).min(LONGEST);
    let nanos = u64::try_from(ceiling.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(random % nanos.saturating_add(1))
}

/// The value of a `Retry-After` header: seconds, or a date. `None` for anything else; a date that is over is no pause.
/// Source: RFC 9110, section 10.2.3.
pub(in crate::collect) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::from_secs(u64::try_from(date.as_second() - now.as_second()).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit_and_are_a_random_part_of_it() {
        let base = Duration::from_millis(100);
        let longest = |attempt| (0..2000_u64).map(|i| jittered(base, attempt, i.wrapping_mul(0x9E37_79B9_7F4A_7C15))).max();
        for (attempt, ceiling) in [(1, 100), (2, 200), (3, 400), (40, 10_000), (u32::MAX, 10_000)] {
            let longest = longest(attempt).expect("some");
            let ceiling = Duration::from_millis(ceiling);
            assert!(longest <= ceiling && longest > ceiling / 10 * 9, "{attempt}: {longest:?}");
        }
        assert_eq!(jittered(Duration::ZERO, 3, 77), Duration::ZERO);
        assert!(pause(base, 1, Some(Duration::from_secs(7))) >= Duration::from_secs(7));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2015-10-21T07:27:00Z".parse().expect("a time");
        let read = |text| retry_after(text, now).map(|pause| pause.as_secs());
        assert_eq!(read("120"), Some(120));
        assert_eq!(read("Wed, 21 Oct 2015 07:28:00 GMT"), Some(60));
        assert_eq!(read("Wed, 21 Oct 2015 07:00:00 GMT"), Some(0));
        assert_eq!(read("99999999999999999999999"), Some(u64::MAX));
        for text in ["", "-1", "soon", "1.5", "2015"] {
            assert_eq!(read(text).filter(|_| text != "2015"), None, "{text}");
        }
    }
}
