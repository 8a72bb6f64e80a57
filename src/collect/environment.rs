//! What the environment says besides what CI does.

/// The ledger that `KADIAN_LEDGER` names.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "reads the environment for the rest of the program")]
pub fn ledger() -> Option<String> {
    std::env::var("KADIAN_LEDGER").ok().filter(|address| !address.is_empty())
}
