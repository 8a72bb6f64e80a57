//! The SQL of a change, read file by file.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::dialect::Dialects;
use super::edit;
use super::liquibase;
use super::{Tool, reverse_paths, runs_again, scripts, tool, version};
use crate::analyze::sql::SqlSource;
use crate::evidence::sql::{self, Action, Script};
use crate::facts::{Direction, LineRange, SqlDialect, SqlFile};

/// A changed file that holds SQL, or that a tool makes SQL of.
#[derive(Debug, Clone)]
pub struct ChangedSql {
    pub path: String,
    /// Its text at the head, or why there is none, as a sentence. `None` where the change deletes it.
    pub text: Option<Result<String, String>>,
    /// Diesel's `metadata.toml` beside it.
    pub metadata: Option<String>,
    /// Its text at the base; `None` where all of it counts as added.
    pub base: Option<String>,
    /// Whether the base has it.
    pub edited: bool,
    /// The caller handed it in, as what a tool made.
    pub generated: bool,
}

/// A part of a file that runs in one direction.
#[derive(Debug, Clone)]
pub struct ReadPart {
    pub path: String,
    pub tool: Tool,
    pub direction: Direction,
    pub script: Script,
    pub in_transaction: bool,
    pub edited: bool,
    pub added: Option<Vec<LineRange>>,
}

impl ReadPart {
    /// The part as the rules take it.
    #[must_use]
    pub fn source(&self) -> SqlSource<'_> {
        SqlSource {
            path: &self.path,
            direction: self.direction,
            script: &self.script,
            in_transaction: self.in_transaction,
            edited: self.edited,
            added: self.added.as_deref(),
        }
    }
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct ReadSql {
    /// By path. How many statements are added is for [`understand`](crate::analyze::sql) to count.
    pub files: Vec<SqlFile>,
    /// Those that go up in the order in which they run, then those that go down, the newest first.
    pub parts: Vec<ReadPart>,
}

/// Reads the files. SQL that is handed in stands for the migration with its name: `build/sql/0002_x.sql` for `shop/migrations/0002_x.py`.
#[must_use]
pub fn read(changed: &[ChangedSql], dialects: &Dialects) -> ReadSql {
    let generated: Vec<&ChangedSql> = changed.iter().filter(|file| file.generated).collect();
    let in_code: Vec<&str> =
        changed.iter().filter(|file| !tool(&file.path, None).is_sql()).map(|file| file.path.as_str()).collect();
    let reverses: BTreeSet<String> = changed.iter().flat_map(|file| reverse_paths(&file.path)).collect();
    let mut found = ReadSql::default();
    let texts = changed.iter().filter_map(|file| Some((file.path.as_str(), file.text.as_ref()?.as_deref().ok()?)));
    let neighbours = dialects.may_be_silent().then(|| dialects.clone().with_neighbours(texts));
    let dialects = neighbours.as_ref().unwrap_or(dialects);
    for file in changed {
        let text = match &file.text {
            Some(Ok(text)) => Some(text.as_str()),
            _ => None,
        };
        let of = if file.generated { Tool::Generated } else { tool(&file.path, text) };
        let mut fact = SqlFile {
            path: file.path.clone(),
            tool: of.word().to_owned(),
            dialect: None,
            dialect_reason: String::new(),
            direction: None,
            edited: is_edited(file, of),
            statements: 0,
            unread: None,
        };
        match &file.text {
            None => {}
            Some(_) if !of.is_sql() => fact.unread = made_elsewhere(of, &file.path, &in_code, &generated),
            Some(Err(reason)) => fact.unread = Some(reason.clone()),
            Some(Ok(text)) => {
                let takes_back = of == Tool::Sql && reverses.contains(&file.path);
                found.parts.extend(parts(file, of, text, takes_back, dialects, &mut fact));
            }
        }
        found.files.push(fact);
    }
    found.files.sort_by(|a, b| a.path.cmp(&b.path));
    found.parts.sort_by_cached_key(|part| (part.direction, version(&part.path)));
    let ups = found.parts.iter().take_while(|part| part.direction == Direction::Up).count();
    found.parts[ups..].reverse();
    found
}

