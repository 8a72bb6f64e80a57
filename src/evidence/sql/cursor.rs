//! Walks over the words of one statement.

use super::lex::{Kind, Token};
use super::statement::{Name, Value};
use crate::facts::SqlDialect;

/// A place among the words of a statement.
///
/// What a reader steps over without knowing what it means, it says with [`unsure`](Cursor::unsure): the statement is then known by its
/// words only.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
    pub(super) dialect: SqlDialect,
    /// Something was stepped over that nobody here understands.
    pub(super) unsure: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, tokens: &'a [Token], dialect: SqlDialect) -> Cursor<'a> {
        Cursor { text, tokens, at: 0, dialect, unsure: false }
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.dialect == SqlDialect::Postgres
    }

    pub(super) fn is_mysql(&self) -> bool {
        self.dialect.is_mysql()
    }

    pub(super) fn done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(super) fn token(&self, offset: usize) -> Option<Token> {
        self.tokens.get(self.at + offset).copied()
    }

    /// The text of the token `offset` places from here; empty behind the end.
    pub(super) fn peek(&self, offset: usize) -> &'a str {
        self.token(offset).map_or("", |token| &self.text[token.start..token.end])
    }

    pub(super) fn kind(&self, offset: usize) -> Option<Kind> {
        self.token(offset).map(|token| token.kind)
    }

    /// Whether the key word stands `offset` places from here.
    pub(super) fn is_at(&self, offset: usize, word: &str) -> bool {
        self.token(offset).is_some_and(|token| {
            token.kind == Kind::Word
                && token.end - token.start == word.len()
                && self.text[token.start..token.end].eq_ignore_ascii_case(word)
        })
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.is_at(0, word)
    }

    /// Whether these key words, with single blanks between them, stand here.
    pub(super) fn are(&self, words: &str) -> bool {
        words.split(' ').enumerate().all(|(offset, word)| self.is_at(offset, word))
    }

    /// Steps over these key words, if they stand here.
    pub(super) fn take(&mut self, words: &str) -> bool {
        let found = self.are(words);
        if found {
            self.at += words.split(' ').count();
        }
        found
    }

    /// Steps over one of these (each may be several words), and says which.
    pub(super) fn take_any(&mut self, choices: &[&'static str]) -> Option<&'static str> {
        choices.iter().find(|words| self.take(words)).copied()
    }

    pub(super) fn is_op_at(&self, offset: usize, op: &str) -> bool {
        self.token(offset).is_some_and(|token| token.kind == Kind::Op && &self.text[token.start..token.end] == op)
    }

    pub(super) fn is_op(&self, op: &str) -> bool {
        self.is_op_at(0, op)
    }

    pub(super) fn op(&mut self, op: &str) -> bool {
        let found = self.is_op(op);
        self.at += usize::from(found);
        found
    }

    pub(super) fn step(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len());
    }

    /// The text from token `from` up to here.
    pub(super) fn since(&self, from: usize) -> &'a str {
        self.between(from, self.at)
    }

    /// The text of the tokens `from..to`.
    pub(super) fn between(&self, from: usize, to: usize) -> &'a str {
        match self.tokens.get(from..to.min(self.tokens.len())) {
            Some([first, .., last]) => &self.text[first.start..last.end],
            Some([only]) => &self.text[only.start..only.end],
            _ => "",
        }
    }

    /// Everything from here to the end.
    pub(super) fn rest(&mut self) -> &'a str {
        let from = self.at;
        self.at = self.tokens.len();
        self.since(from)
    }

    /// Whether a name may stand here: a word, a quoted one, or what a template makes.
    pub(super) fn at_name(&self) -> bool {
        match self.kind(0) {
            Some(Kind::Word | Kind::Quoted | Kind::Template | Kind::Param) => true,
            Some(Kind::Text) => self.is_mysql() || self.dialect == SqlDialect::Sqlite,
            _ => false,
        }
    }

    /// One part of a name, folded.
    pub(super) fn ident(&mut self) -> Option<String> {
        if !self.at_name() {
            return None;
        }
        let token = self.token(0)?;
        self.at += 1;
        Some(fold(self.dialect, token.kind, &self.text[token.start..token.end]))
    }

    /// A name with or without its schema; a third part before it, the database, is dropped.
    pub(super) fn name(&mut self) -> Option<Name> {
        let mut name = Name { schema: None, name: self.ident()? };
        while self.is_op(".") {
            self.at += 1;
            let Some(next) = self.ident() else {
                self.unsure = true;
                break;
            };
            name.schema = Some(std::mem::replace(&mut name.name, next));
        }
        Some(name)
    }

    /// Names with commas between them.
    pub(super) fn names(&mut self) -> Option<Vec<Name>> {
        let mut names = vec![self.name()?];
        while self.op(",") {
            names.push(self.name()?);
        }
        Some(names)
    }

    /// Names in parentheses, each of one part; what else stands there (a length, an order) is stepped over.
    pub(super) fn columns(&mut self) -> Option<Vec<String>> {
        if !self.is_op("(") {
            return None;
        }
        let end = self.group_end();
        self.at += 1;
        let mut columns = Vec::new();
        while self.at + 1 < end {
            let from = self.at;
            // The period of a temporal key.
            if self.is("period") && self.kind(1).is_some_and(|kind| kind != Kind::Op) {
                self.at += 1;
            }
            match self.ident() {
                Some(column) => columns.push(column),
                None => self.unsure = true,
            }
            while self.at + 1 < end && !self.is_op(",") {
                self.skip();
            }
            if self.at + 1 < end {
                self.op(",");
            }
            if self.at == from {
                break;
            }
        }
        self.at = end;
        Some(columns)
    }

    /// Where the group that opens here ends: the place behind its closing parenthesis, or the end of the statement.
    pub(super) fn group_end(&self) -> usize {
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().skip(self.at) {
            if token.kind == Kind::Op {
                match self.text.as_bytes()[token.start] {
                    b'(' | b'[' => depth += 1,
                    b')' | b']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            if depth == 0 {
                return at + 1;
            }
        }
        self.tokens.len()
    }

    /// Steps over one token, or a whole group in parentheses or brackets.
    pub(super) fn skip(&mut self) {
        if self.is_op("(") || self.is_op("[") {
            self.at = self.group_end();
        } else {
            self.step();
        }
    }

    /// The inside of the group in parentheses that stands here, as a cursor of its own; this one steps behind it.
    pub(super) fn group(&mut self) -> Option<Cursor<'a>> {
        if !self.is_op("(") {
            return None;
        }
        let end = self.group_end();
        let closed = end > self.at + 1 && self.tokens.get(end - 1).is_some_and(|token| &self.text[token.start..token.end] == ")");
        let inside = &self.tokens[self.at + 1..if closed { end - 1 } else { end }];
        self.unsure |= !closed;
        self.at = end;
        Some(Cursor { tokens: inside, at: 0, unsure: false, ..self.clone() })
    }

    /// A cursor over the tokens from `from` to here.
    pub(super) fn part(&self, from: usize) -> Cursor<'a> {
        Cursor { tokens: &self.tokens[from.min(self.at)..self.at], at: 0, unsure: false, ..self.clone() }
    }

    /// A string without its quotes.
    pub(super) fn string(&mut self) -> Option<String> {
        if self.kind(0) != Some(Kind::Text) {
            return None;
        }
        let value = unquote(self.peek(0), self.is_mysql());
        self.step();
        Some(value)
    }

    /// A literal, with its sign.
    pub(super) fn literal(&mut self) -> Option<Value> {
        let sign = usize::from(self.is_op("-") || self.is_op("+"));
        let value = match self.kind(sign)? {
            Kind::Number => {
                let minus = if self.is_op("-") { "-" } else { "" };
                Value::Number(format!("{minus}{}", self.peek(sign)))
            }
            Kind::Text if sign == 0 => Value::Text(unquote(self.peek(0), self.is_mysql())),
            Kind::Word if sign == 0 && (self.is("true") || self.is("false")) => Value::Boolean(self.is("true")),
            Kind::Word if sign == 0 && self.is("null") => Value::Null,
            _ => return None,
        };
        self.at += sign + 1;
        Some(value)
    }
}

