//! The results of a run: read one by one, kept packed, and understood at the end of the run.

use std::collections::BTreeMap;

use super::places::{Addresses, Lines, Places, known};
use super::raw::{self, BaselineState, Level, Message, ResultKind, SuppressionEntry, Text};
use super::rules::{KnownRule, Pointers, Rules};
use crate::evidence::text::cut;
use crate::evidence::{NO_ENTRY, Rare, Record, ScanResults, TextId};
use crate::facts::{Severity, Suppression};

/// Results wait in pieces of this many, each of which is given back as soon as it is understood.
const PIECE: usize = 1 << 14;

/// A result whose rule and file are only pointed at.
struct Waiting {
    /// Into the pointers.
    rule: u32,
    /// Into the addresses; `NO_ENTRY` where the result names none.
    place: u32,
    /// First and last line, counted from 1; 0 where it names none.
    lines: [u32; 2],
    message: TextId,
    fingerprint: TextId,
    /// Into the asides; `NO_ENTRY` where there is nothing more to say.
    aside: u32,
    level: Option<Level>,
    kind: ResultKind,
    score: Option<Severity>,
    new: Option<bool>,
}

/// What few results have.
#[derive(Default)]
struct Aside {
    /// The places behind the first.
    places: Vec<(u32, Lines)>,
    /// What the tool was told to scan, and what it calls related: where the places lead to no file.
    target: Option<u32>,
    related: Vec<(u32, Lines)>,
    suppression: Option<Suppression>,
    /// The key of a text of the rule, and what is to be put into it.
    message: Option<(String, Vec<String>)>,
}

impl Aside {
    fn is_empty(&self) -> bool {
        self.places.is_empty()
            && self.target.is_none()
            && self.related.is_empty()
            && self.suppression.is_none()
            && self.message.is_none()
    }
}

/// The results that were read and wait for the end of their run.
#[derive(Default)]
pub(super) struct Results {
    pieces: Vec<Vec<Waiting>>,
    pointers: Pointers,
    addresses: Addresses,
    asides: Vec<Aside>,
}

impl Results {
    /// Takes in a result, unless it is no finding: passed and inapplicable checks, information, and results that are gone. Its
    /// texts go to those of the report. `None` when there are more than are kept.
    pub(super) fn take(&mut self, result: &raw::Result<'_>, report: &mut ScanResults) -> Option<()> {
        let kind = result.kind.unwrap_or(ResultKind::Fail);
        if matches!(kind, ResultKind::Pass | ResultKind::NotApplicable | ResultKind::Informational)
            || result.baseline_state == Some(BaselineState::Absent)
        {
            return Some(());
        }
        let mut aside =
            Aside { suppression: suppression(result.suppressions.as_deref().unwrap_or_default()), ..Aside::default() };
        // Nearly all have one place, for which nothing is allocated.
        let (own, further) = match result.locations.as_deref().unwrap_or_default() {
            [] => (None, &[][..]),
            [own, further @ ..] => (Some(own), further),
        };
        let mut first = None;
        if let Some(own) = own {
            first = self.addresses.place(own).ok()?;
            aside.places = self.addresses.places(further).ok()?;
        }
        if !first.is_some_and(|first| self.addresses.any_certain(&[first])) && !self.addresses.any_certain(&aside.places) {
            aside.target = match &result.analysis_target {
                Some(target) => Some(self.addresses.number(target)?),
                None => None,
            };
            aside.related = self.addresses.places(result.related_locations.as_deref().unwrap_or_default()).ok()?;
        }
        let message = match &result.message {
            Some(Message { text: Some(text), arguments, .. }) => {
                let arguments = arguments.as_deref().unwrap_or_default();
                report.text(Some(&filled(&text.0, arguments.iter().map(|argument| argument.0.as_ref()))))?
            }
            Some(Message { id: Some(id), arguments, .. }) => {
                let arguments = arguments.iter().flatten().map(|argument| argument.0.to_string()).take(10).collect();
                aside.message = Some((id.0.to_string(), arguments));
                TextId::NONE
            }
            _ => TextId::NONE,
        };
        let fingerprint = fingerprint(result.partial_fingerprints.as_ref()).or_else(|| fingerprint(result.fingerprints.as_ref()));
        let own_score = result.properties.as_ref().and_then(|properties| properties.security_severity.as_ref());
        let waiting = Waiting {
            rule: self.pointers.number(result)?,
            place: first.map_or(NO_ENTRY, |(number, _)| number),
            lines: first.and_then(|(_, lines)| lines).map_or([0, 0], |(first, last)| [first, last]),
            message,
            fingerprint: report.text(fingerprint.as_deref())?,
            aside: if aside.is_empty() { NO_ENTRY } else { self.put_aside(aside)? },
            level: result.level,
            kind,
            score: own_score.and_then(|score| score.0).map(severity_of_score),
            new: result.baseline_state.map(|state| state != BaselineState::Unchanged),
        };
        if self.pieces.last().is_none_or(|piece| piece.len() == PIECE) {
            self.pieces.push(if self.pieces.is_empty() { Vec::new() } else { Vec::with_capacity(PIECE) });
        }
        self.pieces.last_mut()?.push(waiting);
        Some(())
    }

