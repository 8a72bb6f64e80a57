//! Reading one file.

use std::cell::Cell;
use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Read, Seek as _};
use std::path::Path;

use globset::GlobMatcher;
use jiff::Timestamp;
use serde_json::Value;

use super::discover::conventional;
use super::hashing::{Hashing, MAX_BYTES};
use super::packed::{self, Packing, Unpacked, packing};
use super::progress::{Progress, Reading};
use super::{Report, STDIN, archive};
use crate::analyze::logs::mine;
use crate::collect::clock;
use crate::evidence::document::{MAX_DOCUMENT_BYTES, parse};
use crate::evidence::text::root_element;
use crate::evidence::trace::{self, Noted, Watch};
use crate::evidence::{FORMATS, Format, ReadError, Reader};
use crate::facts::Kind;

/// How much of a file its format is told by.
const HEAD_BYTES: u64 = 8192;

const BUFFER_BYTES: usize = 64 << 10;

/// What reading a file, or an entry of an archive, gave.
#[derive(Debug)]
pub(super) struct Outcome<T> {
    /// The entry's name in the archive.
    pub(super) entry: Option<String>,
    pub(super) sha256: String,
    pub(super) bytes: u64,
    pub(super) format: &'static str,
    pub(super) modified: Option<Timestamp>,
    pub(super) content: Result<T, String>,
    pub(super) noted: Vec<Noted>,
}

/// What is looked for in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) kind: &'a Kind,
    /// The kind's formats.
    pub(super) known: &'a [&'static Format],
    /// The format that was named; otherwise the first bytes tell.
    pub(super) forced: Option<&'static Format>,
    /// Whether nobody named the file.
    pub(super) discovering: bool,
    /// Which entries of an archive were named.
    pub(super) inside: Option<&'a GlobMatcher>,
    /// The fact whose places are asked for.
    pub(super) watch: Option<&'a Watch>,
    pub(super) progress: &'a Progress,
}

/// Reads the reports of a file: one, or those that an archive holds. Without what was only discovered, or only lies in an archive,
/// and is evidently something else.
pub(super) fn reports(path: &Path, wanted: &Wanted<'_>) -> Vec<Outcome<Report>> {
    let name = path.to_string_lossy();
    let (file, modified) = match start(path, wanted.progress) {
        Ok(started) => started,
        Err(reason) => return vec![nothing(reason)],
    };
    let dated = |outcome: Outcome<Report>| Outcome { modified, ..outcome };
    let file = match file {
        Started::Archive(file) => return archived(file, wanted).into_iter().map(dated).collect(),
        Started::Plain(file) => file,
    };
    if wanted.inside.is_some() {
        return vec![nothing("it is no zip archive, so nothing lies inside of it".to_owned())];
    }
    let look = Look { forced: wanted.forced, name: &name, discovered: wanted.discovering };
    report(file, &Cell::new(MAX_BYTES), wanted, look).map(dated).into_iter().collect()
}

/// How one file or entry is looked at.
#[derive(Debug, Clone, Copy)]
struct Look<'a> {
    forced: Option<&'static Format>,
    name: &'a str,
    /// Whether it may be evidently something else.
    discovered: bool,
}

fn report(file: impl Read, left: &Cell<u64>, wanted: &Wanted<'_>, look: Look<'_>) -> Option<Outcome<Report>> {
    let Wanted { kind, known, .. } = wanted;
    // What is packed is told by the name of what it packs.
    let name = look.name.strip_suffix(".gz").unwrap_or(look.name);
    let mut format = None;
    let mut something_else = false;
    let mut noted = Vec::new();
    let mut outcome = through(file, MAX_BYTES, left, |input, head| {
        format = look.forced.or_else(|| known.iter().find(|format| (format.recognises)(name, head)).copied());
        let Some(format) = format else {
            something_else = root_element(head).is_some()
                || FORMATS.iter().any(|other| other.kind != **kind && (other.recognises)(name, head));
            let what = if head.trim_ascii().is_empty() { "the file is empty" } else { "the file is of no known format" };
            let names: Vec<_> = known.iter().map(|format| format.name).collect();
            let names = if names.is_empty() { "nothing yet".to_owned() } else { names.join(", ") };
            return Err(ReadError::whole(format!("{what}: for {kind} kadian reads {names}")));
        };
        let Some(watch) = wanted.watch else { return decode(format, input) };
        let (content, seen) = trace::watched(watch.clone(), || decode(format, input));
        noted = seen;
        content
    });
    if look.discovered && something_else {
        return None;
    }
    outcome.format = format.map_or("unknown", |format| format.name);
    outcome.noted = noted;
    Some(outcome)
}

