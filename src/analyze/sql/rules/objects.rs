//! Views, functions, triggers, types, sequences, extensions: what goes, what is replaced, what is built.

use super::manual;
use crate::analyze::sql::rule::{MYSQL, POSTGRES, Proof, RULE, Rule, SERVERS, Variant};
use crate::analyze::sql::scene::Scene;
use crate::evidence::sql::Action;
use crate::facts::{Blocks, RiskClass, Severity, SqlDialect};

pub(super) const OBJECT: Rule = Rule {
    class: RiskClass::Compatibility,
    severity: Severity::Medium,
    dialects: POSTGRES,
    source: manual::PG_DEPENDENCIES,
    proof: Proof::Reason,
    ..RULE
};

pub(super) static REPLACE_OBJECT: Rule = Rule {
    id: "database/replace-view-or-function",
    title: "A view or function is replaced",
    severity: Severity::Low,
    dialects: SERVERS,
    what: "From the moment of the commit the running version gets the new answers: other columns of a view, another result of a function. Its old \
           text stands nowhere but in the history of the repository.",
    harmless: "The same change creates it.",
    says: "the running version uses {name} as it is now, and gets the new one at once",
    safe: "Create it under a new name, release the version that uses that one, and drop the old one in a later change",
    source: "PostgreSQL manual, CREATE VIEW: https://www.postgresql.org/docs/current/sql-createview.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "Create it under a new name, release the version that uses that one, and drop the old one in a later change",
        source: "MySQL 8.0 Reference Manual, 15.1.23 CREATE VIEW: https://dev.mysql.com/doc/refman/8.0/en/create-view.html",
    }],
    squawk: &["ban-replace-view-function"],
    finds: &[
        "CREATE OR REPLACE VIEW v AS SELECT 1 AS a;",
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    ],
    passes: &["CREATE VIEW v AS SELECT 1 AS a;", "CREATE VIEW v AS SELECT 1 AS a; CREATE OR REPLACE VIEW v AS SELECT 2 AS a;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let (kind, name) = match action {
                Action::CreateView { name, or_replace: true, .. } => ("view", name),
                Action::CreateRoutine { name, or_replace: true, .. } => ("routine", name),
                Action::AlterView { name, what, .. } if what.trim_start().to_ascii_uppercase().starts_with("AS ") => {
                    ("view", name)
                }
                _ => continue,
            };
            hits.plain()
                .fill("name", super::first_words(&name.to_string()))
                .harmless_if(scene.state.makes(kind, &name.name), "the same change creates it");
        }
    },
    ..OBJECT
};

pub(super) static CREATE_TRIGGER: Rule = Rule {
    id: "database/trigger-on-existing-table",
    title: "A trigger is put on a table that is in use",
    class: RiskClass::Lock,
    dialects: SERVERS,
    what: "Creating it takes a SHARE ROW EXCLUSIVE lock (MySQL: an exclusive metadata lock) for a moment, and waits for every transaction that \
           writes. From then on each write of the running version costs the trigger's work, and fails when the trigger does.",
    lock: Some("SHARE ROW EXCLUSIVE"),
    blocks: Blocks::Writes,
    harmless: "The same change creates the table.",
    weighed_by_size: true,
    says: "every write to {table} does the work of {name} from now on, and fails when that fails",
    safe: "SET lock_timeout = '2s'; -- and measure the trigger with production's rate of writes before",
    source: "PostgreSQL manual, CREATE TRIGGER: https://www.postgresql.org/docs/current/sql-createtrigger.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: Some("exclusive metadata lock"),
        safe: "SET SESSION lock_wait_timeout = 5; -- and measure the trigger with production's rate of writes before",
        source: "MySQL 8.0 Reference Manual, 15.1.22 CREATE TRIGGER: https://dev.mysql.com/doc/refman/8.0/en/create-trigger.html",
    }],
    proof: Proof::Server,
    finds: &["CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"],
    passes: &["CREATE TABLE t (a int); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::CreateTrigger { name, table: Some(table), event: false, .. } = action {
                hits.on(table).fill("name", super::first_words(name));
            }
        }
    },
    ..OBJECT
};