    fn put_aside(&mut self, aside: Aside) -> Option<u32> {
        let index = u32::try_from(self.asides.len()).ok().filter(|index| *index != NO_ENTRY)?;
        self.asides.push(aside);
        Some(index)
    }

    /// Adds the findings to the report, now that rules and places are known. `None` when there are more than are kept.
    pub(super) fn finish(self, tool: &str, rules: &Rules, places: &Places, report: &mut ScanResults) -> Option<()> {
        let paths = self.addresses.resolved(places)?;
        // Only paths that a finding lies in become paths of the report: the others would make joining them ambiguous.
        let mut path_ids: Vec<Option<u32>> = vec![None; paths.len()];
        let meant: Vec<Meant<'_>> =
            self.pointers.all.iter().map(|pointer| Meant::new(rules, pointer, tool, report)).collect::<Option<_>>()?;
        let mut asides = self.asides;
        for waiting in self.pieces.into_iter().flatten() {
            let rule = meant.get(waiting.rule as usize)?;
            let (mut path, mut rare) = (NO_ENTRY, NO_ENTRY);
            let [first, last] = waiting.lines;
            let (mut lines, mut message) = ((first > 0).then_some((first, last)), waiting.message);
            if let Some(aside) = asides.get_mut(waiting.aside as usize).map(std::mem::take) {
                let own = (waiting.place != NO_ENTRY).then_some((waiting.place, lines));
                let mut stated = known(&own.into_iter().chain(aside.places).collect::<Vec<_>>(), &paths)?;
                if stated.is_empty() {
                    stated = known(&aside.target.map(|target| (target, None)).into_iter().collect::<Vec<_>>(), &paths)?;
                }
                if stated.is_empty() {
                    stated = known(&aside.related, &paths)?;
                }
                let mut stated = stated.into_iter();
                let first = stated.next();
                path = first.as_ref().map_or(Some(NO_ENTRY), |first| report.path(&first.path))?;
                lines = first.and_then(|first| first.lines);
                rare = report.rare(Rare { elsewhere: stated.collect(), suppression: aside.suppression })?;
                if let Some((key, arguments)) = aside.message {
                    let text = rule.messages().and_then(|messages| messages.get(&key)).map_or("", String::as_str);
                    message = report.text(Some(&filled(text, arguments.iter().map(String::as_str))))?;
                }
            } else if let Some(slot) = path_ids.get_mut(waiting.place as usize) {
                path = match (*slot, paths.get(waiting.place as usize)) {
                    (Some(known), _) => known,
                    (None, Some(Some(path))) => report.path(path)?,
                    (None, _) => NO_ENTRY,
                };
                *slot = Some(path);
            }
            let lines = lines.filter(|_| path != NO_ENTRY);
            report.add(Record {
                rule: rule.entry,
                path,
                first: lines.map_or(0, |(first, _)| first),
                last: lines.map_or(0, |(_, last)| last),
                message,
                fingerprint: waiting.fingerprint,
                rare,
                severity: rule.severity(&waiting),
                new: waiting.new,
            })?;
        }
        Some(())
    }
}

