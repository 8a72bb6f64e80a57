//! The waivers of the working tree as they stand today, without a change that is judged.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::Names;
use crate::collect::environment;
use crate::collect::git::Repository;
use crate::collect::tree::Tree;
use crate::decide::{Waiver, WaiverState, WaiverSubject};
use crate::error::Result;
use crate::facts::{Record, RecordKind};
use crate::gate::assemble;
use crate::gate::judge::{Chosen, Judge};
use crate::gate::ledger::Where;
use crate::ledger::{Filter, Ledger};

/// Which waivers, and when.
#[derive(Debug, Clone)]
pub struct Request {
    /// The configuration; without one the `kadian.yaml` of the repository.
    pub config: Option<PathBuf>,
    /// A folder of the repository.
    pub repo: PathBuf,
    pub now: Timestamp,
}

/// The waivers of a judge.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// The file that they stand in; null where the configuration names none.
    pub file: Option<String>,
    /// The day that is judged by, in UTC.
    pub today: Date,
    /// By last day, then by place.
    pub waivers: Vec<ListedWaiver>,
    /// Whether a ledger is named, so that uses were counted or `ledger_error` says why not.
    pub ledger: bool,
    /// Why uses could not be counted although a ledger is named.
    pub ledger_error: Option<String>,
}

/// A waiver, as it stands today.
#[derive(Debug, Serialize)]
pub struct ListedWaiver {
    pub id: String,
    pub path: Option<String>,
    pub fingerprint: Option<String>,
    #[serde(skip_serializing_if = "WaiverSubject::is_anything")]
    pub subject: WaiverSubject,
    pub reason: String,
    pub owner: String,
    pub ticket: Option<String>,
    pub starts: Option<Date>,
    pub expires: Date,
    pub max_findings: Option<u64>,
    pub undecided: bool,
    /// File and line.
    pub source: String,
    pub state: Today,
    /// Days until the last one, 0 on it; null after it.
    pub days_left: Option<u64>,
    /// Why it is in this state; null where it is simply in force.
    pub why: Option<String>,
    /// How many recorded decisions waived findings of its id while it was in force; null where nobody counted.
    pub uses: Option<u64>,
    /// When the last of them was recorded.
    pub last_used: Option<Timestamp>,
}

/// What a waiver is on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Today {
    InForce,
    Expiring,
    NotStarted,
    /// No file of HEAD matches its path.
    NoLongerMatches,
    /// No policy has its id.
    UnknownId,
    Refused,
    Expired,
}

impl Today {
    /// What needs somebody comes first.
    pub const ALL: [Today; 7] = [
        Today::Expired,
        Today::Refused,
        Today::UnknownId,
        Today::NoLongerMatches,
        Today::Expiring,
        Today::NotStarted,
        Today::InForce,
    ];

    /// Whether somebody has something to do about it.
    #[must_use]
    pub fn needs_somebody(self) -> bool {
        !matches!(self, Today::InForce | Today::NotStarted)
    }

    /// Whether `waiver check` fails for it.
    #[must_use]
    pub fn is_wrong(self) -> bool {
        matches!(self, Today::UnknownId | Today::Refused | Today::Expired)
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Today::InForce => "in force",
            Today::Expiring => "expiring",
            Today::NotStarted => "not started",
            Today::NoLongerMatches => "matches no file",
            Today::UnknownId => "unknown id",
            Today::Refused => "refused",
            Today::Expired => "expired",
        }
    }
}

/// Lists the waivers of the working tree. A configuration, a policy or a file of waivers that cannot be read is an error; a ledger that
/// cannot is not.
pub fn list(request: &Request) -> Result<Listed> {
    let repository = Repository::discover(&request.repo).ok();
    let root = repository.as_ref().and_then(Repository::workdir).unwrap_or_else(|| request.repo.clone());
    let chosen = Chosen { config: request.config.as_deref(), policies: &[], overrides: &[] };
    let judge = Judge::load(&Tree::Folder(root), "the working tree", chosen)?;
    let names = Names::of(&assemble::library(&judge)?.0);
    names.hold(&judge.config)?;
    let today = request.now.to_zoned(TimeZone::UTC).date();
    let paths = repository.filter(|_| judge.waivers.iter().any(|waiver| waiver.path.is_some()));
    let paths = paths.and_then(|repository| repository.list("HEAD", "").ok());
    let mut waivers: Vec<ListedWaiver> = judge
        .waivers
        .iter()
        .cloned()
        .map(|waiver| today_of(&names.judge(waiver), &judge, &names, paths.as_deref(), today))
        .collect();
    waivers.sort_by(|a, b| (a.expires, &a.id, &a.source).cmp(&(b.expires, &b.id, &b.source)));
    let place = Where { ledger: None, config: request.config.clone(), repo: request.repo.clone() };
    let ledger = environment::ledger().is_some() || judge.config.ledger.is_some();
    let counted = ledger.then(|| count(&place, &mut waivers));
    Ok(Listed {
        file: judge.config.waivers.clone(),
        today,
        waivers,
        ledger,
        ledger_error: counted.and_then(Result::err).map(|error| error.message().to_owned()),
    })
}

