//! lcov tracefiles, as lcov, llvm-cov, grcov, Istanbul, gcovr, coverage.py and others write them.
//!
//! Source: the FILES section of geninfo(1), lcov 2. Dialects: hit counts may be negative or floating point, `BRDA` names its
//! branch by text, `FN` has two or three fields, `MCDC` records exist, a line or a file may be listed several times (it ran if any
//! entry says so; counts are not summed, so that one that overflowed does not cancel another out).
//!
//! Each file's record ends with `end_of_record`, and most tools repeat their sums of lines, branches and functions; both show a damaged
//! file, see [`sums`]. What cannot be seen: a file cut exactly after an `end_of_record`.

mod branches;
mod sums;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::BufRead;

use branches::Branches;
use sums::Sums;

use super::lines::Lines;
use super::text::{beginning, hits, shown};
use super::{Collector, CoverageReport, FileLines, Format, ReadError, Reader, Repeated, limits};
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

/// What one `SF` record says of its file.
struct Section {
    path: String,
    lines: Collector,
    branches: Branches,
    sums: Sums,
}

/// Reads a tracefile. A line of an unknown kind, a bad number, a record without its end, sums that cannot be real and a file
/// without a measured line are errors.
fn read(input: &mut dyn BufRead) -> Result<CoverageReport, ReadError> {
    let mut lines = Lines::new(input)?;
    // Files may be repeated, and branches are known by their names: they are kept until the end.
    let mut files: BTreeMap<String, (Collector, Branches)> = BTreeMap::new();
    let mut open: Option<Section> = None;
    let mut named = false;
    while lines.next()? {
        let line = lines.text();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line == "end_of_record" {
            let Section { path, lines: found, branches, sums } =
                open.take().ok_or_else(|| lines.error("`end_of_record` without `SF:` before it"))?;
            let found = found.finish();
            sums.check(&found).map_err(|message| lines.error(message))?;
            limits::room_for(&files, &path).map_err(|message| lines.error(message))?;
            let file = files.entry(path).or_insert_with(|| (Collector::new(Repeated::AnyCovers), Branches::default()));
            file.0.add(found);
            file.1.absorb(branches);
            continue;
        }
        if let Some(section) = &mut open
            && let Some(value) = line.strip_prefix("DA:")
        {
            self::line(section, value).map_err(|message| lines.error(message))?;
            continue;
        }
        let Some((key, value)) = line.split_once(':') else {
            return Err(lines.error(format!("`{}`: expected a record such as `DA:<line>,<hits>`", shown(line))));
        };
        match (key, &mut open) {
            ("SF", Some(section)) => {
                return Err(lines.error(format!("the record of {} has no `end_of_record`", shown(&section.path))));
            }
            ("SF", none) if !value.is_empty() => {
                *none = Some(Section {
                    path: value.to_owned(),
                    lines: Collector::new(Repeated::AnyCovers),
                    branches: Branches::default(),
                    sums: Sums::new(named),
                });
            }
            ("TN", None) => named = true,
            ("VER", None) => {}
            (_, Some(section)) => record(section, key, value).map_err(|message| lines.error(message))?,
            _ => return Err(lines.error(format!("`{}`: expected `SF:<path>` first", shown(line)))),
        }
    }
    if let Some(section) = open {
        let message = format!("the file ends inside the record of {}: it was cut off; write it anew", shown(&section.path));
        return Err(lines.error(message));
    }
    let mut report = CoverageReport::default();
    for (path, (mut lines, branches)) in files {
        report.counts_branches |= branches.hand_over(&mut lines);
        report.files.insert(path, lines.finish());
    }
    if report.files.values().all(FileLines::is_empty) {
        return Err(ReadError::whole("no line is measured: expected `DA:<line>,<hits>` records"));
    }
    Ok(report)
}

fn record(section: &mut Section, key: &str, value: &str) -> Result<(), String> {
    match key {
        "BRDA" => {
            // The third field may be any text, commas included; the last one is the count, or `-` where the block never ran.
            let bad = || format!("`BRDA:{}`: expected `BRDA:<line>,<block>,<branch>,<taken>`", shown(value));
            let (line, rest) = value.split_once(',').ok_or_else(bad)?;
            let (name, taken) = rest.rsplit_once(',').ok_or_else(bad)?;
            let taken = if taken == "-" { 0.0 } else { hits(taken).ok_or_else(bad)? };
            section.branches.add(line_number(line)?, name, covered(taken));
            section.sums.saw_branch(covered(taken));
        }
        "FN" => section.sums.saw_function(),
        "FNDA" => section.sums.saw_function_hits(value),
        _ if section.sums.state(key, value)? => {}
        // Conditions are not used. lcov 2 adds kinds, so an unknown one is stepped over, but only if it looks like one.
        other if other.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) => {}
        other => return Err(format!("`{}`: expected a record such as `DA:<line>,<hits>`", shown(other))),
    }
    Ok(())
}

/// Reads `<line>,<hits>[,<checksum>]`.
fn line(section: &mut Section, value: &str) -> Result<(), String> {
    let (line, rest) = cut(value);
    let line = line_number(line)?;
    let (count, checksum) = rest.map_or(("", None), cut);
    let count = hits(count).ok_or_else(|| format!("`DA:{}`: expected `DA:<line>,<hits>`", shown(value)))?;
    section.sums.saw_line(checksum.is_some());
    section.lines.line(line, covered(count));
    Ok(())
}

/// What stands before the first comma, and behind it.
fn cut(text: &str) -> (&str, Option<&str>) {
    let comma = text.bytes().position(|byte| byte == b',');
    comma.map_or((text, None), |at| (&text[..at], Some(&text[at + 1..])))
}

fn line_number(field: &str) -> Result<u32, String> {
    let field = field.trim_ascii();
    let number = field.parse().ok().filter(|number| *number <= FileLines::MAX_LINE);
    number.ok_or_else(|| format!("`{}` is not a line number", shown(field)))
}

/// Whether a count says that the code ran. A negative one (a counter that overflowed) does not count as zero, as in lcov.
fn covered(hits: f64) -> bool {
    hits != 0.0
}
