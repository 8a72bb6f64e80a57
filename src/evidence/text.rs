//! Small pieces that several readers share: positions, byte-order marks, times, the beginning of a file.

use std::io::{self, BufRead};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::ReadError;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Steps over a UTF-8 byte-order mark at the start of a report.
pub(crate) fn skip_byte_order_mark(input: &mut dyn BufRead) -> Result<(), ReadError> {
    // A reader may hand out its first bytes one at a time, so the mark is matched byte by byte.
    let first = input.fill_buf().map_err(|error| failed(&error))?.first().copied();
    if first != Some(BYTE_ORDER_MARK[0]) {
        return Ok(());
    }
    for expected in BYTE_ORDER_MARK {
        match input.fill_buf().map_err(|error| failed(&error))?.first() {
            Some(byte) if byte == expected => input.consume(1),
            _ => return Err(ReadError::at_byte(0, "expected UTF-8 text")),
        }
    }
    Ok(())
}

/// The error for a file that the system refuses to go on reading.
pub(crate) fn failed(error: &io::Error) -> ReadError {
    ReadError::whole(format!("failed to read on: {error}"))
}

/// The bytes without a byte-order mark and leading blanks, for telling formats apart.
pub(crate) fn beginning(head: &[u8]) -> &[u8] {
    head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head).trim_ascii_start()
}

/// The local name of the first element of an XML document of which `head` is the beginning; `None` when it is not XML.
pub(crate) fn root_element(head: &[u8]) -> Option<&[u8]> {
    let mut rest = beginning(head);
    loop {
        rest = rest.trim_ascii_start().strip_prefix(b"<")?;
        if let Some(comment) = rest.strip_prefix(b"!--") {
            rest = after(comment, b"-->")?;
        } else if rest.starts_with(b"?") {
            rest = after(rest, b"?>")?;
        } else if rest.starts_with(b"!") {
            let end = rest.iter().position(|byte| matches!(byte, b'>' | b'['))?;
            rest = if rest[end] == b'[' { after(rest, b"]>").or_else(|| after(rest, b"] >"))? } else { &rest[end + 1..] };
        } else {
            let end =
                rest.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/')).unwrap_or(rest.len());
            let name = &rest[..end];
            return Some(name.rsplit(|byte| *byte == b':').next().unwrap_or(name));
        }
    }
}

fn after<'a>(text: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    text.windows(mark.len()).position(|window| window == mark).map(|at| &text[at + mark.len()..])
}

/// A time that states its zone; `None` for anything else, because a time without a zone cannot be compared.
pub(crate) fn zoned_time(text: &str) -> Option<Timestamp> {
    text.trim().parse().ok()
}

/// How far behind UTC a clock on the wall can be, and how far ahead.
const WEST: SignedDuration = SignedDuration::from_hours(12);
const EAST: SignedDuration = SignedDuration::from_hours(14);

/// The first and the last moment that a time without a zone can mean, anywhere on earth; `None` for other text.
///
/// It shows when something cannot have been, and never when it was: the two are 26 hours apart.
pub(crate) fn zoneless_time(text: &str) -> Option<[Timestamp; 2]> {
    let text = text.trim();
    // A day alone is as good as nothing here.
    if zoned_time(text).is_some() || !text.contains(':') {
        return None;
    }
    let there = text.parse::<DateTime>().ok()?;
    // Calendar times reach a little further than moments.
    let end = if there.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
    let there = there.to_zoned(TimeZone::UTC).map_or(end, |there| there.timestamp());
    Some([there.checked_sub(EAST).unwrap_or(Timestamp::MIN), there.checked_add(WEST).unwrap_or(Timestamp::MAX)])
}

/// The earlier of two times, where both are known; otherwise the one that is.
pub(crate) fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}

