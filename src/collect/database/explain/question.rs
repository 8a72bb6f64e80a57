//! What a planner is asked about a statement.
//!
//! A statement that changes rows is planned as what it is where the server lets this role plan it. Elsewhere a query stands in for it that
//! finds the same rows: a role that may only read is enough, and MySQL plans no change of rows in a transaction that can only read.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use sqlparser::ast::{
    Delete, Expr, FromTable, GroupByExpr, Insert, LimitClause, Query, Select, SetExpr, Statement, TableFactor, TableWithJoins,
    Update, UpdateTableFromKind, Value, Visit as _, Visitor, With,
};
use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect};
use sqlparser::parser::{Parser, ParserOptions};

use crate::collect::database::literals::{Quoting, Token, tokens};

/// Longer statements hold data rather than conditions.
const LONGEST: usize = 64 << 10;

/// A chain of operators is a tree as deep as it is long, and trees are walked by recursion.
const LONGEST_CHAIN: usize = 500;

/// A statement, and what stands in for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::collect::database) struct Question {
    /// The statement itself, without a terminator.
    pub(in crate::collect::database) text: String,
    /// Whether it changes rows.
    pub(in crate::collect::database) writes: bool,
    /// A query that finds the rows which it changes.
    pub(in crate::collect::database) finds: Option<String>,
    /// How many rows it inserts, where they stand in it.
    pub(in crate::collect::database) inserts: Option<u64>,
    /// The tables behind the names that it gives them.
    pub(in crate::collect::database) aliases: BTreeMap<String, String>,
    /// No more rows than these are changed or given back.
    pub(in crate::collect::database) limit: Option<u64>,
    /// It takes the first rows that it finds, so many, whatever they are.
    pub(in crate::collect::database) first: Option<u64>,
}

/// Reads a statement; the error says why no planner is asked about it, as a sentence without a full stop.
pub(in crate::collect::database) fn question(text: &str, quoting: Quoting) -> Result<Question, String> {
    if text.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    let text = text.trim().trim_end_matches(|c: char| c == ';' || c.is_whitespace());
    let tokens = tokens(text, quoting);
    let first = tokens.first().map(|(_, token)| token);
    let starts = |wanted: &[&str]| first.is_some_and(|first| wanted.iter().any(|wanted| is_word(first, wanted)));
    if !starts(&["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "REPLACE"]) {
        return Err("only SELECT, INSERT, UPDATE, DELETE, MERGE and WITH are estimated".to_owned());
    }
    if tokens.iter().any(|(_, token)| *token == Token::Symbol(';')) {
        return Err("it is more than one statement".to_owned());
    }
    if quoting == Quoting::Mysql {
        // Only some servers run what stands in such a comment, and a query that writes a file is none to try.
        if text.contains("/*!") || text.contains("/*M!") {
            return Err("a comment that only some versions run makes it another statement".to_owned());
        }
        if tokens.iter().any(|(_, token)| is_word(token, "OUTFILE") || is_word(token, "DUMPFILE")) {
            return Err("it writes a file".to_owned());
        }
    }
    let mut question = Question { text: text.to_owned(), writes: !starts(&["SELECT", "WITH"]), ..Question::default() };
    let chain = tokens.iter().filter(|(_, token)| is_link(token)).count();
    if chain <= LONGEST_CHAIN
        && let Some(statement) = tree(text, quoting)
    {
        question.aliases = aliases(&statement);
        understand(&mut question, &statement, quoting);
    }
    Ok(question)
}

fn is_word(token: &Token, wanted: &str) -> bool {
    matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(wanted))
}

fn is_link(token: &Token) -> bool {
    match token {
        Token::Symbol(symbol) => !matches!(symbol, '(' | ')' | ',' | '.'),
        Token::Word(word) => [
            "AND",
            "OR",
            "XOR",
            "NOT",
            "UNION",
            "EXCEPT",
            "INTERSECT",
            "JOIN",
            "IS",
            "IN",
            "LIKE",
            "BETWEEN",
            "COLLATE",
            "DIV",
            "MOD",
        ]
        .iter()
        .any(|link| word.eq_ignore_ascii_case(link)),
        Token::Quoted(..) | Token::Literal => false,
    }
}

fn tree(text: &str, quoting: Quoting) -> Option<Statement> {
    let dialect: &dyn Dialect = match quoting {
        Quoting::Postgres => &PostgreSqlDialect {},
        Quoting::Mysql => &MySqlDialect {},
    };
    // What is written back has to be what was read.
    let parser = Parser::new(dialect).with_options(ParserOptions::new().with_unescape(false)).with_recursion_limit(50);
    let statements = parser.try_with_sql(text).and_then(|mut parser| parser.parse_statements()).ok()?;
    let [statement] = <[Statement; 1]>::try_from(statements).ok()?;
    Some(statement)
}

