//! The gate: from a request to a decision. Each step is a module of its own; this file puts them in their order.

mod alone;
pub mod applicable;
mod assemble;
pub mod canary;
pub mod expect;
mod gather;
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

use serde_json::Value;

use crate::decide::Decision;
use crate::error::Result;
use crate::policy::SourceFile;
use judge::Judge;

pub use request::{Moment, NamedEvidence, Request, Trust};

/// A decision together with what is needed to replay it.
#[derive(Debug, Clone)]
pub struct Checked {
    pub decision: Decision,
    /// One input document for each ref; usually one.
    pub documents: Vec<Value>,
    pub settings: Value,
    pub policies: Vec<SourceFile>,
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
