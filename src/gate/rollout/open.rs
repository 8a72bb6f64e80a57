//! Looks a rollout up: in the ledger, and in the calendar.

use std::path::Path;

use jiff::Timestamp;

use super::{Planned, Rolling};
use crate::analyze::freeze;
use crate::analyze::history::{self, About, BreakerRules, LedgerState, Need, Options};
use crate::config::Config;
use crate::config::settings::Settings;
use crate::error::{Error, Result};
use crate::facts::{Entry, Evidence, History, RecordKind, Rollout, Source};
use crate::gate::Request;
use crate::gate::judge::Judge;
use crate::ledger::{Address, Filter, Head, Ledger, LedgerError, Writing};

/// The hash that stands where there is no entry yet.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Rolling {
    /// Looks the rollout up in the ledger and in the calendar; `refused` says why an earlier look could not take a place.
    ///
    /// A ledger that cannot be reached is missing evidence, and one that is damaged is unreadable; only the lack of any is an error.
    pub(in crate::gate) fn open(
        request: &Request,
        root: &Path,
        judge: &Judge,
        planned: Planned,
        refused: Option<String>,
    ) -> Result<Rolling> {
        let address = address(request, &judge.config)?;
        let options = options(&judge.config.settings);
        let checked = judge.config.settings.history.checked_entries;
        let looked = Ledger::open(&address, root).and_then(|mut ledger| {
            ledger.soundly(checked, &mut |sound| {
                let entries = gather(&planned, &options, request.now, &mut |filter| sound.select(filter))?;
                // Of all services: what this one depends on matters too. There are few of them, and an old one may still be open.
                let incidents = sound.select(&Filter { kinds: vec![RecordKind::Incident], ..Filter::default() })?;
                Ok((entries, incidents, sound.head().cloned()))
            })
        });
        let mut seen = None;
        let (entries, incidents, history) = match looked {
            Ok((entries, incidents, head)) => {
                let facts = planned.history(&entries, head.as_ref(), &options, request.now);
                let source = source(&address, &entries, head.as_ref(), request.now);
                seen = head;
                (entries, incidents, Evidence::known(vec![source], facts))
            }
            Err(LedgerError::Damaged(reason)) => (Vec::new(), Vec::new(), Evidence::unreadable(Vec::new(), reason)),
            Err(error) => (Vec::new(), Vec::new(), Evidence::missing(error.to_string())),
        };
        let newest = seen.as_ref().map(|head| head.at);
        let rollout = planned.at(judge, &entries, newest, request.now);
        Ok(Rolling { planned, rollout, history, seen, incidents, options, refused })
    }

    /// The history as it is now that nobody else can write; what was looked at before has to be there still.
    pub(super) fn reread(&self, writing: &mut Writing<'_>, now: Timestamp) -> std::result::Result<History, LedgerError> {
        if self.history.facts().is_some() {
            writing.is_sound_since(self.seen.as_ref())?;
        }
        let entries = gather(&self.planned, &self.options, now, &mut |filter| writing.select(filter))?;
        Ok(self.planned.history(&entries, writing.head()?.as_ref(), &self.options, now))
    }
}

impl Planned {
    /// The rollout in the calendar; `entries` tell of exceptions.
    fn at(&self, judge: &Judge, entries: &[Entry], newest: Option<Timestamp>, now: Timestamp) -> Rollout {
        let exceptions_at = history::moment_of_exceptions(entries, &self.plan.id, newest, now);
        let tier = judge.config.service.tier.word();
        let moment = freeze::Rollout { plan: &self.plan, tier, batch: self.batch.as_ref(), now, exceptions_at, entries };
        let calendar = judge.calendar.as_ref();
        Rollout {
            plan: self.plan.clone(),
            digest: self.digest.clone(),
            phase: self.phase,
            batch: self.batch.clone(),
            previous: self.previous().cloned(),
            freezes: calendar.map(|calendar| freeze::current(calendar, &moment)).unwrap_or_default(),
            next_freeze: calendar.and_then(|calendar| freeze::next(calendar, &moment)),
        }
    }

    fn about(&self) -> About<'_> {
        let batch = self.batch.as_ref().map(|batch| batch.number);
        About { plan: &self.plan, digest: &self.digest, phase: self.phase, batch }
    }

    fn history(&self, entries: &[Entry], head: Option<&Head>, options: &Options, now: Timestamp) -> History {
        let state = head.map_or_else(LedgerState::default, |head| LedgerState {
            entries: head.seq,
            head: Some(head.hash.clone()),
            at: Some(head.at),
        });
        history::history(entries, &state, &self.about(), options, now)
    }
}

/// The entries that the history is made of.
fn gather(
    planned: &Planned,
    options: &Options,
    now: Timestamp,
    select: &mut dyn FnMut(&Filter) -> std::result::Result<Vec<Entry>, LedgerError>,
) -> std::result::Result<Vec<Entry>, LedgerError> {
    let mut entries = Vec::new();
    for need in history::needs(&planned.about(), options, now) {
        entries.extend(select(&filter(need))?);
    }
    Ok(entries)
}

fn filter(need: Need) -> Filter {
    let Need { kinds, service, plan, since, newest } = need;
    Filter { kinds, service, plan, since, limit: newest, newest_first: newest.is_some(), ..Filter::default() }
}

fn options(settings: &Settings) -> Options {
    let (history, breaker) = (&settings.history, &settings.breaker);
    Options {
        abandoned_after: history.abandoned_after,
        reserved_for: history.reserved_for,
        horizon: history.horizon,
        limits: settings.flow.limits.clone(),
        breaker: BreakerRules {
            failures: breaker.failures,
            within: breaker.within,
            open_for: breaker.open_for,
            lanes: breaker.lanes.clone(),
        },
    }
}

/// The ledger: as the environment names it, else as the configuration does.
pub(in crate::gate) fn address(request: &Request, config: &Config) -> Result<Address> {
    let named = request.ledger.as_deref().or(config.ledger.as_deref());
    let Some(text) = named else {
        return Err(Error::new("no ledger is configured, and this decision goes into one")
            .hint("add `ledger: sqlite:.kadian/ledger.db` to kadian.yaml, or set KADIAN_LEDGER"));
    };
    Address::parse(text).map_err(Error::from)
}

fn source(address: &Address, entries: &[Entry], head: Option<&Head>, now: Timestamp) -> Source {
    let bytes = entries.iter().filter_map(|entry| serde_json::to_vec(entry).ok()).map(|bytes| bytes.len() as u64).sum();
    Source {
        path: None,
        url: Some(address.to_string()),
        sha256: head.map_or_else(|| NOTHING.to_owned(), |head| head.hash.clone()),
        bytes,
        format: "kadian.ledger".to_owned(),
        collected_at: now,
    }
}
