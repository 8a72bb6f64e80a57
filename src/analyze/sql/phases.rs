//! Expand, migrate, contract: the order in which a schema changes under a version that runs.
//!
//! What is new comes first (expand), then rows move (migrate), then what nobody uses any more goes (contract), each in a release of its
//! own: while a change is rolled out, the version before it runs on the new schema, and needs what it names.

use std::collections::BTreeSet;

use super::SqlSource;
use crate::evidence::sql::{Action, AlterOp, ColumnDef, Dml, Statement};
use crate::facts::{Direction, LineRange, SqlStatement};

/// What a step of a statement does to a version that does not know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Something new, which the running version does not notice.
    Expand,
    /// Rows are written.
    Migrate,
    /// Something goes, is named otherwise, or takes less than before.
    Contract,
}

/// One thing that a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub phase: Phase,
    /// Without its schema.
    pub table: String,
    /// `None` where it is about the whole table.
    pub column: Option<String>,
    /// What it does, as words behind the name: `is dropped`.
    pub what: &'static str,
}

/// A contract step that comes too early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseProblem {
    /// The number of the statement among the facts.
    pub statement: usize,
    pub table: String,
    pub column: Option<String>,
    pub kind: TooEarly,
    /// What happens, as a sentence without a full stop.
    pub message: String,
    /// What to do instead, as a sentence without a full stop.
    pub safe: String,
}

/// Why it is too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TooEarly {
    /// The version that runs names it.
    CodeRuns,
    /// What replaces it comes in the same change.
    WithItsExpansion,
}

/// What a statement does, step by step; nothing for what concerns neither the shape of tables nor their rows.
#[must_use]
pub fn steps(statement: &Statement) -> Vec<Step> {
    let mut found = Vec::new();
    for action in &statement.actions {
        let mut add = |phase, table: &str, column: Option<&str>, what| {
            found.push(Step { phase, table: table.to_owned(), column: column.map(str::to_owned), what });
        };
        match action {
            Action::CreateTable(create) => {
                if let Some(name) = &create.name {
                    add(Phase::Expand, &name.name, None, "is new");
                }
            }
            Action::CreateIndex(index) if !index.unique => {
                if let Some(table) = &index.table {
                    add(Phase::Expand, &table.name, None, "gets an index");
                }
            }
            Action::CreateIndex(index) => {
                if let Some(table) = &index.table {
                    add(Phase::Contract, &table.name, None, "takes no doubles any more");
                }
            }
            Action::DropTable { names, .. } | Action::DropView { names, .. } => {
                for name in names {
                    add(Phase::Contract, &name.name, None, "is dropped");
                }
            }
            Action::RenameTables { pairs } => {
                for (from, to) in pairs {
                    add(Phase::Contract, &from.name, None, "is named otherwise");
                    add(Phase::Expand, &to.name, None, "is new");
                }
            }
            Action::AlterTable(alter) => {
                for operation in &alter.operations {
                    for (phase, column, what) in of_operation(operation) {
                        add(phase, &alter.name.name, column, what);
                    }
                }
            }
            Action::Dml(Dml::Insert(insert)) => {
                if let Some(table) = &insert.table {
                    add(Phase::Migrate, &table.name, None, "gets rows");
                }
            }
            Action::Dml(Dml::Update(update)) => {
                for table in &update.tables {
                    for (column, _) in &update.set {
                        let column = column.rsplit('.').next();
                        add(Phase::Migrate, &table.name, column, "is filled");
                    }
                }
            }
            Action::Dml(Dml::Delete(delete)) => {
                for table in &delete.tables {
                    add(Phase::Migrate, &table.name, None, "loses rows");
                }
            }
            _ => {}
        }
    }
    found
}

