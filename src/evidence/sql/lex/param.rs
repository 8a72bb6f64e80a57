//! Placeholders for values, told from operators by what stands around them.

use super::{Before, Lexer, word};
use crate::facts::SqlDialect;

/// Words that a value follows, so that a `?` behind them is a placeholder and no operator.
const BEFORE_VALUES: &[&str] = &[
    "and",
    "any",
    "between",
    "by",
    "case",
    "else",
    "exists",
    "fetch",
    "from",
    "having",
    "ilike",
    "in",
    "interval",
    "into",
    "is",
    "like",
    "limit",
    "not",
    "offset",
    "on",
    "or",
    "returning",
    "select",
    "set",
    "then",
    "to",
    "update",
    "using",
    "values",
    "when",
    "where",
];

/// Longer than any name of a variable or host.
const LONGEST_QUOTED: usize = 256;

impl Lexer<'_> {
    /// The length of the placeholder that stands here; 0 where `:`, `?`, `@` or `%` is an operator.
    pub(super) fn param_length(&self) -> usize {
        match self.byte(0) {
            b':' => self.colon(),
            b'?' => self.question(),
            b'@' => self.at_sign(),
            b'%' => self.percent(),
            _ => 0,
        }
    }

    fn word_length(&self, from: usize) -> usize {
        self.rest().get(from..).unwrap_or_default().iter().take_while(|byte| word::continues(**byte)).count()
    }

    fn quoted_length(&self, from: usize) -> usize {
        let mark = self.byte(from);
        if !matches!(mark, b'\'' | b'"' | b'`') {
            return 0;
        }
        let rest = self.rest().get(from + 1..).unwrap_or_default();
        let near = &rest[..rest.len().min(LONGEST_QUOTED)];
        let line = near.iter().position(|byte| *byte == b'\n').unwrap_or(near.len());
        memchr::memchr(mark, &near[..line]).map_or(0, |end| end + 2)
    }

    /// `:name`, `:'name'`, `:"name"`; not `::`, a slice of an array or the label of a loop.
    fn colon(&self) -> usize {
        if self.brackets > 0 || self.follows_name() {
            return 0;
        }
        let length = match self.byte(1) {
            byte if byte.is_ascii_digit() => 0,
            b'\'' | b'"' if self.dialect == SqlDialect::Postgres => self.quoted_length(1),
            _ => self.word_length(1),
        };
        if length == 0 { 0 } else { 1 + length }
    }

    /// `?`, `?1`; PostgreSQL also has operators that begin so.
    fn question(&self) -> usize {
        let digits = self.rest()[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if self.dialect != SqlDialect::Postgres {
            return 1 + digits;
        }
        let placeholder = !matches!(self.byte(1), b'|' | b'&' | b'-' | b'#') && self.value_may_follow();
        if placeholder { 1 + digits } else { 0 }
    }

    /// Whether what stood before leaves room for a value.
    fn value_may_follow(&self) -> bool {
        match self.before {
            Before::Gap => true,
            Before::Value => false,
            Before::Word { start, end } => {
                let word = &self.text[start..end];
                BEFORE_VALUES.iter().any(|before| word.eq_ignore_ascii_case(before))
            }
        }
    }

    /// `@x`, `@@global.x`, `@'x'` in MySQL; `@x` of named placeholders elsewhere.
    fn at_sign(&self) -> usize {
        let signs = if self.byte(1) == b'@' { 2 } else { 1 };
        let mysql = self.dialect.is_mysql();
        let mut length = self.word_length(signs);
        if length == 0 && mysql {
            length = self.quoted_length(signs);
        }
        if mysql {
            // A host or a variable may have full stops in it.
            while length > 0 && self.byte(signs + length) == b'.' {
                let more = self.word_length(signs + length + 1);
                if more == 0 {
                    break;
                }
                length += 1 + more;
            }
        } else if signs == 2 || !self.value_may_follow() {
            return 0;
        }
        if length == 0 { 0 } else { signs + length }
    }

    /// `%s`, `%(name)s`, as drivers of Python write them.
    fn percent(&self) -> usize {
        if self.before == Before::Value {
            return 0;
        }
        let rest = self.rest();
        let at = if self.byte(1) == b'(' {
            match rest.iter().take(200).position(|byte| *byte == b')') {
                Some(close) => close + 1,
                None => return 0,
            }
        } else {
            1
        };
        let ends = !rest.get(at + 1).is_some_and(|byte| word::continues(*byte));
        if matches!(rest.get(at), Some(b's' | b'd')) && ends { at + 1 } else { 0 }
    }
}
