//! The gate: from a request to a decision. Each step is a module of its own; this file puts them in their order.

mod alone;
pub mod applicable;
mod assemble;
pub mod canary;
pub mod expect;
mod gather;
mod history;
pub mod judge;
pub mod library;
mod record;
pub mod reference;
mod reports;
mod request;
mod running;
pub mod shadow;
pub mod slo;
mod subject;
mod waivers;

use std::path::PathBuf;

use serde_json::Value;

use crate::decide::Decision;
use crate::error::Result;
use crate::evidence::cache::{self, Cached};
use crate::policy::SourceFile;
use judge::Judge;

pub use request::{Moment, NamedEvidence, Request, Trust};
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
        self.live.iter().map(file).collect()
    }
}

/// Decides.
///
/// # Errors
/// Whatever the user configured wrongly, and whatever kadian itself cannot do. Evidence never ends here: it ends in the verdict.
pub fn check(request: &Request) -> Result<Checked> {
    let subject = subject::Subject::open(request)?;
    let judge = subject.judge(request)?;
    let gathered = gather::all(request, &subject, &judge)?;
    let mut checked = assemble::decide(request, &subject, &judge, &gathered)?;
    if !request.shadow {
        checked.decision.shadow = shadow::compare(request, &subject, &judge, &checked.decision);
    }
    checked.decision.id = record::id(&checked.decision)?;
    Ok(checked)
}

/// The input documents that the policies would see, one for each ref.
pub fn documents(request: &Request) -> Result<Vec<Value>> {
    let subject = subject::Subject::open(request)?;
    let judge: Judge = subject.judge(request)?;
    let gathered = gather::all(request, &subject, &judge)?;
    Ok(gathered.into_iter().map(|gathered| gathered.input.document()).collect())
}
