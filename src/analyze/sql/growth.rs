//! New tables of growing domains, and how they are kept from growing for ever (requirement B7).
//!
//! Whoever makes such a table says by which condition its rows are archived and how often: in a comment beside the statement
//! (`-- kadian: archive="created_at < now() - interval '90 days'" every=1d`), in the comment of the table with the same words, or in the
//! checklist.

use globset::GlobMatcher;

use super::SqlSource;
use super::schema::words::{WordKind, words};
use crate::evidence::database_checklist::{DeclaredArchiving, substance};
use crate::evidence::sql::{Action, CreateTable, Name, Statement};
use crate::facts::{Direction, GrowingTable, LineRange, Span, SqlDialect, SqlPlace};
use crate::path_glob;

/// How often, in words.
const FREQUENCIES: &[&str] =
    &["hourly", "daily", "weekly", "monthly", "quarterly", "yearly", "nightly", "每小时", "每天", "每日", "每周", "每月", "每年"];

/// The tables that the change makes and whose names fit a pattern of `growing`, by place. A pattern such as `orders` or `*_log` is held
/// against the name with and without its schema; one that cannot be read fits nothing, because the configuration is checked before.
/// Partitions, temporary tables, and what the change drops again do not count.
#[must_use]
pub fn growth(sources: &[SqlSource<'_>], growing: &[String], declared: &[DeclaredArchiving]) -> Vec<GrowingTable> {
    let globs: Vec<GlobMatcher> =
        growing.iter().filter_map(|pattern| path_glob::parse(pattern).ok()).map(|glob| glob.compile_matcher()).collect();
    let ups: Vec<&SqlSource<'_>> = sources.iter().filter(|source| source.direction == Direction::Up).collect();
    let statements = || ups.iter().flat_map(|source| source.script.statements.iter().map(move |statement| (*source, statement)));
    let mut found: Vec<GrowingTable> = Vec::new();
    for (source, statement) in statements().filter(|(source, statement)| is_added(source, statement)) {
        for action in &statement.actions {
            match action {
                Action::CreateTable(create) => found.extend(made(source, statement, create, &globs)),
                Action::DropTable { names, .. } => {
                    found.retain(|table| !names.iter().any(|name| is_same(&table.table, &name.to_string())));
                }
                _ => {}
            }
        }
    }
    for (source, statement) in statements() {
        if let [Action::Comment { .. }] = statement.actions.as_slice()
            && let Some((name, text)) = table_comment(statement, source.script.dialect)
        {
            for table in found.iter_mut().filter(|table| is_same(&table.table, &name)) {
                table.take(directive(&text));
            }
        }
    }
    for archiving in declared {
        for table in found.iter_mut().filter(|table| is_same(&table.table, &archiving.table)) {
            table.take((archiving.condition.clone(), archiving.every.clone()));
        }
    }
    found.sort_by(|a, b| (&a.place, &a.table).cmp(&(&b.place, &b.table)));
    found
}

fn made(source: &SqlSource<'_>, statement: &Statement, create: &CreateTable, globs: &[GlobMatcher]) -> Option<GrowingTable> {
    let name = create.name.as_ref().filter(|_| !create.temporary && create.partition_of.is_none())?;
    let fits = |glob: &GlobMatcher| glob.is_match(&name.name) || glob.is_match(name.to_string());
    if !globs.iter().any(fits) {
        return None;
    }
    let span = &statement.span;
    let mut table = GrowingTable {
        table: Name::to_string(name),
        place: SqlPlace {
            file: source.path.to_owned(),
            line: span.line,
            column: span.column,
            end_line: span.end_line,
            end_column: span.end_column,
        },
        archive: None,
        every: None,
    };
    for comment in statement.comments.iter().chain(&create.definition.comment) {
        table.take(directive(comment));
    }
    Some(table)
}

impl GrowingTable {
    /// Takes what is said, where nobody said anything before and it says something.
    fn take(&mut self, said: (Option<String>, Option<String>)) {
        let answer = |text: Option<String>| text.and_then(|text| substance(&text).map(|text| text.chars().take(200).collect()));
        self.archive = self.archive.take().or_else(|| answer(said.0));
        self.every = self.every.take().or_else(|| answer(said.1).filter(|every: &String| is_frequency(every)));
    }
}

/// Whether a text says how often something happens: `1d`, `12h`, `weekly`, five or six fields of cron.
fn is_frequency(text: &str) -> bool {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let cron = matches!(fields.len(), 5 | 6)
        && fields.iter().all(|field| field.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '/' | ',' | '-' | '?' | 'L')));
    FREQUENCIES.contains(&text.to_lowercase().as_str()) || text.parse::<Span>().is_ok_and(|span| span.seconds() > 0) || cron
}

