use super::*;
use crate::evidence::sql::read;

const PG: SqlDialect = SqlDialect::Postgres;
const MY: SqlDialect = SqlDialect::Mysql;

/// A migration and what takes it back, on what a first script made.
fn on(dialect: SqlDialect, earlier: &str, up: &str, down: &str) -> Reversal {
    let [earlier, up, down] = [earlier, up, down].map(|text| read(text, dialect));
    for script in [&earlier, &up, &down] {
        assert!(script.troubles.is_empty(), "{:?}", script.troubles);
    }
    let pair = Pair { dialect, up: Side::of("up.sql", &up), down: Some(Side::of("down.sql", &down)) };
    reversals(base(dialect, None, &[&earlier]), &[pair]).remove(0)
}

#[track_caller]
fn state(dialect: SqlDialect, earlier: &str, up: &str, down: &str, wanted: ReversalState) -> Reversal {
    let found = on(dialect, earlier, up, down);
    assert_eq!(found.state, wanted, "\nup: {up}\ndown: {down}\n{found:#?}");
    found
}

const ORDERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL, state text DEFAULT 'new', price numeric(10,2));
CREATE INDEX orders_state_idx ON orders (state);";

#[test]
fn what_is_added_and_dropped_again_is_reversible() {
    for (up, down) in [
        ("CREATE TABLE t (id serial PRIMARY KEY, a text UNIQUE)", "DROP TABLE t"),
        ("ALTER TABLE orders ADD COLUMN note text", "ALTER TABLE orders DROP COLUMN note"),
        ("CREATE INDEX CONCURRENTLY i ON orders (price)", "DROP INDEX CONCURRENTLY i"),
        ("CREATE INDEX ON orders (price)", "DROP INDEX orders_price_idx"),
        ("ALTER TABLE orders ADD UNIQUE (user_id, state)", "ALTER TABLE orders DROP CONSTRAINT orders_user_id_state_key"),
        (
            "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT orders_user_id_fkey",
            "ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey",
        ),
        ("ALTER TABLE orders ADD CHECK (price > 0)", "ALTER TABLE orders DROP CONSTRAINT orders_price_check"),
        ("ALTER TABLE orders RENAME COLUMN state TO status", "ALTER TABLE orders RENAME COLUMN status TO state"),
        ("ALTER TABLE orders RENAME TO carts", "ALTER TABLE carts RENAME TO orders"),
        ("ALTER TABLE orders ALTER COLUMN price SET NOT NULL", "ALTER TABLE orders ALTER COLUMN price DROP NOT NULL"),
        ("ALTER TABLE orders ALTER COLUMN state SET DEFAULT 'x'", "ALTER TABLE orders ALTER COLUMN state SET DEFAULT 'new'"),
        ("ALTER TABLE orders ALTER COLUMN price TYPE numeric(12,2)", "ALTER TABLE orders ALTER COLUMN price TYPE numeric(10,2)"),
        ("CREATE VIEW v AS SELECT 1", "DROP VIEW v"),
        ("CREATE TYPE mood AS ENUM ('a'); ALTER TABLE orders ADD m mood", "ALTER TABLE orders DROP COLUMN m; DROP TYPE mood"),
        ("GRANT SELECT, INSERT ON orders TO app", "REVOKE SELECT, INSERT ON orders FROM app"),
        ("CREATE SCHEMA s; CREATE TABLE s.t (id int)", "DROP SCHEMA s CASCADE"),
        ("BEGIN; ALTER TABLE orders ADD COLUMN note text; COMMIT", "BEGIN; ALTER TABLE orders DROP COLUMN note; COMMIT"),
    ] {
        state(PG, ORDERS, up, down, ReversalState::Reversible);
    }
}

