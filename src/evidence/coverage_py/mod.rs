//! coverage.py's JSON, as `coverage json` writes it.
//!
//! Source: `coverage/jsonreport.py`, formats 1 (which has no number) to 3. A file's measured lines are its `executed_lines` and its
//! `missing_lines`. Before version 7.14 the former also hold lines that are no statements: excluded ones, which the file names and which
//! are left out here, and docstrings, which it does not name. Branches are the arcs that leave a line, in `executed_branches` and
//! `missing_branches`.
//!
//! Each file's `summary` repeats its counts, and `totals` those of all files, so that a removed or edited line, arc or file shows, see
//! [`summary`]. What cannot be seen: lines edited together with the counts around them.

mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Deserialize;
use summary::{Listed, Summary};

use super::json::{Json, once};
use super::text::{beginning, contains, shown, zoned_time, zoneless_time};
use super::{Collector, CoverageReport, FileLines, Format, LineBranches, ReadError, Reader, Repeated, limits};
use crate::facts::Kind;

pub(super) const FORMAT: Format = Format {
    name: "coverage.py",
    kind: Kind::Coverage,
    // Other tools write a `coverage/coverage.json`.
    conventional: &["coverage.json", "cov/coverage.json", "reports/coverage.json"],
    recognises,
    read: Reader::Coverage(read),
};

/// The newest format that is known to mean what is read here.
const NEWEST: u64 = 3;

fn recognises(_path: &str, head: &[u8]) -> bool {
    beginning(head).first() == Some(&b'{')
        && (contains(head, "\"branch_coverage\"") && contains(head, "\"show_contexts\"")
            || contains(head, "\"executed_lines\"") && contains(head, "\"missing_lines\""))
}

/// What `meta` says. The version tells which lists may hold more than the counts say.
#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    format: Option<u64>,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    timestamp: Option<String>,
    #[serde(default)]
    branch_coverage: bool,
}

impl Meta {
    /// Whether lists of executed lines and branches hold only statements; the versions before 7.14 listed all that ran.
    fn lists_statements_only(&self) -> bool {
        let mut numbers = self.version.as_deref().unwrap_or("").split('.').map(|part| part.parse::<u32>().ok());
        match (numbers.next().flatten(), numbers.next().flatten()) {
            (Some(major), Some(minor)) => (major, minor) >= (7, 14),
            _ => true,
        }
    }
}

/// Reads a report. A format that is not known, a file without its lists or counts, counts that differ from the lists, totals that
/// differ from the files, and a report without a measured line are errors.
fn read(input: &mut dyn BufRead) -> Result<CoverageReport, ReadError> {
    let mut json = Json::new(input)?;
    let (mut meta, mut totals) = (None::<Meta>, None::<Summary>);
    let mut files = None::<BTreeMap<String, (FileLines, Listed)>>;
    json.object("a report of coverage.py", |json, key| match key {
        "meta" => {
            once(json, key, meta.as_ref())?;
            meta = Some(json.value()?);
            Ok(())
        }
        "totals" => {
            once(json, key, totals.as_ref())?;
            totals = Some(json.value()?);
            Ok(())
        }
        "files" => {
            once(json, key, files.as_ref())?;
            let mut found = BTreeMap::new();
            json.object("`files`", |json, path| {
                once(json, path, found.get(path))?;
                limits::room_for(&found, path).map_err(|message| json.error(message))?;
                found.insert(path.to_owned(), file(json, path)?);
                Ok(())
            })?;
            files = Some(found);
            Ok(())
        }
        _ => json.skip(),
    })?;
    json.end()?;
    let missing = |what| ReadError::whole(format!("no `{what}`: expected what `coverage json` writes"));
    let meta = meta.ok_or_else(|| missing("meta"))?;
    if let Some(format) = meta.format.filter(|format| *format > NEWEST) {
        return Err(ReadError::whole(format!("format {format} of coverage.py's JSON is not known: expected {NEWEST} at most")));
    }
    let files = files.ok_or_else(|| missing("files"))?;
    let mut sum = Summary::default();
    for (path, (_, listed)) in &files {
        listed.check(meta.lists_statements_only()).map_err(|message| ReadError::whole(format!("{}: {message}", shown(path))))?;
        sum.add(&listed.stated);
    }
    totals.ok_or_else(|| missing("totals"))?.check_sum(&sum).map_err(ReadError::whole)?;
    if files.values().all(|(lines, _)| lines.is_empty()) {
        return Err(ReadError::whole(
            "no line is measured: expected `executed_lines` and `missing_lines`; run the tests with coverage",
        ));
    }
    let time = meta.timestamp.unwrap_or_default();
    Ok(CoverageReport {
        made_at: zoned_time(&time),
        made_within: zoneless_time(&time),
        files: files.into_iter().map(|(path, (lines, _))| (path, lines)).collect(),
        counts_branches: meta.branch_coverage,
        ..CoverageReport::default()
    })
}

