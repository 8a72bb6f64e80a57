//! From text to words: what is a word, a string, an operator and a comment in each dialect.
//!
//! The lexer knows nothing of statements. It never fails: what it cannot end (a quote without its other end) is an item of its own, and
//! every byte belongs to exactly one item or is a blank. Every item starts and ends at the border of a character, because bytes from
//! 0x80 on only ever stand in words, quotes and comments.

mod comment;
mod operator;
mod param;
mod quote;
#[cfg(test)]
mod tests;
mod word;

use crate::facts::SqlDialect;

/// A word, string, number, operator or placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Offsets in the text of the file.
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Not quoted: a key word or a name.
    Word,
    /// A name in the quotes of the dialect.
    Quoted,
    /// A string of any kind, with its prefix and quotes.
    Text,
    Number,
    /// A placeholder of a driver or client for a value: `?`, `$1`, `:name`, `%s`, `@x`.
    Param,
    /// A word with a placeholder of a template in it: `${schema}`, `{{ prefix }}users`.
    Template,
    /// An operator or a mark of punctuation.
    Op,
}

/// What the text goes on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    Token(Token),
    Comment {
        start: usize,
        end: usize,
    },
    /// `/*!50100`: what follows is code up to the [`VersionEnd`](Item::VersionEnd).
    VersionStart {
        start: usize,
        end: usize,
    },
    VersionEnd {
        start: usize,
        end: usize,
    },
    /// `{% if x %}`: a template decides what is there.
    TemplateCode {
        start: usize,
        end: usize,
    },
    /// The terminator of statements.
    Delimiter {
        start: usize,
        end: usize,
    },
    /// A backslash outside of quotes, where the client takes commands.
    Command {
        start: usize,
    },
    Control {
        start: usize,
    },
    /// A quote or comment that is never closed. The lexer stands behind all that it swallowed, at `end`.
    Unclosed {
        start: usize,
        end: usize,
        what: Unclosed,
    },
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unclosed {
    Text,
    Name,
    Dollar,
    Comment,
}

/// What stood before, as far as the meaning of `?`, `%` and `:` depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing, an operator, an opening parenthesis: a value may follow.
    Gap,
    /// A value that an operator may follow.
    Value,
    /// A word from `start` to `end`, of either kind.
    Word { start: usize, end: usize },
}

/// Reads items one after the other. Cheap to clone, so that a reader may look ahead and come back.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "settings of the dialect, each by itself")]
pub(super) struct Lexer<'a> {
    pub(super) text: &'a str,
    bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) dialect: SqlDialect,
    /// Whether a backslash escapes in `'..'`.
    pub(super) backslash: bool,
    /// Whether `".."` is a string (MySQL without `ANSI_QUOTES`).
    pub(super) double_is_text: bool,
    /// What ends a statement; `;` unless `DELIMITER` said otherwise.
    pub(super) delimiter: &'a str,
    /// A quote that spans what looks like the start of another statement counts as never closed, and ends there.
    pub(super) wary: bool,
    /// How many version comments are open.
    versions: u32,
    /// How often a quote that is never closed may still be cut short: each costs a walk to the end of the text.
    recoveries: u32,
    /// Whether the rest of the text may still hold the end of a template's comment or code.
    template_ends: bool,
    brackets: u32,
    before: Before,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, dialect: SqlDialect) -> Lexer<'a> {
        Lexer {
            text,
            bytes: text.as_bytes(),
            at: 0,
            dialect,
            backslash: dialect.is_mysql(),
            double_is_text: dialect.is_mysql(),
            delimiter: ";",
            wary: false,
            versions: 0,
            recoveries: 100,
            template_ends: true,
            brackets: 0,
            before: Before::Gap,
        }
    }

    /// Forgets what stood before: a statement begins.
    pub(super) fn begin_statement(&mut self) {
        self.before = Before::Gap;
        self.brackets = 0;
    }

    /// Whether a version comment is open.
    pub(super) fn in_version(&self) -> bool {
        self.versions > 0
    }

    /// Closes version comments that never end, so that they do not reach into the next statement.
    pub(super) fn leave_versions(&mut self) {
        self.versions = 0;
    }

    fn byte(&self, offset: usize) -> u8 {
        self.bytes.get(self.at + offset).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at.min(self.bytes.len())..]
    }

    /// The next item; [`Item::End`] again and again at the end.
    pub(super) fn next(&mut self) -> Item {
        while let Some(byte) = self.bytes.get(self.at)
            && matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c | 0x0b)
        {
            self.at += 1;
        }
        let start = self.at;
        let Some(&byte) = self.bytes.get(start) else { return Item::End };
        if self.at_delimiter() {
            self.at += self.delimiter.len();
            return Item::Delimiter { start, end: self.at };
        }
        if let Some(item) = self.comment() {
            return item;
        }
        match byte {
            b'\'' | b'"' | b'`' => self.quote(),
            b'[' if self.dialect == SqlDialect::Sqlite => self.bracket_quote(),
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(1).is_ascii_digit() && !self.follows_name() && !self.after_dot(start) => self.number(),
            b'$' => self.dollar(),
            b'{' if self.byte(1) == b'%' => self.template_code(),
            _ if self.starts_word() => self.word(),
            b'\\' => {
                self.at += 1;
                Item::Command { start }
            }
            b':' | b'?' | b'@' | b'%' if self.param_length() > 0 => {
                let length = self.param_length();
                self.token(Kind::Param, length)
            }
            0..=0x1f | 0x7f => {
                self.at += 1;
                Item::Control { start }
            }
            _ => self.operator(),
        }
    }

    /// Whether the terminator stands here.
    fn at_delimiter(&self) -> bool {
        self.rest().starts_with(self.delimiter.as_bytes())
    }

    /// Whether the byte before belongs to a name, so that a full stop here separates names.
    fn follows_name(&self) -> bool {
        self.at > 0 && {
            let before = self.bytes[self.at - 1];
            word::continues(before) || matches!(before, b'"' | b'`' | b']' | b')' | b'}')
        }
    }

    /// The token of this length from here on.
    fn token(&mut self, kind: Kind, length: usize) -> Item {
        let start = self.at;
        self.at = (start + length.max(1)).min(self.bytes.len());
        self.before = match kind {
            Kind::Word => Before::Word { start, end: self.at },
            Kind::Op => match self.bytes[start] {
                b')' | b']' => Before::Value,
                _ => Before::Gap,
            },
            Kind::Quoted | Kind::Text | Kind::Number | Kind::Param | Kind::Template => Before::Value,
        };
        Item::Token(Token { kind, start, end: self.at })
    }
}