/// `kadian: archive="..." every=1d` in a comment: the condition and the frequency.
fn directive(comment: &str) -> (Option<String>, Option<String>) {
    let Some(at) = comment.find("kadian:") else { return (None, None) };
    let mut rest = &comment[at + "kadian:".len()..];
    let (mut archive, mut every) = (None, None);
    while let Some((key, behind)) = rest.split_once('=') {
        let key = key.trim();
        let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, next) = match quote {
            Some(quote) => behind[1..].split_once(quote).unwrap_or((&behind[1..], "")),
            None => behind.split_once(char::is_whitespace).unwrap_or((behind, "")),
        };
        match key {
            "archive" => archive = Some(value.trim().to_owned()),
            "every" => every = Some(value.trim().to_owned()),
            _ => {}
        }
        rest = next;
    }
    (archive, every)
}

/// The table and the text of `COMMENT ON TABLE t IS '...'`.
fn table_comment(statement: &Statement, dialect: SqlDialect) -> Option<(String, String)> {
    let words = words(&statement.text, dialect);
    if !(words.first()?.is("comment") && words.get(1)?.is("on") && words.get(2)?.is("table")) {
        return None;
    }
    let end = words.iter().position(|word| word.is("is"))?;
    let name: String = words.get(3..end)?.iter().map(|word| word.text.as_str()).collect();
    let text = words.get(end + 1).filter(|word| word.kind == WordKind::Text)?;
    Some((name, text.text.trim_matches('\'').to_owned()))
}

fn is_same(a: &str, b: &str) -> bool {
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_lowercase();
    a.eq_ignore_ascii_case(b) || (last(a) == last(b) && !(a.contains('.') && b.contains('.')))
}

fn is_added(source: &SqlSource<'_>, statement: &Statement) -> bool {
    let span = &statement.span;
    let meets = |LineRange { first, last }: &LineRange| *first <= span.end_line && span.line <= *last;
    source.added.is_none_or(|added| added.iter().any(meets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::sql::read;

    fn told(dialect: SqlDialect, text: &str, declared: &[DeclaredArchiving]) -> Vec<(String, Option<String>, Option<String>)> {
        let script = read(text, dialect);
        let source = SqlSource {
            path: "a.sql",
            direction: Direction::Up,
            script: &script,
            in_transaction: true,
            edited: false,
            added: None,
        };
        let patterns = ["*_log".to_owned(), "orders".to_owned(), "app.events".to_owned()];
        growth(&[source], &patterns, declared).into_iter().map(|it| (it.table, it.archive, it.every)).collect()
    }

    fn one(table: &str, archive: Option<&str>, every: Option<&str>) -> Vec<(String, Option<String>, Option<String>)> {
        vec![(table.to_owned(), archive.map(str::to_owned), every.map(str::to_owned))]
    }

    const PG: SqlDialect = SqlDialect::Postgres;

    #[test]
    fn a_growing_table_says_how_it_is_archived() {
        let condition = "created_at < now() - interval '90 days'";
        let said = one("orders", Some(condition), Some("1d"));
        let beside = format!("-- kadian: archive=\"{condition}\" every=1d\nCREATE TABLE orders (id int);");
        assert_eq!(told(PG, &beside, &[]), said);
        let comment = "CREATE TABLE orders (id int); COMMENT ON TABLE orders IS 'kadian: archive=\"created_at < now() - interval ''90 days''\" every=1d';";
        assert_eq!(told(PG, comment, &[]), said);
        let mysql = "CREATE TABLE orders (id int) COMMENT='kadian: archive=\"id < 5\" every=weekly'";
        assert_eq!(told(SqlDialect::Mysql, mysql, &[]), one("orders", Some("id < 5"), Some("weekly")));
        let declared = DeclaredArchiving {
            table: "public.orders".to_owned(),
            condition: Some(condition.to_owned()),
            every: Some("1d".to_owned()),
            line: None,
        };
        assert_eq!(told(PG, "CREATE TABLE orders (id int)", &[declared]), said);
    }

    #[test]
    fn what_is_not_said_is_null() {
        assert_eq!(told(PG, "CREATE TABLE a_log (id int)", &[]), one("a_log", None, None));
        assert_eq!(
            told(PG, "-- kadian: archive=todo every=sometimes\nCREATE TABLE a_log (id int)", &[]),
            one("a_log", None, None)
        );
        assert_eq!(told(PG, "-- kadian: archive=\"x < 5\"\nCREATE TABLE a_log (id int)", &[]), one("a_log", Some("x < 5"), None));
        assert_eq!(told(PG, "-- kadian: archive='x < 5' every=\"0 3 * * *\"\nCREATE TABLE a_log (id int)", &[]).len(), 1);
    }

    #[test]
    fn tables_that_do_not_grow_are_left_out() {
        for text in [
            "CREATE TABLE users (id int)",
            "CREATE TEMP TABLE a_log (id int)",
            "CREATE TABLE a_log (id int); DROP TABLE a_log",
            "CREATE TABLE a_log PARTITION OF b_log DEFAULT",
            "ALTER TABLE orders ADD a int",
        ] {
            assert_eq!(told(PG, text, &[]), [], "{text}");
        }
        assert_eq!(told(PG, "CREATE TABLE app.events (id int)", &[]), one("app.events", None, None));
    }
}
