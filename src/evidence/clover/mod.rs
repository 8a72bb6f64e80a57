//! Clover XML, as `OpenClover`, `PHPUnit` and Istanbul write it.
//!
//! Source: `OpenClover`'s `clover.xsd` and what the tools make of it. A file is named by `path`, which some leave out, and by `name`,
//! which is then absolute or relative to its package. Lines are statements, methods and conditions alike. `OpenClover` counts how
//! often a condition was true and false and gives it no `count`; Istanbul's `truecount` and `falsecount` are the branches taken
//! and not taken. A line that is listed several times is uncovered if any entry has no hits.
//!
//! The sums in `<metrics>` show an edited file, see [`metrics`].

mod metrics;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::BufRead;

use metrics::Metrics;

use super::text::{contains, epoch_time, root_element, shown};
use super::xml::{Event, Xml};
use super::{Collector, CoverageReport, FileLines, Format, LineBranches, ReadError, Reader, Repeated, limits};
use crate::facts::Kind;

pub(super) const FORMAT: Format = Format {
    name: "clover",
    kind: Kind::Coverage,
    conventional: &[
        "clover.xml",
        "coverage/clover.xml",
        "build/clover.xml",
        "build/logs/clover.xml",
        "reports/clover.xml",
        "target/site/clover/clover.xml",
        "build/reports/clover/clover.xml",
    ],
    recognises,
    read: Reader::Coverage(read),
};

/// Cobertura's root has the same name; its first elements are `sources` and `packages`.
pub(super) fn recognises(_path: &str, head: &[u8]) -> bool {
    root_element(head) == Some(b"coverage") && (contains(head, "<project") || contains(head, " clover=\""))
}

/// A file whose end has not been read.
struct File {
    path: String,
    lines: Collector,
    listed: Metrics,
    /// Whether its tool counts only methods as covered that ran whole. `PHPUnit` does, which alone states how risky each one is.
    whole_methods: bool,
}

/// An element that sums up: the project, a package or a file.
#[derive(Default)]
struct Open {
    stated: Option<Metrics>,
    inside: Metrics,
    /// Whether everything inside states its sums.
    complete: bool,
}

/// Reads a report. Another root element, a root without a project, a file without a name, a line without number or hits, sums that
/// cannot be real and a report without a measured line are errors.
fn read(input: &mut dyn BufRead) -> Result<CoverageReport, ReadError> {
    let mut xml = Xml::new(input)?;
    let mut report = CoverageReport::default();
    let mut files: BTreeMap<String, Collector> = BTreeMap::new();
    let mut open: Vec<Open> = Vec::new();
    let mut package = String::new();
    let mut file: Option<File> = None;
    let mut has_project = false;
    loop {
        match xml.next()? {
            Event::Eof => break,
            Event::Start => match (xml.name(), &mut file) {
                ("coverage", _) if xml.depth() == 1 => {
                    report.made_at = xml.attribute("generated").and_then(|time| epoch_time(&time));
                }
                (other, _) if xml.depth() == 1 => {
                    return Err(xml.error(format!("the root element is <{}>: expected Clover's <coverage>", shown(other))));
                }
                ("project" | "testproject", None) if xml.depth() == 2 => {
                    has_project = true;
                    open.push(Open { complete: true, ..Open::default() });
                }
                ("package", None) if open.len() == 1 => {
                    package = xml.attribute("name").unwrap_or_default().into_owned();
                    open.push(Open { complete: true, ..Open::default() });
                }
                ("file", None) if !open.is_empty() => {
                    let path = path(&xml, &package)?;
                    let lines = Collector::new(Repeated::AllCover);
                    file = Some(File { path, lines, listed: Metrics::default(), whole_methods: false });
                    open.push(Open::default());
                }
                ("line", Some(file)) => line(&xml, file, &mut report.counts_branches)?,
                ("metrics", _) => {
                    if let Some(open) = open.last_mut() {
                        open.stated = Metrics::read(&xml).map_err(|message| xml.error(message))?;
                    }
                }
                (name @ ("project" | "testproject" | "package" | "file" | "line"), _) => {
                    return Err(xml.error(format!("<{name}> at a place where nobody reads it: expected Clover")));
                }
                // Classes sum up parts of files.
                _ => xml.skip()?,
            },
            Event::End => {
                let name = xml.name();
                if matches!(name, "project" | "testproject" | "package" | "file") {
                    let Some(ended) = open.pop() else { continue };
                    let checked = match file.take() {
                        Some(file) => {
                            limits::room_for(&files, &file.path).map_err(|message| xml.error(message))?;
                            files.entry(file.path).or_insert_with(|| Collector::new(Repeated::AllCover)).add(file.lines.finish());
                            ended.stated.map_or(Ok(()), |stated| stated.check_lines(file.listed, file.whole_methods))
                        }
                        None if ended.complete => ended.stated.map_or(Ok(()), |stated| stated.check_sum(ended.inside)),
                        None => Ok(()),
                    };
                    checked.map_err(|message| xml.error(format!("<{name}>: {message}: the report is damaged; write it anew")))?;
                    if name == "package" {
                        package.clear();
                    }
                    if let Some(around) = open.last_mut() {
                        around.complete &= ended.stated.is_some();
                        around.inside.add(ended.stated.unwrap_or_default());
                    }
                }
            }
        }
    }
    if !has_project {
        return Err(ReadError::whole("no <project>: expected Clover"));
    }
    report.files = files.into_iter().map(|(path, lines)| (path, lines.finish())).collect();
    if report.files.values().all(FileLines::is_empty) {
        return Err(ReadError::whole("no line is measured: expected <line num=\"..\" count=\"..\" type=\"..\"/> elements"));
    }
    Ok(report)
}

