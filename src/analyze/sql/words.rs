//! A statement in words: what it is, which tables it names, its text on one line.

use std::collections::BTreeSet;

use crate::evidence::sql::{Action, AlterOp, ConstraintKind, Dml, InsertSource, Name, Query, Statement};
use crate::facts::SqlDialect;

/// Texts of statements are cut here, in characters.
const TEXT_LIMIT: usize = 200;

/// What a statement is, in words such as `alter table`.
pub(super) fn kind(statement: &Statement) -> String {
    statement.actions.first().map_or_else(|| "unknown".to_owned(), |action| kind_of(action).to_owned())
}

fn kind_of(action: &Action) -> &'static str {
    match action {
        Action::CreateTable(_) => "create table",
        Action::AlterTable(_) => "alter table",
        Action::DropTable { .. } => "drop table",
        Action::RenameTables { .. } => "rename table",
        Action::Truncate { .. } => "truncate",
        Action::CreateIndex(_) => "create index",
        Action::DropIndex(_) => "drop index",
        Action::RenameIndex { .. } | Action::AlterIndex { .. } => "alter index",
        Action::Reindex { .. } => "reindex",
        Action::Cluster { .. } => "cluster",
        Action::Vacuum { .. } => "vacuum",
        Action::Maintain { verb, .. } => match verb.to_ascii_lowercase().as_str() {
            "optimize" => "optimize table",
            "repair" => "repair table",
            "check" => "check table",
            _ => "analyze",
        },
        Action::LockTables { .. } => "lock table",
        Action::UnlockTables => "unlock tables",
        Action::CreateView { materialized: true, .. } => "create materialized view",
        Action::CreateView { .. } => "create view",
        Action::DropView { materialized: true, .. } => "drop materialized view",
        Action::DropView { .. } => "drop view",
        Action::AlterView { .. } => "alter view",
        Action::RefreshView { .. } => "refresh materialized view",
        Action::CreateType { .. } => "create type",
        Action::AddEnumValue { .. } | Action::RenameEnumValue { .. } | Action::AlterType { domain: false, .. } => "alter type",
        Action::AlterType { domain: true, .. } => "alter domain",
        Action::CreateDomain { .. } => "create domain",
        Action::DropType { domain: true, .. } => "drop domain",
        Action::DropType { .. } => "drop type",
        Action::CreateSequence { .. } => "create sequence",
        Action::AlterSequence { .. } => "alter sequence",
        Action::DropSequence { .. } => "drop sequence",
        Action::CreateSchema { .. } => "create schema",
        Action::DropSchema { .. } => "drop schema",
        Action::CreateDatabase { .. } => "create database",
        Action::AlterDatabase { .. } => "alter database",
        Action::DropDatabase { .. } => "drop database",
        Action::CreateExtension { .. } => "create extension",
        Action::DropExtension { .. } => "drop extension",
        Action::CreateRoutine { .. } => "create routine",
        Action::DropRoutine { .. } => "drop routine",
        Action::CreateTrigger { .. } => "create trigger",
        Action::DropTrigger { .. } => "drop trigger",
        Action::CreateRule { .. } => "create rule",
        Action::DropRule { .. } => "drop rule",
        Action::Block { .. } => "block",
        Action::Call { .. } => "call",
        Action::Dynamic { .. } => "dynamic sql",
        Action::Grant { .. } => "grant",
        Action::Revoke { .. } => "revoke",
        Action::CreateUser { .. } => "create user",
        Action::AlterUser { .. } => "alter user",
        Action::DropUser { .. } => "drop user",
        Action::AlterDefaultPrivileges => "alter default privileges",
        Action::OwnerTo { .. } => "alter owner",
        Action::Begin => "begin",
        Action::Commit => "commit",
        Action::Rollback { .. } => "rollback",
        Action::Savepoint => "savepoint",
        Action::Set(_) => "set",
        Action::Use { .. } => "use",
        Action::Comment { .. } => "comment",
        Action::Copy { .. } => "copy",
        Action::Dml(Dml::Insert(insert)) => match insert.source {
            InsertSource::Query(_) => "insert from a query",
            _ => "insert",
        },
        Action::Dml(Dml::Update(_)) => "update",
        Action::Dml(Dml::Delete(_)) => "delete",
        Action::Dml(Dml::Merge { .. }) => "merge",
        Action::Query { explain: true, .. } => "explain",
        Action::Query { .. } => "select",
        Action::Harmless { .. } => "harmless",
        Action::Other { .. } => "other",
    }
}

/// Whether the statement changes or deletes rows by hand, or fills them from a query.
pub(super) fn is_correction(statement: &Statement) -> bool {
    statement.actions.iter().any(|action| match action {
        Action::Dml(Dml::Insert(insert)) => insert.replace || matches!(insert.source, InsertSource::Query(_)),
        Action::Dml(_) => true,
        Action::Query { query, .. } => query.writes_inside,
        _ => false,
    })
}