#[test]
fn what_is_left_or_gone_is_different() {
    for (up, down, told) in [
        ("ALTER TABLE orders ADD a text, ADD b text", "ALTER TABLE orders DROP a", "the column `orders.b` is there and was not"),
        ("ALTER TABLE orders ADD a text", "ALTER TABLE orders DROP b", "the reverse fails"),
        ("CREATE TABLE t (id int)", "DROP TABLE u", "the table `t` is there and was not"),
        ("CREATE INDEX i ON orders (price)", "DROP INDEX orders_state_idx", "`orders_state_idx`"),
        ("DROP INDEX orders_state_idx", "CREATE INDEX orders_state_idx ON orders (price)", "`orders_state_idx`"),
        (
            "ALTER TABLE orders ALTER price TYPE numeric(12,2)",
            "ALTER TABLE orders ALTER price TYPE numeric(11,2)",
            "was `numeric(10, 2)` and is `numeric(11, 2)`",
        ),
        ("ALTER TABLE orders ADD PRIMARY KEY (id)", "SELECT 1", "the migration itself fails"),
        (
            "ALTER TABLE users ADD a int; ALTER TABLE users ADD PRIMARY KEY (a)",
            "ALTER TABLE users DROP CONSTRAINT users_pkey",
            "the migration itself fails",
        ),
        ("CREATE TYPE m AS ENUM ('a'); CREATE TABLE t (a m)", "DROP TYPE m; DROP TABLE t", "is of the type `m`"),
        ("DROP TABLE users", "CREATE TABLE users (id bigint)", "is gone"),
    ] {
        let found = on(PG, ORDERS, up, down);
        let wanted = if told.starts_with("the migration") { ReversalState::Unknown } else { ReversalState::Different };
        assert_eq!(found.state, wanted, "{up}: {found:#?}");
        assert!(found.differences.iter().any(|text| text.contains(told)), "{up}: {found:#?}");
    }
}

#[test]
fn an_enum_keeps_its_values() {
    let found = on(PG, "CREATE TYPE mood AS ENUM ('a')", "ALTER TYPE mood ADD VALUE 'b'", "SELECT 1");
    assert_eq!(found.state, ReversalState::Different);
    assert!(found.differences[0].contains("cannot take one out of an enum"), "{found:#?}");
    let (up, down) = ("ALTER TYPE mood RENAME VALUE 'a' TO 'b'", "ALTER TYPE mood RENAME VALUE 'b' TO 'a'");
    state(PG, "CREATE TYPE mood AS ENUM ('a')", up, down, ReversalState::Reversible);
}

#[test]
fn data_that_is_gone_comes_back_only_from_a_copy() {
    let lost = [
        ("DROP TABLE users CASCADE", "CREATE TABLE users (id bigint PRIMARY KEY)"),
        ("ALTER TABLE orders DROP COLUMN price", "ALTER TABLE orders ADD COLUMN price numeric(10,2)"),
        ("TRUNCATE orders", "SELECT 1"),
        ("DELETE FROM orders WHERE id < 9", "SELECT 1"),
        ("UPDATE orders SET state = 'x' WHERE state IS NULL", "UPDATE orders SET state = NULL WHERE state = 'x'"),
        ("ALTER TABLE orders ALTER price TYPE numeric(10,1)", "ALTER TABLE orders ALTER price TYPE numeric(10,2)"),
        ("INSERT INTO users VALUES (1)", "SELECT 1"),
        (
            "CREATE TABLE b AS SELECT id FROM orders; ALTER TABLE orders DROP COLUMN price",
            "ALTER TABLE orders ADD COLUMN price numeric(10,2); DROP TABLE b",
        ),
    ];
    for (up, down) in lost {
        state(PG, ORDERS, up, down, ReversalState::SchemaOnly);
    }
    let kept = [
        (
            "CREATE TABLE b AS SELECT id, price FROM orders; ALTER TABLE orders DROP COLUMN price",
            "ALTER TABLE orders ADD COLUMN price numeric(10,2); UPDATE orders o SET price = b.price FROM b WHERE b.id = o.id; DROP TABLE b",
        ),
        (
            "CREATE TABLE b AS SELECT * FROM orders WHERE id < 9; DELETE FROM orders WHERE id < 9",
            "INSERT INTO orders SELECT * FROM b; DROP TABLE b",
        ),
        (
            "CREATE TABLE b AS SELECT id, state FROM orders WHERE state = 'old'; UPDATE orders SET state = 'x' WHERE state = 'old' AND id < 5",
            "UPDATE orders SET state = b.state FROM b WHERE orders.id = b.id; DROP TABLE b",
        ),
        ("CREATE TABLE b AS TABLE orders; TRUNCATE orders", "INSERT INTO orders SELECT * FROM b; DROP TABLE b"),
        (
            "CREATE TABLE b AS SELECT id, state FROM orders; UPDATE orders SET state = 'x'",
            "UPDATE orders SET state = (SELECT b.state FROM b WHERE b.id = orders.id)",
        ),
        ("UPDATE orders SET state = 'b' WHERE id IN (1, 2)", "UPDATE orders SET state = 'a' WHERE id IN (1, 2)"),
        ("INSERT INTO users (id) VALUES (1), (2)", "DELETE FROM users WHERE id IN (2, 1)"),
        ("DELETE FROM users WHERE id = 7", "INSERT INTO users (id) VALUES (7)"),
        (
            "ALTER TABLE orders ADD c text; UPDATE orders SET c = state; ALTER TABLE orders DROP state",
            "ALTER TABLE orders ADD state text DEFAULT 'new'; UPDATE orders SET state = c; ALTER TABLE orders DROP c; CREATE INDEX orders_state_idx ON orders (state)",
        ),
        (
            "ALTER TABLE users RENAME TO old; CREATE TABLE users (id bigint, a text)",
            "DROP TABLE users; ALTER TABLE old RENAME TO users",
        ),
    ];
    for (up, down) in kept {
        state(PG, ORDERS, up, down, ReversalState::Reversible);
    }
}

