//! The SQL of the change: found, read, weighed by the sizes of the tables, compared with its checklist and with the code.

mod asked;
mod checklist;
mod collected;
mod earlier;
mod handed;
pub mod lint;
mod options;
mod references;
mod reversals;
pub mod snapshot;

use asked::Asked;
use checklist::Beside;
use earlier::EarlierPart;
use handed::Handed;

use super::reports::Search;
use super::running::LiveDocument;
use crate::analyze::change::RawChange;
use crate::analyze::migrations::{self, ReadSql};
use crate::analyze::sql::{self, SqlOptions, SqlSource, UnderstoodSql};
use crate::error::Result;
use crate::facts::{ChangedFile, Database, Evidence, GrowingTable, Review, Source, SqlFile, StatisticsSource};

/// Said where only a diff was given.
const NO_TREE: &str = "SQL is read from a repository, and only a diff was given";

impl Search<'_> {
    /// What the SQL of the change does.
    ///
    /// Files that are handed in (sizes, generated SQL, a checklist) are evidence like any other: damaged or old ones make all of it
    /// unreadable or stale. Where the environment names a database, it is asked for sizes and plans instead; one that does not answer
    /// leaves everything unknown. Without either, every table is of unknown size.
    pub(super) fn database(
        &self,
        raw: Option<&RawChange>,
        files: &[ChangedFile],
        review: Option<&Review>,
        live: &mut Vec<LiveDocument>,
        notes: &mut Vec<String>,
    ) -> Result<Evidence<Database>> {
        let found = self.handed(notes)?;
        let mut sources = found.sources().to_vec();
        if found.facts().is_none() {
            return Ok(without(&found));
        }
        let mut handed = found.into_facts().unwrap_or_default();
        let Some(raw) = raw else { return Ok(Evidence::missing("nobody knows what the change is")) };
        if self.subject.repository.is_none() || raw.head.is_none() {
            let touched = files.iter().any(|file| self.is_sql(file));
            let nothing = || Evidence::known(sources, Database::default());
            return Ok(if touched { Evidence::missing(NO_TREE) } else { nothing() });
        }
        let changed = self.changed_sql(raw, files, &handed)?;
        let mut asked = Asked::default();
        let target = if changed.is_empty() { None } else { self.live_database(&handed)? };
        if let Some(target) = &target
            && let Err(error) = self.ask_sizes(target, &mut handed, &mut asked)
        {
            return Ok(Evidence::missing(format!("{target} was asked for the sizes of its tables: {}", error.message())));
        }
        let dialects = self.dialects(raw, handed.statistics.as_ref())?;
        let read = migrations::read(&changed, &dialects);
        if let Some(target) = &target {
            self.ask_plans(target, &read.parts, &mut handed, &mut asked)?;
        }
        sources.append(&mut asked.sources);
        live.append(&mut asked.documents);
        let earlier = self.earlier(raw, &read.parts, &dialects)?;
        let mut understood = self.understood(&read, &handed, &earlier);
        if let Some(report) = &handed.estimates {
            asked::estimated(&mut understood.statements, &read.parts, report);
            understood.weigh_by_plans(report.dialect, self.judge.config.settings.database.small_rows);
        }
        let reversals = self.reversals(raw, &read.parts, &dialects, handed.statistics.as_ref(), &earlier)?;
        let named = self.references(raw, &read.parts, &understood.statements)?;
        let found = match self.checklist(raw, files, review, &handed)? {
            Ok(found) => found,
            Err(reason) => return Ok(Evidence::unreadable(sources, reason)),
        };
        let parts = read.parts;
        let early = references::early(&parts, &understood.statements, &named);
        let growth = self.growth(&parts, found.as_ref());
        let references = named.references;
        let mut database = Database { reversals, references, early, growth, ..self.facts(read.files, understood, &handed) };
        database.checklist =
            found.map(|found| self.compared(&found, Beside { database: &database, parts: &parts, files, review }));
        Ok(Evidence::known(sources, database))
    }

    /// New tables of growing domains, with what is declared about them beside the SQL or in the checklist.
    fn growth(&self, parts: &[migrations::ReadPart], checklist: Option<&checklist::Found>) -> Vec<GrowingTable> {
        let sources: Vec<SqlSource<'_>> = parts.iter().map(migrations::ReadPart::source).collect();
        let declared = checklist.map_or(&[][..], |found| found.record.archiving.as_slice());
        sql::growth::growth(&sources, &self.judge.config.settings.database.growing, declared)
    }

    fn understood(&self, read: &ReadSql, handed: &Handed, earlier: &[EarlierPart]) -> UnderstoodSql {
        let sources: Vec<SqlSource<'_>> = read.parts.iter().map(migrations::ReadPart::source).collect();
        let earlier: Vec<_> = earlier.iter().map(EarlierPart::source).collect();
        let options = SqlOptions { earlier: &earlier, ..self.sql_options(handed.statistics.as_ref()) };
        sql::understand(&sources, &options)
    }

    fn facts(&self, mut files: Vec<SqlFile>, understood: UnderstoodSql, handed: &Handed) -> Database {
        let UnderstoodSql { statements, risks, tables } = understood;
        for file in &mut files {
            file.statements = statements.iter().filter(|statement| statement.place.file == file.path).count() as u64;
        }
        let statistics = handed.statistics.as_ref().map(|statistics| StatisticsSource {
            server: statistics.server.clone(),
            database: statistics.database.clone(),
            collected_at: statistics.collected_at,
            age_seconds: self.request.now.duration_since(statistics.collected_at).as_secs(),
            tables: statistics.tables.len() as u64,
            slow_queries_known: statistics.slow.is_some(),
        });
        Database { files, statements, risks, tables, statistics, ..Database::default() }
    }
}

/// The same state for other facts.
fn without(found: &Evidence<Handed>) -> Evidence<Database> {
    use crate::facts::Status;
    let reason = found.reason().unwrap_or_default();
    let sources: Vec<Source> = found.sources().to_vec();
    match found.status() {
        Status::Stale => Evidence::stale(sources, reason),
        Status::Missing => Evidence::missing(reason),
        _ => Evidence::unreadable(sources, reason),
    }
}
