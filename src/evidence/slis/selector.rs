//! Plain PromQL selectors, and queries with a place for one: values from elsewhere stay values.

use std::fmt::{self, Write as _};

use crate::evidence::text::shown;

/// `name{label="value",...}`: what a counter's series are selected by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// Of the metric.
    pub name: String,
    pub matchers: Vec<Matcher>,
}

/// A condition on one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matcher {
    pub label: String,
    pub operator: Operator,
    /// Unescaped; for the two operators with `~` a regular expression (RE2), anchored at both ends by the server.
    pub value: String,
}

/// How a label's value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Matches,
    MatchesNot,
}

impl Matcher {
    /// The label has exactly this value.
    #[must_use]
    pub fn equal(label: &str, value: &str) -> Matcher {
        Matcher { label: label.to_owned(), operator: Operator::Equal, value: value.to_owned() }
    }

    /// The label has one of these values, which are taken literally.
    #[must_use]
    pub fn one_of<'a>(label: &str, values: impl IntoIterator<Item = &'a str>) -> Matcher {
        let alternatives: Vec<String> = values.into_iter().map(regex_literal).collect();
        Matcher { label: label.to_owned(), operator: Operator::Matches, value: alternatives.join("|") }
    }
}

impl Selector {
    /// Reads a selector with a metric's name and, perhaps, matchers in braces.
    ///
    /// Functions, ranges, offsets and arithmetic are refused, and so are strings that do not end: the error says what was expected
    /// and where (a byte offset).
    pub fn parse(text: &str) -> Result<Selector, String> {
        let mut parser = Parser { text, at: 0 };
        let name = parser.name(true).ok_or_else(|| parser.expected("the name of a metric"))?;
        let mut matchers = Vec::new();
        if parser.take("{") {
            while !parser.take("}") {
                matchers.push(parser.matcher("a label, or `}`")?);
                if !parser.take(",") && !parser.peek("}") {
                    return Err(parser.expected("`,` or `}`"));
                }
            }
        }
        parser.blanks();
        if parser.at < text.len() {
            return Err(format!("{}: a plain selector, as in `requests_total{{job=\"pay\"}}`", parser.expected("the end")));
        }
        Ok(Selector { name, matchers })
    }

    /// Reads what stands between the braces of a selector: at least one matcher. The errors are those of [`Selector::parse`].
    pub fn parse_matchers(text: &str) -> Result<Vec<Matcher>, String> {
        let mut parser = Parser { text, at: 0 };
        let mut matchers = vec![parser.matcher("a label")?];
        while parser.take(",") && !parser.rest().trim().is_empty() {
            matchers.push(parser.matcher("a label")?);
        }
        parser.blanks();
        if parser.at < text.len() {
            return Err(format!("{}: conditions without braces, as in `namespace=\"prod\"`", parser.expected("`,` or the end")));
        }
        Ok(matchers)
    }

    /// The selector with further conditions.
    #[must_use]
    pub fn with(&self, matchers: &[Matcher]) -> Selector {
        Selector { name: self.name.clone(), matchers: [&self.matchers, matchers].concat() }
    }

    /// The selector of a histogram's part, for example `_bucket`.
    #[must_use]
    pub fn part(&self, suffix: &str) -> Selector {
        Selector { name: format!("{}{suffix}", self.name), matchers: self.matchers.clone() }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{{{}}}", self.name, joined(&self.matchers))
    }
}

/// Matchers as they stand between braces.
fn joined(matchers: &[Matcher]) -> String {
    let texts: Vec<String> = matchers.iter().map(ToString::to_string).collect();
    texts.join(",")
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = match self.operator {
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Matches => "=~",
            Operator::MatchesNot => "!~",
        };
        write!(f, "{}{operator}\"{}\"", self.label, escaped(&self.value))
    }
}

