//! What all scanners together found, and what of it is new (requirement A4).

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::paths::{Roots, inside, join};
use crate::evidence::{ScanReport, ScanResult};
use crate::facts::{ChangedFile, FileStatus, Scan, ScanCounts, ScanFinding, Severity};

/// A report with the directory that is configured for its relative paths.
#[derive(Debug, Clone, PartialEq)]
pub struct RootedScan {
    pub report: ScanReport,
    /// The `root` of its entry in the configuration.
    pub root: Option<String>,
}

/// Joins the reports to the change.
///
/// A finding is new if its tool says so; otherwise, with a baseline, if its fingerprint is not in it; otherwise if it lies on a
/// changed line, or names no line in a changed file. Of several places, one on a changed line counts. A finding reported twice counts once. `repository_roots` are absolute paths of
/// the repository's root.
#[must_use]
pub fn scan(
    reports: Vec<RootedScan>,
    files: &[ChangedFile],
    repository_roots: &[String],
    baseline: Option<&BTreeSet<String>>,
) -> Scan {
    let tools: BTreeSet<_> = reports.iter().flat_map(|one| one.report.tools.iter().cloned()).collect();
    let by_path: BTreeMap<&str, &ChangedFile> =
        files.iter().filter(|file| file.status != FileStatus::Deleted).map(|file| (file.path.as_str(), file)).collect();
    let mut scan = Scan {
        tools: tools.into_iter().collect(),
        findings: Vec::new(),
        new: ScanCounts::default(),
        old: ScanCounts::default(),
        suppressed: 0,
    };
    for mut finding in placed(reports, &by_path, repository_roots) {
        finding.point_at_the_change(&by_path);
        let file = finding.file.as_deref().and_then(|path| by_path.get(path)).copied();
        finding.on_changed_line = file.is_some_and(|file| on_changed_line(finding.line, finding.end_line, file));
        let listed = baseline.map(|baseline| !baseline.contains(&finding.fingerprint));
        // Nobody can tell whether it was there before.
        let lineless = finding.line.is_none() && file.is_some();
        // Which lines of a file change cannot be seen where git takes it for binary, and the change itself may say so.
        let unseen = file.is_some_and(|file| file.binary && file.status != FileStatus::Deleted);
        finding.new = finding.said_new.or(listed).unwrap_or(finding.on_changed_line || lineless || unseen);
        let finding = finding.into_fact();
        if finding.suppression.as_ref().is_some_and(|suppression| suppression.accepted) {
            scan.suppressed += 1;
        } else {
            count(if finding.new { &mut scan.new } else { &mut scan.old }, finding.severity);
        }
        if finding.new || file.is_some() {
            scan.findings.push(finding);
        }
    }
    scan
}

/// The fingerprints of every finding that nobody suppressed, for a baseline.
#[must_use]
pub fn fingerprints(reports: Vec<RootedScan>, files: &[ChangedFile], repository_roots: &[String]) -> BTreeSet<String> {
    let by_path = files.iter().map(|file| (file.path.as_str(), file)).collect();
    let placed = placed(reports, &by_path, repository_roots);
    let open = placed.into_iter().filter(|one| !one.result.suppression.as_ref().is_some_and(|suppression| suppression.accepted));
    open.map(|one| one.fingerprint).collect()
}

/// A result whose place in the repository is known.
struct Placed {
    file: Option<String>,
    line: Option<u32>,
    end_line: Option<u32>,
    /// Its further places, of those in the repository.
    elsewhere: Vec<(String, Option<(u32, u32)>)>,
    fingerprint: String,
    said_new: Option<bool>,
    on_changed_line: bool,
    new: bool,
    result: ScanResult,
}

impl Placed {
    /// Puts that of its places first which the change concerns most: a changed line, then a changed file without a line. The
    /// fingerprint stays that of the first place in the report.
    fn point_at_the_change(&mut self, changed: &BTreeMap<&str, &ChangedFile>) {
        let concern = |path: &str, lines: Option<(u32, u32)>| match (changed.get(path), lines) {
            (None, _) => 0,
            (Some(file), Some((first, last))) if !on_changed_line(Some(first), Some(last), file) => 1,
            (Some(_), None) => 2,
            (Some(_), Some(_)) => 3,
        };
        let own = self.file.as_deref().map_or(0, |path| concern(path, self.line.zip(self.end_line.or(self.line))));
        let best = self.elsewhere.iter().rev().max_by_key(|(path, lines)| concern(path, *lines));
        if let Some((path, lines)) = best.filter(|(path, lines)| concern(path, *lines) > own).cloned() {
            self.file = Some(path);
            self.line = lines.map(|(first, _)| first);
            self.end_line = lines.map(|(_, last)| last);
        }
    }