fn understand(question: &mut Question, statement: &Statement, quoting: Quoting) {
    match statement {
        Statement::Insert(insert) => inserted(question, insert),
        Statement::Update(update) => updated(question, update, None),
        Statement::Delete(delete) => deleted(question, delete, None, quoting),
        Statement::Query(query) => match query.body.as_ref() {
            SetExpr::Update(Statement::Update(update)) => updated(question, update, query.with.as_ref()),
            SetExpr::Delete(Statement::Delete(delete)) => deleted(question, delete, query.with.as_ref(), quoting),
            SetExpr::Insert(_) | SetExpr::Merge(_) => question.writes = true,
            _ => {
                question.writes |= writes_inside(query.with.as_ref());
                bounded(question, query);
            }
        },
        _ => {}
    }
}

fn inserted(question: &mut Question, insert: &Insert) {
    let Some(query) = &insert.source else {
        question.inserts = Some(1);
        return;
    };
    match query.body.as_ref() {
        SetExpr::Values(values) if query.with.is_none() => question.inserts = Some(values.rows.len() as u64),
        _ if writes_inside(query.with.as_ref()) => {}
        _ => {
            question.finds = Some(query.to_string());
            bounded(question, query);
        }
    }
}

fn updated(question: &mut Question, update: &Update, with: Option<&With>) {
    question.writes = true;
    let mut tables = vec![&update.table];
    match &update.from {
        Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => tables.extend(from),
        None => {}
    }
    let order: Vec<String> = update.order_by.iter().map(ToString::to_string).collect();
    found(question, with, &tables, update.selection.as_ref(), &order, update.limit.as_ref());
}

fn deleted(question: &mut Question, delete: &Delete, with: Option<&With>, quoting: Quoting) {
    question.writes = true;
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    let tables: Vec<&TableWithJoins> = match &delete.using {
        // There it names all tables again.
        Some(using) if quoting == Quoting::Mysql => using.iter().collect(),
        Some(using) => from.iter().chain(using).collect(),
        None => from.iter().collect(),
    };
    let order: Vec<String> = delete.order_by.iter().map(ToString::to_string).collect();
    found(question, with, &tables, delete.selection.as_ref(), &order, delete.limit.as_ref());
}

/// The query that finds the rows. All columns, because the rows themselves are needed, and no index alone has them.
fn found(
    question: &mut Question,
    with: Option<&With>,
    tables: &[&TableWithJoins],
    filter: Option<&Expr>,
    order: &[String],
    limit: Option<&Expr>,
) {
    question.limit = limit.and_then(number);
    if writes_inside(with) {
        return;
    }
    let mut text = with.map(|with| format!("{with} ")).unwrap_or_default();
    let names: Vec<String> = tables.iter().map(ToString::to_string).collect();
    text.extend(["SELECT * FROM ", &names.join(", ")]);
    if let Some(filter) = filter {
        text.extend([" WHERE ", &filter.to_string()]);
    }
    if !order.is_empty() {
        text.extend([" ORDER BY ", &order.join(", ")]);
    }
    if let Some(limit) = limit {
        text.extend([" LIMIT ", &limit.to_string()]);
    }
    question.finds = Some(text);
    let [table] = tables else { return };
    if filter.is_none() && order.is_empty() && table.joins.is_empty() {
        question.first = question.limit;
    }
}

/// How many rows a query can give back at most.
fn bounded(question: &mut Question, query: &Query) {
    let (limit, offset) = match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit: Some(limit), offset, .. }) => {
            (number(limit), offset.as_ref().map_or(Some(0), |offset| number(&offset.value)))
        }
        Some(LimitClause::OffsetCommaLimit { offset, limit }) => (number(limit), number(offset)),
        _ => (None, None),
    };
    question.limit = limit;
    if let (SetExpr::Select(select), None, Some(limit), Some(offset)) = (query.body.as_ref(), &query.order_by, limit, offset)
        && takes_what_comes(select)
    {
        question.first = Some(limit.saturating_add(offset));
    }
}

fn takes_what_comes(select: &Select) -> bool {
    let [table] = select.from.as_slice() else { return false };
    let ungrouped = matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
    let aggregates = select.projection.iter().any(|item| item.to_string().contains('('));
    table.joins.is_empty()
        && select.selection.is_none()
        && select.having.is_none()
        && select.distinct.is_none()
        && ungrouped
        && !aggregates
}