/// The inside of a double-quoted PromQL string. Source: prometheus.io/docs/prometheus/latest/querying/basics, string literals.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            // Writing to a string cannot fail.
            c if c.is_control() => drop(write!(text, "\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text
}

/// A regular expression (RE2) that matches exactly the text.
fn regex_literal(text: &str) -> String {
    let mut regex = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            regex.push('\\');
        }
        regex.push(c);
    }
    regex
}

/// A PromQL query with `$scope` where the matchers of a side belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopedQuery(Vec<String>);

impl ScopedQuery {
    /// Reads a query. `$scope` must stand between braces, as if it were one matcher; inside of a string, where a value could end
    /// the string, or outside of braces it is refused, and so is a query without it: it would ask both sides for the same.
    pub fn parse(text: &str) -> Result<ScopedQuery, String> {
        const SCOPE: &str = "$scope";
        let (mut pieces, mut start, mut in_braces, mut quote) = (Vec::new(), 0, false, None);
        let mut characters = text.char_indices();
        while let Some((at, c)) = characters.next() {
            match (quote, c) {
                (Some('`'), '`') => quote = None,
                (Some('"' | '\''), '\\') => {
                    characters.next();
                }
                (Some(open), c) if open == c => quote = None,
                (_, '$') if text[at..].starts_with(SCOPE) => {
                    if quote.is_some() || !stands_alone(&text[..at], &text[at + SCOPE.len()..]) || !in_braces {
                        return Err("`$scope` stands between braces and commas, as in `up{job=\"pay\",$scope}`".to_owned());
                    }
                    pieces.push(text[start..at].to_owned());
                    start = at + SCOPE.len();
                }
                (None, '$') => return Err(format!("unknown variable `{}`; expected `$scope`", shown(&text[at..]))),
                (None, '"' | '\'' | '`') => quote = Some(c),
                (None, '{') => in_braces = true,
                (None, '}') => in_braces = false,
                (None, '#') => return Err("a comment in a query; write it in YAML".to_owned()),
                _ => {}
            }
        }
        if quote.is_some() {
            return Err("a string in the query has no end".to_owned());
        }
        if pieces.is_empty() {
            return Err("the query has no `$scope`, so that both sides would be the same; write it into the braces".to_owned());
        }
        pieces.push(text[start..].to_owned());
        Ok(ScopedQuery(pieces))
    }

    /// The stream selector that a log query starts with, on its own; `None` where it does not start with one that holds `$scope`.
    #[must_use]
    pub fn stream(&self) -> Option<ScopedQuery> {
        let (first, rest) = self.0.split_first()?;
        let (mut pieces, mut quote) = (vec![first.clone()], None);
        if !first.trim_start().starts_with('{') {
            return None;
        }
        for piece in rest {
            let mut characters = piece.char_indices();
            while let Some((at, c)) = characters.next() {
                match (quote, c) {
                    (Some('`'), '`') => quote = None,
                    (Some('"' | '\''), '\\') => drop(characters.next()),
                    (Some(open), c) if open == c => quote = None,
                    (None, '"' | '\'' | '`') => quote = Some(c),
                    (None, '}') => {
                        pieces.push(piece[..=at].to_owned());
                        return Some(ScopedQuery(pieces));
                    }
                    _ => {}
                }
            }
            pieces.push(piece.clone());
        }
        None
    }

    /// The query of one side. Its matchers must not be empty.
    #[must_use]
    pub fn filled(&self, matchers: &[Matcher]) -> String {
        self.0.join(&joined(matchers))
    }
}

fn stands_alone(before: &str, after: &str) -> bool {
    before.trim_end().ends_with(['{', ',']) && after.trim_start().starts_with(['}', ','])
}

