//! The documented exit codes.

use crate::decide::{Mode, Verdict};

/// The exit code of an error in kadian's own working: usage, configuration, an unreadable policy.
pub const ERROR: u8 = 2;

/// The exit code of `kadian policy test` when a test fails.
pub const TEST_FAILED: u8 = 1;

/// The exit code of `kadian ledger verify` when the chain is not whole.
pub const NOT_SOUND: u8 = 1;

/// The exit code of `kadian waiver check` when a waiver is wrong.
pub const WAIVER_WRONG: u8 = 1;

/// `kadian explain` when no report says anything about what was asked.
pub const NOTHING_SAID: u8 = 1;

/// The exit code of the process that judges by the change's own rules: never the code of a verdict, least of all of a pass.
pub const SHADOW: u8 = 9;

/// The exit code of a decision: pass 0, block 1, hold 3, rollback 4; in warn and shadow mode always 0.
#[must_use]
pub fn code(verdict: Verdict, mode: Mode) -> u8 {
    match mode {
        Mode::Warn | Mode::Shadow => 0,
        Mode::Enforce => match verdict {
            Verdict::Pass => 0,
            Verdict::Block => 1,
            Verdict::Hold => 3,
            Verdict::Rollback => 4,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pass_or_a_mode_that_does_not_bind_ends_with_zero() {
        for verdict in [Verdict::Hold, Verdict::Block, Verdict::Rollback] {
            assert_ne!(code(verdict, Mode::Enforce), 0);
            assert_ne!(code(verdict, Mode::Enforce), ERROR);
            assert_eq!(code(verdict, Mode::Warn), 0);
            assert_eq!(code(verdict, Mode::Shadow), 0);
        }
        assert_eq!(code(Verdict::Pass, Mode::Enforce), 0);
    }
}
