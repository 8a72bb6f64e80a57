//! Definitions of objectives, linted on their own.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use super::alone;
use crate::analyze::canary::plan::Demand;
pub use crate::analyze::slo::detectable::Planned;
use crate::analyze::slo::detectable::detectable;
use crate::analyze::slo::lint::{self, Fault, Level, NoServer};
use crate::collect::slis;
use crate::collect::tree::read_file;
use crate::error::{Error, Result};
use crate::evidence::slis::Slis;
use crate::evidence::{openslo, slis as definitions};
use crate::facts::BurnLimit;

/// Which files, and by which rules.
#[derive(Debug, Clone)]
pub struct Request {
    pub files: Vec<PathBuf>,
    /// The file that the settings come from, a `kadian.yaml`.
    pub config: Option<PathBuf>,
    pub overrides: Vec<(String, Value)>,
    /// The batch whose power is asked for.
    pub planned: Option<Planned>,
    /// Whether the definitions' servers are asked, and about which time.
    pub ask: Option<Timestamp>,
}

/// The chance with which a regression must be seen to count as one that a batch shows.
const POWER: f64 = 0.9;

/// A file and its faults, by line.
#[derive(Debug, serde::Serialize)]
pub struct Linted {
    pub file: String,
    pub faults: Vec<Fault>,
}

impl Linted {
    /// Whether a fault makes an objective tell nothing, or something wrong.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.faults.iter().any(|fault| fault.level == Level::Error)
    }
}

/// Lints kadian's own definitions and OpenSLO documents; each file tells what it is. A file that is not there or cannot be read is an
/// error.
pub fn lint(request: &Request) -> Result<Vec<Linted>> {
    let settings = alone::config(request.config.as_deref(), &request.overrides)?.settings;
    let limits = &settings.slo.burn_rules;
    #[expect(clippy::cast_precision_loss, reason = "a number of events that somebody wrote down")]
    let minimum_events = settings.canary.minimum_events as f64;
    let demand = Demand { margin: settings.canary.counts_margin, alpha: settings.canary.alpha, power: POWER, minimum_events };
    let lint = |path: &PathBuf| {
        let file = path.to_string_lossy().into_owned();
        let Some(bytes) = read_file(path)? else {
            return Err(
                Error::new(format!("{file} does not exist")).hint("name a file of indicator definitions, or OpenSLO documents")
            );
        };
        let faults = if openslo::recognises(&bytes) {
            openslo::read(&bytes).map(|openslo| lint::openslo(&openslo, limits, &NoServer))
        } else {
            definitions::read(&bytes).map(|slis| {
                let mut faults = match request.ask {
                    Some(at) => asked(&slis, limits, at),
                    None => lint::slis(&slis, limits, &NoServer),
                };
                faults.extend(request.planned.into_iter().flat_map(|planned| detectable(&slis, planned, demand)));
                faults
            })
        };
        let faults = faults.map_err(|error| Error::new(format!("{file}: {error}")))?;
        Ok(Linted { file, faults })
    };
    request.files.iter().map(lint).collect()
}

/// The faults with what the servers know. Somebody wanted them asked, so that one that does not answer is a fault too. Paths in the
/// definitions are relative to the current folder.
fn asked(slis: &Slis, limits: &[BurnLimit], at: Timestamp) -> Vec<Fault> {
    let known = slis::known(slis, at, Path::new("."));
    let failed = known.failures.iter().map(|(source, reason)| Fault {
        line: None,
        level: Level::Error,
        message: format!("the source {source} could not be asked: {reason}"),
        remedy: "mend the source, or lint without asking".to_owned(),
    });
    let mut faults: Vec<Fault> = failed.collect();
    faults.extend(lint::slis(slis, limits, &known));
    faults
}
