//! A rollout at a moment: its plan, what the ledger knows of it, and what is to be expected and asked because of both.

pub(super) mod open;
pub(super) mod recommend;
pub(super) mod settle;

use super::running::Recorded;
use super::{Request, RolloutRequest, record};
use crate::analyze::binding::Running;
use crate::analyze::history::Options;
use crate::collect::tree::read_file;
use crate::config::settings::BatchSettings;
use crate::decide::RolloutSubject;
use crate::digest::sha256;
use crate::error::{Error, Result};
use crate::evidence::plan;
use crate::evidence::slis::Moment;
use crate::facts::{
    Batch, BatchHistory, BatchState, Entry, Evidence, Freeze, History, Phase, Plan, Rollout, RolloutType, Soak, Source,
};
use crate::ledger::Head;

use jiff::Timestamp;

/// The plan as the caller named it.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) plan: Plan,
    /// As in [`Rollout::digest`].
    pub(super) digest: String,
    pub(super) phase: Phase,
    pub(super) batch: Option<Batch>,
    source: Source,
}

/// A rollout with what is known of it.
#[derive(Debug, Clone)]
pub(super) struct Rolling {
    pub(super) planned: Planned,
    pub(super) rollout: Rollout,
    pub(super) history: Evidence<History>,
    /// The ledger's newest entry when the history was read.
    seen: Option<Head>,
    /// What it said of incidents, of whatever service.
    incidents: Vec<Entry>,
    /// How the history is read.
    options: Options,
    /// Why a batch that would pass may not: no place could be taken for it.
    pub(super) refused: Option<String>,
}

impl Planned {
    /// Reads the plan. What is wrong with it is the caller's to mend: no batch starts by a plan that cannot be read.
    pub(super) fn read(request: &Request) -> Result<Option<Planned>> {
        let Some(RolloutRequest { plan: path, batch, phase }) = &request.rollout else { return Ok(None) };
        let name = path.display();
        let bytes = read_file(path)?.ok_or_else(|| Error::new(format!("--plan {name}: no such file")))?;
        let plan = plan::read(&bytes)
            .map_err(|error| Error::new(format!("{name}: {error}")).hint("`kadian schema plan` describes a plan"))?;
        let missing =
            |number: u64| Error::new(format!("--batch {number}: the plan {} has batches 1 to {}", plan.id, plan.batches.len()));
        let batch = batch.map(|number| numbered(&plan, number).cloned().ok_or_else(|| missing(number))).transpose()?;
        let source = Source {
            path: Some(path.to_string_lossy().into_owned()),
            url: None,
            sha256: sha256(&bytes),
            bytes: bytes.len() as u64,
            format: "kadian.plan".to_owned(),
            collected_at: request.now,
        };
        let digest = record::digest(&plan)?;
        Ok(Some(Planned { digest, phase: *phase, batch, source, plan }))
    }

    /// The versions, the one to return to first.
    pub(super) fn versions(&self) -> (String, String) {
        (self.plan.from.clone(), self.plan.to.clone())
    }

    fn previous(&self) -> Option<&Batch> {
        numbered(&self.plan, self.batch.as_ref()?.number.checked_sub(1)?)
    }

    fn is_rollback(&self) -> bool {
        self.plan.kind == RolloutType::Rollback
    }

    /// The batch whose instances run now: the one that soaks, or the one before the next, by what is recorded of the batches.
    fn running(&self, batches: &[BatchHistory]) -> Option<&Batch> {
        match self.phase {
            Phase::Before if self.is_again(batches) => self.batch.as_ref(),
            Phase::Plan => None,
            Phase::Before => self.previous(),
            Phase::Soak => self.batch.as_ref(),
        }
    }

    /// Whether the batch itself is out already and is judged again before it starts: then it runs, and not the one before it.
    fn is_again(&self, batches: &[BatchHistory]) -> bool {
        let out = |batch: &BatchHistory| matches!(batch.state, BatchState::Started | BatchState::Done);
        let number = self.batch.as_ref().map(|batch| batch.number);
        self.phase == Phase::Before && batches.iter().any(|batch| Some(batch.number) == number && out(batch))
    }
}

fn numbered(plan: &Plan, number: u64) -> Option<&Batch> {
    plan.batches.iter().find(|batch| batch.number == number)
}

