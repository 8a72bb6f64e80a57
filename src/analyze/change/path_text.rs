//! Paths as text, and back.

use std::fmt::Write as _;

/// Shows a path as text: UTF-8 as it is, anything else quoted as git does under `core.quotePath` (double quotes, octal escapes).
///
/// A path that is UTF-8 is never quoted, whatever it holds: escaping for a terminal or a page is the reports' work.
#[must_use]
pub fn path_text(path: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(path) {
        return text.to_owned();
    }
    let mut text = String::with_capacity(path.len() + 8);
    text.push('"');
    for &byte in path {
        match NAMED.iter().find(|(_, escaped)| *escaped == byte) {
            Some((letter, _)) => text.extend(['\\', char::from(*letter)]),
            None if (b' '..=b'~').contains(&byte) => text.push(char::from(byte)),
            None => {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\{byte:03o}");
            }
        }
    }
    text.push('"');
    text
}

/// The path without the quotes that [`path_text`] puts around one that is not UTF-8, so that its folders and its ending can be told.
#[must_use]
pub fn without_quotes(path: &str) -> &str {
    let inner = path.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|_| std::str::from_utf8(&path_bytes(path)).is_err()).unwrap_or(path)
}

/// The bytes of a path that [`path_text`] made: the exact inverse, save for a file whose real name looks like a quoted path
/// that is not UTF-8.
#[must_use]
pub fn path_bytes(text: &str) -> Vec<u8> {
    match unquote(text.as_bytes()) {
        Some((bytes, [])) if std::str::from_utf8(&bytes).is_err() => bytes,
        _ => text.as_bytes().to_vec(),
    }
}

/// Reads a string in git's C-style quotes from the start of `text`: its bytes, and what follows the closing quote.
///
/// `None` when it does not begin with a quotation mark, does not end, or holds an escape that git does not write.
#[must_use]
pub fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"\"")?;
    let mut bytes = Vec::new();
    loop {
        let (&first, after) = rest.split_first()?;
        rest = after;
        match first {
            b'"' => return Some((bytes, rest)),
            b'\\' => {
                let (&letter, after) = rest.split_first()?;
                if let Some((_, byte)) = NAMED.iter().find(|(name, _)| *name == letter) {
                    bytes.push(*byte);
                    rest = after;
                } else {
                    let digits = rest.get(..3)?;
                    let value = digits.iter().try_fold(0_u32, |value, digit| match digit {
                        b'0'..=b'7' => Some(value * 8 + u32::from(digit - b'0')),
                        _ => None,
                    })?;
                    bytes.push(u8::try_from(value).ok()?);
                    rest = &rest[3..];
                }
            }
            byte => bytes.push(byte),
        }
    }
}

/// The letters after a backslash, and the bytes that they stand for.
const NAMED: [(u8, u8); 9] = [
    (b'"', b'"'),
    (b'\\', b'\\'),
    (b'a', 0x07),
    (b'b', 0x08),
    (b't', b'\t'),
    (b'n', b'\n'),
    (b'v', 0x0b),
    (b'f', 0x0c),
    (b'r', b'\r'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bytes_that_are_not_utf8_are_quoted() {
        assert_eq!(path_text("src/卡点 \"x\".rs".as_bytes()), "src/卡点 \"x\".rs");
        assert_eq!(path_text(b"a\xff\"\t\\b"), r#""a\377\"\t\\b""#);
    }

    #[test]
    fn every_path_comes_back_from_its_text() {
        for path in [&b"plain.rs"[..], b"a\xffb", b"\"quoted\"", b"\"", b"\xe5\x8d", b"a\\\xfe\n\x01", "é".as_bytes(), b""] {
            assert_eq!(path_bytes(&path_text(path)), path);
        }
    }

    #[test]
    fn the_quotes_of_a_path_that_is_no_utf8_are_no_part_of_its_ending() {
        assert_eq!(without_quotes(&path_text(b"m/V2__pr\xe9nom.sql")), r"m/V2__pr\351nom.sql");
        assert_eq!(without_quotes("\"a.sql\""), "\"a.sql\"", "somebody's own quotes");
        assert_eq!(without_quotes("a.sql"), "a.sql");
    }

    #[test]
    fn a_quoted_string_ends_at_its_closing_quote() {
        assert_eq!(unquote(br#""a\303\251" "b""#), Some(("aé".as_bytes().to_vec(), &br#" "b""#[..])));
        for bad in [&b"plain"[..], b"\"open", br#""\x""#, br#""\777""#, br#""\1"#, b"\"\\"] {
            assert_eq!(unquote(bad), None);
        }
    }
}
