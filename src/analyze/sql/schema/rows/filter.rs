//! Which rows a condition picks, as far as two of them can be compared.

use std::collections::BTreeSet;

use crate::analyze::sql::schema::words::{Word, WordKind, bare_of, join, split, words};
use crate::evidence::sql::Predicate;
use crate::facts::SqlDialect;

/// The parts of a condition that all have to hold; none for every row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::analyze::sql::schema) struct Filter {
    /// In one spelling, without the names of tables before columns.
    pub(super) parts: BTreeSet<String>,
    /// The columns that are compared with literals for equality, with these.
    pub(super) keys: Vec<(String, BTreeSet<String>)>,
}

/// A longer condition, in bytes, is compared with none.
const LONGEST: usize = 1 << 16;

impl Filter {
    pub(in crate::analyze::sql::schema) fn read(predicate: Option<&Predicate>, dialect: SqlDialect) -> Filter {
        let Some(predicate) = predicate.filter(|predicate| !predicate.always_true) else { return Filter::default() };
        let text = if predicate.text.len() > LONGEST { "" } else { predicate.text.as_str() };
        let all = words(text, dialect);
        let mut inner = all.as_slice();
        if inner.first().is_some_and(|word| word.is("where")) {
            inner = &inner[1..];
        }
        let mut filter = Filter::default();
        for part in split(bare_of(inner), "and") {
            let part = unqualified(bare_of(part));
            if part.is_empty() || matches!(join(&part).as_str(), "true" | "1 = 1") {
                continue;
            }
            filter.keys.extend(key(&part));
            filter.parts.insert(join(&part));
        }
        if filter.parts.is_empty() {
            // A condition that could not be taken apart is not "every row".
            filter.parts.insert(format!("? {}", predicate.text.chars().take(100).collect::<String>()));
        }
        filter
    }

    /// Whether it picks every row.
    pub(super) fn all(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether it picks at least the rows that `other` picks.
    pub(super) fn covers(&self, other: &Filter) -> bool {
        self.parts.is_subset(&other.parts) && !self.parts.iter().any(|part| part.starts_with('?'))
    }

    /// Both conditions at once.
    pub(super) fn and(mut self, other: &Filter) -> Filter {
        self.parts.extend(other.parts.iter().cloned());
        self.keys.extend(other.keys.iter().cloned());
        self
    }

    /// Without the parts that name one of the columns.
    pub(super) fn without(&self, columns: &[String], dialect: SqlDialect) -> BTreeSet<&str> {
        let names = |part: &str| words(part, dialect).iter().any(|word| columns.iter().any(|column| word.name() == Some(column)));
        self.parts.iter().map(String::as_str).filter(|part| !names(part)).collect()
    }

    /// The one literal that a column has in all of the rows.
    pub(super) fn pinned(&self, column: &str) -> Option<&str> {
        let (_, values) = self.keys.iter().find(|(name, values)| name == column && values.len() == 1)?;
        values.first().map(String::as_str)
    }

    /// In a sentence.
    pub(in crate::analyze::sql::schema) fn shown(&self) -> String {
        if self.all() {
            return "all rows".to_owned();
        }
        let text: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        let text: String = text.join(" and ").chars().take(120).collect();
        format!("the rows where {text}")
    }
}

/// Without the names of tables before columns.
fn unqualified(words: &[Word]) -> Vec<Word> {
    let mut kept: Vec<Word> = Vec::with_capacity(words.len());
    for word in words {
        if word.name().is_some() && kept.len() >= 2 && kept[kept.len() - 1].is_sign(".") && kept[kept.len() - 2].name().is_some()
        {
            kept.truncate(kept.len() - 2);
        }
        kept.push(word.clone());
    }
    kept
}

/// `c = 1`, `1 = c` and `c in (1, 2)`.
fn key(part: &[Word]) -> Option<(String, BTreeSet<String>)> {
    let literal = |word: &Word| matches!(word.kind, WordKind::Text | WordKind::Number);
    match part {
        [name, sign, value] if sign.is_sign("=") && literal(value) => Some((name.name()?.to_owned(), [plain(value)].into())),
        [value, sign, name] if sign.is_sign("=") && literal(value) => Some((name.name()?.to_owned(), [plain(value)].into())),
        [name, word, open, values @ .., close] if word.is("in") && open.is_sign("(") && close.is_sign(")") => {
            let values: Option<BTreeSet<String>> = split(values, ",").into_iter().map(literal_of).collect();
            Some((name.name()?.to_owned(), values?))
        }
        _ => None,
    }
}

/// The literal that words are, in one spelling; `None` for anything else.
pub(super) fn literal_of(words: &[Word]) -> Option<String> {
    // A cast says nothing about the value.
    let words = match words.iter().position(|word| word.is_sign("::")) {
        Some(at) => &words[..at],
        None => words,
    };
    match words {
        [word] if matches!(word.kind, WordKind::Text | WordKind::Number) => Some(plain(word)),
        [word] if ["null", "true", "false"].iter().any(|constant| word.is(constant)) => Some(word.text.clone()),
        [sign, word] if sign.is_sign("-") && word.kind == WordKind::Number => Some(format!("-{}", word.text)),
        _ => None,
    }
}

/// A number in quotes is the number.
fn plain(word: &Word) -> String {
    let inner = word.text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    match inner {
        Some(inner) if !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_digit()) => inner.to_owned(),
        _ => word.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> Filter {
        Filter::read(Some(&Predicate { text: text.to_owned(), ..Predicate::default() }), SqlDialect::Postgres)
    }

    #[test]
    fn a_condition_covers_those_that_ask_more() {
        assert!(filter("u.id = 1").covers(&filter("(id = 1 AND status = 'a')")));
        assert!(!filter("id = 1 and status = 'a'").covers(&filter("id = 1")));
        assert!(Filter::default().covers(&filter("id = 1")));
        assert!(!filter("").covers(&filter("id = 1")), "what cannot be taken apart covers nothing");
        assert!(!filter("id = 1 or id = 2").covers(&filter("id = 1")));
    }

    #[test]
    fn keys_are_columns_compared_with_literals() {
        let keys = filter("t.id IN (1, '2', 3) AND 'x' = code AND n = m AND f(a) = 1").keys;
        assert_eq!(keys.len(), 2, "{keys:?}");
        assert_eq!(keys[0], ("id".to_owned(), ["1", "2", "3"].map(str::to_owned).into()));
        assert_eq!(filter("code = 'x'").pinned("code"), Some("'x'"));
        assert_eq!(filter("id in (1, f(2))").keys, []);
    }
}
