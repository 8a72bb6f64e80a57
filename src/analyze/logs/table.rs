//! The different messages of one side, counted in bounded memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use super::drain::{self, Vocabulary};
use super::places::{Place, places};
use super::secrets::{masked, may_hide};
use super::words::normalise;
use crate::evidence::logs::{Entry, LogTime, exception_name};
use crate::facts::LogLevel;

/// Normal forms whose message is remembered, so that the rest of the work is done once for each; forgetting them costs time only.
const MAX_REMEMBERED: usize = 8_192;

/// The same in bytes.
const MAX_REMEMBERED_BYTES: usize = 8 << 20;

/// What a message takes beside its texts, about.
const OVERHEAD: usize = 256;

/// Names of exceptions that are looked at in a message.
const MAX_NAMES: usize = 8;

/// A sample with more characters is cut.
const MAX_SAMPLE: usize = 1000;

/// What makes two entries the same message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) level: LogLevel,
    /// The names of the exceptions and the frame without its digits: another fault is never the same message, however alike the
    /// words are. A function that is renamed makes its old faults new.
    pub(super) fault: String,
    /// Message, exceptions and frame as words, secrets masked.
    pub(super) text: String,
}

/// What is kept of a message.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    pub(super) count: u64,
    /// The earliest time that an entry stated.
    pub(super) first: Option<LogTime>,
    /// The first entry, cut, with secrets masked.
    pub(super) sample: String,
    /// What the first entry names.
    pub(super) places: Vec<Place>,
}

/// How much a table holds: it is full when it has so many messages, or when they take so many bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

/// Messages by what they say.
#[derive(Debug)]
pub(super) struct Table {
    room: Room,
    bytes: usize,
    keys: HashMap<Key, usize>,
    seen: Vec<Seen>,
    /// Entries that found no room.
    pub(super) overflow: u64,
    /// Whether grouping freed less than half of the room: it costs time, and will not be tried again.
    crowded: bool,
    /// The hashes of all keys once the table is full for good: what is not among them has no place, which is quick to say.
    closed: Option<HashSet<u64>>,
    hasher: RandomState,
    remembered: HashMap<Vec<u8>, usize>,
    remembered_bytes: usize,
    form: Vec<u8>,
}

/// Where a message stands.
enum Spot {
    Taken(usize),
    /// Nowhere yet; there is room.
    Free,
    /// Nowhere, and there is no room.
    None,
}

impl Table {
    /// A table with that much room.
    ///
    /// When it is full, messages that differ in their variable places only become one, as in the comparison later on. When that
    /// frees too little, further messages are counted in `overflow`, each time they come, and nothing else is known of them.
    pub(super) fn new(room: Room) -> Self {
        Table {
            room,
            bytes: 0,
            keys: HashMap::new(),
            seen: Vec::new(),
            overflow: 0,
            crowded: false,
            closed: None,
            hasher: RandomState::new(),
            remembered: HashMap::new(),
            remembered_bytes: 0,
            form: Vec::new(),
        }
    }

    /// Counts an entry.
    pub(super) fn add(&mut self, entry: &Entry<'_>) {
        let mut form = std::mem::take(&mut self.form);
        form.clear();
        form.push(match entry.level {
            LogLevel::Warning => b'w',
            LogLevel::Error => b'e',
            LogLevel::Fatal => b'f',
        });
        normal_form(entry.message, entry.details.iter().map(Vec::as_slice), entry.frame, &mut form);
        let known = self.remembered.get(form.as_slice()).copied();
        let at = known.or_else(|| self.place(entry, &form[1..]));
        match at.and_then(|at| self.seen.get_mut(at)) {
            Some(seen) => {
                seen.count += 1;
                seen.first = earlier(seen.first, entry.time);
            }
            None => self.overflow += 1,
        }
        if let (None, Some(at)) = (known, at) {
            self.remembered_bytes += form.len();
            if self.remembered.len() >= MAX_REMEMBERED || self.remembered_bytes > MAX_REMEMBERED_BYTES {
                self.remembered.clear();
                self.remembered_bytes = form.len();
            }
            self.remembered.insert(form.clone(), at);
        }
        self.form = form;
    }

