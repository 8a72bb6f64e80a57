//! The text of a statement without the values that stand in it.
//!
//! What may be a value is replaced by `?`, where in doubt too: a statement that is not quite readable harms nobody, and a customer's name
//! in a file does.

use std::collections::BTreeSet;

use crate::evidence::table_stats_file::MAX_TEXT;

/// No statement is read further: its beginning says what it is.
const MAX_READ: usize = 64 << 10;

/// How a server quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    Postgres,
    Mysql,
}

/// A statement on one line, in which every literal and placeholder is `?`, and the tables that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Normal {
    /// Cut at [`MAX_TEXT`] characters; lists of literals are one `?`.
    pub(super) text: String,
    /// As they are written, without quotes: `orders`, `pay.orders`. Sorted. What a common table expression names is none.
    pub(super) tables: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    /// An identifier in quotes, without them, and the quote.
    Quoted(String, char),
    Literal,
    Symbol(char),
}

/// A token, and whether a blank or a comment stands before it.
pub(super) type Spaced = (bool, Token);

pub(super) fn normal(text: &str, quoting: Quoting) -> Normal {
    let tokens = joined(tokens(text, quoting));
    Normal { text: written(&tokens), tables: tables(&tokens, quoting) }
}

/// The text cut into tokens. A quote that is not closed takes the rest with it.
pub(super) fn tokens(text: &str, quoting: Quoting) -> Vec<Spaced> {
    let end = (0..=text.len().min(MAX_READ)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let mut rest = Rest { text: &text[..end] };
    let (mut tokens, mut spaced) = (Vec::new(), false);
    while let Some(first) = rest.peek() {
        if first.is_whitespace() || first.is_control() {
            rest.take();
            spaced = true;
        } else if rest.skip_comment(quoting) {
            spaced = true;
        } else {
            let token = rest.token(first, quoting, &tokens);
            tokens.push((spaced, token));
            spaced = false;
        }
    }
    tokens
}

struct Rest<'a> {
    text: &'a str,
}

impl Rest<'_> {
    fn peek(&self) -> Option<char> {
        self.text.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let first = self.peek()?;
        self.text = &self.text[first.len_utf8()..];
        Some(first)
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let end = self.text.find(|c| !wanted(c)).unwrap_or(self.text.len());
        let (taken, rest) = self.text.split_at(end);
        self.text = rest;
        taken.to_owned()
    }

    /// Whether a comment stood here; it is gone now, to its end or to that of the text.
    fn skip_comment(&mut self, quoting: Quoting) -> bool {
        let line = self.text.starts_with("--") || quoting == Quoting::Mysql && self.text.starts_with('#');
        if line {
            self.take_while(|c| c != '\n');
            return true;
        }
        if !self.text.starts_with("/*") {
            return false;
        }
        let mut depth = 0_usize;
        loop {
            if self.text.starts_with("/*") && (depth == 0 || quoting == Quoting::Postgres) {
                depth += 1;
                self.text = &self.text[2..];
            } else if self.text.starts_with("*/") {
                depth -= 1;
                self.text = &self.text[2..];
            } else if self.take().is_none() {
                return true;
            }
            if depth == 0 {
                return true;
            }
        }
    }

    fn token(&mut self, first: char, quoting: Quoting, before: &[Spaced]) -> Token {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii();
        match first {
            '\'' => {
                // `E'..'`, `x'..'`, `_utf8mb4'..'`: the word is part of the literal, and says how its backslashes are meant.
                let escapes = matches!(before.last(), Some((_, Token::Word(word))) if word.eq_ignore_ascii_case("e"));
                self.string('\'', quoting == Quoting::Mysql || escapes);
                Token::Literal
            }
            '"' if quoting == Quoting::Mysql => {
                self.string('"', true);
                Token::Literal
            }
            '"' | '`' => Token::Quoted(self.quoted(first), first),
            '$' if quoting == Quoting::Postgres => self.dollar(),
            '0'..='9' => {
                self.take_while(|c| is_word(c) || c == '.');
                Token::Literal
            }
            '.' if self.text[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                self.take_while(|c| is_word(c) || c == '.');
                Token::Literal
            }
            '@' if quoting == Quoting::Mysql => {
                // A variable's name may tell something; that which names a host in quotes is none.
                self.take_while(|c| c == '@');
                if self.take_while(is_word).is_empty() { Token::Symbol('@') } else { Token::Literal }
            }
            _ if is_word(first) => Token::Word(self.take_while(is_word)),
            _ => {
                self.take();
                Token::Symbol(first)
            }
        }
    }

    /// Steps over a string. A backslash that may or may not mean something leaves its end in doubt: then everything after it goes.
    fn string(&mut self, quote: char, escapes: bool) {
        self.take();
        while let Some(c) = self.take() {
            match c {
                '\\' if escapes => {
                    self.take();
                }
                '\\' => self.text = "",
                _ if c == quote => {
                    if self.peek() != Some(quote) {
                        return;
                    }
                    self.take();
                }
                _ => {}
            }
        }
    }

    fn quoted(&mut self, quote: char) -> String {
        self.take();
        let mut name = String::new();
        while let Some(c) = self.take() {
            if c == quote {
                if self.peek() != Some(quote) {
                    return name;
                }
                self.take();
            }
            name.push(c);
        }
        // It is not closed, so that nobody knows what it is.
        "?".to_owned()
    }

    /// `$1`, `$$ .. $$`, `$tag$ .. $tag$`.
    fn dollar(&mut self) -> Token {
        self.take();
        let tag = self.take_while(|c| c.is_alphanumeric() || c == '_' || !c.is_ascii());
        if self.peek() == Some('$') {
            self.take();
            let end = format!("${tag}$");
            self.text = self.text.split_once(&end).map_or("", |(_, rest)| rest);
        }
        Token::Literal
    }
}

