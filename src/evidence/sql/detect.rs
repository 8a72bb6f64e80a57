//! Which dialect a text is of, by what only one has.

use std::collections::BTreeMap;

use super::lex::{Item, Kind, Lexer, Token};
use crate::facts::SqlDialect::{self, Mariadb, Mysql, Postgres, Sqlite};

/// So much of a text is looked at.
const LOOKED_AT: usize = 256 * 1024;

/// Words and signs with single blanks between them that only one dialect knows. `*` stands for any one word.
const MARKS: &[(SqlDialect, &str)] = &[
    (Postgres, "$ $"),
    (Postgres, ": :"),
    (Postgres, "::"),
    (Postgres, "language plpgsql"),
    (Postgres, "bigserial"),
    (Postgres, "serial primary"),
    (Postgres, "serial not"),
    (Postgres, "smallserial"),
    (Postgres, "timestamptz"),
    (Postgres, "with time zone"),
    (Postgres, "without time zone"),
    (Postgres, "jsonb"),
    (Postgres, "bytea"),
    (Postgres, "citext"),
    (Postgres, "tsvector"),
    (Postgres, "create extension"),
    (Postgres, "drop extension"),
    (Postgres, "index concurrently"),
    (Postgres, "not valid"),
    (Postgres, "validate constraint"),
    (Postgres, "using gin"),
    (Postgres, "using gist"),
    (Postgres, "using brin"),
    (Postgres, "alter column * type"),
    (Postgres, "alter column * set not null"),
    (Postgres, "alter column * drop not null"),
    (Postgres, "owner to"),
    (Postgres, "search_path"),
    (Postgres, "lock_timeout"),
    (Postgres, "statement_timeout"),
    (Postgres, "nextval ("),
    (Postgres, "gen_random_uuid ("),
    (Postgres, "uuid_generate_v4 ("),
    (Postgres, "as enum ("),
    (Postgres, "comment on"),
    (Postgres, "from stdin"),
    (Postgres, "ilike"),
    (Postgres, "materialized view"),
    (Postgres, "as identity"),
    (Postgres, "character varying"),
    (Postgres, "create domain"),
    (Postgres, "alter type"),
    (Postgres, "row level security"),
    (Postgres, "refresh materialized"),
    (Postgres, "restart identity"),
    (Postgres, "add value"),
    (Postgres, "using index tablespace"),
    (Postgres, "attach partition"),
    (Postgres, "for values from"),
    (Mysql, "engine ="),
    (Mysql, "engine innodb"),
    (Mysql, "auto_increment"),
    (Mysql, "delimiter"),
    (Mysql, "convert to character"),
    (Mysql, "modify column"),
    (Mysql, "change column"),
    (Mysql, "algorithm ="),
    (Mysql, "lock = none"),
    (Mysql, "lock = shared"),
    (Mysql, "on duplicate key"),
    (Mysql, "default charset"),
    (Mysql, "charset ="),
    (Mysql, "character set utf8"),
    (Mysql, "character set utf8mb4"),
    (Mysql, "utf8mb4"),
    (Mysql, "mediumtext"),
    (Mysql, "longtext"),
    (Mysql, "mediumblob"),
    (Mysql, "longblob"),
    (Mysql, "mediumint"),
    (Mysql, "unsigned not"),
    (Mysql, "on update current_timestamp"),
    (Mysql, "insert ignore"),
    (Mysql, "lock tables"),
    (Mysql, "unlock tables"),
    (Mysql, "foreign_key_checks"),
    (Mysql, "sql_mode"),
    (Mysql, "drop foreign key"),
    (Mysql, "rename table"),
    (Mysql, "optimize table"),
    (Mysql, "straight_join"),
    (Mysql, "start slave"),
    (Mysql, "add index"),
    (Mysql, "add key"),
    (Mysql, "add fulltext"),
    (Mysql, "fulltext key"),
    (Mysql, "fulltext index"),
    (Mysql, "unique key"),
    (Mysql, "reads sql data"),
    (Mysql, "modifies sql data"),
    (Mariadb, "with system versioning"),
    (Mariadb, "system versioning"),
    (Mariadb, "engine = aria"),
    (Mariadb, "page_checksum"),
    (Mariadb, "set statement"),
    (Mariadb, "begin not atomic"),
    (Sqlite, "autoincrement"),
    (Sqlite, "pragma"),
    (Sqlite, "without rowid"),
    (Sqlite, ") strict"),
    (Sqlite, "insert or replace"),
    (Sqlite, "insert or ignore"),
    (Sqlite, "update or ignore"),
    (Sqlite, "sqlite_sequence"),
    (Sqlite, "sqlite_master"),
    (Sqlite, "create virtual table"),
    (Sqlite, "begin immediate"),
    (Sqlite, "begin exclusive"),
    (Sqlite, "datetime ( 'now'"),
    (Sqlite, "strftime ("),
    (Sqlite, "attach database"),
];

