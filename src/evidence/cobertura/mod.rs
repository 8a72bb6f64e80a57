//! Cobertura XML, as Cobertura, coverage.py, gcovr, Istanbul, coverlet, `PHPUnit` and many converters write it.
//!
//! Source: coverage-04.dtd and what the tools make of it: several `<source>` roots; inner classes and partial classes list a file
//! again; a line stands below its method and below its class, and some tools only write one of the two. A line listed several
//! times is uncovered if any entry has no hits.
//!
//! The sums on the root element show an edited file only where a tool counts lines as kadian does, see [`Sums`]. What cannot be
//! seen: hits edited together with the sums, or in a file that states none.

#[cfg(test)]
mod tests;

use std::io::BufRead;

use super::text::{epoch_time, root_element, shown, zoned_time};
use super::xml::{Event, Xml};
use super::{CoverageReport, FileLines, Format, ReadError, Reader};
use crate::facts::Kind;

pub(super) const FORMAT: Format = Format {
    name: "cobertura",
    kind: Kind::Coverage,
    conventional: &[
        "coverage.xml",
        "cobertura.xml",
        "cobertura-coverage.xml",
        "coverage.cobertura.xml",
        "coverage/coverage.xml",
        "coverage/cobertura.xml",
        "coverage/cobertura-coverage.xml",
        "coverage/coverage.cobertura.xml",
        "cov/cobertura.xml",
        "reports/coverage.xml",
        "reports/cobertura*.xml",
        "build/reports/cobertura*.xml",
        "target/site/cobertura/coverage.xml",
        "TestResults/*/coverage.cobertura.xml",
    ],
    recognises,
    read: Reader::Coverage(read),
};

/// Clover and `JaCoCo` are recognised as well, so that the reader can say what to do.
fn recognises(_path: &str, head: &[u8]) -> bool {
    let jacoco = || [&b"JACOCO"[..], b"<sessioninfo"].iter().any(|mark| head.windows(mark.len()).any(|window| window == *mark));
    match root_element(head) {
        Some(b"coverage") => true,
        Some(b"report") => jacoco(),
        _ => false,
    }
}

/// The sums that the root element may state.
///
/// A tool that counts every line of every file once (coverage.py, gcovr, Istanbul) states as many lines as kadian counts; then
/// more covered lines than it states mean that someone edited hits. Other tools count lines per class; nothing follows there.
#[derive(Default)]
struct Sums {
    lines: Option<u64>,
    covered: Option<u64>,
}

/// Reads a report. Another root element, a root without packages, a class without a file name, a line without number or hits and
/// a report without a measured line are errors.
fn read(input: &mut dyn BufRead) -> Result<CoverageReport, ReadError> {
    let mut xml = Xml::new(input)?;
    let mut report = CoverageReport::default();
    let mut sums = Sums::default();
    let mut file: Option<String> = None;
    let mut lines = FileLines::default();
    let mut has_packages = false;
    loop {
        match xml.next()? {
            Event::Eof => break,
            Event::Start => match (xml.name(), xml.depth()) {
                (name, 1) => {
                    root(&xml, name)?;
                    let stated = xml.attribute("timestamp").unwrap_or_default();
                    report.made_at = zoned_time(&stated).or_else(|| epoch_time(&stated));
                    sums = Sums { lines: xml.number("lines-valid"), covered: xml.number("lines-covered") };
                }
                ("packages", 2) => has_packages = true,
                ("project", 2) => return Err(xml.error(CLOVER)),
                ("class", _) => {
                    let name = xml.attribute("filename").filter(|name| !name.is_empty());
                    file = Some(name.ok_or_else(|| xml.error("a class without `filename`: expected Cobertura"))?.into_owned());
                }
                ("line", _) if file.is_some() => line(&xml, &mut lines, &mut report.counts_branches)?,
                _ => {}
            },
            Event::End => match xml.name() {
                "source" if !xml.text().is_empty() => report.roots.push(xml.text().to_owned()),
                "class" => {
                    if let Some(path) = file.take() {
                        merge(report.files.entry(path).or_default(), std::mem::take(&mut lines));
                    }
                }
                _ => {}
            },
        }
    }
    if !has_packages {
        return Err(ReadError::whole("no <packages>: expected Cobertura"));
    }
    check(&report, &sums)?;
    Ok(report)
}

