//! How grave a line says it is.

use super::time;
use crate::facts::LogLevel;

/// The level that an entry states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Below a warning.
    Quiet,
    Loud(LogLevel),
}

const WARNING: Level = Level::Loud(LogLevel::Warning);
const ERROR: Level = Level::Loud(LogLevel::Error);
const FATAL: Level = Level::Loud(LogLevel::Fatal);

/// What the beginning of a plain text line says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Header {
    pub(super) level: Option<Level>,
    /// Whether the line starts like an entry: with a time, a level or a priority.
    pub(super) entry: bool,
    /// Where the time stands, as far as it is at the beginning.
    pub(super) time_at: Option<usize>,
    /// Where the line of the log starts that a container runtime wrote its own time and stream in front of.
    pub(super) inner: Option<usize>,
    /// Where the message starts: behind time and level, where they stand at the beginning.
    pub(super) message: usize,
}

/// The level that a word names, in any case: those of syslog, Log4j, java.util.logging, Python, .NET, Go and Rust.
pub(super) fn word(word: &[u8]) -> Option<Level> {
    /// No name of a level is longer.
    const LONGEST: usize = 11;
    let mut upper = [0; LONGEST];
    let upper = upper.get_mut(..word.len())?;
    upper.copy_from_slice(word);
    upper.make_ascii_uppercase();
    Some(match &*upper {
        b"FATAL" | b"CRITICAL" | b"CRIT" | b"PANIC" | b"DPANIC" | b"EMERG" | b"EMERGENCY" | b"ALERT" => FATAL,
        b"ERROR" | b"ERR" | b"SEVERE" | b"FAIL" | b"EROR" => ERROR,
        b"WARN" | b"WARNING" | b"WRN" => WARNING,
        b"INFO" | b"INFORMATION" | b"INF" | b"NOTICE" | b"DEBUG" | b"DBG" | b"DBUG" | b"TRACE" | b"TRCE" | b"VERBOSE"
        | b"FINE" | b"FINER" | b"FINEST" | b"CONFIG" | b"LOG" => Level::Quiet,
        _ => return None,
    })
}

/// The level behind a number: syslog's 0 to 7, or bunyan's and pino's 10 to 60.
pub(super) fn number(number: u32) -> Option<Level> {
    Some(match number {
        0..=2 | 60..=69 => FATAL,
        3 | 50..=59 => ERROR,
        4 | 40..=49 => WARNING,
        5..=7 | 10..=39 => Level::Quiet,
        _ => return None,
    })
}

