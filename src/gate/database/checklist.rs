//! The checklist of the change: handed in, in the change itself, or in the text of its pull request.

use super::handed::Handed;
use crate::analyze::change::RawChange;
use crate::analyze::database_checklist::{Compared, compare};
use crate::analyze::migrations::ReadPart;
use crate::collect::git::GitError;
use crate::collect::tree::LIMIT;
use crate::error::Result;
use crate::evidence::database_checklist::{self, ChecklistRecord};
use crate::facts::{ChangedFile, Database, DatabaseChecklist, Direction, FileStatus, LineRange, Review, SqlDialect};
use crate::gate::reports::Search;
use crate::path_glob;

/// Said in place of a file.
const PULL_REQUEST: &str = "pull request";

/// A checklist with where it comes from.
pub(super) struct Found {
    pub(super) source: String,
    pub(super) record: ChecklistRecord,
}

/// What is known of the SQL when the checklist is compared with it.
#[derive(Clone, Copy)]
pub(super) struct Beside<'a> {
    pub(super) database: &'a Database,
    pub(super) parts: &'a [ReadPart],
    pub(super) files: &'a [ChangedFile],
    pub(super) review: Option<&'a Review>,
}

impl Search<'_> {
    /// The one checklist of the change; why it cannot be read, as a sentence, where it cannot.
    ///
    /// What is handed in counts before what the change brings, and that before the text of the pull request.
    pub(super) fn checklist(
        &self,
        raw: &RawChange,
        files: &[ChangedFile],
        review: Option<&Review>,
        handed: &Handed,
    ) -> Result<std::result::Result<Option<Found>, String>> {
        if let Some((source, record)) = &handed.checklist {
            return Ok(Ok(Some(Found { source: source.clone(), record: record.clone() })));
        }
        let (Some(repository), Some(head)) = (&self.subject.repository, &raw.head) else { return Ok(Ok(None)) };
        let patterns = &self.judge.config.settings.database.checklist_paths;
        let globs: Vec<_> =
            patterns.iter().filter_map(|pattern| Some(path_glob::parse(pattern).ok()?.compile_matcher())).collect();
        let mut paths =
            files.iter().filter(|file| file.status != FileStatus::Deleted && globs.iter().any(|glob| glob.is_match(&file.path)));
        let Some(file) = paths.next() else {
            let items = review.and_then(|review| review.checklist.as_ref());
            let record = items.and_then(|items| database_checklist::from_tasks(items));
            return Ok(Ok(record.map(|record| Found { source: PULL_REQUEST.to_owned(), record })));
        };
        if let Some(other) = paths.next() {
            return Ok(Err(format!("the change has two checklists, {} and {}: one is expected", file.path, other.path)));
        }
        let bytes = match repository.read(&head.commit, &file.path, LIMIT) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(Ok(None)),
            Err(GitError::TooLarge { .. } | GitError::NotAFile { .. }) => {
                return Ok(Err(format!("{}: a checklist is a file of at most {LIMIT} bytes", file.path)));
            }
            Err(error) => return Err(error.into()),
        };
        Ok(match database_checklist::read(&bytes) {
            Ok(record) => Ok(Some(Found { source: file.path.clone(), record })),
            Err(error) => Err(format!("{}: {error}", file.path)),
        })
    }

    /// The answers beside what the SQL says.
    pub(super) fn compared(&self, found: &Found, beside: Beside<'_>) -> DatabaseChecklist {
        let Beside { database, parts, files, review } = beside;
        let changed: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let texts: Vec<&str> = parts.iter().filter(|part| part.direction == Direction::Up).flat_map(added_texts).collect();
        let authors: Vec<&str> = review.iter().map(|review| review.author.as_str()).collect();
        let dialect = parts.first().map_or(SqlDialect::Postgres, |part| part.script.dialect);
        compare(
            &found.record,
            &Compared {
                source: &found.source,
                statements: &database.statements,
                tables: &database.tables,
                files: &database.files,
                changed: &changed,
                reversals: &database.reversals,
                texts: &texts,
                dialect,
                authors: &authors,
                rows_factor: self.judge.config.settings.database.rows_factor,
                now: self.request.now,
            },
        )
    }
}

/// The whole texts of what the change adds in a part.
fn added_texts(part: &ReadPart) -> impl Iterator<Item = &str> {
    let is_added = |first: u32, last: u32| {
        part.added
            .as_ref()
            .is_none_or(|ranges| ranges.iter().any(|LineRange { first: from, last: to }| *from <= last && first <= *to))
    };
    let statements = part.script.statements.iter();
    statements.filter(move |one| is_added(one.span.line, one.span.end_line)).map(|one| one.text.as_str())
}
