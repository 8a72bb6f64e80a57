//! Help for tests: a text in, what is found in it out.

use super::earlier::{Earlier, Known};
use super::hit::Hits;
use super::routines::Routines;
use super::scene::{Ahead, Scene, head};
use super::sizes::Sizes;
use super::state::{State, Step};
use super::{Rule, SqlOptions, SqlSource, UnderstoodSql, understand};
use crate::evidence::sql;
use crate::evidence::table_stats::{
    ColumnRecord, ForeignKeyRecord, IndexRecord, SCHEMA, SlowStatement, TableKind, TableRecord, TableStatistics,
};
use crate::facts::{Direction, SqlDialect, SqlRisk};

/// Under what a text is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    pub dialect: SqlDialect,
    /// Whether the tables of [`statistics`] are known.
    pub statistics: bool,
    pub in_transaction: bool,
    pub postgres: u32,
    pub mysql: (u32, u32),
    pub mariadb: (u32, u32),
}

impl Default for Case {
    fn default() -> Self {
        Case {
            dialect: SqlDialect::Postgres,
            statistics: false,
            in_transaction: false,
            postgres: 14,
            mysql: (8, 0),
            mariadb: (10, 6),
        }
    }
}

pub(super) fn options<'a>(case: &Case, statistics: Option<&'a TableStatistics>) -> SqlOptions<'a> {
    SqlOptions {
        statistics,
        earlier: &[],
        small_rows: 10_000,
        large_rows: 1_000_000,
        postgres: case.postgres,
        mysql: case.mysql,
        mariadb: case.mariadb,
    }
}

/// Every risk of a text that goes up.
pub(super) fn found(text: &str, case: &Case) -> Vec<SqlRisk> {
    understood(text, case).risks
}

/// What is known of a text that goes up.
pub(super) fn understood(text: &str, case: &Case) -> UnderstoodSql {
    let known = statistics(case.dialect);
    let script = sql::read(text, case.dialect);
    let source = SqlSource {
        path: "up.sql",
        direction: Direction::Up,
        script: &script,
        in_transaction: case.in_transaction,
        edited: false,
        added: None,
    };
    understand(&[source], &options(case, case.statistics.then_some(&known)))
}

/// Placeholders of the rule's texts that its findings in the text do not fill.
pub(super) fn unfilled(text: &str, rule: &Rule, case: &Case) -> Vec<String> {
    let known = statistics(case.dialect);
    let script = sql::read(text, case.dialect);
    let options = options(case, case.statistics.then_some(&known));
    let sizes = Sizes::new(&options);
    let source = SqlSource {
        path: "up.sql",
        direction: Direction::Up,
        script: &script,
        in_transaction: case.in_transaction,
        edited: false,
        added: None,
    };
    let (earlier, named) = (Earlier::default(), std::collections::HashSet::new());
    let known = Known { sizes: &sizes, earlier: &earlier, named: &named };
    let ahead = Ahead::new(&script);
    let routines = Routines::default();
    let mut state = State::default();
    state.begin_script(case.in_transaction, case.dialect);
    let mut wrong = Vec::new();
    for (number, statement) in script.statements.iter().enumerate() {
        let head = head(&statement.text);
        let scene = Scene {
            source: &source,
            statement,
            head: &head,
            number,
            ahead: &ahead,
            state: &state,
            routines: &routines,
            sizes: &sizes,
            earlier: &earlier,
            options: &options,
        };
        let mut hits = Hits::default();
        (rule.find)(&scene, &mut hits);
        for hit in &hits.found {
            let (_, safe, _) = rule.words(case.dialect);
            for template in [hit.message.unwrap_or(rule.says), hit.safe.unwrap_or(safe)] {
                for key in template.split('{').skip(1).filter_map(|part| part.split('}').next()) {
                    if hit.text(&format!("{{{key}}}"), case.dialect, true) == format!("<{key}>") {
                        wrong.push(format!(
                            "{} leaves {{{key}}} in `{template}` for `{text}` ({})",
                            rule.id,
                            case.dialect.word()
                        ));
                    }
                }
            }
        }
        state.follow(statement, Step { dialect: case.dialect, judged: true, maybe: false, beside: &known });
    }
    wrong
}

