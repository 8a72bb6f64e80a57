//! llvm-cov's JSON, as `llvm-cov export` writes it (`cargo llvm-cov --json`, `swift test`).
//!
//! Source: LLVM's `CoverageExporterJson.cpp` and `CoverageMapping.cpp`. A file is a list of segments, each of which says from a line and
//! column on how often the code ran; [`segments`] derives the lines as LLVM's own `LineCoverageStats` does. A branch is a condition
//! that was so often true and so often false; those of a macro stand on the line that uses it.
//!
//! Every cut is seen. `totals` has to be the sum of what the files' `summary` say, so that a removed file shows. A file's summary counts
//! lines over functions, where a line of two functions counts twice, so that it shows only lines where there are none, or none
//! where there are some. What cannot be seen: edited segments. Exports with `-summary-only` name no line and are refused.

mod segments;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::BufRead;

use segments::{Lines, Segment};
use serde::Deserialize;

use super::json::{Json, once};
use super::text::{beginning, contains, shown};
use super::{Collector, CoverageReport, FileLines, Format, LineBranches, ReadError, Reader, Repeated, limits};
use crate::facts::Kind;

pub(super) const FORMAT: Format = Format {
    name: "llvm-cov",
    kind: Kind::Coverage,
    conventional: &["llvm-cov.json", "coverage/llvm-cov.json", "cov/llvm-cov.json", "target/llvm-cov/llvm-cov.json"],
    recognises,
    read: Reader::Coverage(read),
};

/// What the root's `type` says.
const TYPE: &str = "llvm.coverage.json.export";