/// What a pointer of the run's results means.
struct Meant<'r> {
    /// Into the report's pairs of tool and rule.
    entry: u32,
    rule: Option<&'r KnownRule>,
    /// The level of a failure that states none.
    default: Level,
}

impl<'r> Meant<'r> {
    fn new(rules: &'r Rules, pointer: &super::rules::Pointer, tool: &str, report: &mut ScanResults) -> Option<Self> {
        let (rule, id) = rules.find(pointer);
        // Section 3.27.10: the default is the rule's for a failure. An invocation's own setting only raises it.
        let default = rule.and_then(|rule| rule.level).unwrap_or(Level::Warning);
        let default = rules.overridden(&id).map_or(default, |set| set.max(default));
        Some(Meant { entry: report.rule(tool, &id)?, rule, default })
    }

    fn messages(&self) -> Option<&'r BTreeMap<String, String>> {
        self.rule.map(|rule| &rule.messages)
    }

    /// By the score, the result's own before the rule's; otherwise by the level, of which there is none for what is open or wants a
    /// review.
    fn severity(&self, result: &Waiting) -> Severity {
        let level = match (result.level, result.kind) {
            (Some(level), _) => level,
            (None, ResultKind::Fail) => self.default,
            (None, _) => Level::None,
        };
        let score = result.score.or_else(|| self.rule.and_then(|rule| rule.score).map(severity_of_score));
        score.filter(|_| level != Level::None).unwrap_or_else(|| severity_of_level(level))
    }
}

fn severity_of_level(level: Level) -> Severity {
    match level {
        Level::Error => Severity::High,
        Level::Warning => Severity::Medium,
        Level::Note => Severity::Low,
        Level::None => Severity::Note,
    }
}

/// GitHub's bounds for `security-severity`, which are those of CVSS 3.1.
fn severity_of_score(score: f64) -> Severity {
    if score >= 9.0 {
        Severity::Critical
    } else if score >= 7.0 {
        Severity::High
    } else if score >= 4.0 {
        Severity::Medium
    } else {
        Severity::Low
    }
}

/// A message with its arguments put in (section 3.11).
fn filled<'t>(text: &'t str, arguments: impl Iterator<Item = &'t str>) -> std::borrow::Cow<'t, str> {
    let mut filled = std::borrow::Cow::Borrowed(text);
    for (at, argument) in arguments.enumerate().take(10) {
        let mark = format!("{{{at}}}");
        if filled.contains(&mark) {
            // Marks that are repeated may make a short text endless.
            filled = cut(&filled.replace(&mark, argument)).to_owned().into();
        }
    }
    filled
}

/// One that is in force, if there is one.
fn suppression(entries: &[SuppressionEntry<'_>]) -> Option<Suppression> {
    let mut all: Vec<Suppression> = entries
        .iter()
        .map(|entry| Suppression {
            kind: if entry.kind.as_ref().is_some_and(|kind| kind.0 == "inSource") { "in_source" } else { "external" }.to_owned(),
            reason: entry.justification.as_ref().map(|reason| reason.0.to_string()).filter(|reason| !reason.trim().is_empty()),
            accepted: entry.status.as_ref().is_none_or(|status| status.0 == "accepted"),
        })
        .collect();
    // A reasoned one first: it says more.
    all.sort_by_key(|one| (!one.accepted, one.reason.is_none()));
    all.into_iter().next()
}

/// GitHub's key first, then the first one; semgrep's placeholder for anonymous users is none.
fn fingerprint(fingerprints: Option<&BTreeMap<Text<'_>, Text<'_>>>) -> Option<String> {
    let fingerprints = fingerprints?;
    let real = |key: &str, value: &str| (!value.trim().is_empty() && value != "requires login").then(|| format!("{key}:{value}"));
    let best = fingerprints.iter().find(|(key, _)| key.0 == "primaryLocationLineHash");
    best.and_then(|(key, value)| real(&key.0, &value.0))
        .or_else(|| fingerprints.iter().find_map(|(key, value)| real(&key.0, &value.0)))
}