fn parts(file: &ChangedSql, of: Tool, text: &str, takes_back: bool, dialects: &Dialects, fact: &mut SqlFile) -> Vec<ReadPart> {
    // A dump of the schema says what the database looks like, and nobody runs it: what changes it are the migrations.
    if of == Tool::Structure {
        "a dump of the schema: nobody runs it".clone_into(&mut fact.dialect_reason);
        return Vec::new();
    }
    let scripts = scripts(&file.path, text, file.metadata.as_deref(), takes_back);
    let stated = scripts.iter().find_map(|script| script.dbms.as_deref());
    let Some((dialect, reason)) = dialects.of(&file.path, text, stated) else {
        fact.unread =
            Some("nothing tells its dialect: set settings.database.dialect to postgres, mysql, mariadb or sqlite".to_owned());
        return Vec::new();
    };
    fact.unread = dialects.contradicts(&file.path, stated, dialect, &reason);
    (fact.dialect, fact.dialect_reason) = (Some(dialect), reason);
    let (text, others) = here(of, text, dialect);
    leave_out(&others, dialects.is_told(&file.path), dialect, fact);
    let parted = |text: &str| super::scripts(&file.path, text, file.metadata.as_deref(), takes_back);
    let scripts = if others.is_empty() { scripts } else { parted(&text) };
    if scripts.len() > 1 {
        fact.direction = None;
    } else if let Some(script) = scripts.first() {
        fact.direction = Some(script.direction);
    }
    // What runs again runs whole.
    let base = file.base.as_deref().filter(|_| !runs_again(&file.path));
    let before = base.map(|text| parted(&here(of, text, dialect).0));
    let part = |script: super::Script| {
        let read = sql::read(&script.text, dialect);
        let old = before.as_ref().map(|before| before.iter().find(|old| old.direction == script.direction));
        let added = old.and_then(|old| {
            let old = old?;
            edit::added(&sql::read(&old.text, dialect), &old.text, &read, &script.text)
        });
        ReadPart {
            path: file.path.clone(),
            tool: of,
            direction: script.direction,
            script: read,
            in_transaction: script.in_transaction,
            edited: is_edited(file, of),
            added,
        }
    };
    scripts.into_iter().map(part).collect()
}

/// Whether the change edits what the tool has run and does not run again.
fn is_edited(file: &ChangedSql, of: Tool) -> bool {
    if !file.edited || !of.is_versioned() || runs_again(&file.path) {
        return false;
    }
    match (of, &file.base, &file.text) {
        (Tool::LiquibaseSql, Some(base), Some(Ok(head))) => liquibase::edits(base, head),
        _ => true,
    }
}

/// The text as far as it runs on a database of the dialect, with the line and the word of what does not.
fn here(of: Tool, text: &str, dialect: SqlDialect) -> (Cow<'_, str>, Vec<(usize, String)>) {
    if of != Tool::LiquibaseSql {
        return (Cow::Borrowed(text), Vec::new());
    }
    let (kept, others) = liquibase::elsewhere(text, dialect);
    (Cow::Owned(kept), others)
}

/// Notes what is not for this database. Where only a guess says what this database is, nobody knows that it does not run.
fn leave_out(others: &[(usize, String)], told: bool, dialect: SqlDialect, fact: &mut SqlFile) {
    const MOST_NAMED: usize = 5;
    if others.is_empty() {
        return;
    }
    let shown = |name: &str| name.chars().filter(|c| !c.is_control()).take(40).collect::<String>();
    let named: Vec<String> =
        others.iter().take(MOST_NAMED).map(|(line, name)| format!("line {line} (dbms:{})", shown(name))).collect();
    let more = if others.len() > MOST_NAMED { " and others" } else { "" };
    let named = format!("{}{more}", named.join(", "));
    if told {
        fact.dialect_reason = format!("{}; changesets for other databases are left out: {named}", fact.dialect_reason);
    } else {
        fact.unread = Some(format!(
            "changesets are not for {}, and that production runs it is a guess: {named}; set settings.database.dialect",
            dialect.word()
        ));
    }
}

