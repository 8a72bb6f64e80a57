//! Liquibase's formatted SQL: changesets, the databases that they are for, what ends their statements, and their way back.

use std::ops::Range;

use super::markers::{Part, comment, finished, lines};
use super::{Script, only};
use crate::facts::{Direction, SqlDialect};

/// What stands between the attributes of a changeset and what its statements end with, unless it says otherwise: a line of its own with
/// one of these.
const ENDS: &[&str] = &["go", "/"];

/// `--changeset author:id runInTransaction:false endDelimiter:GO`, `--rollback DROP TABLE a;`.
pub(super) fn scripts(text: &str) -> Vec<Script> {
    let mut ended = String::with_capacity(text.len());
    let (mut up, mut down) = (Vec::new(), Vec::new());
    let (mut in_transaction, mut dbms) = (true, None);
    let mut ends: Vec<String> = Vec::new();
    for (range, line) in lines(text) {
        ended.push_str(&text[ended.len()..range.start]);
        let Some((indent, comment)) = comment(line) else {
            push_ended(&mut ended, line, &ends);
            up.push(range);
            continue;
        };
        ended.push_str(line);
        if let Some(attributes) = changeset(comment) {
            in_transaction &= attribute(attributes, "runInTransaction").is_none_or(|value| value != "false");
            dbms = dbms.or_else(|| attribute(attributes, "dbms"));
            ends = attribute(attributes, "endDelimiter").map(|pattern| delimiters(&pattern)).unwrap_or_default();
        } else if comment.to_ascii_lowercase().starts_with("rollback") {
            let sql = comment["rollback".len()..].trim_start();
            let none =
                matches!(sql.trim_end_matches(';').trim().to_ascii_lowercase().as_str(), "" | "not required" | "empty" | "none");
            if !none && !sql.to_ascii_lowercase().starts_with("changeset") {
                let start = range.start + indent + comment.len() - sql.len();
                down.push(start..range.end);
            }
        }
    }
    ended.push_str(&text[ended.len()..]);
    let mut parts = vec![Part { direction: Direction::Up, ranges: up, in_transaction }];
    if !down.is_empty() {
        parts.push(Part { direction: Direction::Down, ranges: down, in_transaction });
    }
    finished(&ended, parts, false, dbms.as_deref())
}

/// The text without the changesets that name other databases than the dialect's, each with its line and what it names.
///
/// A name that nobody here knows may be one that means this database: its changeset stays.
pub(super) fn elsewhere(text: &str, dialect: SqlDialect) -> (String, Vec<(usize, String)>) {
    let mut keep: Vec<Range<usize>> = Vec::new();
    let mut found = Vec::new();
    let mut runs = true;
    for (number, (range, line)) in lines(text).enumerate() {
        if let Some(attributes) = comment(line).and_then(|(_, comment)| changeset(comment)) {
            let dbms = attribute(attributes, "dbms");
            runs = dbms.as_deref().is_none_or(|names| runs_on(names, dialect));
            if let (false, Some(names)) = (runs, dbms) {
                found.push((number + 1, names));
            }
        }
        if runs {
            keep.push(range);
        }
    }
    if found.is_empty() { (text.to_owned(), found) } else { (only(text, &keep), found) }
}

/// Whether a changeset for these databases may run on one of the dialect.
fn runs_on(names: &str, dialect: SqlDialect) -> bool {
    const MYSQL: &[&str] = &["mysql", "mariadb"];
    const POSTGRES: &[&str] = &["postgresql"];
    const SQLITE: &[&str] = &["sqlite"];
    const OTHERS: &[&str] = &[
        "asany",
        "db2",
        "db2z",
        "derby",
        "firebird",
        "h2",
        "hsqldb",
        "informix",
        "ingres",
        "mssql",
        "none",
        "oracle",
        "snowflake",
        "sybase",
    ];
    let (ours, theirs) = match dialect {
        SqlDialect::Postgres => (POSTGRES, [MYSQL, SQLITE]),
        SqlDialect::Mysql | SqlDialect::Mariadb => (MYSQL, [POSTGRES, SQLITE]),
        SqlDialect::Sqlite => (SQLITE, [POSTGRES, MYSQL]),
    };
    let is_other = |name: &str| OTHERS.contains(&name) || theirs.iter().any(|names| names.contains(&name));
    let names: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let (not, only): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| name.starts_with('!'));
    // MySQL's and MariaDB's are told apart there, and a guess here.
    let excluded = ours.iter().all(|ours| not.iter().any(|name| name[1..].trim() == *ours));
    !excluded && (only.is_empty() || only.iter().any(|name| !is_other(name)))
}

