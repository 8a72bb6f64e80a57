//! Comments, and those of MySQL that are code.

use memchr::{memchr2, memmem};

use super::{Item, Lexer, Unclosed};
use crate::facts::SqlDialect;

/// No server has such a version: dumps of MariaDB write them where nothing may run.
const fn no_server(version: u32) -> bool {
    version == 99_999 || version >= 990_000
}

impl Lexer<'_> {
    /// The comment that stands here, and the mark that opens or closes a version comment.
    pub(super) fn comment(&mut self) -> Option<Item> {
        let start = self.at;
        match (self.byte(0), self.byte(1)) {
            (b'-', b'-') if self.dashes_are_comment() => Some(self.line_comment()),
            (b'#', _) if self.dialect.is_mysql() => Some(self.line_comment()),
            (b'*', b'/') if self.in_version() => {
                self.versions -= 1;
                self.at += 2;
                Some(Item::VersionEnd { start, end: self.at })
            }
            // A comment of Jinja; elsewhere the two characters never stand together.
            (b'{', b'#') if self.template_ends => {
                let Some(end) = memmem::find(self.rest(), b"#}") else {
                    self.template_ends = false;
                    return None;
                };
                self.at += end + 2;
                Some(Item::Comment { start, end: self.at })
            }
            (b'/', b'*') => {
                if let Some(length) = self.version_mark() {
                    self.versions += 1;
                    self.at += length;
                    return Some(Item::VersionStart { start, end: self.at });
                }
                Some(self.block_comment())
            }
            _ => None,
        }
    }

    /// MySQL wants a blank after the dashes: `5--1` is six there.
    fn dashes_are_comment(&self) -> bool {
        !self.dialect.is_mysql() || self.at + 2 >= self.bytes.len() || self.byte(2) <= b' '
    }

    fn line_comment(&mut self) -> Item {
        let start = self.at;
        self.at += memchr2(b'\n', b'\r', self.rest()).unwrap_or(self.rest().len());
        Item::Comment { start, end: self.at }
    }

    /// The length of `/*!`, `/*!50100`, `/*M!100100` where it opens code.
    fn version_mark(&self) -> Option<usize> {
        if !self.dialect.is_mysql() {
            return None;
        }
        let mark = match (self.byte(2), self.byte(3)) {
            (b'!', _) => 3,
            (b'M', b'!') => 4,
            _ => return None,
        };
        let digits = self.rest()[mark..].iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
        let digits = if digits < 5 { 0 } else { digits };
        let version = self.text[self.at + mark..self.at + mark + digits].parse::<u32>().unwrap_or(0);
        (!no_server(version)).then_some(mark + digits)
    }

    /// Only PostgreSQL's comments nest.
    fn block_comment(&mut self) -> Item {
        let start = self.at;
        let mut depth = 1_u32;
        let mut at = start + 2;
        while depth > 0 {
            let Some(next) = memchr2(b'*', b'/', self.bytes.get(at..).unwrap_or_default()) else {
                return self.unclosed(start, self.bytes.len(), Unclosed::Comment);
            };
            at += next;
            match (self.bytes[at], self.bytes.get(at + 1)) {
                (b'*', Some(b'/')) => {
                    depth -= 1;
                    at += 2;
                }
                (b'/', Some(b'*')) if self.dialect == SqlDialect::Postgres => {
                    depth += 1;
                    at += 2;
                }
                _ => at += 1,
            }
        }
        self.at = at;
        Item::Comment { start, end: at }
    }
}
