//! What is recorded of a run, and what people are told.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::super::looking::Done;
use super::super::plan::PlannedStep;
use super::{MARGIN, Runner};
use crate::error::Result;
use crate::facts::{Record, RecoveryClaim, RecoveryRecord, RecoveryState};

impl Runner<'_> {
    /// Puts the run down.
    pub(super) fn end(&mut self, state: RecoveryState, detail: &str) -> Result<()> {
        let mut record = self.record(None, state, None);
        record.claim = None;
        record.detail = Some(self.detail(detail));
        self.book.note(self.now(), &[Record::Recovery(record)])
    }

    pub(super) fn note(&mut self, step: &PlannedStep, state: RecoveryState, detail: Option<&str>) -> Result<()> {
        let mut record = self.record(Some(step), state, Some(step.budget()));
        record.detail = detail.map(|detail| self.detail(detail));
        self.book.note(self.now(), &[Record::Recovery(record)])?;
        self.tell_loss();
        Ok(())
    }

    /// A record of the run or of a step, which keeps the run in these hands for as long as the step may take.
    pub(super) fn record(&self, step: Option<&PlannedStep>, state: RecoveryState, budget: Option<Duration>) -> RecoveryRecord {
        let now = self.now();
        let rollback = &self.plan.rollback;
        let wait = SignedDuration::try_from(budget.unwrap_or_default() + MARGIN).unwrap_or(SignedDuration::MAX);
        let until = now.checked_add(wait).unwrap_or(Timestamp::MAX);
        RecoveryRecord {
            run: self.plan.run.clone(),
            plan: rollback.plan.clone(),
            service: rollback.service.clone(),
            decision: Some(self.plan.decision.clone()),
            step: step.map(|step| step.number),
            name: step.map(PlannedStep::title),
            state,
            detail: None,
            claim: Some(RecoveryClaim { holder: self.holder.clone(), until, by: Vec::new() }),
            happened_at: Some(now),
        }
    }

    /// A text as it is recorded: short, and without secrets.
    fn detail(&self, text: &str) -> String {
        self.world.secrets.hide(text).chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
    }

    pub(super) fn line(&mut self, step: &PlannedStep, what: &str) {
        (self.say)(&self.world.secrets.hide(&format!("{}. {} {what}", step.number, step.title())));
    }

    pub(super) fn tell(&mut self, done: &Done) {
        for line in &done.lines {
            (self.say)(&format!("   | {line}"));
        }
    }

    pub(super) fn tell_loss(&mut self) {
        if let Some(reason) = self.book.lost().filter(|_| !self.told) {
            (self.say)(&format!("the ledger cannot be reached ({reason}); what is done is kept in .kadian/recovery meanwhile"));
            self.told = true;
        }
    }

    /// Gives the ledger what it missed.
    pub(super) fn close(&mut self) {
        match self.book.close(self.now()) {
            Some(given) => (self.say)(&format!("the ledger can be reached again, and was given {given} records")),
            None if self.book.lost().is_some() => (self.say)(
                "the ledger still lacks records; run the same command again once it can be reached, and it is given them",
            ),
            None => {}
        }
    }
}