/// What stands behind `changeset author:id`; `None` where the comment is no changeset.
fn changeset(comment: &str) -> Option<&str> {
    let word = comment.get(.."changeset".len())?;
    let rest = comment["changeset".len()..].trim_start();
    if !word.eq_ignore_ascii_case("changeset") {
        return None;
    }
    let quoted = |text: &str| text.strip_prefix('"').and_then(|inside| inside.find('"')).map(|end| end + 2);
    let author = quoted(rest).unwrap_or(0);
    let Some(colon) = rest[author..].find(':') else { return Some("") };
    let id = rest[author + colon + 1..].trim_start();
    let end = quoted(id).or_else(|| id.find(char::is_whitespace)).unwrap_or(id.len());
    Some(&id[end..])
}

/// `name:value` among the attributes, in lower case.
fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start();
        let (key, behind) = rest.split_once(':')?;
        let value = if let Some((value, behind)) = behind.strip_prefix('"').and_then(|inside| inside.split_once('"')) {
            rest = behind;
            value
        } else {
            let end = behind.find(char::is_whitespace).unwrap_or(behind.len());
            rest = &behind[end..];
            &behind[..end]
        };
        if key.rsplit(char::is_whitespace).next().is_some_and(|key| key.eq_ignore_ascii_case(name)) {
            return Some(value.to_lowercase());
        }
    }
}

/// What a pattern of an `endDelimiter` looks for, as far as it is plain: `\nGO`, `/`, `;;`, `\n/\s*\n|;`.
fn delimiters(pattern: &str) -> Vec<String> {
    let plain = |part: &str| {
        let mut text = String::new();
        let mut chars = part.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => text.extend(chars.next().filter(|c| !matches!(c, 'n' | 'r' | 's' | 't' | 'b'))),
                '^' | '*' | '?' | '+' | '(' | ')' | '[' | ']' => {}
                c => text.push(c),
            }
        }
        // At the end of a pattern it is the end of the line, and in `$$` it is itself.
        if text.len() > 1 && text.ends_with('$') && !text.ends_with("$$") {
            text.pop();
        }
        text
    };
    pattern.split('|').map(plain).filter(|text| !text.is_empty() && text != ";").collect()
}

/// The line with its delimiter turned into `;`, and as many bytes as before.
///
/// A delimiter in the middle of a line stays: the parser refuses what stands around it.
fn push_ended(out: &mut String, line: &str, ends: &[String]) {
    let trimmed = line.trim_end();
    let lower = trimmed.to_ascii_lowercase();
    let alone = ENDS.iter().find(|end| lower.trim_start() == **end).map(|end| end.len());
    let word = |end: &str| end.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    let before = |end: &str| lower[..lower.len() - end.len()].bytes().next_back();
    let own = ends.iter().filter(|end| lower.ends_with(end.as_str()) && trimmed.is_char_boundary(trimmed.len() - end.len()));
    let own = own.filter(|end| !word(end) || before(end).is_none_or(|byte| byte.is_ascii_whitespace() || byte == b';'));
    let Some(length) = own.map(String::len).max().or(alone) else {
        out.push_str(line);
        return;
    };
    out.push_str(&line[..trimmed.len() - length]);
    out.push(';');
    out.extend(std::iter::repeat_n(' ', line.len() - (trimmed.len() - length) - 1));
}

/// Whether a changeset of the base is gone or another one at the head. Those that Liquibase runs again when they change
/// (`runOnChange:true`, `runAlways:true`) may be edited, and more may come.
pub(super) fn edits(base: &str, head: &str) -> bool {
    let (old, new) = (changesets(base), changesets(head));
    old.iter().any(|(name, header, text)| {
        let same = new.iter().find(|(other, ..)| other == name);
        !same.is_some_and(|(_, now, other)| other == text || runs_on_change(header) && runs_on_change(now))
    })
}

fn runs_on_change(header: &str) -> bool {
    let lower = header.to_ascii_lowercase();
    ["runonchange:true", "runalways:true"].iter().any(|word| lower.split_whitespace().any(|part| part == *word))
}

