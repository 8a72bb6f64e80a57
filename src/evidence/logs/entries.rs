//! Entries of a log: lines told apart by level, continuations and stack traces joined to the line they belong to.

mod open;

use std::io::BufRead;

use open::{MAX_PART, MAX_TEXT, Open};

use super::json;
use super::level::{self, Level};
use super::time::{self, LogTime};
use crate::evidence::ReadError;
use crate::evidence::text::failed;
use crate::facts::{LogLevel, LogSide};

/// A longer line is cut.
const MAX_LINE: usize = 64 << 10;

/// Entries in which the first time is looked for.
const FIRST_TIME_WITHIN: u64 = 100;

/// A warning, an error or worse.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub level: LogLevel,
    pub time: Option<LogTime>,
    /// The message without time and level, where they stand at the beginning of the line.
    pub message: &'a [u8],
    /// The lines that name exceptions, the outermost first; or the line that goes on with the message.
    pub details: &'a [Vec<u8>],
    /// The frame that names the place best: the first one, in Python the last; empty when there is none.
    pub frame: &'a [u8],
    /// Everything, line by line, cut.
    pub text: &'a [u8],
}

/// Reads a log and hands each warning and each error to `sink`.
///
/// Plain text (with the levels of the usual loggers, glog, syslog), logfmt, JSON lines, and the wrapping of container runtimes are
/// told apart line by line. A line that starts like an entry (with a time, a level, a priority, a brace) is one; in a log of such
/// entries every other line goes on with the entry before it, unless it begins the report of a crash. Entries without a level count
/// as errors when they look like one. Bytes that are not UTF-8 are kept. The memory in use does not depend on the input.
///
/// Errors: no line at all, compressed bytes, and what the system says.
pub fn read_entries(input: &mut dyn BufRead, sink: &mut dyn FnMut(&Entry<'_>)) -> Result<LogSide, ReadError> {
    let mut scanner = Scanner::new(sink);
    let mut carry: Vec<u8> = Vec::new();
    let mut first = true;
    loop {
        let buffer = input.fill_buf().map_err(|error| failed(&error))?;
        if buffer.is_empty() {
            break;
        }
        let taken = buffer.len();
        let mut rest = buffer;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            rest = after;
            scanner.side.bytes += end as u64 + 1;
            if carry.is_empty() && !first {
                scanner.whole_line(line);
                continue;
            }
            keep(&mut carry, line);
            if std::mem::take(&mut first) {
                without_mark(&mut carry)?;
            }
            scanner.whole_line(&carry);
            carry.clear();
        }
        scanner.side.bytes += rest.len() as u64;
        keep(&mut carry, rest);
        input.consume(taken);
    }
    if first {
        without_mark(&mut carry)?;
    }
    if !carry.is_empty() {
        scanner.whole_line(&carry);
    }
    scanner.end()
}

/// Appends up to one byte more than a line may have, so that a cut is seen.
fn keep(carry: &mut Vec<u8>, bytes: &[u8]) {
    let space = (MAX_LINE + 1).saturating_sub(carry.len());
    carry.extend_from_slice(&bytes[..bytes.len().min(space)]);
}

fn without_mark(line: &mut Vec<u8>) -> Result<(), ReadError> {
    if line.starts_with(b"\xef\xbb\xbf") {
        line.drain(..3);
    }
    if line.starts_with(b"\x1f\x8b") || line.starts_with(b"\x28\xb5\x2f\xfd") || line.starts_with(b"BZh") {
        return Err(ReadError::at_byte(0, "the log is compressed; hand it in as text"));
    }
    Ok(())
}

/// What the entry before the current line was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing, or a line without a header: the next such line is an entry of its own.
    Nothing,
    /// An entry with a header, which nobody keeps.
    Quiet,
    /// The entry in `Scanner::open`.
    Loud { headed: bool },
}

struct Scanner<'s> {
    sink: &'s mut dyn FnMut(&Entry<'_>),
    side: LogSide,
    before: Before,
    open: Open,
    json: json::Entry,
    clean: Vec<u8>,
    first: Option<LogTime>,
    /// The beginning of the last entry, and the time that was written around it.
    last: Vec<u8>,
    last_wrapping: Option<LogTime>,
}

/// What the object says that a line came in.
#[derive(Debug, Clone, Copy)]
struct Wrapping {
    time: Option<LogTime>,
}

fn time_in(wrapping: Option<Wrapping>) -> Option<LogTime> {
    wrapping.and_then(|wrapping| wrapping.time)
}

