//! `JaCoCo` XML, as the Maven and Gradle plugins, the Ant task and the command line write it.
//!
//! Source: `report.dtd`, version 1.1. A file's path is its package's name, in which `/` separates, and its own; nothing says where
//! the source directory of the package lies, nor to which module a `<group>` belongs, so that both are left to the joining of
//! paths; two groups may mean two files by one path, whose line is uncovered if either leaves it. A line ran if one of its instructions did (`ci`); its branches are `cb` of `mb` and `cb`. Methods say nothing of single
//! lines and are stepped over.
//!
//! Each file, package, group and the report repeat their sums as `<counter>`s. Those of `LINE` and `BRANCH` must be those that are
//! listed, see [`counters`]. What cannot be seen: lines edited together with all the counters around them.

mod counters;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::BufRead;

use counters::Counters;

use super::text::{contains, earliest, epoch_time, root_element, shown};
use super::xml::{Event, Xml};
use super::{Collector, CoverageReport, FileLines, Format, LineBranches, ReadError, Reader, Repeated, limits};
use crate::facts::Kind;

pub(super) const FORMAT: Format = Format {
    name: "jacoco",
    kind: Kind::Coverage,
    conventional: &[
        "jacoco.xml",
        "target/site/jacoco/jacoco.xml",
        "target/site/jacoco-aggregate/jacoco.xml",
        "build/reports/jacoco/test/jacocoTestReport.xml",
        "build/reports/jacoco/*/*.xml",
    ],
    recognises,
    read: Reader::Coverage(read),
};

/// Other tools call their root `report` too.
fn recognises(_path: &str, head: &[u8]) -> bool {
    root_element(head) == Some(b"report")
        && (["JACOCO", "<sessioninfo", "<sourcefile"].iter().any(|mark| contains(head, mark))
            || (contains(head, "<package ") && contains(head, "<class ")))
}

/// A source file whose end has not been read.
struct Source {
    path: String,
    lines: Collector,
}

/// An element that sums up: the report, a group, a package or a source file.
struct Open {
    listed: Counters,
    /// Of a package, what its classes without a source file state.
    sourceless: Counters,
    stated: Counters,
}

/// Reads a report. Another root element, a source file outside of a package or without a name, a line without its numbers,
/// counters that differ from what is listed and a report without a measured line are errors.
fn read(input: &mut dyn BufRead) -> Result<CoverageReport, ReadError> {
    let mut xml = Xml::new(input)?;
    let mut report = CoverageReport { counts_branches: true, ..CoverageReport::default() };
    let mut files: BTreeMap<String, Collector> = BTreeMap::new();
    let mut open: Vec<Open> = Vec::new();
    let mut package: Option<String> = None;
    let mut source: Option<Source> = None;
    loop {
        match xml.next()? {
            Event::Eof => break,
            Event::Start => match (xml.name(), &mut source, &package) {
                ("report", ..) if xml.depth() == 1 => open.push(Open::new()),
                (other, ..) if xml.depth() == 1 => {
                    return Err(xml.error(format!("the root element is <{}>: expected JaCoCo's <report>", shown(other))));
                }
                // The earliest: a run that is merged in later does not make the others new.
                ("sessioninfo", ..) => {
                    let dumped = xml.attribute("dump").and_then(|time| epoch_time(&time));
                    report.made_at = earliest(report.made_at, dumped);
                }
                ("group", None, None) => open.push(Open::new()),
                ("package", None, None) => {
                    let name = xml.attribute("name").ok_or_else(|| xml.error("a package without a `name`: expected JaCoCo"))?;
                    package = Some(name.into_owned());
                    open.push(Open::new());
                }
                ("sourcefile", None, Some(package)) => {
                    source = Some(Source { path: path(&xml, package)?, lines: Collector::new(Repeated::AllCover) });
                    open.push(Open::new());
                }
                ("line", Some(source), _) => line(&xml, &mut source.lines)?,
                ("counter", ..) => {
                    if let Some(open) = open.last_mut() {
                        counter(&xml, &mut open.stated)?;
                    }
                }
                ("class", None, Some(_)) => {
                    let counted = class(&mut xml)?;
                    if let Some(package) = open.last_mut() {
                        package.sourceless.add(&counted);
                    }
                }
                (name, ..) => {
                    return Err(xml.error(format!("<{}> at a place where nobody reads it: expected JaCoCo", shown(name))));
                }
            },
            Event::End => {
                let name = xml.name();
                if matches!(name, "sourcefile" | "package" | "group" | "report") {
                    let Some(Open { mut listed, sourceless, stated }) = open.pop() else { continue };
                    if let Some(Source { path, lines }) = source.take() {
                        let lines = lines.finish();
                        listed = Counters::of(&lines);
                        limits::room_for(&files, &path).map_err(|message| xml.error(message))?;
                        files.entry(path).or_insert_with(|| Collector::new(Repeated::AllCover)).add(lines);
                    }
                    let mut with_sourceless = listed;
                    with_sourceless.add(&sourceless);
                    if stated.check(&with_sourceless, name).is_ok() {
                        listed = with_sourceless;
                    }
                    stated.check(&listed, name).map_err(|message| xml.error(message))?;
                    if name == "package" {
                        package = None;
                    }
                    if let Some(around) = open.last_mut() {
                        around.listed.add(&listed);
                    }
                }
            }
        }
    }
    report.files = files.into_iter().map(|(path, lines)| (path, lines.finish())).collect();
    if report.files.values().all(FileLines::is_empty) {
        return Err(ReadError::whole(
            "no line is measured: expected <sourcefile> elements with <line nr=\"..\" ci=\"..\"/>; compile with debug information",
        ));
    }
    Ok(report)
}

