//! The migrations of the base, which have run before those of the change.

use crate::analyze::change::RawChange;
use crate::analyze::migrations::{self, Dialects, ReadPart, Tool, direction, scripts, tool, version};
use crate::analyze::sql::EarlierSql;
use crate::error::Result;
use crate::evidence::sql::{self, Script};
use crate::facts::Direction;
use crate::gate::reports::Search;

/// No folder of migrations has more files that are worth the reading; what is left out stays unknown.
const MOST: usize = 5000;

/// A part of a migration of the base that goes up.
pub(super) struct EarlierPart {
    pub path: String,
    /// `None` where nobody here can read it.
    pub script: Option<Script>,
}

impl EarlierPart {
    pub(super) fn source(&self) -> EarlierSql<'_> {
        EarlierSql { path: &self.path, script: self.script.as_ref() }
    }
}

impl Search<'_> {
    /// Those in the folders of the change's own migrations, in their order. Without a base there are none.
    pub(super) fn earlier(&self, raw: &RawChange, parts: &[ReadPart], dialects: &Dialects) -> Result<Vec<EarlierPart>> {
        let (Some(repository), Some(base)) = (&self.subject.repository, &raw.base) else { return Ok(Vec::new()) };
        let mut folders: Vec<&str> =
            parts.iter().filter(|part| part.tool.is_versioned()).map(|part| folder(&part.path, part.tool)).collect();
        folders.sort_unstable();
        folders.dedup();
        let mut paths = Vec::new();
        for folder in folders.iter().filter(|folder| !folder.is_empty()) {
            paths.extend(repository.list(&base.commit, folder)?);
        }
        paths.retain(|path| tool(path, None).is_versioned() && direction(path) != Some(Direction::Down));
        paths.sort_by_cached_key(|path| version(path));
        paths.dedup();
        let left_out = paths.len() > MOST;
        paths.truncate(MOST);
        let mut found = Vec::new();
        for path in paths {
            self.read_earlier(base.commit.as_str(), path, dialects, &mut found)?;
        }
        if left_out {
            found.extend(folders.iter().map(|folder| EarlierPart { path: format!("{folder}/"), script: None }));
        }
        Ok(found)
    }

    fn read_earlier(&self, commit: &str, path: String, dialects: &Dialects, found: &mut Vec<EarlierPart>) -> Result<()> {
        let text = if tool(&path, None).is_sql() { self.script_at(commit, &path)? } else { None };
        let Some(text) = text else {
            found.push(EarlierPart { path, script: None });
            return Ok(());
        };
        for script in scripts(&path, &text, None, false).into_iter().filter(|script| script.direction == Direction::Up) {
            let dialect = dialects.of(&path, &script.text, script.dbms.as_deref());
            let script = dialect.map(|(dialect, _)| sql::read(&script.text, dialect));
            found.push(EarlierPart { path: path.clone(), script });
        }
        Ok(())
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
