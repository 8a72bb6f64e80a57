//! The logs of the gray version beside those of the baseline.

use super::live::Live;
use crate::analyze::logs::{LogOptions, logs as compare};
use crate::collect::files::Report;
use crate::config::settings::{LogsSettings, Settings};
use crate::error::Result;
use crate::facts::{ChangedFile, Evidence, Kind, Logs};
use crate::gate::reports::{Bound, Search};

impl Search<'_> {
    /// The errors of the logs: of the server that keeps them, out of files of both sides, or out of one record of them. `files` are those of the change: an error
    /// that names one of them is told with its place.
    pub(in crate::gate) fn logs(&self, files: &[ChangedFile], live: &mut Live) -> Result<Evidence<Logs>> {
        self.running(&Kind::Logs, live, |bound| facts(bound, files, &self.judge.config.settings))
    }
}

/// The facts about logs: compared, or recorded once.
fn facts(bound: Vec<Bound<Report>>, files: &[ChangedFile], settings: &Settings) -> std::result::Result<Logs, String> {
    let (mut records, mut mined) = (Vec::new(), Vec::new());
    for bound in bound {
        match bound.content {
            Report::LogRecord(record) => records.push(record),
            Report::Log(log) => mined.push(log),
            _ => {}
        }
    }
    match (records.pop(), records.is_empty() && mined.is_empty()) {
        (None, _) => compare(mined, files, &log_options(settings)),
        (Some(record), true) => Ok(record.facts),
        (Some(_), false) => Err("a record of logs stands for all of them: expected one record, or logs and no record".to_owned()),
    }
}

/// What the settings say about logs.
pub(super) fn log_options(settings: &Settings) -> LogOptions {
    let LogsSettings { rise_margin, alpha, min_risen, max_listed, .. } = settings.logs;
    let max_listed = usize::try_from(max_listed).unwrap_or(usize::MAX);
    LogOptions { margin: rise_margin, alpha, min_count: min_risen, max_listed, requests: None }
}
