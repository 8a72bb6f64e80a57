//! The different messages of one side, counted in bounded memory.

use std::collections::{BTreeMap, HashMap};

use super::drain::{self, Vocabulary};
use super::places::{Place, places};
use super::secrets::masked;
use super::words::normalise;
use crate::evidence::logs::{Entry, LogTime, exception_name};
use crate::facts::LogLevel;

/// Normal forms whose message is remembered, so that the rest of the work is done once for each; forgetting them costs time only.
const MAX_REMEMBERED: usize = 8_192;

/// Names of exceptions that are looked at in a message.
const MAX_NAMES: usize = 8;

/// A sample with more characters is cut.
const MAX_SAMPLE: usize = 1000;

/// What makes two entries the same message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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

/// Messages by what they say.
#[derive(Debug)]
pub(super) struct Table {
    capacity: usize,
    keys: BTreeMap<Key, usize>,
    seen: Vec<Seen>,
    /// Entries that found no room.
    pub(super) overflow: u64,
    /// Messages that were there after the last time like ones were put together.
    after_grouping: usize,
    remembered: HashMap<Vec<u8>, usize>,
    form: Vec<u8>,
}

impl Table {
    /// A table for so many different messages.
    ///
    /// When it is full, messages that differ in their variable places only become one, as in the comparison later on. When that
    /// frees too little, further messages are counted in `overflow`, each time they come, and nothing else is known of them.
    pub(super) fn new(capacity: usize) -> Self {
        Table {
            capacity,
            keys: BTreeMap::new(),
            seen: Vec::new(),
            overflow: 0,
            after_grouping: 0,
            remembered: HashMap::new(),
            form: Vec::new(),
        }
    }

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
        let at = known.or_else(|| self.place(entry));
        match at.and_then(|at| self.seen.get_mut(at)) {
            Some(seen) => {
                seen.count += 1;
                seen.first = earlier(seen.first, entry.time);
            }
            None => self.overflow += 1,
        }
        if let (None, Some(at)) = (known, at) {
            if self.remembered.len() >= MAX_REMEMBERED {
                self.remembered.clear();
            }
            self.remembered.insert(form.clone(), at);
        }
        self.form = form;
    }

    /// Where the message of an entry stands; `None` when there is no room for it.
    fn place(&mut self, entry: &Entry<'_>) -> Option<usize> {
        let key = key(entry);
        if let Some(at) = self.keys.get(&key) {
            return Some(*at);
        }
        if self.seen.len() >= self.capacity {
            // Grouping costs time: again only where it freed half of the room before.
            if self.after_grouping > self.capacity / 2 {
                return None;
            }
            self.group();
            if self.seen.len() >= self.capacity {
                return None;
            }
            if let Some(at) = self.keys.get(&key) {
                return Some(*at);
            }
        }
        let sample: String = masked(entry.text).chars().take(MAX_SAMPLE).collect();
        self.seen.push(Seen { count: 0, first: None, sample, places: places(entry.text) });
        self.keys.insert(key, self.seen.len() - 1);
        Some(self.seen.len() - 1)
    }

    /// Makes one message of those that differ in variable places only.
    fn group(&mut self) {
        let keys = std::mem::take(&mut self.keys);
        let mut all: Vec<Option<Seen>> = std::mem::take(&mut self.seen).into_iter().map(Some).collect();
        let mut vocabulary = Vocabulary::new();
        let messages: Vec<_> = keys.keys().map(|key| ((key.level, key.fault.as_str()), vocabulary.split(&key.text))).collect();
        let positions: Vec<usize> = keys.values().copied().collect();
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
        for (at, (key, seen)) in grouped.into_iter().enumerate() {
            self.keys.insert(key, at);
            self.seen.push(seen);
        }
        self.after_grouping = self.seen.len();
        self.remembered.clear();
    }

    /// The messages, in the order of their keys.
    pub(super) fn into_messages(self) -> Vec<(Key, Seen)> {
        let mut seen: Vec<Option<Seen>> = self.seen.into_iter().map(Some).collect();
        self.keys.into_iter().filter_map(|(key, at)| Some((key, seen.get_mut(at)?.take()?))).collect()
    }
}

impl Seen {
    /// Adds what is known of another message that counts as this one; its sample and places are given up.
    pub(super) fn merge(&mut self, other: &Seen) {
        self.count += other.count;
        self.first = earlier(self.first, other.first);
    }
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

fn key(entry: &Entry<'_>) -> Key {
    let private = memchr::memmem::find(entry.text, b"PRIVATE KEY-----").is_some();
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