/// A statement with more parts than this is no table that a server can hold, and no change that anybody can judge.
const MOST_PARTS: usize = 5_000;

/// How many parts the statement has, where they are too many to be held against each other.
pub(super) fn too_many_parts(statement: &Statement) -> Option<usize> {
    let parts = |action: &Action| match action {
        Action::AlterTable(alter) => alter.operations.len(),
        Action::CreateTable(create) => {
            create.definition.columns.len() + create.definition.constraints.len() + create.definition.indexes.len()
        }
        Action::CreateIndex(index) => index.columns.len(),
        Action::Dml(Dml::Update(update)) => update.set.len() + update.filter.as_ref().map_or(0, |filter| filter.conditions.len()),
        Action::Dml(Dml::Delete(delete)) => delete.filter.as_ref().map_or(0, |filter| filter.conditions.len()),
        Action::RenameTables { pairs } => pairs.len(),
        Action::Query { query, .. } => query.tables.len(),
        _ => 0,
    };
    let parts: usize = statement.actions.iter().map(parts).sum::<usize>() + statement.actions.len();
    (parts > MOST_PARTS).then_some(parts)
}

/// Every table that the statement names, sorted and once.
pub(super) fn tables(statement: &Statement) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    for action in &statement.actions {
        tables_of(action, &mut names);
    }
    names
}

fn tables_of(action: &Action, names: &mut BTreeSet<Name>) {
    match action {
        Action::CreateTable(create) => {
            names.extend(create.name.iter().chain(&create.like).chain(&create.inherits).chain(&create.partition_of).cloned());
            names.extend(create.definition.columns.iter().filter_map(|column| Some(column.references.as_ref()?.table.clone())));
            names.extend(create.definition.constraints.iter().filter_map(|constraint| referenced(&constraint.kind)));
            queried(create.as_query.as_deref(), names);
        }
        Action::AlterTable(alter) => {
            names.insert(alter.name.clone());
            for operation in &alter.operations {
                match operation {
                    AlterOp::AddColumn { column, .. } | AlterOp::Redefine { column, .. } => {
                        names.extend(column.references.as_ref().map(|to| to.table.clone()));
                    }
                    AlterOp::AddConstraint(constraint) => names.extend(referenced(&constraint.kind)),
                    AlterOp::RenameTable { to } => names.extend([to.clone()]),
                    AlterOp::AttachPartition { partition: other, .. }
                    | AlterOp::DetachPartition { partition: other, .. }
                    | AlterOp::Inherit { parent: other, .. } => names.extend([other.clone()]),
                    _ => {}
                }
            }
        }
        Action::DropTable { names: several, .. }
        | Action::Truncate { names: several, .. }
        | Action::Maintain { tables: several, .. }
        | Action::LockTables { tables: several, .. } => names.extend(several.iter().cloned()),
        Action::RenameTables { pairs } => names.extend(pairs.iter().flat_map(|(from, to)| [from.clone(), to.clone()])),
        Action::CreateIndex(index) => names.extend(index.table.clone()),
        Action::DropIndex(drop) => names.extend(drop.table.clone()),
        Action::Reindex { target, name: Some(name), .. } if target.eq_ignore_ascii_case("table") => names.extend([name.clone()]),
        Action::Cluster { table, .. }
        | Action::Vacuum { table, .. }
        | Action::CreateTrigger { table, .. }
        | Action::DropTrigger { table, .. }
        | Action::CreateRule { table, .. }
        | Action::DropRule { table, .. }
        | Action::Copy { table, .. }
        | Action::Dml(Dml::Merge { table, .. }) => names.extend(table.clone()),
        Action::CreateView { query, .. } => queried(query.as_deref(), names),
        Action::Dml(Dml::Insert(insert)) => {
            names.extend(insert.table.clone());
            if let InsertSource::Query(query) = &insert.source {
                queried(Some(query), names);
            }
        }
        Action::Dml(Dml::Update(update)) => names.extend(update.tables.iter().chain(&update.joined).cloned()),
        Action::Dml(Dml::Delete(delete)) => names.extend(delete.tables.iter().chain(&delete.joined).cloned()),
        Action::Query { query, .. } => queried(Some(query), names),
        _ => {}
    }
}

fn referenced(kind: &ConstraintKind) -> Option<Name> {
    match kind {
        ConstraintKind::ForeignKey { to, .. } => Some(to.table.clone()),
        _ => None,
    }
}

fn queried(query: Option<&Query>, names: &mut BTreeSet<Name>) {
    names.extend(query.iter().flat_map(|query| &query.tables).cloned());
}

