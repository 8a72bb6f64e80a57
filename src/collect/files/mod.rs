//! Evidence that lies in files: finding them, reading them once, and handing each to the reader of its format.

mod archive;
mod discover;
mod excerpt;
mod glob;
mod hashing;
mod packed;
mod progress;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rayon::prelude::*;
use serde_json::Value;

pub use excerpt::excerpt;
pub use glob::{Glob, PatternError};
use progress::Progress;

use crate::analyze::logs::{MinedLog, Together};
use crate::evidence::database_checklist::ChecklistRecord;
use crate::evidence::estimates::EstimatesReport;
use crate::evidence::logs::LogRecord;
use crate::evidence::samples::SamplesReport;
use crate::evidence::table_stats::TableStatistics;
use crate::evidence::trace::{Noted, Watch};
use crate::evidence::{
    AlertReport, CapacityReport, CoverageReport, FORMATS, Format, HealthReport, IncidentsReport, ReviewReport, ScanReport,
    SloReport, TestReport,
};
use crate::facts::{Kind, Source};

/// One place to look for evidence: an entry of the command line or of the configuration.
#[derive(Debug, Clone)]
pub struct Pattern {
    pub glob: Glob,
    /// The format that was named; otherwise each file's first bytes tell.
    pub format: Option<&'static Format>,
    /// The directory that the report's relative paths start from.
    pub root: Option<String>,
    /// How old the evidence may be.
    pub max_age: Option<SignedDuration>,
}

impl Pattern {
    /// A glob without further words.
    pub fn new(glob: &str) -> Result<Self, PatternError> {
        Ok(Pattern { glob: Glob::parse(glob)?, format: None, root: None, max_age: None })
    }
}

/// Where to look.
#[derive(Debug, Clone, Copy)]
pub enum Search<'a> {
    /// Where somebody said, relative to a directory; a match may lie outside of it.
    Named { directory: &'a Path, patterns: &'a [Pattern] },
    /// Under the conventional names of the kind's formats, at the repository's root and in the directories directly below it.
    Conventional { repository: &'a Path },
}

/// What a reader made of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    Tests(TestReport),
    Coverage(CoverageReport),
    Scan(Box<ScanReport>),
    Review(ReviewReport),
    Canary(SamplesReport),
    Alerts(AlertReport),
    Health(HealthReport),
    Slo(SloReport),
    Capacity(CapacityReport),
    Incidents(IncidentsReport),
    Estimates(EstimatesReport),
    TableStats(Box<TableStatistics>),
    Sql(String),
    DatabaseChecklist(Box<ChecklistRecord>),
    LogRecord(Box<LogRecord>),
    Log(MinedLog),
}

/// A file that was found, and what is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct File<T> {
    /// As it was named or found, with `/` between its parts; `ARCHIVE!/ENTRY` for an entry of a zip archive.
    pub path: String,
    /// The file of the disk: the archive where `path` names an entry.
    pub on_disk: String,
    /// Also what `evidence.sources` shows: digest and length are those of the bytes that were read, to the file's end. Of what is
    /// packed with gzip they are those of the packed bytes, as they lie; of an archive's entry those of the unpacked ones.
    pub source: Source,
    /// When the file was last changed; `None` where the system does not say.
    pub modified: Option<Timestamp>,
    pub root: Option<String>,
    pub max_age: Option<SignedDuration>,
    /// The facts, or a sentence that starts with the path.
    pub content: Result<T, String>,
    /// Where the facts stand that somebody watched for.
    pub noted: Vec<Noted>,
}

/// Stands for standard input where logs are named. It can be read once: the second side that names it finds nothing.
const STDIN: &str = "-";

/// A file to be read.
#[derive(Debug)]
struct Found {
    shown: String,
    path: PathBuf,
    pattern: Option<usize>,
}

/// The format of a kind that has this name.
#[must_use]
pub fn format_named(kind: &Kind, name: &str) -> Option<&'static Format> {
    formats(kind).find(|format| format.name == name)
}

/// The names of a kind's formats, in the order of the registry.
#[must_use]
pub fn format_names(kind: &Kind) -> Vec<&'static str> {
    formats(kind).map(|format| format.name).collect()
}

fn formats(kind: &Kind) -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().filter(move |format| format.kind == *kind)
}

/// What a file with these bytes would hold, read as the one format of the kind that has this name.
///
/// An error says what the reader says of the bytes, or that there is no such format.
pub fn understand(kind: &Kind, format: &str, mut bytes: &[u8]) -> Result<Report, String> {
    let format = format_named(kind, format).ok_or_else(|| format!("no format of {kind} is called {format}"))?;
    read::decode(format, &mut bytes).map_err(|error| error.to_string())
}

/// Finds and reads the reports of a kind, in parallel; each file once, ordered by path.
///
/// A named file that is of no known format has an error as its content. A file under a conventional name that is evidently
/// something else is left out; an empty or damaged one is not. Nothing found is an empty list. `now` is the time of the decision.
#[must_use]
pub fn gather(kind: &Kind, search: Search<'_>, now: Timestamp) -> Vec<File<Report>> {
    gather_watched(kind, search, now, None)
}

