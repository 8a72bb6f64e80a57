//! Each migration of the change with what takes it back.

use std::collections::BTreeMap;

use crate::analyze::change::RawChange;
use crate::analyze::migrations::{Dialects, ReadPart, reverse_paths};
use crate::analyze::sql::reversal::{self, Pair, Side};
use crate::collect::git::GitError;
use crate::collect::tree::LIMIT;
use crate::error::Result;
use crate::evidence::sql::{self, Script};
use crate::evidence::table_stats::TableStatistics;
use crate::facts::{Direction, Reversal, SqlDialect};
use crate::gate::reports::Search;

use super::earlier::EarlierPart;

impl Search<'_> {
    /// Whether each migration that the change adds can be undone, in the order in which they run.
    ///
    /// An edited file is left out: it is told as edited. What lies in the repository and not in the change counts as a way back too.
    pub(super) fn reversals(
        &self,
        raw: &RawChange,
        parts: &[ReadPart],
        dialects: &Dialects,
        statistics: Option<&TableStatistics>,
        earlier: &[EarlierPart],
    ) -> Result<Vec<Reversal>> {
        let ups: Vec<&ReadPart> = parts.iter().filter(|part| part.direction == Direction::Up && !part.edited).collect();
        let mut backs: BTreeMap<String, Vec<(String, Script)>> = BTreeMap::new();
        for up in &ups {
            backs.insert(up.path.clone(), self.way_back(raw, up, parts, dialects)?);
        }
        let mut by_dialect: BTreeMap<SqlDialect, Vec<&ReadPart>> = BTreeMap::new();
        for up in &ups {
            by_dialect.entry(up.script.dialect).or_default().push(up);
        }
        let mut found = Vec::new();
        for (dialect, ups) in by_dialect {
            let same = |script: &&Script| script.dialect == dialect || (script.dialect.is_mysql() && dialect.is_mysql());
            // Statistics have seen the server, and tell more.
            let earlier = if statistics.is_some() { &[][..] } else { earlier };
            let earlier: Vec<&Script> = earlier.iter().filter_map(|part| part.script.as_ref()).filter(same).collect();
            let base = reversal::base(dialect, statistics, &earlier);
            let back = |up: &ReadPart| {
                let (path, script) = backs.get(&up.path)?.first()?;
                Some(Side::of(path, script))
            };
            let pairs: Vec<Pair<'_>> =
                ups.iter().map(|up| Pair { dialect, up: Side::of(&up.path, &up.script), down: back(up) }).collect();
            found.extend(reversal::reversals(base, &pairs));
        }
        found.sort_by(|a, b| (&a.up, a.line).cmp(&(&b.up, b.line)));
        Ok(found)
    }

    /// The way back: in the file itself, in another one of the change, or at the head.
    fn way_back(&self, raw: &RawChange, up: &ReadPart, parts: &[ReadPart], dialects: &Dialects) -> Result<Vec<(String, Script)>> {
        let down = |path: &str| parts.iter().find(|part| part.direction == Direction::Down && part.path == path);
        if let Some(down) = down(&up.path) {
            return Ok(vec![(down.path.clone(), down.script.clone())]);
        }
        for path in reverse_paths(&up.path) {
            if let Some(down) = down(&path) {
                return Ok(vec![(path, down.script.clone())]);
            }
            let Some(head) = &raw.head else { continue };
            if let Some(text) = self.script_at(&head.commit, &path)? {
                let dialect = dialects.of(&path, &text, None).map_or(up.script.dialect, |(dialect, _)| dialect);
                return Ok(vec![(path, sql::read(&text, dialect))]);
            }
        }
        Ok(Vec::new())
    }

    pub(super) fn script_at(&self, commit: &str, path: &str) -> Result<Option<String>> {
        let Some(repository) = &self.subject.repository else { return Ok(None) };
        match repository.read(commit, path, LIMIT) {
            Ok(found) => Ok(found.and_then(|bytes| sql::decode(&bytes).map(std::borrow::Cow::into_owned).ok())),
            Err(GitError::NotAFile { .. } | GitError::TooLarge { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
