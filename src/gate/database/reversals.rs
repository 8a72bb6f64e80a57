//! Each migration of the change with what takes it back.

use std::collections::BTreeMap;

use crate::analyze::change::RawChange;
use crate::analyze::migrations::{self, Dialects, ReadPart, Tool, direction, reverse_paths, scripts, tool, version};
use crate::analyze::sql::reversal::{self, Pair, Side};
use crate::collect::git::GitError;
use crate::collect::tree::LIMIT;
use crate::error::Result;
use crate::evidence::sql::{self, Script};
use crate::evidence::table_stats::TableStatistics;
use crate::facts::{Direction, Reversal, SqlDialect};
use crate::gate::reports::Search;

/// No folder of migrations has more files that are worth the reading; what is left out stays unknown.
const MOST_EARLIER: usize = 5000;

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
            let earlier = if statistics.is_some() { Vec::new() } else { self.earlier(raw, &ups, dialects)? };
            let base = reversal::base(dialect, statistics, &earlier.iter().collect::<Vec<_>>());
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

    /// The migrations of the base that ran before those of the change, in their order.
    fn earlier(&self, raw: &RawChange, ups: &[&ReadPart], dialects: &Dialects) -> Result<Vec<Script>> {
        let (Some(repository), Some(base)) = (&self.subject.repository, &raw.base) else { return Ok(Vec::new()) };
        let mut folders: Vec<&str> = ups.iter().filter(|up| up.tool.is_versioned()).map(|up| folder(&up.path, up.tool)).collect();
        folders.sort_unstable();
        folders.dedup();
        let mut paths = Vec::new();
        for folder in folders.iter().filter(|folder| !folder.is_empty()) {
            paths.extend(repository.list(&base.commit, folder)?);
        }
        paths.retain(|path| {
            let of = tool(path, None);
            of.is_sql() && of.is_versioned() && direction(path) != Some(Direction::Down)
        });
        paths.sort_by_cached_key(|path| version(path));
        paths.truncate(MOST_EARLIER);
        let mut found = Vec::new();
        for path in &paths {
            let Some(text) = self.script_at(&base.commit, path)? else { continue };
            for script in scripts(path, &text, None, false).into_iter().filter(|script| script.direction == Direction::Up) {
                if let Some((dialect, _)) = dialects.of(path, &script.text, script.dbms.as_deref()) {
                    found.push(sql::read(&script.text, dialect));
                }
            }
        }
        Ok(found)
    }

    fn script_at(&self, commit: &str, path: &str) -> Result<Option<String>> {
        let Some(repository) = &self.subject.repository else { return Ok(None) };
        match repository.read(commit, path, LIMIT) {
            Ok(found) => Ok(found.and_then(|bytes| sql::decode(&bytes).map(std::borrow::Cow::into_owned).ok())),
            Err(GitError::NotAFile { .. } | GitError::TooLarge { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// The folder that all migrations of a tool lie in.
fn folder(path: &str, of: Tool) -> &str {
    let parent = |path: &'_ str| path.rfind('/').map_or(0, |at| at);
    let own = &path[..parent(path)];
    match of {
        migrations::Tool::Diesel | migrations::Tool::Prisma => &own[..parent(own)],
        _ => own,
    }
}