#[test]
fn a_copy_that_does_not_cover_what_is_lost_is_none() {
    for (up, down) in [
        // The copy was made after the change.
        (
            "UPDATE orders SET state = 'x'; CREATE TABLE b AS SELECT id, state FROM orders",
            "UPDATE orders SET state = b.state FROM b WHERE orders.id = b.id; DROP TABLE b",
        ),
        // It holds other rows.
        (
            "CREATE TABLE b AS SELECT id, state FROM orders WHERE id < 3; UPDATE orders SET state = 'x' WHERE id < 5",
            "UPDATE orders SET state = b.state FROM b WHERE orders.id = b.id; DROP TABLE b",
        ),
        // It holds another column.
        (
            "CREATE TABLE b AS SELECT id, user_id FROM orders; UPDATE orders SET state = 'x'",
            "UPDATE orders SET state = b.user_id FROM b WHERE orders.id = b.id; DROP TABLE b",
        ),
        // Nothing joins the two.
        (
            "CREATE TABLE b AS SELECT id, state FROM orders; UPDATE orders SET state = 'x'",
            "UPDATE orders SET state = b.state FROM b; DROP TABLE b",
        ),
        // They are joined by what many rows share.
        (
            "CREATE TABLE b AS SELECT id, user_id, state FROM orders; UPDATE orders SET state = 'x'",
            "UPDATE orders SET state = b.state FROM b WHERE orders.user_id = b.user_id; DROP TABLE b",
        ),
        // Only some of the rows are brought back.
        (
            "CREATE TABLE b AS SELECT id, state FROM orders; UPDATE orders SET state = 'x'",
            "UPDATE orders SET state = b.state FROM b WHERE orders.id = b.id AND orders.id < 9; DROP TABLE b",
        ),
        // It goes with its session.
        (
            "CREATE TEMP TABLE b AS SELECT id, state FROM orders; UPDATE orders SET state = 'x'",
            "UPDATE orders SET state = b.state FROM b WHERE orders.id = b.id",
        ),
        // All rows come, though only some are gone.
        (
            "CREATE TABLE b AS SELECT * FROM orders; DELETE FROM orders WHERE id < 9",
            "INSERT INTO orders SELECT * FROM b; DROP TABLE b",
        ),
        // A part of the columns comes back.
        (
            "CREATE TABLE b AS SELECT id, user_id FROM orders; TRUNCATE orders",
            "INSERT INTO orders (id, user_id) SELECT id, user_id FROM b; DROP TABLE b",
        ),
        // Other rows than those that were inserted go.
        ("INSERT INTO users (id) VALUES (1), (2)", "DELETE FROM users WHERE id IN (1, 2, 3)"),
        ("INSERT INTO users (id) VALUES (1)", "DELETE FROM users"),
        // A condition that picks rows by what was changed.
        ("UPDATE orders SET state = 'b' WHERE state = 'a'", "UPDATE orders SET state = 'a' WHERE state = 'b'"),
        // Rows that were told to have another value.
        ("UPDATE orders SET state = 'b' WHERE id = 1 AND state = 'a'", "UPDATE orders SET state = 'c' WHERE id = 1"),
    ] {
        let found = on(PG, ORDERS, up, down);
        assert!(matches!(found.state, ReversalState::SchemaOnly | ReversalState::Different), "{up}\n{down}\n{found:#?}");
    }
}