/// Each changeset with its author and id, its first line, and its own text without blanks around it.
fn changesets(text: &str) -> Vec<(&str, &str, &str)> {
    let begins = |line: &str| comment(line).is_some_and(|(_, words)| words.to_ascii_lowercase().starts_with("changeset "));
    let starts: Vec<(usize, usize)> =
        lines(text).filter(|(_, line)| begins(line)).map(|(range, _)| (range.start, range.end)).collect();
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
    let whole = |(&(start, line_end), end): (&(usize, usize), usize)| {
        let header = text[start..line_end].trim();
        let name = header.split_whitespace().find(|word| word.contains(':')).unwrap_or_default();
        (name, header, text[line_end..end].trim())
    };
    starts.iter().zip(ends).map(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::sql;

    /// The statements that go up.
    fn statements(text: &str) -> Vec<String> {
        let scripts = scripts(text);
        let read = sql::read(&scripts[0].text, SqlDialect::Postgres);
        read.statements.into_iter().map(|one| one.text).collect()
    }

    #[test]
    fn what_ends_a_statement_is_obeyed() {
        for (attributes, body) in [
            ("endDelimiter:GO", "SELECT 1\nGO\nDROP TABLE users\nGO\n"),
            ("", "SELECT 1\nGO\nDROP TABLE users\ngo \n"),
            ("", "SELECT 1\n/\nDROP TABLE users\n/\n"),
            ("endDelimiter:/ splitStatements:true", "SELECT 1\n/\nDROP TABLE users /\n"),
            ("splitStatements:true endDelimiter:\"@@\"", "SELECT 1@@\nDROP TABLE users@@  \n"),
            ("endDelimiter:;;", "SELECT 1;;\nDROP TABLE users;;\n"),
            ("endDelimiter:\\nGO", "SELECT 1\nGO\nDROP TABLE users\nGO"),
            ("endDelimiter:\\n/\\s*\\n|;", "SELECT 1;\nDROP TABLE users\n/\n"),
            ("endDelimiter:end", "SELECT 1 end\nDROP TABLE users\nend\n"),
            // What the server's driver sends apart.
            ("endDelimiter:GO", "SELECT 1; DROP TABLE users\nGO\n"),
        ] {
            let text = format!("--liquibase formatted sql\n--changeset \"a b\":\"1 2\" {attributes}\n{body}");
            assert_eq!(statements(&text), ["SELECT 1", "DROP TABLE users"], "{text}");
        }
        // The next changeset ends its own as usual.
        let text = "--changeset a:1 endDelimiter:x\nSELECT 1 x\n--changeset a:2\nSELECT 2 AS x\n;";
        assert_eq!(statements(text), ["SELECT 1", "SELECT 2 AS x"]);
    }

    #[test]
    fn places_stay_where_they_are() {
        let text = "--changeset ä:1 endDelimiter:ENDE\nSELECT 'ü' ENDE\r\nSELECT 2;";
        let script = &scripts(text)[0];
        let read = sql::read(&script.text, SqlDialect::Postgres);
        let places: Vec<(u32, u32)> = read.statements.iter().map(|one| (one.span.line, one.span.column)).collect();
        assert_eq!(places, [(2, 1), (3, 1)]);
        assert_eq!(read.statements[0].text, "SELECT 'ü'");
    }

    #[test]
    fn attributes_stand_behind_author_and_id() {
        assert_eq!(changeset("changeset a:1 dbms:oracle"), Some(" dbms:oracle"));
        assert_eq!(changeset("changeset dbms:oracle"), Some(""));
        assert_eq!(changeset("changeset \"dbms:oracle x\":\"1 dbms:h2\" dbms:mysql"), Some(" dbms:mysql"));
        assert_eq!(changeset("rollback DROP TABLE a"), None);
        assert_eq!(attribute(" labels:\"a dbms:oracle\" dbms:h2", "dbms"), Some("h2".to_owned()));
        assert_eq!(attribute(" runOnChange:true", "dbms"), None);
    }

    #[test]
    fn a_changeset_for_another_database_is_left_out() {
        let text = |dbms: &str| {
            format!("--changeset a:1 dbms:{dbms}\nDROP TABLE t;\n--rollback SELECT 1;\n--changeset a:2\nSELECT 2;\n")
        };
        for (dbms, dialect, left_out) in [
            ("oracle", SqlDialect::Postgres, true),
            ("oracle,mssql", SqlDialect::Mysql, true),
            ("mysql,mariadb", SqlDialect::Postgres, true),
            ("!postgresql", SqlDialect::Postgres, true),
            ("!mysql,!mariadb", SqlDialect::Mysql, true),
            ("none", SqlDialect::Sqlite, true),
            ("postgresql", SqlDialect::Postgres, false),
            ("oracle,postgresql", SqlDialect::Postgres, false),
            ("PostgreSQL", SqlDialect::Postgres, false),
            ("!oracle", SqlDialect::Postgres, false),
            ("mysql", SqlDialect::Mariadb, false),
            ("!mysql", SqlDialect::Mariadb, false),
            ("all", SqlDialect::Postgres, false),
            ("cockroachdb", SqlDialect::Postgres, false),
            ("postgre", SqlDialect::Postgres, false),
            ("", SqlDialect::Postgres, false),
        ] {
            let text = text(dbms);
            let (kept, found) = elsewhere(&text, dialect);
            assert_eq!(
                (found.len(), kept.contains("DROP"), kept.contains("--rollback")),
                (usize::from(left_out), !left_out, !left_out),
                "{text}"
            );
            assert!(kept.contains("SELECT 2;") && kept.lines().count() == text.lines().count(), "{text}");
        }
    }
}