/// Lists of literals become one, and so do lists of lists: how many there are differs from call to call. A word before a literal without a
/// blank is part of it, and so is a sign.
fn joined(tokens: Vec<Spaced>) -> Vec<Spaced> {
    let mut out: Vec<Spaced> = Vec::with_capacity(tokens.len());
    for (mut spaced, token) in tokens {
        let is_literal = token == Token::Literal;
        if is_literal && !spaced && matches!(out.last(), Some((_, Token::Word(_)))) {
            spaced = out.pop().is_none_or(|(spaced, _)| spaced);
        }
        out.push((spaced, token));
        if is_literal || matches!(out.last(), Some((_, Token::Symbol(')')))) {
            shorten(&mut out);
        }
    }
    out
}

/// `?, ?` and `(?), (?)` at the end become `?` and `(?)`.
fn shorten(out: &mut Vec<Spaced>) {
    use Token::{Literal, Symbol};
    let ends = |out: &[Spaced], wanted: &[Token]| {
        out.len() >= wanted.len()
            && out[out.len() - wanted.len()..].iter().zip(wanted).all(|((_, token), wanted)| token == wanted)
    };
    let pair = [Literal, Symbol(','), Literal];
    let rows = [Symbol('('), Literal, Symbol(')'), Symbol(','), Symbol('('), Literal, Symbol(')')];
    if ends(out, &pair) {
        out.truncate(out.len() - 2);
    } else if ends(out, &rows) {
        out.truncate(out.len() - 4);
    }
}

fn written(tokens: &[Spaced]) -> String {
    let mut text = String::new();
    for (spaced, token) in tokens {
        if *spaced && !text.is_empty() {
            text.push(' ');
        }
        match token {
            Token::Word(word) => text.push_str(word),
            Token::Quoted(name, quote) => {
                let doubled = name.replace(*quote, &format!("{quote}{quote}"));
                text.extend([*quote].into_iter().chain(doubled.chars()).chain([*quote]));
            }
            Token::Literal => text.push('?'),
            Token::Symbol(symbol) => text.push(*symbol),
        }
        if text.len() > MAX_TEXT * 4 {
            break;
        }
    }
    if text.chars().count() > MAX_TEXT { text.chars().take(MAX_TEXT - 1).chain(['…']).collect() } else { text }
}

