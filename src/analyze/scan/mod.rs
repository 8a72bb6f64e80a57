//! What all scanners together found, and what of it is new (requirement A4).

mod age;
mod lines;
mod placed;
mod prints;
mod ratchet;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use age::{Age, ages, on_changed_line};
pub use lines::Texts;
use placed::{Listing, Placed};
use ratchet::{Ratchets, absent};

use crate::evidence::ScanReport;
use crate::evidence::finding_baseline::{Baseline, Found};
use crate::facts::{ChangedFile, FileStatus, Scan, ScanBaseline, ScanCounts, Severity};

/// A report with the directory that is configured for its relative paths.
#[derive(Debug, Clone, PartialEq)]
pub struct RootedScan {
    pub report: ScanReport,
    /// The `root` of its entry in the configuration.
    pub root: Option<String>,
}

/// Joins the reports to the change.
///
/// A finding is new if its tool says so; otherwise, with a baseline, if no entry of it is left for the finding; otherwise if it lies
/// on a changed line that was not moved, or names no line in a changed file. Of several places, one on a changed line counts. A
/// finding reported twice counts once. `repository_roots` are absolute paths of the repository's root.
#[must_use]
pub fn scan<'a>(
    reports: &'a [RootedScan],
    files: &[ChangedFile],
    repository_roots: &[String],
    texts: Texts<'_>,
    baseline: Option<&'a Baseline>,
) -> Scan {
    let known: Option<BTreeSet<&str>> = baseline.map(|baseline| baseline.fingerprints().collect());
    let known = known.as_ref();
    let tools: BTreeSet<_> = reports.iter().flat_map(|one| one.report.tools.iter().cloned()).collect();
    let by_path: BTreeMap<&str, &ChangedFile> =
        files.iter().filter(|file| file.status != FileStatus::Deleted).map(|file| (file.path.as_str(), file)).collect();
    let mut scan = Scan {
        tools: tools.into_iter().collect(),
        findings: Vec::new(),
        new: ScanCounts::default(),
        old: ScanCounts::default(),
        suppressed: 0,
        baseline: None,
    };
    let mut ratchets = baseline.map(|baseline| Ratchets::new(&baseline.counts));
    let mut take = |finding: Placed<'a>, age: Age, listed: bool| {
        let age = Age { new: finding.said_new.unwrap_or(age.new), ..age };
        if finding.is_suppressed() {
            scan.suppressed += 1;
        } else {
            if let Some(ratchets) = &mut ratchets {
                ratchets.count(finding.result.tool, finding.result.rule, finding.result.severity);
            }
            count(if age.new { &mut scan.new } else { &mut scan.old }, finding.result.severity);
        }
        if age.new || listed {
            scan.findings.push(finding.into_fact(age));
        }
    };
    // Those of one changed file are weighed together, because what was there before excuses each of them once.
    let mut together: Vec<Placed<'a>> = Vec::new();
    let weigh = |together: &mut Vec<Placed<'a>>, take: &mut dyn FnMut(Placed<'a>, Age, bool)| {
        let file = together.first().and_then(|one| by_path.get(one.file.as_deref()?)).copied();
        let Some(file) = file else { return };
        let ages = ages(together, file, texts, known);
        for (finding, age) in together.drain(..).zip(ages) {
            take(finding, age, true);
        }
    };
    // Only what is listed or looked up needs its fingerprint.
    let listing = Listing { changed: &by_path, repository_roots, texts, all_fingerprints: known.is_some() };
    listing.each(reports, |mut finding| {
        finding.point_at_the_change(&by_path);
        if !finding.pointed && together.first().is_some_and(|first| first.file != finding.file) {
            weigh(&mut together, &mut take);
        }
        let known = known.map(|known| known.contains(finding.fingerprint.as_str()));
        match finding.file.as_deref().and_then(|path| by_path.get(path)) {
            // Its first place is in another file, by which the baseline knows it.
            Some(file) if finding.pointed => {
                let age = ages(std::slice::from_ref(&finding), file, Texts::none(), None).first().copied();
                let age = age.unwrap_or(Age { new: true, ..Age::default() });
                take(finding, Age { new: known.map_or(age.new, |known| !known), ..age }, true);
            }
            Some(_) => together.push(finding),
            None => take(finding, Age { new: known == Some(false), ..Age::default() }, false),
        }
    });
    weigh(&mut together, &mut take);
    scan.baseline = baseline.zip(ratchets).map(|(baseline, ratchets)| {
        let absent_tools = absent(&baseline.tools, &scan.tools);
        ScanBaseline {
            owner: baseline.owner.clone(),
            made_at: baseline.made_at,
            made_for: baseline.made_for.clone(),
            ratchets: ratchets.facts(&absent_tools),
            absent_tools,
        }
    });
    scan
}

/// Every finding that nobody suppressed, for a baseline.
#[must_use]
pub fn census(reports: &[RootedScan], repository_roots: &[String], texts: Texts<'_>) -> Vec<Found> {
    let mut all = Vec::new();
    let listing = Listing { changed: &BTreeMap::new(), repository_roots, texts, all_fingerprints: true };
    listing.each(reports, |finding| {
        if !finding.is_suppressed() {
            all.push(Found {
                file: finding.file,
                tool: finding.result.tool.to_owned(),
                rule: finding.result.rule.to_owned(),
                severity: finding.result.severity,
                fingerprint: finding.fingerprint,
            });
        }
    });
    all
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
            self.pointed = true;
            self.line = lines.map(|(first, _)| first);
            self.end_line = lines.map(|(_, last)| last);
        }
    }
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
