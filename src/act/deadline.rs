//! An end for what would never end.

#![expect(clippy::disallowed_methods, reason = "the one place that ends the process from outside of main")]

use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::exit;

/// Far more than the largest change takes: 2,000 files over every shipped policy take under a second.
const LIMIT: Duration = Duration::from_mins(2);

/// Ends the process with [`exit::ERROR`] and a word on standard error unless it is dropped in time.
///
/// The engine stops a rule at its own limits, but not within a single builtin call. A gate that hangs would stand until somebody
/// cancels it, and a cancelled check is easily taken for a passed one.
#[derive(Debug)]
pub struct Deadline(#[expect(dead_code, reason = "dropping it disarms the deadline")] Sender<()>);

impl Deadline {
    #[must_use]
    pub fn start() -> Deadline {
        let (alive, waiting) = channel::<()>();
        thread::spawn(move || {
            if waiting.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                let text = format!(
                    "error: no decision after {} s\n  hint: most probably one call in a policy never ends; leave out policies until you find it\n",
                    LIMIT.as_secs()
                );
                // Nobody is left to tell when standard error is gone.
                let _ = std::io::stderr().write_all(text.as_bytes());
                std::process::exit(i32::from(exit::ERROR));
            }
        });
        Deadline(alive)
    }
}
