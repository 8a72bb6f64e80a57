//! Log entries that are JSON objects, one a line.
//!
//! The scanner looks for the few keys that say something and steps over everything else, so that a quiet entry costs one pass. It
//! accepts some text that is no JSON; a line that ends too early is no entry, and the caller reads it as plain text.

use super::level::{self, Level};
use super::time::{self, LogTime};

/// What an entry says. The texts are unescaped.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) level: Option<Level>,
    pub(super) time: Option<LogTime>,
    pub(super) message: Vec<u8>,
    /// The type and message of an error that stand apart from the message.
    pub(super) error: Vec<u8>,
    pub(super) stack: Vec<u8>,
    /// A whole line of another log, as container runtimes wrap it.
    pub(super) wrapped: Vec<u8>,
}

impl Entry {
    fn clear(&mut self) {
        self.level = None;
        self.time = None;
        for text in [&mut self.message, &mut self.error, &mut self.stack, &mut self.wrapped] {
            text.clear();
        }
    }
}

/// Objects in objects that are looked into.
const MAX_DEPTH: usize = 3;

/// A text longer than this is cut.
const MAX_TEXT: usize = 16 << 10;

/// The level that an object states first, and whether the line is an object at all. Nothing is kept.
pub(super) fn quick_level(line: &[u8]) -> Option<Level> {
    let mut found = None;
    members(line, b"", 0, &mut |parent, key, value| {
        if is_own(parent)
            && is_level(key)
            && let Some(level) = level_of(key, value)
        {
            found = Some(level);
            return false;
        }
        true
    });
    found
}

/// Reads a line that starts with `{` into `entry`; whether it is a whole object.
pub(super) fn read(line: &[u8], entry: &mut Entry) -> bool {
    entry.clear();
    let whole = members(line, b"", 0, &mut |parent, key, value| {
        keep(entry, parent, key, value);
        true
    });
    whole.is_some()
}

fn keep(entry: &mut Entry, parent: &[u8], key: &[u8], value: Value<'_>) {
    let in_error = is_error_object(parent);
    if !in_error && !is_own(parent) {
        return;
    }
    if !in_error && is_level(key) {
        entry.level = entry.level.or_else(|| level_of(key, value));
        return;
    }
    let lower = Lower::of(key);
    match lower.bytes() {
        b"time" | b"ts" | b"timestamp" | b"@timestamp" | b"datetime" | b"@t" | b"date" | b"asctime" | b"eventtime" => {
            if let (None, Value::Text(raw) | Value::Bare(raw)) = (entry.time, value) {
                entry.time = time::value(raw);
            }
        }
        b"msg" | b"message" | b"@m" | b"@mt" | b"event" | b"short_message" | b"textpayload" | b"body" => {
            let into = if in_error { &mut entry.error } else { &mut entry.message };
            append(into, value);
        }
        b"stack" | b"stacktrace" | b"stack_trace" | b"error.stack" | b"error.stack_trace" | b"exc_info" | b"backtrace"
        | b"@x" | b"full_message" | b"traceback" => append(&mut entry.stack, value),
        b"exception" if parent.is_empty() => append(&mut entry.stack, value),
        b"error" | b"err" | b"error.message" | b"error.type" | b"exception.message" | b"exception.type" | b"errmsg"
        | b"reason" | b"error_message" => append(&mut entry.error, value),
        b"type" | b"name" | b"code" | b"kind" | b"class" if in_error => append(&mut entry.error, value),
        b"log" if parent.is_empty() => append(&mut entry.wrapped, value),
        _ => {}
    }
}

/// Whether an object's members speak of the entry itself: the outermost one, and those that schemas put around it.
fn is_own(parent: &[u8]) -> bool {
    matches!(parent, b"" | b"log" | b"jsonPayload" | b"fields" | b"record" | b"data")
}

fn is_error_object(key: &[u8]) -> bool {
    [&b"error"[..], b"err", b"exception", b"exc", b"cause"].contains(&Lower::of(key).bytes())
}

