//! The findings of a report, packed.

use std::collections::HashMap;
use std::fmt;

use super::texts::{TextId, Texts};
use super::{ScanPlace, ScanResult};
use crate::evidence::limits::{KEPT_BYTES, RESULTS};
use crate::evidence::trace;
use crate::facts::{Severity, Suppression};

/// Findings stand in pieces of this many, so that a growing report is never copied.
const PIECE: usize = 1 << 14;
/// What an entry of a table takes besides its text.
const ENTRY_BYTES: usize = 128;
/// No entry of a table.
pub(crate) const NO_ENTRY: u32 = u32::MAX;

/// A finding: what many share stands in tables, texts stand in blocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    /// Into the pairs of tool and rule.
    pub(crate) rule: u32,
    /// Into the paths; [`NO_ENTRY`] without one.
    pub(crate) path: u32,
    /// Counted from 1; 0 where none is named.
    pub(crate) first: u32,
    pub(crate) last: u32,
    pub(crate) message: TextId,
    pub(crate) fingerprint: TextId,
    /// Into the rare parts; [`NO_ENTRY`] without one.
    pub(crate) rare: u32,
    pub(crate) severity: Severity,
    pub(crate) new: Option<bool>,
}

/// A finding in 24 bytes.
#[derive(Debug, Clone, Copy)]
struct Packed {
    /// The rule's number, and in the lowest bits severity and newness.
    rule: u32,
    path: u32,
    first: u32,
    message: TextId,
    fingerprint: TextId,
    /// How many lines follow the first one, [`NO_END`] where the finding names no last line; with [`IS_RARE`] the number of its rare parts.
    more: u32,
}

const IS_RARE: u32 = 1 << 31;
const NO_END: u32 = IS_RARE - 1;
/// How many bits severity and newness take.
const MARKS: u32 = 5;
const SEVERITIES: [Severity; 5] = [Severity::Note, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
const NEWNESS: [Option<bool>; 3] = [None, Some(false), Some(true)];

impl Packed {
    fn rule(self) -> usize {
        (self.rule >> MARKS) as usize
    }

    fn severity(self) -> Severity {
        SEVERITIES.get((self.rule & 7) as usize).copied().unwrap_or(Severity::Critical)
    }

    fn said_new(self) -> Option<bool> {
        NEWNESS.get((self.rule >> 3 & 3) as usize).copied().flatten()
    }

    /// The word that holds rule, severity and newness; `None` for a rule that has no place in it.
    fn marked(rule: u32, severity: Severity, new: Option<bool>) -> Option<u32> {
        let at = |found: Option<usize>| found.and_then(|at| u32::try_from(at).ok());
        let severity = at(SEVERITIES.iter().position(|one| *one == severity))?;
        let new = at(NEWNESS.iter().position(|one| *one == new))?;
        (rule < 1 << (32 - MARKS)).then_some(rule << MARKS | new << 3 | severity)
    }

    fn rare(self) -> Option<usize> {
        (self.more & IS_RARE != 0).then_some((self.more & !IS_RARE) as usize)
    }
}

/// What few findings have, and the last line of such a finding, 0 where it names none.
#[derive(Debug, Clone, Default)]
struct Aside {
    rare: Rare,
    last: u32,
}

/// What few findings have.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rare {
    pub(crate) elsewhere: Vec<ScanPlace>,
    pub(crate) suppression: Option<Suppression>,
}

/// The findings of one report, in its order. They outnumber everything else that a scanner writes, so they are packed, and
/// unpacked one by one.
#[derive(Clone, Default)]
pub struct ScanResults {
    pieces: Vec<Vec<Packed>>,
    rules: Vec<(String, String)>,
    rule_ids: HashMap<String, u32>,
    paths: Vec<String>,
    path_ids: HashMap<String, u32>,
    texts: Texts,
    rare: Vec<Aside>,
    /// What rules, paths and rare parts take in memory, roughly.
    kept: usize,
}

/// Where a finding stands, for putting many in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanPosition {
    /// Into [`ScanResults::paths`].
    pub path: Option<usize>,
    pub line: Option<u32>,
    pub end_line: Option<u32>,
    /// Into [`ScanResults::rules`].
    pub rule: usize,
}

