//! Every finding of every report once, in the order of its places, each with its fingerprint.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::slice::ParallelSliceMut as _;

use super::RootedScan;
use super::age::Age;
use super::lines::{Lines, Texts};
use super::prints::{Body, digest, fingerprint};
use crate::analyze::paths::{Roots, inside, join};
use crate::evidence::ScanView;
use crate::facts::{ChangedFile, ScanFinding, Suppression};

/// A finding whose place in the repository is known.
pub(super) struct Placed<'r> {
    pub(super) file: Option<String>,
    pub(super) line: Option<u32>,
    pub(super) end_line: Option<u32>,
    /// Its further places, of those in the repository.
    pub(super) elsewhere: Vec<(String, Option<(u32, u32)>)>,
    /// Whether another place than the first was put in front.
    pub(super) pointed: bool,
    /// Of the first place; empty where nobody needs it.
    pub(super) fingerprint: String,
    pub(super) said_new: Option<bool>,
    pub(super) suppression: Option<Suppression>,
    pub(super) result: ScanView<'r>,
}

impl Placed<'_> {
    /// Whether a suppression is in force.
    pub(super) fn is_suppressed(&self) -> bool {
        self.suppression.as_ref().is_some_and(|suppression| suppression.accepted)
    }

    pub(super) fn into_fact(self, age: Age) -> ScanFinding {
        ScanFinding {
            tool: self.result.tool.to_owned(),
            rule: self.result.rule.to_owned(),
            severity: self.result.severity,
            message: self.result.message.to_owned(),
            file: self.file,
            line: self.line,
            end_line: self.end_line,
            on_changed_line: age.on_changed_line,
            moved: age.moved,
            new: age.new,
            suppression: self.suppression,
            fingerprint: self.fingerprint,
        }
    }
}

/// How findings are listed.
pub(super) struct Listing<'a> {
    pub(super) changed: &'a BTreeMap<&'a str, &'a ChangedFile>,
    pub(super) repository_roots: &'a [String],
    pub(super) texts: Texts<'a>,
    /// Whether every finding needs its fingerprint; otherwise those do that the change concerns or that a tool calls new.
    pub(super) all_fingerprints: bool,
}

/// A report with what its numbers mean beside other reports.
struct Source<'r> {
    report: &'r RootedScan,
    /// The number of its first finding among those of all reports.
    first: usize,
    /// By path: its place in [`Sources::files`], counted from 1, or 0 when it is not in the repository.
    files: Vec<u32>,
    /// By pair of tool and rule: its place in their order.
    rules: Vec<u32>,
    /// The further places of its findings that are in the repository.
    elsewhere: BTreeMap<&'r str, String>,
}

struct Sources<'r> {
    all: Vec<Source<'r>>,
    /// The files of findings, in their order.
    files: Vec<String>,
}

/// A finding's file and line, which order most of them, and its number among those of all reports.
#[derive(Clone, Copy)]
struct Entry {
    file: u32,
    line: u32,
    number: u32,
}

impl Entry {
    fn file(self) -> usize {
        self.file as usize
    }

    fn place(self) -> u64 {
        u64::from(self.file) << 32 | u64::from(self.line)
    }
}

