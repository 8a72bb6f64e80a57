//! Reads the reports that were found.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use jiff::Timestamp;
use rayon::prelude::*;
use serde_json::Value;

use super::find::Place;
use super::hash::Hashing;
use crate::evidence::{CoverageReport, FORMATS, Format, Reader, ReviewReport, ScanReport, TestReport, document as parser};
use crate::facts::{Kind, Source};

/// Reports are larger than documents by far; beyond this something is wrong with them.
const LIMIT: u64 = 4 << 30;
/// Read at a time, and what a format is recognised by at most.
const BUFFER: usize = 256 << 10;

/// A report of any kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    Tests(TestReport),
    Coverage(CoverageReport),
    Scan(ScanReport),
    Review(ReviewReport),
}

/// What is in a file.
pub type Contents<T> = std::result::Result<T, String>;

/// A file that was read.
#[derive(Debug, Clone)]
pub struct Found<T> {
    pub place: Place,
    pub source: Source,
    /// When the file was last written; `None` when the file system does not say.
    pub modified: Option<Timestamp>,
    /// What it holds, or why it cannot be read: `PATH: POSITION: MESSAGE`.
    pub content: Contents<T>,
}

/// Reads the reports of a kind, in parallel, in the order of the places. A file that was only found, and that no format
/// recognises, is left out.
#[must_use]
pub fn read_all(places: Vec<Place>, kind: &Kind, now: Timestamp) -> Vec<Found<Report>> {
    places.into_par_iter().filter_map(|place| read(place, kind, now)).collect()
}

/// Reads a file as a JSON or YAML document.
#[must_use]
pub fn document(place: Place, now: Timestamp) -> Found<Value> {
    let shown = shown(&place.path);
    let (source, modified, content) = through(&place.path, "document", now, |reader| {
        let mut bytes = Vec::new();
        let limit = parser::MAX_DOCUMENT_BYTES;
        std::io::Read::read_to_end(&mut std::io::Read::take(reader, limit + 1), &mut bytes).map_err(|error| error.to_string())?;
        parser::parse(&bytes).map_err(|error| error.to_string())
    });
    Found { place, source, modified, content: content.map_err(|error| format!("{shown}: {error}")) }
}

fn read(place: Place, kind: &Kind, now: Timestamp) -> Option<Found<Report>> {
    let shown = shown(&place.path);
    let mut recognised = place.format;
    let mut foreign = false;
    let (mut source, modified, content) = through(&place.path, "", now, |reader| {
        if recognised.is_none() {
            let head = reader.fill_buf().map_err(|error| error.to_string())?;
            recognised = FORMATS.iter().find(|format| format.kind == *kind && (format.recognises)(&shown, head));
        }
        let Some(format) = recognised else {
            foreign = true;
            let head = reader.fill_buf().map_err(|error| error.to_string())?;
            return Err(if head.is_empty() { "the file is empty".to_owned() } else { unrecognised(kind) });
        };
        parse(format, reader)
    });
    if foreign && !place.named {
        return None;
    }
    source.format = recognised.map_or_else(|| "unknown".to_owned(), |format| format.name.to_owned());
    Some(Found { place, source, modified, content: content.map_err(|error| format!("{shown}: {error}")) })
}

fn parse(format: &Format, reader: &mut dyn BufRead) -> Contents<Report> {
    let read = match format.read {
        Reader::Tests(read) => read(reader).map(Report::Tests),
        Reader::Coverage(read) => read(reader).map(Report::Coverage),
        Reader::Scan(read) => read(reader).map(Report::Scan),
        Reader::Review(read) => read(reader).map(Report::Review),
    };
    read.map_err(|error| error.to_string())
}

fn unrecognised(kind: &Kind) -> String {
    let names: Vec<&str> = FORMATS.iter().filter(|format| format.kind == *kind).map(|format| format.name).collect();
    format!("not a {kind} report in a known format ({})", names.join(", "))
}

/// Opens, hashes and counts; the whole file is read however far the parser gets.
#[expect(clippy::disallowed_methods, reason = "opens reports for the rest of the program")]
fn through<T>(
    path: &Path,
    format: &str,
    now: Timestamp,
    parse: impl FnOnce(&mut dyn BufRead) -> Contents<T>,
) -> (Source, Option<Timestamp>, Contents<T>) {
    let empty = |error: std::io::Error| {
        let source = Source {
            path: Some(shown(path)),
            url: None,
            sha256: String::new(),
            bytes: 0,
            format: format.to_owned(),
            collected_at: now,
        };
        (source, None, Err(error.to_string()))
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => return empty(error),
    };
    let modified = file.metadata().ok().and_then(|meta| meta.modified().ok()).and_then(|time| Timestamp::try_from(time).ok());
    let mut reader = Hashing::new(BufReader::with_capacity(BUFFER, file), LIMIT);
    let content = parse(&mut reader);
    match reader.finish() {
        Ok((sha256, bytes)) => {
            let source =
                Source { path: Some(shown(path)), url: None, sha256, bytes, format: format.to_owned(), collected_at: now };
            (source, modified, content)
        }
        Err(error) => empty(error),
    }
}

fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.strip_prefix("./").unwrap_or(&text).to_owned()
}