impl Open {
    fn new() -> Open {
        Open { listed: Counters::default(), sourceless: Counters::default(), stated: Counters::default() }
    }
}

/// The path of a source file below the directory that its package starts from.
fn path(xml: &Xml<'_>, package: &str) -> Result<String, ReadError> {
    let name = xml.attribute("name").filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| xml.error("a source file without a `name`: expected JaCoCo"))?;
    Ok(if package.is_empty() { name.into_owned() } else { format!("{package}/{name}") })
}

fn line(xml: &Xml<'_>, lines: &mut Collector) -> Result<(), ReadError> {
    let count = |key: &str| xml.number::<u32>(key);
    let number = count("nr").filter(|number| *number <= FileLines::MAX_LINE);
    let number = number.ok_or_else(|| xml.error("a line without its number `nr`: expected JaCoCo"))?;
    let (Some(_), Some(ran)) = (count("mi"), count("ci")) else {
        return Err(xml.error(format!(
            "line {number} has no numbers of missed and covered instructions (`mi`, `ci`): nobody knows whether it ran"
        )));
    };
    lines.line(number, ran > 0);
    // Both are left out by some converters.
    let branches = |key: &str| match xml.attribute(key) {
        None => Ok(0),
        Some(_) => count(key).ok_or_else(|| xml.error(format!("`{key}` of line {number} is not a number: expected JaCoCo"))),
    };
    let (missed, covered) = (branches("mb")?, branches("cb")?);
    lines.branches(LineBranches { line: number, total: missed.saturating_add(covered), covered });
    Ok(())
}

/// Steps over a class, whose lines its source file lists; without one, its counters stand for it.
fn class(xml: &mut Xml<'_>) -> Result<Counters, ReadError> {
    let mut stated = Counters::default();
    if xml.attribute("sourcefilename").is_some() {
        xml.skip()?;
        return Ok(stated);
    }
    let depth = xml.depth();
    while xml.next()? == Event::Start || xml.depth() >= depth {
        if xml.name() == "counter" && xml.depth() == depth + 1 {
            counter(xml, &mut stated)?;
        } else if xml.depth() > depth {
            xml.skip()?;
        }
    }
    Ok(stated)
}

fn counter(xml: &Xml<'_>, stated: &mut Counters) -> Result<(), ReadError> {
    let kind = xml.attribute("type").unwrap_or_default();
    let known = matches!(&*kind, "LINE" | "BRANCH");
    let pair = xml.number("missed").zip(xml.number("covered"));
    let pair = pair.ok_or_else(|| xml.error("a counter without `missed` and `covered`: expected JaCoCo"))?;
    if known && !stated.state(&kind, pair) {
        return Err(xml.error(format!("two counters for {kind} of one element: the report contradicts itself")));
    }
    Ok(())
}
