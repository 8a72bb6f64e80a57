//! What a verdict is to GitHub.

use crate::decide::{Mode, Verdict};

/// The conclusion of a completed check run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    Success,
    Failure,
    /// Somebody has to act, or to wait; a later check run of the same name replaces it.
    ActionRequired,
    /// Shown, and not binding.
    Neutral,
}

impl Conclusion {
    /// The word of the checks API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Conclusion::Success => "success",
            Conclusion::Failure => "failure",
            Conclusion::ActionRequired => "action_required",
            Conclusion::Neutral => "neutral",
        }
    }
}

/// The state of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Success,
    Failure,
    Pending,
}

impl State {
    /// The word of the statuses API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            State::Success => "success",
            State::Failure => "failure",
            State::Pending => "pending",
        }
    }
}

/// A verdict in the words of both APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    pub conclusion: Conclusion,
    pub state: State,
}

/// A hold waits for somebody, except in a merge group: a queue waits for an answer that nobody there can bring about, so it has to be told
/// no. What does not bind fails nothing. `None` in shadow mode, which publishes nothing.
#[must_use]
pub fn shown(verdict: Verdict, mode: Mode, is_merge_group: bool) -> Option<Shown> {
    let of = |conclusion, state| Some(Shown { conclusion, state });
    match (mode, verdict) {
        (Mode::Shadow, _) => None,
        (_, Verdict::Pass) => of(Conclusion::Success, State::Success),
        (Mode::Warn, _) => of(Conclusion::Neutral, State::Success),
        (Mode::Enforce, Verdict::Hold) if is_merge_group => of(Conclusion::Failure, State::Failure),
        (Mode::Enforce, Verdict::Hold) => of(Conclusion::ActionRequired, State::Pending),
        (Mode::Enforce, Verdict::Block | Verdict::Rollback) => of(Conclusion::Failure, State::Failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit;

    #[test]
    fn only_what_ends_with_zero_is_green_or_neutral() {
        for verdict in [Verdict::Pass, Verdict::Hold, Verdict::Block, Verdict::Rollback] {
            for mode in [Mode::Enforce, Mode::Warn, Mode::Shadow] {
                for group in [false, true] {
                    let said = shown(verdict, mode, group);
                    assert_eq!(said.is_none(), mode == Mode::Shadow);
                    let Some(Shown { conclusion, state }) = said else { continue };
                    let binds = exit::code(verdict, mode) != 0;
                    assert_eq!(binds, matches!(conclusion, Conclusion::Failure | Conclusion::ActionRequired));
                    assert_eq!(binds, state != State::Success);
                    assert_eq!(conclusion == Conclusion::Success, verdict == Verdict::Pass);
                    let waits = conclusion == Conclusion::ActionRequired || state == State::Pending;
                    assert_eq!(waits, (verdict, mode, group) == (Verdict::Hold, Mode::Enforce, false));
                }
            }
        }
    }
}