/// Why the SQL of a migration in a tool's own language is not known; `None` where it was handed in.
///
/// Where two migrations have one name, the folder of the one that is meant stands in the path too: `build/sql/shop/0002_x.sql`.
fn made_elsewhere(of: Tool, path: &str, in_code: &[&str], generated: &[&ChangedSql]) -> Option<String> {
    // What Prisma's schema changes stands in the migration that comes with it.
    if matches!(of, Tool::PrismaSchema | Tool::Configuration) {
        return None;
    }
    let shared = in_code.iter().filter(|other| stem(other) == stem(path)).count() > 1;
    let app = path.split('/').rev().skip(1).find(|part| !matches!(*part, "migrations" | "versions" | "migrate"));
    let is_meant = |file: &&&ChangedSql| {
        stem(&file.path) == stem(path) && (!shared || app.is_some_and(|app| file.path.split('/').any(|part| part == app)))
    };
    match generated.iter().find(is_meant) {
        Some(file) if let Some(line) = left_out(file) => Some(format!(
            "{} says in line {line} that an operation cannot be written as SQL: somebody has to read the code of {path}",
            file.path
        )),
        Some(file) if says_nothing(file) => {
            Some(format!("{} holds no statement: hand in the SQL that {} makes of it", file.path, of.word()))
        }
        Some(_) => None,
        None => Some(format!(
            "{} makes the SQL of it: write it with {} and hand it in with `--evidence database:sql=build/sql/*.sql`; the file's name without its ending is `{}`{}",
            of.word(),
            of.how_to_generate(),
            stem(path),
            if shared { ", in a folder called as the one that holds the migrations" } else { "" },
        )),
    }
}

/// Whether a script that was handed in holds nothing that runs, whatever its dialect.
fn says_nothing(file: &ChangedSql) -> bool {
    let Some(Ok(text)) = &file.text else { return false };
    // Django's word for an operation that concerns the code only.
    if text.lines().any(|line| line.trim() == "-- (no-op)") {
        return false;
    }
    sql::read(text, SqlDialect::Postgres)
        .statements
        .iter()
        .flat_map(|statement| &statement.actions)
        .all(|action| matches!(action, Action::Begin | Action::Commit | Action::Set(_) | Action::Comment { .. }))
}

/// The line in which a tool says that it could not write an operation as SQL.
fn left_out(file: &ChangedSql) -> Option<usize> {
    let Some(Ok(text)) = &file.text else { return None };
    let says = |line: &str| line.trim_start().starts_with("--") && line.to_ascii_uppercase().contains("CANNOT BE WRITTEN AS SQL");
    text.lines().position(says).map(|line| line + 1)
}