/// A name as its dialect folds it.
pub(super) fn fold(dialect: SqlDialect, kind: Kind, text: &str) -> String {
    match (kind, dialect) {
        // What a template makes of it is not known: it stays as it is written.
        (Kind::Template | Kind::Param, _) => text.to_owned(),
        (Kind::Quoted, SqlDialect::Postgres) => cut(unquote_name(text)),
        (Kind::Quoted | Kind::Text, _) => unquote_name(text).to_lowercase(),
        (_, SqlDialect::Postgres) => cut(text.to_ascii_lowercase()),
        _ => text.to_lowercase(),
    }
}

/// PostgreSQL cuts longer names, so that two that differ behind this place are one.
fn cut(mut name: String) -> String {
    const LONGEST: usize = 63;
    if name.len() > LONGEST {
        name.truncate(name.floor_char_boundary(LONGEST));
    }
    name
}

pub(super) fn unquote_name(text: &str) -> String {
    let unicode = text.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("u&"));
    let text = if unicode { &text[2..] } else { text };
    let inside = inside(text);
    let name = match text.as_bytes().first() {
        Some(b'"') => inside.replace("\"\"", "\""),
        Some(b'`') => inside.replace("``", "`"),
        Some(b'\'') => inside.replace("''", "'"),
        Some(b'[') => inside.to_owned(),
        _ => text.to_owned(),
    };
    if unicode { code_points(&name) } else { name }
}

/// `\0041` and `\+000041` of `U&"..."`.
fn code_points(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let (from, length) = if part.starts_with('+') { (1, 7) } else { (0, 4) };
        let code = part.get(from..length).and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        if let Some(code) = code {
            out.push(code);
            out.push_str(&part[length..]);
        } else {
            out.push('\\');
            out.push_str(part);
        }
    }
    out
}

/// Without the first and the last byte, which are quotes.
fn inside(text: &str) -> &str {
    if text.len() < 2 { "" } else { text.get(1..text.len() - 1).unwrap_or("") }
}

/// What a string holds, with the usual escapes undone.
pub(super) fn unquote(text: &str, mysql: bool) -> String {
    let bytes = text.as_bytes();
    if bytes.first() == Some(&b'$') {
        let tag = bytes.iter().skip(1).position(|byte| *byte == b'$').map_or(1, |at| at + 2);
        return text.get(tag..text.len().saturating_sub(tag)).unwrap_or("").to_owned();
    }
    let Some(mark) = bytes.iter().position(|byte| matches!(byte, b'\'' | b'"')) else { return text.to_owned() };
    let escapes = mysql || matches!(bytes[0], b'e' | b'E');
    let quote = if bytes[mark] == b'"' { "\"" } else { "'" };
    let value = inside(&text[mark..]).replace(&format!("{quote}{quote}"), quote);
    if !escapes || !value.contains('\\') {
        return value;
    }
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(next) = chars.next() {
        if next != '\\' {
            out.push(next);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('0') => out.push('\0'),
            // MySQL keeps the backslash before the signs of LIKE.
            Some(other @ ('%' | '_')) => out.extend(['\\', other]),
            Some(other) => out.push(other),
            None => out.push('\\'),
        }
    }
    out
}