const CLOVER: &str =
    "this is a Clover report: expected Cobertura; kadian does not read Clover, let the tool write Cobertura or lcov";

fn root(xml: &Xml<'_>, name: &str) -> Result<(), ReadError> {
    match name {
        "coverage" if xml.attribute("clover").is_some() => Err(xml.error(CLOVER)),
        "coverage" => Ok(()),
        "report" => Err(xml.error(
            "the root element is <report>, as in a JaCoCo report: expected Cobertura's <coverage>; kadian does not read JaCoCo, \
             convert it to Cobertura",
        )),
        other => Err(xml.error(format!("the root element is <{}>: expected Cobertura's <coverage>", shown(other)))),
    }
}

fn line(xml: &Xml<'_>, lines: &mut FileLines, counts_branches: &mut bool) -> Result<(), ReadError> {
    let number: u32 = xml.number("number").ok_or_else(|| xml.error("a line without a `number`: expected Cobertura"))?;
    let hits: f64 = xml
        .number("hits")
        .filter(|hits: &f64| hits.is_finite())
        .ok_or_else(|| xml.error(format!("line {number} has no number of `hits`")))?;
    let condition = xml.attribute("condition-coverage");
    if xml.attribute("branch").is_some() || condition.is_some() {
        *counts_branches = true;
    }
    if number == 0 {
        return Ok(());
    }
    let (covered, branches) = condition.as_deref().and_then(fraction).unwrap_or_default();
    let known = lines.lines.contains_key(&number);
    let entry = lines.lines.entry(number).or_default();
    let ran = hits != 0.0;
    entry.covered = ran && (entry.covered || !known);
    // The same line below its method and below its class has the same branches; of differing ones the larger number counts.
    if branches > entry.branches {
        (entry.branches, entry.branches_covered) = (branches, covered);
    } else if branches == entry.branches {
        entry.branches_covered = entry.branches_covered.min(covered);
    }
    Ok(())
}

/// `50% (1/2)` as 1 of 2; `None` where it is something else or more than the whole.
fn fraction(text: &str) -> Option<(u32, u32)> {
    let inside = text.split_once('(')?.1.split_once(')')?.0;
    let (covered, total) = inside.split_once('/')?;
    let (covered, total) = (covered.trim().parse().ok()?, total.trim().parse().ok()?);
    (covered <= total).then_some((covered, total))
}

fn merge(into: &mut FileLines, from: FileLines) {
    for (number, line) in from.lines {
        let entry = into.lines.entry(number).or_insert(line);
        entry.covered &= line.covered;
        if line.branches > entry.branches {
            (entry.branches, entry.branches_covered) = (line.branches, line.branches_covered);
        } else if line.branches == entry.branches {
            entry.branches_covered = entry.branches_covered.min(line.branches_covered);
        }
    }
}

fn check(report: &CoverageReport, sums: &Sums) -> Result<(), ReadError> {
    let (mut lines, mut covered) = (0_u64, 0_u64);
    for line in report.files.values().flat_map(|file| file.lines.values()) {
        lines += 1;
        covered += u64::from(line.covered);
    }
    if lines == 0 {
        return Err(ReadError::whole("no line is measured: expected <line number=\"..\" hits=\"..\"/> elements"));
    }
    match (sums.lines, sums.covered) {
        (Some(valid), Some(stated)) if valid == lines && covered > stated => Err(ReadError::whole(format!(
            "the report states {stated} covered lines of {valid} but lists {covered}: it is damaged; write it anew"
        ))),
        _ => Ok(()),
    }
}
