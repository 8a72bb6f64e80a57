use super::window::window_open;
use super::*;
use crate::evidence::database_checklist::read;
use crate::facts::{Direction, SizeClass, SqlPlace, SqlUnderstanding};

fn statement(file: &str, text: &str, tables: &[&str], rows: Option<u64>) -> SqlStatement {
    SqlStatement {
        place: SqlPlace { file: file.to_owned(), line: 1, column: 1, end_line: 1, end_column: 2 },
        kind: text.split(' ').next().unwrap_or_default().to_lowercase(),
        tables: tables.iter().map(|&name| name.to_owned()).collect(),
        direction: Direction::Up,
        understood: SqlUnderstanding::Parsed,
        reason: None,
        text: text.to_owned(),
        correction: text.starts_with("UPDATE"),
        estimated_rows: rows,
        full_scans: None,
        most_rows: None,
        estimate_failed: None,
    }
}

fn table(name: &str, rows: Option<u64>, created_here: bool) -> TouchedTable {
    let (bytes, slow_ms, replicated) = (None, None, None);
    TouchedTable { name: name.to_owned(), created_here, rows, bytes, size: SizeClass::Unknown, slow_ms, replicated }
}

fn file(path: &str, direction: Direction) -> SqlFile {
    SqlFile {
        path: path.to_owned(),
        tool: "sql".to_owned(),
        dialect: Some(SqlDialect::Postgres),
        dialect_reason: String::new(),
        direction: Some(direction),
        edited: false,
        statements: 1,
        unread: None,
    }
}

fn reversal(state: ReversalState) -> Reversal {
    let (differences, notes) = (vec!["something".to_owned()], Vec::new());
    Reversal { up: "db/1.up.sql".to_owned(), line: 1, down: None, state, differences, notes }
}

/// A change of `orders`, and what a checklist says of it.
struct Case {
    statements: Vec<SqlStatement>,
    tables: Vec<TouchedTable>,
    reversals: Vec<Reversal>,
    authors: Vec<&'static str>,
}

impl Default for Case {
    fn default() -> Case {
        Case {
            statements: vec![statement("db/1.up.sql", "UPDATE orders SET a = 1 WHERE id < 9", &["orders"], Some(1000))],
            tables: vec![table("orders", Some(1_000_000), false)],
            reversals: vec![reversal(ReversalState::Reversible)],
            authors: vec!["bob"],
        }
    }
}

impl Case {
    fn compare(&self, lines: &str) -> DatabaseChecklist {
        let record = read(format!("schema: kadian.database-checklist/v1\n{lines}\n").as_bytes()).expect("a checklist");
        let files = [file("db/1.up.sql", Direction::Up), file("db/1.down.sql", Direction::Down)];
        let with = Compared {
            source: "checklist.yaml",
            statements: &self.statements,
            tables: &self.tables,
            files: &files,
            changed: &["db/1.up.sql", "db/1.down.sql"],
            reversals: &self.reversals,
            texts: &["UPDATE orders SET a = 1 WHERE id < 9"],
            dialect: SqlDialect::Postgres,
            authors: &self.authors,
            rows_factor: 2.0,
            now: "2026-12-01T00:00:00Z".parse().expect("a time"),
        };
        compare(&record, &with)
    }

    /// The messages, those that are not certain with a question mark before them.
    fn messages(&self, lines: &str) -> Vec<String> {
        let found = self.compare(lines).contradictions;
        found.into_iter().map(|it| format!("{}{}", if it.certain { "" } else { "? " }, it.message)).collect()
    }
}

#[test]
fn answers_that_agree_are_not_contradicted() {
    let lines = "reason: x1\ntables: [{name: orders, rows: 900000}]\nestimated_rows: 1200\nchange_sql: [db/1.up.sql]\n\
                 rollback_sql: [db/1.down.sql]\nwindow: {days: [tue], from: '00:00', to: '02:00', zone: UTC}\nreviewers: [alice]\nanswered_by: bob";
    let found = Case::default().compare(lines);
    assert_eq!(found.contradictions, []);
    assert_eq!(found.answers.len(), 11);
    assert_eq!(found.answers[0].by.as_deref(), Some("bob"));
    assert_eq!((found.answers[5].answer.as_ref(), found.answers[5].by.as_ref()), (None, None), "nobody answered about a backup");
    assert!(found.window.expect("a window").open);
    assert_eq!(found.reviewers, ["alice"]);
}