#[test]
fn what_nobody_understands_is_unknown() {
    for (up, down) in [
        ("DO $$ BEGIN EXECUTE 'DROP TABLE users'; END $$", "SELECT 1"),
        ("ALTER TABLE orders ADD a text", "CALL take_back()"),
        ("SELECT drop_everything()", "SELECT 1"),
        ("FROBNICATE orders", "SELECT 1"),
    ] {
        let found = state(PG, ORDERS, up, down, ReversalState::Unknown);
        assert!(found.differences[0].contains("line 1"), "{found:#?}");
    }
}

#[test]
fn nothing_to_undo_is_said_so() {
    for up in ["SELECT 1", "COMMENT ON TABLE orders IS 'x'", "ANALYZE orders", "SET lock_timeout = '1s'", ""] {
        state(PG, ORDERS, up, "", ReversalState::NothingToUndo);
    }
    let found = on(PG, ORDERS, "ALTER TABLE orders ADD a text", "");
    assert_eq!(found.state, ReversalState::Missing);
    state(PG, ORDERS, "SELECT 1", "DROP TABLE orders", ReversalState::Different);
}

#[test]
fn without_knowledge_what_a_statement_takes_for_granted_is_believed() {
    use ReversalState::{Missing, Reversible, SchemaOnly, Unknown};
    for (up, down, wanted) in [
        ("ALTER TABLE t ADD a text", "ALTER TABLE t DROP a", Reversible),
        ("CREATE TABLE IF NOT EXISTS t (a int)", "DROP TABLE IF EXISTS t", Reversible),
        ("ALTER TABLE t ALTER a SET NOT NULL", "ALTER TABLE t ALTER a DROP NOT NULL", Reversible),
        ("ALTER TABLE t RENAME a TO b", "ALTER TABLE t RENAME b TO a", Reversible),
        ("ALTER TABLE t ALTER a TYPE bigint", "ALTER TABLE t ALTER a TYPE integer", Unknown),
        ("ALTER TABLE t ALTER a SET DEFAULT 1", "ALTER TABLE t ALTER a SET DEFAULT 2", Unknown),
        ("ALTER TABLE t DROP CONSTRAINT c", "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", Unknown),
        ("ALTER TABLE t DROP a", "ALTER TABLE t ADD a text", SchemaOnly),
        ("DROP TABLE t", "CREATE TABLE t (a int)", SchemaOnly),
        ("DROP TABLE IF EXISTS t; CREATE TABLE t (a int)", "DROP TABLE t", Unknown),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", "DROP VIEW v", Reversible),
        ("CREATE OR REPLACE VIEW v AS SELECT 2", "CREATE OR REPLACE VIEW v AS SELECT 1", Unknown),
        ("CREATE EXTENSION IF NOT EXISTS x; CREATE TABLE t (a int)", "DROP TABLE t", Reversible),
        (
            "CREATE TABLE b AS SELECT * FROM t; UPDATE t SET c = 1",
            "UPDATE t SET c = b.c FROM b WHERE b.id = t.id; DROP TABLE b",
            Reversible,
        ),
        (
            "CREATE TABLE b AS SELECT * FROM t; ALTER TABLE t RENAME c TO d; UPDATE t SET d = 1",
            "UPDATE t SET d = b.c FROM b WHERE b.id = t.id; ALTER TABLE t RENAME d TO c; DROP TABLE b",
            Reversible,
        ),
        ("INSERT INTO t (id) VALUES (1)", "DELETE FROM t WHERE id = 1", Reversible),
        ("CREATE INDEX i ON t (a)", "", Missing),
    ] {
        state(PG, "", up, down, wanted);
    }
}

