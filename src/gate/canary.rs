//! Samples judged on their own, without a change.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use super::judge::definitions;
use super::running::{Asking, canary_options};
use super::{Moment, alone, reports};
use crate::analyze::canary;
use crate::collect::files::{self, Pattern, Report, Search};
use crate::collect::tree::{exists, read_file};
use crate::config::settings::Settings;
use crate::decide::Verdict;
use crate::error::{Error, Result};
use crate::evidence::document;
use crate::evidence::samples::{self, SamplesReport};
use crate::facts::{Canary, Evidence, Indicator, Kind, Zone};

/// Which samples, and how they are judged.
#[derive(Debug, Clone)]
pub struct Request {
    pub file: PathBuf,
    /// The format's name; otherwise the content tells.
    pub format: Option<String>,
    /// The file that the settings come from, a `kadian.yaml`.
    pub config: Option<PathBuf>,
    pub overrides: Vec<(String, Value)>,
    /// Where it is stated, the file holds definitions, and servers are asked.
    pub moment: Option<Moment>,
    pub now: Timestamp,
}

/// What was judged, and what came of it.
#[derive(Debug)]
pub struct Judged {
    /// `None` when the samples cannot be read.
    pub samples: Option<SamplesReport>,
    pub canary: Evidence<Canary>,
}

impl Judged {
    /// The samples as `kadian.samples/v1`; `None` when there are none.
    #[must_use]
    pub fn document(&self) -> Option<String> {
        let samples = self.samples.as_ref()?;
        Some(document::text(&samples::document(samples)))
    }

    /// Block when a metric regressed; hold when one is undecided or without data, when a channel that is asked for has none, when a
    /// source is degraded or the samples cannot be read; else pass.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let verdict = |zone| match zone {
            Zone::Equivalent => Verdict::Pass,
            Zone::Undecided | Zone::NoData => Verdict::Hold,
            Zone::Regressed => Verdict::Block,
        };
        let Some(facts) = self.canary.facts() else { return Verdict::Hold };
        let worst = facts.metrics.iter().map(|metric| verdict(metric.zone)).max().unwrap_or(Verdict::Hold);
        let lacking = |indicator: &Indicator| (indicator.channels.len() as u64) < indicator.required_channels;
        let whole = facts.degraded.is_empty() && !facts.indicators.iter().any(lacking);
        if whole { worst } else { worst.max(Verdict::Hold) }
    }
}

/// Reads a file of samples and judges every metric of it. A file that is not there is an error of usage, a damaged one is
/// unreadable evidence.
pub fn judge(request: &Request) -> Result<Judged> {
    let config = alone::config(request.config.as_deref(), &request.overrides)?;
    if let Some(moment) = &request.moment {
        return ask(request, moment, &config.settings);
    }
    let format = reports::format(&Kind::Canary, request.format.as_deref(), "--input-format")?;
    let path = request.file.to_string_lossy();
    if !exists(&request.file) {
        return Err(Error::new(format!("{path} does not exist")).hint("name a file of samples: `kadian.samples/v1` or CSV"));
    }
    let mut pattern = Pattern::new(&path).map_err(|error| Error::new(error.to_string()))?;
    pattern.format = format;
    let (directory, patterns) = (Path::new("."), [pattern]);
    let found = files::gather(&Kind::Canary, Search::Named { directory, patterns: &patterns }, request.now);
    let Some(file) = found.into_iter().next() else {
        return Err(Error::new(format!("{path} cannot be found")));
    };
    Ok(match file.content {
        Err(reason) => Judged { samples: None, canary: Evidence::unreadable(vec![file.source], reason) },
        Ok(Report::Canary(samples)) => {
            let facts = canary::judge(&samples, &canary_options(&config.settings));
            Judged { canary: Evidence::known(vec![file.source], facts), samples: Some(samples) }
        }
        Ok(_) => return Err(Error::new(format!("{path} holds no samples"))),
    })
}

/// Asks the servers that the definitions name. Paths in them are relative to the current folder.
fn ask(request: &Request, moment: &Moment, settings: &Settings) -> Result<Judged> {
    let path = request.file.to_string_lossy();
    let bytes = read_file(&request.file)?
        .ok_or_else(|| Error::new(format!("{path} does not exist")).hint("name the definitions of the indicators"))?;
    let slis = definitions(&path, &bytes)?;
    let answered = Asking { slis: &slis, moment, settings, folder: Path::new("."), now: request.now }.samples();
    Ok(match answered.content {
        Err(reason) => Judged { samples: None, canary: Evidence::missing(reason) },
        Ok(samples) => {
            let facts = canary::judge(&samples, &canary_options(settings));
            Judged { canary: Evidence::known(answered.sources, facts), samples: Some(samples) }
        }
    })
}