/// The type stands at the end, behind everything else.
fn recognises(_path: &str, head: &[u8]) -> bool {
    let start: Vec<u8> = beginning(head).iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(64).collect();
    start.starts_with(b"{") && (start.starts_with(br#"{"data":[{"files":["#) || contains(head, TYPE))
}

/// A count of things, and of those that ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
struct Count {
    count: u64,
    covered: u64,
}

/// What is used of `summary` and `totals`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
struct Summary {
    lines: Count,
    #[serde(default)]
    branches: Count,
}

impl Summary {
    fn add(&mut self, other: Summary) {
        for (sum, more) in [(&mut self.lines, other.lines), (&mut self.branches, other.branches)] {
            (sum.count, sum.covered) = (sum.count.saturating_add(more.count), sum.covered.saturating_add(more.covered));
        }
    }
}

/// The use of a macro.
#[derive(Default)]
struct Expansion {
    branches: Vec<Vec<u64>>,
    source_region: Vec<u64>,
}

/// Reads an export. Another type, a file without segments or summary, segments out of order, totals that are not the files' sum and an
/// export without a measured line are errors.
fn read(input: &mut dyn BufRead) -> Result<CoverageReport, ReadError> {
    let mut json = Json::new(input)?;
    let mut report = CoverageReport { counts_branches: true, ..CoverageReport::default() };
    let mut files: BTreeMap<String, Collector> = BTreeMap::new();
    let (mut kind, mut data) = (None::<String>, None::<()>);
    let mut lines = Lines::default();
    json.object("an export of llvm-cov", |json, key| match key {
        "type" => {
            once(json, key, kind.as_ref())?;
            kind = Some(json.value()?);
            Ok(())
        }
        "data" => {
            once(json, key, data.as_ref())?;
            data = Some(());
            json.list("`data`", |json| binary(json, &mut files, &mut lines))
        }
        _ => json.skip(),
    })?;
    json.end()?;
    if kind.as_deref() != Some(TYPE) {
        return Err(ReadError::whole(format!("no `type` of `{TYPE}`: expected what `llvm-cov export` writes")));
    }
    report.files = files.into_iter().map(|(path, lines)| (path, lines.finish())).collect();
    if report.files.values().all(FileLines::is_empty) {
        return Err(ReadError::whole("no line is measured: expected `segments` of files; run the tests with coverage"));
    }
    Ok(report)
}

/// Reads one element of `data`. Several may name one file: a line ran if one of them says so.
fn binary(json: &mut Json<'_>, files: &mut BTreeMap<String, Collector>, lines: &mut Lines) -> Result<(), ReadError> {
    let (mut sum, mut totals, mut listed) = (Summary::default(), None::<Summary>, None::<()>);
    json.object("an element of `data`", |json, key| match key {
        "files" => {
            once(json, key, listed.as_ref())?;
            listed = Some(());
            json.list("`files`", |json| {
                let (path, found, summary) = file(json, lines)?;
                sum.add(summary);
                limits::room_for(files, &path).map_err(|message| json.error(message))?;
                files.entry(path).or_insert_with(|| Collector::new(Repeated::AnyCovers)).add(found);
                Ok(())
            })
        }
        "totals" => {
            once(json, key, totals.as_ref())?;
            totals = Some(json.value()?);
            Ok(())
        }
        // The functions repeat the regions that the segments are made of.
        _ => json.skip(),
    })?;
    let totals = totals.ok_or_else(|| json.error("no `totals`: expected what `llvm-cov export` writes"))?;
    if totals == sum {
        return Ok(());
    }
    let text = |of: Summary| {
        format!(
            "{} covered lines of {}, {} branches of {}",
            of.lines.covered, of.lines.count, of.branches.covered, of.branches.count
        )
    };
    Err(json.error(format!(
        "`totals` states {} but the files state {}: the export is damaged; write it anew",
        text(totals),
        text(sum)
    )))
}

fn file(json: &mut Json<'_>, lines: &mut Lines) -> Result<(String, FileLines, Summary), ReadError> {
    let (mut path, mut summary) = (None::<String>, None::<Summary>);
    let (mut segments, mut branches, mut expansions) = (None::<()>, None::<()>, None::<()>);
    let mut found = Collector::new(Repeated::AnyCovers);
    let mut by_line: BTreeMap<u32, LineBranches> = BTreeMap::new();
    lines.start();
    json.object("a file", |json, key| match key {
        "filename" => {
            once(json, key, path.as_ref())?;
            path = Some(json.value()?);
            Ok(())
        }
        "summary" => {
            once(json, key, summary.as_ref())?;
            summary = Some(json.value()?);
            Ok(())
        }
        "segments" => {
            once(json, key, segments.as_ref())?;
            segments = Some(());
            json.list("`segments`", |json| {
                let segment: Segment = json.value()?;
                lines.add(segment, json.offset(), &mut found).map_err(|message| json.error(message))
            })?;
            lines.finish(&mut found);
            Ok(())
        }
        "branches" => {
            once(json, key, branches.as_ref())?;
            branches = Some(());
            json.list("`branches`", |json| {
                let branch: Vec<u64> = json.value()?;
                let line = line(branch.first()).ok_or_else(|| json.error(NO_BRANCH))?;
                add_outcomes(&mut by_line, line, &branch).map_err(|message| json.error(message))
            })
        }
        "expansions" => {
            once(json, key, expansions.as_ref())?;
            expansions = Some(());
            json.list("`expansions`", |json| {
                let Expansion { branches, source_region } = expansion(json)?;
                let line = line(source_region.first()).ok_or_else(|| json.error("an expansion without its line"))?;
                branches
                    .iter()
                    .try_for_each(|branch| add_outcomes(&mut by_line, line, branch))
                    .map_err(|message| json.error(message))
            })
        }
        _ => json.skip(),
    })?;
    let path =
        path.filter(|path| !path.is_empty()).ok_or_else(|| json.error("a file without `filename`: expected llvm-cov's JSON"))?;
    let name = shown(&path);
    let summary = summary.ok_or_else(|| json.error(format!("{name} has no `summary`: expected llvm-cov's JSON")))?;
    if segments.is_none() {
        return Err(
            json.error(format!("{name} has no `segments`: this is a summary, which names no line; export without -summary-only"))
        );
    }
    for branches in by_line.into_values() {
        found.branches(branches);
    }
    let found = found.finish();
    let pairs = [(summary.lines.count, found.len(), "lines"), (summary.lines.covered, found.covered(), "covered lines")];
    for (stated, listed, what) in pairs {
        if (stated == 0) != (listed == 0) {
            return Err(
                json.error(format!("{name} states {stated} {what} but lists {listed}: the export is damaged; write it anew"))
            );
        }
    }
    Ok((path, found, summary))
}

const NO_BRANCH: &str = "a branch without its line and two counts: expected llvm-cov's JSON";

/// Adds a branch, `[line, column, line, column, times true, times false, ..]`, to a line; newer versions append more.
fn add_outcomes(by_line: &mut BTreeMap<u32, LineBranches>, line: u32, branch: &[u64]) -> Result<(), String> {
    let outcomes = branch.get(4..6).ok_or(NO_BRANCH)?;
    let of = by_line.entry(line).or_insert(LineBranches { line, total: 0, covered: 0 });
    of.total = of.total.saturating_add(2);
    of.covered = outcomes.iter().filter(|times| **times > 0).fold(of.covered, |covered, _| covered.saturating_add(1));
    Ok(())
}

fn line(number: Option<&u64>) -> Option<u32> {
    number.and_then(|number| u32::try_from(*number).ok()).filter(|number| (1..=FileLines::MAX_LINE).contains(number))
}

/// Reads where a macro is used, and its branches.
fn expansion(json: &mut Json<'_>) -> Result<Expansion, ReadError> {
    let mut expansion = Expansion::default();
    json.object("an expansion", |json, key| {
        match key {
            "branches" => expansion.branches = json.value()?,
            "source_region" => expansion.source_region = json.value()?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(expansion)
}