fn column(name: &str, ty: &str, nullable: bool, has_default: bool) -> ColumnRecord {
    let text = ty.contains("char") || ty.contains("text") || ty.starts_with("enum");
    ColumnRecord {
        name: name.into(),
        ty: ty.into(),
        nullable,
        has_default,
        generated: false,
        collation: text.then(|| "utf8mb4_general_ci".to_owned()),
    }
}

fn index(name: &str, columns: &[&str], unique: bool, primary: bool) -> IndexRecord {
    IndexRecord {
        name: name.into(),
        columns: columns.iter().map(|column| Some((*column).to_owned())).collect(),
        unique,
        primary,
        valid: true,
        partial: false,
        bytes: None,
    }
}

fn table(name: &str, rows: Option<u64>, bytes: Option<u64>, dialect: SqlDialect) -> TableRecord {
    TableRecord {
        schema: (dialect == SqlDialect::Postgres).then(|| "public".to_owned()),
        name: name.into(),
        kind: TableKind::Table,
        rows,
        bytes,
        index_bytes: None,
        analyzed_at: None,
        engine: dialect.is_mysql().then(|| "InnoDB".to_owned()),
        collation: dialect.is_mysql().then(|| "utf8mb4_general_ci".to_owned()),
        columns: Vec::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
    }
}

/// A shop: `orders` (large, slow, refers to `customers`), `customers` (medium), `settings` (small), `blobs` (few rows, much data),
/// `events` (partitioned), `unseen` (never analysed).
pub(super) fn statistics(dialect: SqlDialect) -> TableStatistics {
    let mysql = dialect.is_mysql();
    let mut orders = table("orders", Some(50_000_000), Some(20 << 30), dialect);
    orders.columns = vec![
        column("id", if mysql { "bigint(20)" } else { "bigint" }, false, true),
        column("customer_id", if mysql { "bigint(20)" } else { "bigint" }, false, false),
        column("note", if mysql { "varchar(60)" } else { "character varying(60)" }, true, false),
        column("state", if mysql { "enum('new','paid','sent')" } else { "text" }, false, true),
        column("total", if mysql { "decimal(10,2)" } else { "numeric(10,2)" }, true, false),
        column("made_at", if mysql { "datetime" } else { "timestamp without time zone" }, false, false),
    ];
    orders.indexes = vec![
        index("orders_pkey", &["id"], true, true),
        index("orders_customer", &["customer_id"], false, false),
        index("orders_made", &["made_at"], false, false),
        index("orders_made_state", &["made_at", "state"], false, false),
    ];
    orders.foreign_keys = vec![ForeignKeyRecord {
        name: "orders_customer_fk".into(),
        columns: vec!["customer_id".into()],
        to_schema: (dialect == SqlDialect::Postgres).then(|| "public".to_owned()),
        to_table: "customers".into(),
        to_columns: vec!["id".into()],
        on_delete: "CASCADE".into(),
    }];
    let mut customers = table("customers", Some(200_000), Some(80 << 20), dialect);
    customers.columns = vec![
        column("id", if mysql { "bigint(20)" } else { "bigint" }, false, true),
        column("email", if mysql { "varchar(255)" } else { "character varying(255)" }, false, false),
        column("name", "text", true, false),
    ];
    customers.indexes = vec![index("customers_pkey", &["id"], true, true), index("customers_email", &["email"], true, false)];
    let mut settings = table("settings", Some(40), Some(16_384), dialect);
    settings.columns = vec![
        column("id", if mysql { "int(11)" } else { "integer" }, false, true),
        column("name", if mysql { "varchar(40)" } else { "character varying(40)" }, false, false),
        column("value", "text", true, false),
    ];
    settings.indexes = vec![index("settings_pkey", &["id"], true, true)];
    let mut events = table("events", Some(900_000_000), Some(200 << 30), dialect);
    events.kind = TableKind::Partitioned;
    TableStatistics {
        schema: SCHEMA.into(),
        dialect,
        server: "a server of the tests".into(),
        database: "shop".into(),
        collected_at: jiff::Timestamp::UNIX_EPOCH,
        replicas: Some(2),
        tables: vec![
            orders,
            customers,
            settings,
            table("blobs", Some(900), Some(40 << 30), dialect),
            events,
            table("unseen", None, None, dialect),
        ],
        slow: Some(vec![SlowStatement {
            text: "SELECT * FROM orders WHERE note LIKE ?".into(),
            tables: vec!["orders".into()],
            calls: 900,
            mean_ms: 340.0,
            max_ms: Some(2_000.0),
        }]),
        slow_unknown: None,
    }
}