/// Reads the beginning of a plain line.
pub(super) fn header(line: &[u8]) -> Header {
    /// Where a level is still looked for, in bytes: behind a time, a host, a thread's and a logger's name.
    const REACH: usize = 200;
    let mut header = Header::default();
    let mut at = 0;
    if line.first() == Some(&b'<') {
        at = priority(line, &mut header);
    }
    let bracket = usize::from(line.get(at) == Some(&b'['));
    if let Some(stamp) = time::leading(&line[at + bracket..]) {
        header.entry = true;
        header.time_at = Some(at + bracket);
        at += bracket + stamp.end;
        at += usize::from(bracket == 1 && line.get(at) == Some(&b']'));
        at += blanks(&line[at..]);
        if let Some(behind) = container(&line[at..]) {
            header.inner = Some(at + behind);
            return header;
        }
    } else if let Some(level) = glog(line) {
        let end = line.windows(2).position(|pair| pair == b"] ").map_or(line.len(), |end| end + 2);
        return Header { level: Some(level), entry: true, message: end, ..Header::default() };
    }
    header.message = at;
    if header.level.is_some() {
        return header;
    }
    let reach = line.len().min(at + REACH);
    let start = at;
    while at < reach {
        if !line[at].is_ascii_alphabetic() {
            at += 1;
            continue;
        }
        let length = line[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let (before, after) = (at.checked_sub(1).map(|at| line[at]), line.get(at + length).copied());
        let named = &line[at..at + length];
        if let Some(level) = word(named).filter(|_| states(line, start, at, before, after, named)) {
            header.level = Some(level);
            header.entry = true;
            if line[start..at].iter().all(|byte| matches!(byte, b'[' | b' ' | b'(' | b'|' | b'-')) {
                let behind =
                    line[at + length..].iter().take_while(|byte| matches!(byte, b']' | b')' | b':' | b' ' | b'\t' | b'|' | b'-'));
                header.message = at + length + behind.count();
            }
            return header;
        }
        at += length;
    }
    header
}

/// Whether a word that names a level states one where it stands: in capitals as a word of its own, or in small letters where only a
/// level stands (`[error]`, `level=error`, `error: ...` at the beginning).
fn states(line: &[u8], start: usize, at: usize, before: Option<u8>, after: Option<u8>, named: &[u8]) -> bool {
    // `LOG` is PostgreSQL's, and `log` everybody's.
    if named.eq_ignore_ascii_case(b"log") || named.eq_ignore_ascii_case(b"config") || named.eq_ignore_ascii_case(b"fine") {
        return named.iter().all(u8::is_ascii_uppercase) && matches!(after, Some(b':'));
    }
    if before == Some(b'=') || (before == Some(b'"') && at >= 2 && line[at - 2] == b'=') {
        let end = at - 1 - usize::from(before == Some(b'"'));
        let key = line[..end].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')).count();
        return is_level_key(&line[end - key..end]);
    }
    let bracketed =
        matches!(before, Some(b'[' | b'<' | b'(' | b'|')) && matches!(after, Some(b']' | b'>' | b')' | b'|' | b' ' | b':'));
    if named.iter().all(u8::is_ascii_uppercase) {
        let apart = !matches!(before, Some(b'/' | b'.' | b'_' | b'\'' | b'"')) || bracketed;
        return apart && !matches!(after, Some(b'/' | b'.' | b'=' | b'\'' | b'"' | b'('));
    }
    // `panic: ...` is how Go begins the report of a crash.
    bracketed || (at == start && matches!(after, Some(b':' | b'\t')) && named != b"panic")
}

/// Whether a key of a structured log names a level.
pub(super) fn is_level_key(key: &[u8]) -> bool {
    let key = key.strip_prefix(b"@").unwrap_or(key);
    [
        &b"level"[..],
        b"lvl",
        b"severity",
        b"loglevel",
        b"log_level",
        b"log.level",
        b"levelname",
        b"severitytext",
        b"severity_text",
        b"priority",
    ]
    .iter()
    .any(|known| known.eq_ignore_ascii_case(key))
}

/// Syslog's `<PRI>`, with the version and time of RFC 5424 behind it; the end of what it steps over.
fn priority(line: &[u8], header: &mut Header) -> usize {
    let digits = line[1..].iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let number: Option<u32> = std::str::from_utf8(&line[1..=digits]).ok().and_then(|text| text.parse().ok());
    let (Some(value), Some(b'>')) = (number.filter(|value| *value < 192), line.get(digits + 1)) else { return 0 };
    header.level = self::number(value % 8);
    header.entry = true;
    let at = digits + 2;
    if line[at..].starts_with(b"1 ") { at + 2 } else { at }
}

/// The length of `stdout F ` and its like: Kubernetes' stream, and whether the line is whole.
fn container(rest: &[u8]) -> Option<usize> {
    let stream = [&b"stdout "[..], b"stderr "].into_iter().find(|stream| rest.starts_with(stream))?;
    matches!(rest.get(stream.len()..stream.len() + 2)?, b"F " | b"P ").then_some(stream.len() + 2)
}

/// glog's `E1121 15:04:05.000000`.
fn glog(line: &[u8]) -> Option<Level> {
    let digits =
        line.len() > 14 && line[1..5].iter().all(u8::is_ascii_digit) && line[5] == b' ' && line[8] == b':' && line[11] == b':';
    match line.first()? {
        b'I' if digits => Some(Level::Quiet),
        b'W' if digits => Some(WARNING),
        b'E' if digits => Some(ERROR),
        b'F' if digits => Some(FATAL),
        _ => None,
    }
}

fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Whether a line without a level is an error by its looks: the head of a stack trace or of a panic, `SomeError:`, `error:`.
pub(super) fn alarming(text: &[u8]) -> bool {
    if is_trace_head(text) {
        return true;
    }
    let mut from = 0;
    // Each of the words has one of these two letters with another behind it, which is quick to look for.
    while let Some(found) = memchr::memchr2(b'r', b'x', &text[from..]) {
        let at = from + found;
        from = at + 1;
        if text[at..].starts_with(b"rror") && is_named(text, at.wrapping_sub(1), at + 4, b'e')
            || text[at..].starts_with(b"xception") && is_named(text, at.wrapping_sub(1), at + 8, b'e')
        {
            return true;
        }
    }
    false
}

/// Whether the word that has its initial `E` at `at` and ends at `end` speaks of a fault of its own: `TypeError:`,
/// `com.pay.FooException`, `error: ...`, `Error` at the beginning; not `errors=0` and `/error`.
fn is_named(text: &[u8], at: usize, end: usize, initial: u8) -> bool {
    let Some(first) = text.get(at).filter(|byte| byte.eq_ignore_ascii_case(&initial)) else { return false };
    let before = at.checked_sub(1).map(|at| text[at]);
    match text.get(end) {
        Some(b':') => {
            before.is_none_or(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'.' | b']' | b'\t' | b'"' | b'\''))
        }
        None | Some(b' ' | b'\r') => {
            *first == b'E' && before.is_some_and(|byte| byte.is_ascii_alphanumeric()) || before.is_none()
        }
        _ => false,
    }
}

