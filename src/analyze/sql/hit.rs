//! What a rule has found in a statement, and how its texts are filled.

use crate::evidence::sql::Name;
use crate::facts::{Blocks, Severity, SqlDialect};

/// Names longer than this are cut in texts.
const NAME_LIMIT: usize = 80;

/// What one rule has found in one statement.
#[derive(Debug, Default)]
pub struct Hits {
    pub(super) found: Vec<Hit>,
}

/// One finding, before it is weighed.
#[derive(Debug, Default)]
pub struct Hit {
    pub(super) table: Option<Name>,
    pub(super) column: Option<String>,
    /// What fills the placeholders of the texts.
    pub(super) fills: Vec<(&'static str, String)>,
    pub(super) harmless: Option<String>,
    pub(super) message: Option<&'static str>,
    pub(super) safe: Option<&'static str>,
    pub(super) severity: Option<Severity>,
    pub(super) lock: Option<&'static str>,
    pub(super) blocks: Option<Blocks>,
    /// The rule's `weighed_by_size` does not hold here.
    pub(super) unweighed: bool,
    /// The table's being new does not help here.
    pub(super) also_new: bool,
}

impl Hits {
    /// A finding about a table.
    pub fn on(&mut self, table: &Name) -> &mut Hit {
        let hit = self.plain();
        hit.table = Some(table.clone());
        hit
    }

    /// A finding about a table that may not be known.
    pub fn on_some(&mut self, table: Option<&Name>) -> &mut Hit {
        let hit = self.plain();
        hit.table = table.cloned();
        hit
    }

    /// A finding that is about no table.
    pub fn plain(&mut self) -> &mut Hit {
        self.found.push(Hit::default());
        let last = self.found.len() - 1;
        &mut self.found[last]
    }
}

impl Hit {
    pub fn column(&mut self, column: &str) -> &mut Self {
        self.column = Some(column.to_owned());
        self
    }

    /// Fills a placeholder with words of ours.
    pub fn fill(&mut self, name: &'static str, value: impl Into<String>) -> &mut Self {
        self.fills.push((name, value.into()));
        self
    }

    /// It does no harm here, because of this.
    pub fn harmless(&mut self, reason: impl Into<String>) -> &mut Self {
        self.harmless.get_or_insert_with(|| reason.into());
        self
    }

    pub fn harmless_if(&mut self, harmless: bool, reason: &str) -> &mut Self {
        if harmless { self.harmless(reason) } else { self }
    }

    /// Other words than the rule's.
    pub fn says(&mut self, message: &'static str) -> &mut Self {
        self.message = Some(message);
        self
    }

    pub fn safe(&mut self, safe: &'static str) -> &mut Self {
        self.safe = Some(safe);
        self
    }

    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = Some(severity);
        self
    }

    pub fn lock(&mut self, lock: &'static str, blocks: Blocks) -> &mut Self {
        self.lock = Some(lock);
        self.blocks = Some(blocks);
        self
    }

    /// A small table is no smaller a harm here.
    pub fn unweighed(&mut self) -> &mut Self {
        self.unweighed = true;
        self
    }

    /// A new table is harmed too.
    pub fn also_new(&mut self) -> &mut Self {
        self.also_new = true;
        self
    }

    /// The text with its placeholders filled. One that nothing fills is left as a word in angle brackets, so that nobody takes the
    /// text for a finished statement.
    pub(super) fn text(&self, template: &str, dialect: SqlDialect, sql: bool) -> String {
        let mut text = String::with_capacity(template.len() + 40);
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            let (before, after) = rest.split_at(open);
            text.push_str(before);
            let Some(close) = after.find('}') else {
                text.push_str(after);
                return text;
            };
            let key = &after[1..close];
            if let Some(value) = self.value(key, dialect, sql) {
                text.push_str(&value);
            } else {
                text.push('<');
                text.push_str(key);
                text.push('>');
            }
            rest = &after[close + 1..];
        }
        text.push_str(rest);
        text
    }

    fn value(&self, key: &str, dialect: SqlDialect, sql: bool) -> Option<String> {
        if let Some((_, value)) = self.fills.iter().find(|(name, _)| *name == key) {
            return Some(value.clone());
        }
        match key {
            "table" => self.table.as_ref().map(|name| if sql { quoted_name(name, dialect) } else { shown(&name.to_string()) }),
            "column" => self.column.as_ref().map(|name| if sql { quoted(name, dialect) } else { shown(name) }),
            _ => None,
        }
    }
}

/// A name in a sentence: without control characters, and not without end.
#[must_use]
pub(super) fn shown(name: &str) -> String {
    let clean: String = name.chars().take(NAME_LIMIT).map(|c| if c.is_control() { '?' } else { c }).collect();
    if name.chars().nth(NAME_LIMIT).is_some() { clean + "..." } else { clean }
}

/// A name in SQL, quoted where it has to be.
#[must_use]
pub(super) fn quoted(name: &str, dialect: SqlDialect) -> String {
    let plain = !name.is_empty()
        && name.len() <= NAME_LIMIT
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c == '_' || c.is_ascii_digit() || c.is_ascii_lowercase())
        && !RESERVED.contains(&name);
    if plain {
        return name.to_owned();
    }
    let name = shown(name);
    if dialect.is_mysql() { format!("`{}`", name.replace('`', "``")) } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

#[must_use]
pub(super) fn quoted_name(name: &Name, dialect: SqlDialect) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", quoted(schema, dialect), quoted(&name.name, dialect)),
        None => quoted(&name.name, dialect),
    }
}

/// Several names in SQL, with commas.
#[must_use]
pub(super) fn quoted_list<'a>(names: impl IntoIterator<Item = &'a str>, dialect: SqlDialect) -> String {
    let names: Vec<String> = names.into_iter().take(16).map(|name| quoted(name, dialect)).collect();
    names.join(", ")
}

/// Words that tables and columns are often called and that have to be quoted in all dialects.
const RESERVED: &[&str] = &[
    "all",
    "analyze",
    "and",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "cross",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "delete",
    "desc",
    "distinct",
    "drop",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "in",
    "index",
    "inner",
    "insert",
    "intersect",
    "interval",
    "into",
    "is",
    "join",
    "key",
    "keys",
    "left",
    "like",
    "limit",
    "lock",
    "match",
    "natural",
    "not",
    "null",
    "of",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "primary",
    "range",
    "rank",
    "read",
    "references",
    "returning",
    "right",
    "row",
    "rows",
    "schema",
    "select",
    "session_user",
    "set",
    "some",
    "system",
    "table",
    "then",
    "to",
    "trigger",
    "true",
    "union",
    "unique",
    "update",
    "user",
    "using",
    "values",
    "when",
    "where",
    "window",
    "with",
    "write",
];
