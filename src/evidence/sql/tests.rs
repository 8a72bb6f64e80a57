use super::*;
use crate::facts::SqlDialect::{self, Mysql, Postgres};

/// The only statement of a text, without a trouble.
fn one(text: &str, dialect: SqlDialect) -> Statement {
    let mut script = read(text, dialect);
    assert_eq!(script.troubles, [], "{text}");
    assert_eq!(script.statements.len(), 1, "{text}: {:#?}", script.statements);
    script.statements.remove(0)
}

/// The only action of the only statement, which is understood to its last word.
fn action(text: &str, dialect: SqlDialect) -> Action {
    let mut statement = one(text, dialect);
    assert_eq!(statement.understood, Understood::Parsed, "{text}: {:#?}", statement.actions);
    assert_eq!(statement.actions.len(), 1, "{text}");
    statement.actions.remove(0)
}

#[test]
fn words_that_a_parser_drops_are_kept() {
    let Action::AlterTable(table) = action("ALTER TABLE ONLY a ADD CONSTRAINT x CHECK (b > 0) NOT VALID", Postgres) else {
        panic!()
    };
    assert!(table.only);
    assert!(matches!(&table.operations[..], [AlterOp::AddConstraint(AddConstraint { not_valid: true, .. })]));
    let Action::AlterTable(table) = action("ALTER TABLE a ADD INDEX i (b), ALGORITHM=INPLACE, LOCK = none", Mysql) else {
        panic!()
    };
    assert_eq!((table.algorithm.as_deref(), table.lock.as_deref()), (Some("INPLACE"), Some("NONE")));
}
