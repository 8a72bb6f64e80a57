//! Carries a plan out, step by step, and goes on where an earlier run stopped.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::book::{Book, Claimed, Wish};
use super::journal::Trace;
use super::looking::{Done, World};
use super::plan::{Plan, PlannedStep};
use super::secrets::Secrets;
use super::state::{Over, Standing, State};
use crate::collect::clock;
use crate::digest::sha256;
use crate::error::{Error, Result};
use crate::facts::{BatchRecord, BatchState, Record, RecoveryClaim, RecoveryRecord, RecoveryState};
use crate::ledger::Address;

/// How long a run stays in somebody's hands beyond what its next step may take.
const MARGIN: Duration = Duration::from_mins(1);

/// How a plan is to be carried out.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The folder that programs run in, and that relative paths start from.
    pub root: &'a Path,
    pub ledger: &'a Address,
    /// What a relative path of the ledger starts from.
    pub ledger_root: &'a Path,
    /// The time of all records, instead of the clock.
    pub now: Option<Timestamp>,
    /// Who approves, as they name themselves.
    pub by: &'a [String],
    /// Steps that may run again, and steps that are done or need not be, by a person's word.
    pub retry: &'a [u64],
    pub skip: &'a [u64],
    /// Whether to take the run from whoever has it.
    pub take_over: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The old version is back, and everything that was to be verified holds.
    Recovered,
    /// A step or the verification failed, or a person has to say what became of a step; the text says which and what to do.
    Stopped(String),
    /// It is in other hands, or more people must approve.
    Waiting(String),
}

/// Carries the plan out, or goes on with it. `say` is told what happens, in lines without secrets.
///
/// Each step is recorded before and after, in the journal and in the ledger; a ledger that cannot be reached does not stop it. What is
/// done is never done again. A step that was begun and of which nobody recorded the end is looked at: when its preconditions no longer
/// hold and what it verifies does, it is done; when it surely never ran, it runs; otherwise a person has to say.
///
/// Errors: a variable that is not set, a journal that cannot be written, a step that a person named and that is not in doubt, a
/// rollout that was taken back already or went on since.
pub fn run(plan: &Plan, order: Order<'_>, say: &mut dyn FnMut(&str)) -> Result<Outcome> {
    let secrets = Secrets::read(&plan.needed, &plan.secrets)?;
    let world = World { root: order.root, secrets };
    let Some(book) = Book::open(order.root, (order.ledger, order.ledger_root), &plan.run, &plan.rollback.plan)? else {
        return Ok(Outcome::Waiting(format!("another kadian on this machine carries {} out", plan.run)));
    };
    let mut runner = Runner { plan, order, world, book, holder: holder(order.root), state: State::default(), say, told: false };
    let outcome = runner.all();
    runner.close();
    outcome
}

/// Ends a run that cannot be carried out, so that another one may begin.
pub fn give_up(plan: &Plan, order: Order<'_>, say: &mut dyn FnMut(&str)) -> Result<Outcome> {
    let world = World { root: order.root, secrets: Secrets::default() };
    let Some(book) = Book::open(order.root, (order.ledger, order.ledger_root), &plan.run, &plan.rollback.plan)? else {
        return Ok(Outcome::Waiting(format!("another kadian on this machine carries {} out", plan.run)));
    };
    let mut runner = Runner { plan, order, world, book, holder: holder(order.root), state: State::default(), say, told: false };
    let outcome = match runner.claim()? {
        Some(outcome) => Ok(outcome),
        None => runner.end(RecoveryState::Skipped, "given up").map(|()| Outcome::Stopped(format!("{} is given up", plan.run))),
    };
    runner.close();
    outcome
}

struct Runner<'a> {
    plan: &'a Plan,
    order: Order<'a>,
    world: World<'a>,
    book: Book,
    holder: String,
    state: State,
    say: &'a mut dyn FnMut(&str),
    /// Whether it was said that the ledger is lost.
    told: bool,
}