impl<'s> Scanner<'s> {
    fn new(sink: &'s mut dyn FnMut(&Entry<'_>)) -> Self {
        Scanner {
            sink,
            side: LogSide::default(),
            before: Before::Nothing,
            open: Open::default(),
            json: json::Entry::default(),
            clean: Vec::new(),
            first: None,
            last: Vec::new(),
            last_wrapping: None,
        }
    }

    fn whole_line(&mut self, line: &[u8]) {
        let cut = line.len() > MAX_LINE;
        let line = if cut { &line[..MAX_LINE] } else { line };
        let line = line.trim_ascii_end();
        if line.is_empty() {
            return;
        }
        self.side.lines += 1;
        if memchr::memchr(0x1b, line).is_some() {
            let mut clean = std::mem::take(&mut self.clean);
            clean.clear();
            without_escapes(line, &mut clean);
            self.line(&clean, None);
            self.clean = clean;
        } else {
            self.line(line, None);
        }
        if cut {
            match self.before {
                Before::Loud { .. } => self.open.cut = true,
                Before::Nothing | Before::Quiet => self.side.cut += 1,
            }
        }
    }

    fn line(&mut self, line: &[u8], wrapping: Option<Wrapping>) {
        match line.first() {
            Some(b'{') if self.json_line(line, wrapping) => {}
            Some(b' ' | b'\t' | b'}' | b')' | b']') if self.before != Before::Nothing => {
                if let Before::Loud { .. } = self.before {
                    self.open.go_on(line);
                }
            }
            Some(_) => self.plain_line(line, wrapping),
            None => {}
        }
    }

    /// Whether the line is a JSON object.
    fn json_line(&mut self, line: &[u8], wrapping: Option<Wrapping>) -> bool {
        if json::quick_level(line) == Some(Level::Quiet) {
            self.entry(line, None, wrapping);
            self.side.quiet += 1;
            self.before = Before::Quiet;
            return true;
        }
        let mut said = std::mem::take(&mut self.json);
        let whole = json::read(line, &mut said);
        if whole {
            if said.level.is_none() && said.message.is_empty() && !said.wrapped.is_empty() && wrapping.is_none() {
                let wrapped = std::mem::take(&mut said.wrapped);
                for inner in wrapped.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|inner| !inner.is_empty()) {
                    self.line(inner, Some(Wrapping { time: said.time }));
                }
                said.wrapped = wrapped;
            } else {
                self.json_entry(line, &said, wrapping);
            }
        }
        self.json = said;
        whole
    }

    fn json_entry(&mut self, line: &[u8], said: &json::Entry, wrapping: Option<Wrapping>) {
        self.entry(line, None, wrapping);
        let alarming = || !said.stack.is_empty() || level::alarming(&said.message) || level::alarming(&said.error);
        let level = match said.level {
            Some(Level::Loud(level)) => level,
            None if alarming() => LogLevel::Error,
            quiet => {
                *(if quiet.is_some() { &mut self.side.quiet } else { &mut self.side.unlevelled }) += 1;
                self.before = Before::Quiet;
                return;
            }
        };
        let mut lines = said.message.split(|byte| *byte == b'\n');
        self.start(level, said.time.or(time_in(wrapping)), lines.next().unwrap_or_default(), true);
        for more in lines.filter(|more| !more.is_empty()) {
            self.open.go_on(more);
        }
        if !said.error.is_empty() {
            self.open.detail(&said.error);
            self.open.note(&said.error);
        }
        let stack = said.stack.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
        for more in stack.filter(|more| !more.is_empty()) {
            self.open.go_on(more);
        }
        if self.open.message.is_empty() && self.open.details.is_empty() {
            // An object with none of the known keys: better the whole line than nothing.
            self.open.message.extend_from_slice(&line[..line.len().min(MAX_TEXT)]);
            self.open.note(line);
        }
    }

    fn plain_line(&mut self, line: &[u8], wrapping: Option<Wrapping>) {
        let header = level::header(line);
        if let (Some(inner), None) = (header.inner.and_then(|at| line.get(at..)), wrapping) {
            let time = header.time_at.and_then(|at| time::leading(&line[at..])).and_then(time::Stamp::time);
            return self.line(inner, Some(Wrapping { time }));
        }
        let message = line.get(header.message..).unwrap_or_default();
        if !header.entry {
            return self.headless_line(line, wrapping);
        }
        self.entry(line, header.time_at, wrapping);
        let level = match header.level {
            Some(Level::Loud(level)) => level,
            None if level::alarming(message) => LogLevel::Error,
            quiet => {
                *(if quiet.is_some() { &mut self.side.quiet } else { &mut self.side.unlevelled }) += 1;
                self.before = Before::Quiet;
                return;
            }
        };
        let own = header.time_at.and_then(|at| time::leading(&line[at..])).and_then(time::Stamp::time);
        let own = own.or_else(|| logfmt_time(line));
        self.start(level, own.or(time_in(wrapping)), message, true);
    }

    /// A line that does not start like an entry.
    fn headless_line(&mut self, line: &[u8], wrapping: Option<Wrapping>) {
        let crash = level::is_trace_head(line);
        let goes_on = match self.before {
            Before::Loud { headed: true } => !crash || line.starts_with(b"Traceback"),
            Before::Loud { headed: false } => !crash && self.open.expects(line),
            Before::Quiet => !crash && !level::is_exception(line) && !level::alarming(line),
            Before::Nothing => false,
        };
        if goes_on {
            if let Before::Loud { .. } = self.before {
                self.open.go_on(line);
            }
            return;
        }
        if crash || level::alarming(line) || level::is_exception(line) {
            let ends = [&b"panic: "[..], b"fatal error: ", b"Segmentation", b"#"].iter().any(|head| line.starts_with(head));
            self.start(if ends { LogLevel::Fatal } else { LogLevel::Error }, time_in(wrapping), line, false);
        } else {
            self.finish();
            self.side.unlevelled += 1;
        }
    }

    /// Notes that an entry starts here.
    fn entry(&mut self, line: &[u8], time_at: Option<usize>, wrapping: Option<Wrapping>) {
        self.finish();
        let line = &line[time_at.unwrap_or(0)..];
        // Room for the time and little else; an object has it anywhere.
        let length = if line.first() == Some(&b'{') { line.len().min(MAX_PART * 4) } else { line.len().min(64) };
        self.last.clear();
        self.last.extend_from_slice(&line[..length]);
        self.last_wrapping = time_in(wrapping);
        if self.first.is_none()
            && self.side.quiet + self.side.unlevelled + self.side.errors + self.side.warnings < FIRST_TIME_WITHIN
        {
            self.first = time_of(&self.last).or(self.last_wrapping);
        }
    }

    fn start(&mut self, level: LogLevel, time: Option<LogTime>, message: &[u8], headed: bool) {
        self.finish();
        let open = &mut self.open;
        open.level = Some(level);
        open.time = time;
        open.message.extend_from_slice(&message[..message.len().min(MAX_TEXT)]);
        open.note(message);
        open.is_go = message.starts_with(b"panic: ") || message.starts_with(b"fatal error: ");
        self.before = Before::Loud { headed };
    }

    /// Hands on the open entry.
    fn finish(&mut self) {
        self.before = Before::Nothing;
        let Some(level) = self.open.level.take() else { return };
        *(if level == LogLevel::Warning { &mut self.side.warnings } else { &mut self.side.errors }) += 1;
        self.side.cut += u64::from(self.open.cut);
        let open = &self.open;
        (self.sink)(&Entry {
            level,
            time: open.time,
            message: &open.message,
            details: &open.details,
            frame: &open.frame,
            text: &open.text,
        });
        self.open.clear();
    }

    fn end(mut self) -> Result<LogSide, ReadError> {
        self.finish();
        if self.side.lines == 0 {
            return Err(ReadError::whole("the log has no line: expected the whole log, quiet entries included"));
        }
        self.side.first = self.first.map(|time| time.to_string());
        self.side.last = time_of(&self.last).or(self.last_wrapping).map(|time| time.to_string());
        Ok(self.side)
    }
}

