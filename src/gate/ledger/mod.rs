//! The ledger's commands: what people and pipelines record, look up, move and prune.

mod import;
mod metrics;
mod record;
mod suspects;

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::Value;

use super::judge::CONFIG_FILE;
use crate::collect::environment;
use crate::collect::git::Repository;
use crate::collect::tree::{Tree, read_file};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::facts::{Entry, RecordKind};
use crate::ledger::{Address, Anchor, Filter, Head, Ledger, Verified};

pub use crate::analyze::suspects::Options as SuspectOptions;
pub use import::{Progress, import};
pub use metrics::metrics;
pub use record::{BatchReport, Recorded, batch, change, exception, incident, read_change};
pub use suspects::{About, Question, Suspects, suspects};

/// How many entries an export holds in memory at a time.
const PAGE: u64 = 5_000;

/// Which ledger is meant.
#[derive(Debug, Clone, Default)]
pub struct Where {
    /// `--ledger`; before the environment and the configuration.
    pub ledger: Option<String>,
    pub config: Option<PathBuf>,
    /// A folder of the repository that the configuration stands in.
    pub repo: PathBuf,
}

impl Where {
    /// The folder that the configuration stands in.
    pub(super) fn root(&self) -> PathBuf {
        let root = Repository::discover(&self.repo).ok().and_then(|repository| repository.workdir());
        root.unwrap_or_else(|| self.repo.clone())
    }

    /// The address that is named first: on the command line, by `KADIAN_LEDGER`, by `kadian.yaml`; and where its relative path starts.
    pub(super) fn address(&self) -> Result<(Address, PathBuf)> {
        let root = self.root();
        if let Some(text) = &self.ledger {
            // Typed here, a path means what it means to every other program.
            return Ok((Address::parse(text)?, PathBuf::new()));
        }
        let named = match environment::ledger() {
            Some(text) => Some(text),
            None => self.configuration(&root, &[])?.and_then(|config| config.ledger),
        };
        let text = named.ok_or_else(|| {
            Error::new("no ledger is named")
                .hint("give `--ledger sqlite:.kadian/ledger.db`, set KADIAN_LEDGER, or add `ledger:` to kadian.yaml")
        })?;
        Ok((Address::parse(&text)?, root))
    }

    /// The checked configuration, with the settings given by `--set`; the defaults where there is none.
    pub(in crate::gate) fn config(&self, overrides: &[(String, Value)]) -> Result<Config> {
        self.configuration(&self.root(), overrides)?.map_or_else(|| Config::shipped(overrides), Ok)
    }

    fn configuration(&self, root: &std::path::Path, overrides: &[(String, Value)]) -> Result<Option<Config>> {
        let (name, text) = match &self.config {
            Some(path) => {
                let bytes = read_file(path)?;
                let bytes = bytes.ok_or_else(|| Error::new(format!("configuration {} does not exist", path.display())))?;
                let text = String::from_utf8(bytes).map_err(|_| Error::new(format!("{} is not UTF-8", path.display())))?;
                (path.display().to_string(), Some(text))
            }
            None => (CONFIG_FILE.to_owned(), Tree::Folder(root.to_owned()).text(CONFIG_FILE)?),
        };
        text.map(|text| Config::read(&name, &text, overrides)).transpose()
    }

    /// Opens the ledger, and makes it where there is none.
    fn open(&self) -> Result<Ledger> {
        let (address, root) = self.address()?;
        Ok(Ledger::open(&address, &root)?)
    }

    /// Opens a ledger that is there.
    fn open_existing(&self) -> Result<Ledger> {
        let (address, root) = self.address()?;
        Ok(Ledger::open_existing(&address, &root)?)
    }
}

/// The entries that the filter lets through, the oldest first; of more than its limit the newest ones.
pub fn log(place: &Where, filter: &Filter) -> Result<Vec<Entry>> {
    let mut entries = place.open_existing()?.select(&Filter { newest_first: true, ..filter.clone() })?;
    entries.reverse();
    Ok(entries)
}

