//! Which bytes of a report a fact came from.
//!
//! Only `kadian explain` asks, about one fact, so that readers and records carry no places. While a thread watches, what reads bytes
//! ([`Xml`](super::xml), [`Lines`](super::lines), [`Json`](super::json)) says where the record starts that it stands on, and what keeps
//! facts notes that place beside the fact that is watched for. The facts are therefore those of the reader that a check uses: nothing is
//! looked up a second time by other rules. While nobody watches, it costs one look at a flag.

use std::cell::{Cell, RefCell};

/// Where a record starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Spot {
    /// In bytes from the beginning of the report, unpacked, a byte-order mark not counted.
    pub offset: u64,
    /// Counted from 1.
    pub line: u64,
}

/// The fact that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watch {
    /// A line of any file: each [`FileLines`](super::FileLines) tells the places of its own.
    Line(u32),
    /// Test cases whose name contains this.
    Case(String),
    /// Findings; on a line, where one is given.
    Findings(Option<u32>),
}

/// A fact that was noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noted {
    Case {
        name: String,
        result: &'static str,
        spot: Spot,
    },
    /// The number of a finding in its report.
    Finding {
        index: usize,
        spot: Spot,
    },
}

/// How many facts are noted; who asks for more has asked for too much.
const MOST: usize = 100_000;

thread_local! {
    static WATCHED: RefCell<Option<(Watch, Vec<Noted>)>> = const { RefCell::new(None) };
    static WATCHING: Cell<bool> = const { Cell::new(false) };
    static SPOT: Cell<Spot> = const { Cell::new(Spot { offset: 0, line: 1 }) };
}

/// Reads with an eye on a fact, and gives what was noted of it, in the order of the report.
pub fn watched<T>(watch: Watch, read: impl FnOnce() -> T) -> (T, Vec<Noted>) {
    WATCHED.with_borrow_mut(|watched| *watched = Some((watch, Vec::new())));
    WATCHING.set(true);
    let result = read();
    WATCHING.set(false);
    let noted = WATCHED.with_borrow_mut(Option::take).map(|(_, noted)| noted).unwrap_or_default();
    (result, noted)
}

/// Whether this thread watches.
pub(super) fn watching() -> bool {
    WATCHING.get()
}

/// A record starts here.
pub(super) fn stand(offset: u64, line: u64) {
    SPOT.set(Spot { offset, line });
}

/// The start of the record that is read.
pub(super) fn spot() -> Spot {
    SPOT.get()
}

/// The line that is watched for; 0, which is no line, without one.
pub(super) fn line() -> u32 {
    if !watching() {
        return 0;
    }
    WATCHED.with_borrow(|watched| match watched {
        Some((Watch::Line(line), _)) => *line,
        _ => 0,
    })
}

/// A test case is kept.
pub(super) fn case(name: &str, result: &'static str) {
    if watching() {
        note(|watch| {
            matches!(watch, Watch::Case(part) if name.contains(part.as_str())).then(|| Noted::Case {
                name: name.to_owned(),
                result,
                spot: spot(),
            })
        });
    }
}

/// A finding is kept as the one of this number, on these lines.
pub(super) fn finding(index: usize, first: u32, last: u32) {
    if watching() {
        note(|watch| {
            let meant = |line: &Option<u32>| line.is_none_or(|line| first <= line && line <= last.max(first));
            matches!(watch, Watch::Findings(line) if meant(line)).then(|| Noted::Finding { index, spot: spot() })
        });
    }
}

