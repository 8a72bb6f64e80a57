//! Carries a plan out, step by step, and goes on where an earlier run stopped.

mod notes;
mod steps;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::book::{Book, Claimed, Wish};
use super::looking::World;
use super::plan::Plan;
use super::secrets::Secrets;
use super::state::{Over, Standing, State};
use crate::collect::clock;
use crate::digest::sha256;
use crate::error::{Error, Result};
use crate::facts::{BatchRecord, BatchState, Record, RecoveryState};
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
