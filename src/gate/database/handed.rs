//! What is handed in beside the change: sizes of tables, SQL that a tool made, a checklist.

use jiff::SignedDuration;

use crate::collect::files::Report;
use crate::error::Result;
use crate::evidence::database_checklist::ChecklistRecord;
use crate::evidence::estimates::EstimatesReport;
use crate::evidence::table_stats::TableStatistics;
use crate::facts::{Evidence, Kind, Status};
use crate::gate::reports::{Bound, Search};

/// The files of the kind `database`, sorted out.
#[derive(Debug, Default)]
pub(super) struct Handed {
    pub(super) statistics: Option<TableStatistics>,
    /// Scripts with their paths.
    pub(super) sql: Vec<(String, String)>,
    pub(super) estimates: Option<EstimatesReport>,
    /// With its path.
    pub(super) checklist: Option<(String, ChecklistRecord)>,
}

impl Search<'_> {
    /// What is handed in; nothing at all is known to be nothing, unless somebody said where it lies.
    pub(super) fn handed(&self, notes: &mut Vec<String>) -> Result<Evidence<Handed>> {
        let found = self.evidence(&Kind::Database, notes, sorted)?;
        let named = self.request.evidence.iter().any(|named| named.kind == Kind::Database)
            || self.judge.config.evidence.contains_key(&Kind::Database);
        if found.status() == Status::Missing && !named {
            return Ok(Evidence::known(Vec::new(), Handed::default()));
        }
        Ok(match found.facts().and_then(|handed| self.too_old(handed)) {
            Some(reason) => Evidence::stale(found.sources().to_vec(), reason),
            None => found,
        })
    }

    /// Why the sizes are of another time; they belong to no commit.
    fn too_old(&self, handed: &Handed) -> Option<String> {
        let statistics = handed.statistics.as_ref()?;
        let days = self.judge.config.settings.database.statistics_days;
        let age = self.request.now.duration_since(statistics.collected_at);
        let most = SignedDuration::from_hours(24).saturating_mul(i32::try_from(days).unwrap_or(i32::MAX));
        if age > most {
            let (at, age) = (statistics.collected_at, age.as_hours() / 24);
            return Some(format!(
                "the statistics of {} were collected at {at}, {age} days ago, and may be {days} days old: run `kadian db snapshot` again",
                statistics.database
            ));
        }
        (age < -SignedDuration::from_mins(5)).then(|| {
            format!(
                "the statistics of {} were collected after now ({}): mend the clock that wrote them",
                statistics.database, statistics.collected_at
            )
        })
    }
}

fn sorted(bound: Vec<Bound<Report>>) -> std::result::Result<Handed, String> {
    let mut handed = Handed::default();
    for Bound { content, path, .. } in bound {
        match content {
            Report::TableStats(_) if handed.statistics.is_some() => {
                return Err(format!("{path}: statistics were read already; one file is expected"));
            }
            Report::TableStats(statistics) => handed.statistics = Some(*statistics),
            Report::Estimates(_) if handed.estimates.is_some() => {
                return Err(format!("{path}: estimates were read already; one file is expected"));
            }
            Report::Estimates(estimates) => handed.estimates = Some(estimates),
            Report::DatabaseChecklist(_) if handed.checklist.is_some() => {
                return Err(format!("{path}: a checklist was read already; one is expected"));
            }
            Report::DatabaseChecklist(checklist) => handed.checklist = Some((path, *checklist)),
            Report::Sql(text) => handed.sql.push((path, text)),
            _ => return Err(format!("{path} is no evidence about a database")),
        }
    }
    Ok(handed)
}