    /// Counts a message of another table.
    pub(super) fn join(&mut self, key: Key, seen: Seen) {
        match self.search(&key) {
            Spot::Taken(at) => {
                if let Some(before) = self.seen.get_mut(at) {
                    before.merge(&seen);
                }
            }
            Spot::Free => {
                self.insert(key, seen);
            }
            Spot::None => self.overflow += seen.count,
        }
    }

    /// Where the message of an entry with these words stands; `None` when there is no room for it.
    fn place(&mut self, entry: &Entry<'_>, words: &[u8]) -> Option<usize> {
        // Without a secret the words are the key's.
        if self.is_shut_to(entry.level, words.trim_ascii()) && is_plain(entry) {
            return None;
        }
        let key = key(entry);
        match self.search(&key) {
            Spot::Taken(at) => Some(at),
            Spot::Free => {
                let sample: String = masked(entry.text).chars().take(MAX_SAMPLE).collect();
                Some(self.insert(key, Seen { count: 0, first: None, sample, places: places(entry.text) }))
            }
            Spot::None => None,
        }
    }

    /// Where a message stands; what is alike is put together when there is no room otherwise.
    fn search(&mut self, key: &Key) -> Spot {
        if self.is_shut_to(key.level, key.text.as_bytes()) {
            return Spot::None;
        }
        if let Some(at) = self.keys.get(key) {
            return Spot::Taken(*at);
        }
        if !self.is_full() {
            return Spot::Free;
        }
        if !self.crowded {
            self.group();
            if let Some(at) = self.keys.get(key) {
                return Spot::Taken(*at);
            }
            if !self.is_full() {
                return Spot::Free;
            }
        }
        if self.closed.is_none() {
            self.closed = Some(self.keys.keys().map(|key| self.hash(key.level, key.text.as_bytes())).collect());
        }
        Spot::None
    }

    fn insert(&mut self, key: Key, seen: Seen) -> usize {
        self.bytes += size(&key, &seen);
        self.seen.push(seen);
        self.keys.insert(key, self.seen.len() - 1);
        self.seen.len() - 1
    }

    fn is_full(&self) -> bool {
        self.seen.len() >= self.room.messages || self.bytes >= self.room.bytes
    }

    /// Whether no message of this level and text will ever have a place; false is not certain.
    fn is_shut_to(&self, level: LogLevel, text: &[u8]) -> bool {
        self.closed.as_ref().is_some_and(|closed| !closed.contains(&self.hash(level, text)))
    }

    fn hash(&self, level: LogLevel, text: &[u8]) -> u64 {
        self.hasher.hash_one((level, text))
    }

    /// Makes one message of those that differ in variable places only.
    fn group(&mut self) {
        let keys = sorted(std::mem::take(&mut self.keys));
        let mut all: Vec<Option<Seen>> = std::mem::take(&mut self.seen).into_iter().map(Some).collect();
        let mut vocabulary = Vocabulary::new();
        let messages: Vec<_> =
            keys.iter().map(|(key, _)| ((key.level, key.fault.as_str()), vocabulary.split(&key.text))).collect();
        let positions: Vec<usize> = keys.iter().map(|(_, at)| *at).collect();
        let mut grouped: BTreeMap<Key, Seen> = BTreeMap::new();
        for members in drain::clusters(&vocabulary, &messages) {
            let words: Vec<&[u32]> = members.iter().filter_map(|at| Some(messages.get(*at)?.1.as_slice())).collect();
            let open = drain::open_places(&words.iter().copied());
            for (member, words) in members.iter().zip(words) {
                let Some(seen) = positions.get(*member).and_then(|at| all.get_mut(*at)?.take()) else { continue };
                let (level, fault) = messages[*member].0;
                let key = Key { level, fault: fault.to_owned(), text: vocabulary.join(&drain::template(words, &open)) };
                grouped.entry(key).and_modify(|before| before.merge(&seen)).or_insert(seen);
            }
        }
        self.bytes = 0;
        for (key, seen) in grouped {
            self.insert(key, seen);
        }
        self.crowded = self.seen.len() > self.room.messages / 2 || self.bytes > self.room.bytes / 2;
        self.remembered.clear();
        self.remembered_bytes = 0;
    }

