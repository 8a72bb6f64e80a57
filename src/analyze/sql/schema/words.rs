//! The words of a statement, for what its tree does not tell: select lists, assignments, the parts of a condition.

use crate::facts::SqlDialect;

/// One word or sign. Names are folded as the dialect folds them, and texts keep their quotes, so that two spellings of one thing are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::analyze::sql) struct Word {
    pub(in crate::analyze::sql) kind: WordKind,
    /// A name without its quotes, a text with them, a sign as it stands.
    pub(in crate::analyze::sql) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::analyze::sql) enum WordKind {
    /// A bare word: a name or a keyword, in lower case.
    Bare,
    /// A name in quotes.
    Quoted,
    Text,
    Number,
    Sign,
}

impl Word {
    /// Whether it is this keyword, in lower case.
    pub(in crate::analyze::sql) fn is(&self, keyword: &str) -> bool {
        self.kind == WordKind::Bare && self.text == keyword
    }

    pub(in crate::analyze::sql) fn is_sign(&self, sign: &str) -> bool {
        self.kind == WordKind::Sign && self.text == sign
    }

    /// The name that it may be.
    pub(in crate::analyze::sql) fn name(&self) -> Option<&str> {
        matches!(self.kind, WordKind::Bare | WordKind::Quoted).then_some(self.text.as_str())
    }
}

/// The longest text that is taken apart; a longer one yields no words, so that nothing is concluded from it.
const MAX_TEXT: usize = 1 << 20;

/// The words of a text, without comments. A quote that is not closed ends with the text.
pub(in crate::analyze::sql) fn words(text: &str, dialect: SqlDialect) -> Vec<Word> {
    let mut found = Vec::new();
    if text.len() > MAX_TEXT {
        return found;
    }
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (word, length) = match first {
            c if c.is_whitespace() => (None, c.len_utf8()),
            '-' if rest.starts_with("--") => (None, line(rest)),
            '#' if dialect.is_mysql() => (None, line(rest)),
            '/' if rest.starts_with("/*") => (None, comment(rest, dialect)),
            '\'' => quoted(rest, '\'', dialect, WordKind::Text),
            '"' if dialect.is_mysql() => quoted(rest, '"', dialect, WordKind::Text),
            '"' => quoted(rest, '"', dialect, WordKind::Quoted),
            '`' => quoted(rest, '`', dialect, WordKind::Quoted),
            '$' => dollar(rest),
            c if c.is_ascii_digit() => number(rest),
            'e' | 'E' if dialect == SqlDialect::Postgres && rest[1..].starts_with('\'') => {
                let (word, length) = quoted(&rest[1..], '\'', SqlDialect::Mysql, WordKind::Text);
                (word, length + 1)
            }
            c if c == '_' || c.is_alphabetic() => bare(rest),
            _ => sign(rest),
        };
        found.extend(word);
        rest = rest.get(length..).unwrap_or("");
    }
    found
}

/// A text in one spelling: two that mean the same word by word are equal.
pub(in crate::analyze::sql) fn normal(text: &str, dialect: SqlDialect) -> String {
    join(&words(text, dialect))
}

/// Words as one text, with single blanks.
pub(in crate::analyze::sql) fn join(words: &[Word]) -> String {
    let mut text = String::new();
    for (at, word) in words.iter().enumerate() {
        let tight = |word: &Word| word.kind == WordKind::Sign && matches!(word.text.as_str(), "." | "::");
        let opens = |word: &Word| word.is_sign("(");
        let closes = |word: &Word| word.kind == WordKind::Sign && matches!(word.text.as_str(), ")" | ",");
        let before = at.checked_sub(1).and_then(|at| words.get(at));
        if before.is_some_and(|before| !tight(before) && !opens(before)) && !tight(word) && !closes(word) {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// Splits where `separator` stands outside of every parenthesis and `CASE`; a `BETWEEN` keeps its own `AND`.
pub(in crate::analyze::sql) fn split<'a>(words: &'a [Word], separator: &str) -> Vec<&'a [Word]> {
    let (mut parts, mut start, mut depth, mut between) = (Vec::new(), 0, 0_usize, 0_usize);
    for (at, word) in words.iter().enumerate() {
        depth = deeper(depth, word);
        if depth == 0 && word.is("between") {
            between += 1;
        }
        if depth != 0 || word.text != separator || matches!(word.kind, WordKind::Text | WordKind::Quoted) {
            continue;
        }
        if separator == "and" && between > 0 {
            between -= 1;
            continue;
        }
        parts.push(&words[start..at]);
        start = at + 1;
    }
    parts.push(&words[start..]);
    parts
}

/// The place of the first of the keywords at or after `from`, outside of every parenthesis and `CASE`.
pub(in crate::analyze::sql) fn find(words: &[Word], from: usize, keywords: &[&str]) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, word) in words.iter().enumerate().skip(from) {
        depth = deeper(depth, word);
        if depth == 0 && keywords.iter().any(|keyword| word.is(keyword)) {
            return Some(at);
        }
    }
    None
}

fn deeper(depth: usize, word: &Word) -> usize {
    if word.is_sign("(") || word.is("case") {
        depth + 1
    } else if word.is_sign(")") || word.is("end") {
        depth.saturating_sub(1)
    } else {
        depth
    }
}

