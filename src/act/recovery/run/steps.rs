//! One step: whether it is to run, and what came of it.

use std::time::Instant;

use super::super::call::Look;
use super::super::journal::Trace;
use super::super::looking::Done;
use super::super::plan::PlannedStep;
use super::super::state::Standing;
use super::Runner;
use crate::error::{Error, Result};
use crate::facts::RecoveryState;

/// What came of a step.
enum Step {
    Done,
    /// Why not.
    Failed(String),
}

impl Runner<'_> {
    /// Where a step stands. One that no record tells of and that has left its lock here was begun: the record was made where it cannot be
    /// read now.
    pub(super) fn standing(&self, step: u64) -> Result<Standing> {
        let standing = self.state.standing(step);
        let is_begun = standing == Standing::New && self.book.trace(step)? != Trace::None;
        Ok(if is_begun { Standing::Begun } else { standing })
    }

    /// A step that a person names must be in doubt: nothing runs twice by a slip of the finger.
    pub(super) fn check_words(&self) -> Result<()> {
        let words = [("--retry-step", self.order.retry), ("--skip-step", self.order.skip)];
        for (word, number) in words.iter().flat_map(|(word, numbers)| numbers.iter().map(move |number| (word, number))) {
            let Some(step) = self.plan.steps.iter().find(|step| step.number == *number) else {
                return Err(Error::new(format!("{word} {number}: there are steps 1 to {}", self.plan.steps.len())));
            };
            let standing = self.standing(*number)?;
            if standing == Standing::Finished || standing == Standing::New && *word == "--retry-step" {
                let why = if standing == Standing::New { "has not run yet" } else { "is done" };
                return Err(Error::new(format!("{word} {number}: the step {} {why}", step.title())));
            }
        }
        Ok(())
    }

    /// A step that failed, or of which nobody recorded the end. Gives the reason to stop, if there is one.
    pub(super) fn resume(&mut self, step: &PlannedStep) -> Result<Option<String>> {
        if self.order.skip.contains(&step.number) {
            return self.skip(step);
        }
        let begun = self.standing(step.number)? == Standing::Begun;
        let running = self.book.trace(step.number)? == Trace::Running;
        if running && !step.continues {
            return Ok(Some(format!(
                "step {}, {}, still runs; run the command again once it has ended",
                step.number,
                step.title()
            )));
        }
        if !running && self.is_done(step) {
            self.line(step, "has worked: its preconditions no longer hold, and what it verifies does");
            self.note(step, RecoveryState::Done, Some("found to have worked"))?;
            return Ok(None);
        }
        let ours = self.state.holder(step.number).is_some_and(|holder| holder == self.holder);
        let never = begun && ours && self.book.never_ran(step.number, &self.holder)?;
        if !running && (never || self.order.retry.contains(&step.number)) {
            return self.carry_out(step);
        }
        if step.continues {
            let what = match (running, begun) {
                (true, _) => "still runs, and is not waited for",
                (false, true) => "was begun, and nobody knows what became of it; it may fail",
                (false, false) => "failed before, and may",
            };
            self.line(step, what);
            return Ok(None);
        }
        let number = step.number;
        let what = if begun { "was begun, and nobody knows what became of it" } else { "failed before" };
        Ok(Some(format!(
            "step {number}, {}, {what}: look at it, then run the command again with --retry-step {number}, or with --skip-step \
             {number} if its work is done",
            step.title()
        )))
    }

    /// Whether a look tells that a step has worked. What it verifies may have held before it ran, so that its preconditions must have
    /// ceased to hold, too; a step without both cannot tell.
    fn is_done(&self, step: &PlannedStep) -> bool {
        let verify = &step.after[step.own_looks..];
        let look = |look: &Look| self.world.look(look, look.limit).is_ok();
        !verify.is_empty() && !step.before.is_empty() && verify.iter().all(look) && !step.before.iter().all(look)
    }

    pub(super) fn skip(&mut self, step: &PlannedStep) -> Result<Option<String>> {
        let who = if self.order.by.is_empty() { "nobody who was named".to_owned() } else { self.order.by.join(", ") };
        self.line(step, "is skipped");
        self.note(step, RecoveryState::Skipped, Some(&format!("skipped by the word of {who}")))?;
        Ok(None)
    }

    /// Runs a step; gives the reason to stop, if there is one.
    pub(super) fn carry_out(&mut self, step: &PlannedStep) -> Result<Option<String>> {
        let failed = match self.attempt(step)? {
            Step::Done => return Ok(None),
            Step::Failed(reason) => format!("step {}, {}: {reason}", step.number, step.title()),
        };
        if step.continues {
            (self.say)(&format!("{failed}; going on, as the recovery file says"));
            return Ok(None);
        }
        Ok(Some(failed))
    }

    fn attempt(&mut self, step: &PlannedStep) -> Result<Step> {
        for look in &step.before {
            if let Err(found) = self.world.look(look, look.limit) {
                return self.not_wanted(step, &format!("{}, but {found}", look.shown()));
            }
        }
        self.line(step, "runs");
        self.note(step, RecoveryState::Started, None)?;
        let done = match self.calls(step)? {
            Ok(done) => done,
            Err(failed) => {
                self.tell(&failed);
                self.note(step, RecoveryState::Failed, Some(&failed.what))?;
                return Ok(Step::Failed(failed.what));
            }
        };
        self.tell(&done);
        for look in &step.after {
            if let Err(found) = self.world.wait(look) {
                let reason = format!("it ran ({}), but {found}", done.what);
                self.note(step, RecoveryState::Failed, Some(&reason))?;
                return Ok(Step::Failed(reason));
            }
        }
        self.note(step, RecoveryState::Done, Some(&done.what))?;
        self.line(step, &format!("is done: {}", done.what));
        Ok(Step::Done)
    }

    /// A step whose preconditions do not hold: not needed when what it would verify holds already, else failed without having run.
    fn not_wanted(&mut self, step: &PlannedStep, found: &str) -> Result<Step> {
        if self.is_done(step) {
            self.line(step, &format!("is not needed: {found}, and what it verifies holds"));
            self.note(step, RecoveryState::Skipped, Some(found))?;
            return Ok(Step::Done);
        }
        self.note(step, RecoveryState::Failed, Some(&format!("not run: {found}")))?;
        Ok(Step::Failed(format!("it was not run: {found}")))
    }

    /// Does what the step does, within its time. The step holds its lock while it runs, and so does everything that it starts.
    #[expect(clippy::disallowed_methods, reason = "a limit is measured")]
    fn calls(&mut self, step: &PlannedStep) -> Result<std::result::Result<Done, Done>> {
        let lock = self.book.begin(step.number)?;
        let begun = Instant::now();
        let mut last = Done { what: "nothing to do".to_owned(), lines: vec![] };
        for call in &step.calls {
            let left = step.limit.saturating_sub(begun.elapsed());
            match self.world.call(call, Some(&lock), left) {
                Ok(done) => last = done,
                Err(failed) => return Ok(Err(failed)),
            }
        }
        Ok(Ok(last))
    }
}
