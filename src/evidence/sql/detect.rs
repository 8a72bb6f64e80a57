//! Which dialect a text is of, by what only one has.
//!
//! The words are those of statements: what stands in quotes and comments counts for nothing, except comments that are code to MySQL. The
//! dialect with more different signs is told; as many signs for two are no answer.

use std::collections::BTreeSet;

use crate::facts::SqlDialect;

/// So much of a file is looked at: what no sign stands in by then has none.
const MOST_BYTES: usize = 1 << 20;

/// Single words, in upper case, that only one dialect has.
const WORDS: &[(&str, SqlDialect)] = &[
    ("BIGSERIAL", SqlDialect::Postgres),
    ("BYTEA", SqlDialect::Postgres),
    ("CONCURRENTLY", SqlDialect::Postgres),
    ("ILIKE", SqlDialect::Postgres),
    ("JSONB", SqlDialect::Postgres),
    ("LOCK_TIMEOUT", SqlDialect::Postgres),
    ("PLPGSQL", SqlDialect::Postgres),
    ("REGCLASS", SqlDialect::Postgres),
    ("SMALLSERIAL", SqlDialect::Postgres),
    ("STATEMENT_TIMEOUT", SqlDialect::Postgres),
    ("TIMESTAMPTZ", SqlDialect::Postgres),
    ("TSVECTOR", SqlDialect::Postgres),
    ("AUTO_INCREMENT", SqlDialect::Mysql),
    ("DELIMITER", SqlDialect::Mysql),
    ("ENGINE", SqlDialect::Mysql),
    ("FULLTEXT", SqlDialect::Mysql),
    ("KEY_BLOCK_SIZE", SqlDialect::Mysql),
    ("LOCK_WAIT_TIMEOUT", SqlDialect::Mysql),
    ("LONGBLOB", SqlDialect::Mysql),
    ("LONGTEXT", SqlDialect::Mysql),
    ("MEDIUMBLOB", SqlDialect::Mysql),
    ("MEDIUMINT", SqlDialect::Mysql),
    ("MEDIUMTEXT", SqlDialect::Mysql),
    ("ROW_FORMAT", SqlDialect::Mysql),
    ("TINYINT", SqlDialect::Mysql),
    ("UNSIGNED", SqlDialect::Mysql),
    ("UTF8MB4", SqlDialect::Mysql),
    ("PAGE_COMPRESSED", SqlDialect::Mariadb),
    ("AUTOINCREMENT", SqlDialect::Sqlite),
    ("PRAGMA", SqlDialect::Sqlite),
    ("ROWID", SqlDialect::Sqlite),
];

/// Words that stand one after the other.
const PHRASES: &[(&[&str], SqlDialect)] = &[
    (&["CREATE", "EXTENSION"], SqlDialect::Postgres),
    (&["AS", "IDENTITY"], SqlDialect::Postgres),
    (&["NOT", "VALID"], SqlDialect::Postgres),
    (&["OWNER", "TO"], SqlDialect::Postgres),
    (&["USING", "GIN"], SqlDialect::Postgres),
    (&["USING", "GIST"], SqlDialect::Postgres),
    (&["USING", "BRIN"], SqlDialect::Postgres),
    (&["ATTACH", "PARTITION"], SqlDialect::Postgres),
    (&["DETACH", "PARTITION"], SqlDialect::Postgres),
    (&["SET", "LOCAL"], SqlDialect::Postgres),
    (&["WITH", "TIME", "ZONE"], SqlDialect::Postgres),
    (&["ON", "DUPLICATE", "KEY"], SqlDialect::Mysql),
    (&["MODIFY", "COLUMN"], SqlDialect::Mysql),
    (&["CHANGE", "COLUMN"], SqlDialect::Mysql),
    (&["CHARACTER", "SET"], SqlDialect::Mysql),
    (&["DEFAULT", "CHARSET"], SqlDialect::Mysql),
    (&["OPTIMIZE", "TABLE"], SqlDialect::Mysql),
    (&["RENAME", "TABLE"], SqlDialect::Mysql),
    (&["LOCK", "TABLES"], SqlDialect::Mysql),
    (&["ON", "UPDATE", "CURRENT_TIMESTAMP"], SqlDialect::Mysql),
    (&["SYSTEM", "VERSIONING"], SqlDialect::Mariadb),
    (&["OR", "REPLACE", "TABLE"], SqlDialect::Mariadb),
    (&["INSERT", "OR"], SqlDialect::Sqlite),
];

/// The dialect and why, as a sentence; `None` where nothing in the text decides.
///
/// What MySQL and MariaDB both have is told as MySQL, unless MariaDB alone has something else in it.
#[must_use]
pub fn detect(text: &str) -> Option<(SqlDialect, String)> {
    let mut found = Signs::default();
    found.read(text);
    let of = |dialect: SqlDialect| found.signs.iter().filter(|sign| sign.dialect == dialect).count();
    let maria = of(SqlDialect::Mariadb);
    let counts = [
        (of(SqlDialect::Postgres), SqlDialect::Postgres),
        (of(SqlDialect::Mysql) + maria, if maria > 0 { SqlDialect::Mariadb } else { SqlDialect::Mysql }),
        (of(SqlDialect::Sqlite), SqlDialect::Sqlite),
    ];
    let (most, dialect) = counts.into_iter().max_by_key(|(count, _)| *count)?;
    if most == 0 || counts.iter().filter(|(count, _)| *count == most).count() > 1 {
        return None;
    }
    let sign = found.signs.iter().find(|sign| sign.dialect == dialect)?;
    let name = match dialect {
        SqlDialect::Postgres => "PostgreSQL",
        SqlDialect::Mysql => "MySQL",
        SqlDialect::Mariadb => "MariaDB",
        SqlDialect::Sqlite => "SQLite",
    };
    Some((dialect, format!("line {} has `{}`, which is {name}'s", sign.line, sign.what)))
}

