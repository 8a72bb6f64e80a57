//! What holds for every reader, whatever bytes it is given.
//!
//! The fuzz targets (`fuzz/`) include this file too, so that both judge by the same words.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};

use crate::evidence::{CaseResult, CoverageReport, FORMATS, Format, ReadError, Reader, ScanReport, TestReport, logs};

/// What a report may keep: so many bytes for each of its own, and so many more. A block of a Go profile names its lines by their ends;
/// how many all of them may name is the second figure there.
const KEPT_PER_BYTE: usize = 64;
const KEPT_ANYWAY: usize = 64 << 10;
const KEPT_ANYWAY_GO: usize = 17 << 20;

/// No message for a person is longer.
const MAX_ERROR_CHARS: usize = 1_100;

/// What a reader made of the bytes.
struct Answer {
    /// Everything that it says, as text to compare.
    facts: String,
    /// Bytes, roughly.
    kept: usize,
    /// A sentence on what cannot be.
    odd: Option<String>,
}

/// Reads the bytes at once and byte by byte. The error is a sentence that says what does not hold.
pub(crate) fn check(format: &Format, bytes: &[u8]) -> Result<(), String> {
    let whole = answer(format, &mut &*bytes);
    let slow = answer(format, &mut BufReader::with_capacity(1, bytes));
    match (whole, slow) {
        (Ok(whole), Ok(slow)) => {
            if whole.facts != slow.facts {
                return Err(format!("byte by byte it says {}\ninstead of {}", slow.facts, whole.facts));
            }
            let anyway = if format.name == "go" { KEPT_ANYWAY_GO } else { KEPT_ANYWAY };
            if whole.kept > KEPT_PER_BYTE * bytes.len() + anyway {
                return Err(format!("{} bytes are kept of a report of {}", whole.kept, bytes.len()));
            }
            whole.odd.map_or(Ok(()), Err)
        }
        (Err(whole), Err(slow)) if whole == slow => speaks(&whole),
        (Err(whole), Err(slow)) => Err(format!("byte by byte the error is `{slow}` instead of `{whole}`")),
        (Ok(_), Err(slow)) => Err(format!("byte by byte it is refused: {slow}")),
        (Err(whole), Ok(_)) => Err(format!("byte by byte it is read, otherwise refused: {whole}")),
    }
}

/// What a reader makes of the bytes, as text to compare.
pub(crate) fn facts(format: &Format, mut bytes: &[u8]) -> Result<String, ReadError> {
    answer(format, &mut bytes).map(|answer| answer.facts)
}

/// The format of that name.
pub(crate) fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

fn answer(format: &Format, mut input: &mut dyn BufRead) -> Result<Answer, ReadError> {
    let plain = |facts: String| Answer { facts, kept: 0, odd: None };
    let input = &mut input;
    Ok(match format.read {
        Reader::Coverage(read) => coverage(&read(input)?),
        Reader::Tests(read) => tests(&read(input)?),
        Reader::Scan(read) => scan(&read(input)?),
        Reader::Alerts(read) => plain(format!("{:?}", read(input)?)),
        Reader::Health(read) => plain(format!("{:?}", read(input)?)),
        Reader::Slo(read) => plain(format!("{:?}", read(input)?)),
        Reader::Review(read) => plain(format!("{:?}", read(input)?)),
        Reader::Canary(read) => plain(format!("{:?}", read(input)?)),
        Reader::LogRecord(read) => plain(format!("{:?}", read(input)?)),
        Reader::Incidents(read) => plain(format!("{:?}", read(input)?)),
        Reader::Capacity(read) => plain(format!("{:?}", read(input)?)),
        Reader::Estimates(read) => plain(format!("{:?}", read(input)?)),
        Reader::TableStats(read) => plain(format!("{:?}", read(input)?)),
        Reader::DatabaseChecklist(read) => plain(format!("{:?}", read(input)?)),
        Reader::Sql(read) => plain(read(input)?),
        Reader::Log(_) => {
            let mut entries = String::new();
            let figures = logs::read_entries(input, &mut |entry| {
                let _ = writeln!(entries, "{entry:?}");
            })?;
            plain(format!("{figures:?}\n{entries}"))
        }
    })
}

