//! The XML of `SpotBugs`, and of `FindBugs` before it.
//!
//! Severities follow the rank: 1 to 4 (scariest) is critical, 5 to 9 (scary) high, 10 to 14 (troubling) medium, 15 to 20 (of concern) low;
//! without a rank priority 1 is high, 2 medium, 3 low, 4 and 5 notes. Paths are those of the package (`edu/hm/A.java`), below whichever
//! source root. Every cut is seen; a report that counts errors of the analysis, or ends without saying how many there were, is an error,
//! and so is one whose summary counts more bugs than it lists. What cannot be seen: bugs that someone took out together with it. Source: `SpotBugs`' `bugcollection.xsd`.

use std::io::BufRead;

use super::text::{epoch_time, root_element};
use super::xml::{Event, Xml};
use super::{Format, ReadError, Reader, ScanReport, ScanResult};
use crate::facts::{Kind, Severity, Tool};

pub(super) const FORMAT: Format = Format {
    name: "spotbugs",
    kind: Kind::Scan,
    conventional: &["spotbugsXml.xml", "target/spotbugsXml.xml", "target/findbugsXml.xml", "build/reports/spotbugs/*.xml"],
    recognises: |_, head| root_element(head) == Some(b"BugCollection"),
    read: Reader::Scan(read),
};

const TOOL: &str = "spotbugs";

/// A bug whose end has not come.
#[derive(Default)]
struct Bug {
    kind: String,
    severity: Option<Severity>,
    hash: Option<String>,
    short: String,
    long: String,
    place: Option<Place>,
}

/// Where a bug is, and how much that is its own place: 3 for the one that is marked primary, 2 for another of the bug, 1 for that of
/// its class, field or method.
struct Place {
    path: String,
    first: Option<i64>,
    last: Option<i64>,
    rank: u8,
}

/// Reads a report; a bug without a severity and an analysis with errors are errors.
fn read(input: &mut dyn BufRead) -> Result<ScanReport, ReadError> {
    let mut xml = Xml::new(input)?;
    let mut report = ScanReport::default();
    let (mut open, mut ended, mut stated) = (None::<Bug>, false, 0);
    loop {
        match xml.next()? {
            Event::Eof if stated > report.results.len() => {
                let listed = report.results.len();
                return Err(xml.error(format!("the summary states {stated} bugs but {listed} are listed: write the report anew")));
            }
            Event::Eof if ended => return Ok(report),
            Event::Eof => return Err(xml.error("no <Errors>: expected SpotBugs to say how its analysis ended")),
            Event::Start => match (xml.depth(), xml.name()) {
                (1, "BugCollection") => {
                    let version = xml.attribute("version").map(String::from).filter(|version| !version.is_empty());
                    report.tools.push(Tool { name: TOOL.to_owned(), version });
                    report.made_at = xml.attribute("analysisTimestamp").and_then(|time| epoch_time(&time));
                }
                (1, _) => return Err(xml.error("expected <BugCollection>")),
                (2, "BugInstance") => open = Some(bug(&xml)?),
                (2, "Errors") => {
                    if xml.number::<u64>("errors") != Some(0) {
                        return Err(xml.error("the analysis had errors: what it did not reach is not known; run it again"));
                    }
                    ended = true;
                }
                // Fewer than are listed are real: bugs that earlier analyses found are listed, too.
                (2, "FindBugsSummary") => stated = xml.number("total_bugs").unwrap_or(0),
                (depth, "SourceLine") => {
                    if let Some(bug) = &mut open {
                        let primary = xml.attribute("primary").as_deref() == Some("true");
                        let rank = if depth > 3 {
                            1
                        } else if primary {
                            3
                        } else {
                            2
                        };
                        take_place(&xml, bug, rank);
                    }
                }
                (_, "BugInstance") => return Err(xml.error("a <BugInstance> inside of another element")),
                _ => {}
            },
            Event::End => match (&mut open, xml.name()) {
                (Some(bug), "ShortMessage") => xml.text().clone_into(&mut bug.short),
                (Some(bug), "LongMessage") => xml.text().clone_into(&mut bug.long),
                (Some(_), "BugInstance") => {
                    let found = open.take().and_then(finding);
                    let found = found.ok_or_else(|| xml.error("a <BugInstance> without a priority: expected 1 to 5"))?;
                    report.found(found).map_err(|message| xml.error(message))?;
                }
                _ => {}
            },
        }
    }
}