/// One finding, borrowed. The fields are those of [`ScanResult`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScanView<'a> {
    pub tool: &'a str,
    pub rule: &'a str,
    pub severity: Severity,
    pub message: &'a str,
    pub path: Option<&'a str>,
    pub line: Option<u32>,
    pub end_line: Option<u32>,
    pub elsewhere: &'a [ScanPlace],
    pub new: Option<bool>,
    pub suppression: Option<&'a Suppression>,
    pub fingerprint: Option<&'a str>,
}

impl ScanResults {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces.last().map_or(0, |last| (self.pieces.len() - 1) * PIECE + last.len())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The finding of that number, counted from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<ScanView<'_>> {
        let record = self.pieces.get(index / PIECE)?.get(index % PIECE)?;
        let (tool, rule) = self.rules.get(record.rule())?;
        let rare = self.aside(*record).map(|aside| &aside.rare);
        let position = self.placed(*record);
        Some(ScanView {
            tool,
            rule,
            severity: record.severity(),
            message: self.texts.get(record.message).unwrap_or_default(),
            path: position.path.and_then(|index| self.paths.get(index)).map(String::as_str),
            line: position.line,
            end_line: position.end_line,
            elsewhere: rare.map_or(&[], |rare| rare.elsewhere.as_slice()),
            new: record.said_new(),
            suppression: rare.and_then(|rare| rare.suppression.as_ref()),
            fingerprint: self.texts.get(record.fingerprint),
        })
    }

    /// Where the finding of that number stands.
    #[must_use]
    pub fn position(&self, index: usize) -> Option<ScanPosition> {
        self.pieces.get(index / PIECE)?.get(index % PIECE).map(|record| self.placed(*record))
    }

    /// The message of the finding of that number, for putting many in order.
    #[must_use]
    pub fn message(&self, index: usize) -> Option<&[u8]> {
        let record = self.pieces.get(index / PIECE)?.get(index % PIECE)?;
        Some(self.texts.bytes(record.message).unwrap_or_default())
    }

    /// Whether its tool calls the finding of that number new, or it has further places.
    #[must_use]
    pub fn stands_out(&self, index: usize) -> bool {
        let record = self.pieces.get(index / PIECE).and_then(|piece| piece.get(index % PIECE));
        let stands_out = |record: &Packed| {
            record.said_new() == Some(true) || self.aside(*record).is_some_and(|aside| !aside.rare.elsewhere.is_empty())
        };
        record.is_some_and(stands_out)
    }

    fn placed(&self, record: Packed) -> ScanPosition {
        let line = |line: u32| (line > 0).then_some(line);
        let last = match (record.rare(), record.more) {
            (Some(_), _) => self.aside(record).map_or(0, |aside| aside.last),
            (None, NO_END) => 0,
            (None, lines) => record.first.saturating_add(lines),
        };
        let path = (record.path != NO_ENTRY).then_some(record.path as usize);
        ScanPosition { path, line: line(record.first), end_line: line(last), rule: record.rule() }
    }

    fn aside(&self, record: Packed) -> Option<&Aside> {
        self.rare.get(record.rare()?)
    }

    pub fn iter(&self) -> impl Iterator<Item = ScanView<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// The first paths of the findings, each once.
    #[must_use]
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Tool and rule of the findings, each pair once.
    #[must_use]
    pub fn rules(&self) -> &[(String, String)] {
        &self.rules
    }

    /// The further places of all findings.
    pub fn elsewhere(&self) -> impl Iterator<Item = &ScanPlace> {
        self.rare.iter().flat_map(|aside| &aside.rare.elsewhere)
    }

    /// Adds a finding; `false` when there are more than are kept.
    #[must_use]
    pub fn push(&mut self, result: &ScanResult) -> bool {
        let add = |this: &mut Self| {
            let rare = Rare { elsewhere: result.elsewhere.clone(), suppression: result.suppression.clone() };
            let record = Record {
                rule: this.rule(&result.tool, &result.rule)?,
                path: result.path.as_deref().map_or(Some(NO_ENTRY), |path| this.path(path))?,
                first: result.line.unwrap_or(0),
                last: result.end_line.unwrap_or(0),
                message: this.text(Some(&result.message))?,
                fingerprint: this.text(result.fingerprint.as_deref())?,
                rare: this.rare(rare)?,
                severity: result.severity,
                new: result.new,
            };
            this.add(record)
        };
        add(self).is_some()
    }

    /// Adds a finding whose parts are in the tables already. This and those below give `None` when there is no place left.
    pub(crate) fn add(&mut self, record: Record) -> Option<()> {
        if self.pieces.last().is_none_or(|piece| piece.len() == PIECE) {
            if self.len() >= RESULTS {
                return None;
            }
            // The first piece grows, so that a small report stays small.
            self.pieces.push(if self.pieces.is_empty() { Vec::new() } else { Vec::with_capacity(PIECE) });
        }
        trace::finding(self.len(), record.first, record.last);
        let more = self.more(record)?;
        let Record { path, first, message, fingerprint, .. } = record;
        let rule = Packed::marked(record.rule, record.severity, record.new)?;
        self.pieces.last_mut()?.push(Packed { rule, path, first, message, fingerprint, more });
        Some(())
    }

    /// How a record says where it ends, and what more there is of it.
    fn more(&mut self, record: Record) -> Option<u32> {
        let Record { first, last, .. } = record;
        let mut at = record.rare;
        if at == NO_ENTRY {
            let lines = last.checked_sub(first).filter(|lines| *lines < NO_END);
            if let Some(lines) = lines.or((last == 0).then_some(NO_END)) {
                return Some(lines);
            }
            at = self.put_aside(Rare::default())?;
        }
        self.rare.get_mut(at as usize)?.last = last;
        Some(at | IS_RARE)
    }

    fn put_aside(&mut self, rare: Rare) -> Option<u32> {
        let at = u32::try_from(self.rare.len()).ok().filter(|at| *at < IS_RARE)?;
        self.keep(ENTRY_BYTES)?;
        self.rare.push(Aside { rare, last: 0 });
        Some(at)
    }

    pub(crate) fn text(&mut self, text: Option<&str>) -> Option<TextId> {
        let id = text.map_or(Some(TextId::NONE), |text| self.texts.keep(text))?;
        self.keep(0).map(|()| id)
    }

    pub(crate) fn rule(&mut self, tool: &str, rule: &str) -> Option<u32> {
        let key = [tool, "\0", rule].concat();
        if let Some(id) = self.rule_ids.get(&key) {
            return Some(*id);
        }
        let id = u32::try_from(self.rules.len()).ok().filter(|id| *id != NO_ENTRY)?;
        self.keep(2 * key.len() + ENTRY_BYTES)?;
        self.rules.push((tool.to_owned(), rule.to_owned()));
        self.rule_ids.insert(key, id);
        Some(id)
    }

    /// Gives each tool its final name, and its findings a severity where one comes with the name: for a report that says so behind its
    /// findings.
    pub(crate) fn settle_tools(&mut self, last_word: impl Fn(&str) -> (String, Option<Severity>)) {
        let mut severities = Vec::with_capacity(self.rules.len());
        for (tool, _) in &mut self.rules {
            let (name, severity) = last_word(tool);
            *tool = name;
            severities.push(severity);
        }
        for record in self.pieces.iter_mut().flatten() {
            let said = severities.get(record.rule()).copied().flatten();
            let rule = u32::try_from(record.rule()).ok();
            let word = said.zip(rule).and_then(|(severity, rule)| Packed::marked(rule, severity, record.said_new()));
            record.rule = word.unwrap_or(record.rule);
        }
    }

    /// Takes one off every line, for a report that turns out to count them from 1.
    pub(crate) fn lift_lines(&mut self) {
        for record in self.pieces.iter_mut().flatten() {
            record.first = record.first.saturating_sub(1);
        }
        for aside in &mut self.rare {
            aside.last = aside.last.saturating_sub(1);
        }
    }

    pub(crate) fn path(&mut self, path: &str) -> Option<u32> {
        if let Some(id) = self.path_ids.get(path) {
            return Some(*id);
        }
        let id = u32::try_from(self.paths.len()).ok().filter(|id| *id != NO_ENTRY)?;
        self.keep(2 * path.len() + ENTRY_BYTES)?;
        self.paths.push(path.to_owned());
        self.path_ids.insert(path.to_owned(), id);
        Some(id)
    }

    pub(crate) fn rare(&mut self, rare: Rare) -> Option<u32> {
        if rare.elsewhere.is_empty() && rare.suppression.is_none() {
            return Some(NO_ENTRY);
        }
        let reason = rare.suppression.as_ref().and_then(|suppression| suppression.reason.as_ref());
        let places: usize = rare.elsewhere.iter().map(|place| place.path.len() + size_of::<ScanPlace>()).sum();
        self.keep(places + reason.map_or(0, String::len))?;
        self.put_aside(rare)
    }

    /// Takes note of so many bytes more; `None` where that is too much.
    fn keep(&mut self, bytes: usize) -> Option<()> {
        self.kept = self.kept.saturating_add(bytes);
        (self.kept.saturating_add(self.texts.room()) <= KEPT_BYTES).then_some(())
    }
}