/// The entry of a number; else those of an id: of a change, a decision, an incident, a recovery or a plan. None is an error.
pub fn show(place: &Where, what: &str) -> Result<Vec<Entry>> {
    let mut ledger = place.open_existing()?;
    let number = what.parse::<u64>().ok().filter(|number| *number > 0);
    if let Some(number) = number {
        let filter = Filter { after: Some(number - 1), limit: Some(1), ..Filter::default() };
        let found = ledger.select(&filter)?;
        if found.first().is_some_and(|entry| entry.seq == number) {
            return Ok(found);
        }
    }
    let mut found = ledger.select(&Filter { keys: vec![what.to_owned()], ..Filter::default() })?;
    found.extend(ledger.select(&Filter { plan: Some(what.to_owned()), ..Filter::default() })?);
    found.sort_by_key(|entry| entry.seq);
    found.dedup_by_key(|entry| entry.seq);
    if found.is_empty() {
        return Err(Error::new(format!("the ledger has no entry `{what}`"))
            .hint("give an entry's number, or the id of a change, a decision, an incident, a recovery or a plan"));
    }
    Ok(found)
}

/// Gives every entry with a number above `after`, up to `last`, to `sink` as a line of JSON; how many there were.
pub fn export(place: &Where, after: u64, last: Option<u64>, sink: &mut dyn FnMut(&str) -> Result<()>) -> Result<u64> {
    export_from(&mut place.open_existing()?, after, last, sink)
}

fn export_from(ledger: &mut Ledger, after: u64, last: Option<u64>, sink: &mut dyn FnMut(&str) -> Result<()>) -> Result<u64> {
    let (mut after, mut count) = (after, 0);
    loop {
        let page = ledger.select(&Filter { after: Some(after), limit: Some(PAGE), ..Filter::default() })?;
        let Some(end) = page.last().map(|entry| entry.seq) else { return Ok(count) };
        for entry in page.iter().take_while(|entry| last.is_none_or(|last| entry.seq <= last)) {
            let line = serde_json::to_string(entry);
            sink(&line.map_err(|error| Error::new(format!("entry {} cannot be written: {error}", entry.seq)))?)?;
            count += 1;
        }
        if last.is_some_and(|last| end >= last) {
            return Ok(count);
        }
        after = end;
    }
}

/// Walks the whole chain.
pub fn verify(place: &Where, expected: Option<&Anchor>) -> Result<Verified> {
    Ok(place.open_existing()?.verify(expected)?)
}

/// Since when entries are kept by `settings.history.retention`. Without a configuration nobody has said so, which is an error.
pub fn retained_since(place: &Where, now: Timestamp) -> Result<Timestamp> {
    let config = place.configuration(&place.root(), &[])?;
    let config = config.ok_or_else(|| {
        Error::new("nobody says how long entries are kept")
            .hint("give `--before TIME`, or set `settings.history.retention` in kadian.yaml")
    })?;
    Ok(now.saturating_sub(config.settings.history.retention.signed()).unwrap_or(Timestamp::MIN))
}

/// A prune that is prepared: its archive first, then the entries.
#[derive(Debug)]
pub struct Pruning {
    ledger: Ledger,
    /// The last entry that goes.
    pub last: Head,
}

/// Finds what was recorded before a moment; `None` when nothing was.
pub fn prune(place: &Where, before: Timestamp) -> Result<Option<Pruning>> {
    let mut ledger = place.open_existing()?;
    Ok(ledger.last_before(before)?.map(|last| Pruning { ledger, last }))
}

impl Pruning {
    /// Gives the entries that go to `sink` as lines of JSON; how many there are. Their chain is sound, or this is an error.
    pub fn archive(&mut self, sink: &mut dyn FnMut(&str) -> Result<()>) -> Result<u64> {
        export_from(&mut self.ledger, 0, Some(self.last.seq), sink)
    }

    /// Removes them, and appends the checkpoint that stands for them.
    pub fn apply(mut self, now: Timestamp, reason: &str) -> Result<Entry> {
        Ok(self.ledger.prune(now, &self.last.anchor(), reason)?)
    }
}

/// Reads the name of a kind of records.
pub fn parse_kind(text: &str) -> Result<RecordKind> {
    RecordKind::ALL.into_iter().find(|kind| kind.word() == text).ok_or_else(|| {
        let known = RecordKind::ALL.map(RecordKind::word);
        let error = Error::new(format!("--kind: `{text}` is no kind of records"));
        match crate::nearest::nearest(text, known) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("known kinds: {}", known.join(", "))),
        }
    })
}
