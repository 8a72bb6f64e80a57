//! Tests that need more than a case folder can say.

use libtest_mimic::Trial;

/// Every suite's tests.
pub fn trials() -> Vec<Trial> {
    Vec::new()
}
