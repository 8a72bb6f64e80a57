//! Strings and quoted names.

use memchr::{memchr, memchr2, memmem};

use super::{Before, Item, Kind, Lexer, Unclosed, word};
use crate::facts::SqlDialect;

impl Lexer<'_> {
    /// A string or a name in `'`, `"` or a backtick, which stands here.
    pub(super) fn quote(&mut self) -> Item {
        match self.bytes[self.at] {
            b'\'' => self.quoted(0, b'\'', self.backslash, Kind::Text),
            b'"' if self.double_is_text => self.quoted(0, b'"', self.backslash, Kind::Text),
            b'`' if self.dialect == SqlDialect::Postgres => self.operator(),
            mark => self.quoted(0, mark, false, Kind::Quoted),
        }
    }

    /// The quoted thing whose mark stands `prefix` bytes from here: up to the mark that is neither doubled nor, with `backslash`,
    /// escaped.
    pub(super) fn quoted(&mut self, prefix: usize, mark: u8, backslash: bool, kind: Kind) -> Item {
        let start = self.at;
        let mut at = start + prefix + 1;
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let found = if backslash { memchr2(mark, b'\\', rest) } else { memchr(mark, rest) };
            let Some(found) = found else {
                let what = if kind == Kind::Text { Unclosed::Text } else { Unclosed::Name };
                return self.unclosed(start, self.bytes.len(), what);
            };
            at += found;
            if self.bytes[at] == b'\\' || self.bytes.get(at + 1) == Some(&mark) {
                at += 2;
            } else {
                break;
            }
        }
        if self.wary
            && let Some(other) = restart(&self.bytes[..at], start + prefix + 1)
        {
            let what = if kind == Kind::Text { Unclosed::Text } else { Unclosed::Name };
            return self.unclosed(start, other, what);
        }
        self.token(kind, at + 1 - start)
    }

    /// SQLite's `[name]`.
    pub(super) fn bracket_quote(&mut self) -> Item {
        match memchr(b']', self.rest()) {
            Some(end) => self.token(Kind::Quoted, end + 1),
            None => self.unclosed(self.at, self.bytes.len(), Unclosed::Name),
        }
    }

    /// What a `$` begins: a dollar quote, a numbered placeholder, a template's placeholder, a name.
    pub(super) fn dollar(&mut self) -> Item {
        if self.byte(1).is_ascii_digit() {
            let digits = self.rest()[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            return self.token(Kind::Param, 1 + digits);
        }
        if self.dialect == SqlDialect::Postgres
            && let Some(tag) = self.dollar_tag()
        {
            return self.dollar_quote(tag);
        }
        if self.starts_word() { self.word() } else { self.operator() }
    }

    /// The length of `$tag$`, where it stands here.
    fn dollar_tag(&self) -> Option<usize> {
        let rest = &self.rest()[1..];
        let tag = rest.iter().take_while(|byte| **byte != b'$' && word::continues(**byte)).count();
        (rest.get(tag) == Some(&b'$') && !rest[0].is_ascii_digit()).then_some(tag + 2)
    }

    fn dollar_quote(&mut self, tag: usize) -> Item {
        let start = self.at;
        let body = start + tag;
        match memmem::find(&self.bytes[body..], &self.bytes[start..body]) {
            Some(end) => self.token(Kind::Text, tag + end + tag),
            None => self.unclosed(start, self.bytes.len(), Unclosed::Dollar),
        }
    }

    /// The item for what is opened at `start` and never closed, at the latest at `end`; it is cut where another statement seems to
    /// begin, if only for the sake of the rest of the file.
    pub(super) fn unclosed(&mut self, start: usize, end: usize, what: Unclosed) -> Item {
        let other = if self.recoveries > 0 { restart(&self.bytes[..end], start) } else { None };
        self.recoveries = self.recoveries.saturating_sub(1);
        let end = other.unwrap_or(end);
        self.at = end.max(start + 1);
        self.before = Before::Value;
        Item::Unclosed { start, end: self.at, what }
    }
}

/// The words that a statement may begin with, at the start of a line, when nothing else tells where one begins.
const STARTS: &[&str] = &[
    "alter",
    "analyze",
    "begin",
    "call",
    "comment",
    "commit",
    "copy",
    "create",
    "delete",
    "delimiter",
    "do",
    "drop",
    "explain",
    "grant",
    "insert",
    "lock",
    "merge",
    "refresh",
    "reindex",
    "rename",
    "replace",
    "revoke",
    "rollback",
    "select",
    "set",
    "start",
    "truncate",
    "update",
    "use",
    "vacuum",
    "with",
];

/// Where, after `from`, a line begins with a word of a statement while the line before ends one (with `;`, or as a blank line after
/// one).
pub(super) fn restart(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(next) = memchr(b';', bytes.get(at..)?) {
        at += next + 1;
        let mut line = at;
        while let Some(byte) = bytes.get(line)
            && matches!(byte, b' ' | b'\t' | b'\r')
        {
            line += 1;
        }
        if bytes.get(line) != Some(&b'\n') {
            continue;
        }
        while let Some(byte) = bytes.get(line)
            && matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
        {
            line += 1;
        }
        // Only at the very start of a line: the bodies of routines are indented.
        if line > 0 && bytes.get(line - 1) == Some(&b'\n') {
            let length = bytes[line..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
            let word = &bytes[line..line + length];
            if STARTS.iter().any(|start| word.eq_ignore_ascii_case(start.as_bytes())) {
                return Some(line);
            }
        }
    }
    None
}
