//! In which dialect a file is written.

use globset::GlobMatcher;

use crate::evidence::sql;
use crate::facts::SqlDialect;
use crate::path_glob;

/// What tells the dialect beside the file itself.
#[derive(Debug, Clone, Default)]
pub struct Dialects {
    /// Of the configuration, for some paths; the first that fits counts.
    by_path: Vec<(GlobMatcher, String, SqlDialect)>,
    /// Of the configuration, for all.
    all: Option<SqlDialect>,
    /// Of the statistics, with where they come from.
    server: Option<SqlDialect>,
    /// What the repository's own files say (drivers, settings of frameworks), with the reason.
    repository: Option<(SqlDialect, String)>,
}

/// Files at the root of a repository that may name the database's driver.
pub const TELLTALE_FILES: &[&str] = &[
    "prisma/schema.prisma",
    "sqlc.yaml",
    "sqlc.yml",
    "sqlc.json",
    "diesel.toml",
    "config/database.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
    "compose.yaml",
    "compose.yml",
    "Cargo.toml",
    "go.mod",
    "package.json",
    "requirements.txt",
    "pyproject.toml",
    "Gemfile",
    "composer.json",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "src/main/resources/application.properties",
    "src/main/resources/application.yml",
];

/// Words in those files that belong to one dialect.
const TELLTALE_WORDS: &[(&str, SqlDialect)] = &[
    ("postgres", SqlDialect::Postgres),
    ("psycopg", SqlDialect::Postgres),
    ("asyncpg", SqlDialect::Postgres),
    ("pgx", SqlDialect::Postgres),
    ("lib/pq", SqlDialect::Postgres),
    ("\"pg\"", SqlDialect::Postgres),
    ("'pg'", SqlDialect::Postgres),
    ("mariadb", SqlDialect::Mariadb),
    ("mysql", SqlDialect::Mysql),
    ("trilogy", SqlDialect::Mysql),
];

impl Dialects {
    /// `by_path` are patterns with their dialects; one that cannot be read counts for nothing, the settings have refused it.
    #[must_use]
    pub fn new(by_path: &[(String, SqlDialect)], all: Option<SqlDialect>, server: Option<SqlDialect>) -> Dialects {
        let read = |(pattern, dialect): &(String, SqlDialect)| {
            Some((path_glob::parse(pattern).ok()?.compile_matcher(), pattern.clone(), *dialect))
        };
        Dialects { by_path: by_path.iter().filter_map(read).collect(), all, server, repository: None }
    }

    /// With what the repository's files say, as `(path, text)`: the dialect that they name, where they name one only.
    #[must_use]
    pub fn with_repository(mut self, files: &[(String, String)]) -> Dialects {
        let mut named: Vec<(SqlDialect, &str, &str)> = Vec::new();
        for (path, text) in files {
            let lower = text.to_ascii_lowercase();
            for (word, dialect) in TELLTALE_WORDS {
                if lower.contains(word) && !named.iter().any(|(known, ..)| known == dialect) {
                    named.push((*dialect, path, word));
                }
            }
        }
        // MariaDB is named by its driver's name or by that of MySQL, or by both.
        if named.iter().any(|(dialect, ..)| *dialect == SqlDialect::Mariadb) {
            named.retain(|(dialect, ..)| *dialect != SqlDialect::Mysql);
        }
        if let [(dialect, path, word)] = named.as_slice() {
            self.repository = Some((*dialect, format!("{path} names {}", word.trim_matches(['"', '\'']))));
        }
        self
    }

    /// The dialect of a file and why; `None` where nothing tells. `stated` is what the file says itself (`dbms:mysql`).
    #[must_use]
    pub fn of(&self, path: &str, text: &str, stated: Option<&str>) -> Option<(SqlDialect, String)> {
        if let Some((_, pattern, dialect)) = self.by_path.iter().find(|(glob, ..)| glob.is_match(path)) {
            return Some((*dialect, format!("settings.database.dialects says so for {pattern}")));
        }
        if let Some(dialect) = self.all {
            return Some((dialect, "settings.database.dialect says so".to_owned()));
        }
        if let Some(dialect) = stated.and_then(by_word) {
            return Some((dialect, "the file states it".to_owned()));
        }
        if let Some(found) = sql::detect(text) {
            return Some(self.narrowed(found));
        }
        let folder = path.split('/').rev().skip(1).find_map(|part| Some((by_word(&part.to_ascii_lowercase())?, part)));
        if let Some((dialect, folder)) = folder {
            return Some((dialect, format!("it lies in `{folder}`")));
        }
        if let Some(dialect) = self.server {
            return Some((dialect, "the statistics are of such a server".to_owned()));
        }
        self.repository.clone()
    }

    /// What holds for MySQL holds for MariaDB, and only what surrounds the file can tell the two apart.
    fn narrowed(&self, (dialect, reason): (SqlDialect, String)) -> (SqlDialect, String) {
        let around = self.server.or(self.repository.as_ref().map(|(dialect, _)| *dialect));
        if dialect == SqlDialect::Mysql && around == Some(SqlDialect::Mariadb) {
            (SqlDialect::Mariadb, reason)
        } else {
            (dialect, reason)
        }
    }
}

/// The dialect that a word names.
fn by_word(word: &str) -> Option<SqlDialect> {
    match word {
        "postgres" | "postgresql" | "pg" | "psql" => Some(SqlDialect::Postgres),
        "mysql" => Some(SqlDialect::Mysql),
        "mariadb" => Some(SqlDialect::Mariadb),
        "sqlite" | "sqlite3" => Some(SqlDialect::Sqlite),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(files: &[(&str, &str)]) -> Option<(SqlDialect, String)> {
        let files: Vec<(String, String)> = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Dialects::new(&[], None, None).with_repository(&files).of("a.sql", "SELECT 1;", None)
    }

    #[test]
    fn who_says_it_nearest_to_the_file_is_believed() {
        let by_path = [("legacy/**".to_owned(), SqlDialect::Mysql)];
        let dialects = Dialects::new(&by_path, None, Some(SqlDialect::Postgres));
        let of = |path: &str, stated: Option<&str>| dialects.of(path, "SELECT 1;", stated).map(|(dialect, _)| dialect);
        assert_eq!(of("legacy/a.sql", Some("postgresql")), Some(SqlDialect::Mysql));
        assert_eq!(of("db/a.sql", Some("mariadb")), Some(SqlDialect::Mariadb));
        assert_eq!(of("db/sqlite/a.sql", None), Some(SqlDialect::Sqlite));
        assert_eq!(of("db/a.sql", None), Some(SqlDialect::Postgres));
        let all = Dialects::new(&[], Some(SqlDialect::Mariadb), None);
        assert_eq!(all.of("postgres/a.sql", "SELECT 1;", None).unwrap().0, SqlDialect::Mariadb);
        assert_eq!(Dialects::default().of("db/a.sql", "SELECT 1;", None), None);
    }

    #[test]
    fn the_repository_tells_where_it_names_one_database_only() {
        assert_eq!(repository(&[("Cargo.toml", "sqlx = { features = [\"postgres\"] }")]).unwrap().0, SqlDialect::Postgres);
        assert_eq!(repository(&[("compose.yaml", "image: mariadb:11\nMYSQL_DATABASE: x")]).unwrap().0, SqlDialect::Mariadb);
        assert_eq!(repository(&[("go.mod", "github.com/lib/pq\ngithub.com/go-sql-driver/mysql")]), None);
        assert_eq!(repository(&[]), None);
    }
}
