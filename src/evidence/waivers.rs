//! The file of waivers: dated, owned, reasoned exceptions for findings.
//!
//! YAML, version 1: `waivers: [{id, path?, fingerprint?, subject?, reason, owner, ticket?, starts?, expires, max_findings?, undecided?}]`.
//! `id` is the finding's, `path` a glob over paths in the repository, `fingerprint` the finding's own, `subject` the service, the plan or
//! the pull request that it is for, `starts` and `expires` the first and the last day in UTC, `max_findings` how many findings it bears
//! in one decision, and `undecided` whether it also holds where the check could not decide.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::yaml::{at, line, name, one_line, unseen};
use super::{ReadError, yaml};

/// A reason that is longer belongs into a ticket.
const MAX_REASON_CHARS: usize = 2000;
/// The longest path that systems know.
const MAX_PATH_CHARS: usize = 4096;

/// A waiver, as the file says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverEntry {
    /// Where it stands, counted from 1.
    pub line: u32,
    pub id: String,
    /// A glob; whether it can be used is for the reader of globs to say.
    pub path: Option<String>,
    pub fingerprint: Option<String>,
    pub service: Option<String>,
    pub plan: Option<String>,
    pub pull_request: Option<u64>,
    /// May have several lines.
    pub reason: String,
    pub owner: String,
    pub ticket: Option<String>,
    pub starts: Option<Date>,
    pub expires: Date,
    /// At least 1.
    pub max_findings: Option<u64>,
    pub undecided: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    version: Spanned<u64>,
    #[serde(default)]
    waivers: Option<Vec<Spanned<RawEntry>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    id: Spanned<String>,
    path: Option<Spanned<String>>,
    fingerprint: Option<Spanned<String>>,
    subject: Option<Spanned<RawSubject>>,
    reason: Spanned<String>,
    owner: Spanned<String>,
    ticket: Option<Spanned<String>>,
    starts: Option<Spanned<String>>,
    expires: Spanned<String>,
    max_findings: Option<Spanned<u64>>,
    #[serde(default)]
    undecided: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSubject {
    service: Option<Spanned<String>>,
    plan: Option<Spanned<String>>,
    pull_request: Option<Spanned<u64>>,
}