/// The time of an entry, from its beginning or its object.
fn time_of(line: &[u8]) -> Option<LogTime> {
    if line.first() == Some(&b'{') {
        let mut said = json::Entry::default();
        json::read(line, &mut said);
        return said.time;
    }
    let header = level::header(line);
    let stamp = header.time_at.and_then(|at| time::leading(&line[at..])).and_then(time::Stamp::time);
    stamp.or_else(|| logfmt_time(line))
}

/// The value of `time=` or `ts=` at the beginning of a line.
fn logfmt_time(line: &[u8]) -> Option<LogTime> {
    let rest = [&b"time="[..], b"ts="].iter().find_map(|key| line.strip_prefix(*key))?;
    time::value(rest.strip_prefix(b"\"").unwrap_or(rest))
}

/// Appends the text without terminal escapes.
pub(super) fn without_escapes(text: &[u8], into: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(0x1b, rest) {
        into.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let length = match rest.first() {
            // A control sequence ends with its first letter or sign from `@` on.
            Some(b'[') => rest[1..].iter().position(|byte| (0x40..=0x7e).contains(byte)).map(|end| end + 2),
            // A string for the terminal ends with a bell or `ESC \`.
            Some(b']' | b'P' | b'^' | b'_') => {
                let end = rest.iter().position(|byte| matches!(byte, 0x07 | 0x1b));
                end.map(|end| if rest[end] == 0x07 || rest.get(end + 1) != Some(&b'\\') { end + 1 } else { end + 2 })
            }
            Some(_) => Some(1),
            None => Some(0),
        };
        // One that never ends hides nothing but its beginning.
        rest = &rest[length.unwrap_or(1)..];
    }
    into.extend_from_slice(rest);
}

#[cfg(test)]
mod tests;