/// Reads one file's object.
fn file(json: &mut Json<'_>, path: &str) -> Result<(FileLines, Listed), ReadError> {
    let (mut executed, mut missing, mut excluded) = (None::<Vec<u32>>, None::<Vec<u32>>, None::<Vec<u32>>);
    let (mut taken, mut missed, mut stated) = (None::<Vec<[i64; 2]>>, None::<Vec<[i64; 2]>>, None::<Summary>);
    json.object("a file", |json, key| {
        let list = match key {
            "executed_lines" => &mut executed,
            "missing_lines" => &mut missing,
            "excluded_lines" => &mut excluded,
            "executed_branches" | "missing_branches" => {
                let list = if key == "executed_branches" { &mut taken } else { &mut missed };
                once(json, key, list.as_ref())?;
                *list = Some(json.value()?);
                return Ok(());
            }
            "summary" => {
                once(json, key, stated.as_ref())?;
                stated = Some(json.value()?);
                return Ok(());
            }
            // Functions and classes repeat parts of the lists; contexts say which test ran a line.
            _ => return json.skip(),
        };
        once(json, key, list.as_ref())?;
        *list = Some(json.value()?);
        Ok(())
    })?;
    let without = |what| json.error(format!("{} has no `{what}`: expected what `coverage json` writes", shown(path)));
    let mut executed = executed.ok_or_else(|| without("executed_lines"))?;
    let missing = missing.ok_or_else(|| without("missing_lines"))?;
    let stated = stated.ok_or_else(|| without("summary"))?;
    let mut excluded = excluded.unwrap_or_default();
    excluded.sort_unstable();
    executed.retain(|line| excluded.binary_search(line).is_err());
    let (taken, missed) = (taken.unwrap_or_default(), missed.unwrap_or_default());
    let mut lines = Collector::new(Repeated::AllCover);
    for (list, covered) in [(&executed, true), (&missing, false)] {
        for line in list {
            lines.line(*line, covered);
        }
    }
    for line in branches(&taken, &missed) {
        lines.branches(line);
    }
    let count = |length: usize| length as u64;
    let lines = lines.finish();
    let listed = Listed {
        lines: count(lines.len()),
        executed: count(executed.len()),
        missing: count(missing.len()),
        branches: count(taken.len()),
        missing_branches: count(missed.len()),
        stated,
    };
    Ok((lines, listed))
}

/// The arcs that leave each line; those that enter the file have none.
fn branches(taken: &[[i64; 2]], missed: &[[i64; 2]]) -> Vec<LineBranches> {
    let mut by_line: BTreeMap<u32, LineBranches> = BTreeMap::new();
    let all = taken.iter().map(|arc| (arc, 1)).chain(missed.iter().map(|arc| (arc, 0)));
    for ([from, _], covered) in all {
        let Ok(line) = u32::try_from(*from) else { continue };
        let of = by_line.entry(line).or_insert(LineBranches { line, total: 0, covered: 0 });
        (of.total, of.covered) = (of.total.saturating_add(1), of.covered.saturating_add(covered));
    }
    by_line.into_values().collect()
}
