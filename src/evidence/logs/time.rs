//! Times at the beginning of log entries.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// When an entry was written.
///
/// Ordered by the kind first: times with and without a zone cannot be compared, and one log seldom has both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogTime {
    Zoned(Timestamp),
    /// The clock of the machine that wrote it, wherever it stood.
    Civil(DateTime),
}

impl LogTime {
    /// Seconds from `earlier` to this; `None` when only one of them has a zone.
    #[must_use]
    pub fn seconds_since(self, earlier: LogTime) -> Option<f64> {
        match (self, earlier) {
            (LogTime::Zoned(late), LogTime::Zoned(early)) => Some((late.duration_since(early)).as_secs_f64()),
            (LogTime::Civil(late), LogTime::Civil(early)) => Some(late.duration_since(early).as_secs_f64()),
            _ => None,
        }
    }

    /// Reads what [`Display`](std::fmt::Display) writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<LogTime> {
        match text.parse() {
            Ok(time) => Some(LogTime::Zoned(time)),
            Err(_) => text.parse().ok().map(LogTime::Civil),
        }
    }
}

impl std::fmt::Display for LogTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LogTime::Zoned(time) => time.fmt(f),
            LogTime::Civil(time) => time.fmt(f),
        }
    }
}

/// A time as it stands in the text, not yet converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp<'a> {
    text: &'a [u8],
    /// How many bytes it takes.
    pub(super) end: usize,
}

const MONTHS: [&[u8]; 12] = [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// The time that the text starts with: RFC 3339 and ISO 8601 with `T` or a blank (also `2006/01/02`), syslog's and `ctime`'s
/// `Jan 2 15:04:05`, and a bare `15:04:05`. `None` for anything else.
pub(super) fn leading(text: &[u8]) -> Option<Stamp<'_>> {
    match text.first()? {
        b'0'..=b'9' => leading_digits(text),
        b'A'..=b'Z' => leading_month(text),
        _ => None,
    }
}

fn leading_digits(text: &[u8]) -> Option<Stamp<'_>> {
    if shaped(text, b"dddd-dd-dd") || shaped(text, b"dddd/dd/dd") || shaped(text, b"dddd.dd.dd") {
        let rest = &text[10..];
        if matches!(rest.first(), Some(b'T' | b't' | b' ')) && shaped(&rest[1..], b"dd:dd:dd") {
            return Some(stamp(text, zone(text, fraction(text, 19))));
        }
        return None;
    }
    if shaped(text, b"dd/")
        && text.get(3..6).is_some_and(|month| MONTHS.contains(&month))
        && shaped(&text[6..], b"/dddd:dd:dd:dd")
    {
        return Some(stamp(text, zone(text, 20)));
    }
    shaped(text, b"dd:dd:dd").then(|| stamp(text, fraction(text, 8)))
}

fn leading_month(text: &[u8]) -> Option<Stamp<'_>> {
    let weekday = usize::from(text.get(3) == Some(&b' ') && text.get(..3).is_some_and(|word| !MONTHS.contains(&word))) * 4;
    let rest = text.get(weekday..)?;
    let month = rest.get(..3).is_some_and(|word| MONTHS.contains(&word));
    let day = shaped(rest.get(3..)?, b" dd ") || shaped(&rest[3..], b"  d ");
    if !(month && day && shaped(&rest[7..], b"dd:dd:dd")) {
        return None;
    }
    let mut end = fraction(text, weekday + 15);
    if shaped(&text[end..], b" dddd") {
        end += 5;
    }
    Some(stamp(text, end))
}

fn stamp(text: &[u8], end: usize) -> Stamp<'_> {
    Stamp { text: &text[..end], end }
}

/// Whether the text starts with this shape: `d` is a digit, everything else itself.
fn shaped(text: &[u8], shape: &[u8]) -> bool {
    text.len() >= shape.len()
        && text.iter().zip(shape).all(|(byte, wanted)| if *wanted == b'd' { byte.is_ascii_digit() } else { byte == wanted })
}

