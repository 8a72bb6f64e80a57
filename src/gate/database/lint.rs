//! SQL files linted by themselves.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value;

use super::earlier::{self, EarlierPart};
use super::options::of_settings;
use crate::analyze::migrations::lint::{Judging, LintEffect, LintedFile};
use crate::analyze::migrations::{self, ChangedSql, Dialects};
use crate::analyze::sql::{self, SqlOptions, SqlSource, UnderstoodSql};
use crate::collect::files;
use crate::collect::tree::{Tree, read_bounded, read_file};
use crate::config::settings::{DatabaseSettings, RuleEffect, SeverityThreshold};
use crate::error::{Error, Result};
use crate::evidence::generated_sql::MAX_BYTES;
use crate::evidence::sql as script;
use crate::evidence::table_stats::TableStatistics;
use crate::facts::{Kind, Severity, SqlDialect, SqlFile};
use crate::gate::alone;

/// Which files, in which dialect, weighed by what.
#[derive(Debug, Clone)]
pub struct Request {
    /// Files, and folders whose `.sql` files are meant.
    pub files: Vec<PathBuf>,
    /// Of all files; `None` to tell it as the gate does.
    pub dialect: Option<SqlDialect>,
    /// A `table-stats.json`.
    pub statistics: Option<PathBuf>,
    /// The file that the settings come from, a `kadian.yaml`.
    pub config: Option<PathBuf>,
    pub overrides: Vec<(String, Value)>,
}

/// Lints the files as if one change added them all. What the caller named wrongly is an error; a file that cannot be read as SQL is not.
pub fn lint(request: &Request) -> Result<Vec<LintedFile>> {
    let settings = alone::config(request.config.as_deref(), &request.overrides)?.settings.database.clone();
    let statistics = request.statistics.as_deref().map(statistics).transpose()?;
    let paths = paths(&request.files)?;
    let changed: Vec<ChangedSql> = paths.par_iter().map(|path| changed(path)).collect::<Result<_>>()?;
    let by_path: Vec<_> = settings.dialects.iter().map(|entry| (entry.path.clone(), entry.dialect)).collect();
    let server = statistics.as_ref().map(|statistics| statistics.dialect);
    let dialects = Dialects::new(&by_path, request.dialect.or(settings.dialect), server);
    let dialects = if dialects.may_be_silent() {
        let neighbours = neighbours(&paths)?;
        dialects.with_neighbours(neighbours.iter().map(|(path, text)| (path.as_str(), text.as_str())))
    } else {
        dialects
    };
    let read = migrations::read(&changed, &dialects);
    let earlier = earlier::beside(&read.parts, &dialects)?;
    let earlier: Vec<_> = earlier.iter().map(EarlierPart::source).collect();
    let sources: Vec<SqlSource<'_>> = read.parts.iter().map(migrations::ReadPart::source).collect();
    let options = SqlOptions { earlier: &earlier, ..of_settings(&settings, statistics.as_ref()) };
    let understood = sql::understand(&sources, &options);
    Ok(linted(read.files, changed, understood, &judging(&settings)))
}

fn linted(files: Vec<SqlFile>, changed: Vec<ChangedSql>, understood: UnderstoodSql, judging: &Judging) -> Vec<LintedFile> {
    let mut texts: Vec<(String, String)> =
        changed.into_iter().map(|file| (file.path, file.text.and_then(std::result::Result::ok).unwrap_or_default())).collect();
    texts.sort();
    let mut linted: Vec<LintedFile> =
        files.into_iter().zip(texts).map(|(file, (_, text))| LintedFile { file, text, risks: Vec::new() }).collect();
    let at = |linted: &[LintedFile], path: &str| linted.binary_search_by(|file| file.file.path.as_str().cmp(path)).ok();
    for statement in &understood.statements {
        if let Some(at) = at(&linted, &statement.place.file) {
            linted[at].file.statements += 1;
        }
    }
    for risk in understood.risks {
        if let Some(at) = at(&linted, &risk.place.file) {
            let effect = judging.effect(&risk);
            linted[at].risks.push((effect, risk));
        }
    }
    linted
}

/// How the settings judge risks.
fn judging(settings: &DatabaseSettings) -> Judging {
    let block = match settings.block_severity {
        SeverityThreshold::Note => Some(Severity::Note),
        SeverityThreshold::Low => Some(Severity::Low),
        SeverityThreshold::Medium => Some(Severity::Medium),
        SeverityThreshold::High => Some(Severity::High),
        SeverityThreshold::Critical => Some(Severity::Critical),
        SeverityThreshold::Never => None,
    };
    let effect = |effect: &RuleEffect| match effect {
        RuleEffect::Off => LintEffect::Off,
        RuleEffect::Warn => LintEffect::Warn,
        RuleEffect::Deny => LintEffect::Deny,
    };
    let rules = settings.rules.iter().map(|(rule, named)| (rule.clone(), effect(named))).collect();
    Judging { block, rules, design: settings.design_rules }
}

fn statistics(path: &Path) -> Result<TableStatistics> {
    let name = path.to_string_lossy();
    let bytes = read_bounded(path, MAX_BYTES)?.ok_or_else(|| Error::new(format!("{name} does not exist")))?;
    match files::understand(&Kind::Database, "kadian.table-stats", &bytes) {
        Ok(files::Report::TableStats(statistics)) => Ok(*statistics),
        Ok(_) => Err(Error::new(format!("{name} is no table-stats.json"))),
        Err(reason) => Err(Error::new(format!("{name}: {reason}")).hint("kadian db snapshot writes such a file")),
    }
}

/// The files that are meant, each once, by path.
fn paths(named: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in named {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let before = found.len();
        let inside = Tree::Folder(path.clone()).list("")?;
        let sql = inside.into_iter().filter(|name| name.to_ascii_lowercase().ends_with(".sql"));
        found.extend(sql.map(|name| path.join(name)));
        if found.len() == before {
            return Err(Error::new(format!("{} holds no .sql file", path.display())).hint("name the files themselves"));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Some of the files of SQL that lie beside those that are named. One that cannot be read tells nothing.
fn neighbours(paths: &[PathBuf]) -> Result<Vec<(String, String)>> {
    /// So many show what the others are.
    const MOST: usize = 40;
    let mut folders: Vec<PathBuf> = paths.iter().filter_map(|path| path.parent()).map(Path::to_owned).collect();
    folders.sort();
    folders.dedup();
    let mut found = Vec::new();
    for folder in folders {
        let here = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.clone() };
        let inside = Tree::Folder(here).list("")?;
        for name in inside.into_iter().filter(|name| !name.contains('/') && name.to_ascii_lowercase().ends_with(".sql")) {
            if found.len() == MOST {
                return Ok(found);
            }
            if let Ok(Some(bytes)) = read_file(&folder.join(&name)) {
                found.push((folder.join(&name).to_string_lossy().into_owned(), String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
    Ok(found)
}

fn changed(path: &Path) -> Result<ChangedSql> {
    let name = path.to_string_lossy().into_owned();
    let Some(bytes) = read_bounded(path, MAX_BYTES)? else {
        return Err(Error::new(format!("{name} does not exist")).hint("name files of SQL, or a folder that holds them"));
    };
    let text = script::decode(&bytes).map(std::borrow::Cow::into_owned).map_err(|error| error.to_string());
    Ok(ChangedSql { path: name, text: Some(text), metadata: None, base: None, edited: false, generated: false })
}