/// Whether a line begins the report of a crash in one of the usual languages.
pub(super) fn is_trace_head(text: &[u8]) -> bool {
    match text.first() {
        Some(b'T') => text.starts_with(b"Traceback (most recent call last)"),
        Some(b'p') => text.starts_with(b"panic: "),
        Some(b'f') => text.starts_with(b"fatal error: "),
        Some(b't') => text.starts_with(b"thread '") && memchr::memmem::find(text, b"panicked at").is_some(),
        Some(b'U') => text.starts_with(b"Unhandled ") || text.starts_with(b"Uncaught "),
        Some(b'E') => text.starts_with(b"Exception in thread "),
        Some(b'S') => text.starts_with(b"Segmentation fault"),
        Some(b'#') => text.starts_with(b"# A fatal error has been detected"),
        Some(b'u') => text.starts_with(b"unhandled ") || text.starts_with(b"uncaught "),
        _ => false,
    }
}

/// Whether a line is `some.package.SomeException: message`, as Java, .NET, Python, Ruby and JavaScript write in front of frames or
/// behind them.
pub(super) fn is_exception(text: &[u8]) -> bool {
    exception_name(text).is_some()
}

/// The name of the exception that a text starts with, as in `some.package.SomeException: message`.
#[must_use]
pub fn exception_name(text: &[u8]) -> Option<&[u8]> {
    let name = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$')).count();
    let name = match text.get(name) {
        None | Some(b':') => &text[..name],
        _ => return None,
    };
    let ends = [&b"Error"[..], b"Exception", b"Throwable", b"Failure", b"Interrupt", b"Fault"];
    ends.iter().any(|end| name.ends_with(end)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(line: &str) -> Option<Level> {
        header(line.as_bytes()).level
    }

    #[test]
    fn levels_are_found_where_loggers_write_them() {
        for line in [
            "2026-01-02 03:04:05,678 [main] ERROR c.p.Pay - no money",
            "2026-01-02 03:04:05.678 ERROR 7 --- [exec-1] c.p.Pay : no money",
            "ERROR:root:no money",
            "2026-01-02 03:04:05,678 - root - ERROR - no money",
            "E0102 03:04:05.678901    7 pay.go:42] no money",
            "<11>Jan  2 03:04:05 host pay[7]: no money",
            "<131>1 2026-01-02T03:04:05Z host pay 7 - - no money",
            "2026/01/02 03:04:05 [error] 7#7: *1 upstream timed out",
            "[Fri Jan  2 03:04:05.123456 2026] [core:error] [pid 7] no money [ERROR]",
            "time=2026-01-02T03:04:05Z level=error msg=\"no money\"",
            "ts=1 lvl=\"error\" msg=x",
            "2026-01-02 03:04:05 UTC [7] ERROR:  relation \"a\" does not exist",
            "error: no money",
            "2026-01-02T03:04:05.678Z\terror\tpay/a.go:42\tno money",
            "fail: Pay.Service[0]",
            "SEVERE: no money",
            "03:04:05.678 [main] ERROR c.p.Pay - no money",
        ] {
            assert_eq!(level(line), Some(ERROR), "{line}");
        }
        for line in [
            "INFO 3 ERROR lines",
            "level=info msg=\"ERROR\"",
            "[info] error: x",
            "I0102 03:04:05.678901 7 a.go:1] ERROR",
            "LOG:  x",
        ] {
            assert_eq!(level(line), Some(Level::Quiet), "{line}");
        }
        for line in ["WARN x", "level=warning", "W0102 03:04:05.678901 7 a.go:1] x", "<12>x", "[WARN ] x"] {
            assert_eq!(level(line), Some(WARNING), "{line}");
        }
        for line in ["FATAL x", "2026-01-02T03:04:05Z CRITICAL x", "level=panic", "<8>x"] {
            assert_eq!(level(line), Some(FATAL), "{line}");
        }
        for line in
            ["", "<", "<999>x", "GET /ERROR/x 200", "result=error", "MAX_ERROR=1", "the error of his ways", "E12 x", "<11"]
        {
            assert_eq!(level(line), None, "{line}");
        }
    }

    #[test]
    fn the_message_starts_behind_time_and_level() {
        for (line, wanted) in [
            ("2026-01-02 03:04:05,678 ERROR no money", "no money"),
            ("2026-01-02 03:04:05,678 [ERROR] no money", "no money"),
            ("[2026-01-02T03:04:05Z] ERROR: no money", "no money"),
            ("E0102 03:04:05.678901    7 pay.go:42] no money", "no money"),
            ("no money", "no money"),
        ] {
            assert_eq!(&line[header(line.as_bytes()).message..], wanted, "{line}");
        }
    }

    #[test]
    fn a_line_without_a_level_is_judged_by_its_looks() {
        for line in [
            "Traceback (most recent call last):",
            "panic: runtime error: index out of range",
            "thread 'main' panicked at src/a.rs:10:5:",
            "TypeError: x is not a function",
            "Exception in thread \"main\" java.lang.NullPointerException",
            "com.pay.NoMoneyException: none",
            "a.c:3:1: error: expected ';'",
            "java.lang.StackOverflowError",
            "Error: no money",
        ] {
            assert!(alarming(line.as_bytes()), "{line}");
        }
        for line in
            ["", "no error", "errors=0", "GET /error HTTP/1.1", "0 errors found", "mirror: up", "an exception to the rule"]
        {
            assert!(!alarming(line.as_bytes()), "{line}");
        }
    }
}
