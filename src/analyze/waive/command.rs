//! One command: `/kadian waive ID reason=... until=YYYY-MM-DD [path=GLOB] [finding=FINGERPRINT] [ticket=...]`.

use jiff::civil::Date;

use super::lines::WORD;
use crate::nearest::nearest;
use crate::path_glob;

/// The keys, as they are written.
pub const KEYS: [&str; 5] = ["reason", "until", "path", "finding", "ticket"];

/// How it is written; the end of every message about one that is not.
const FORM: &str = "write `/kadian waive ID reason=\"...\" until=2026-12-31`";

const MAX_LINE: usize = 8_192;
const MAX_ID: usize = 200;
const MAX_VALUE: usize = 1000;

/// A waiver that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub id: String,
    pub reason: String,
    /// The last day on which it is to hold.
    pub until: Date,
    /// A glob that can be used.
    pub path: Option<String>,
    /// The fingerprint of the one finding that is meant.
    pub finding: Option<String>,
    pub ticket: Option<String>,
}

/// Reads a line that begins with `/kadian`. A value stands in quotation marks, single or double, or goes up to the next `key=`.
///
/// The error says the id, where one can be told, and what is wrong with the line: a verb, a key or a text that is not known, a key that
/// is absent or stands twice, a day that is none, a pattern that cannot be used, characters that nobody sees.
pub(super) fn read(line: &str) -> Result<Command, (Option<String>, String)> {
    if line.len() > MAX_LINE {
        return Err((None, format!("the command is longer than {MAX_LINE} bytes")));
    }
    let rest = line.strip_prefix(WORD).unwrap_or(line).trim();
    if rest.chars().any(unseen) {
        return Err((None, "the command holds a character that nobody sees; write it anew".to_owned()));
    }
    let (verb, rest) = word(rest);
    if verb != "waive" {
        let meant = nearest(verb, ["waive"]).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err((None, format!("`{}` is no command{meant} {FORM}", shown(verb))));
    }
    let (id, rest) = word(rest);
    if id.is_empty() || id.contains('=') {
        return Err((None, format!("the command names no check: {FORM}")));
    }
    if id.len() > MAX_ID || !id.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c)) {
        return Err((None, format!("`{}` is no id of a check: {FORM}", shown(id))));
    }
    command(id, rest).map_err(|why| (Some(id.to_owned()), why))
}

fn command(id: &str, rest: &str) -> Result<Command, String> {
    let mut values: [Option<String>; KEYS.len()] = Default::default();
    for (key, value) in pairs(rest)? {
        let Some(at) = KEYS.iter().position(|known| *known == key) else {
            let meant = match nearest(key, KEYS) {
                Some(near) => format!("did you mean `{near}=`?"),
                None => format!("known are {}", KEYS.map(|key| format!("`{key}=`")).join(", ")),
            };
            return Err(format!("unknown key `{}=`; {meant} A value that holds `=` stands in quotation marks", shown(key)));
        };
        if value.trim().is_empty() {
            return Err(format!("`{key}=` is empty: {FORM}"));
        }
        if value.chars().count() > MAX_VALUE {
            return Err(format!("`{key}=` has more than {MAX_VALUE} characters"));
        }
        if values[at].replace(value.trim().to_owned()).is_some() {
            return Err(format!("`{key}=` stands twice; keep one"));
        }
    }
    let [reason, until, path, finding, ticket] = values;
    let until = until.ok_or_else(|| format!("`until=` is missing: {FORM}"))?;
    let day = || format!("until `{}` is not a day: {FORM}", shown(&until));
    let until: Date = if until.len() == "2026-12-31".len() { until.parse().map_err(|_| day())? } else { return Err(day()) };
    if let Some(glob) = &path {
        path_glob::parse(glob).map_err(|error| format!("path `{}` is not a path pattern: {error}", shown(glob)))?;
    }
    let reason = reason.ok_or_else(|| format!("`reason=` is missing: {FORM}"))?;
    Ok(Command { id: id.to_owned(), reason, until, path, finding, ticket })
}

/// The keys with their values, in their order.
fn pairs(text: &str) -> Result<Vec<(&str, String)>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some((key, after)) = key(rest) else {
            return Err(format!("`{}` belongs to no key: {FORM}", shown(word(rest).0)));
        };
        let value;
        (value, rest) = self::value(after).map_err(|()| format!("the quotation mark after `{}=` is not closed", shown(key)))?;
        found.push((key, value));
        rest = rest.trim_start();
    }
    Ok(found)
}

/// A key at the start of a text, and what follows its `=`.
fn key(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_alphabetic() || c == '_' || c == '-')).filter(|end| *end > 0)?;
    Some((&text[..end], text[end..].strip_prefix('=')?))
}

/// A value, and what follows it.
fn value(text: &str) -> Result<(String, &str), ()> {
    if let Some(quote) = text.chars().next().filter(|c| ['"', '\''].contains(c)) {
        return quoted(&text[1..], quote).ok_or(());
    }
    let starts = |at: &usize| key(&text[*at..]).is_some();
    let words = text.char_indices().zip(text.chars().skip(1)).filter(|((_, before), _)| before.is_whitespace());
    let next = words.map(|((at, before), _)| at + before.len_utf8()).find(starts).unwrap_or(text.len());
    Ok((text[..next].trim().to_owned(), &text[next..]))
}

