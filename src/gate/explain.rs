//! Which record of which report a fact came from: the reports of a check are read once more, by the same readers, with an eye on it.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use super::reports::{self, Search};
use super::{Opened, ReadAhead, Request};
use crate::analyze::binding::Target;
use crate::analyze::paths::{Roots, Tree, credit, join};
use crate::collect::files::{self, File, Report};
use crate::error::Result;
use crate::evidence::trace::{Noted, Spot, Watch};
use crate::facts::Kind;

/// How much of a record is shown.
const SHOWN_BYTES: usize = 300;

/// What is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// A line of a file of the repository.
    Coverage { file: String, line: u32 },
    /// Test cases whose name contains this.
    Test { name: String },
    /// Findings in a file of the repository, on a line or anywhere in it, of one rule or of all.
    Finding { file: String, line: Option<u32>, rule: Option<String> },
}

/// What the reports say about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    pub kind: String,
    /// In the order of the reports' paths, and of each report.
    pub facts: Vec<Fact>,
    /// Reports that were read and say nothing about it, by path.
    pub silent: Vec<String>,
    /// Reports that could not be read, and why.
    pub unreadable: Vec<String>,
}

/// A record of a report that speaks of what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    pub report: String,
    pub format: String,
    /// What the record is about, as the report calls it: a path, a test's name, a rule and its place.
    pub of: String,
    /// What it says: `covered`, `not covered`, `failed`, a severity ...
    pub says: String,
    /// Where the record starts: counted from 1, and in bytes of the unpacked report behind a byte-order mark.
    pub line: u64,
    pub offset: u64,
    /// The record's first line, or as much of it as is shown; null where the report changed meanwhile.
    pub text: Option<String>,
}

/// Looks through the reports that a check with the same request would read.
///
/// # Errors
/// What is wrong with the request or the configuration. Reports that cannot be read are part of the answer.
pub fn explain(request: &Request, question: &Question) -> Result<Explanation> {
    let Opened { request, subject, judge, .. } = Opened::open(request, None, ReadAhead::default())?;
    let target = Target { committed_at: None, commits: &[], now: request.now, at_moment: false, running: None };
    let search = Search { request: &request, subject: &subject, judge: &judge, target };
    let (kind, watch) = match question {
        Question::Coverage { line, .. } => (Kind::Coverage, Watch::Line(*line)),
        Question::Test { name } => (Kind::Tests, Watch::Case(name.clone())),
        Question::Finding { line, .. } => (Kind::Scan, Watch::Findings(*line)),
    };
    let (patterns, named) = search.patterns(&kind)?;
    let search = search.search(&patterns, named);
    let directory = match search {
        files::Search::Named { directory, .. } => directory,
        files::Search::Conventional { repository } => repository,
    };
    let roots = reports::roots(&subject.root);
    let mut explanation = Explanation { kind: kind.to_string(), facts: vec![], silent: vec![], unreadable: vec![] };
    for found in files::gather_watched(&kind, search, request.now, Some(&watch)) {
        let report = match &found.content {
            Ok(report) => report,
            Err(reason) => {
                explanation.unreadable.push(reason.clone());
                continue;
            }
        };
        let said = said(report, &found, question, &roots);
        if said.is_empty() {
            explanation.silent.push(found.path.clone());
        }
        explanation.facts.extend(said.into_iter().map(|said| fact(said, &found, directory)));
    }
    Ok(explanation)
}

/// What a record is about, what it says, and where it starts.
type Said = (String, String, Spot);

fn said(report: &Report, found: &File<Report>, question: &Question, repository: &[String]) -> Vec<Said> {
    let roots = |report| Roots { repository, configured: found.root.as_deref(), report };
    match (report, question) {
        (Report::Coverage(report), Question::Coverage { file, .. }) => {
            let paths: Vec<&str> = report.files.keys().map(String::as_str).collect();
            let joined = credit(&paths, roots(&report.roots), &BTreeSet::from([file.as_str()]), Tree::unknown());
            let of_file = report.files.iter().filter(|(path, _)| joined.contains_key(*path));
            let word = |covered: bool| if covered { "covered" } else { "not covered" };
            of_file
                .flat_map(|(path, lines)| {
                    lines.noted().iter().map(|(spot, covered)| (path.clone(), word(*covered).to_owned(), *spot))
                })
                .collect()
        }
        (Report::Tests(_), Question::Test { .. }) => found.noted.iter().filter_map(case).collect(),
        (Report::Scan(report), Question::Finding { file, rule, .. }) => {
            let paths: Vec<&str> = report.results.paths().iter().map(String::as_str).collect();
            let joined = join(&paths, roots(&[]), &BTreeSet::from([file.as_str()]));
            let finding = |noted: &Noted| {
                let Noted::Finding { index, spot } = noted else { return None };
                let result = report.results.get(*index)?;
                let path = result.path.filter(|path| joined.contains_key(*path))?;
                if rule.as_ref().is_some_and(|rule| rule != result.rule) {
                    return None;
                }
                let place = result.line.map_or_else(|| path.to_owned(), |line| format!("{path}:{line}"));
                let of = format!("{} {} in {place}", result.tool, result.rule);
                Some((of, result.severity.word().to_owned(), *spot))
            };
            found.noted.iter().filter_map(finding).collect()
        }
        _ => Vec::new(),
    }
}

fn case(noted: &Noted) -> Option<Said> {
    match noted {
        Noted::Case { name, result, spot } => Some((name.clone(), (*result).to_owned(), *spot)),
        Noted::Finding { .. } => None,
    }
}

fn fact((of, says, spot): Said, found: &File<Report>, directory: &Path) -> Fact {
    let entry = found.path.strip_prefix(&found.on_disk).and_then(|rest| rest.strip_prefix("!/"));
    Fact {
        report: found.path.clone(),
        format: found.source.format.clone(),
        of,
        says,
        line: spot.line,
        offset: spot.offset,
        text: files::excerpt(&directory.join(&found.on_disk), entry, spot.offset, SHOWN_BYTES),
    }
}
