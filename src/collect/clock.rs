//! The clock.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// The present time, to the second: finer than that no decision depends on it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// Lets the time pass.
pub fn sleep(time: SignedDuration) {
    std::thread::sleep(Duration::try_from(time).unwrap_or_default());
}

/// Measures time for messages; no decision depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    /// The time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