/// The name of a file without its last ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(path: &str, text: &str) -> ChangedSql {
        ChangedSql {
            path: path.to_owned(),
            text: Some(Ok(text.to_owned())),
            metadata: None,
            base: None,
            edited: false,
            generated: false,
        }
    }

    fn postgres() -> Dialects {
        Dialects::new(&[], Some(SqlDialect::Postgres), None)
    }

    #[test]
    fn files_run_up_in_their_order_and_down_in_the_reverse() {
        let files = ["m/10_b.up.sql", "m/9_a.up.sql", "m/9_a.down.sql", "m/10_b.down.sql"].map(|path| changed(path, "SELECT 1;"));
        let read = read(&files, &postgres());
        let order: Vec<&str> = read.parts.iter().map(|part| part.path.as_str()).collect();
        assert_eq!(order, ["m/9_a.up.sql", "m/10_b.up.sql", "m/10_b.down.sql", "m/9_a.down.sql"]);
        assert_eq!(read.files[0].path, "m/10_b.down.sql");
        assert_eq!(read.files[0].direction, Some(Direction::Down));
    }

    #[test]
    fn a_changeset_for_another_database_is_a_note_or_holds() {
        let text = "--liquibase formatted sql\n--changeset a:1 dbms:oracle\nDROP TABLE users;\n--changeset a:2\nSELECT now();\n";
        let statements = |read: &ReadSql| read.parts.iter().map(|part| part.script.statements.len()).sum::<usize>();
        let told = read(&[changed("db/1.sql", text)], &postgres());
        assert_eq!((statements(&told), &told.files[0].unread), (1, &None));
        assert!(told.files[0].dialect_reason.ends_with("left out: line 2 (dbms:oracle)"), "{}", told.files[0].dialect_reason);
        let guess = Dialects::default().with_repository(&[("compose.yaml".to_owned(), "image: postgres:15".to_owned())]);
        let guessed = read(&[changed("db/1.sql", text)], &guess);
        assert_eq!(statements(&guessed), 1);
        assert!(guessed.files[0].unread.as_deref().is_some_and(|reason| reason.contains("line 2 (dbms:oracle)")));
        // What was not for this database before, and is now, is added.
        let edited =
            ChangedSql { base: Some(text.to_owned()), edited: true, ..changed("db/1.sql", &text.replace(" dbms:oracle", "")) };
        let read = read(&[edited], &postgres());
        assert_eq!(read.parts[0].added.as_ref().map(|lines| lines[0].first), Some(3));
    }

    #[test]
    fn a_plain_file_goes_down_where_it_takes_another_one_back() {
        let pair = [changed("fix/orders.sql", "SELECT 1;"), changed("fix/orders_rollback.sql", "SELECT 1;")];
        let both = read(&pair, &postgres());
        assert_eq!(both.parts.iter().map(|part| part.direction).collect::<Vec<_>>(), [Direction::Up, Direction::Down]);
        assert_eq!(read(&pair[1..], &postgres()).parts[0].direction, Direction::Up);
    }

    #[test]
    fn a_migration_in_code_is_unread_until_its_sql_is_handed_in() {
        let migration = changed("shop/migrations/0002_x.py", "class Migration: ...");
        let alone = read(std::slice::from_ref(&migration), &postgres());
        let reason = alone.files[0].unread.as_deref().unwrap();
        assert!(reason.contains("django") && reason.contains("0002_x"), "{reason}");
        let sql = ChangedSql { generated: true, ..changed("build/sql/0002_x.sql", "SELECT 1;") };
        let both = read(&[migration, sql], &postgres());
        assert!(both.files.iter().all(|file| file.unread.is_none()));
        assert_eq!(both.parts.len(), 1);
        let empty = ChangedSql { generated: true, ..changed("build/sql/0002_x.sql", "-- nothing\nBEGIN;\nCOMMIT;") };
        let other = changed("pay/migrations/0002_x.py", "class Migration: ...");
        let unread = |files: &[ChangedSql]| read(files, &postgres()).files.iter().filter(|file| file.unread.is_some()).count();
        assert_eq!(unread(&[changed("shop/migrations/0002_x.py", ""), empty]), 1, "a script without a statement");
        let one = ChangedSql { generated: true, ..changed("build/sql/shop/0002_x.sql", "SELECT 1;") };
        assert_eq!(unread(&[changed("shop/migrations/0002_x.py", ""), other, one]), 1, "two migrations of one name");
        assert_eq!(both.files[0].tool, "generated");
    }

    #[test]
    fn what_django_cannot_write_is_unread_and_what_is_none_is_nothing() {
        let migration = changed("shop/migrations/0002_x.py", "class Migration: ...");
        let unread = |sql: &str| {
            let sql = ChangedSql { generated: true, ..changed("build/sql/0002_x.sql", sql) };
            let read = read(&[migration.clone(), sql], &postgres());
            read.files.into_iter().find_map(|file| file.unread)
        };
        assert_eq!(unread("BEGIN;\n--\n-- Alter field x on user\n--\n-- (no-op)\nCOMMIT;\n"), None);
        let code = "BEGIN;\nALTER TABLE o ADD COLUMN x integer NULL;\n--\n-- Raw Python operation\n--\n-- THIS OPERATION CANNOT BE WRITTEN AS SQL\nCOMMIT;\n";
        assert!(unread(code).is_some_and(|reason| reason.contains("line 6")), "{:?}", unread(code));
    }

    #[test]
    fn what_runs_again_may_be_edited_and_is_judged_whole() {
        let edited = |path: &str, base: &str, head: &str| {
            let file = ChangedSql { base: Some(base.to_owned()), edited: true, ..changed(path, head) };
            let read = read(&[file], &postgres());
            (read.files[0].edited, read.parts.first().map(|part| part.added.clone()))
        };
        let repeatable = edited("m/R__x.sql", "DELETE FROM users;\n", "-- why\nDELETE FROM users;\n");
        assert_eq!(repeatable, (false, Some(None)));
        assert!(edited("m/V1__x.sql", "SELECT 1;\n", "-- why\nSELECT 1;\n").0);
        let base = "--liquibase formatted sql\n--changeset a:1\nSELECT 1;\n--changeset a:2 runOnChange:true\nSELECT 2;\n";
        let more = format!("{base}--changeset a:3\nDROP TABLE users;\n");
        assert_eq!(edited("db/c.sql", base, &more), (false, Some(Some(vec![LineRange { first: 7, last: 7 }]))));
        assert!(!edited("db/c.sql", base, &base.replace("SELECT 2", "SELECT 3")).0, "runOnChange");
        assert!(edited("db/c.sql", base, &base.replace("SELECT 1", "SELECT 3")).0);
        assert!(edited("db/c.sql", base, &base.replace("--changeset a:1\nSELECT 1;\n", "")).0, "gone");
        assert!(edited("db/c.sql", base, &base.replace(" runOnChange:true", "").replace("SELECT 2", "SELECT 3")).0);
    }

    #[test]
    fn files_that_only_name_others_and_dumps_of_code_hold_no_sql() {
        let index = "databaseChangeLog:\n  - include: {file: 001.sql}\n";
        for (path, text) in
            [("db/changelog/master.yaml", index), ("db/schema.rb", "ActiveRecord::Schema"), ("m/V2__a.sql.conf", "x=y")]
        {
            let file = ChangedSql { edited: true, ..changed(path, text) };
            let read = read(&[file], &postgres());
            assert!(read.files[0].unread.is_none() && !read.files[0].edited && read.parts.is_empty(), "{path}: {:?}", read.files);
        }
        let changes = "databaseChangeLog:\n  - include: {file: a}\n  - changeSet: {id: 1}\n";
        assert!(read(&[changed("db/changelog/a.yaml", changes)], &postgres()).files[0].unread.is_some());
    }

    #[test]
    fn marks_of_another_tool_let_no_name_turn_a_file_down() {
        for (path, text) in [
            ("m/1_x.down.sql", "-- migrate:up\nDROP TABLE users;"),
            ("m/1_x.down.sql", "-- +goose Up\nDROP TABLE users;"),
            ("m/U2__x.sql", "-- +migrate Up\nDROP TABLE users;"),
            ("db/U2__x.sql", "--liquibase formatted sql\n--changeset a:1\nDROP TABLE users;"),
        ] {
            assert_eq!(read(&[changed(path, text)], &postgres()).parts[0].direction, Direction::Up, "{path}: {text}");
        }
        assert_eq!(read(&[changed("m/U2__x.sql", "DROP TABLE users;")], &postgres()).parts[0].direction, Direction::Down);
    }

    #[test]
    fn a_dialect_that_something_else_contradicts_is_told_and_judged() {
        let compose = || Dialects::default().with_repository(&[("compose.yaml".to_owned(), "image: postgres:15".to_owned())]);
        let text = "ALTER TABLE `users` ADD INDEX i (a);";
        let odd = read(&[changed("m/V2__x.sql", text)], &compose());
        assert!(odd.files[0].unread.as_deref().is_some_and(|reason| reason.contains("compose.yaml names postgres")));
        assert_eq!(odd.parts.len(), 1);
        let folder = read(&[changed("m/sqlite/V2__x.sql", "SELECT 1;")], &Dialects::new(&[], None, Some(SqlDialect::Postgres)));
        assert!(folder.files[0].unread.as_deref().is_some_and(|reason| reason.contains("statistics")));
        let told = Dialects::new(&[("m/**".to_owned(), SqlDialect::Mysql)], None, Some(SqlDialect::Postgres));
        assert!(read(&[changed("m/V2__x.sql", text)], &told).files[0].unread.is_none());
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let unknown = read(&[changed("a.sql", "SELECT 1;")], &Dialects::default());
        assert!(unknown.files[0].unread.as_deref().unwrap().contains("settings.database.dialect"));
        let broken = ChangedSql { text: Some(Err("it is binary".to_owned())), ..changed("a.sql", "") };
        assert_eq!(read(&[broken], &postgres()).files[0].unread.as_deref(), Some("it is binary"));
        let deleted = ChangedSql { text: None, edited: true, ..changed("m/001_a.up.sql", "") };
        let read = read(&[deleted], &postgres());
        assert!(read.files[0].edited && read.files[0].unread.is_none() && read.parts.is_empty());
    }
}
