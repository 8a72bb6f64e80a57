//! Reading one file.

use std::fs::Metadata;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::Value;

use super::hashing::{Hashing, MAX_BYTES};
use super::{Report, STDIN};
use crate::analyze::logs::mine;
use crate::collect::clock;
use crate::evidence::document::{MAX_DOCUMENT_BYTES, parse};
use crate::evidence::text::root_element;
use crate::evidence::{FORMATS, Format, ReadError, Reader};
use crate::facts::Kind;

/// How much of a file its format is told by.
const HEAD_BYTES: u64 = 8192;

const BUFFER_BYTES: usize = 64 << 10;

/// What reading a file gave.
#[derive(Debug)]
pub(super) struct Outcome<T> {
    pub(super) sha256: String,
    pub(super) bytes: u64,
    pub(super) format: &'static str,
    pub(super) modified: Option<Timestamp>,
    pub(super) content: Result<T, String>,
}

/// Reads a report as the format that was named, or as the one that its first bytes tell; `None` for a file that was only
/// discovered and is evidently something else.
pub(super) fn report(
    path: &Path,
    kind: &Kind,
    known: &[&'static Format],
    forced: Option<&'static Format>,
    discovering: bool,
) -> Option<Outcome<Report>> {
    let name = path.to_string_lossy();
    let mut format = None;
    let mut something_else = false;
    let mut outcome = open(path, MAX_BYTES, |input, head| {
        format = forced.or_else(|| known.iter().find(|format| (format.recognises)(&name, head)).copied());
        let Some(format) = format else {
            something_else = root_element(head).is_some()
                || FORMATS.iter().any(|other| other.kind != *kind && (other.recognises)(&name, head));
            let what = if head.trim_ascii().is_empty() { "the file is empty" } else { "the file is of no known format" };
            let names: Vec<_> = known.iter().map(|format| format.name).collect();
            let names = if names.is_empty() { "nothing yet".to_owned() } else { names.join(", ") };
            return Err(ReadError::whole(format!("{what}: for {kind} kadian reads {names}")));
        };
        decode(format, input)
    });
    if discovering && something_else {
        return None;
    }
    outcome.format = format.map_or("unknown", |format| format.name);
    Some(outcome)
}

/// Hands the bytes to the reader of the format.
pub(super) fn decode(format: &Format, input: &mut dyn BufRead) -> Result<Report, ReadError> {
    match format.read {
        Reader::Tests(read) => read(input).map(Report::Tests),
        Reader::Coverage(read) => read(input).map(Report::Coverage),
        Reader::Scan(read) => read(input).map(Report::Scan),
        Reader::Review(read) => read(input).map(Report::Review),
        Reader::Canary(read) => read(input).map(Report::Canary),
        Reader::Alerts(read) => read(input).map(Report::Alerts),
        Reader::Health(read) => read(input).map(Report::Health),
        Reader::Slo(read) => read(input).map(Report::Slo),
        Reader::Capacity(read) => read(input).map(Report::Capacity),
        Reader::Incidents(read) => read(input).map(Report::Incidents),
        Reader::Estimates(read) => read(input).map(Report::Estimates),
        Reader::TableStats(read) => read(input).map(|tables| Report::TableStats(Box::new(tables))),
        Reader::DatabaseChecklist(read) => read(input).map(|record| Report::DatabaseChecklist(Box::new(record))),
        Reader::Sql(read) => read(input).map(Report::Sql),
        Reader::LogRecord(read) => read(input).map(|record| Report::LogRecord(Box::new(record))),
        Reader::Log(side) => mine(side, input).map(Report::Log),
    }
}

/// Reads a JSON or YAML document.
pub(super) fn document(path: &Path) -> Outcome<Value> {
    let mut outcome = open(path, MAX_DOCUMENT_BYTES, |input, _| {
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes).map_err(|error| ReadError::whole(format!("failed to read: {error}")))?;
        parse(&bytes)
    });
    let json = path.extension().is_some_and(|extension| extension == "json");
    outcome.format = if json { "json" } else { "yaml" };
    outcome
}

/// Opens a file, hands `read` its bytes and its beginning, and reads to the end even if `read` did not.
fn open<T>(path: &Path, limit: u64, read: impl FnOnce(&mut dyn BufRead, &[u8]) -> Result<T, ReadError>) -> Outcome<T> {
    let nothing = |reason: String| Outcome {
        sha256: Hashing::new(io::empty(), 0).finish().0,
        bytes: 0,
        format: "unknown",
        modified: None,
        content: Err(reason),
    };
    // Asking before opening: opening a pipe would wait for its writer.
    let opened: io::Result<(Box<dyn Read>, SystemTime)> = if path == Path::new(STDIN) {
        Ok((Box::new(io::stdin().lock()), clock::now().into()))
    } else {
        regular(path).and_then(|metadata| Ok((Box::new(path_open(path)?) as Box<dyn Read>, metadata.modified()?)))
    };
    let (file, modified) = match opened {
        Ok(opened) => opened,
        Err(error) => return nothing(format!("failed to open: {error}")),
    };
    let mut hashing = Hashing::new(file, limit);
    let mut head = Vec::new();
    let mut content = match (&mut hashing).take(HEAD_BYTES).read_to_end(&mut head) {
        Ok(_) => {
            let mut input = head.as_slice().chain(BufReader::with_capacity(BUFFER_BYTES, &mut hashing));
            read(&mut input, &head).map_err(|error| error.to_string())
        }
        Err(error) => Err(format!("failed to read: {error}")),
    };
    if let Err(error) = io::copy(&mut hashing, &mut io::sink()) {
        content = Err(format!("failed to read: {error}"));
    }
    let (sha256, bytes) = hashing.finish();
    let modified = Timestamp::try_from(modified).ok();
    Outcome { sha256, bytes, format: "unknown", modified, content }
}

#[expect(clippy::disallowed_methods, reason = "this is the place that reads files")]
fn path_open(path: &Path) -> io::Result<std::fs::File> {
    std::fs::File::open(path)
}

fn regular(path: &Path) -> io::Result<Metadata> {
    let metadata = path.metadata()?;
    if metadata.is_file() { Ok(metadata) } else { Err(io::Error::other("it is not a regular file")) }
}
