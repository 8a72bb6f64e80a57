//! The waivers of a judge: read from its file, held against its policies, and asked after in the changed tree.

mod asked;
mod files;
pub mod list;

use std::collections::BTreeSet;

use super::applicable::GateRule;
use crate::analyze::sql::RULES;
use crate::config::Config;
use crate::decide::{Waiver, WaiverState, WaiverSubject};
use crate::error::{Error, Result};
use crate::evidence::waivers::{self, WaiverEntry};
use crate::nearest::nearest;
use crate::path_glob;
use crate::policy::Library;

pub(super) use asked::{requests, rules};
pub(super) use files::{Walked, presence};

/// Reads the bytes of a waiver file; every waiver has a reason, an owner and a last day.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Vec<Waiver>> {
    let entries = waivers::read(bytes).map_err(|error| Error::new(format!("{name}: {error}")))?;
    entries.into_iter().map(|entry| waiver(name, entry)).collect()
}

fn waiver(name: &str, entry: WaiverEntry) -> Result<Waiver> {
    let glob = |path: String| {
        let error = |error| Error::new(format!("{name}: line {}: path: `{path}` is not a path pattern: {error}", entry.line));
        path_glob::parse(&path).map_err(error).map(|glob| glob.compile_matcher())
    };
    Ok(Waiver {
        id: entry.id,
        path: entry.path.map(glob).transpose()?,
        fingerprint: entry.fingerprint,
        subject: WaiverSubject { service: entry.service, plan: entry.plan, pull_request: entry.pull_request },
        reason: entry.reason,
        owner: entry.owner,
        ticket: entry.ticket,
        starts: entry.starts,
        expires: entry.expires,
        max_findings: entry.max_findings,
        undecided: entry.undecided,
        exact: false,
        source: format!("{name}:{}", entry.line),
        withheld: None,
        unmatched: None,
    })
}

/// What is known of the checks before any is made: which names there are, and which of them nobody can waive.
#[derive(Debug)]
pub(super) struct Names {
    ids: BTreeSet<String>,
    subjects: BTreeSet<String>,
    locked: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(library: &Library) -> Names {
        let checks = library.checks();
        let gate = GateRule::ALL.into_iter().map(|rule| rule.id().to_owned());
        let rules = RULES.iter().map(|rule| rule.id.to_owned());
        let locked = checks.iter().filter(|check| !check.waivable).map(|check| check.id.clone());
        Names {
            // Findings about SQL carry the ids of the rules that made them.
            ids: checks.iter().map(|check| check.id.clone()).chain(rules).chain(gate.clone()).collect(),
            subjects: checks.iter().map(|check| check.subject.clone()).collect(),
            locked: locked.chain(gate).collect(),
        }
    }

    /// A name in `settings.waivers.unwaivable` that no check has would leave the one that was meant open to waivers.
    pub(super) fn hold(&self, config: &Config) -> Result<()> {
        for (index, name) in config.settings.waivers.unwaivable.iter().enumerate() {
            if self.ids.contains(name) || self.subjects.contains(name) {
                continue;
            }
            let place = config.places.at(&["settings", "waivers", "unwaivable", &index.to_string()]);
            let error = Error::new(format!("{place}: settings.waivers.unwaivable: no policy is called `{name}`"));
            return Err(match nearest(name, self.ids.iter().chain(&self.subjects).map(String::as_str)) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("`kadian policy list` shows all of them"),
            });
        }
        Ok(())
    }

    /// Says of a waiver what the names alone tell: that its check cannot be waived, or that no check has its id. A rule may give its
    /// findings ids that nobody knows before, so that an unknown id still covers what has it.
    pub(super) fn judge(&self, mut waiver: Waiver) -> Waiver {
        if waiver.withheld.is_none() && self.locked.contains(&waiver.id) {
            let why = if GateRule::ALL.iter().any(|rule| rule.id() == waiver.id) {
                "the gate's own findings cannot be waived: they say that something was not judged at all"
            } else {
                "this check cannot be waived: its policy says `waivable: false`"
            };
            waiver.withheld = Some((WaiverState::Refused, why.to_owned()));
        }
        waiver.unmatched = self.unknown(&waiver.id).map(|why| (WaiverState::NoLongerMatches, why));
        waiver
    }

    /// What there is to say of an id that no check has.
    pub(super) fn unknown(&self, id: &str) -> Option<String> {
        if self.ids.contains(id) {
            return None;
        }
        Some(match nearest(id, self.ids.iter().map(String::as_str)) {
            Some(near) => format!("no policy has this id; did you mean `{near}`?"),
            None => "no policy has this id; `kadian policy list` shows them all".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiver_knows_its_place_and_its_path_is_a_pattern() {
        let full = "version: 1\nwaivers:\n- {id: a/b, path: 'src/**', reason: r, owner: o, expires: 2026-12-31}\n";
        let waivers = read("w.yaml", full.as_bytes()).unwrap();
        assert_eq!(waivers[0].source, "w.yaml:3");
        assert!(waivers[0].path.as_ref().unwrap().is_match("src/x/y.rs"));
        let error = read("w.yaml", full.replace("src/**", "src/[").as_bytes()).unwrap_err();
        assert!(error.message().starts_with("w.yaml: line 3: path: `src/[` is not a path pattern"), "{error}");
        let error = read("w.yaml", full.replace("owner", "ownr").as_bytes()).unwrap_err();
        assert_eq!(error.message(), "w.yaml: line 3: unknown key `ownr`; did you mean `owner`?");
    }
}