fn number(expression: &Expr) -> Option<u64> {
    match expression {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => number.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

fn writes_inside(with: Option<&With>) -> bool {
    let writes = |query: &Query| {
        matches!(query.body.as_ref(), SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_))
    };
    with.is_some_and(|with| with.cte_tables.iter().any(|table| writes(&table.query)))
}

fn aliases(statement: &Statement) -> BTreeMap<String, String> {
    #[derive(Default)]
    struct Named(BTreeMap<String, String>);
    impl Visitor for Named {
        type Break = ();

        fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
            if let TableFactor::Table { name, alias: Some(alias), .. } = factor
                && let Some(table) = name.0.last().and_then(|part| part.as_ident())
            {
                self.0.insert(alias.name.value.clone(), table.value.clone());
            }
            ControlFlow::Continue(())
        }
    }
    let mut named = Named::default();
    let _ = statement.visit(&mut named);
    named.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pg(text: &str) -> Question {
        question(text, Quoting::Postgres).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn my(text: &str) -> Question {
        question(text, Quoting::Mysql).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_query_finds_the_rows_that_are_changed() {
        for (text, wanted) in [
            ("UPDATE t SET a = 1 WHERE b = 'x''y\\'", "SELECT * FROM t WHERE b = 'x''y\\'"),
            ("update s.t x set a = u.a from u where u.id = x.id", "SELECT * FROM s.t x, u WHERE u.id = x.id"),
            ("DELETE FROM t USING u WHERE t.id = u.id", "SELECT * FROM t, u WHERE t.id = u.id"),
            ("DELETE FROM t;", "SELECT * FROM t"),
            (
                "WITH o AS (SELECT id FROM t LIMIT 5) DELETE FROM t WHERE id IN (SELECT id FROM o)",
                "WITH o AS (SELECT id FROM t LIMIT 5) SELECT * FROM t WHERE id IN (SELECT id FROM o)",
            ),
            ("INSERT INTO t SELECT * FROM u WHERE a > 3", "SELECT * FROM u WHERE a > 3"),
        ] {
            let question = pg(text);
            assert_eq!((question.finds.as_deref(), question.writes), (Some(wanted), true), "{text}");
        }
        for (text, wanted) in [
            (
                "UPDATE a JOIN b ON a.x = b.x SET a.y = 1 WHERE b.z = \"q\"",
                "SELECT * FROM a JOIN b ON a.x = b.x WHERE b.z = \"q\"",
            ),
            (
                "DELETE a FROM a INNER JOIN b ON a.x = b.x WHERE b.z = 'it\\'s'",
                "SELECT * FROM a INNER JOIN b ON a.x = b.x WHERE b.z = 'it\\'s'",
            ),
            ("DELETE FROM t ORDER BY a LIMIT 5", "SELECT * FROM t ORDER BY a LIMIT 5"),
        ] {
            assert_eq!(my(text).finds.as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_stands_in_the_statement_needs_no_server() {
        assert_eq!(pg("INSERT INTO t (a) VALUES (1), (2), (3)").inserts, Some(3));
        assert_eq!(my("REPLACE INTO t SET a = 1").inserts, Some(1));
        assert_eq!(my("DELETE FROM t WHERE a = 1 LIMIT 5").limit, Some(5));
        assert_eq!(my("DELETE FROM t LIMIT 5").first, Some(5));
        assert_eq!(my("DELETE FROM t ORDER BY a LIMIT 5").first, None);
        assert_eq!(my("SELECT * FROM t LIMIT 7, 5").first, Some(12));
        assert_eq!(my("SELECT * FROM t WHERE a = 1 LIMIT 5").first, None);
        assert_eq!(my("SELECT count(*) FROM t LIMIT 5").first, None);
        assert_eq!(
            my("SELECT * FROM pay.orders AS o, items i").aliases,
            BTreeMap::from([("o".into(), "orders".into()), ("i".into(), "items".into())])
        );
        let inside = pg("WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone");
        assert!(inside.writes && inside.finds.is_none());
        assert!(!pg("SELECT 1").writes);
    }

    #[test]
    fn nothing_else_is_asked_about() {
        for (text, told) in [
            ("DROP TABLE t", "only SELECT"),
            ("", "only SELECT"),
            ("EXPLAIN ANALYZE DELETE FROM t", "only SELECT"),
            ("ANALYZE DELETE FROM t", "only SELECT"),
            ("(SELECT 1)", "only SELECT"),
            ("CALL p()", "only SELECT"),
            ("SELECT 1; DELETE FROM t", "more than one"),
            ("SELECT 1 /* ; */ ; -- x\n DELETE FROM t", "more than one"),
        ] {
            assert!(question(text, Quoting::Postgres).unwrap_err().contains(told), "{text}");
        }
        for (text, told) in [
            ("SELECT 1 /*!50000 , sleep(5) */", "only some versions"),
            ("SELECT 1 /*M! , sleep(5) */", "only some versions"),
            ("SELECT 1 INTO OUTFILE '/tmp/x'", "writes a file"),
        ] {
            assert!(question(text, Quoting::Mysql).unwrap_err().contains(told), "{text}");
        }
        assert!(question(&format!("SELECT '{}'", "x".repeat(LONGEST)), Quoting::Postgres).unwrap_err().contains("longer"));
        assert!(pg("SELECT ';', \";\" -- ;").text.starts_with("SELECT"));
    }

    #[test]
    fn a_long_chain_is_no_tree() {
        let text = format!("DELETE FROM t WHERE {}", vec!["a = 1"; 5000].join(" OR "));
        assert_eq!(pg(&text).finds, None);
        let list = format!("DELETE FROM t WHERE a IN ({})", vec!["12345"; 9000].join(", "));
        assert!(pg(&list).finds.is_some());
    }
}
