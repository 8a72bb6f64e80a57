//! Whether the findings of a changed file were there before the change.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::lines::{Lines, Texts};
use super::placed::Placed;
use super::prints::{Body, digest, fingerprint};
use crate::facts::{ChangedFile, FileStatus, LineRange};

/// How many equal removed lines are compared with one that was added: files with more repeat themselves.
const MAX_CANDIDATES: usize = 64;

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Age {
    pub(super) on_changed_line: bool,
    /// Whether its lines were taken from elsewhere in the file.
    pub(super) moved: bool,
    pub(super) new: bool,
}

/// Decides over the findings of one changed file, in their order.
///
/// What was there before is counted: an entry of the baseline and a removed line excuse one finding each. Findings on lines that the
/// change left alone have the first choice, so that a copy of a bug is the new one, and the bug that was copied stays old.
pub(super) fn ages(findings: &[Placed<'_>], file: &ChangedFile, texts: Texts<'_>, baseline: Option<&BTreeSet<&str>>) -> Vec<Age> {
    let before = matches!(file.status, FileStatus::Modified | FileStatus::Renamed | FileStatus::TypeChanged) && !file.binary;
    let base_path = file.old_path.as_deref().filter(|_| file.status == FileStatus::Renamed).unwrap_or(&file.path);
    let read = |read: &dyn Fn(&str) -> Option<Vec<u8>>, path: &str| read(path).map(Lines::new);
    let mut past = Past {
        file,
        base_path,
        head: read(texts.head, &file.path),
        base: if before { read(texts.base, base_path) } else { None },
        removed: None,
        pairs: BTreeMap::new(),
        baseline,
        excused: HashMap::new(),
    };
    let mut ages: Vec<Age> = findings.iter().map(|finding| past.by_lines(finding)).collect();
    if baseline.is_some() {
        let (changed, alone): (Vec<usize>, Vec<usize>) =
            (0..findings.len()).partition(|at| ages.get(*at).is_some_and(|age| age.on_changed_line));
        for at in alone.into_iter().chain(changed) {
            if let (Some(finding), Some(age)) = (findings.get(at), ages.get_mut(at)) {
                age.new = !past.excuses(finding, age.on_changed_line);
            }
        }
    }
    ages
}

/// What is known of a file before the change.
struct Past<'a> {
    file: &'a ChangedFile,
    base_path: &'a str,
    head: Option<Lines>,
    base: Option<Lines>,
    /// The removed lines by their text, in their order; made when the first is looked for.
    removed: Option<HashMap<Vec<u8>, VecDeque<u32>>>,
    /// The added lines that were removed elsewhere in the file, with where: one to one.
    pairs: BTreeMap<u32, u32>,
    baseline: Option<&'a BTreeSet<&'a str>>,
    /// How many findings each digest of the baseline has excused.
    excused: HashMap<[u8; 32], u64>,
}

impl Past<'_> {
    /// By the lines that the change adds alone.
    fn by_lines(&mut self, finding: &Placed<'_>) -> Age {
        let on_changed_line = on_changed_line(finding.line, finding.end_line, self.file);
        // Nobody can tell whether it was there before: which lines of a file change cannot be seen where git takes it for binary,
        // and the change itself may say so; a copy has all of its findings anew.
        let unknown = finding.line.is_none() || self.file.binary || self.file.status == FileStatus::Copied;
        let moved = on_changed_line && !unknown && self.origin(finding).is_some();
        Age { on_changed_line, moved, new: unknown || (on_changed_line && !moved) }
    }

    /// Where the finding's first line was before, if it and all others of the finding were removed from there and stand beside a line
    /// that they stood beside.
    fn origin(&mut self, finding: &Placed<'_>) -> Option<u32> {
        let first = finding.line?;
        let last = finding.end_line.unwrap_or(first).max(first);
        let (head, base) = (self.head.as_ref()?, self.base.as_ref()?);
        let here = head.surrounded(first)?;
        let same = |was: u32| {
            let beside = base.surrounded(was).is_some_and(|there| here.resembles(&there));
            beside && (1..=last - first).all(|step| was.checked_add(step).and_then(|was| base.get(was)) == head.get(first + step))
        };
        if let Some(was) = self.pairs.get(&first) {
            return same(*was).then_some(*was);
        }
        let removed = self.removed.get_or_insert_with(|| by_text(&self.file.removed, base));
        let candidates = removed.get_mut(&here.line)?;
        let at = candidates.iter().take(MAX_CANDIDATES).position(|was| same(*was))?;
        let was = candidates.remove(at)?;
        self.pairs.insert(first, was);
        Some(was)
    }

    /// Whether an entry of the baseline that no other finding has used is this finding's: by where it stood before the change, else by
    /// where it stands.
    fn excuses(&mut self, finding: &Placed<'_>, on_changed_line: bool) -> bool {
        let was = if on_changed_line { self.origin(finding) } else { finding.line.map(|line| line_before(line, self.file)) };
        let there = self.base.as_ref().filter(|_| was.is_some()).map(|base| Body::of(&finding.result, was, Some(base)));
        let here = Body::of(&finding.result, finding.line, self.head.as_ref());
        let path = finding.file.as_deref();
        let renamed = Some(self.base_path);
        let digests = [
            there.map(|body| digest(&finding.result, renamed, &body)),
            (renamed != path).then(|| digest(&finding.result, renamed, &here)),
            Some(digest(&finding.result, path, &here)),
        ];
        digests.into_iter().flatten().any(|digest| self.excuse(digest))
    }

    fn excuse(&mut self, digest: [u8; 32]) -> bool {
        let excused = self.excused.get(&digest).copied().unwrap_or(0);
        let known = self.baseline.is_some_and(|baseline| baseline.contains(fingerprint(digest, excused).as_str()));
        if known {
            self.excused.insert(digest, excused + 1);
        }
        known
    }
}

/// The number that a line which the change left alone had before it.
fn line_before(line: u32, file: &ChangedFile) -> u32 {
    let added: u64 = file.added.iter().take_while(|range| range.last < line).map(|range| range.lines()).sum();
    let mut before = u64::from(line).saturating_sub(added);
    for range in &file.removed {
        if u64::from(range.first) > before {
            break;
        }
        before += range.lines();
    }
    u32::try_from(before).unwrap_or(u32::MAX)
}

fn by_text(removed: &[LineRange], base: &Lines) -> HashMap<Vec<u8>, VecDeque<u32>> {
    let mut lines: HashMap<Vec<u8>, VecDeque<u32>> = HashMap::new();
    for range in removed {
        for number in range.first..=range.last {
            let Some(text) = base.get(number) else { break };
            if !text.is_empty() {
                lines.entry(text).or_default().push_back(number);
            }
        }
    }
    lines
}

/// Whether a line that the change adds is among these.
pub(super) fn on_changed_line(first: Option<u32>, last: Option<u32>, file: &ChangedFile) -> bool {
    let Some(first) = first else { return false };
    let last = last.unwrap_or(first).max(first);
    file.added.iter().any(|range| range.first <= last && range.last >= first)
}