/// The dialect and why, as a sentence; `None` where nothing in the text decides, or two dialects have as much for them.
#[must_use]
pub fn detect(text: &str) -> Option<(SqlDialect, String)> {
    let cut = text.floor_char_boundary(LOOKED_AT);
    let text = &text[..cut];
    let tokens = tokens(text);
    let mut found: Vec<(SqlDialect, usize, String)> = signs(text, &tokens);
    // There are many more words than marks: those that begin otherwise are not looked at.
    let mut marks: BTreeMap<u8, Vec<&(SqlDialect, &str)>> = BTreeMap::new();
    for mark in MARKS {
        marks.entry(first(mark.1)).or_default().push(mark);
    }
    for at in 0..tokens.len() {
        let begins = first(&text[tokens[at].start..tokens[at].end]);
        for (dialect, mark) in marks.get(&begins).into_iter().flatten() {
            if matches(text, &tokens[at..], mark) && !found.iter().any(|(_, _, other)| other == mark) {
                found.push((*dialect, tokens[at].start, (*mark).to_owned()));
            }
        }
    }
    decide(text, &found)
}

/// The first byte of a word, in lower case.
fn first(word: &str) -> u8 {
    word.bytes().next().unwrap_or_default().to_ascii_lowercase()
}

/// Words, strings and signs, read as neutrally as can be: no dialect's comments or quotes that another one does not have.
fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer::new(text, Sqlite);
    let mut tokens = Vec::new();
    loop {
        match lexer.next() {
            Item::Token(token) => tokens.push(token),
            Item::End => return tokens,
            _ => {}
        }
    }
}

/// Marks that are no words. What stands in a string or in a comment is none, except a comment that MySQL reads.
fn signs(text: &str, tokens: &[Token]) -> Vec<(SqlDialect, usize, String)> {
    let mut found: Vec<(SqlDialect, usize, String)> = Vec::new();
    let mut note = |dialect, at, sign: &str| {
        if !found.iter().any(|(.., known)| known == sign) {
            found.push((dialect, at, sign.to_owned()));
        }
    };
    let gaps = tokens.iter().map(|token| token.end);
    let gaps = std::iter::once(0).chain(gaps).zip(tokens.iter().map(|token| token.start).chain([text.len()]));
    for (at, comment) in gaps.flat_map(|(from, to)| comments(text, from, to)) {
        for (dialect, sign) in [(Mysql, "/*!"), (Mariadb, "/*M!")] {
            if comment.starts_with(sign) {
                note(dialect, at, sign);
            }
        }
    }
    for token in tokens {
        let (word, line_begins) = (&text[token.start..token.end], text[..token.start].ends_with('\n'));
        let dollar = word.starts_with('$') && text[token.start..].bytes().skip(1).find(|byte| !is_tag(*byte)) == Some(b'$');
        match word {
            _ if word.starts_with('`') => note(Mysql, token.start, "`"),
            _ if dollar => note(Postgres, token.start, "$$"),
            _ if word.starts_with('\\') && line_begins && text[token.start..].starts_with("\\.") => {
                note(Postgres, token.start, "\\.");
            }
            _ if word.starts_with('\\') && line_begins && text[token.start..].starts_with("\\connect ") => {
                note(Postgres, token.start, "\\connect");
            }
            _ => {}
        }
    }
    found
}