#[test]
fn tables_are_exactly_those_of_the_statements() {
    let case = Case {
        statements: vec![statement("db/1.up.sql", "UPDATE orders SET a = 1", &["app.orders", "users", "fresh"], Some(1))],
        tables: vec![table("app.orders", Some(1000), false), table("users", None, false), table("fresh", None, true)],
        ..Case::default()
    };
    assert_eq!(case.messages("tables: [{name: orders}, {name: users}]"), [] as [&str; 0]);
    let messages = case.messages("tables: [{name: orders, rows: 10000}, {name: carts}]");
    assert_eq!(
        messages,
        [
            "`orders` has about 1000 rows, and 10000 are declared",
            "no statement touches the table `carts`, which is declared",
            "the SQL touches the table `users`, which is not declared",
        ]
    );
    assert_eq!(case.messages("tables: [{name: orders}, {name: users, rows: 5}]").len(), 1, "unknown is told");
}

#[test]
fn rows_are_near_the_estimate() {
    let messages = |rows: Option<u64>, declared: u64| {
        let statements = vec![statement("db/1.up.sql", "UPDATE orders SET a = 1", &["orders"], rows)];
        Case { statements, ..Case::default() }.messages(&format!("estimated_rows: {declared}"))
    };
    assert_eq!(messages(Some(1000), 2000), [] as [&str; 0], "exactly the factor");
    assert_eq!(messages(Some(1000), 500), [] as [&str; 0]);
    assert_eq!(messages(Some(1000), 2001), ["the planner estimates 1000 rows, and 2001 are declared"]);
    assert_eq!(messages(Some(1000), 499), ["the planner estimates 1000 rows, and 499 are declared"]);
    assert_eq!(messages(Some(0), 5), [] as [&str; 0], "a few rows are within what an estimate can tell");
    assert!(messages(None, 500)[0].starts_with("? nobody knows how many rows"), "unknown is not zero");
    assert_eq!(messages(None, 3_000_000), ["3000000 rows are declared, and the tables hold about 1000000"]);
    let none = Case { statements: Vec::new(), ..Case::default() };
    assert_eq!(none.messages("estimated_rows: 50"), ["50 rows are declared, and no statement writes rows by hand"]);
    assert_eq!(none.messages("estimated_rows: 0"), [] as [&str; 0]);
}

#[test]
fn the_named_sql_is_that_of_the_change() {
    let case = Case::default();
    assert_eq!(case.messages("change_sql: [1.up.sql]"), [] as [&str; 0]);
    assert_eq!(case.messages("change_sql: [\"update orders set a=1 -- why\\n where id < 9;\"]"), [] as [&str; 0]);
    let messages = case.messages("change_sql: ['UPDATE orders SET a = 2 WHERE id < 9']");
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(case.messages("change_sql: [db/2.up.sql]").iter().any(|it| it.starts_with("the file `db/2.up.sql`")));
}

#[test]
fn what_takes_back_is_there_and_does() {
    let messages = |state, lines: &str| Case { reversals: vec![reversal(state)], ..Case::default() }.messages(lines);
    let line = "rollback_sql: [db/1.down.sql]";
    assert_eq!(messages(ReversalState::Reversible, line), [] as [&str; 0]);
    assert_eq!(messages(ReversalState::Different, line).len(), 1);
    assert_eq!(messages(ReversalState::Missing, line).len(), 1);
    assert!(messages(ReversalState::Unknown, line)[0].starts_with("? "));
    assert_eq!(messages(ReversalState::SchemaOnly, line).len(), 1);
    assert_eq!(messages(ReversalState::SchemaOnly, &format!("{line}\nbackup: {{how: a snapshot of the disk}}")), [] as [&str; 0]);
    assert_eq!(
        messages(ReversalState::Reversible, "rollback_sql: [db/2.down.sql]"),
        ["the file `db/2.down.sql` is none of this change"]
    );
}

#[test]
fn a_window_is_open_or_opens() {
    let case = Case::default();
    let window = case.compare("window: {from: '2026-12-02T00:00', to: '2026-12-02T01:00', zone: UTC}").window.expect("one");
    assert_eq!((window.open, window.opens_at.map(|at| at.to_string())), (false, Some("2026-12-02T00:00:00Z".to_owned())));
    let past = "window: {from: '2026-11-02T00:00', to: '2026-12-01T00:00', zone: UTC}";
    assert_eq!(case.messages(past), ["the window has closed, and does not open again"]);
    let words = ChangeWindow::Words("tonight".to_owned());
    assert_eq!(window_open(&words, "2026-12-01T00:00:00Z".parse().expect("a time")), None);
}

#[test]
fn a_reviewer_is_somebody_else() {
    let messages = |authors: &[&'static str], lines: &str| Case { authors: authors.to_vec(), ..Case::default() }.messages(lines);
    assert_eq!(messages(&["bob"], "reviewers: [Bob]"), ["the reviewer made the change; somebody else has to review it"]);
    assert_eq!(messages(&["bob"], "reviewers: [bob, alice]"), [] as [&str; 0]);
    assert_eq!(messages(&[], "reviewers: [alice]").len(), 1, "nobody knows the author");
}