#[test]
fn mysql_has_ways_of_its_own() {
    use ReversalState::{Different, Reversible, SchemaOnly};
    let tables = "CREATE TABLE users (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;
    CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, user_id bigint unsigned NOT NULL, state varchar(20), KEY k (state, user_id));";
    for (up, down, wanted) in [
        ("ALTER TABLE orders MODIFY state varchar(40)", "ALTER TABLE orders MODIFY state varchar(20)", Reversible),
        (
            "ALTER TABLE orders MODIFY state varchar(40) NOT NULL",
            "ALTER TABLE orders MODIFY state varchar(20) NOT NULL",
            Different,
        ),
        ("ALTER TABLE orders CHANGE state status varchar(20)", "ALTER TABLE orders CHANGE status state varchar(20)", Reversible),
        ("ALTER TABLE orders ADD INDEX i (user_id)", "DROP INDEX i ON orders", Reversible),
        ("ALTER TABLE orders ADD UNIQUE u (user_id)", "ALTER TABLE orders DROP INDEX u", Reversible),
        ("RENAME TABLE orders TO o", "RENAME TABLE o TO orders", Reversible),
        // The index that the foreign key made stays.
        (
            "ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id)",
            "ALTER TABLE orders DROP FOREIGN KEY fk",
            Different,
        ),
        (
            "ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id)",
            "ALTER TABLE orders DROP FOREIGN KEY fk, DROP INDEX fk",
            Reversible,
        ),
        // A column leaves its indexes, and does not come back into them.
        ("ALTER TABLE orders DROP COLUMN state", "ALTER TABLE orders ADD COLUMN state varchar(20)", Different),
        ("ALTER TABLE orders MODIFY state varchar(20) DEFAULT 'x'", "ALTER TABLE orders MODIFY state varchar(20)", Reversible),
        // Now it has none at all, and had NULL.
        ("ALTER TABLE orders MODIFY state varchar(20) DEFAULT 'x'", "ALTER TABLE orders ALTER state DROP DEFAULT", Different),
        ("ALTER TABLE orders ALTER state SET DEFAULT 'x'", "ALTER TABLE orders ALTER state SET DEFAULT NULL", Reversible),
        ("ALTER TABLE orders ENGINE=MyISAM", "ALTER TABLE orders ENGINE=InnoDB", Different),
        (
            "CREATE TABLE b AS SELECT * FROM orders; UPDATE orders SET state = 'x'",
            "UPDATE orders JOIN b ON orders.id = b.id SET orders.state = b.state; DROP TABLE b",
            Reversible,
        ),
        (
            "CREATE TABLE b AS SELECT id, state FROM orders; UPDATE orders SET state = NULL",
            "UPDATE orders JOIN b USING (id) SET orders.state = b.state; DROP TABLE b",
            Reversible,
        ),
        (
            "CREATE TABLE b AS SELECT id, state FROM orders; ALTER TABLE orders DROP INDEX k, DROP state",
            "ALTER TABLE orders ADD state varchar(20), ADD KEY k (state, user_id); UPDATE orders, b SET orders.state = b.state WHERE orders.id = b.id; DROP TABLE b",
            Reversible,
        ),
        (
            "CREATE TABLE b AS SELECT * FROM orders; UPDATE orders SET state = 'x' WHERE id < 5",
            "REPLACE INTO orders SELECT * FROM b; DROP TABLE b",
            Reversible,
        ),
        (
            "CREATE TABLE b LIKE orders; INSERT INTO b SELECT * FROM orders; DELETE FROM orders WHERE id < 5",
            "INSERT IGNORE INTO orders SELECT * FROM b; DROP TABLE b",
            Reversible,
        ),
        (
            "ALTER TABLE orders DROP PARTITION p0",
            "ALTER TABLE orders ADD PARTITION (PARTITION p0 VALUES LESS THAN (5))",
            SchemaOnly,
        ),
    ] {
        let found = on(MY, tables, up, down);
        let fits = found.state == wanted || (up.contains("ENGINE") && found.state == ReversalState::Unknown);
        assert!(fits, "{up}\n{down}\n{wanted:?} {found:#?}");
    }
}