impl ScanView<'_> {
    /// The finding on its own.
    #[must_use]
    pub fn unpacked(&self) -> ScanResult {
        ScanResult {
            tool: self.tool.to_owned(),
            rule: self.rule.to_owned(),
            severity: self.severity,
            message: self.message.to_owned(),
            path: self.path.map(str::to_owned),
            line: self.line,
            end_line: self.end_line,
            elsewhere: self.elsewhere.to_vec(),
            new: self.new,
            suppression: self.suppression.cloned(),
            fingerprint: self.fingerprint.map(str::to_owned),
        }
    }
}

impl FromIterator<ScanResult> for ScanResults {
    /// Findings beyond those that can be kept are left out: readers use [`ScanResults::push`], which says so.
    fn from_iter<I: IntoIterator<Item = ScanResult>>(results: I) -> Self {
        let mut all = ScanResults::default();
        results.into_iter().all(|result| all.push(&result));
        all
    }
}

impl PartialEq for ScanResults {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other.iter()).all(|(a, b)| a.unpacked() == b.unpacked())
    }
}

impl fmt::Debug for ScanResults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter().map(|result| result.unpacked())).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(at: u32) -> ScanResult {
        let place = ScanPlace { path: "b.rs".into(), lines: Some((1, 2)) };
        let suppression = Suppression { kind: "external".into(), reason: None, accepted: true };
        ScanResult {
            tool: ["t", "u"][at as usize % 2].into(),
            rule: format!("R{}", at % 3),
            severity: [Severity::Note, Severity::Critical][at as usize % 2],
            message: format!("message {}", at % 5),
            path: (!at.is_multiple_of(4)).then(|| format!("{}.rs", at % 7)),
            line: (!at.is_multiple_of(3)).then_some(at),
            end_line: (at % 3 > 1).then_some(at + 1),
            elsewhere: if at.is_multiple_of(6) { vec![place] } else { vec![] },
            new: [None, Some(true), Some(false)][at as usize % 3],
            suppression: at.is_multiple_of(5).then_some(suppression),
            fingerprint: at.is_multiple_of(2).then(|| format!("k:{at}")),
        }
    }

    #[test]
    fn what_is_put_in_comes_out_in_its_order() {
        let expected: Vec<ScanResult> = (1..40_000).map(result).collect();
        let packed: ScanResults = expected.iter().cloned().collect();
        assert_eq!(packed.len(), expected.len());
        assert!(packed.iter().map(|one| one.unpacked()).eq(expected));
        assert_eq!((packed.rules().len(), packed.paths().len()), (6, 7));
        assert_ne!(packed, ScanResults::default());
    }

    #[test]
    fn spans_of_any_length_and_none_come_out_as_they_went_in() {
        let spans = [(0, 0), (5, 5), (5, 0), (5, 9), (1, u32::MAX), (1, NO_END), (2, NO_END), (u32::MAX, u32::MAX)];
        let some = |line: u32| (line > 0).then_some(line);
        let one = |(first, last): (u32, u32)| ScanResult { line: some(first), end_line: some(last), ..result(1) };
        let packed: ScanResults = spans.into_iter().map(one).collect();
        let out: Vec<_> = packed.iter().map(|view| (view.line, view.end_line)).collect();
        assert_eq!(out, spans.map(|(first, last)| (some(first), some(last))));
    }

    #[test]
    fn a_finding_takes_24_bytes() {
        assert_eq!(size_of::<Packed>(), 24);
    }
}
