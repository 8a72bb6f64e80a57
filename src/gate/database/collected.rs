//! The changed files that hold SQL, with their texts.

use super::handed::Handed;
use crate::analyze::change::{RawChange, category};
use crate::analyze::migrations::{ChangedSql, Dialects, TELLTALE_FILES, Tool, tool};
use crate::collect::git::GitError;
use crate::collect::tree::LIMIT;
use crate::error::Result;
use crate::evidence::generated_sql::MAX_BYTES;
use crate::evidence::sql;
use crate::evidence::table_stats::TableStatistics;
use crate::facts::{Category, ChangedFile, FileStatus};
use crate::gate::reports::Search;
use crate::path_glob;

impl Search<'_> {
    /// Whether the file holds SQL that production may run, or a tool makes such SQL of it.
    pub(super) fn is_sql(&self, file: &ChangedFile) -> bool {
        let settings = &self.judge.config.settings.database;
        let fits = |patterns: &[String]| {
            let globs = patterns.iter().filter_map(|pattern| path_glob::parse(pattern).ok());
            globs.map(|glob| glob.compile_matcher()).any(|glob| glob.is_match(&file.path))
        };
        // What a link or a submodule leads to is not read, and may be run.
        let leads_away = file.submodule || file.mode.as_deref() == Some("120000");
        let by_name =
            leads_away && (category(&file.path) == Category::Sql || file.path.split('/').any(|part| part == "migrations"));
        (file.category == Category::Sql || by_name || fits(&settings.paths)) && !fits(&settings.exclude)
    }

    /// Every changed file of SQL as it stands at the head, and what was handed in.
    pub(super) fn changed_sql(&self, raw: &RawChange, files: &[ChangedFile], handed: &Handed) -> Result<Vec<ChangedSql>> {
        let Some(head) = &raw.head else { return Ok(Vec::new()) };
        let mut changed = Vec::new();
        for file in files.iter().filter(|file| self.is_sql(file)) {
            let there = !matches!(file.status, FileStatus::Added | FileStatus::Copied);
            let text = if file.status == FileStatus::Deleted { None } else { Some(self.text(&head.commit, &file.path)?) };
            let metadata = match tool(&file.path, None) {
                Tool::Diesel => self.beside(&head.commit, &file.path, "metadata.toml")?,
                _ => None,
            };
            // Under another name a file may run another way, so that all of it counts.
            let base = match (&raw.base, file.status) {
                (Some(base), FileStatus::Modified) => self.text(&base.commit, &file.path)?.ok(),
                _ => None,
            };
            changed.push(ChangedSql { path: file.path.clone(), text, metadata, base, edited: there, generated: false });
        }
        for (path, text) in &handed.sql {
            let text = Some(Ok(text.clone()));
            changed.push(ChangedSql { path: path.clone(), text, metadata: None, base: None, edited: false, generated: true });
        }
        Ok(changed)
    }

    /// The text of a file of the head, or why it cannot be read, as a sentence.
    fn text(&self, commit: &str, path: &str) -> Result<std::result::Result<String, String>> {
        let Some(repository) = &self.subject.repository else { return Ok(Err("there is no repository".to_owned())) };
        Ok(match repository.read(commit, path, MAX_BYTES) {
            Ok(Some(bytes)) => match sql::decode(&bytes) {
                Ok(text) => Ok(text.into_owned()),
                Err(error) => Err(error.to_string()),
            },
            Ok(None) => Err("it is not there at the head".to_owned()),
            Err(GitError::TooLarge { bytes, limit, .. }) => {
                Err(format!("it has {bytes} bytes, more than {limit}: keep dumps of data apart from changes"))
            }
            Err(GitError::NotAFile { what, .. }) => Err(format!("it is {what}, and not followed")),
            Err(error) => return Err(error.into()),
        })
    }

    fn beside(&self, commit: &str, path: &str, name: &str) -> Result<Option<String>> {
        let Some(repository) = &self.subject.repository else { return Ok(None) };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let bytes = repository.read(commit, &format!("{folder}/{name}"), LIMIT)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// What tells the dialects: the settings, the server of the statistics, and what the base names as its database.
    ///
    /// The base, because a change must not choose how it is read.
    pub(super) fn dialects(&self, raw: &RawChange, statistics: Option<&TableStatistics>) -> Result<Dialects> {
        let settings = &self.judge.config.settings.database;
        let by_path: Vec<_> = settings.dialects.iter().map(|entry| (entry.path.clone(), entry.dialect)).collect();
        let dialects = Dialects::new(&by_path, settings.dialect, statistics.map(|statistics| statistics.dialect));
        let (Some(repository), Some(revision)) = (&self.subject.repository, raw.base.as_ref().or(raw.head.as_ref())) else {
            return Ok(dialects);
        };
        let mut files = Vec::new();
        for path in TELLTALE_FILES {
            match repository.read(&revision.commit, path, LIMIT) {
                Ok(Some(bytes)) => files.push(((*path).to_owned(), String::from_utf8_lossy(&bytes).into_owned())),
                Ok(None) | Err(GitError::NotAFile { .. } | GitError::TooLarge { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let dialects = dialects.with_repository(&files);
        if !dialects.may_be_silent() {
            return Ok(dialects);
        }
        let neighbours = self.neighbours(raw)?;
        Ok(dialects.with_neighbours(neighbours.iter().map(|(path, text)| (path.as_str(), text.as_str()))))
    }

    /// Some of the migrations of the base, those beside the files of the change first.
    fn neighbours(&self, raw: &RawChange) -> Result<Vec<(String, String)>> {
        /// So many show what the others are.
        const MOST: usize = 40;
        let (Some(repository), Some(base)) = (&self.subject.repository, &raw.base) else { return Ok(Vec::new()) };
        let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
        let beside: Vec<String> = raw.files.iter().map(|file| folder(&file.path)).collect();
        let mut paths = repository.list(&base.commit, "")?;
        paths.retain(|path| {
            let of = tool(path, None);
            of.is_sql() && (of.is_versioned() || beside.contains(&folder(path)))
        });
        paths.sort_by_cached_key(|path| !beside.contains(&folder(path)));
        let mut found = Vec::new();
        for path in paths.into_iter().take(MOST) {
            if let Ok(Some(bytes)) = repository.read(&base.commit, &path, LIMIT) {
                found.push((path, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
        Ok(found)
    }
}