fn of_operation(operation: &AlterOp) -> Vec<(Phase, Option<&str>, &'static str)> {
    use Phase::{Contract, Expand};
    match operation {
        AlterOp::AddColumn { column, .. } if demands(column) => {
            vec![(Expand, Some(&column.name), "is new"), (Contract, Some(&column.name), "demands a value")]
        }
        AlterOp::AddColumn { column, .. } => vec![(Expand, Some(&column.name), "is new")],
        AlterOp::DropColumn { column, .. } => vec![(Contract, Some(column), "is dropped")],
        AlterOp::RenameColumn { from, to } => {
            vec![(Contract, Some(from), "is named otherwise"), (Expand, Some(to), "is new")]
        }
        AlterOp::RenameTable { .. } | AlterOp::SetSchema { .. } => vec![(Contract, None, "is named otherwise")],
        AlterOp::Redefine { old: Some(old), column } if *old != column.name => {
            vec![(Contract, Some(old), "is named otherwise"), (Expand, Some(&column.name), "is new")]
        }
        AlterOp::SetNotNull { column } => vec![(Contract, Some(column), "demands a value")],
        AlterOp::AlterType { column, .. } => vec![(Contract, Some(column), "is of another type")],
        AlterOp::DropDefault { column } => vec![(Contract, Some(column), "has no default any more")],
        AlterOp::DropNotNull { column } | AlterOp::SetDefault { column, .. } => vec![(Expand, Some(column), "takes more")],
        AlterOp::AddConstraint(_) => vec![(Contract, None, "takes less")],
        AlterOp::DropConstraint { .. } | AlterOp::DropForeignKey { .. } | AlterOp::AddIndex(_) => {
            vec![(Expand, None, "takes more")]
        }
        _ => Vec::new(),
    }
}

/// Whether whoever does not name a column cannot write a row any more.
fn demands(column: &ColumnDef) -> bool {
    column.nullable == Some(false) && column.default.is_none() && column.generated.is_none() && !column.auto_increment
}

/// The contract steps of a change that come too early.
///
/// `statements` are the facts about the same sources. `at_base` says of a table, or of a column of one, whether the version that runs
/// names it; `None` where nobody looked, which is no reason to let it pass: then only what the SQL itself shows is told.
pub fn phases(
    sources: &[SqlSource<'_>],
    statements: &[SqlStatement],
    at_base: impl Fn(&str, Option<&str>) -> Option<bool>,
) -> Vec<PhaseProblem> {
    let mut all: Vec<(Step, Option<usize>)> = Vec::new();
    for source in sources.iter().filter(|source| source.direction == Direction::Up) {
        for statement in &source.script.statements {
            let number = number_of(source, statement, statements);
            all.extend(steps(statement).into_iter().map(|step| (step, number)));
        }
    }
    let new_tables: BTreeSet<&str> = all
        .iter()
        .filter(|(step, _)| step.phase == Phase::Expand && step.column.is_none() && step.what == "is new")
        .map(|(step, _)| step.table.as_str())
        .collect();
    let mut found = Vec::new();
    for (step, number) in &all {
        let Some(statement) = *number else { continue };
        let own = new_tables.contains(step.table.as_str()) && !renamed_in(&all, step);
        if step.phase != Phase::Contract || own {
            continue;
        }
        let problem = |kind, message: String, safe: &str| PhaseProblem {
            statement,
            table: step.table.clone(),
            column: step.column.clone(),
            kind,
            message,
            safe: safe.to_owned(),
        };
        let name = named(step);
        let goes = matches!(step.what, "is dropped" | "is named otherwise");
        if goes && at_base(&step.table, step.column.as_deref()) == Some(true) {
            let message = format!("{name} {}, and the version that runs while this change is rolled out names it", step.what);
            found.push(problem(
                TooEarly::CodeRuns,
                message,
                "release code that does not name it first, and take it away in a later change",
            ));
        }
        if let Some(new) = expansion(&all, step) {
            let message = format!("{name} {} in the same change as {} {}", step.what, named(new), new.what);
            let safe = "add the new one first, let the code use both, move the rows, and take the old one away in a later change";
            found.push(problem(TooEarly::WithItsExpansion, message, safe));
        }
    }
    found
}

/// Whether the table of a step exists only by another name of the same change.
fn renamed_in(all: &[(Step, Option<usize>)], step: &Step) -> bool {
    all.iter().any(|(other, _)| other.what == "is named otherwise" && other.column.is_none() && other.table == step.table)
}

/// The step that brings what takes the place of what goes: a new column of the same table, or a new table that rows are copied to.
fn expansion<'a>(all: &'a [(Step, Option<usize>)], step: &Step) -> Option<&'a Step> {
    let new = |other: &&Step| other.phase == Phase::Expand && other.what == "is new";
    let steps = || all.iter().map(|(step, _)| step);
    match (&step.column, step.what) {
        (Some(column), "demands a value") => {
            steps().filter(new).find(|other| other.table == step.table && other.column.as_ref() == Some(column))
        }
        (Some(column), "is dropped" | "is named otherwise") => {
            steps().filter(new).find(|other| other.table == step.table && other.column.as_ref().is_some_and(|new| new != column))
        }
        (None, "is dropped") => {
            let filled = |table: &str| steps().any(|other| other.phase == Phase::Migrate && other.table == table);
            steps().filter(new).find(|other| other.column.is_none() && other.table != step.table && filled(&other.table))
        }
        (None, "is named otherwise") => steps().filter(new).find(|other| other.column.is_none() && other.table != step.table),
        _ => None,
    }
}

