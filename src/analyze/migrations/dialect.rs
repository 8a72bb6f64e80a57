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
    /// What other files of SQL show, with the reason.
    neighbours: Option<(SqlDialect, String)>,
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
        Dialects { by_path: by_path.iter().filter_map(read).collect(), all, server, ..Dialects::default() }
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

    /// With other files of SQL, as `(path, text)`: the dialect that they show, where they show one only. Counts before the repository's
    /// own words and after everything else.
    #[must_use]
    pub fn with_neighbours<'a>(mut self, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Dialects {
        let mut shown: Option<(SqlDialect, String)> = None;
        for (path, text) in files {
            let Some((dialect, _)) = sql::detect(text) else { continue };
            match &shown {
                None => shown = Some((dialect, format!("{path} beside it is such SQL"))),
                Some((known, _)) if *known == dialect => {}
                Some(_) => return self,
            }
        }
        self.neighbours = shown.or(self.neighbours);
        self
    }

    /// Whether some file can be left without a dialect.
    #[must_use]
    pub fn may_be_silent(&self) -> bool {
        self.all.is_none() && self.server.is_none() && self.neighbours.is_none() && self.repository.is_none()
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
        self.neighbours.clone().map(|found| self.narrowed(found)).or_else(|| self.repository.clone())
    }

    /// What else is said of a file whose dialect was taken from its text or its folder, as a sentence; `None` where nothing contradicts.
    ///
    /// A file that looks like another server's may be one that production does not run, or one that nobody should judge by that server's rules.
    #[must_use]
    pub fn contradicts(&self, path: &str, stated: Option<&str>, dialect: SqlDialect, reason: &str) -> Option<String> {
        let told = self.all.is_some() || self.by_path.iter().any(|(glob, ..)| glob.is_match(path));
        if told || stated.and_then(by_word).is_some() {
            return None;
        }
        let server = self.server.map(|server| (server, format!("the statistics are of {}", server.word())));
        let (other, says) = server.or_else(|| self.repository.clone())?;
        let same = other == dialect || other.is_mysql() && dialect.is_mysql();
        (!same).then(|| {
            let word = dialect.word();
            format!("it looks like {word} ({reason}), and {says}: say in settings.database.dialects which of them `{path}` is")
        })
    }

    /// Whether the settings or the server itself tell the dialect of a file, so that it is no guess.
    #[must_use]
    pub fn is_told(&self, path: &str) -> bool {
        self.all.is_some() || self.server.is_some() || self.by_path.iter().any(|(glob, ..)| glob.is_match(path))
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
    fn neighbours_tell_where_they_agree() {
        let postgres = ("V1__a.sql", "CREATE TABLE a (id bigserial PRIMARY KEY, at timestamptz);");
        let mysql = ("V2__b.sql", "CREATE TABLE `b` (id int AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;");
        let of = |files: &[(&'static str, &'static str)]| {
            Dialects::default()
                .with_neighbours(files.iter().copied())
                .of("V3__c.sql", "SELECT 1;", None)
                .map(|(dialect, _)| dialect)
        };
        assert_eq!(of(&[postgres]), Some(SqlDialect::Postgres));
        assert_eq!(of(&[mysql]), Some(SqlDialect::Mysql));
        assert_eq!(of(&[postgres, mysql]), None);
    }

    #[test]
    fn the_repository_tells_where_it_names_one_database_only() {
        assert_eq!(repository(&[("Cargo.toml", "sqlx = { features = [\"postgres\"] }")]).unwrap().0, SqlDialect::Postgres);
        assert_eq!(repository(&[("compose.yaml", "image: mariadb:11\nMYSQL_DATABASE: x")]).unwrap().0, SqlDialect::Mariadb);
        assert_eq!(repository(&[("go.mod", "github.com/lib/pq\ngithub.com/go-sql-driver/mysql")]), None);
        assert_eq!(repository(&[]), None);
    }
}
