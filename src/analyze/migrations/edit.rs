//! What a change adds to a file of SQL that was there before.
//!
//! Lines do not tell it: who deletes the line of a `WHERE`, the marks of a comment or a `ROLLBACK` adds none. Statements are compared, and
//! what stands around them: a statement is old only where everything before it is as it was.

use crate::evidence::sql::{Action, Script, Statement};
use crate::facts::LineRange;

/// The lines of the head whose statements the change adds or puts into another light; `None` for all.
#[must_use]
pub(super) fn added(base: &Script, base_text: &str, head: &Script, head_text: &str) -> Option<Vec<LineRange>> {
    if commands(base_text) != commands(head_text) || base.troubles.len() != head.troubles.len() {
        return None;
    }
    let (old, new) = (&base.statements, &head.statements);
    // How a transaction ends decides about what came before.
    let ends = |script: &Script| -> Vec<String> {
        script.statements.iter().filter(|one| one.actions.iter().any(is_of_transaction)).map(|one| one.text.clone()).collect()
    };
    if ends(base) != ends(head) {
        return None;
    }
    let same = |(a, b): &(&Statement, &Statement)| a.text == b.text;
    let before = old.iter().zip(new).take_while(same).count();
    let rest = old.len().min(new.len()) - before;
    let after = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(same).count();
    let inserted = &new[before..new.len() - after];
    let only_inserted = old.len() == before + after;
    // What comes after an inserted statement is as it was, unless that statement changes what surrounds it.
    let judged = if only_inserted && inserted.iter().all(stands_alone) { inserted } else { &new[before..] };
    Some(judged.iter().map(|statement| LineRange { first: statement.span.line, last: statement.span.end_line }).collect())
}

fn is_of_transaction(action: &Action) -> bool {
    matches!(action, Action::Begin | Action::Commit | Action::Rollback { .. } | Action::Savepoint)
}

/// Whether what follows a statement means the same with and without it.
fn stands_alone(statement: &Statement) -> bool {
    statement.actions.iter().all(|action| match action {
        Action::CreateTable(create) => !create.temporary,
        Action::AlterTable(_)
        | Action::DropTable { .. }
        | Action::Truncate { .. }
        | Action::CreateIndex(_)
        | Action::DropIndex(_)
        | Action::Dml(_)
        | Action::Query { .. }
        | Action::Comment { .. }
        | Action::Grant { .. }
        | Action::Revoke { .. } => true,
        _ => false,
    })
}

/// The lines that are commands of a client: they decide what statements mean.
fn commands(text: &str) -> Vec<&str> {
    let is_command = |line: &&str| {
        let lower = line.to_ascii_lowercase();
        lower.starts_with('\\') || lower.starts_with("delimiter") || lower.starts_with("source ")
    };
    text.lines().map(str::trim).filter(is_command).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::sql::read;
    use crate::facts::SqlDialect;

    /// The first lines of what is judged; `None` for all.
    fn judged(base: &str, head: &str) -> Option<Vec<u32>> {
        let of = |text: &str| read(text, SqlDialect::Postgres);
        let lines = added(&of(base), base, &of(head), head)?;
        Some(lines.iter().map(|range| range.first).collect())
    }

    #[test]
    fn what_is_appended_or_put_in_between_is_judged_alone() {
        let base = "DROP TABLE a;\nSELECT 1;\n";
        assert_eq!(judged(base, base), Some(vec![]));
        assert_eq!(judged(base, "DROP TABLE a;\nSELECT 1;\nDROP TABLE b;\n"), Some(vec![3]));
        assert_eq!(judged(base, "DROP TABLE a;\nDROP TABLE b;\nSELECT 1;\n"), Some(vec![2]));
        assert_eq!(judged(base, "-- why\nDROP TABLE a;\n\nSELECT 1;\n"), Some(vec![]));
    }

    #[test]
    fn deleted_lines_judge_what_they_change() {
        assert_eq!(judged("DELETE FROM a\nWHERE id = 5\n;\n", "DELETE FROM a\n;\n"), Some(vec![1]));
        assert_eq!(judged("/*\nDROP TABLE a;\n*/\n", "DROP TABLE a;\n"), Some(vec![1]));
        assert_eq!(judged("BEGIN;\nDROP TABLE a;\nROLLBACK;\n", "BEGIN;\nDROP TABLE a;\nCOMMIT;\n"), None);
        assert_eq!(judged("BEGIN;\nDROP TABLE a;\nROLLBACK;\n", "BEGIN;\nDROP TABLE a;\n"), None);
    }

    #[test]
    fn what_surrounds_a_statement_puts_it_into_another_light() {
        assert_eq!(judged("SET search_path = x;\nDROP TABLE a;\n", "DROP TABLE a;\n"), Some(vec![1]));
        assert_eq!(judged("DROP TABLE a;\n", "SET search_path = x;\nDROP TABLE a;\n"), Some(vec![1, 2]));
        assert_eq!(judged("\\set t x\nDROP TABLE :t;\n", "\\set t y\nDROP TABLE :t;\n"), None);
        assert_eq!(judged("CREATE TEMP TABLE a (id int);\nDROP TABLE a;\n", "DROP TABLE a;\n"), Some(vec![1]));
    }
}