impl Listing<'_> {
    /// Calls `visit` with every finding once, by place, tool, rule and message. What is kept meanwhile is 12 bytes for each.
    pub(super) fn each<'r>(&self, reports: &'r [RootedScan], mut visit: impl FnMut(Placed<'r>)) {
        let sources = self.sources(reports);
        let entries = sources.ordered();
        for entries in entries.chunk_by(|a, b| a.file() == b.file()) {
            let Some(file) = entries.first().map(|entry| entry.file().checked_sub(1).and_then(|at| sources.files.get(at))) else {
                continue;
            };
            let printed = self.all_fingerprints
                || file.is_some_and(|file| self.changed.contains_key(file.as_str()))
                || entries.iter().any(|entry| sources.stands_out(*entry));
            // What nobody lists or looks up is only counted: its file's name is not needed either.
            let file = file.filter(|_| printed);
            let text = file.and_then(|file| (self.texts.head)(file)).map(Lines::new);
            // Equal findings of one file are told apart by their number in the order of their lines.
            let mut seen: HashMap<[u8; 32], u64> = HashMap::new();
            let mut finish = |mut one: Placed<'r>| {
                if printed {
                    let body = Body::of(&one.result, one.line, text.as_ref());
                    let digest = digest(&one.result, one.file.as_deref(), &body);
                    let repeated = seen.entry(digest).or_default();
                    one.fingerprint = fingerprint(digest, *repeated);
                    *repeated += 1;
                }
                visit(one);
            };
            let mut last: Option<(Entry, Placed<'r>)> = None;
            for entry in entries {
                let Some(placed) = sources.placed(*entry, file) else { continue };
                match &mut last {
                    // Two reports of the same tool, or one tool's finding once per build target. A word for `new` wins over none.
                    Some((kept_entry, kept))
                        if sources.compared(*kept_entry, *entry).is_eq()
                            && kept.result.fingerprint == placed.result.fingerprint =>
                    {
                        kept.said_new = kept.said_new.max(placed.said_new);
                        kept.elsewhere.extend(placed.elsewhere);
                        if placed.suppression.is_none() {
                            kept.suppression = None;
                        }
                    }
                    _ => {
                        if let Some((_, done)) = last.replace((*entry, placed)) {
                            finish(done);
                        }
                    }
                }
            }
            if let Some((_, done)) = last {
                finish(done);
            }
        }
    }

    fn sources<'r>(&self, reports: &'r [RootedScan]) -> Sources<'r> {
        let changed: BTreeSet<&str> = self.changed.keys().copied().collect();
        let mut files: BTreeSet<String> = BTreeSet::new();
        let mut rules: BTreeSet<&(String, String)> = BTreeSet::new();
        let mut joined = Vec::new();
        for RootedScan { report, root } in reports {
            let roots = Roots { repository: self.repository_roots, configured: root.as_deref(), report: &[] };
            let further: BTreeSet<&str> = report.results.elsewhere().map(|place| place.path.as_str()).collect();
            let paths: BTreeSet<&str> =
                report.results.paths().iter().map(String::as_str).chain(further.iter().copied()).collect();
            let places = join(&paths.into_iter().collect::<Vec<_>>(), roots, &changed);
            let in_repository =
                |path: &str| places.get(path).map_or_else(|| inside(path, roots), |place| Some((*place).to_owned()));
            let own: Vec<Option<String>> = report.results.paths().iter().map(|path| in_repository(path)).collect();
            let elsewhere = further.into_iter().filter_map(|path| Some((path, in_repository(path)?))).collect::<BTreeMap<_, _>>();
            files.extend(own.iter().flatten().cloned());
            rules.extend(report.results.rules());
            joined.push((own, elsewhere));
        }
        let files: Vec<String> = files.into_iter().collect();
        let rules: Vec<&(String, String)> = rules.into_iter().collect();
        let number = |at: Result<usize, usize>| at.ok().and_then(|at| u32::try_from(at).ok());
        let mut total = 0;
        let all = reports.iter().zip(joined).map(|(report, (own, elsewhere))| Source {
            report,
            first: {
                total += report.report.results.len();
                total - report.report.results.len()
            },
            files: own
                .iter()
                .map(|file| file.as_ref().and_then(|file| number(files.binary_search(file))).map_or(0, |at| at + 1))
                .collect(),
            rules: report.report.results.rules().iter().map(|rule| number(rules.binary_search(&rule)).unwrap_or(0)).collect(),
            elsewhere,
        });
        Sources { all: all.collect(), files }
    }
}

impl<'r> Sources<'r> {
    /// All findings by file, first line, last line, tool, rule and message, then in the order of the reports.
    fn ordered(&self) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(self.all.iter().map(|source| source.report.report.results.len()).sum());
        for source in &self.all {
            for index in 0..source.report.report.results.len() {
                let Some(position) = source.report.report.results.position(index) else { continue };
                let file = position.path.and_then(|path| source.files.get(path)).copied().unwrap_or(0);
                let Ok(number) = u32::try_from(source.first + index) else { continue };
                entries.push(Entry { file, line: position.line.unwrap_or(0), number });
            }
        }
        entries.par_sort_unstable_by(|a, b| self.compared(*a, *b).then_with(|| a.number.cmp(&b.number)));
        entries
    }

    fn compared(&self, a: Entry, b: Entry) -> Ordering {
        let order = |entry| self.order(entry);
        let message = |entry| self.source(entry).and_then(|(source, index)| source.report.report.results.message(index));
        a.place().cmp(&b.place()).then_with(|| order(a).cmp(&order(b))).then_with(|| message(a).cmp(&message(b)))
    }

    /// Last line, tool and rule.
    fn order(&self, entry: Entry) -> Option<(Option<u32>, u32)> {
        let (source, index) = self.source(entry)?;
        let position = source.report.report.results.position(index)?;
        Some((position.end_line, source.rules.get(position.rule).copied()?))
    }

    /// The report of a finding, and its number there.
    fn source(&self, entry: Entry) -> Option<(&Source<'r>, usize)> {
        let number = entry.number as usize;
        let at = self.all.partition_point(|source| source.first <= number);
        let source = self.all.get(at.checked_sub(1)?)?;
        Some((source, number - source.first))
    }

    fn stands_out(&self, entry: Entry) -> bool {
        self.source(entry).is_some_and(|(source, index)| source.report.report.results.stands_out(index))
    }

    fn view(&self, entry: Entry) -> Option<ScanView<'r>> {
        let (source, index) = self.source(entry)?;
        source.report.report.results.get(index)
    }

    fn placed(&self, entry: Entry, file: Option<&String>) -> Option<Placed<'r>> {
        let (source, _) = self.source(entry)?;
        let result = self.view(entry)?;
        let further = result.elsewhere.iter();
        Some(Placed {
            file: file.cloned(),
            line: result.line,
            end_line: result.end_line,
            elsewhere: further
                .filter_map(|place| Some((source.elsewhere.get(place.path.as_str())?.clone(), place.lines)))
                .collect(),
            pointed: false,
            fingerprint: String::new(),
            said_new: result.new,
            suppression: result.suppression.cloned(),
            result,
        })
    }
}