/// The reports among the entries of an archive. Of entries that nobody named, those that no format of the kind recognises are left out,
/// unless they bear a conventional name of it; an archive without any report is an error.
fn archived(file: Reading, wanted: &Wanted<'_>) -> Vec<Outcome<Report>> {
    let mut outcomes: Vec<Outcome<Report>> = Vec::new();
    let left = Cell::new(MAX_BYTES);
    let mut entries = 0_u64;
    let walked = archive::each_entry(file, |name, entry| {
        if wanted.inside.is_some_and(|glob| !glob.is_match(name)) {
            return Ok(());
        }
        entries += 1;
        let named = wanted.inside.is_some();
        let conventional = named || conventional(wanted.known, name);
        let mut entry = Unpacked { inner: entry, left: &left };
        let mut head = Vec::new();
        (&mut entry)
            .take(HEAD_BYTES)
            .read_to_end(&mut head)
            .map_err(|error| format!("its entry {name} cannot be read: {error}"))?;
        let recognised = packing(&head) != Packing::Plain && Path::new(name).extension().is_some_and(|ending| ending == "gz")
            || wanted.known.iter().any(|format| (format.recognises)(name, &head));
        if !recognised && !conventional {
            return Ok(());
        }
        let look = Look { forced: wanted.forced.filter(|_| named || recognised), name, discovered: !named };
        if let Some(outcome) = report(head.chain(entry), &left, wanted, look) {
            outcomes.push(Outcome { entry: Some(name.to_owned()), ..outcome });
        }
        Ok(())
    });
    match walked {
        Err(reason) => vec![nothing(reason)],
        Ok(()) if outcomes.is_empty() && wanted.discovering => outcomes,
        Ok(()) if outcomes.is_empty() => {
            let kind = wanted.kind;
            let what = if wanted.inside.is_some() { "no entry of the archive matches" } else { "the archive holds no report" };
            vec![nothing(format!("{what}: it has {entries} files, and none is a report of {kind}"))]
        }
        Ok(()) => outcomes,
    }
}

/// Hands the bytes to the reader of the format.
pub(super) fn decode(format: &Format, input: &mut dyn BufRead) -> Result<Report, ReadError> {
    match format.read {
        Reader::Tests(read) => read(input).map(Report::Tests),
        Reader::Coverage(read) => read(input).map(Report::Coverage),
        Reader::Scan(read) => read(input).map(|report| Report::Scan(Box::new(report))),
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
    let (file, modified) = match start(path, &Progress::none()) {
        Ok((Started::Plain(file), modified)) => (file, modified),
        Ok((Started::Archive(_), _)) => return nothing("it is a zip archive; a document is expected".to_owned()),
        Err(reason) => return nothing(reason),
    };
    let mut outcome = through(file, MAX_DOCUMENT_BYTES, &Cell::new(MAX_DOCUMENT_BYTES), |input, _| {
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes).map_err(|error| ReadError::whole(format!("failed to read: {error}")))?;
        parse(&bytes)
    });
    let json = path.extension().is_some_and(|extension| extension == "json");
    outcome.format = if json { "json" } else { "yaml" };
    outcome.modified = modified;
    outcome
}

/// A file that was opened.
pub(super) enum Started {
    Plain(Box<dyn Read>),
    /// A zip archive, which is read from its end.
    Archive(Reading),
}