/// Whether the text can be a label of Prometheus.
pub(super) fn is_label(text: &str) -> bool {
    let mut parser = Parser { text, at: 0 };
    parser.name(false).is_some_and(|name| name == text)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn expected(&self, what: &str) -> String {
        let found = if self.rest().is_empty() { "the end".to_owned() } else { format!("`{}`", shown(self.rest())) };
        format!("expected {what} at byte {}, found {found}", self.at)
    }

    fn peek(&mut self, token: &str) -> bool {
        self.blanks();
        self.rest().starts_with(token)
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.peek(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    /// The name of a label, or, with colons, of a metric.
    fn name(&mut self, with_colons: bool) -> Option<String> {
        self.blanks();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || (with_colons && c == ':');
        let end = self.rest().find(|c| !fits(c)).unwrap_or(self.rest().len());
        let name = self.rest()[..end].to_owned();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.at += end;
        Some(name)
    }

    fn matcher(&mut self, wanted: &str) -> Result<Matcher, String> {
        let label = self.name(false).ok_or_else(|| self.expected(wanted))?;
        let operator = self.operator().ok_or_else(|| self.expected("=, !=, =~ or !~"))?;
        Ok(Matcher { label, operator, value: self.string()? })
    }

    fn operator(&mut self) -> Option<Operator> {
        let known = [("=~", Operator::Matches), ("!~", Operator::MatchesNot), ("!=", Operator::NotEqual), ("=", Operator::Equal)];
        known.into_iter().find(|(text, _)| self.take(text)).map(|(_, operator)| operator)
    }

    /// A string in double, single or back quotes, unescaped.
    fn string(&mut self) -> Result<String, String> {
        self.blanks();
        let quote = self.rest().chars().next().filter(|c| "\"'`".contains(*c)).ok_or_else(|| self.expected("a quoted value"))?;
        let start = self.at;
        self.at += 1;
        let mut value = String::new();
        loop {
            let Some(c) = self.rest().chars().next() else {
                return Err(format!("the string at byte {start} has no end"));
            };
            self.at += c.len_utf8();
            match c {
                c if c == quote => return Ok(value),
                '\\' if quote != '`' => value.push(self.escape()?),
                '\n' if quote != '`' => return Err(format!("the string at byte {start} has no end in its line")),
                c => value.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let wrong = format!("unknown escape at byte {}; write `\\\\` for a backslash", self.at.saturating_sub(1));
        let c = self.rest().chars().next().ok_or_else(|| wrong.clone())?;
        self.at += c.len_utf8();
        let digits = match c {
            'n' => return Ok('\n'),
            't' => return Ok('\t'),
            'r' => return Ok('\r'),
            '\\' | '"' | '\'' => return Ok(c),
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => return Err(wrong),
        };
        let code = self.rest().get(..digits).and_then(|code| u32::from_str_radix(code, 16).ok());
        // A byte above 0x7f would be a part of a character.
        let code = code.filter(|code| c != 'x' || *code < 0x80).and_then(char::from_u32).ok_or(wrong)?;
        self.at += digits;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        Selector::parse(text).map_or_else(|error| error, |selector| selector.to_string())
    }

    #[test]
    fn plain_selectors_are_read_and_written_in_one_form() {
        for (text, wanted) in [
            ("up", "up{}"),
            (" a:b_total { } ", "a:b_total{}"),
            ("a{b=\"c\", d=~'5..',}", "a{b=\"c\",d=~\"5..\"}"),
            ("a{b!=`\\d`,c!~\"\\\\d\"}", "a{b!=\"\\\\d\",c!~\"\\\\d\"}"),
            ("a{b=\"}\\\"\\n\\x41\\u00e4\"}", "a{b=\"}\\\"\\nAä\"}"),
        ] {
            assert_eq!(read(text), wanted, "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_place() {
        for (text, wanted) in [
            ("", "expected the name of a metric at byte 0, found the end"),
            ("{a=\"b\"}", "expected the name of a metric at byte 0"),
            ("1a", "expected the name of a metric at byte 0"),
            ("rate(a[5m])", "expected the end at byte 4"),
            ("a[5m]", "expected the end at byte 1"),
            ("a offset 5m", "expected the end at byte 2"),
            ("a{b=\"c\"} or up", "expected the end at byte 9"),
            ("a{b}", "expected =, !=, =~ or !~ at byte 3"),
            ("a{b=c}", "expected a quoted value at byte 4"),
            ("a{b=\"c}", "the string at byte 4 has no end"),
            ("a{b=\"c\" d=\"e\"}", "expected `,` or `}` at byte 8"),
            ("a{b=\"c\"", "expected `,` or `}` at byte 7, found the end"),
            ("a{\"b.c\"=\"d\"}", "expected a label, or `}` at byte 2"),
            ("a{b=\"\\d\"}", "unknown escape at byte 5"),
            ("a{b=\"\\ud800\"}", "unknown escape at byte 5"),
        ] {
            assert!(read(text).starts_with(wanted), "{text}: {}", read(text));
        }
    }

    #[test]
    fn hostile_values_stay_values() {
        let hostile = "1.0\"} or vector(1) #\n\\";
        let selector = Selector::parse("a{job=\"pay\"}").expect("a selector").with(&[Matcher::equal("version", hostile)]);
        assert_eq!(selector.to_string(), "a{job=\"pay\",version=\"1.0\\\"} or vector(1) #\\n\\\\\"}");
        let instances = Matcher::one_of("instance", ["a.b:80", "c|d", ".*"]);
        assert_eq!(instances.to_string(), "instance=~\"a\\\\.b:80|c\\\\|d|\\\\.\\\\*\"");
    }

    #[test]
    fn a_scope_is_filled_in_wherever_it_stands() {
        let query = ScopedQuery::parse("sum(rate(a{$scope}[1m])) / count(up{job='$x',$scope , z=\"\\\"\"})").expect("a query");
        let filled = query.filled(&[Matcher::equal("v", "1"), Matcher::equal("r", "e")]);
        assert_eq!(filled, "sum(rate(a{v=\"1\",r=\"e\"}[1m])) / count(up{job='$x',v=\"1\",r=\"e\" , z=\"\\\"\"})");
    }

    #[test]
    fn a_scope_in_the_wrong_place_is_refused() {
        for (query, wanted) in [
            ("up", "the query has no `$scope`"),
            ("up$scope", "`$scope` stands between braces"),
            ("up{a=\"$scope\"}", "`$scope` stands between braces"),
            ("up{a=`,$scope,`}", "`$scope` stands between braces"),
            ("up{$scope_x}", "`$scope` stands between braces"),
            ("up{a=\"b\"$scope}", "`$scope` stands between braces"),
            ("f(a,$scope,b)", "`$scope` stands between braces"),
            ("up{$gray}", "unknown variable `$gray}`"),
            ("up{$scope} + \"a", "a string in the query has no end"),
            ("up{$scope} # a", "a comment in a query"),
        ] {
            let error = ScopedQuery::parse(query).expect_err(query);
            assert!(error.starts_with(wanted), "{query}: {error}");
        }
    }

    proptest! {
        #[test]
        fn every_value_survives_writing_and_reading(value in any::<String>(), label in "[a-z_][a-z0-9_]{0,5}") {
            let selector = Selector { name: "a".to_owned(), matchers: vec![Matcher::equal(&label, &value)] };
            prop_assert_eq!(Selector::parse(&selector.to_string()), Ok(selector));
        }

        #[test]
        fn a_literal_matches_itself_and_nothing_else(value in any::<String>(), other in any::<String>()) {
            let regex = regex::Regex::new(&format!("(?s)^(?:{})$", regex_literal(&value))).expect("a regular expression");
            prop_assert!(regex.is_match(&value));
            prop_assert_eq!(regex.is_match(&other), value == other);
        }

        #[test]
        fn nothing_makes_the_readers_panic(text in any::<String>(), query in "[a-z{}$scope\"'`\\\\,]{0,40}") {
            let _ = (Selector::parse(&text), Selector::parse(&query), ScopedQuery::parse(&query));
        }
    }
}