/// What may stand between the dollars of a tag.
fn is_tag(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The comments between two tokens, each from its beginning on, with its place.
fn comments(text: &str, from: usize, to: usize) -> Vec<(usize, &str)> {
    let (mut found, mut at) = (Vec::new(), from);
    while let Some(next) = text.get(at..to).and_then(|gap| gap.find(|c: char| !c.is_whitespace())) {
        at += next;
        let rest = &text[at..to];
        found.push((at, rest));
        let end = match rest.strip_prefix("/*") {
            Some(inside) => inside.find("*/").map(|end| end + 4),
            None => rest.find('\n'),
        };
        match end {
            Some(end) => at += end,
            None => break,
        }
    }
    found
}

fn matches(text: &str, tokens: &[Token], mark: &str) -> bool {
    mark.split(' ').enumerate().all(|(at, word)| {
        tokens.get(at).is_some_and(|token| {
            word == "*"
                || text[token.start..token.end].eq_ignore_ascii_case(word) && (token.kind != Kind::Text || word.starts_with('\''))
        })
    })
}

fn decide(text: &str, found: &[(SqlDialect, usize, String)]) -> Option<(SqlDialect, String)> {
    let count = |wanted: fn(SqlDialect) -> bool| found.iter().filter(|(dialect, ..)| wanted(*dialect)).count();
    let postgres = count(|dialect| dialect == Postgres);
    let mysql = count(SqlDialect::is_mysql);
    let sqlite = count(|dialect| dialect == Sqlite);
    let best = postgres.max(mysql).max(sqlite);
    if best == 0 || [postgres, mysql, sqlite].iter().filter(|one| **one == best).count() > 1 {
        return None;
    }
    let dialect = if postgres == best {
        Postgres
    } else if sqlite == best {
        Sqlite
    } else if count(|dialect| dialect == Mariadb) > 0 {
        Mariadb
    } else {
        Mysql
    };
    // The surest words come before a sign such as the backtick, which SQLite takes, too.
    let reason = found
        .iter()
        .filter(|(other, ..)| *other == dialect)
        .min_by_key(|(_, at, mark)| (mark == "`", *at))
        .or_else(|| found.iter().find(|(other, ..)| other.is_mysql() == dialect.is_mysql()))?;
    let line = text[..reason.1].bytes().filter(|byte| *byte == b'\n').count() + 1;
    let name = match dialect {
        Postgres => "PostgreSQL",
        Mysql => "MySQL",
        Mariadb => "MariaDB",
        Sqlite => "SQLite",
    };
    let mark = if reason.2.starts_with(|char: char| char.is_ascii_alphabetic()) {
        reason.2.to_ascii_uppercase()
    } else {
        reason.2.clone()
    };
    let shown = if mark == "`" { "a name in backticks".to_owned() } else { format!("`{mark}`") };
    let mut message = format!("line {line} has {shown}, which only {name} knows");
    if dialect == Mysql {
        message.push_str(" (or MariaDB)");
    }
    Some((dialect, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<SqlDialect> {
        detect(text).map(|(dialect, _)| dialect)
    }

    #[test]
    fn the_reason_names_the_line_and_the_words() {
        let (dialect, reason) = detect("-- a table\nCREATE TABLE a (b int)\nENGINE=InnoDB").unwrap();
        assert_eq!((dialect, reason.as_str()), (Mysql, "line 3 has `ENGINE =`, which only MySQL knows (or MariaDB)"));
        let (_, reason) = detect("SELECT 1;\nDO $$ BEGIN END $$").unwrap();
        assert_eq!(reason, "line 2 has `$$`, which only PostgreSQL knows");
    }

    #[test]
    fn each_dialect_has_its_marks() {
        assert_eq!(found("CREATE INDEX CONCURRENTLY a ON b (c)"), Some(Postgres));
        assert_eq!(found("ALTER TABLE a ALTER COLUMN b SET NOT NULL"), Some(Postgres));
        assert_eq!(found("SELECT '1'::int"), Some(Postgres));
        assert_eq!(found("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$ SELECT 1 $body$"), Some(Postgres));
        assert_eq!(found("-- x\n/*!40101 SET NAMES utf8 */;"), Some(Mysql));
        assert_eq!(found("ALTER TABLE `a` ADD `b` int"), Some(Mysql));
        assert_eq!(found("ALTER TABLE a MODIFY COLUMN b int"), Some(Mysql));
        assert_eq!(found("/*M!100100 SELECT 1 */"), Some(Mariadb));
        assert_eq!(found("CREATE TABLE `a` (b int) ENGINE=InnoDB WITH SYSTEM VERSIONING"), Some(Mariadb));
        assert_eq!(found("CREATE TABLE `a` (b INTEGER PRIMARY KEY AUTOINCREMENT) STRICT"), Some(Sqlite));
        assert_eq!(found("PRAGMA foreign_keys = on"), Some(Sqlite));
    }

    #[test]
    fn what_stands_in_strings_and_comments_decides_nothing() {
        assert_eq!(found("INSERT INTO a VALUES ('ENGINE = x') -- auto_increment"), None);
        assert_eq!(found("CREATE TABLE a (b int)"), None);
        for text in
            ["-- adds `x`", "/* `x` */", "SELECT '`';", "-- /*! x */ $$", "SELECT '$$ /*! `';", "/* -- */ -- `\nSELECT 1;"]
        {
            assert_eq!(found(&format!("{text}\nCREATE INDEX i ON users (a);")), None, "{text}");
        }
        assert_eq!(found(""), None);
    }

    #[test]
    fn as_much_for_one_as_for_the_other_decides_nothing() {
        assert_eq!(found("CREATE TABLE a (b jsonb) ENGINE=x"), None);
    }
}