/// As [`gather`], and also tells where in the reports the facts stand that are watched for.
#[must_use]
pub fn gather_watched(kind: &Kind, search: Search<'_>, now: Timestamp, watch: Option<&Watch>) -> Vec<File<Report>> {
    let discovering = matches!(search, Search::Conventional { .. });
    let known: Vec<&'static Format> = formats(kind).collect();
    let found = find(kind, search);
    let bytes = found.iter().filter_map(|found| found.path.metadata().ok()).map(|metadata| metadata.len()).sum();
    let progress = Progress::of(kind, bytes);
    let read = |found: &Found, pattern: Option<&Pattern>| {
        let forced = pattern.and_then(|pattern| pattern.format);
        let inside = pattern.and_then(|pattern| pattern.glob.inside());
        read::reports(&found.path, &read::Wanted { kind, known: &known, forced, discovering, inside, watch, progress: &progress })
    };
    if *kind == Kind::Logs { in_parts(found, |part| each(part, search, read, now)) } else { each(found, search, read, now) }
}

/// Reads logs a few at a time: what is kept of those before has its own bound, so that the memory does not grow with their number.
/// The first log of a side has the messages of all.
fn in_parts(mut found: Vec<Found>, read: impl Fn(Vec<Found>) -> Vec<File<Report>>) -> Vec<File<Report>> {
    /// Logs that are in memory at a time, each with all its messages.
    const PART: usize = 8;
    fn log(file: &mut File<Report>) -> Option<&mut MinedLog> {
        match &mut file.content {
            Ok(Report::Log(log)) => Some(log),
            _ => None,
        }
    }
    let (mut files, mut together) = (Vec::new(), Together::default());
    while !found.is_empty() {
        let rest = found.split_off(found.len().min(PART));
        let mut part = read(std::mem::replace(&mut found, rest));
        part.iter_mut().filter_map(log).for_each(|log| together.take(log));
        files.append(&mut part);
    }
    files.iter_mut().filter_map(log).for_each(|log| together.give(log));
    files
}

/// Finds and reads JSON or YAML documents, for `custom.NAME`; otherwise as [`gather`].
#[must_use]
pub fn read_json_or_yaml(search: Search<'_>, now: Timestamp) -> Vec<File<Value>> {
    let kind = Kind::Custom(String::new());
    each(find(&kind, search), search, |found, _| vec![read::document(&found.path)], now)
}

fn each<T: Send>(
    found: Vec<Found>,
    search: Search<'_>,
    read: impl Fn(&Found, Option<&Pattern>) -> Vec<read::Outcome<T>> + Sync,
    now: Timestamp,
) -> Vec<File<T>> {
    let patterns = match search {
        Search::Named { patterns, .. } => patterns,
        Search::Conventional { .. } => &[],
    };
    let finish = |found: Found| {
        let pattern = found.pattern.and_then(|at| patterns.get(at));
        let file = |outcome: read::Outcome<T>| {
            let path = match outcome.entry {
                Some(entry) => format!("{}{}{entry}", found.shown, archive::INSIDE),
                None => found.shown.clone(),
            };
            let source = Source {
                path: Some(path.clone()),
                url: None,
                sha256: outcome.sha256,
                bytes: outcome.bytes,
                format: outcome.format.to_owned(),
                collected_at: now,
            };
            File {
                content: outcome.content.map_err(|reason| format!("{path}: {reason}")),
                path,
                on_disk: found.shown.clone(),
                source,
                modified: outcome.modified,
                root: pattern.and_then(|pattern| pattern.root.clone()),
                max_age: pattern.and_then(|pattern| pattern.max_age),
                noted: outcome.noted,
            }
        };
        read(&found, pattern).into_iter().map(file).collect::<Vec<_>>()
    };
    found.into_par_iter().flat_map_iter(finish).collect()
}

/// The files, each once, by path. Where several patterns match a file, the first one counts.
fn find(kind: &Kind, search: Search<'_>) -> Vec<Found> {
    let matches: Vec<(PathBuf, String, Option<usize>)> = match search {
        Search::Named { directory, patterns } => patterns
            .iter()
            .enumerate()
            .flat_map(|(at, pattern)| {
                let matches = if *kind == Kind::Logs && pattern.glob.text() == STDIN {
                    vec![(PathBuf::from(STDIN), STDIN.to_owned())]
                } else {
                    pattern.glob.matches(directory)
                };
                matches.into_iter().map(move |(path, shown)| (path, shown, Some(at)))
            })
            .collect(),
        Search::Conventional { repository } => {
            discover::files(repository, formats(kind)).into_iter().map(|(path, shown)| (path, shown, None)).collect()
        }
    };
    let mut unique: BTreeMap<PathBuf, Found> = BTreeMap::new();
    for (path, shown, pattern) in matches {
        let identity = path.canonicalize().unwrap_or_else(|_| path.clone());
        unique.entry(identity).or_insert(Found { shown, path, pattern });
    }
    let mut found: Vec<Found> = unique.into_values().collect();
    found.sort_by(|a, b| a.shown.cmp(&b.shown));
    found
}