/// Reads the file; its waivers keep their order.
///
/// The errors name the line: YAML that is damaged, an unknown or absent key, a version other than 1, an empty text, a day that is none,
/// an end before the start, a subject that names nothing, a number of findings below 1, two waivers for the same. A file without waivers
/// is fine.
pub fn read(bytes: &[u8]) -> Result<Vec<WaiverEntry>, ReadError> {
    let raw: RawFile = yaml::read(bytes)?;
    if raw.version.value != 1 {
        return Err(at(&raw.version, format!("version {} is not known; expected 1", raw.version.value)));
    }
    let (mut entries, mut seen) = (Vec::new(), BTreeSet::new());
    for raw in raw.waivers.unwrap_or_default() {
        let entry = entry(&raw)?;
        let WaiverEntry { id, path, fingerprint, service, plan, pull_request, .. } = entry.clone();
        if !seen.insert((id, path, fingerprint, service, plan, pull_request)) {
            return Err(at(&raw, format!("`{}` is waived twice for the same; keep one of the two", entry.id)));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn entry(place: &Spanned<RawEntry>) -> Result<WaiverEntry, ReadError> {
    let raw = &place.value;
    let optional = |text: &Option<Spanned<String>>, what: &str| text.as_ref().map(|text| name(text, what)).transpose();
    let (service, plan, pull_request) = subject(raw.subject.as_ref())?;
    let (starts, expires) = (
        raw.starts.as_ref().map(|day| yaml::day(day, "starts", "it in UTC")).transpose()?,
        yaml::day(&raw.expires, "expires", "it in UTC")?,
    );
    if let (Some(starts), Some(text)) = (starts.filter(|starts| *starts > expires), &raw.starts) {
        return Err(at(text, format!("starts {starts} is after expires {expires}; such a waiver never holds")));
    }
    if let Some(none) = raw.max_findings.as_ref().filter(|most| most.value == 0) {
        return Err(at(none, "max_findings is 0; write how many findings it bears, or leave the key out"));
    }
    Ok(WaiverEntry {
        line: line(place).unwrap_or_default(),
        id: name(&raw.id, "id")?,
        path: raw.path.as_ref().map(|path| one_line(path, "path", MAX_PATH_CHARS)).transpose()?,
        fingerprint: optional(&raw.fingerprint, "fingerprint")?,
        service,
        plan,
        pull_request,
        reason: reason(&raw.reason)?,
        owner: name(&raw.owner, "owner")?,
        ticket: optional(&raw.ticket, "ticket")?,
        starts,
        expires,
        max_findings: raw.max_findings.as_ref().map(|most| most.value),
        undecided: raw.undecided,
    })
}

type Subject = (Option<String>, Option<String>, Option<u64>);

/// An empty subject is an error: its author meant something, and the waiver would hold for everything.
fn subject(raw: Option<&Spanned<RawSubject>>) -> Result<Subject, ReadError> {
    let Some(raw) = raw else { return Ok((None, None, None)) };
    let RawSubject { service, plan, pull_request } = &raw.value;
    if service.is_none() && plan.is_none() && pull_request.is_none() {
        return Err(at(raw, "subject names nothing; write a service, a plan or a pull_request, or leave the key out"));
    }
    let named = |text: &Option<Spanned<String>>, what: &str| text.as_ref().map(|text| name(text, what)).transpose();
    Ok((named(service, "service")?, named(plan, "plan")?, pull_request.as_ref().map(|number| number.value)))
}

/// Unlike other texts, a reason may have several lines.
fn reason(place: &Spanned<String>) -> Result<String, ReadError> {
    let text = place.value.trim();
    let length = text.chars().count();
    if length == 0 {
        return Err(at(place, "reason is empty; say why this may be so for a while"));
    }
    if length > MAX_REASON_CHARS {
        return Err(at(place, format!("reason has {length} characters; at most {MAX_REASON_CHARS} may be")));
    }
    if text.chars().any(|c| unseen(c) && c != '\n') {
        return Err(at(place, "reason holds a control character or one that nobody sees; remove it"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = "version: 1
waivers:
- id: tests/failed
  path: src/**
  fingerprint: abc
  subject: {service: pay, plan: p-1, pull_request: 7}
  reason: >
    the bank's sandbox
    answers late
  owner: mei
  ticket: PAY-12
  starts: 2026-12-01
  expires: 2026-12-31
  max_findings: 3
  undecided: true
- {id: tests/failed, reason: r, owner: o, expires: 2026-12-31}
";

    #[test]
    fn a_waiver_says_for_what_why_by_whom_and_until_when() {
        let entries = read(FULL.as_bytes()).unwrap();
        let first = &entries[0];
        assert_eq!((first.line, first.id.as_str(), first.path.as_deref()), (3, "tests/failed", Some("src/**")));
        assert_eq!((first.service.as_deref(), first.plan.as_deref(), first.pull_request), (Some("pay"), Some("p-1"), Some(7)));
        assert_eq!(first.reason, "the bank's sandbox answers late");
        assert_eq!(first.starts.map(|day| day.to_string()).as_deref(), Some("2026-12-01"));
        assert_eq!((first.expires.to_string().as_str(), first.max_findings, first.undecided), ("2026-12-31", Some(3), true));
        assert_eq!((entries[1].line, entries[1].starts, entries[1].max_findings, entries[1].undecided), (16, None, None, false));
    }

    #[test]
    fn a_file_without_waivers_is_fine() {
        for text in ["version: 1\n", "version: 1\nwaivers:\n", "version: 1\nwaivers: []\n"] {
            assert_eq!(read(text.as_bytes()), Ok(vec![]), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (from, to, expected) in [
            ("version: 1", "version: 2", "line 1: version 2 is not known"),
            ("version: 1", "verson: 1", "did you mean `version`?"),
            ("  owner: mei\n", "", "`owner` is missing"),
            ("owner: mei", "owner: ' '", "line 10: owner is empty"),
            ("ticket: PAY-12", "ticket: ''", "line 11: ticket is empty"),
            ("ticket:", "tickt:", "line 11: unknown key `tickt`; did you mean `ticket`?"),
            ("expires: 2026-12-31", "expires: soon", "line 13: expires `soon` is not a day"),
            ("expires: 2026-12-31", "expires: 2026-02-30", "is not a day"),
            ("expires: 2026-12-31", "expires: 2026-12-31T00:00:00", "is not a day"),
            ("starts: 2026-12-01", "starts: 2027-01-01", "line 12: starts 2027-01-01 is after expires 2026-12-31"),
            ("max_findings: 3", "max_findings: 0", "line 14: max_findings is 0"),
            ("{service: pay, plan: p-1, pull_request: 7}", "{}", "line 6: subject names nothing"),
            ("{service: pay, plan: p-1, pull_request: 7}", "{servce: pay}", "did you mean `service`?"),
            ("- id: tests/failed", "- id: ' '", "line 3: id is empty"),
            ("answers late", "answers\u{202e}late", "reason holds a control character"),
            ("fingerprint: abc", "id: abc", "the key `id` stands here twice"),
        ] {
            let error = read(FULL.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{to}: {error}");
        }
        let twice = [FULL, "- {id: tests/failed, reason: other, owner: p, expires: 2027-01-31}\n"].concat();
        assert_eq!(
            read(twice.as_bytes()).unwrap_err().to_string(),
            "line 17: `tests/failed` is waived twice for the same; keep one of the two"
        );
    }

    #[test]
    fn damaged_input_is_an_error_and_no_panic() {
        for bytes in [&b""[..], b"\xff", b"[", b"- 1", b"version: 1\nwaivers: {", b"a: &a [*a]", b"version: 1\nwaivers: [1]"] {
            assert!(read(bytes).is_err(), "{bytes:?}");
        }
    }
}