#[test]
fn notes_tell_what_does_not_count() {
    let found =
        on(PG, ORDERS, "ALTER TABLE orders ADD a text; CREATE TABLE t (b int)", "DROP TABLE t; ALTER TABLE orders DROP a");
    let notes = found.notes.join("\n");
    assert!(notes.contains("what is written to `orders.a`") && notes.contains("what is written to the table `t`"), "{notes}");
    let (up, down) = (
        "CREATE TABLE b AS SELECT id, state FROM orders; ALTER TABLE orders DROP state",
        "ALTER TABLE orders ADD state text DEFAULT 'new'; UPDATE orders SET state = b.state FROM b WHERE b.id = orders.id;
         CREATE INDEX orders_state_idx ON orders (state)",
    );
    let found = state(PG, ORDERS, up, down, ReversalState::Reversible);
    let notes = found.notes.join("\n");
    assert!(notes.contains("another order") && notes.contains("the backup table `b` stays"), "{notes}");
}

#[test]
fn migrations_stand_on_each_other() {
    let texts =
        ["CREATE TABLE t (a int)", "DROP TABLE t", "ALTER TABLE t ADD b int", "ALTER TABLE t DROP b"].map(|text| read(text, PG));
    let pair =
        |up: usize, down: usize| Pair { dialect: PG, up: Side::of("up", &texts[up]), down: Some(Side::of("down", &texts[down])) };
    let found = reversals(base(PG, None, &[]), &[pair(0, 1), pair(2, 3), pair(0, 1)]);
    let states: Vec<_> = found.iter().map(|it| it.state).collect();
    assert_eq!(states, [ReversalState::Reversible, ReversalState::Reversible, ReversalState::Unknown], "{found:#?}");
}

#[test]
fn a_transaction_that_is_rolled_back_leaves_nothing() {
    state(PG, ORDERS, "BEGIN; DROP TABLE users CASCADE; ROLLBACK", "SELECT 1", ReversalState::NothingToUndo);
    state(MY, ORDERS, "BEGIN; UPDATE users SET id = 1; ROLLBACK", "SELECT 1", ReversalState::Unknown);
}

/// A snapshot of `orders` and `users` as [`ORDERS`] makes them.
fn snapshot() -> TableStatistics {
    let column = |name: &str, ty: &str, nullable: bool, default: bool| {
        format!(
            r#"{{"name": "{name}", "type": "{ty}", "nullable": {nullable}, "has_default": {default}, "generated": false, "collation": null}}"#
        )
    };
    let index = |name: &str, column: &str, primary: bool| {
        format!(
            r#"{{"name": "{name}", "columns": ["{column}"], "unique": {primary}, "primary": {primary}, "valid": true, "partial": false, "bytes": 1}}"#
        )
    };
    let table = |name: &str, columns: &[String], indexes: &[String]| {
        format!(
            r#"{{"schema": "public", "name": "{name}", "kind": "table", "rows": 9, "bytes": 1, "index_bytes": 1, "analyzed_at": null,
            "engine": null, "collation": null, "columns": [{}], "indexes": [{}], "foreign_keys": []}}"#,
            columns.join(","),
            indexes.join(",")
        )
    };
    let orders = [
        column("id", "bigint", false, false),
        column("user_id", "bigint", false, false),
        column("state", "text", true, true),
        column("price", "numeric(10,2)", true, false),
    ];
    let indexes = [index("orders_pkey", "id", true), index("orders_state_idx", "state", false)];
    let text = format!(
        r#"{{"schema": "kadian.table-stats/v1", "dialect": "postgres", "server": "x", "database": "x", "collected_at": "2026-01-01T00:00:00Z",
        "replicas": null, "tables": [{}, {}], "slow": null, "slow_unknown": null}}"#,
        table("orders", &orders, &indexes),
        table("users", &[column("id", "bigint", false, false)], &[index("users_pkey", "id", true)])
    );
    serde_json::from_str(&text).expect("a snapshot")
}

