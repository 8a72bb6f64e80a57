//! Cobertura XML, as Cobertura, coverage.py, gcovr, Istanbul, coverlet, `PHPUnit` and many converters write it.
//!
//! Source: coverage-04.dtd and what the tools make of it: several `<source>` roots; inner classes and partial classes list a file
//! again; a line stands below its method and below its class, and some tools only write one of the two. What stands below the class
//! counts; below a method, only the lines that its class does not list. A line that several classes list, or one class several
//! times, is uncovered if any entry has no hits.
//!
//! The rates of the classes and the sums on the root element show an edited file, see [`sums`]. What cannot be seen: hits edited
//! together with them, or in a file that states none.

mod sums;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::BufRead;

use super::text::{epoch_time, root_element, shown, zoned_time};
use super::xml::{Event, Xml};
use super::{Collector, CoverageReport, FileLines, Format, LineBranches, ReadError, Reader, Repeated, limits};
use crate::facts::Kind;
use sums::{Counted, Doubts, Rates, Sums};

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

fn recognises(path: &str, head: &[u8]) -> bool {
    // Clover's root has the same name.
    root_element(head) == Some(b"coverage") && !super::clover::recognises(path, head)
}

/// A class whose end has not been read.
struct Class {
    path: String,
    rates: Rates,
    lines: Collector,
    /// What its methods list.
    methods: Collector,
    in_method: bool,
}

impl Class {
    fn start(xml: &Xml<'_>) -> Result<Class, ReadError> {
        let path = xml.attribute("filename").filter(|name| !name.is_empty());
        Ok(Class {
            path: path.ok_or_else(|| xml.error("a class without `filename`: expected Cobertura"))?.into_owned(),
            rates: Rates::read(xml),
            lines: Collector::new(Repeated::AllCover),
            methods: Collector::new(Repeated::AllCover),
            in_method: false,
        })
    }

    /// The class's path, all its lines, and what stands directly below it.
    fn end(self, xml: &Xml<'_>, doubts: &mut Doubts) -> (String, FileLines, Counted) {
        let lines = self.lines.finish();
        let own = Counted::of(&lines);
        let lines = lines.filled_up(&self.methods.finish());
        self.rates.doubt(Counted::of(&lines), own, &self.path, xml, doubts);
        (self.path, lines, own)
    }
}

/// Reads a report. Another root element, a root without packages, a class without a file name or inside another one, a line
/// without number or hits, rates and sums that cannot be real and a report without a measured line are errors.
fn read(input: &mut dyn BufRead) -> Result<CoverageReport, ReadError> {
    let mut xml = Xml::new(input)?;
    let mut report = CoverageReport::default();
    let mut stated = Sums::default();
    let (mut by_class, mut own) = (Counted::default(), Counted::default());
    let mut files: BTreeMap<String, Collector> = BTreeMap::new();
    let mut class: Option<Class> = None;
    let (mut has_packages, mut doubts) = (false, Doubts::default());
    loop {
        match xml.next()? {
            Event::Eof => break,
            Event::Start => match (xml.name(), &mut class) {
                ("line", Some(class)) => line(&xml, class, &mut report.counts_branches)?,
                ("method", Some(class)) => class.in_method = true,
                ("class", Some(_)) => return Err(xml.error("a class inside a class: expected Cobertura")),
                ("class", none) => *none = Some(Class::start(&xml)?),
                (name, _) if xml.depth() == 1 => {
                    if name != "coverage" {
                        let name = shown(name);
                        return Err(xml.error(format!("the root element is <{name}>: expected Cobertura's <coverage>")));
                    }
                    let time = xml.attribute("timestamp").unwrap_or_default();
                    report.made_at = zoned_time(&time).or_else(|| epoch_time(&time));
                    stated = Sums::read(&xml);
                }
                ("packages", _) if xml.depth() == 2 => has_packages = true,
                _ => {}
            },
            Event::End => match (xml.name(), &mut class) {
                ("method", Some(class)) => class.in_method = false,
                ("class", ended) => {
                    if let Some(ended) = ended.take() {
                        let (path, lines, below) = ended.end(&xml, &mut doubts);
                        by_class.add(&lines);
                        own.sum(below);
                        limits::room_for(&files, &path).map_err(|message| xml.error(message))?;
                        files.entry(path).or_insert_with(|| Collector::new(Repeated::AllCover)).add(lines);
                    }
                }
                ("source", _) if !xml.text().is_empty() => {
                    if report.roots.len() == limits::ROOTS {
                        return Err(xml.error(limits::too_many("elements `source`", limits::ROOTS)));
                    }
                    report.roots.push(xml.text().to_owned());
                }
                _ => {}
            },
        }
    }
    if !has_packages {
        return Err(ReadError::whole("no <packages>: expected Cobertura"));
    }
    let mut by_file = Counted::default();
    for (path, lines) in files {
        let lines = lines.finish();
        by_file.add(&lines);
        report.files.insert(path, lines);
    }
    if by_file.lines == 0 {
        return Err(ReadError::whole("no line is measured: expected <line number=\"..\" hits=\"..\"/> elements"));
    }
    let counts = stated.check(&[by_file, by_class, own]).map_err(ReadError::whole)?;
    let doubt = doubts.lines.filter(|_| counts.lines).or(doubts.branches.filter(|_| counts.branches));
    doubt.map_or(Ok(report), Err)
}

fn line(xml: &Xml<'_>, class: &mut Class, counts_branches: &mut bool) -> Result<(), ReadError> {
    let number = xml.number("number").filter(|number| *number <= FileLines::MAX_LINE);
    let number = number.ok_or_else(|| xml.error("a line without a `number`: expected Cobertura"))?;
    let hits = xml.hits("hits").ok_or_else(|| xml.error(format!("line {number} has no number of `hits`")))?;
    let lines = if class.in_method { &mut class.methods } else { &mut class.lines };
    lines.line(number, hits != 0.0);
    let condition = xml.attribute("condition-coverage");
    if condition.is_some() || xml.attribute("branch").is_some() {
        *counts_branches = true;
    }
    if let Some((covered, total)) = condition.as_deref().and_then(fraction) {
        lines.branches(LineBranches { line: number, total, covered });
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