impl Rolling {
    pub(super) fn is_rollback(&self) -> bool {
        self.planned.is_rollback()
    }

    /// The incidents that the ledger records; `None` where it could not be read.
    pub(super) fn recorded(&self) -> Option<Recorded<'_>> {
        let sources = self.history.facts().map(|_| self.history.sources())?;
        Some(Recorded { entries: &self.incidents, sources })
    }

    /// The plan as evidence.
    pub(super) fn evidence(&self) -> Evidence<Rollout> {
        Evidence::known(vec![self.planned.source.clone()], self.rollout.clone())
    }

    /// Which versions to ask about, and since when: since the batch that runs was started.
    ///
    /// Before the first batch, and once all were taken back, there is no gray version: the moment has no length, and only what is true of the whole service is asked.
    /// `None` for a rollback, which waits for nobody, and where the ledger does not know when the batch was started.
    pub(super) fn moment(&self, now: Timestamp) -> Option<Moment> {
        if self.is_rollback() {
            return None;
        }
        let running = self.running();
        let start = match running {
            Some(batch) if self.may_be_out() => self.started_at(batch.number)?,
            _ => now,
        };
        let plan = &self.planned.plan;
        let batch = running.or(self.planned.batch.as_ref());
        Some(Moment {
            from: plan.from.clone(),
            to: plan.to.clone(),
            region: batch.and_then(|batch| batch.region.clone()),
            batch: batch.map(|batch| batch.number),
            start: start.min(now),
            end: now,
        })
    }

    /// What evidence of the running service has to be of; `None` for a plan on its own, which starts nothing yet, and for a rollback,
    /// which waits for nobody.
    pub(super) fn running_service(&self, now: Timestamp, settings: &BatchSettings) -> Option<Running> {
        if self.is_rollback() || self.planned.phase == Phase::Plan {
            return None;
        }
        let gray = self.moment(now).filter(|moment| !moment.is_point());
        Some(Running { batch_started: gray.map(|moment| moment.start), max_age: settings.max_sample_age.signed() })
    }

    /// What of the soak of the batch that runs is over; `None` where none runs, and where the ledger does not know when it was done.
    /// A window of the freeze calendar may ask for a longer soak than the plan.
    pub(super) fn soak(&self, now: Timestamp) -> Option<Soak> {
        let running = self.running()?;
        let history = self.history.facts()?;
        let from = history.batches.iter().find(|batch| batch.number == running.number)?.done_at?;
        let binds = |freeze: &&Freeze| !freeze.lane && freeze.broken.is_none();
        let asked = self.rollout.freezes.iter().filter(binds).filter_map(|freeze| freeze.asks.min_soak_seconds).max();
        Some(Soak::until(from, running.soak_seconds.max(asked.unwrap_or(0)), now))
    }

    fn running(&self) -> Option<&Batch> {
        self.planned.running(self.batches())
    }

    /// What is recorded of the batches; nothing where the ledger could not be read.
    fn batches(&self) -> &[BatchHistory] {
        self.history.facts().map_or(&[][..], |history| &history.batches)
    }

    /// Whether a batch may be out: not where the ledger knows that all that were started were taken back, or that another rollout came
    /// out everywhere after this one.
    pub(super) fn may_be_out(&self) -> bool {
        let batches = self.batches();
        let is_out = batches.is_empty() || batches.iter().any(|batch| batch.state != BatchState::RolledBack);
        is_out && self.history.facts().is_none_or(|history| history.replaced_by.is_none())
    }

    /// When a batch was started, as the pipeline recorded it.
    fn started_at(&self, number: u64) -> Option<Timestamp> {
        let history = self.history.facts()?;
        history.batches.iter().find(|batch| batch.number == number)?.started_at
    }

    /// The rollout as the decision names it.
    pub(super) fn subject(&self) -> RolloutSubject {
        let Planned { plan, batch, phase, .. } = &self.planned;
        RolloutSubject {
            plan: plan.id.clone(),
            from: plan.from.clone(),
            to: plan.to.clone(),
            phase: *phase,
            batch: batch.as_ref().map(|batch| batch.number),
            batches: plan.batches.len() as u64,
            region: batch.as_ref().and_then(|batch| batch.region.clone()),
        }
    }
}
