//! lcov tracefiles, as lcov, llvm-cov, grcov, Istanbul, gcovr, coverage.py and others write them.
//!
//! Source: the FILES section of geninfo(1), lcov 2. Dialects: hit counts may be negative or floating point, `BRDA` names its
//! branch by text, `FN` has two or three fields, `MCDC` records exist, a line or a file may be listed several times (hits are
//! summed).
//!
//! Each file's record ends with `end_of_record`, and most tools repeat their sums as `LF` and `LH`; both show a damaged file.
//! What cannot be seen: a file cut exactly after an `end_of_record`.

mod sums;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::BufRead;

use sums::Sums;

use super::lines::Lines;
use super::text::{beginning, shown};
use super::{CoverageReport, FileLines, Format, ReadError, Reader};
use crate::facts::Kind;

pub(super) const FORMAT: Format = Format {
    name: "lcov",
    kind: Kind::Coverage,
    conventional: &[
        "lcov.info",
        "coverage.lcov",
        "coverage.info",
        "coverage/lcov.info",
        "coverage/coverage.lcov",
        "cov/lcov.info",
        "target/llvm-cov/lcov.info",
        "target/coverage/lcov.info",
    ],
    recognises,
    read: Reader::Coverage(read),
};

fn recognises(_path: &str, head: &[u8]) -> bool {
    let first = beginning(head);
    [&b"TN:"[..], b"SF:", b"# lcov", b"VER:"].iter().any(|mark| first.starts_with(mark))
}

/// What one `SF` record says of its file so far.
#[derive(Default)]
struct Section {
    path: String,
    /// The file's lines with their hits summed.
    hits: BTreeMap<u32, f64>,
    /// Branches found and taken, by line and by the names of block and branch, since several test names repeat them.
    branches: BTreeMap<(u32, String), bool>,
    sums: Sums,
}

/// Reads a tracefile. A line of an unknown kind, a bad number, a record without its end, sums that cannot be real and a file
/// without a measured line are errors.
fn read(input: &mut dyn BufRead) -> Result<CoverageReport, ReadError> {
    let mut lines = Lines::new(input)?;
    let mut report = CoverageReport::default();
    // Files may be repeated, and a file's hits are summed over its records: they are kept until the end.
    let mut files: BTreeMap<String, Section> = BTreeMap::new();
    let mut open: Option<Section> = None;
    while let Some(line) = lines.next()? {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line == "end_of_record" {
            let section = open.take().ok_or_else(|| lines.error("`end_of_record` without `SF:` before it"))?;
            section.sums.check(&section.hits).map_err(|message| lines.error(message))?;
            merge(files.entry(section.path.clone()).or_default(), section);
            continue;
        }
        let Some((key, value)) = line.split_once(':') else {
            return Err(lines.error(format!("`{}`: expected a record such as `DA:<line>,<hits>`", shown(&line))));
        };
        match (key, &mut open) {
            ("SF", Some(section)) => {
                return Err(lines.error(format!("the record of {} has no `end_of_record`", shown(&section.path))));
            }
            ("SF", none) if !value.is_empty() => *none = Some(Section { path: value.to_owned(), ..Section::default() }),
            ("TN" | "VER", None) => {}
            (_, Some(section)) => record(section, key, value).map_err(|message| lines.error(message))?,
            _ => return Err(lines.error(format!("`{}`: expected `SF:<path>` first", shown(&line)))),
        }
    }
    if let Some(section) = open {
        let message = format!("the file ends inside the record of {}: it was cut off; write it anew", shown(&section.path));
        return Err(lines.error(message));
    }
    for (path, section) in files {
        let lines = finish(section, &mut report.counts_branches);
        report.files.insert(path, lines);
    }
    if report.files.values().all(|file| file.lines.is_empty()) {
        return Err(ReadError::whole("no line is measured: expected `DA:<line>,<hits>` records"));
    }
    Ok(report)
}

fn record(section: &mut Section, key: &str, value: &str) -> Result<(), String> {
    match key {
        "DA" => {
            section.sums.saw_line(value.split(',').count() > 2);
            let mut fields = value.split(',');
            let line = line_number(fields.next())?;
            let hits = hits(fields.next()).ok_or_else(|| format!("`DA:{}`: expected `DA:<line>,<hits>`", shown(value)))?;
            // Line 0 is what some tools write for code that has no line.
            if line > 0 {
                *section.hits.entry(line).or_default() += hits;
            }
        }
        "BRDA" => {
            // The third field may be any text, commas included; the last one is the count, or `-` where the block never ran.
            let bad = || format!("`BRDA:{}`: expected `BRDA:<line>,<block>,<branch>,<taken>`", shown(value));
            let (line, rest) = value.split_once(',').ok_or_else(bad)?;
            let (name, taken) = rest.rsplit_once(',').ok_or_else(bad)?;
            let taken = if taken == "-" { 0.0 } else { hits(Some(taken)).ok_or_else(bad)? };
            *section.branches.entry((line_number(Some(line))?, name.to_owned())).or_default() |= covered(taken);
        }
        "LF" => section.sums.found(value)?,
        "LH" => section.sums.hit(value)?,
        "BRF" => section.sums.branches_found(value)?,
        // Functions, conditions and their sums are not used. lcov 2 adds kinds, so an unknown one is stepped over, but only if
        // it looks like one.
        other if other.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) => {}
        other => return Err(format!("`{}`: expected a record such as `DA:<line>,<hits>`", shown(other))),
    }
    Ok(())
}

fn line_number(field: Option<&str>) -> Result<u32, String> {
    let field = field.unwrap_or("").trim();
    field.parse().map_err(|_| format!("`{}` is not a line number", shown(field)))
}

/// A hit count; `None` when it is not a number.
fn hits(field: Option<&str>) -> Option<f64> {
    let number: f64 = field?.trim().parse().ok()?;
    number.is_finite().then_some(number)
}

/// Whether a count says that the code ran. A negative one (a counter that overflowed) does not count as zero, as in lcov.
fn covered(hits: f64) -> bool {
    hits != 0.0
}

fn merge(into: &mut Section, from: Section) {
    for (line, hits) in from.hits {
        *into.hits.entry(line).or_default() += hits;
    }
    for (branch, taken) in from.branches {
        *into.branches.entry(branch).or_default() |= taken;
    }
}

fn finish(section: Section, counts_branches: &mut bool) -> FileLines {
    let mut file = FileLines::default();
    for (line, hits) in section.hits {
        file.lines.entry(line).or_default().covered = covered(hits);
    }
    for ((line, _), taken) in section.branches {
        *counts_branches = true;
        if let Some(line) = file.lines.get_mut(&line) {
            line.branches += 1;
            line.branches_covered += u32::from(taken);
        }
    }
    file
}
