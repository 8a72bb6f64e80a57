//! What a live database says: how large its tables are, and what its planner expects of new statements.

use std::time::Duration;

use serde_json::Value;

use super::handed::Handed;
use crate::analyze::migrations::ReadPart;
use crate::collect::database::{self, Given, Limits, Target};
use crate::collect::environment;
use crate::decide::Stage;
use crate::digest::sha256;
use crate::error::{Error, Result};
use crate::evidence::estimates::EstimatesReport;
use crate::evidence::sql::{Action, Dml, InsertSource};
use crate::evidence::{document, estimates, table_stats_file};
use crate::facts::{Direction, Kind, Source, SqlDialect, SqlStatement};
use crate::gate::reports::Search;
use crate::gate::running::LiveDocument;

/// A pull request waits no longer for its database.
const DEADLINE: Duration = Duration::from_mins(1);

/// What was asked just now.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) sources: Vec<Source>,
    pub(super) documents: Vec<LiveDocument>,
}

impl Search<'_> {
    /// The database that is asked, where the environment names one and nobody handed sizes in. At push nobody waits for a server, and the
    /// process that judges by the change's own rules asks nobody.
    pub(super) fn live_database(&self, handed: &Handed) -> Result<Option<Target>> {
        let asks = self.request.stage != Stage::Push && !self.request.shadow && handed.statistics.is_none();
        if !asks || !environment::names_database() {
            return Ok(None);
        }
        Target::find(Given { url: None, password_file: None }).map(Some)
    }

    /// Adds the sizes of the live database's tables to what was handed in.
    pub(super) fn ask_sizes(&self, target: &Target, handed: &mut Handed, asked: &mut Asked) -> Result<()> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds of a setting from 0 on")]
        let slow_ms = self.judge.config.settings.database.slow_ms.round() as u64;
        let limits = Limits { deadline: DEADLINE, schemas: Vec::new(), slow_ms };
        let statistics = database::snapshot(target, &limits, self.request.now)?;
        let text =
            table_stats_file::text(&statistics).map_err(|error| Error::new(format!("the sizes cannot be written: {error}")))?;
        asked.keep(&text, "kadian.table-stats", self)?;
        handed.statistics = Some(statistics);
        Ok(())
    }

    /// Adds what the planner expects of the new statements; nothing is carried out.
    pub(super) fn ask_plans(&self, target: &Target, parts: &[ReadPart], handed: &mut Handed, asked: &mut Asked) -> Result<()> {
        let wanted: Vec<(String, SqlDialect)> = to_estimate(parts).map(|(_, text, dialect)| (text.to_owned(), dialect)).collect();
        if wanted.is_empty() || !self.judge.config.settings.database.explain {
            return Ok(());
        }
        let report = database::estimates(target, &wanted, DEADLINE, self.request.now);
        asked.keep(&document::text(&estimates::document(&report)), "kadian.estimates", self)?;
        handed.estimates = Some(report);
        Ok(())
    }
}

impl Asked {
    fn keep(&mut self, text: &str, format: &str, search: &Search<'_>) -> Result<()> {
        let document: Value =
            serde_json::from_str(text).map_err(|error| Error::new(format!("the database's answer cannot be kept: {error}")))?;
        self.sources.push(Source {
            path: None,
            url: None,
            sha256: sha256(text.as_bytes()),
            bytes: text.len() as u64,
            format: format.to_owned(),
            collected_at: search.request.now,
        });
        self.documents.push(LiveDocument { kind: Kind::Database, document });
        Ok(())
    }
}

/// Puts the planner's answers to their statements.
pub(super) fn estimated(statements: &mut [SqlStatement], parts: &[ReadPart], report: &EstimatesReport) {
    for (place, text, _) in to_estimate(parts) {
        let Some(estimate) = report.of(&sha256(text.as_bytes())) else { continue };
        let same = |statement: &&mut SqlStatement| {
            (statement.place.file.as_str(), statement.place.line, statement.place.column) == place
        };
        for statement in statements.iter_mut().filter(same) {
            statement.estimate_failed.clone_from(&estimate.failed);
            let Some(plan) = &estimate.plan else { continue };
            statement.estimated_rows = Some(plan.rows);
            let mut scanned: Vec<String> = plan.reads.iter().filter(|read| read.full).map(|read| read.table.clone()).collect();
            scanned.sort();
            scanned.dedup();
            statement.full_scans = Some(scanned);
        }
    }
}

/// The statements whose plan matters, with their place and text: what changes rows, and queries.
fn to_estimate(parts: &[ReadPart]) -> impl Iterator<Item = ((&str, u32, u32), &str, SqlDialect)> {
    let ups = parts.iter().filter(|part| part.direction == Direction::Up);
    ups.flat_map(|part| part.script.statements.iter().map(move |statement| (part, statement)))
        .filter(|(_, statement)| statement.actions.iter().any(has_a_plan))
        .map(|(part, statement)| {
            ((part.path.as_str(), statement.span.line, statement.span.column), statement.text.as_str(), part.script.dialect)
        })
}

fn has_a_plan(action: &Action) -> bool {
    match action {
        Action::Query { query, explain } => !explain && !query.tables.is_empty(),
        Action::Dml(Dml::Insert(insert)) => matches!(insert.source, InsertSource::Query(_)),
        Action::Dml(_) => true,
        _ => false,
    }
}
