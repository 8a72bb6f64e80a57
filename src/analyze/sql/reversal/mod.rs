//! Whether a migration can be undone by the SQL that comes with it (requirement B1).
//!
//! Both ways are played on what is known of the schema: first up, then down. What comes out is compared with what was there, table by
//! table and value by value. Nothing is run.

use crate::analyze::sql::schema::{Difference, Refusal, Schema, diff};
use crate::evidence::sql::{Action, Script, Statement, Trouble};
use crate::evidence::table_stats::TableStatistics;
use crate::facts::{Reversal, ReversalState, SqlDialect};

#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;

/// One way of a migration: a file, or a part of one.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    pub path: &'a str,
    pub statements: &'a [Statement],
    pub troubles: &'a [Trouble],
}

impl<'a> Side<'a> {
    #[must_use]
    pub fn of(path: &'a str, script: &'a Script) -> Side<'a> {
        Side { path, statements: &script.statements, troubles: &script.troubles }
    }
}

/// A migration, or a correction of data, with what takes it back.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    pub dialect: SqlDialect,
    pub up: Side<'a>,
    /// `None` where nothing does.
    pub down: Option<Side<'a>>,
}

/// So many statements other than those about rows are followed: what each does is looked up among all tables.
const MOST_STATEMENTS: usize = 20_000;

/// So many sentences are kept of each kind.
const MOST: usize = 50;

/// What is known of a database before the change: by the snapshot of its catalogue, and by the migrations that ran before, in their
/// order. Each tells what the other leaves out.
///
/// Without both nothing is known: then what a statement takes for granted is believed, and a part that is given a value without anybody
/// knowing the one before makes the answer [`Unknown`](ReversalState::Unknown).
#[must_use]
pub fn base(dialect: SqlDialect, statistics: Option<&TableStatistics>, earlier: &[&Script]) -> Schema {
    let mut history = Schema::unknown(dialect);
    for statement in earlier.iter().flat_map(|script| &script.statements).filter(|it| shapes(it)).take(MOST_STATEMENTS) {
        if history.apply(statement).is_err() {
            history.loosen();
        }
    }
    let history = history.settled();
    match statistics {
        Some(statistics) if statistics.dialect == dialect || (statistics.dialect.is_mysql() && dialect.is_mysql()) => {
            Schema::from_statistics(statistics).with_history(&history)
        }
        _ => history,
    }
}

/// Judges migrations in the order in which they run: each finds what the ones before it left.
#[must_use]
pub fn reversals(base: Schema, pairs: &[Pair<'_>]) -> Vec<Reversal> {
    let mut schema = base;
    let mut found = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let (reversal, after) = judge(&schema, pair);
        found.push(reversal);
        schema = after;
    }
    found
}

/// Judges one migration, and returns what the next one finds.
fn judge(before: &Schema, pair: &Pair<'_>) -> (Reversal, Schema) {
    let mut answer = Reversal {
        up: pair.up.path.to_owned(),
        line: pair.up.statements.first().map_or(1, |statement| statement.span.line),
        down: pair.down.map(|down| down.path.to_owned()),
        state: ReversalState::Unknown,
        differences: Vec::new(),
        notes: Vec::new(),
    };
    let mut schema = before.clone();
    if let Err(refusal) = play(&mut schema, &pair.up, pair.dialect) {
        answer.differences.push(match refusal {
            Refusal::Fails(why) => format!("the migration itself fails: {why}"),
            Refusal::NotUnderstood(why) => why,
        });
        schema.loosen();
        return (answer, schema.settled());
    }
    let up = schema.clone();
    let next = up.clone().settled();
    let changed = differences(before, &up);
    let idle = !changed.iter().any(counts);
    let Some(down) = pair.down.filter(|down| !down.statements.is_empty()) else {
        answer.state = if idle { ReversalState::NothingToUndo } else { ReversalState::Missing };
        if !idle {
            fill(&mut answer, changed);
        }
        return (answer, next);
    };
    schema.undo();
    match play(&mut schema, &down, pair.dialect) {
        Err(Refusal::Fails(why)) => {
            answer.state = ReversalState::Different;
            answer.differences.push(format!("the reverse fails: {why}"));
        }
        Err(Refusal::NotUnderstood(why)) => answer.differences.push(why),
        Ok(()) => {
            let found = differences(before, &schema);
            answer.state = if idle && !found.iter().any(counts) { ReversalState::NothingToUndo } else { state(&found) };
            answer.notes = up.written_since(&schema);
            fill(&mut answer, found);
        }
    }
    (answer, next)
}

fn differences(before: &Schema, after: &Schema) -> Vec<Difference> {
    let mut before = before.clone();
    before.assume_as(after);
    diff(&before, after)
}

const fn counts(difference: &Difference) -> bool {
    !matches!(difference, Difference::Note(_))
}

/// What is certain weighs more than what nobody knows: a doubt cannot bring lost data back.
fn state(differences: &[Difference]) -> ReversalState {
    let any = |wanted: fn(&Difference) -> bool| differences.iter().any(wanted);
    if any(|it| matches!(it, Difference::Schema(_))) {
        ReversalState::Different
    } else if any(|it| matches!(it, Difference::Data(_))) {
        ReversalState::SchemaOnly
    } else if any(|it| matches!(it, Difference::Doubt(_))) {
        ReversalState::Unknown
    } else {
        ReversalState::Reversible
    }
}

fn fill(answer: &mut Reversal, differences: Vec<Difference>) {
    for difference in differences {
        let list = if counts(&difference) { &mut answer.differences } else { &mut answer.notes };
        let (Difference::Schema(text) | Difference::Data(text) | Difference::Doubt(text) | Difference::Note(text)) = difference;
        if list.len() < MOST {
            list.push(text);
        }
    }
}

/// Whether a statement is about more than rows.
fn shapes(statement: &Statement) -> bool {
    !statement.actions.iter().all(|action| matches!(action, Action::Dml(_) | Action::Copy { .. }))
}

/// Applies statements in their order. A transaction that is rolled back leaves nothing, where the dialect rolls definitions back.
fn play(schema: &mut Schema, side: &Side<'_>, dialect: SqlDialect) -> Result<(), Refusal> {
    if let Some(trouble) = side.troubles.first() {
        return Err(Refusal::NotUnderstood(format!("line {} of `{}`: {}", trouble.span.line, side.path, trouble.message)));
    }
    if side.statements.iter().filter(|it| shapes(it)).count() > MOST_STATEMENTS {
        let message = format!("`{}` has more than {MOST_STATEMENTS} statements; nobody follows so many", side.path);
        return Err(Refusal::NotUnderstood(message));
    }
    let mut begun: Option<Schema> = None;
    for statement in side.statements {
        match statement.actions.as_slice() {
            [Action::Begin] => begun = Some(schema.clone()),
            [Action::Commit] => begun = None,
            [Action::Rollback { to_savepoint }] => {
                let whole = !to_savepoint && matches!(dialect, SqlDialect::Postgres | SqlDialect::Sqlite);
                let Some(before) = begun.take().filter(|_| whole) else {
                    let line = statement.span.line;
                    return Err(Refusal::NotUnderstood(format!("nobody can tell what the ROLLBACK at line {line} takes back")));
                };
                *schema = before;
            }
            _ => schema.apply(statement)?,
        }
    }
    Ok(())
}