fn bug(xml: &Xml<'_>) -> Result<Bug, ReadError> {
    let by_rank = match xml.number::<u32>("rank") {
        Some(1..=4) => Some(Severity::Critical),
        Some(5..=9) => Some(Severity::High),
        Some(10..=14) => Some(Severity::Medium),
        Some(15..=20) => Some(Severity::Low),
        Some(_) => return Err(xml.error("a rank that SpotBugs does not have: expected 1 to 20")),
        None => None,
    };
    let by_priority = match xml.number::<u32>("priority") {
        Some(1) => Some(Severity::High),
        Some(2) => Some(Severity::Medium),
        Some(3) => Some(Severity::Low),
        Some(4 | 5) => Some(Severity::Note),
        _ => None,
    };
    let hash = xml.attribute("instanceHash").map(String::from).filter(|hash| !hash.is_empty());
    Ok(Bug {
        kind: xml.attribute("type").map(String::from).unwrap_or_default(),
        severity: by_rank.or(by_priority),
        hash,
        ..Bug::default()
    })
}

/// Keeps the place if none was seen that is more the bug's own.
fn take_place(xml: &Xml<'_>, bug: &mut Bug, rank: u8) {
    let path = xml.attribute("sourcepath").map(String::from).unwrap_or_default();
    if !path.is_empty() && bug.place.as_ref().is_none_or(|place| place.rank < rank) {
        bug.place = Some(Place { path, first: xml.number("start"), last: xml.number("end"), rank });
    }
}

/// `None` without a severity.
fn finding(bug: Bug) -> Option<ScanResult> {
    let message = [bug.long, bug.short, bug.kind.clone()].into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    let mut found = ScanResult::new(TOOL, Some(&bug.kind), bug.severity?, message);
    found.fingerprint = bug.hash;
    Some(match bug.place {
        Some(place) => found.at(&place.path, place.first, place.last),
        None => found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ScanReport, String> {
        read(&mut text.as_bytes()).map_err(|error| error.to_string())
    }

    const REPORT: &str = "<BugCollection version='4.8' analysisTimestamp='1767323045000'><Project><SrcDir>src</SrcDir></Project>\
        <BugInstance type='NP_NULL' priority='2' rank='8' instanceHash='abc'><ShortMessage>s</ShortMessage><LongMessage>l</LongMessage>\
        <Class classname='p.A'><SourceLine start='1' end='90' sourcepath='p/A.java'/></Class>\
        <SourceLine start='7' end='8' sourcepath='p/A.java'/><SourceLine primary='true' start='9' end='9' sourcepath='p/A.java'/></BugInstance>\
        <BugInstance type='EI' priority='2'><Class classname='p.B'><SourceLine start='3' end='5' sourcepath='p/B.java'/></Class></BugInstance>\
        <Errors errors='0' missingClasses='2'/></BugCollection>";

    #[test]
    fn bugs_are_findings_at_their_own_place() {
        let report = parse(REPORT).unwrap();
        assert_eq!(report.made_at.map(|time| time.to_string()).as_deref(), Some("2026-01-02T03:04:05Z"));
        let all: Vec<_> = report.results.iter().collect();
        assert_eq!((all[0].rule, all[0].message, all[0].fingerprint), ("NP_NULL", "l", Some("abc")));
        assert_eq!((all[0].path, all[0].line, all[0].end_line), (Some("p/A.java"), Some(9), Some(9)));
        assert_eq!((all[1].message, all[1].path, all[1].line), ("EI", Some("p/B.java"), Some(3)));
        assert_eq!((all[0].severity, all[1].severity), (Severity::High, Severity::Medium));
    }

    #[test]
    fn each_rank_and_each_priority_has_its_place() {
        let first =
            |from: &str, to: &str| parse(&REPORT.replacen(from, to, 1)).map(|report| report.results.get(0).unwrap().severity);
        for (rank, expected) in [
            (1, Severity::Critical),
            (4, Severity::Critical),
            (5, Severity::High),
            (9, Severity::High),
            (10, Severity::Medium),
            (14, Severity::Medium),
            (15, Severity::Low),
            (20, Severity::Low),
        ] {
            assert_eq!(first("rank='8'", &format!("rank='{rank}'")), Ok(expected));
        }
        assert!(first("rank='8'", "rank='21'").unwrap_err().contains("expected 1 to 20"));
        for (priority, expected) in [(1, Severity::High), (2, Severity::Medium), (3, Severity::Low), (5, Severity::Note)] {
            assert_eq!(first("priority='2' rank='8'", &format!("priority='{priority}'")), Ok(expected));
        }
        assert!(first("priority='2' rank='8'", "").unwrap_err().contains("without a priority"));
    }

    #[test]
    fn an_analysis_with_errors_or_without_a_word_on_them_and_every_cut_are_errors() {
        assert!(parse(&REPORT.replace("errors='0'", "errors='3'")).unwrap_err().contains("had errors"));
        assert!(parse("<BugCollection/>").unwrap_err().contains("no <Errors>"));
        let summary = |bugs: u8| REPORT.replace("<Errors", &format!("<FindBugsSummary total_bugs='{bugs}'/><Errors"));
        assert!(parse(&summary(3)).unwrap_err().contains("states 3 bugs but 2 are listed"));
        parse(&summary(1)).unwrap();
        for end in 0..REPORT.len() {
            assert!(parse(&REPORT[..end]).is_err(), "cut at {end}");
        }
    }
}