/// The names after `FROM`, `JOIN`, `INTO`, `UPDATE` and `TABLE`.
fn tables(tokens: &[Spaced], quoting: Quoting) -> Vec<String> {
    let tokens: Vec<&Token> = tokens.iter().map(|(_, token)| token).collect();
    let word = |at: usize, wanted: &str| matches!(tokens.get(at), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
    let symbol = |at: usize, wanted: char| matches!(tokens.get(at), Some(Token::Symbol(symbol)) if *symbol == wanted);
    let name = |at: usize| match tokens.get(at) {
        Some(Token::Quoted(name, _)) => Some(name.clone()),
        Some(Token::Word(word)) if quoting == Quoting::Postgres => Some(word.to_lowercase()),
        Some(Token::Word(word)) => Some(word.clone()),
        _ => None,
    };
    let (mut found, mut expressions) = (BTreeSet::new(), BTreeSet::new());
    let mut at = 0;
    while at < tokens.len() {
        // `WITH a AS (`, `, b AS MATERIALIZED (`.
        if word(at + 1, "AS") && (symbol(at + 2, '(') || word(at + 2, "MATERIALIZED") || word(at + 2, "NOT")) {
            expressions.extend(name(at));
        }
        let starts = ["FROM", "JOIN", "INTO", "UPDATE", "TABLE"].iter().any(|start| word(at, start));
        let into = word(at, "INTO") || word(at, "TABLE");
        at += 1;
        if !starts {
            continue;
        }
        loop {
            while ["ONLY", "LATERAL", "IGNORE", "LOW_PRIORITY", "IF", "NOT", "EXISTS", "SET"].iter().any(|noise| word(at, noise))
            {
                at += 1;
            }
            let Some(first) = name(at) else { break };
            let dotted = symbol(at + 1, '.').then(|| name(at + 2)).flatten();
            at += if dotted.is_some() { 3 } else { 1 };
            // What is called is a function, unless its columns are listed.
            if into || !symbol(at, '(') {
                found.insert(dotted.map_or_else(|| first.clone(), |second| format!("{first}.{second}")));
            }
            // `FROM a x, b AS y`: the next one follows a comma.
            let mut next = at;
            while next < at + 2 && !symbol(next, ',') && name(next).is_some() {
                next += 1;
            }
            if into || !symbol(next, ',') {
                break;
            }
            at = next + 1;
        }
    }
    found.into_iter().filter(|name| !expressions.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pg(text: &str) -> String {
        normal(text, Quoting::Postgres).text
    }

    fn my(text: &str) -> String {
        normal(text, Quoting::Mysql).text
    }

    #[test]
    fn every_literal_is_gone() {
        for (text, wanted) in [
            (
                "SELECT *\n FROM t1 WHERE a = 'it''s' AND b=12.5e3 -- secret\n AND c = $1",
                "SELECT * FROM t1 WHERE a = ? AND b=? AND c = ?",
            ),
            ("SELECT E'a\\'secret', 'b'", "SELECT ?"),
            ("SELECT U&'secret', X'AB', DATE '2020-01-01'", "SELECT U&?, DATE ?"),
            ("SELECT $$secret$$, $a$ secret $$ $a$ FROM x", "SELECT ? FROM x"),
            ("SELECT /* secret /* nested */ secret */ 1", "SELECT ?"),
            ("SELECT \"secret is a name\" FROM \"a\"\"b\"", "SELECT \"secret is a name\" FROM \"a\"\"b\""),
            ("SELECT 'open secret", "SELECT ?"),
            ("SELECT 'in doubt\\', 'secret'", "SELECT ?"),
            ("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')", "INSERT INTO t VALUES (?)"),
            ("ALTER ROLE r PASSWORD 'secret'", "ALTER ROLE r PASSWORD ?"),
            ("SELECT -1, .5, 1.e5, t1.c2", "SELECT -?, t1.c2"),
        ] {
            assert_eq!(pg(text), wanted, "{text}");
        }
        for (text, wanted) in [
            (
                "select * from `t``x` where a = \"secret\" # secret\n and b = 'a\\'secret'",
                "select * from `t``x` where a = ? and b = ?",
            ),
            ("select _utf8mb4'secret', N'secret', 0xBEEF, @secret, @@x", "select ?"),
            ("create user 'u'@'h' identified by 'secret'", "create user ?@? identified by ?"),
            ("select /*! secret */ 1 /* a /* b */ + 2", "select ? + ?"),
        ] {
            assert_eq!(my(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let text = pg(&format!("SELECT {} FROM t", "a, ".repeat(1000)));
        assert_eq!(text.chars().count(), MAX_TEXT);
        assert!(text.ends_with('…'));
        assert_eq!(pg(&format!("SELECT {}", "é".repeat(200_000))).chars().count(), MAX_TEXT);
    }

    #[test]
    fn tables_are_named() {
        for (text, wanted) in [
            (
                "SELECT * FROM Orders o, pay.Items AS i JOIN \"Mixed\" m ON true WHERE x IN (SELECT y FROM (SELECT 1) z)",
                "Mixed,orders,pay.items",
            ),
            ("WITH a AS (SELECT 1), b AS MATERIALIZED (SELECT 2 FROM a) SELECT * FROM b, real_one", "real_one"),
            ("INSERT INTO pay.t (a) SELECT 1 FROM generate_series(1, 2)", "pay.t"),
            ("UPDATE ONLY t SET a = 1", "t"),
            ("DELETE FROM t USING u WHERE true", "t"),
            ("TRUNCATE TABLE a", "a"),
            ("SELECT 1", ""),
        ] {
            assert_eq!(normal(text, Quoting::Postgres).tables.join(","), wanted, "{text}");
        }
        for (text, wanted) in [
            ("SELECT * FROM `Shop` . `orders` WHERE `id` = ?", "Shop.orders"),
            ("INSERT INTO `t` ( `a` ) VALUES (...)", "t"),
            ("UPDATE IGNORE a SET b = 1", "a"),
        ] {
            assert_eq!(normal(text, Quoting::Mysql).tables.join(","), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_value_is_left_and_nothing_panics(
            parts in prop::collection::vec(prop::sample::select(vec![
                "SELECT", " ", "'", "\"", "`", "$", "$$", "$a$", "/*", "*/", "--", "\n", "#", "a", ".", ",", "(", ")", "1", "\\", "é", "@",
            ]), 0..30),
            quoting in prop::sample::select(vec![Quoting::Postgres, Quoting::Mysql]),
        ) {
            let text = parts.concat();
            // A string after anything: where the text before it is not open, its content is gone.
            let closed = normal(&format!("{} 'secret'", text.replace(['\'', '"', '`', '$', '\\'], "")), quoting);
            prop_assert!(!closed.text.contains("secret"));
        }
    }
}