#[derive(Debug)]
struct Sign {
    dialect: SqlDialect,
    what: String,
    line: usize,
}

#[derive(Debug, Default)]
struct Signs {
    /// Each kind of sign once, in the order of the text.
    signs: Vec<Sign>,
    seen: BTreeSet<String>,
    /// The last words, in upper case.
    words: [String; 3],
    line: usize,
}

impl Signs {
    fn read(&mut self, text: &str) {
        let bytes = &text.as_bytes()[..text.len().min(MOST_BYTES)];
        self.line = 1;
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let length = match rest {
                [b'\n', ..] => 1,
                [b'-', b'-', ..] => until(rest, b"\n"),
                [b'/', b'*', b'!', ..] => self.note(SqlDialect::Mysql, "/*!", 3),
                [b'/', b'*', b'M', b'!', ..] => self.note(SqlDialect::Mariadb, "/*M!", 4),
                [b'/', b'*', ..] => 2 + until(&rest[2..], b"*/"),
                [b'\'', ..] => 2 + until(&rest[1..], b"'"),
                [b'"', ..] => 2 + until(&rest[1..], b"\""),
                // SQLite takes it too, for MySQL's sake, and nobody writes it there.
                [b'`', ..] => {
                    self.note(SqlDialect::Mysql, "`", 1);
                    2 + until(&rest[1..], b"`")
                }
                [b':', b':', ..] => self.note(SqlDialect::Postgres, "::", 2),
                [b'$', ..] => self.dollar(rest),
                [first, ..] if first.is_ascii_alphabetic() || *first == b'_' => self.word(rest),
                _ => 1,
            };
            let end = (at + length.max(1)).min(bytes.len());
            self.line += bytes[at..end].iter().filter(|byte| **byte == b'\n').count();
            at = end;
        }
    }

    /// A dollar quote, to its end; a parameter or a lone sign otherwise.
    fn dollar(&mut self, rest: &[u8]) -> usize {
        let tag = rest[1..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let is_quote = rest.get(tag + 1) == Some(&b'$') && !rest.get(1).is_some_and(u8::is_ascii_digit);
        if !is_quote {
            return 1;
        }
        let mark = &rest[..tag + 2];
        self.note(SqlDialect::Postgres, "$$", 0);
        mark.len() + until(&rest[mark.len()..], mark) + mark.len()
    }

    fn word(&mut self, rest: &[u8]) -> usize {
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let word = String::from_utf8_lossy(&rest[..length]).to_ascii_uppercase();
        self.words.rotate_left(1);
        self.words[2].clone_from(&word);
        if let Some((word, dialect)) = WORDS.iter().find(|(known, _)| *known == word) {
            self.note(*dialect, word, 0);
        }
        for (phrase, dialect) in PHRASES {
            let last = &self.words[3 - phrase.len()..];
            if last.iter().map(String::as_str).eq(phrase.iter().copied()) {
                self.note(*dialect, &phrase.join(" "), 0);
            }
        }
        length
    }

    fn note(&mut self, dialect: SqlDialect, what: &str, length: usize) -> usize {
        if self.seen.insert(what.to_owned()) {
            self.signs.push(Sign { dialect, what: what.to_owned(), line: self.line });
        }
        length
    }
}

/// How many bytes there are before `end`, or to the end of all.
fn until(bytes: &[u8], end: &[u8]) -> usize {
    memchr::memmem::find(bytes, end).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<SqlDialect> {
        detect(text).map(|(dialect, _)| dialect)
    }

    #[test]
    fn what_only_one_dialect_has_tells_it() {
        assert_eq!(of("CREATE TABLE a (id bigserial PRIMARY KEY);"), Some(SqlDialect::Postgres));
        assert_eq!(of("SELECT a::text FROM b;"), Some(SqlDialect::Postgres));
        assert_eq!(of("DO $x$ BEGIN NULL; END $x$;"), Some(SqlDialect::Postgres));
        assert_eq!(of("CREATE TABLE `a` (id int AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;"), Some(SqlDialect::Mysql));
        assert_eq!(of("/*!50100 SET x = 1 */;"), Some(SqlDialect::Mysql));
        assert_eq!(of("CREATE OR REPLACE TABLE `a` (id int);"), Some(SqlDialect::Mariadb));
        assert_eq!(of("CREATE TABLE a (id integer PRIMARY KEY AUTOINCREMENT);"), Some(SqlDialect::Sqlite));
    }

    #[test]
    fn quotes_comments_and_common_words_tell_nothing() {
        assert_eq!(of("SELECT 'ENGINE', \"bigserial\" FROM a; -- AUTO_INCREMENT\n/* jsonb */"), None);
        assert_eq!(of("CREATE TABLE a (id int PRIMARY KEY, name varchar(20) NOT NULL);"), None);
        assert_eq!(of("SELECT $1;"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn more_signs_outweigh_and_as_many_do_not() {
        assert_eq!(of("SELECT a::text, unsigned FROM b WHERE c ILIKE 'x';"), Some(SqlDialect::Postgres));
        assert_eq!(of("SELECT a::text, unsigned FROM b;"), None);
    }

    #[test]
    fn the_reason_names_the_line() {
        let (_, reason) = detect("SELECT 1;\n-- two\nALTER TABLE a ADD b jsonb;").unwrap();
        assert_eq!(reason, "line 3 has `JSONB`, which is PostgreSQL's");
    }

    #[test]
    fn any_bytes_end() {
        for text in ["'", "\"", "`", "/*", "$", "$a", "$a$", "--", "::", "é'é", "$é$"] {
            let _ = of(text);
        }
    }
}