fn named(step: &Step) -> String {
    match &step.column {
        Some(column) => format!("`{}.{column}`", step.table),
        None => format!("`{}`", step.table),
    }
}

/// The number of a statement among the facts, by its place; `None` for one that the change does not add.
pub(in crate::analyze) fn number_of(source: &SqlSource<'_>, statement: &Statement, statements: &[SqlStatement]) -> Option<usize> {
    let span = &statement.span;
    let is_added = |LineRange { first, last }: &LineRange| *first <= span.end_line && span.line <= *last;
    if source.added.is_some_and(|added| !added.iter().any(is_added)) {
        return None;
    }
    statements.iter().position(|fact| {
        let place = &fact.place;
        place.file == source.path && fact.direction == source.direction && (place.line, place.column) == (span.line, span.column)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::sql::{SqlOptions, understand};
    use crate::evidence::sql::read;
    use crate::facts::SqlDialect;

    fn told(text: &str, named_at_base: &[(&str, Option<&str>)]) -> Vec<String> {
        let script = read(text, SqlDialect::Postgres);
        let source = SqlSource {
            path: "a.sql",
            direction: Direction::Up,
            script: &script,
            in_transaction: true,
            edited: false,
            added: None,
        };
        let options = SqlOptions {
            statistics: None,
            earlier: &[],
            small_rows: 1,
            large_rows: 2,
            postgres: 13,
            mysql: (8, 0),
            mariadb: (10, 6),
        };
        let facts = understand(&[source], &options).statements;
        let at_base = |table: &str, column: Option<&str>| Some(named_at_base.contains(&(table, column)));
        phases(&[source], &facts, at_base).into_iter().map(|it| format!("{} {}", it.statement, it.message)).collect()
    }

    #[test]
    fn what_the_running_version_names_goes_too_early() {
        let found = told("SELECT 1; ALTER TABLE a DROP COLUMN b", &[("a", Some("b"))]);
        assert_eq!(found, ["1 `a.b` is dropped, and the version that runs while this change is rolled out names it"]);
        assert_eq!(told("ALTER TABLE a DROP COLUMN b", &[("a", Some("c"))]), [""; 0]);
        assert_eq!(told("DROP TABLE a", &[("a", None)]).len(), 1);
        assert_eq!(told("ALTER TABLE a RENAME COLUMN b TO c", &[("a", Some("b"))]).len(), 2);
    }

    #[test]
    fn an_expansion_and_its_contraction_are_two_changes() {
        for text in [
            "ALTER TABLE a ADD c text; UPDATE a SET c = b; ALTER TABLE a DROP b",
            "ALTER TABLE a RENAME COLUMN b TO c",
            "ALTER TABLE a ADD c text; UPDATE a SET c = 'x'; ALTER TABLE a ALTER c SET NOT NULL",
            "ALTER TABLE a ADD c text NOT NULL",
            "CREATE TABLE b (c int); INSERT INTO b SELECT c FROM a; DROP TABLE a",
        ] {
            let found = told(text, &[]);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].contains("in the same change as"), "{found:?}");
        }
    }

    #[test]
    fn each_step_alone_and_what_is_new_is_fine() {
        for text in [
            "ALTER TABLE a ADD c text",
            "ALTER TABLE a ADD c text NOT NULL DEFAULT ''",
            "UPDATE a SET c = b",
            "ALTER TABLE a DROP b",
            "ALTER TABLE a ALTER c SET NOT NULL",
            "CREATE TABLE a (b int); ALTER TABLE a ADD c int; ALTER TABLE a DROP b",
            "DROP TABLE a; CREATE TABLE b (c int)",
            "CREATE INDEX ON a (b)",
        ] {
            assert_eq!(told(text, &[]), [""; 0], "{text}");
        }
    }

    #[test]
    fn steps_have_their_phase() {
        let script = read(
            "CREATE TABLE a (b int); UPDATE a SET b = 1; DROP TABLE a; CREATE UNIQUE INDEX ON a (b); GRANT SELECT ON a TO x",
            SqlDialect::Postgres,
        );
        let all: Vec<Phase> = script.statements.iter().flat_map(steps).map(|step| step.phase).collect();
        assert_eq!(all, [Phase::Expand, Phase::Migrate, Phase::Contract, Phase::Contract]);
    }
}
