//! Words and numbers, and the placeholders of templates in them.

use memchr::memmem;

use super::{Item, Kind, Lexer};
use crate::facts::SqlDialect;

/// Longer than any expression in a template; what is longer is no placeholder.
const LONGEST_TEMPLATE: usize = 512;

/// Whether a byte may begin a name.
const fn begins(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

/// Whether a byte may stand in a name.
pub(super) const fn continues(byte: u8) -> bool {
    begins(byte) || byte.is_ascii_digit() || byte == b'$'
}

impl Lexer<'_> {
    /// Whether a word stands here.
    pub(super) fn starts_word(&self) -> bool {
        begins(self.byte(0))
            || self.template_length(self.at) > 0
            || self.byte(0) == b'$' && self.dialect != SqlDialect::Postgres && begins(self.byte(1))
    }

    /// The length of `${..}`, `$(..)`, `{{..}}` or, in scripts of PostgreSQL's extensions, `@..@` at a place; 0 where there is none.
    pub(super) fn template_length(&self, at: usize) -> usize {
        let rest = &self.bytes[at..];
        if rest.first() == Some(&b'@') {
            let name = rest[1..].iter().take(LONGEST_TEMPLATE).take_while(|byte| continues(**byte) || **byte == b':').count();
            let closed = name > 0 && rest.get(1 + name) == Some(&b'@') && begins(rest[1]);
            return if closed && self.dialect == SqlDialect::Postgres { name + 2 } else { 0 };
        }
        let close: &[u8] = if rest.starts_with(b"${") {
            b"}"
        } else if rest.starts_with(b"{{") {
            b"}}"
        } else if rest.starts_with(b"$(") {
            b")"
        } else {
            return 0;
        };
        let window = &rest[..rest.len().min(LONGEST_TEMPLATE)];
        memmem::find(window, close).map_or(0, |end| end + close.len())
    }

    /// The word that stands here; a string with a prefix (`E'..'`) is one with it.
    pub(super) fn word(&mut self) -> Item {
        if let Some(item) = self.prefixed() {
            return item;
        }
        let (end, template) = self.word_end(self.at);
        let kind = if template { Kind::Template } else { Kind::Word };
        self.token(kind, end - self.at)
    }

    /// Where the word that begins at a place ends, and whether a template has a part in it.
    fn word_end(&self, from: usize) -> (usize, bool) {
        // A delimiter such as `$$` may follow a word without a blank, although its characters may stand in one.
        let delimiter = self.delimiter.as_bytes();
        let sticky = delimiter.first().is_some_and(|byte| continues(*byte));
        let mut at = from;
        let mut template = false;
        while at < self.bytes.len() {
            if sticky && at > from && self.bytes[at..].starts_with(delimiter) {
                break;
            }
            let length = match self.bytes[at] {
                b'$' | b'{' | b'@' => self.template_length(at),
                _ => 0,
            };
            if length > 0 {
                template = true;
                at += length;
            } else if continues(self.bytes[at]) {
                at += 1;
            } else {
                break;
            }
        }
        (at, template)
    }

    /// `E'..'`, `B'..'`, `X'..'`, `N'..'`, `U&'..'`, `U&".."`.
    fn prefixed(&mut self) -> Option<Item> {
        let postgres = self.dialect == SqlDialect::Postgres;
        match (self.byte(0).to_ascii_lowercase(), self.byte(1), self.byte(2)) {
            (b'e', b'\'', _) if postgres => Some(self.quoted(1, b'\'', true, Kind::Text)),
            (b'b' | b'x', b'\'', _) => Some(self.quoted(1, b'\'', false, Kind::Text)),
            (b'n', b'\'', _) => Some(self.quoted(1, b'\'', self.backslash, Kind::Text)),
            (b'u', b'&', b'\'') if postgres => Some(self.quoted(2, b'\'', false, Kind::Text)),
            (b'u', b'&', b'"') if postgres => Some(self.quoted(2, b'"', false, Kind::Quoted)),
            _ => None,
        }
    }

    /// `{% .. %}`.
    pub(super) fn template_code(&mut self) -> Item {
        let start = self.at;
        let end = if self.template_ends { memmem::find(self.rest(), b"%}") } else { None };
        if let Some(end) = end {
            self.at += end + 2;
            Item::TemplateCode { start, end: self.at }
        } else {
            self.template_ends = false;
            self.operator()
        }
    }

    /// The number that stands here; in MySQL a name may begin with digits.
    pub(super) fn number(&mut self) -> Item {
        let digits = |from: usize, allowed: fn(&u8) -> bool| {
            self.bytes[from.min(self.bytes.len())..].iter().take_while(|byte| allowed(byte) || **byte == b'_').count()
        };
        let start = self.at;
        let radix: Option<fn(&u8) -> bool> = match (self.byte(0), self.byte(1)) {
            (b'0', b'x' | b'X') => Some(u8::is_ascii_hexdigit),
            (b'0', b'b' | b'B') => Some(|byte| matches!(byte, b'0' | b'1')),
            (b'0', b'o' | b'O') => Some(|byte| matches!(byte, b'0'..=b'7')),
            _ => None,
        };
        let mut end = start;
        if let Some(allowed) = radix
            && digits(start + 2, allowed) > 0
        {
            end += 2 + digits(start + 2, allowed);
        } else {
            end += digits(start, u8::is_ascii_digit);
            let byte = |at: usize| self.bytes.get(at).copied().unwrap_or(0);
            if byte(end) == b'.' && byte(end + 1) != b'.' && !(self.after_dot(start)) {
                end += 1 + digits(end + 1, u8::is_ascii_digit);
            }
            if matches!(byte(end), b'e' | b'E') {
                let sign = usize::from(matches!(byte(end + 1), b'+' | b'-'));
                let exponent = digits(end + 1 + sign, u8::is_ascii_digit);
                if exponent > 0 && byte(end + 1 + sign).is_ascii_digit() {
                    end += 1 + sign + exponent;
                }
            }
        }
        if self.dialect.is_mysql() && self.bytes.get(end).is_some_and(|byte| continues(*byte)) && self.bytes[start] != b'.' {
            let (word_end, template) = self.word_end(start);
            if word_end >= end {
                return self.token(if template { Kind::Template } else { Kind::Word }, word_end - start);
            }
        }
        self.token(Kind::Number, end - start)
    }

    /// Whether a full stop stands directly before, so that digits here are a name (`db.1st`).
    pub(super) fn after_dot(&self, at: usize) -> bool {
        at > 0 && self.bytes[at - 1] == b'.'
    }
}