    /// The table as it is; an empty one with as much room stays.
    pub(super) fn take(&mut self) -> Table {
        let empty = Table::new(self.room);
        std::mem::replace(self, empty)
    }

    /// The messages, in the order of their keys.
    pub(super) fn into_messages(self) -> Vec<(Key, Seen)> {
        let mut seen: Vec<Option<Seen>> = self.seen.into_iter().map(Some).collect();
        sorted(self.keys).into_iter().filter_map(|(key, at)| Some((key, seen.get_mut(at)?.take()?))).collect()
    }
}

fn sorted(keys: HashMap<Key, usize>) -> Vec<(Key, usize)> {
    let mut keys: Vec<(Key, usize)> = keys.into_iter().collect();
    keys.sort_unstable();
    keys
}

impl Seen {
    /// Adds what is known of another message that counts as this one; its sample and places are given up.
    pub(super) fn merge(&mut self, other: &Seen) {
        self.count += other.count;
        self.first = earlier(self.first, other.first);
    }
}

/// What a message takes in memory, about.
fn size(key: &Key, seen: &Seen) -> usize {
    let places: usize = seen.places.iter().map(Place::size).sum();
    OVERHEAD + key.fault.len() + key.text.len() + seen.sample.len() + places
}

pub(super) fn earlier(a: Option<LogTime>, b: Option<LogTime>) -> Option<LogTime> {
    a.into_iter().chain(b).min()
}

/// The words of an entry; ` | ` stands before each exception and ` @ ` before the frame.
fn normal_form<'e>(message: &[u8], details: impl Iterator<Item = &'e [u8]>, frame: &[u8], into: &mut Vec<u8>) {
    normalise(message, false, into);
    for detail in details {
        into.extend_from_slice(b" | ");
        normalise(detail, false, into);
    }
    if !frame.is_empty() {
        into.extend_from_slice(b" @ ");
        normalise(frame, true, into);
    }
}

/// Whether masking leaves all that makes the key of an entry as it is.
fn is_plain(entry: &Entry<'_>) -> bool {
    let parts = [entry.message, entry.frame];
    let mut parts = parts.into_iter().chain(entry.details.iter().map(Vec::as_slice));
    !has_private_key(entry) && !parts.any(may_hide)
}

fn has_private_key(entry: &Entry<'_>) -> bool {
    memchr::memmem::find(entry.text, b"PRIVATE KEY-----").is_some()
}

fn key(entry: &Entry<'_>) -> Key {
    let private = has_private_key(entry);
    // The body of a key looks like a continuation of the message.
    let details = if private { &[] } else { entry.details };
    let message = masked(entry.message);
    let details: Vec<String> = details.iter().map(|detail| masked(detail)).collect();
    let frame = masked(entry.frame);
    let mut form = Vec::new();
    normal_form(message.as_bytes(), details.iter().map(String::as_bytes), frame.as_bytes(), &mut form);
    let mut fault = Vec::new();
    for text in std::iter::once(message.as_str()).chain(details.iter().map(String::as_str)) {
        // Loggers put the exception at the end of the message as well.
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '$')));
        for name in words.filter_map(|word| exception_name(word.as_bytes())).take(MAX_NAMES) {
            fault.extend_from_slice(name);
            fault.push(b' ');
        }
    }
    normalise(frame.as_bytes(), true, &mut fault);
    let text_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    Key { level: entry.level, fault: text_of(&fault), text: text_of(&form) }
}