#[test]
fn a_snapshot_and_the_files_tell_what_each_leaves_out() {
    use ReversalState::{Different, Reversible, SchemaOnly, Unknown};
    let statistics = snapshot();
    for (up, down, alone, with_files) in [
        (
            "ALTER TABLE orders ALTER price TYPE numeric(12,2)",
            "ALTER TABLE orders ALTER price TYPE numeric(10,2)",
            Reversible,
            Reversible,
        ),
        (
            "ALTER TABLE orders ALTER price TYPE numeric(12,2)",
            "ALTER TABLE orders ALTER price TYPE numeric(11,2)",
            Different,
            Different,
        ),
        ("ALTER TABLE orders ALTER price SET NOT NULL", "ALTER TABLE orders ALTER price DROP NOT NULL", Reversible, Reversible),
        ("ALTER TABLE orders ALTER id SET NOT NULL", "ALTER TABLE orders ALTER id DROP NOT NULL", Different, Different),
        (
            "ALTER TABLE orders ALTER state SET DEFAULT 'x'",
            "ALTER TABLE orders ALTER state SET DEFAULT 'new'",
            Unknown,
            Reversible,
        ),
        (
            "ALTER TABLE orders ALTER state SET DEFAULT 'x'",
            "ALTER TABLE orders ALTER state SET DEFAULT 'old'",
            Unknown,
            Different,
        ),
        ("ALTER TABLE orders ALTER price SET DEFAULT 1", "ALTER TABLE orders ALTER price DROP DEFAULT", Reversible, Reversible),
        ("DROP INDEX orders_state_idx", "CREATE INDEX orders_state_idx ON orders (state)", Reversible, Reversible),
        ("DROP INDEX orders_state_idx", "CREATE INDEX orders_state_idx ON orders (price)", Different, Different),
        ("DROP INDEX orders_state_idx", "CREATE INDEX orders_state_idx ON orders USING gin (state)", Unknown, Different),
        // Its check goes with it, and only the files tell that there is one.
        ("ALTER TABLE orders DROP COLUMN price", "ALTER TABLE orders ADD price numeric(10,2)", SchemaOnly, Different),
        ("DROP VIEW v", "CREATE VIEW v AS SELECT 1 AS a", Unknown, Reversible),
        ("ALTER TABLE orders ADD a int", "ALTER TABLE orders DROP a", Reversible, Reversible),
        ("DROP TABLE IF EXISTS gone; CREATE TABLE t (a int)", "DROP TABLE t", Reversible, Reversible),
        (
            "ALTER TABLE orders DROP CONSTRAINT positive",
            "ALTER TABLE orders ADD CONSTRAINT positive CHECK (price > 0)",
            Unknown,
            Reversible,
        ),
    ] {
        let files = read(
            &format!("{ORDERS} CREATE VIEW v AS SELECT 1 AS a; ALTER TABLE orders ADD CONSTRAINT positive CHECK (price > 0);"),
            PG,
        );
        let [up_script, down_script] = [up, down].map(|text| read(text, PG));
        for (earlier, wanted) in [(&[][..], alone), (&[&files][..], with_files)] {
            let pair = Pair { dialect: PG, up: Side::of("up", &up_script), down: Some(Side::of("down", &down_script)) };
            let found = reversals(base(PG, Some(&statistics), earlier), &[pair]).remove(0);
            assert_eq!(found.state, wanted, "{up}\n{down}\nfiles: {}\n{found:#?}", earlier.len());
        }
    }
}