/// An error is a line of text with something in it.
fn speaks(error: &ReadError) -> Result<(), String> {
    let text = error.to_string();
    if text.trim().is_empty() || text.chars().count() > MAX_ERROR_CHARS || text.chars().any(char::is_control) {
        return Err(format!("the error is no sentence: {text:?}"));
    }
    Ok(())
}

fn coverage(report: &CoverageReport) -> Answer {
    let mut kept = report.roots.iter().map(|root| root.len() + size_of::<String>()).sum();
    let (mut measured, mut odd) = (0, None);
    for (path, file) in &report.files {
        kept += path.len() + 64 + 4 * file.len() + 12 * file.branches().len();
        measured += file.len();
        let lines: Vec<_> = file.iter().map(|(line, _)| line).collect();
        let in_order = lines.iter().zip(lines.iter().skip(1)).all(|(one, next)| one < next) && lines.first() != Some(&0);
        if !in_order || file.covered() > file.len() {
            odd = Some(format!("the lines of {path:?} are not what they should be: {lines:?}"));
        }
        for branches in file.branches() {
            if branches.covered > branches.total || branches.total == 0 || branches.line == 0 {
                odd = Some(format!("branches of {path:?}: {branches:?}"));
            }
        }
    }
    if measured == 0 {
        odd = Some("a report without a measured line is read".to_owned());
    }
    Answer { facts: format!("{report:?}"), kept, odd }
}

fn tests(report: &TestReport) -> Answer {
    let (mut kept, mut odd) = (0, None);
    for suite in &report.suites {
        kept += size_of_val(suite) + suite.name.len() + suite.around.len() * 16;
        kept += suite.made_for.plan.as_ref().map_or(0, String::len) + suite.made_for.version.as_ref().map_or(0, String::len);
        let seconds = suite.seconds.into_iter().chain(suite.cases.told.iter().filter_map(|case| case.seconds));
        if seconds.into_iter().any(|seconds| seconds.is_nan() || seconds < 0.0) {
            odd = Some(format!("a time of suite {:?} is none", suite.name));
        }
        kept += 16 * (suite.cases.passed.len() + suite.cases.skipped.len());
        for case in &suite.cases.told {
            kept += size_of_val(case) + case.name.len() + case.file.as_ref().map_or(0, String::len);
            if let CaseResult::Failed { message } = &case.result {
                kept += message.len();
                if message.is_empty() {
                    odd = Some(format!("{:?} failed and does not say why", case.name));
                }
            }
        }
    }
    kept += report.slowest.iter().map(|slow| size_of_val(slow) + slow.suite.len() + slow.name.len()).sum::<usize>();
    Answer { facts: format!("{report:?}"), kept, odd }
}

fn scan(report: &ScanReport) -> Answer {
    let results = &report.results;
    let mut kept = results.len() * 32 + report.commit.as_ref().map_or(0, String::len);
    kept += results.paths().iter().map(|path| 2 * path.len() + 64).sum::<usize>();
    kept += results.rules().iter().map(|(tool, rule)| 2 * (tool.len() + rule.len()) + 96).sum::<usize>();
    kept += results.elsewhere().map(|place| place.path.len() + size_of_val(place)).sum::<usize>();
    let mut odd = (report.tools.is_empty()).then(|| "a report of no tool is read".to_owned());
    if results.iter().count() != results.len() {
        odd = Some(format!("of {} findings only {} can be had", results.len(), results.iter().count()));
    }
    for one in results.iter() {
        kept += one.message.len() + one.fingerprint.map_or(0, str::len);
        kept += one.suppression.and_then(|suppression| suppression.reason.as_ref()).map_or(0, String::len);
        let proper = match (one.line, one.end_line) {
            (None, last) => last.is_none(),
            (Some(first), last) => first > 0 && last.is_none_or(|last| first <= last),
        };
        if !proper || one.path == Some("") || one.rule.is_empty() {
            odd = Some(format!("a finding without a rule or with an odd place: {:?}", one.unpacked()));
        }
    }
    Answer { facts: format!("{report:?}"), kept, odd }
}
