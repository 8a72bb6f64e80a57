//! Istanbul's JSON (`coverage-final.json`), as nyc, c8, Jest and Vitest write it.
//!
//! Source: `istanbul-lib-coverage`, class `FileCoverage`. A file has a map of statements, functions and branches with their places, and
//! a table of hits for each (`s`, `f`, `b`). Lines are derived as Istanbul derives them: a line is measured if a statement starts on it,
//! and ran if one of these did. A branch belongs to the line on which its whole starts.
//!
//! Maps and tables name each other's entries: one that stands in only one of them shows a damaged file. What cannot be seen: edited
//! hits, a statement that was taken out of both, and a file that was taken out.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Deserialize;

use super::json::{Json, once};
use super::text::{beginning, contains, shown};
use super::{Collector, CoverageReport, FileLines, Format, LineBranches, ReadError, Reader, Repeated, limits};
use crate::facts::Kind;

pub(super) const FORMAT: Format = Format {
    name: "istanbul",
    kind: Kind::Coverage,
    conventional: &["coverage-final.json", "coverage/coverage-final.json", "cov/coverage-final.json"],
    recognises,
    read: Reader::Coverage(read),
};

fn recognises(_path: &str, head: &[u8]) -> bool {
    beginning(head).first() == Some(&b'{') && contains(head, "\"statementMap\"")
}

#[derive(Deserialize)]
struct Point {
    #[serde(default)]
    line: Option<u32>,
}

#[derive(Deserialize)]
struct Span {
    start: Point,
}

/// The place of a branch or a function.
#[derive(Deserialize)]
struct Whole {
    #[serde(default)]
    loc: Option<Span>,
    #[serde(default)]
    line: Option<u32>,
    #[serde(default)]
    locations: Option<Vec<serde::de::IgnoredAny>>,
}

/// What a file's object holds; each is `None` until its key was read.
#[derive(Default)]
struct File {
    path: Option<String>,
    statements: Option<BTreeMap<String, Span>>,
    functions: Option<BTreeMap<String, Whole>>,
    branches: Option<BTreeMap<String, Whole>>,
    statement_hits: Option<BTreeMap<String, f64>>,
    function_hits: Option<BTreeMap<String, f64>>,
    branch_hits: Option<BTreeMap<String, Vec<f64>>>,
}

/// Reads a report. A file without its maps and tables, an entry of one that the other lacks, a place without a line and a report
/// without a measured line are errors.
fn read(input: &mut dyn BufRead) -> Result<CoverageReport, ReadError> {
    let mut json = Json::new(input)?;
    let mut report = CoverageReport { counts_branches: true, ..CoverageReport::default() };
    json.object("a report of Istanbul", |json, key| {
        let mut file = file(json)?;
        let path = file.path.take().filter(|path| !path.is_empty()).unwrap_or_else(|| key.to_owned());
        let lines = file.lines().map_err(|message| json.error(format!("{}: {message}", shown(&path))))?;
        once(json, &path, report.files.get(&path))?;
        limits::room_for(&report.files, &path).map_err(|message| json.error(message))?;
        report.files.insert(path, lines);
        Ok(())
    })?;
    json.end()?;
    if report.files.values().all(FileLines::is_empty) {
        return Err(ReadError::whole("no line is measured: expected files with statements; run the tests with coverage"));
    }
    Ok(report)
}

fn file(json: &mut Json<'_>) -> Result<File, ReadError> {
    let mut file = File::default();
    json.object("a file", |json, key| {
        match key {
            "path" => {
                once(json, key, file.path.as_ref())?;
                file.path = Some(json.value()?);
            }
            "statementMap" => table(json, key, &mut file.statements)?,
            "fnMap" => table(json, key, &mut file.functions)?,
            "branchMap" => table(json, key, &mut file.branches)?,
            "s" => table(json, key, &mut file.statement_hits)?,
            "f" => table(json, key, &mut file.function_hits)?,
            "b" => table(json, key, &mut file.branch_hits)?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(file)
}

/// Reads one of the maps and tables, whose keys stand there once.
fn table<T: for<'v> Deserialize<'v>>(
    json: &mut Json<'_>,
    name: &str,
    place: &mut Option<BTreeMap<String, T>>,
) -> Result<(), ReadError> {
    once(json, name, place.as_ref())?;
    let mut entries = BTreeMap::new();
    json.object(&format!("`{name}`"), |json, id| {
        once(json, id, entries.get(id))?;
        if entries.len() == limits::PLACES {
            return Err(json.error(limits::too_many("statements, functions or branches of one file", limits::PLACES)));
        }
        entries.insert(id.to_owned(), json.value()?);
        Ok(())
    })?;
    *place = Some(entries);
    Ok(())
}

impl File {
    /// The file's lines with their branches. The error is a part of a sentence.
    fn lines(self) -> Result<FileLines, String> {
        let (statements, hits) = pair("statementMap", self.statements, "s", self.statement_hits)?;
        pair("fnMap", self.functions, "f", self.function_hits)?;
        let (branches, taken) = pair("branchMap", self.branches, "b", self.branch_hits)?;
        let mut lines = Collector::new(Repeated::AnyCovers);
        for (span, (id, hits)) in statements.into_values().zip(hits) {
            let line = span.start.line.ok_or_else(|| format!("statement {} starts on no line", shown(&id)))?;
            lines.line(line, hits > 0.0);
        }
        let mut by_line: BTreeMap<u32, LineBranches> = BTreeMap::new();
        for (place, (id, taken)) in branches.into_values().zip(taken) {
            let line = place.loc.and_then(|span| span.start.line).or(place.line);
            let line = line.ok_or_else(|| format!("branch {} starts on no line", shown(&id)))?;
            if let Some(places) = place.locations.filter(|places| places.len() != taken.len()) {
                let (id, places) = (shown(&id), places.len());
                return Err(format!("branch {id} has {places} places but {} counts of hits: {DAMAGED}", taken.len()));
            }
            let few = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            let of = by_line.entry(line).or_insert(LineBranches { line, total: 0, covered: 0 });
            of.total = of.total.saturating_add(few(taken.len()));
            of.covered = of.covered.saturating_add(few(taken.iter().filter(|hits| **hits > 0.0).count()));
        }
        for branches in by_line.into_values() {
            lines.branches(branches);
        }
        Ok(lines.finish())
    }
}

const DAMAGED: &str = "the report is damaged; write it anew";

type Tables<P, H> = (BTreeMap<String, P>, BTreeMap<String, H>);

/// A map and its table of hits, which have to name the same entries. The error is a part of a sentence.
fn pair<P, H>(
    map: &str,
    places: Option<BTreeMap<String, P>>,
    table: &str,
    hits: Option<BTreeMap<String, H>>,
) -> Result<Tables<P, H>, String> {
    let (Some(places), Some(hits)) = (places, hits) else {
        return Err(format!("no `{map}` or no `{table}`: expected a file of Istanbul's JSON"));
    };
    let lacks = |id: &str, without: &str, with: &str| Err(format!("`{without}` lacks {} of `{with}`: {DAMAGED}", shown(id)));
    if let Some(id) = places.keys().find(|id| !hits.contains_key(*id)) {
        return lacks(id, table, map);
    }
    match hits.keys().find(|id| !places.contains_key(*id)) {
        Some(id) => lacks(id, map, table),
        None => Ok((places, hits)),
    }
}
