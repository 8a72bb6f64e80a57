//! How the paths of coverage reports were joined to the repository, and what became of each file of the change.

use super::gather;
use super::measured::measured;
use super::reports::Search;
use super::{Opened, ReadAhead, Request};
use crate::analyze::binding::Target;
use crate::error::{Error, Result};
use crate::facts::{Coverage, Evidence, MappedPath};

/// What is known of one change's coverage.
#[derive(Debug)]
pub struct Diagnosis {
    pub coverage: Evidence<Coverage>,
    /// Every path of the reports; empty where they are not known.
    pub mapped: Vec<MappedPath>,
    pub notes: Vec<String>,
}

/// Looks at the coverage of each change, and at nothing else.
///
/// # Errors
/// As [`check`](super::check), and a change that nobody knows.
pub fn doctor(request: &Request) -> Result<Vec<Diagnosis>> {
    let Opened { request, subject, judge, .. } = Opened::open(request, None, ReadAhead::start(request))?;
    gather::supported(&request, &judge)?;
    if let Some(reason) = subject.broken_diff.as_ref().or(subject.unknown_change.as_ref()) {
        return Err(Error::new(reason.clone()));
    }
    let mut diagnoses = Vec::new();
    for raw in &subject.changes {
        let understood = gather::change_of(&subject, &judge, raw)?;
        let commits = gather::commits(&subject, raw);
        let committed_at = raw.head.as_ref().map(|head| head.committed_at);
        let target = Target { committed_at, commits: &commits, now: request.now, at_moment: false, running: None };
        let search = Search { request: &request, subject: &subject, judge: &judge, target };
        let mut notes = Vec::new();
        let (coverage, mapped) = measured(&search, Some(raw), &understood.files, &mut notes, true)?;
        diagnoses.push(Diagnosis { coverage, mapped, notes });
    }
    Ok(diagnoses)
}