pub(super) static CREATE_EXTENSION: Rule = Rule {
    id: "database/create-extension",
    title: "An extension is installed or updated",
    class: RiskClass::Privileges,
    severity: Severity::Low,
    what: "An extension is code that runs in the server with its rights: it has to be installed on every server, replicas too, and most need a \
           superuser. An update runs scripts that nobody here sees.",
    spares_new: false,
    harmless: "The extension is a trusted one that comes with PostgreSQL.",
    says: "the extension {name} is installed or updated: it has to be there on every server",
    safe: "Those who run the servers install it there first",
    source: "PostgreSQL manual, CREATE EXTENSION: https://www.postgresql.org/docs/current/sql-createextension.html",
    squawk: &["ban-alter-extension"],
    finds: &["CREATE EXTENSION postgis;", "ALTER EXTENSION postgis UPDATE;"],
    passes: &["CREATE EXTENSION IF NOT EXISTS pgcrypto;"],
    find: |scene, hits| {
        // `trusted` in their control files.
        const TRUSTED: &[&str] = &[
            "btree_gin",
            "btree_gist",
            "citext",
            "cube",
            "dict_int",
            "fuzzystrmatch",
            "hstore",
            "intarray",
            "isn",
            "lo",
            "ltree",
            "pg_trgm",
            "pgcrypto",
            "plpgsql",
            "seg",
            "tablefunc",
            "tcn",
            "tsm_system_rows",
            "tsm_system_time",
            "unaccent",
            "uuid-ossp",
        ];
        for action in scene.actions() {
            if let Action::CreateExtension { name, .. } = action {
                hits.plain()
                    .fill("name", super::first_words(name))
                    .harmless_if(TRUSTED.contains(&name.as_str()), "it is a trusted extension that comes with PostgreSQL");
            }
        }
        if let Some(rest) = scene.head.strip_prefix("ALTER EXTENSION ") {
            hits.plain().fill("name", super::first_words(&rest.split(' ').next().unwrap_or_default().to_lowercase()));
        }
    },
    ..OBJECT
};

pub(super) static REFRESH: Rule = Rule {
    id: "database/refresh-not-concurrent",
    title: "A materialized view is refreshed while readers wait",
    class: RiskClass::Lock,
    severity: Severity::High,
    what: "`REFRESH MATERIALIZED VIEW` holds an ACCESS EXCLUSIVE lock on the view until its query is done: every reader waits.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    rewrites: true,
    harmless: "The same change creates the view, or it is refreshed WITH NO DATA.",
    says: "readers of {name} wait until its query is done",
    safe: "REFRESH MATERIALIZED VIEW CONCURRENTLY {name}; -- needs a unique index on the view",
    source: "PostgreSQL manual, REFRESH MATERIALIZED VIEW: https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html",
    proof: Proof::Server,
    finds: &["REFRESH MATERIALIZED VIEW v;"],
    passes: &[
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v;",
        "CREATE MATERIALIZED VIEW v AS SELECT 1 AS a; REFRESH MATERIALIZED VIEW v;",
    ],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::RefreshView { name, concurrently: false, with_data } = action {
                hits.on(name)
                    .fill("name", super::first_words(&name.to_string()))
                    .harmless_if(scene.state.makes("view", &name.name), "the same change creates the view")
                    .harmless_if(!with_data, "it is refreshed with no data");
            }
        }
    },
    ..OBJECT
};

pub(super) static REPLACED_TABLE: Rule = Rule {
    id: "database/create-or-replace-table",
    title: "`CREATE OR REPLACE TABLE` drops the table that is there",
    class: RiskClass::DataLoss,
    severity: Severity::Critical,
    dialects: &[SqlDialect::Mariadb, SqlDialect::Mysql],
    what: "MariaDB drops a table of that name with all its rows before it creates the new one.",
    lock: Some("exclusive metadata lock"),
    blocks: Blocks::Everything,
    harmless: "The same change creates the table, or it is a temporary one.",
    says: "{table} is dropped with all its rows, if it is there",
    safe: "CREATE TABLE IF NOT EXISTS {table} (..);",
    source: "MariaDB documentation, CREATE TABLE, OR REPLACE: https://mariadb.com/docs/server/reference/sql-statements/data-definition/create/create-table",
    proof: Proof::Server,
    finds: &["CREATE OR REPLACE TABLE t (a int PRIMARY KEY);"],
    passes: &["CREATE TABLE IF NOT EXISTS t (a int PRIMARY KEY);"],
    find: |scene, hits| {
        for create in scene.created_tables().filter(|create| !create.temporary) {
            if let Some(name) = create.name.as_ref().filter(|_| scene.head.starts_with("CREATE OR REPLACE ")) {
                hits.on(name);
            }
        }
    },
    ..OBJECT
};