/// Opens a file and says when it was last changed; or why not.
pub(super) fn start(path: &Path, progress: &Progress) -> Result<(Started, Option<Timestamp>), String> {
    if path == Path::new(STDIN) {
        return Ok((Started::Plain(Box::new(io::stdin().lock())), Some(clock::now())));
    }
    // Asking before opening: opening a pipe would wait for its writer.
    let open = || {
        let modified = regular(path)?.modified()?;
        let mut file = Reading { file: path_open(path)?, progress: Progress::none() };
        let mut head = Vec::new();
        (&mut file).take(4).read_to_end(&mut head)?;
        file.rewind()?;
        file.progress = progress.clone();
        let file = if packing(&head) == Packing::Zip { Started::Archive(file) } else { Started::Plain(Box::new(file)) };
        Ok((file, Timestamp::try_from(modified).ok()))
    };
    open().map_err(|error: io::Error| format!("failed to open: {error}"))
}

fn nothing<T>(reason: String) -> Outcome<T> {
    let (sha256, bytes) = Hashing::new(io::empty(), 0).finish();
    Outcome { entry: None, sha256, bytes, format: "unknown", modified: None, content: Err(reason), noted: Vec::new() }
}

/// Hands `read` the bytes, unpacked, and their beginning, and reads to the end even if `read` did not. The digest is that of the bytes
/// as they lie; `left` is how many more may be unpacked.
fn through<T>(
    file: impl Read,
    limit: u64,
    left: &Cell<u64>,
    read: impl FnOnce(&mut dyn BufRead, &[u8]) -> Result<T, ReadError>,
) -> Outcome<T> {
    let mut hashing = Hashing::new(file, limit);
    let mut head = Vec::new();
    let mut content = match (&mut hashing).take(HEAD_BYTES).read_to_end(&mut head) {
        Ok(_) => {
            let mut input = head.as_slice().chain(BufReader::with_capacity(BUFFER_BYTES, &mut hashing));
            match packing(&head) {
                Packing::Plain => read(&mut input, &head).map_err(|error| error.to_string()),
                Packing::Gzip => through_gzip(input, left, read),
                Packing::Zip => Err(packed::unread("zip inside of what is packed already")),
                Packing::Unread(how) => Err(packed::unread(how)),
            }
        }
        Err(error) => Err(format!("failed to read: {error}")),
    };
    if let Err(error) = io::copy(&mut hashing, &mut io::sink()) {
        content = Err(format!("failed to read: {error}"));
    }
    let (sha256, bytes) = hashing.finish();
    Outcome { entry: None, sha256, bytes, format: "unknown", modified: None, content, noted: Vec::new() }
}

/// The check sum stands behind the packed bytes, so that these are read to their end whatever `read` needs.
fn through_gzip<T>(
    packed: impl BufRead,
    left: &Cell<u64>,
    read: impl FnOnce(&mut dyn BufRead, &[u8]) -> Result<T, ReadError>,
) -> Result<T, String> {
    let failed = |error: io::Error| format!("failed to unpack: {error}");
    let mut unpacked = packed::gunzip(packed, left);
    let mut head = Vec::new();
    (&mut unpacked).take(HEAD_BYTES).read_to_end(&mut head).map_err(failed)?;
    match packing(&head) {
        Packing::Plain => {}
        Packing::Gzip => return Err(packed::unread("gzip twice")),
        Packing::Zip => return Err(packed::unread("zip inside of gzip")),
        Packing::Unread(how) => return Err(packed::unread(how)),
    }
    let content = read(&mut head.as_slice().chain(&mut unpacked), &head).map_err(|error| error.to_string());
    io::copy(&mut unpacked, &mut io::sink()).map_err(failed)?;
    content
}

#[expect(clippy::disallowed_methods, reason = "this is the place that reads files")]
fn path_open(path: &Path) -> io::Result<File> {
    File::open(path)
}

fn regular(path: &Path) -> io::Result<Metadata> {
    let metadata = path.metadata()?;
    if metadata.is_file() { Ok(metadata) } else { Err(io::Error::other("it is not a regular file")) }
}