/// Where the file lies: `path`, otherwise `name`, which starts from the directory of the package where it names none.
fn path(xml: &Xml<'_>, package: &str) -> Result<String, ReadError> {
    let stated = |key: &str| xml.attribute(key).filter(|value| !value.is_empty());
    if let Some(path) = stated("path") {
        return Ok(path.into_owned());
    }
    let name = stated("name").ok_or_else(|| xml.error("a file without `path` and `name`: expected Clover"))?;
    let simple = !name.contains(['/', '\\']);
    Ok(if simple && !package.is_empty() { format!("{}/{name}", package.replace('.', "/")) } else { name.into_owned() })
}

fn line(xml: &Xml<'_>, file: &mut File, counts_branches: &mut bool) -> Result<(), ReadError> {
    let number = xml.number("num").filter(|number| *number <= FileLines::MAX_LINE);
    let number = number.ok_or_else(|| xml.error("a line without its number `num`: expected Clover"))?;
    let count = |key: &str| match xml.attribute(key) {
        None => Ok(None),
        Some(_) => xml.number::<u64>(key).map(Some).ok_or_else(|| xml.error(format!("`{key}` of line {number} is not a number"))),
    };
    let (hits, whens) = (count("count")?, count("truecount")?.zip(count("falsecount")?));
    let hits = hits.or_else(|| whens.map(|(yes, no)| yes.saturating_add(no)));
    let hits = hits.ok_or_else(|| xml.error(format!("line {number} has no number of hits (`count`)")))?;
    file.lines.line(number, hits > 0);
    file.whole_methods |= xml.attribute("crap").is_some();
    let kind = xml.attribute("type").unwrap_or_default();
    match &*kind {
        "stmt" | "cond" => file.listed.statement(hits > 0),
        "method" => file.listed.method(hits > 0),
        other => return Err(xml.error(format!("line {number} is of the type `{}`: expected stmt, method or cond", shown(other)))),
    }
    if let Some((yes, no)) = whens {
        *counts_branches = true;
        let few = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let (total, covered) = match xml.attribute("count") {
            Some(_) => (few(yes.saturating_add(no)), few(yes)),
            None => (2, u32::from(yes > 0) + u32::from(no > 0)),
        };
        file.lines.branches(LineBranches { line: number, total, covered });
    }
    Ok(())
}