pub(super) static EXISTS_ALREADY: Rule = Rule {
    id: "database/table-exists-already",
    title: "A table of that name is there",
    class: RiskClass::Failure,
    severity: Severity::Medium,
    dialects: SERVERS,
    what: "`CREATE TABLE` fails where the table is there. `CREATE TABLE IF NOT EXISTS` leaves the old one as it is, whatever its columns are: the \
           new version finds another table than its migration says.",
    spares_new: false,
    harmless: "The change drops or renames the old one first.",
    says: "the statistics show that there is a table {table}: {then}",
    safe: "ALTER TABLE {table} ..; -- change the table that is there",
    source: "PostgreSQL manual, CREATE TABLE: https://www.postgresql.org/docs/current/sql-createtable.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "ALTER TABLE {table} ..; -- change the table that is there",
        source: "MySQL 8.0 Reference Manual, 15.1.20 CREATE TABLE: https://dev.mysql.com/doc/refman/8.0/en/create-table.html",
    }],
    finds: &[],
    passes: &["CREATE TABLE t (a int PRIMARY KEY);"],
    find: |scene, hits| {
        for create in scene.created_tables().filter(|create| !create.temporary) {
            let Some(name) = &create.name else { continue };
            let untouched = scene.state.table(name).is_none_or(|table| !table.dropped);
            let there = untouched
                && !scene.state.is_new(name)
                && scene.sizes.record(name).is_some_and(|record| {
                    // Without a schema the search path decides which one is meant.
                    name.schema.is_some() || record.schema.as_deref().is_none_or(|schema| schema == "public")
                });
            if there {
                let then = if create.if_not_exists { "it stays as it is" } else { "the statement fails" };
                hits.on(name).fill("then", then);
            }
        }
    },
    ..OBJECT
};

pub(super) static RULES_AND_EVENTS: Rule = Rule {
    id: "database/rewrite-rule-or-event",
    title: "Something runs by itself from now on",
    severity: Severity::Medium,
    dialects: SERVERS,
    what: "A rewrite rule turns statements into others without a word; an event trigger fires at every change of the schema; an event of MySQL runs \
           by the clock. None of them is seen in the statement that they change.",
    spares_new: false,
    harmless: "Whoever runs the database knows of it.",
    says: "{what} {name} changes what happens without being named",
    safe: "A trigger on one table, or a job of the application, which somebody sees",
    source: "PostgreSQL manual, CREATE RULE: https://www.postgresql.org/docs/current/sql-createrule.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "A job of the application, which somebody sees",
        source: "MySQL 8.0 Reference Manual, 27.4 Using the Event Scheduler: https://dev.mysql.com/doc/refman/8.0/en/event-scheduler.html",
    }],
    finds: &["CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;"],
    passes: &["CREATE INDEX CONCURRENTLY i ON t (a);"],
    find: |scene, hits| {
        for action in scene.actions() {
            match action {
                Action::CreateRule { kind, name, table, .. } if kind == "rule" => {
                    hits.on_some(table.as_ref()).fill("what", "the rewrite rule").fill("name", super::first_words(name));
                }
                Action::CreateTrigger { name, event: true, .. } => {
                    let what = if scene.dialect().is_mysql() { "the event" } else { "the event trigger" };
                    hits.plain().fill("what", what).fill("name", super::first_words(name));
                }
                _ => {}
            }
        }
    },
    ..OBJECT
};

pub(super) static OPTIONS: Rule = Rule {
    id: "database/view-or-function-options",
    title: "Options of a view or function are changed",
    severity: Severity::Low,
    what: "`security_invoker`, `security_barrier`, `SECURITY DEFINER`, `SET search_path`, volatility: callers of the running version get other rights \
           or other plans at once.",
    spares_new: false,
    harmless: "The same change creates it.",
    says: "options of {name} are changed under its callers",
    safe: "-- first look who calls {name} and with whose rights; then, in a change of its own, this statement",
    source: "PostgreSQL manual, ALTER FUNCTION: https://www.postgresql.org/docs/current/sql-alterfunction.html",
    squawk: &["ban-alter-view-options", "ban-alter-function-options"],
    finds: &["ALTER VIEW v SET (security_invoker = true);", "ALTER FUNCTION f() SECURITY DEFINER;"],
    passes: &["CREATE VIEW v AS SELECT 1; ALTER VIEW v SET (security_invoker = true);", "ALTER VIEW v RENAME TO w;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::AlterView { name, what, .. } = action {
                let upper = what.trim().to_ascii_uppercase();
                if upper.starts_with("SET (") || upper.starts_with("SET(") || upper.starts_with("RESET") {
                    hits.plain()
                        .fill("name", super::first_words(&name.to_string()))
                        .harmless_if(scene.state.makes("view", &name.name), "the same change creates the view");
                }
            }
        }
        if let Some(name) = altered_routine(scene) {
            hits.plain().fill("name", super::first_words(&name));
        }
    },
    ..OBJECT
};

/// The function of an `ALTER FUNCTION` that is neither renamed, moved nor given away.
fn altered_routine(scene: &Scene<'_>) -> Option<String> {
    if !["ALTER FUNCTION ", "ALTER PROCEDURE ", "ALTER ROUTINE "].iter().any(|head| scene.head.starts_with(head)) {
        return None;
    }
    let words: Vec<&str> = scene.statement.text.split_whitespace().take(200).collect();
    let other = ["RENAME", "OWNER", "SCHEMA", "DEPENDS"];
    if words.iter().skip(3).any(|word| other.contains(&word.to_ascii_uppercase().as_str())) {
        return None;
    }
    Some(words.get(2)?.split('(').next()?.to_owned())
}