/// The text on one line, without comments, cut; where it may hold a password, every literal is hidden. A double quote opens a name in
/// PostgreSQL, and a literal elsewhere.
pub(super) fn one_line(statement: &Statement, dialect: SqlDialect) -> String {
    let lower = statement.text.to_ascii_lowercase();
    let hide = SECRETS.iter().any(|word| lower.contains(word))
        || statement.actions.iter().any(|action| {
            matches!(action, Action::CreateUser { has_password: true, .. } | Action::AlterUser { has_password: true, .. })
        });
    let mut line = String::with_capacity(TEXT_LIMIT + 8);
    let mut length = 0_usize;
    let mut blank = false;
    let mut push = |c: char| {
        if c.is_whitespace() || c.is_control() {
            blank = true;
            return length < TEXT_LIMIT;
        }
        if blank && length > 0 {
            line.push(' ');
            length += 1;
        }
        blank = false;
        line.push(c);
        length += 1;
        length < TEXT_LIMIT
    };
    // Where a backslash may or may not escape a quote, nobody knows where a secret ends: nothing after its beginning is shown.
    let whole = statement.text.as_str();
    let first = whole.find(['\'', '"', '$']).unwrap_or(whole.len());
    let mut rest = if hide && whole.contains('\\') { &whole[..first] } else { whole };
    let shortened = rest.len() < whole.len();
    let mut more = true;
    while more && let Some(c) = rest.chars().next() {
        let (taken, shown): (usize, Option<&str>) = match c {
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), None),
            '/' if rest.starts_with("/*") && !rest.starts_with("/*!") && !rest.starts_with("/*M!") => {
                (rest.find("*/").map_or(rest.len(), |end| end + 2), None)
            }
            '\'' | '"' | '`' => {
                let end = literal_end(rest, c);
                let secret = hide && (c == '\'' || (c == '"' && dialect != SqlDialect::Postgres));
                (end, Some(if secret { "'***'" } else { &rest[..end] }))
            }
            '$' if hide && dollar_quote(rest).is_some() => (dollar_quote(rest).unwrap_or(rest.len()), Some("'***'")),
            c => (c.len_utf8(), Some(&rest[..c.len_utf8()])),
        };
        match shown {
            Some(text) => more = text.chars().all(&mut push),
            None => more = push(' '),
        }
        rest = &rest[taken..];
    }
    let cut = shortened || !rest.trim().is_empty();
    line.truncate(line.trim_end().len());
    if cut { line + " ..." } else { line }
}

/// Words of statements that hold secrets.
const SECRETS: &[&str] =
    &["passw", "identified", "secret", "pwd", "connection", "token", "credential", "api_key", "apikey", "dblink"];

/// Where a quoted text ends, its quotes included; one that does not end goes on to the end.
fn literal_end(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote != '`' {
            chars.next();
        } else if c == quote {
            match chars.peek() {
                Some((_, next)) if *next == quote => {
                    chars.next();
                }
                _ => return at + c.len_utf8(),
            }
        }
    }
    text.len()
}

/// Where `$tag$ .. $tag$` ends.
fn dollar_quote(text: &str) -> Option<usize> {
    let tag_end = text[1..].find('$')? + 2;
    let tag = &text[..tag_end];
    if !tag[1..tag_end - 1].chars().all(|c| c == '_' || c.is_alphanumeric()) {
        return None;
    }
    Some(text[tag_end..].find(tag).map_or(text.len(), |end| tag_end + end + tag_end))
}

/// Whether the outermost `SELECT` of a query reads from something: `SELECT 1 WHERE NOT EXISTS (SELECT ..)` gives one row at most, whatever
/// its sub-queries read. Where quotes are not what they seem it reads.
pub(super) fn reads_rows(query: &str) -> bool {
    let lower = query.to_ascii_lowercase();
    let mut depth = 0_i32;
    let mut at = 0;
    let bytes = lower.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'\'' | b'"' | b'`') => {
                at += literal_end(&lower[at..], char::from(quote));
                continue;
            }
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'f' if depth == 0 && lower[at..].starts_with("from") => {
                let before = at.checked_sub(1).is_none_or(|before| !is_word(bytes[before]));
                let rest = &lower[at + 4..];
                if before && !rest.bytes().next().is_some_and(is_word) {
                    let source = rest.trim_start();
                    return !source.starts_with("dual") || source.as_bytes().get(4).is_some_and(|byte| is_word(*byte));
                }
            }
            _ => {}
        }
        at += 1;
    }
    depth != 0
}

fn is_word(byte: u8) -> bool {
    byte == b'_' || byte == b'$' || byte.is_ascii_alphanumeric() || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::reads_rows;

    #[test]
    fn one_row_is_no_table() {
        for query in [
            "SELECT 1",
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM t)",
            "SELECT 'a from b' FROM dual WHERE NOT EXISTS (SELECT 1 FROM t)",
            "SELECT (SELECT max(id) FROM t), from_unixtime(3)",
            "select x.from_a",
        ] {
            assert!(!reads_rows(query), "{query}");
        }
        for query in [
            "SELECT a FROM t",
            "SELECT 1\nfrom\tdual2",
            "SELECT ')' FROM t",
            "SELECT (1 FROM t",
            "WITH a AS (SELECT 1) SELECT * FROM a",
        ] {
            assert!(reads_rows(query), "{query}");
        }
    }
}