fn note(fact: impl FnOnce(&Watch) -> Option<Noted>) {
    WATCHED.with_borrow_mut(|watched| {
        if let Some((watch, noted)) = watched
            && noted.len() < MOST
        {
            noted.extend(fact(watch));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{FORMATS, Reader};

    fn format(name: &str) -> Reader {
        FORMATS.iter().find(|format| format.name == name).unwrap().read
    }

    /// The beginnings of the records that a line of a file came from, in each format's own words.
    fn line_of(name: &str, text: &str, line: u32) -> Vec<(String, bool, String)> {
        let Reader::Coverage(read) = format(name) else { panic!("{name}") };
        let (report, _) = watched(Watch::Line(line), || read(&mut text.as_bytes()).unwrap());
        let files = report.files.iter();
        let at = |spot: &Spot| {
            assert_eq!(text[..usize::try_from(spot.offset).unwrap()].matches('\n').count() as u64 + 1, spot.line);
            text[usize::try_from(spot.offset).unwrap()..].chars().take(20).collect()
        };
        files
            .flat_map(|(path, lines)| lines.noted().iter().map(move |(spot, covered)| (path.clone(), *covered, at(spot))))
            .collect()
    }

    #[test]
    fn a_line_of_a_trace_file_is_its_record() {
        let text = "TN:\nSF:a\nDA:1,1\nDA:2,0\nend_of_record\nSF:b\nDA:2,7\nend_of_record\nSF:a\nDA:2,1\nend_of_record\n";
        let found = line_of("lcov", text, 2);
        let wanted = [
            ("a".to_owned(), false, "DA:2,0\nend_of_record".chars().take(20).collect::<String>()),
            ("a".to_owned(), true, "DA:2,1\nend_of_record".chars().take(20).collect()),
            ("b".to_owned(), true, "DA:2,7\nend_of_record".chars().take(20).collect()),
        ];
        assert_eq!(found, wanted);
        assert!(line_of("lcov", text, 3).is_empty());
    }

    #[test]
    fn a_line_of_an_xml_report_is_its_element() {
        let text = "<coverage><packages><package><classes><class filename='a'>\n<lines><line number='1' hits='0'/>\n  \
                    <line number='2' hits='3'/></lines></class></classes></package></packages></coverage>";
        assert_eq!(line_of("cobertura", text, 2), [("a".to_owned(), true, "<line number='2' hit".to_owned())]);
    }

    #[test]
    fn a_case_is_its_element_although_others_stand_inside_of_it() {
        let Reader::Tests(read) = format("junit") else { panic!() };
        let text = "<testsuite name='s'>\n<testcase name='one'><failure message='m'/></testcase>\n<testcase name='two'/>\
                    <testcase name='one more'><skipped/></testcase></testsuite>";
        let (_, noted) = watched(Watch::Case("one".to_owned()), || read(&mut text.as_bytes()).unwrap());
        let at = |name: &str| Spot {
            offset: text.find(&format!("<testcase name='{name}'")).unwrap() as u64,
            line: if name == "one" { 2 } else { 3 },
        };
        let case = |name: &str, result| Noted::Case { name: name.to_owned(), result, spot: at(name) };
        assert_eq!(noted, [case("one", "failed"), case("one more", "skipped")]);
    }

    #[test]
    fn a_finding_is_its_element() {
        let Reader::Scan(read) = format("sarif") else { panic!() };
        let result = |line: u32| {
            format!(
                r#"{{"ruleId":"R","message":{{"text":"m"}},"locations":[{{"physicalLocation":{{"artifactLocation":{{"uri":"a.py"}},"region":{{"startLine":{line}}}}}}}]}}"#
            )
        };
        let text = format!(
            r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"t"}}}},"results":[{},{}]}}]}}"#,
            result(3),
            result(4)
        );
        let (report, noted) = watched(Watch::Findings(Some(4)), || read(&mut text.as_bytes()).unwrap());
        let offset = text.find(&result(4)).unwrap() as u64;
        assert_eq!(noted, [Noted::Finding { index: 1, spot: Spot { offset, line: 1 } }]);
        assert_eq!(report.results.get(1).unwrap().line, Some(4));
    }

    #[test]
    fn nothing_is_noted_while_nobody_watches() {
        let Reader::Coverage(read) = format("lcov") else { panic!() };
        let report = read(&mut b"SF:a\nDA:1,1\nend_of_record\n".as_slice()).unwrap();
        assert!(report.files["a"].noted().is_empty());
    }
}