/// Where the fraction of a second that may start at `at` ends.
fn fraction(text: &[u8], at: usize) -> usize {
    if !matches!(text.get(at), Some(b'.' | b',')) {
        return at;
    }
    let digits = text[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 { at } else { at + 1 + digits }
}

/// Where the zone that may start at `at` ends.
fn zone(text: &[u8], at: usize) -> usize {
    let blank = usize::from(text.get(at) == Some(&b' '));
    let rest = &text[at + blank..];
    let length = match rest.first() {
        Some(b'Z' | b'z') if blank == 0 => 1,
        Some(b'+' | b'-') if shaped(&rest[1..], b"dd:dd") => 6,
        Some(b'+' | b'-') if shaped(&rest[1..], b"dddd") => 5,
        Some(b'+' | b'-') if blank == 0 && shaped(&rest[1..], b"dd") => 3,
        _ if rest.starts_with(b"UTC") || rest.starts_with(b"GMT") => 3,
        _ => return at,
    };
    at + blank + length
}

impl Stamp<'_> {
    /// The time; `None` when it does not name a year, or no day that exists.
    pub(super) fn time(self) -> Option<LogTime> {
        let text = self.text;
        let (date, at) = if shaped(text, b"dddd") {
            ([number(&text[..4])?, number(&text[5..7])?, number(&text[8..10])?], 11)
        } else if shaped(text, b"dd/") {
            ([number(&text[7..11])?, month(&text[3..6])?, number(&text[..2])?], 12)
        } else {
            return self.ctime();
        };
        let end = fraction(text, at + 8);
        let civil = civil(date, &text[at..end])?;
        let zone = text[end..].trim_ascii_start();
        let offset = match zone.first() {
            None => return Some(LogTime::Civil(civil)),
            Some(sign @ (b'+' | b'-')) => {
                let digits: Vec<u8> = zone[1..].iter().copied().filter(u8::is_ascii_digit).collect();
                let minutes = if digits.len() == 4 { number(&digits[2..])? } else { 0 };
                let seconds = (number(&digits[..2])? * 60 + minutes) * 60;
                if *sign == b'-' { -seconds } else { seconds }
            }
            Some(_) => 0,
        };
        Offset::from_seconds(offset).ok()?.to_timestamp(civil).ok().map(LogTime::Zoned)
    }

    /// `Wed Jan 2 15:04:05.123 2026`, the only form with a month's name in front that ends with its year.
    fn ctime(self) -> Option<LogTime> {
        let text = self.text;
        let at = MONTHS.iter().find_map(|name| (text.get(..3) == Some(*name)).then_some(0)).unwrap_or(4);
        let year = text.len().checked_sub(5).filter(|at| shaped(&text[*at..], b" dddd"))?;
        let date = [number(&text[year + 1..])?, month(text.get(at..at + 3)?)?, number(text.get(at + 4..at + 6)?)?];
        civil(date, text.get(at + 7..year)?).map(LogTime::Civil)
    }
}

/// A time as structured logs give it: text, or a number of seconds, milliseconds or finer since 1970.
pub(super) fn value(text: &[u8]) -> Option<LogTime> {
    if let Some(stamp) = leading(text) {
        return stamp.time();
    }
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole: i64 = std::str::from_utf8(text.get(..digits)?).ok()?.parse().ok()?;
    let nanos = match digits {
        9 | 10 => i128::from(whole) * 1_000_000_000,
        12 | 13 => i128::from(whole) * 1_000_000,
        15 | 16 => i128::from(whole) * 1_000,
        18 | 19 => i128::from(whole),
        _ => return None,
    };
    Timestamp::from_nanosecond(nanos).ok().map(LogTime::Zoned)
}

fn civil([year, month, day]: [i32; 3], clock: &[u8]) -> Option<DateTime> {
    let mut nanos = 0;
    if clock.len() > 9 {
        for at in 0..9 {
            nanos = nanos * 10 + clock.get(9 + at).map_or(0, |byte| i32::from(byte - b'0'));
        }
    }
    let part = |at: usize| i8::try_from(number(clock.get(at..at + 2)?)?).ok();
    // A leap second has no place in a civil time.
    let second = part(6)?.min(59);
    DateTime::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        part(0)?,
        part(3)?,
        second,
        nanos,
    )
    .ok()
}

fn month(text: &[u8]) -> Option<i32> {
    MONTHS.iter().position(|name| *name == text).and_then(|at| i32::try_from(at + 1).ok())
}

fn number(text: &[u8]) -> Option<i32> {
    std::str::from_utf8(text.trim_ascii_start()).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(usize, String)> {
        let stamp = leading(text.as_bytes())?;
        Some((stamp.end, stamp.time().map_or("?".to_owned(), |time| time.to_string())))
    }

    #[test]
    fn the_usual_times_are_read_with_their_zones() {
        let cases = [
            ("2026-01-02T03:04:05Z x", 20, "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05.678901234+02:00 x", 35, "2026-01-02T01:04:05.678901234Z"),
            ("2026-01-02 03:04:05,678 ERROR", 23, "2026-01-02T03:04:05.678"),
            ("2026-01-02 03:04:05.6 -0130 x", 27, "2026-01-02T04:34:05.6Z"),
            ("2026-01-02 03:04:05 UTC [7]", 23, "2026-01-02T03:04:05Z"),
            ("2026/01/02 03:04:05 x", 19, "2026-01-02T03:04:05"),
            ("02/Jan/2026:03:04:05 +0000] x", 26, "2026-01-02T03:04:05Z"),
            ("Fri Jan  2 03:04:05.123456 2026] x", 31, "2026-01-02T03:04:05.123456"),
            ("Jan  2 03:04:05 host app", 15, "?"),
            ("03:04:05.678 [main] ERROR", 12, "?"),
            ("2026-02-31T03:04:05Z", 20, "?"),
            ("2026-01-02T23:59:60Z", 20, "2026-01-02T23:59:59Z"),
        ];
        for (text, end, wanted) in cases {
            assert_eq!(read(text), Some((end, wanted.to_owned())), "{text}");
        }
        for text in ["", "2026", "2026-01-02", "12 errors", "Janitor 1", "Error: x", "Jan", "Mon Jan"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_since_1970_are_read_by_their_length() {
        let wanted = value(b"2025-01-01T00:00:00Z");
        for text in ["1735689600", "1735689600.0", "1735689600000", "1735689600000000", "1735689600000000000"] {
            assert_eq!(value(text.as_bytes()), wanted, "{text}");
        }
        assert_eq!(value(b"12"), None);
        assert_eq!(value(b"99999999999999999999"), None);
    }

    #[test]
    fn what_is_shown_reads_back() {
        for text in ["2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05"] {
            assert_eq!(LogTime::parse(text).map(|time| time.to_string()).as_deref(), Some(text));
        }
    }
}
