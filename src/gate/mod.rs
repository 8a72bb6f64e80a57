//! The gate: from a request to a decision. Each step is a module of its own; this file puts them in their order.

mod alone;
pub mod applicable;
mod assemble;
pub mod baseline;
pub mod canary;
pub mod database;
mod decision_file;
pub mod doctor;
pub mod expect;
pub mod explain;
pub mod freeze;
mod gate_files;
mod gather;
pub mod github;
pub mod judge;
pub mod ledger;
pub mod library;
mod measured;
mod playbooks;
mod read_ahead;
mod record;
pub mod reference;
mod reports;
mod request;
mod review;
pub mod rollback;
mod rollout;
mod running;
pub mod shadow;
pub mod slo;
mod subject;
pub mod waivers;

use std::path::PathBuf;
use std::thread;

use serde_json::Value;

use crate::decide::{Decision, Verdict};
use crate::error::Result;
use crate::evidence::cache::{self, Cached};
use crate::facts::Kind;
use crate::ledger::Address;
use crate::policy::SourceFile;
use gather::Gathered;
use judge::Judge;
use read_ahead::ReadAhead;
use rollout::open::address;
use rollout::recommend;
use rollout::settle::{self, Settled};
use rollout::{Planned, Rolling};
use subject::Subject;

pub use request::{Moment, NamedEvidence, Request, RolloutRequest, Trust};
pub use running::LiveDocument;

/// A decision together with what is needed to replay it.
#[derive(Debug, Clone)]
pub struct Checked {
    pub decision: Decision,
    /// One input document for each ref; usually one.
    pub documents: Vec<Value>,
    pub settings: Value,
    pub policies: Vec<SourceFile>,
    /// What servers said, as files would hold it.
    pub live: Vec<LiveDocument>,
    /// Where the last good evidence is kept, when the definitions say so.
    pub cache: Option<PathBuf>,
    /// Why the decision is not in the ledger although it should be.
    pub unrecorded: Option<String>,
    /// Where the decision is to be recorded; `None` where it is not.
    ledger: Option<Place>,
    /// What the ledger was when this was decided; `None` unless a rollout is judged.
    rolling: Option<Rolling>,
}

impl Checked {
    /// The cache's files, each with its content: what servers said, with the time of the decision.
    #[must_use]
    pub fn cached(&self) -> Vec<(PathBuf, Value)> {
        let Some(folder) = &self.cache else { return Vec::new() };
        let collected_at = self.decision.decided_at;
        let file = |live: &LiveDocument| {
            let cached = Cached { collected_at, document: live.document.clone() };
            (folder.join(live.file_name()), cache::write(&cached))
        };
        // Reviews and databases are no evidence of the running service: an old answer helps nobody.
        self.live.iter().filter(|live| !matches!(live.kind, Kind::Review | Kind::Database)).map(file).collect()
    }
}

/// A ledger, and the folder that a relative path of it starts from.
#[derive(Debug, Clone)]
struct Place {
    address: Address,
    root: PathBuf,
}

/// Decides, and records the decision where it is recorded: a rollout's always, others where the request says so.
///
/// A batch that passes takes its place under the flow limits in the same step. Where another runner was faster, this one decides
/// again, knowing that.
///
/// # Errors
/// As [`check`].
pub fn decide(request: &Request) -> Result<Checked> {
    /// Where so many others were faster, nobody knows what the ledger will be next.
    const TRIES: usize = 8;
    for _ in 1..TRIES {
        let mut checked = check(request)?;
        match settle::settle(request, &checked) {
            Settled::Changed(_) => {}
            Settled::Recorded => return Ok(checked),
            Settled::Unrecorded(reason) => {
                checked.unrecorded = Some(reason);
                return Ok(checked);
            }
            Settled::Refused(reason) => return refused(request, reason),
        }
    }
    refused(request, "the ledger changes faster than this can be decided".to_owned())
}

/// Decides although no place could be taken, which holds.
fn refused(request: &Request, reason: String) -> Result<Checked> {
    let mut checked = judged(request, Some(reason))?;
    if let Settled::Unrecorded(reason) | Settled::Refused(reason) | Settled::Changed(reason) = settle::settle(request, &checked) {
        checked.unrecorded = Some(reason);
    }
    Ok(checked)
}

/// Decides, and writes nothing.
///
/// # Errors
/// Whatever the user configured wrongly, and whatever kadian itself cannot do. Evidence never ends here: it ends in the verdict.
pub fn check(request: &Request) -> Result<Checked> {
    judged(request, None)
}

fn judged(request: &Request, refused: Option<String>) -> Result<Checked> {
    let Opened { request, subject, judge, rolling } = Opened::open(request, refused, ReadAhead::start(request))?;
    // Policies are read while evidence is. Their limit on memory counts the whole process: what fails beside evidence is tried again.
    let (gathered, library) = thread::scope(|scope| {
        let library = scope.spawn(|| assemble::library(&judge).ok());
        let gathered =
            gather::all(&request, &subject, &judge, rolling.as_ref()).map(|gathered| (documents_of(&gathered), gathered));
        (gathered, library.join().ok().flatten())
    });
    let (documents, gathered) = gathered?;
    let library = library.map_or_else(|| assemble::library(&judge), Ok)?;
    let mut checked = assemble::decide(&request, &subject, &judge, (&gathered, documents), rolling.as_ref(), library)?;
    if rolling.is_some() || request.record {
        checked.ledger = Some(Place { address: address(&request, &judge.config)?, root: subject.root.clone() });
    }
    if let (Some(rolling), Some(place), Some(one), Verdict::Rollback) =
        (&rolling, &checked.ledger, gathered.first(), checked.decision.verdict)
    {
        checked.decision.rollback = Some(recommend::recommend(rolling, &judge, place, &one.input, &checked.decision)?);
    }
    if !request.shadow {
        let answered = gathered.first().and_then(|one| one.live.iter().find(|live| live.kind == Kind::Review));
        checked.decision.shadow = shadow::compare(&request, &subject, &judge, &checked.decision, answered);
    }
    checked.decision.id = record::id(&checked.decision)?;
    checked.rolling = rolling;
    Ok(checked)
}

/// The input documents that the policies would see, one for each ref.
pub fn documents(request: &Request) -> Result<Vec<Value>> {
    let Opened { request, subject, judge, rolling } = Opened::open(request, None, ReadAhead::start(request))?;
    let gathered = gather::all(&request, &subject, &judge, rolling.as_ref())?;
    Ok(documents_of(&gathered))
}

fn documents_of(gathered: &[Gathered]) -> Vec<Value> {
    gathered.iter().map(|one| one.input.document()).collect()
}

/// What is judged, by whom, and in which moment.
struct Opened {
    /// With the moment that the rollout says.
    request: Request,
    subject: Subject,
    judge: Judge,
    rolling: Option<Rolling>,
}

impl Opened {
    /// `ahead` is what was started to be read before.
    fn open(request: &Request, refused: Option<String>, ahead: ReadAhead) -> Result<Opened> {
        let planned = Planned::read(request)?;
        let mut subject = Subject::open(request, planned.as_ref().map(Planned::versions))?;
        subject.ahead = ahead;
        let judge = subject.judge(request)?;
        let mut request = request.clone();
        let rolling = match planned {
            None => None,
            Some(planned) => {
                let rolling = Rolling::open(&request, &subject.root, &judge, planned, refused)?;
                request.moment = rolling.moment(request.now);
                Some(rolling)
            }
        };
        Ok(Opened { request, subject, judge, rolling })
    }
}
