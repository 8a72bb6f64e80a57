//! kadian's readers, compiled on their own for a fuzzer.
//!
//! The sources of `evidence` are included instead of depending on kadian: what has to be instrumented is a twentieth of the crate, and
//! databases, git and the policy engine would be compiled for ten minutes to no end. That `evidence` imports only `facts` and `nearest` is
//! a rule that the tests hold (`ARCHITECTURE.md`), so that this file stays as short as it is.

#![allow(dead_code, unused_imports, reason = "what the rest of kadian uses of these modules")]

#[path = "../../src/evidence/mod.rs"]
pub mod evidence;
#[path = "../../src/facts/mod.rs"]
pub mod facts;
#[path = "../../src/evidence/tests/invariants.rs"]
pub mod invariants;
#[path = "../../src/nearest.rs"]
pub mod nearest;
pub mod others;
pub mod seeds;
#[path = "../../src/evidence/tests/written/mod.rs"]
pub mod written;

/// What can be fuzzed, by name: every report format, and the other texts that somebody else may have written.
pub fn names() -> Vec<&'static str> {
    let reports = evidence::FORMATS.iter().map(|format| format.name);
    reports.chain(others::OTHERS.iter().map(|other| other.0)).collect()
}

/// Reads the bytes as what the name says. The error is a sentence that says which invariant does not hold.
pub fn check(name: &str, bytes: &[u8]) -> Result<(), String> {
    if let Some(format) = invariants::format(name) {
        return invariants::check(format, bytes);
    }
    let other = others::OTHERS.iter().find(|other| other.0 == name);
    let (_, read) = other.ok_or_else(|| format!("`{name}` is not read; known: {}", names().join(", ")))?;
    read(bytes);
    Ok(())
}