/// What came of a step.
enum Step {
    Done,
    /// Why not.
    Failed(String),
}

impl Runner<'_> {
    fn now(&self) -> Timestamp {
        self.order.now.unwrap_or_else(clock::now)
    }

    fn all(&mut self) -> Result<Outcome> {
        if let Some(outcome) = self.claim()? {
            return Ok(outcome);
        }
        self.check_words()?;
        let plan = self.plan;
        for step in &plan.steps {
            let stopped = match self.standing(step.number)? {
                Standing::Finished => {
                    self.line(step, "was done before");
                    None
                }
                Standing::New if self.order.skip.contains(&step.number) => self.skip(step)?,
                Standing::New => self.carry_out(step)?,
                Standing::Begun | Standing::Failed => self.resume(step)?,
            };
            if let Some(reason) = stopped {
                self.end(RecoveryState::Failed, &reason)?;
                return Ok(Outcome::Stopped(reason));
            }
        }
        self.verify()
    }

    /// Takes the run; an outcome when it cannot be had.
    fn claim(&mut self) -> Result<Option<Outcome>> {
        let rollback = &self.plan.rollback;
        let mut record = self.record(None, RecoveryState::Started, None);
        if let Some(claim) = &mut record.claim {
            claim.by = self.order.by.to_vec();
        }
        let wish = Wish {
            run: &self.plan.run,
            batches: rollback.batches.iter().map(|batch| batch.number).collect(),
            record,
            take_over: self.order.take_over,
        };
        let claimed = self.book.claim(self.now(), &wish)?;
        self.tell_loss();
        let run = &self.plan.run;
        match claimed {
            Claimed::Mine(state) => {
                if state.begun {
                    (self.say)(&format!("{run} goes on where it stopped"));
                }
                self.state = state;
                Ok(None)
            }
            Claimed::Held { holder, until } => Ok(Some(Outcome::Waiting(format!(
                "{run} is carried out by {holder}, until {until} at the latest without a word from there; if you know that nobody \
                 does any more, --take-over takes it"
            )))),
            Claimed::Over(Over::Done) => {
                (self.say)(&format!("{run} was carried out before; nothing was run"));
                Ok(Some(Outcome::Recovered))
            }
            Claimed::Over(Over::GivenUp) => Err(Error::new(format!("{run} was given up"))
                .hint("decide again with `kadian check rollout`, and take the new decision")),
            Claimed::Other { run, decision } => {
                let decision = decision.unwrap_or_else(|| run.clone());
                Err(Error::new(format!("{run}, another recovery of {}, was begun and is not through", rollback.plan))
                    .hint(format!("`kadian rollback --decision {decision}` goes on with it; with --give-up it ends it")))
            }
            Claimed::TakenBack(batch) => Err(Error::new(format!("batch {batch} of {} was taken back already", rollback.plan))
                .hint("decide again with `kadian check rollout`, and take the new decision")),
            Claimed::Newer(batch) => {
                Err(Error::new(format!("batch {batch} of {} was started after the decision was made", rollback.plan))
                    .hint("decide again with `kadian check rollout`, and take the new decision"))
            }
        }
    }

    /// Where a step stands. One that no record tells of and that has left its lock here was begun: the record was made where it cannot be
    /// read now.
    fn standing(&self, step: u64) -> Result<Standing> {
        let standing = self.state.standing(step);
        let is_begun = standing == Standing::New && self.book.trace(step)? != Trace::None;
        Ok(if is_begun { Standing::Begun } else { standing })
    }

    /// A step that a person names must be in doubt: nothing runs twice by a slip of the finger.
    fn check_words(&self) -> Result<()> {
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
    fn resume(&mut self, step: &PlannedStep) -> Result<Option<String>> {
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
        let look = |look: &super::call::Look| self.world.look(look, look.limit).is_ok();
        !verify.is_empty() && !step.before.is_empty() && verify.iter().all(look) && !step.before.iter().all(look)
    }

    fn skip(&mut self, step: &PlannedStep) -> Result<Option<String>> {
        let who = if self.order.by.is_empty() { "nobody who was named".to_owned() } else { self.order.by.join(", ") };
        self.line(step, "is skipped");
        self.note(step, RecoveryState::Skipped, Some(&format!("skipped by the word of {who}")))?;
        Ok(None)
    }

    /// Runs a step; gives the reason to stop, if there is one.
    fn carry_out(&mut self, step: &PlannedStep) -> Result<Option<String>> {
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

    /// What must hold in the end; then the batches are recorded as taken back.
    fn verify(&mut self) -> Result<Outcome> {
        for look in &self.plan.verify {
            if let Err(found) = self.world.wait(look) {
                let reason = format!("everything ran, but the verification fails: {found}");
                self.end(RecoveryState::Failed, &reason)?;
                return Ok(Outcome::Stopped(reason));
            }
            (self.say)(&format!("verified: {}", look.shown()));
        }
        let rollback = &self.plan.rollback;
        let mut records: Vec<Record> = rollback
            .batches
            .iter()
            .map(|batch| {
                Record::Batch(BatchRecord {
                    plan: rollback.plan.clone(),
                    service: rollback.service.clone(),
                    digest: rollback.plan_digest.clone(),
                    batch: batch.number,
                    state: BatchState::RolledBack,
                    version: rollback.bad_version.clone(),
                    region: batch.region.clone(),
                })
            })
            .collect();
        let mut record = self.record(None, RecoveryState::Done, None);
        record.claim = None;
        records.push(Record::Recovery(record));
        self.book.note(self.now(), &records)?;
        self.tell_loss();
        Ok(Outcome::Recovered)
    }

    /// Puts the run down.
    fn end(&mut self, state: RecoveryState, detail: &str) -> Result<()> {
        let mut record = self.record(None, state, None);
        record.claim = None;
        record.detail = Some(self.detail(detail));
        self.book.note(self.now(), &[Record::Recovery(record)])
    }

    fn note(&mut self, step: &PlannedStep, state: RecoveryState, detail: Option<&str>) -> Result<()> {
        let mut record = self.record(Some(step), state, Some(step.budget()));
        record.detail = detail.map(|detail| self.detail(detail));
        self.book.note(self.now(), &[Record::Recovery(record)])?;
        self.tell_loss();
        Ok(())
    }

    /// A record of the run or of a step, which keeps the run in these hands for as long as the step may take.
    fn record(&self, step: Option<&PlannedStep>, state: RecoveryState, budget: Option<Duration>) -> RecoveryRecord {
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

    fn line(&mut self, step: &PlannedStep, what: &str) {
        (self.say)(&self.world.secrets.hide(&format!("{}. {} {what}", step.number, step.title())));
    }

    fn tell(&mut self, done: &Done) {
        for line in &done.lines {
            (self.say)(&format!("   | {line}"));
        }
    }

    fn tell_loss(&mut self) {
        if let Some(reason) = self.book.lost().filter(|_| !self.told) {
            (self.say)(&format!("the ledger cannot be reached ({reason}); what is done is kept in .kadian/recovery meanwhile"));
            self.told = true;
        }
    }

    /// Gives the ledger what it missed.
    fn close(&mut self) {
        match self.book.close(self.now()) {
            Some(given) => (self.say)(&format!("the ledger can be reached again, and was given {given} records")),
            None if self.book.lost().is_some() => (self.say)(
                "the ledger still lacks records; run the same command again once it can be reached, and it is given them",
            ),
            None => {}
        }
    }
}

/// Who this is: the machine, and the folder of the journal, which tells two checkouts on one machine apart.
fn holder(root: &Path) -> String {
    let folder = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let digest = sha256(folder.as_os_str().as_encoded_bytes());
    let name = rustix::system::uname();
    format!("{} ({})", name.nodename().to_string_lossy(), &digest[..8])
}

/// Names in the order in which they came, each once, whatever their case.
pub(super) fn people(names: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty() && seen.insert(name.to_lowercase())).collect()
}