/// Without the parentheses around all of it.
pub(in crate::analyze::sql) fn bare_of(mut words: &[Word]) -> &[Word] {
    while let [first, inner @ .., last] = words {
        if !first.is_sign("(") || !last.is_sign(")") {
            break;
        }
        let mut depth = 0_usize;
        let closes_early = inner.iter().any(|word| {
            let closed = depth == 0 && word.is_sign(")");
            depth = deeper(depth, word);
            closed
        });
        if closes_early {
            break;
        }
        words = inner;
    }
    words
}

fn line(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |end| end + 1)
}

/// PostgreSQL's comments stand within each other.
fn comment(text: &str, dialect: SqlDialect) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(next) = text[at..].find(['/', '*']) {
        at += next;
        if text[at..].starts_with("/*") && (depth == 0 || dialect == SqlDialect::Postgres) {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

fn quoted(text: &str, mark: char, dialect: SqlDialect, kind: WordKind) -> (Option<Word>, usize) {
    let (mut value, mut chars) = (String::new(), text.char_indices().skip(1).peekable());
    let escapes = dialect.is_mysql() && kind == WordKind::Text;
    let mut end = text.len();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && escapes {
            value.push(c);
            value.extend(chars.next().map(|(_, next)| next));
        } else if c == mark {
            if chars.next_if(|(_, next)| *next == mark).is_none() {
                end = at + 1;
                break;
            }
            value.push(mark);
        } else {
            value.push(c);
        }
    }
    let text = match kind {
        WordKind::Text => format!("'{value}'"),
        _ if dialect != SqlDialect::Postgres => value.to_lowercase(),
        _ => value,
    };
    (Some(Word { kind, text }), end)
}

fn dollar(text: &str) -> (Option<Word>, usize) {
    let tag = text[1..].find('$').map(|end| &text[..end + 2]);
    let tag = tag.filter(|tag| tag[1..tag.len() - 1].chars().all(|c| c == '_' || c.is_alphanumeric()));
    let Some(tag) = tag else { return sign(text) };
    let body = &text[tag.len()..];
    let (inner, length) = match body.find(tag) {
        Some(end) => (&body[..end], tag.len() + end + tag.len()),
        None => (body, text.len()),
    };
    (Some(Word { kind: WordKind::Text, text: format!("'{inner}'") }), length)
}

fn number(text: &str) -> (Option<Word>, usize) {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(text.len());
    (Some(Word { kind: WordKind::Number, text: text[..end].to_ascii_lowercase() }), end)
}

fn bare(text: &str) -> (Option<Word>, usize) {
    let end = text.find(|c: char| c != '_' && c != '$' && !c.is_alphanumeric()).unwrap_or(text.len());
    (Some(Word { kind: WordKind::Bare, text: text[..end].to_lowercase() }), end)
}

fn sign(text: &str) -> (Option<Word>, usize) {
    let pair = ["::", "<>", "!=", "<=", ">=", "||", ":="].into_iter().find(|pair| text.starts_with(pair));
    let length = pair.map_or_else(|| text.chars().next().map_or(1, char::len_utf8), str::len);
    let found = match &text[..length] {
        "!=" => "<>",
        found => found,
    };
    (Some(Word { kind: WordKind::Sign, text: found.to_owned() }), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_text_are_equal() {
        let normal = |text| normal(text, SqlDialect::Postgres);
        assert_eq!(normal("A  = 'X' -- why\n AND b!=(1)"), normal("a='X'/* */and \"b\" <> ( 1 )"));
        assert_ne!(normal("a = 'X'"), normal("a = 'x'"));
        assert_ne!(normal("\"A\""), normal("a"));
        assert_eq!(normal("f(a, b.c)::int"), "f (a, b.c)::int");
    }

    #[test]
    fn dialects_quote_as_they_do() {
        assert_eq!(normal("`A` = \"it''s\" # x", SqlDialect::Mysql), "a = 'it''s'");
        assert_eq!(normal("$a$ ' -- $a$ x", SqlDialect::Postgres), "' ' -- ' x");
        assert_eq!(normal("'a\\'' b", SqlDialect::Mysql), "'a\\'' b");
    }

    #[test]
    fn conditions_are_split_outside_of_parentheses_case_and_between() {
        let all =
            words("a = 1 and (b = 2 and c = 3) and d between 1 and 2 and case when x and y then 1 end = 1", SqlDialect::Postgres);
        let parts: Vec<String> = split(&all, "and").into_iter().map(join).collect();
        assert_eq!(parts.len(), 4, "{parts:?}");
        assert_eq!(parts[2], "d between 1 and 2");
    }

    #[test]
    fn parentheses_around_all_are_dropped_and_others_are_not() {
        let bare = |text| join(bare_of(&words(text, SqlDialect::Postgres)));
        assert_eq!(bare("((a))"), "a");
        assert_eq!(bare("(a) or (b)"), "(a) or (b)");
        assert_eq!(bare("()"), "");
    }

    #[test]
    fn whatever_is_not_closed_ends_with_the_text() {
        for text in ["'a", "\"a", "/* a", "$a$ b", "$", "$1", "`", "-- a", "/*/", "/* /* */", "e'\\", "1.", "\u{0}", "é'", "'\\"]
        {
            for dialect in [SqlDialect::Postgres, SqlDialect::Mysql, SqlDialect::Sqlite] {
                words(text, dialect);
            }
        }
        assert_eq!(words(&"a ".repeat(1 << 20), SqlDialect::Postgres), []);
    }
}
