//! The migrations of the base, which have run before those of the change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::analyze::change::RawChange;
use crate::analyze::migrations::{self, Dialects, ReadPart, Tool, direction, scripts, tool, version};
use crate::analyze::sql::EarlierSql;
use crate::collect::tree::{Tree, read_file};
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
        paths.retain(|path| runs_up(path));
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
        found.extend(read(path, text.as_deref(), dialects));
        Ok(())
    }
}

fn read(path: String, text: Option<&str>, dialects: &Dialects) -> Vec<EarlierPart> {
    let Some(text) = text else { return vec![EarlierPart { path, script: None }] };
    let ups = scripts(&path, text, None, false).into_iter().filter(|script| script.direction == Direction::Up);
    let part = |script: migrations::Script| {
        let dialect = dialects.of(&path, &script.text, script.dbms.as_deref());
        EarlierPart { path: path.clone(), script: dialect.map(|(dialect, _)| sql::read(&script.text, dialect)) }
    };
    ups.map(part).collect()
}

/// Those that lie beside files which are linted by themselves: with a lower version than all of them in their folder, they have run before.
pub(super) fn beside(parts: &[ReadPart], dialects: &Dialects) -> Result<Vec<EarlierPart>> {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for part in parts.iter().filter(|part| part.tool.is_versioned()) {
        let first = first.entry(folder(&part.path, part.tool)).or_insert(&part.path);
        if version(&part.path) < version(first) {
            *first = &part.path;
        }
    }
    let mut found = Vec::new();
    for (folder, first) in first {
        let inside = Tree::Folder(PathBuf::from(if folder.is_empty() { "." } else { folder })).list("")?;
        let named = |name: String| if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let mut paths: Vec<String> =
            inside.into_iter().map(named).filter(|path| runs_up(path) && version(path) < version(first)).collect();
        paths.sort_by_cached_key(|path| version(path));
        if paths.len() > MOST {
            paths.truncate(MOST);
            found.push(EarlierPart { path: format!("{folder}/"), script: None });
        }
        for path in paths {
            let bytes = if tool(&path, None).is_sql() { read_file(Path::new(&path)).ok().flatten() } else { None };
            let text = bytes.as_deref().and_then(|bytes| sql::decode(bytes).ok());
            found.extend(read(path, text.as_deref(), dialects));
        }
    }
    Ok(found)
}

fn runs_up(path: &str) -> bool {
    tool(path, None).is_versioned() && direction(path) != Some(Direction::Down)
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