/// A time as seconds or milliseconds since 1970, whichever lands in this age.
pub(crate) fn epoch_time(text: &str) -> Option<Timestamp> {
    /// The year 5138 in seconds, and March 1973 in milliseconds: nothing that was ever measured is between them.
    const SECONDS_END: i64 = 100_000_000_000;
    let number: i64 = text.trim().parse().ok()?;
    match number {
        ..=0 => None,
        1..SECONDS_END => Timestamp::from_second(number).ok(),
        _ => Timestamp::from_millisecond(number).ok(),
    }
}

/// A count of hits, which some tools write as a floating point number; `None` when it is not a number.
pub(crate) fn hits(text: &str) -> Option<f64> {
    // Nearly all are short and whole.
    if text.len() < 10
        && let Ok(whole) = text.parse::<u32>()
    {
        return Some(whole.into());
    }
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// The first line that is not blank, without its blanks, cut after `limit` characters.
pub(crate) fn first_line(text: &str, limit: usize) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
    line.chars().take(limit).collect()
}

/// How many characters of a message are kept: it is read by people.
const MESSAGE_CHARS: usize = 2000;

/// The beginning of a message, as much as is kept of one.
pub(crate) fn cut(text: &str) -> &str {
    if text.len() <= MESSAGE_CHARS {
        return text;
    }
    text.char_indices().nth(MESSAGE_CHARS).map_or(text, |(end, _)| &text[..end])
}

/// Whether a word stands among the first bytes of a file.
pub(crate) fn contains(head: &[u8], word: &str) -> bool {
    head.windows(word.len()).any(|window| window == word.as_bytes())
}

/// Quotes something hostile for a message: cut, and without control characters.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(80).collect();
    if text.chars().nth(80).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_element_is_found_behind_prologue_comment_and_document_type() {
        let head = b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- <a> --><!DOCTYPE x [<!ENTITY a \"b\">]>\n<ns:coverage a='b'>";
        assert_eq!(root_element(head), Some(&b"coverage"[..]));
        assert_eq!(root_element(b"<testsuites/>"), Some(&b"testsuites"[..]));
        assert_eq!(root_element(b"TN:\nSF:a"), None);
        assert_eq!(root_element(b"<!-- never closed"), None);
    }

    #[test]
    fn a_time_counts_only_with_its_zone() {
        assert!(zoned_time("2022-12-29T02:23:00Z").is_some());
        assert!(zoned_time("2025-11-15T11:51:49.548396-05:00").is_some());
        assert_eq!(zoned_time("2022-12-29T02:23:00"), None);
        assert_eq!(zoned_time(""), None);
    }

    #[test]
    fn a_time_without_a_zone_means_any_moment_of_26_hours() {
        let range = |text: &str| zoneless_time(text).map(|range| range.map(|time| time.to_string()));
        let whole = Some(["2022-12-28T12:23:00Z".to_owned(), "2022-12-29T14:23:00Z".to_owned()]);
        for text in ["2022-12-29T02:23:00", " 2022-12-29 02:23:00 ", "2022-12-29T02:23"] {
            assert_eq!(range(text), whole, "{text}");
        }
        for text in
            ["2022-12-29T02:23:00Z", "2022-12-29T02:23:00+08:00", "", "2022-12-29", "29.12.2022 02:23", "2022-13-01T00:00:00"]
        {
            assert_eq!(range(text), None, "{text}");
        }
        assert!(range("9999-12-31T23:59:59").is_some() && range("-009999-01-01T00:00:00").is_some());
    }

    #[test]
    fn seconds_and_milliseconds_since_1970_are_told_apart() {
        assert_eq!(epoch_time("1663310122"), epoch_time("1663310122000"));
        assert_eq!(epoch_time("0"), None);
        assert_eq!(epoch_time("01/26/2024 13:49:51"), None);
    }

    #[test]
    fn hostile_text_is_cut_and_loses_its_control_characters() {
        assert_eq!(shown("a\u{1b}[31mb\n"), "a\u{fffd}[31mb\u{fffd}");
        assert_eq!(shown(&"x".repeat(200)).chars().count(), 81);
    }
}
