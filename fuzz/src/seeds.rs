//! What the fuzzer starts from.

use crate::written;

/// The seeds of a reader: a report as its tool writes it, and small ones with what is rare. None where nobody wrote one.
pub fn of(name: &str) -> Vec<String> {
    written::seeds(name)
}