    fn into_fact(self) -> ScanFinding {
        let ScanResult { tool, rule, severity, message, suppression, .. } = self.result;
        ScanFinding {
            tool,
            rule,
            severity,
            message,
            file: self.file,
            line: self.line,
            end_line: self.end_line,
            on_changed_line: self.on_changed_line,
            new: self.new,
            suppression,
            fingerprint: self.fingerprint,
        }
    }
}

/// Every finding once, by place, tool, rule and message.
fn placed(reports: Vec<RootedScan>, changed: &BTreeMap<&str, &ChangedFile>, repository_roots: &[String]) -> Vec<Placed> {
    let changed: BTreeSet<&str> = changed.keys().copied().collect();
    let mut all = Vec::new();
    for RootedScan { report, root } in reports {
        let roots = Roots { repository: repository_roots, configured: root.as_deref(), report: &[] };
        let paths: BTreeSet<&str> = report.results.iter().flat_map(paths_of).collect();
        let joined = join(&paths.into_iter().collect::<Vec<_>>(), roots, &changed);
        let in_repository = |path: &str| match joined.get(path) {
            Some(place) => Some((*place).to_owned()),
            None => inside(path, roots),
        };
        for mut result in report.results {
            let file = result.path.as_deref().and_then(in_repository);
            let further = std::mem::take(&mut result.elsewhere).into_iter();
            let elsewhere = further.filter_map(|place| Some((in_repository(&place.path)?, place.lines))).collect();
            let (said_new, line, end_line) = (result.new, result.line, result.end_line);
            let fingerprint = String::new();
            all.push(Placed {
                file,
                line,
                end_line,
                elsewhere,
                said_new,
                result,
                fingerprint,
                on_changed_line: false,
                new: false,
            });
        }
    }
    all.sort_by(|a, b| key(a).cmp(&key(b)));
    // Two reports of the same tool, or one tool's finding once per build target. A word for `new` wins over none.
    all.dedup_by(|later, kept| {
        let same = key(later) == key(kept) && later.result.fingerprint == kept.result.fingerprint;
        if same {
            kept.said_new = kept.said_new.max(later.said_new);
            kept.elsewhere.append(&mut later.elsewhere);
            if later.result.suppression.is_none() {
                kept.result.suppression = None;
            }
        }
        same
    });
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for one in &mut all {
        let base = fingerprint(one, 0);
        let repeated = seen.entry(base.clone()).or_default();
        one.fingerprint = if *repeated == 0 { base } else { fingerprint(one, *repeated) };
        *repeated += 1;
    }
    all
}

type Key<'a> = (Option<&'a str>, Option<u32>, Option<u32>, &'a str, &'a str, &'a str);

fn key(one: &Placed) -> Key<'_> {
    let result = &one.result;
    (one.file.as_deref(), one.line, result.end_line, &result.tool, &result.rule, &result.message)
}

/// SHA-256 of tool, rule, path and the tool's own fingerprint or else the message.
///
/// A tool's fingerprint alone is not enough for a baseline: most are hashes of the line's text, which another rule or another
/// file shares, so that a new finding would count as an old one. `repeated` tells equal findings of one file apart, in the order of
/// their lines, so that one more of them is new.
fn fingerprint(one: &Placed, repeated: u64) -> String {
    let result = &one.result;
    let own = result.fingerprint.as_deref();
    let mut hash = Sha256::new();
    for part in [&result.tool, &result.rule, one.file.as_deref().unwrap_or(""), own.unwrap_or(&result.message)] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    if repeated > 0 {
        hash.update(repeated.to_be_bytes());
    }
    format!("{:x}", hash.finalize())
}

fn paths_of(result: &ScanResult) -> impl Iterator<Item = &str> {
    result.path.as_deref().into_iter().chain(result.elsewhere.iter().map(|place| place.path.as_str()))
}

fn on_changed_line(first: Option<u32>, last: Option<u32>, file: &ChangedFile) -> bool {
    let Some(first) = first else { return false };
    let last = last.unwrap_or(first).max(first);
    file.added.iter().any(|range| range.first <= last && range.last >= first)
}

fn count(counts: &mut ScanCounts, severity: Severity) {
    *match severity {
        Severity::Critical => &mut counts.critical,
        Severity::High => &mut counts.high,
        Severity::Medium => &mut counts.medium,
        Severity::Low => &mut counts.low,
        Severity::Note => &mut counts.note,
    } += 1;
}
