//! What all scanners together found, and what of it is new (requirement A4).

mod placed;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use placed::{Listing, Placed};

use crate::evidence::ScanReport;
use crate::facts::{ChangedFile, FileStatus, Scan, ScanCounts, Severity};

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
    reports: &[RootedScan],
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
    // Only what is listed or looked up needs its fingerprint.
    let listing = Listing { changed: &by_path, repository_roots, all_fingerprints: baseline.is_some() };
    listing.each(reports, |mut finding| {
        finding.point_at_the_change(&by_path);
        let file = finding.file.as_deref().and_then(|path| by_path.get(path)).copied();
        let on_changed_line = file.is_some_and(|file| on_changed_line(finding.line, finding.end_line, file));
        let listed = baseline.map(|baseline| !baseline.contains(&finding.fingerprint));
        // Nobody can tell whether it was there before.
        let lineless = finding.line.is_none() && file.is_some();
        // Which lines of a file change cannot be seen where git takes it for binary, and the change itself may say so.
        let unseen = file.is_some_and(|file| file.binary && file.status != FileStatus::Deleted);
        let new = finding.said_new.or(listed).unwrap_or(on_changed_line || lineless || unseen);
        if finding.is_suppressed() {
            scan.suppressed += 1;
        } else {
            count(if new { &mut scan.new } else { &mut scan.old }, finding.result.severity);
        }
        if new || file.is_some() {
            scan.findings.push(finding.into_fact(on_changed_line, new));
        }
    });
    scan
}

/// The fingerprints of every finding that nobody suppressed, for a baseline.
#[must_use]
pub fn fingerprints(reports: &[RootedScan], files: &[ChangedFile], repository_roots: &[String]) -> BTreeSet<String> {
    let by_path = files.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut fingerprints = BTreeSet::new();
    let listing = Listing { changed: &by_path, repository_roots, all_fingerprints: true };
    listing.each(reports, |finding| {
        if !finding.is_suppressed() {
            fingerprints.insert(finding.fingerprint);
        }
    });
    fingerprints
}

impl Placed<'_> {
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
