//! The list of known failures: tests that fail, that somebody answers for, and that block nobody until a day (requirement C1).
//!
//! YAML, version 1: `known_failures: [{suite, case, owner, reason, ticket, expires}]`, all of them required. `suite` is the name of a
//! suite or of one around it, `case` the whole name of the case as findings show it, `expires` the last day, in UTC.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::yaml::{at, name};
use super::{ReadError, yaml};

/// A case name is made of a class, a name and parameters.
const MAX_CASE_CHARS: usize = 2000;

/// An entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFailureRecord {
    pub suite: String,
    pub case: String,
    pub owner: String,
    pub reason: String,
    pub ticket: String,
    /// The last day, in UTC, on which it excuses.
    pub expires: Date,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    version: Spanned<u64>,
    #[serde(default)]
    known_failures: Option<Vec<RawEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    suite: Spanned<String>,
    case: Spanned<String>,
    owner: Spanned<String>,
    reason: Spanned<String>,
    ticket: Spanned<String>,
    expires: Spanned<String>,
}

/// Reads the list; its entries keep their order.
///
/// The errors name the line: YAML that is damaged, an unknown or absent key, a version other than 1, an empty text, a day that is none,
/// a case that is listed twice. An empty list is fine.
pub fn read(bytes: &[u8]) -> Result<Vec<KnownFailureRecord>, ReadError> {
    let raw: RawFile = yaml::read(bytes)?;
    if raw.version.value != 1 {
        return Err(at(&raw.version, format!("version {} is not known; expected 1", raw.version.value)));
    }
    let (mut entries, mut seen) = (Vec::new(), BTreeSet::new());
    for raw in raw.known_failures.unwrap_or_default() {
        let entry = KnownFailureRecord {
            suite: name(&raw.suite, "suite")?,
            case: case(&raw.case)?,
            owner: name(&raw.owner, "owner")?,
            reason: name(&raw.reason, "reason")?,
            ticket: name(&raw.ticket, "ticket")?,
            expires: yaml::day(&raw.expires, "expires", "the last one on which it excuses")?,
        };
        if !seen.insert((entry.suite.clone(), entry.case.clone())) {
            return Err(at(&raw.case, format!("`{}` of suite `{}` is listed twice; remove one", entry.case, entry.suite)));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// The name of a case; unlike other names it may be long and hold what its parameters hold.
fn case(place: &Spanned<String>) -> Result<String, ReadError> {
    let length = place.value.chars().count();
    if place.value.trim().is_empty() || length > MAX_CASE_CHARS {
        return Err(at(place, format!("case has {length} characters; expected a name of at most {MAX_CASE_CHARS}")));
    }
    Ok(place.value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = "version: 1
known_failures:
- suite: core-fvt
  case: pay.Refund.twice
  owner: mei
  reason: the bank's sandbox answers late
  ticket: PAY-12
  expires: 2026-12-31
";

    #[test]
    fn an_entry_says_who_answers_for_it_and_until_when() {
        let entries = read(FULL.as_bytes()).unwrap();
        assert_eq!((entries[0].case.as_str(), entries[0].expires.to_string()), ("pay.Refund.twice", "2026-12-31".to_owned()));
        assert_eq!(read(b"version: 1\nknown_failures: []\n").unwrap(), []);
        assert_eq!(read(b"version: 1\n").unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (from, to, expected) in [
            ("  owner: mei\n", "", "`owner` is missing"),
            ("owner: mei", "owner: ' '", "line 5: owner is empty"),
            ("ticket: PAY-12", "ticket: ''", "line 7: ticket is empty"),
            ("2026-12-31", "soon", "line 8: expires `soon` is not a day"),
            ("2026-12-31", "2026-02-30", "is not a day"),
            ("2026-12-31", "2026-12-31T00:00:00", "is not a day"),
            ("ticket:", "tickt:", "did you mean `ticket`?"),
            ("version: 1", "version: 2", "version 2 is not known"),
            ("pay.Refund.twice", "''", "line 4: case has 0 characters"),
        ] {
            let error = read(FULL.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let twice = [FULL, FULL.split_once("known_failures:\n").unwrap().1].concat();
        assert!(read(twice.as_bytes()).unwrap_err().to_string().contains("listed twice"));
    }
}