fn append(into: &mut Vec<u8>, value: Value<'_>) {
    let (Value::Text(raw) | Value::Bare(raw)) = value else { return };
    if matches!(raw, b"null" | b"" | b"false" | b"true") {
        return;
    }
    if !into.is_empty() {
        into.extend_from_slice(b": ");
    }
    unescape(&raw[..raw.len().min(MAX_TEXT)], into);
}

/// A key in small letters; a longer one than any that is known is empty.
struct Lower {
    bytes: [u8; 20],
    length: usize,
}

impl Lower {
    fn of(key: &[u8]) -> Lower {
        let mut lower = Lower { bytes: [0; 20], length: 0 };
        if let Some(into) = lower.bytes.get_mut(..key.len()) {
            into.copy_from_slice(key);
            into.make_ascii_lowercase();
            lower.length = key.len();
        }
        lower
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

fn is_level(key: &[u8]) -> bool {
    match key {
        b"s" | b"@l" => true,
        _ => key.len() >= 3 && (level::is_level_key(key) || key == b"levelno"),
    }
}

fn level_of(key: &[u8], value: Value<'_>) -> Option<Level> {
    let (Value::Text(text) | Value::Bare(text)) = value else { return None };
    if let Some(number) = std::str::from_utf8(text).ok().and_then(|text| text.parse::<u32>().ok()) {
        // Python counts an error as 40, where bunyan counts a warning.
        return level::number(if key == b"levelno" { number + 10 } else { number });
    }
    match text {
        b"F" => level::word(b"FATAL"),
        b"E" => level::word(b"ERROR"),
        b"W" => level::word(b"WARN"),
        b"I" | b"D" | b"D1" | b"D2" | b"D3" | b"D4" | b"D5" => Some(Level::Quiet),
        _ => level::word(text.trim_ascii()),
    }
}

/// Is called with the key of the object around, the key and the value; `false` ends the walk.
type Visit<'a, 'v> = &'v mut dyn FnMut(&[u8], &'a [u8], Value<'a>) -> bool;

#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    /// The inside of a string, still escaped.
    Text(&'a [u8]),
    /// A number, `true`, `false` or `null`.
    Bare(&'a [u8]),
    /// An object or a list.
    Nested,
}

/// Calls `visit` with the parent's key, the key and the value of every member; `false` from it ends the walk. The length of the
/// object, or `None` when it is damaged or the walk was ended.
fn members<'a>(text: &'a [u8], parent: &[u8], depth: usize, visit: Visit<'a, '_>) -> Option<usize> {
    let mut at = 1;
    loop {
        at += blanks(&text[at..]);
        match text.get(at)? {
            b'}' => return Some(at + 1),
            b',' => {
                at += 1;
                continue;
            }
            b'"' => {}
            _ => return None,
        }
        let end = string_end(text, at)?;
        let key = &text[at + 1..end - 1];
        at = end + blanks(&text[end..]);
        if text.get(at) != Some(&b':') {
            return None;
        }
        at += 1;
        at += blanks(&text[at..]);
        let (value, end) = match text.get(at)? {
            b'"' => {
                let end = string_end(text, at)?;
                (Value::Text(&text[at + 1..end - 1]), end)
            }
            b'{' if depth < MAX_DEPTH => (Value::Nested, at + members(&text[at..], key, depth + 1, visit)?),
            b'{' | b'[' => (Value::Nested, skip(text, at)?),
            _ => {
                let length = text[at..].iter().take_while(|byte| !matches!(byte, b',' | b'}' | b' ' | b'\t' | b'\r')).count();
                (Value::Bare(&text[at..at + length]), at + length)
            }
        };
        if !visit(parent, key, value) {
            return None;
        }
        at = end;
    }
}

fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The position behind the string that starts at `at`.
fn string_end(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The position behind the object or list that starts at `at`.
fn skip(text: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match text.get(at)? {
            b'"' => {
                at = string_end(text, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Appends the text that an escaped string means; a broken escape stands as it is.
fn unescape(raw: &[u8], into: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        into.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let Some((kind, after)) = rest.split_first() else { return };
        rest = after;
        match kind {
            b'n' => into.push(b'\n'),
            b't' => into.push(b'\t'),
            b'r' | b'b' | b'f' => into.push(b' '),
            b'u' => rest = unicode(rest, into),
            other => into.push(*other),
        }
    }
    into.extend_from_slice(rest);
}

fn unicode<'a>(rest: &'a [u8], into: &mut Vec<u8>) -> &'a [u8] {
    let unit = |text: &[u8]| u32::from_str_radix(std::str::from_utf8(text.get(..4)?).ok()?, 16).ok();
    let Some(first) = unit(rest) else { return rest };
    let mut rest = &rest[4..];
    let mut code = first;
    if (0xd800..0xdc00).contains(&first)
        && let Some(second) = rest.strip_prefix(b"\\u").and_then(unit).filter(|second| (0xdc00..0xe000).contains(second))
    {
        code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        rest = &rest[6..];
    }
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    into.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::LogLevel;

    fn entry(line: &str) -> Entry {
        let mut entry = Entry::default();
        assert!(read(line.as_bytes(), &mut entry), "{line}");
        entry
    }

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_keys_of_the_usual_loggers_are_known() {
        let logstash =
            entry(r#"{"@timestamp":"2026-01-02T03:04:05Z","level":"ERROR","message":"no money","stack_trace":"a.B: c\n\tat d"}"#);
        assert_eq!(logstash.level, Some(Level::Loud(LogLevel::Error)));
        assert_eq!(logstash.time.map(|time| time.to_string()).as_deref(), Some("2026-01-02T03:04:05Z"));
        assert_eq!((text(&logstash.message), text(&logstash.stack)), ("no money", "a.B: c\n\tat d"));
        let pino = entry(
            r#"{"level":50,"time":1767323045000,"msg":"no money","err":{"type":"TypeError","message":"x","stack":"TypeError: x\n    at f (a.js:1:2)"}}"#,
        );
        assert_eq!((pino.level, text(&pino.error)), (Some(Level::Loud(LogLevel::Error)), "TypeError: x"));
        assert!(text(&pino.stack).contains("at f"));
        let zap = entry(r#"{"level":"error","ts":1767323045.123,"caller":"a.go:1","msg":"no money","error":"EOF"}"#);
        assert_eq!((text(&zap.message), text(&zap.error)), ("no money", "EOF"));
        let ecs = entry(r#"{"log":{"level":"error","logger":"a"},"message":"m","error":{"stack_trace":"s"}}"#);
        assert_eq!((ecs.level, text(&ecs.stack)), (Some(Level::Loud(LogLevel::Error)), "s"));
        let docker = entry(r#"{"log":"2026-01-02 ERROR no money\n","stream":"stderr","time":"2026-01-02T03:04:05Z"}"#);
        assert_eq!((docker.level, text(&docker.wrapped)), (None, "2026-01-02 ERROR no money\n"));
    }

    #[test]
    fn the_quick_look_agrees_with_the_whole_reading() {
        for line in [r#"{"a":[1,{"level":"error"}],"level":"info"}"#, r#"{"level":"warn"}"#, r#"{"x":1}"#, r#"{"s":"E"}"#] {
            assert_eq!(quick_level(line.as_bytes()), entry(line).level, "{line}");
        }
    }

    #[test]
    fn escapes_are_resolved_and_broken_ones_survive() {
        let said = entry(r#"{"msg":"a\"\\\/\u00e9\ud83d\ude00\n\t\u12"}"#);
        assert_eq!(text(&said.message), "a\"\\/é😀\n\t12");
        assert_eq!(text(&entry(r#"{"msg":"\ud800x"}"#).message), "\u{fffd}x");
    }

    #[test]
    fn no_cut_of_a_line_is_taken_for_a_whole_one() {
        let line = r#"{"a":{"b":[1,"]",{"c":null}]},"level":"error","msg":"x\"y"}"#;
        for end in 1..line.len() {
            assert!(!read(&line.as_bytes()[..end], &mut Entry::default()), "{}", &line[..end]);
        }
        let deep = format!("{}{}", "{\"a\":".repeat(10_000), "[".repeat(10_000));
        assert!(!read(deep.as_bytes(), &mut Entry::default()));
    }
}
