//! Where a run stands, as its records tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{RecoveryClaim, RecoveryRecord, RecoveryState};

/// Where a run stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Whether anybody ever began it.
    pub(super) begun: bool,
    pub(super) over: Option<Over>,
    /// In whose hands it is; `None` where it was put down.
    pub(super) claim: Option<RecoveryClaim>,
    /// Everybody who approved it.
    pub(super) by: BTreeSet<String>,
    pub(super) decision: Option<String>,
    steps: BTreeMap<u64, Standing>,
    /// Who was about to run a step, for those that began.
    holders: BTreeMap<u64, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Done,
    GivenUp,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It never ran; its preconditions may have said no.
    New,
    /// It was about to run, and nobody recorded what came of it.
    Begun,
    /// It ran, and failed.
    Failed,
    /// It is done, or need not be.
    Finished,
}

impl State {
    /// The records of one run, in their order.
    pub(super) fn of<'a>(records: impl IntoIterator<Item = &'a RecoveryRecord>) -> State {
        let mut state = State::default();
        for record in records {
            state.add(record);
        }
        state
    }

    fn add(&mut self, record: &RecoveryRecord) {
        self.claim.clone_from(&record.claim);
        self.by.extend(record.claim.iter().flat_map(|claim| claim.by.iter().cloned()));
        self.decision = self.decision.take().or_else(|| record.decision.clone());
        let Some(step) = record.step else {
            match record.state {
                RecoveryState::Started => (self.begun, self.over) = (true, None),
                RecoveryState::Done => self.over = Some(Over::Done),
                RecoveryState::Skipped => self.over = Some(Over::GivenUp),
                RecoveryState::Failed => {}
            }
            return;
        };
        let standing = match (record.state, self.standing(step)) {
            (_, Standing::Finished) | (RecoveryState::Done | RecoveryState::Skipped, _) => Standing::Finished,
            (RecoveryState::Started, _) => Standing::Begun,
            (RecoveryState::Failed, Standing::New) => Standing::New,
            (RecoveryState::Failed, Standing::Begun | Standing::Failed) => Standing::Failed,
        };
        self.steps.insert(step, standing);
        if let (RecoveryState::Started, Some(claim)) = (record.state, &record.claim) {
            self.holders.insert(step, claim.holder.clone());
        }
    }

    pub(super) fn standing(&self, step: u64) -> Standing {
        self.steps.get(&step).copied().unwrap_or(Standing::New)
    }

    /// Who was about to run the step last.
    pub(super) fn holder(&self, step: u64) -> Option<&str> {
        self.holders.get(&step).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(step: Option<u64>, state: RecoveryState) -> RecoveryRecord {
        RecoveryRecord {
            run: "r".into(),
            plan: "p".into(),
            service: "pay".into(),
            decision: None,
            step,
            name: None,
            state,
            detail: None,
            claim: None,
            happened_at: None,
        }
    }

    fn standing(states: &[RecoveryState]) -> Standing {
        let records: Vec<_> = states.iter().map(|state| record(Some(1), *state)).collect();
        State::of(&records).standing(1)
    }

    #[test]
    fn a_step_that_never_ran_is_told_from_one_that_failed() {
        use RecoveryState::{Done, Failed, Skipped, Started};
        assert_eq!(standing(&[]), Standing::New);
        assert_eq!(standing(&[Failed]), Standing::New, "its preconditions said no");
        assert_eq!(standing(&[Started]), Standing::Begun);
        assert_eq!(standing(&[Failed, Started]), Standing::Begun);
        assert_eq!(standing(&[Started, Failed]), Standing::Failed);
        assert_eq!(standing(&[Started, Failed, Failed]), Standing::Failed, "a retry whose preconditions said no");
        assert_eq!(standing(&[Started, Failed, Started]), Standing::Begun);
        for end in [Done, Skipped] {
            assert_eq!(standing(&[Started, end]), Standing::Finished);
            assert_eq!(standing(&[end, Started]), Standing::Finished, "what is done stays done");
        }
    }

    #[test]
    fn a_run_is_open_until_it_is_done_or_given_up() {
        use RecoveryState::{Done, Failed, Skipped, Started};
        let over = |states: &[RecoveryState]| {
            let records: Vec<_> = states.iter().map(|state| record(None, *state)).collect();
            let state = State::of(&records);
            (state.begun, state.over)
        };
        assert_eq!(over(&[]), (false, None));
        assert_eq!(over(&[Started, Failed]), (true, None));
        assert_eq!(over(&[Started, Failed, Started, Done]), (true, Some(Over::Done)));
        assert_eq!(over(&[Started, Skipped]), (true, Some(Over::GivenUp)));
    }

    #[test]
    fn a_run_is_in_the_hands_of_the_newest_record() {
        let claim = |holder: &str, by: &[&str]| RecoveryClaim {
            holder: holder.into(),
            until: jiff::Timestamp::UNIX_EPOCH,
            by: by.iter().map(|name| (*name).to_owned()).collect(),
        };
        let mut records = [record(None, RecoveryState::Started), record(Some(1), RecoveryState::Started)];
        records[0].claim = Some(claim("a", &["alice"]));
        records[1].claim = Some(claim("b", &[]));
        let state = State::of(&records);
        assert_eq!(state.claim.as_ref().map(|claim| claim.holder.as_str()), Some("b"));
        assert_eq!(state.by, ["alice".to_owned()].into());
        let put_down = [records[0].clone(), record(None, RecoveryState::Failed)];
        assert_eq!(State::of(&put_down).claim, None);
    }
}