/// What stands before the closing mark, where a backslash takes the meaning of the next character; the mark ends a word.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.push(chars.next()?.1),
            c if c == quote => {
                let rest = &text[at + c.len_utf8()..];
                return (rest.is_empty() || rest.starts_with(char::is_whitespace)).then_some((value, rest));
            }
            c => value.push(c),
        }
    }
    None
}

/// The first word, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

/// As much of a text as a message bears.
fn shown(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST).chain(['…']).collect() }
}

/// A character that moves or hides text instead of showing some.
fn unseen(c: char) -> bool {
    c.is_control() && c != '\t'
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn why(line: &str) -> String {
        read(line).expect_err(line).1
    }

    #[test]
    fn values_are_quoted_or_go_up_to_the_next_key() {
        let full = "/kadian waive scan/new reason=\"a=b, it's fine\" until=2026-12-31 path=src/** finding=abc ticket=PAY-1";
        let command = read(full).unwrap();
        assert_eq!((command.id.as_str(), command.reason.as_str()), ("scan/new", "a=b, it's fine"));
        assert_eq!((command.until.to_string().as_str(), command.path.as_deref()), ("2026-12-31", Some("src/**")));
        assert_eq!((command.finding.as_deref(), command.ticket.as_deref()), (Some("abc"), Some("PAY-1")));
        for line in [
            "/kadian waive a/b reason=the host is flaky until=2026-12-31",
            "/kadian  waive\ta/b  until=2026-12-31   reason=the host is flaky  ",
            "/kadian waive a/b reason='the host is flaky' until='2026-12-31'",
            "/kadian waive a/b reason=\"the host is \\flaky\" until=2026-12-31",
        ] {
            let command = read(line).unwrap();
            assert_eq!((command.reason.as_str(), command.id.as_str()), ("the host is flaky", "a/b"), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_the_way_out() {
        for (line, expected) in [
            ("/kadian", "`` is no command"),
            ("/kadian wave a/b", "`wave` is no command; did you mean `waive`?"),
            ("/kadian waive", "names no check"),
            ("/kadian waive reason=x until=2026-12-31", "names no check"),
            ("/kadian waive a`b reason=x until=2026-12-31", "`a`b` is no id"),
            ("/kadian waive a/b please reason=x until=2026-12-31", "`please` belongs to no key"),
            ("/kadian waive a/b resaon=x until=2026-12-31", "unknown key `resaon=`; did you mean `reason=`?"),
            ("/kadian waive a/b reason=x zzz=1 until=2026-12-31", "unknown key `zzz=`; known are `reason=`, `until=`"),
            ("/kadian waive a/b reason=x", "`until=` is missing"),
            ("/kadian waive a/b until=2026-12-31", "`reason=` is missing"),
            ("/kadian waive a/b reason= until=2026-12-31", "`reason=` is empty"),
            ("/kadian waive a/b reason=\" \" until=2026-12-31", "`reason=` is empty"),
            ("/kadian waive a/b reason=x until=tomorrow", "until `tomorrow` is not a day"),
            ("/kadian waive a/b reason=x until=2026-02-30", "is not a day"),
            ("/kadian waive a/b reason=x until=2026-12-31 until=2027-12-31", "`until=` stands twice"),
            ("/kadian waive a/b reason=x until=2026-12-31 path=src/[", "path `src/[` is not a path pattern"),
            ("/kadian waive a/b reason=\"x until=2026-12-31", "`reason=` is not closed"),
            ("/kadian waive a/b reason=x\u{202e} until=2026-12-31", "a character that nobody sees"),
            ("/kadian waive a/b\u{200b} reason=x until=2026-12-31", "a character that nobody sees"),
        ] {
            let said = why(line);
            assert!(said.contains(expected), "{line}: {said}");
        }
        assert_eq!(read("/kadian waive a/b reason=x").unwrap_err().0.as_deref(), Some("a/b"));
    }

    #[test]
    fn long_texts_are_refused_and_not_repeated() {
        let long = "x".repeat(100_000);
        for line in [
            format!("/kadian waive {long}"),
            format!("/kadian waive a/b reason={long} until=2026-12-31"),
            format!("/kadian {long}"),
        ] {
            assert!(why(&line).len() < 300);
        }
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(rest in "( |=|\"|'|\\\\|reason|until|path|2026-12-31|a/b|waive|\\PC){0,40}") {
            let _ = read(&format!("/kadian waive a/b {rest}"));
            let _ = read(&format!("/kadian {rest}"));
        }

        #[test]
        fn a_quoted_reason_comes_back(reason in "[a-z=' .]{0,40}[a-z]") {
            let command = read(&format!("/kadian waive a/b reason=\"{reason}\" until=2026-12-31")).unwrap();
            prop_assert_eq!(command.reason, reason.trim());
        }
    }
}