fn today_of(waiver: &Waiver, judge: &Judge, names: &Names, paths: Option<&[String]>, today: Date) -> ListedWaiver {
    let settings = &judge.config.settings.waivers;
    let days_left = waiver.days_left(today);
    let (state, why) = if let Some((state, why)) = waiver.without_effect(&settings.unwaivable, settings.max_days, today) {
        let state = match state {
            WaiverState::Expired => Today::Expired,
            WaiverState::NotStarted => Today::NotStarted,
            _ => Today::Refused,
        };
        // Of a waiver that would have no effect anyway, the name is what has to be mended first.
        names.unknown(&waiver.id).map_or((state, Some(why)), |why| (Today::UnknownId, Some(why)))
    } else if let Some(why) = names.unknown(&waiver.id) {
        (Today::UnknownId, Some(why))
    } else if let (Some(glob), Some(paths)) = (&waiver.path, paths)
        && !paths.iter().any(|path| glob.is_match(path))
    {
        (Today::NoLongerMatches, Some("no file of HEAD matches its path".to_owned()))
    } else if days_left.is_some_and(|left| left <= settings.expiring_days) {
        (Today::Expiring, None)
    } else {
        (Today::InForce, None)
    };
    ListedWaiver {
        id: waiver.id.clone(),
        path: waiver.path.as_ref().map(|path| path.glob().glob().to_owned()),
        fingerprint: waiver.fingerprint.clone(),
        subject: waiver.subject.clone(),
        reason: waiver.reason.clone(),
        owner: waiver.owner.clone(),
        ticket: waiver.ticket.clone(),
        starts: waiver.starts,
        expires: waiver.expires,
        max_findings: waiver.max_findings,
        undecided: waiver.undecided,
        source: waiver.source.clone(),
        state,
        days_left,
        why,
        uses: None,
        last_used: None,
    }
}

/// Counts the recorded decisions in which findings of each waiver's id were waived while it was in force. The ledger knows ids, not
/// waivers: two waivers of one id share their uses.
fn count(place: &Where, waivers: &mut [ListedWaiver]) -> Result<()> {
    const PAGE: u64 = 20_000;
    let (address, root) = place.address()?;
    let mut ledger = Ledger::open_existing(&address, &root)?;
    let mut filter = Filter { kinds: vec![RecordKind::Decision], limit: Some(PAGE), ..Filter::default() };
    let mut found: BTreeMap<usize, (u64, Timestamp)> = BTreeMap::new();
    loop {
        let page = ledger.select(&filter)?;
        for entry in &page {
            let Record::Decision(decision) = &entry.record else { continue };
            let day = entry.at.to_zoned(TimeZone::UTC).date();
            for (at, waiver) in waivers.iter().enumerate().filter(|(_, waiver)| decision.waived.contains(&waiver.id)) {
                if waiver.starts.is_none_or(|starts| starts <= day) && day <= waiver.expires {
                    let (times, last) = found.entry(at).or_insert((0, entry.at));
                    (*times, *last) = (*times + 1, entry.at.max(*last));
                }
            }
        }
        match page.last() {
            Some(last) if page.len() as u64 == PAGE => filter.after = Some(last.seq),
            _ => break,
        }
    }
    for (at, waiver) in waivers.iter_mut().enumerate() {
        waiver.uses = Some(found.get(&at).map_or(0, |(times, _)| *times));
        waiver.last_used = found.get(&at).map(|(_, last)| *last);
    }
    Ok(())
}
