//! Cases that need more than a text: what the statistics tell, an old server, a tool's transaction.

use crate::analyze::sql::testing;
use crate::facts::SqlDialect::{self, Mariadb, Mysql, Postgres};

/// One text that a rule finds, or does not.
pub(super) struct Case {
    pub rule: &'static str,
    pub dialect: SqlDialect,
    pub statistics: bool,
    pub finds: bool,
    pub sql: &'static str,
    pub under: Under,
}

/// What is otherwise than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Under {
    Usual,
    OldServers,
    NewServers,
    ToolTransaction,
}

impl Case {
    pub(super) fn options(&self) -> testing::Case {
        let usual = testing::Case { dialect: self.dialect, ..testing::Case::default() };
        match self.under {
            Under::Usual => usual,
            Under::OldServers => testing::Case { postgres: 10, mysql: (5, 7), mariadb: (10, 2), ..usual },
            Under::NewServers => testing::Case { postgres: 18, mysql: (8, 4), mariadb: (11, 8), ..usual },
            Under::ToolTransaction => testing::Case { in_transaction: true, ..usual },
        }
    }
}

/// With statistics.
const fn known(rule: &'static str, dialect: SqlDialect, finds: bool, sql: &'static str) -> Case {
    Case { rule, dialect, statistics: true, finds, sql, under: Under::Usual }
}

const fn under(rule: &'static str, dialect: SqlDialect, under: Under, finds: bool, sql: &'static str) -> Case {
    Case { rule, dialect, statistics: false, finds, sql, under }
}

pub(super) const CASES: &[Case] = &[
    // Sizes.
    known("database/index-not-concurrent", Postgres, true, "CREATE INDEX i ON orders (note);"),
    known("database/index-not-concurrent", Postgres, true, "CREATE INDEX i ON customers (name);"),
    known("database/index-not-concurrent", Postgres, false, "CREATE INDEX i ON settings (value);"),
    known("database/index-not-concurrent", Postgres, true, "CREATE INDEX i ON blobs (a);"),
    known("database/index-not-concurrent", Postgres, true, "CREATE INDEX i ON unseen (a);"),
    known("database/index-not-concurrent", Postgres, true, "CREATE INDEX i ON nobody_knows (a);"),
    known("database/index-not-concurrent", Postgres, true, "CREATE INDEX i ON other.settings (a);"),
    known(
        "database/index-not-concurrent",
        Postgres,
        false,
        "ALTER TABLE settings RENAME TO options; CREATE INDEX i ON options (a);",
    ),
    known(
        "database/index-not-concurrent",
        Postgres,
        true,
        "ALTER TABLE orders RENAME TO settings; CREATE INDEX i ON settings (a);",
    ),
    known(
        "database/index-not-concurrent",
        Postgres,
        true,
        "CREATE TABLE IF NOT EXISTS orders (a int); CREATE INDEX i ON orders (a);",
    ),
    // Indexes.
    known("database/index-concurrent-on-partitioned", Postgres, true, "CREATE INDEX CONCURRENTLY i ON events (a);"),
    known("database/index-needed-by-foreign-key", Mysql, true, "DROP INDEX orders_customer ON orders;"),
    known("database/index-needed-by-foreign-key", Mysql, false, "DROP INDEX orders_made ON orders;"),
    known(
        "database/index-needed-by-foreign-key",
        Mysql,
        false,
        "ALTER TABLE orders DROP FOREIGN KEY orders_customer_fk, DROP INDEX orders_customer;",
    ),
    known("database/index-dropped-on-slow-table", Postgres, true, "DROP INDEX CONCURRENTLY orders_customer;"),
    known("database/index-dropped-on-slow-table", Postgres, false, "DROP INDEX CONCURRENTLY orders_made;"),
    known("database/index-dropped-on-slow-table", Postgres, false, "DROP INDEX CONCURRENTLY customers_email;"),
    known("database/index-dropped-on-slow-table", Mysql, true, "ALTER TABLE orders DROP INDEX orders_customer;"),
    known("database/index-duplicate", Postgres, true, "CREATE INDEX CONCURRENTLY i ON orders (made_at);"),
    known("database/index-duplicate", Postgres, false, "CREATE INDEX CONCURRENTLY i ON orders (state);"),
    known("database/unique-index-may-fail", Postgres, false, "CREATE UNIQUE INDEX CONCURRENTLY i ON customers (email, name);"),
    known("database/unique-index-may-fail", Postgres, true, "CREATE UNIQUE INDEX CONCURRENTLY i ON customers (name);"),
    known("database/new-restriction", Postgres, false, "ALTER TABLE orders ALTER COLUMN made_at SET NOT NULL;"),
    known("database/new-restriction", Postgres, true, "ALTER TABLE orders ALTER COLUMN note SET NOT NULL;"),
    // Types.
    known("database/change-type-rewrites", Postgres, false, "ALTER TABLE orders ALTER COLUMN note TYPE text;"),
    known("database/change-type-rewrites", Postgres, false, "ALTER TABLE orders ALTER COLUMN note TYPE varchar(90);"),
    known("database/change-type-rewrites", Postgres, true, "ALTER TABLE orders ALTER COLUMN note TYPE varchar(9);"),
    known("database/change-type-rewrites", Postgres, false, "ALTER TABLE orders ALTER COLUMN total TYPE numeric(14,2);"),
    known("database/change-type-rewrites", Postgres, true, "ALTER TABLE orders ALTER COLUMN total TYPE numeric(14,3);"),
    known("database/change-type-rewrites", Postgres, true, "ALTER TABLE orders ALTER COLUMN made_at TYPE timestamptz;"),
    known(
        "database/change-type-rewrites",
        Postgres,
        false,
        "SET TIME ZONE 'UTC'; ALTER TABLE orders ALTER COLUMN made_at TYPE timestamptz;",
    ),
    known("database/change-type-rewrites", Postgres, true, "ALTER TABLE orders ALTER COLUMN note TYPE text COLLATE \"C\";"),
    known("database/change-type-narrows", Postgres, true, "ALTER TABLE orders ALTER COLUMN id TYPE int;"),
    known("database/change-type-breaks-readers", Postgres, true, "ALTER TABLE orders ALTER COLUMN id TYPE text;"),
    known("database/change-type-breaks-readers", Postgres, false, "ALTER TABLE orders ALTER COLUMN note TYPE text;"),
    known("database/modify-copies", Mysql, true, "ALTER TABLE orders MODIFY note varchar(90);"),
    known("database/modify-copies", Mysql, false, "ALTER TABLE orders MODIFY note varchar(62);"),
    known("database/modify-copies", Mariadb, true, "ALTER TABLE orders MODIFY note varchar(20);"),
    known("database/modify-copies", Mysql, true, "ALTER TABLE orders MODIFY id int NOT NULL;"),
    known(
        "database/modify-copies",
        Mysql,
        false,
        "ALTER TABLE orders MODIFY state enum('new','paid','sent','lost') NOT NULL DEFAULT 'new';",
    ),
    known(
        "database/modify-copies",
        Mysql,
        true,
        "ALTER TABLE orders MODIFY state enum('lost','new','paid','sent') NOT NULL DEFAULT 'new';",
    ),
    known("database/modify-copies", Mysql, true, "ALTER TABLE orders MODIFY note varchar(60) CHARACTER SET latin1;"),
    known("database/modify-rebuilds", Mysql, true, "ALTER TABLE orders MODIFY note varchar(60) NOT NULL;"),
    known("database/modify-rebuilds", Mysql, false, "ALTER TABLE orders MODIFY note varchar(60);"),
    known("database/modify-drops-attributes", Mysql, true, "ALTER TABLE orders MODIFY made_at datetime;"),
    known("database/modify-drops-attributes", Mysql, false, "ALTER TABLE orders MODIFY made_at datetime NOT NULL;"),
    known("database/modify-drops-attributes", Mysql, true, "ALTER TABLE orders MODIFY state enum('new','paid','sent') NOT NULL;"),
    known(
        "database/enum-values-removed",
        Mysql,
        true,
        "ALTER TABLE orders MODIFY state enum('new','paid') NOT NULL DEFAULT 'new';",
    ),
    known("database/convert-charset", Mariadb, true, "ALTER TABLE orders CONVERT TO CHARACTER SET latin1;"),
    known("database/engine-change", Mysql, false, "ALTER TABLE orders ENGINE = InnoDB;"),
    known("database/force-rebuild", Mysql, true, "ALTER TABLE orders ENGINE = InnoDB;"),
    known("database/disable-keys", Mysql, false, "ALTER TABLE orders DISABLE KEYS;"),
    known("database/drop-column", Postgres, false, "ALTER TABLE orders DROP COLUMN IF EXISTS nothing;"),
    known("database/drop-column", Postgres, true, "ALTER TABLE orders DROP COLUMN IF EXISTS note;"),
    known("database/not-null-scans", Postgres, false, "ALTER TABLE orders ALTER COLUMN made_at SET NOT NULL;"),
    known("database/partitioned-table-dropped", Postgres, true, "DROP TABLE events;"),
    known("database/partitioned-table-dropped", Postgres, false, "DROP TABLE orders;"),
    known("database/referenced-column-dropped", Mysql, true, "ALTER TABLE orders DROP COLUMN customer_id;"),
    known(
        "database/referenced-column-dropped",
        Mysql,
        false,
        "ALTER TABLE orders DROP FOREIGN KEY orders_customer_fk; ALTER TABLE orders DROP COLUMN customer_id;",
    ),
    // Old and new servers.
    under("database/add-column-volatile-default", Postgres, Under::OldServers, true, "ALTER TABLE t ADD COLUMN a int DEFAULT 3;"),
    under("database/enum-value-in-transaction", Postgres, Under::ToolTransaction, false, "ALTER TYPE e ADD VALUE 'x';"),
    under("database/enum-value-in-transaction", Postgres, Under::OldServers, true, "BEGIN; ALTER TYPE e ADD VALUE 'x'; COMMIT;"),
    under("database/drop-column-rebuilds", Mysql, Under::NewServers, false, "ALTER TABLE t DROP COLUMN a;"),
    under("database/drop-column-rebuilds", Mariadb, Under::Usual, false, "ALTER TABLE t DROP COLUMN a;"),
    under("database/column-placed", Mysql, Under::Usual, true, "ALTER TABLE t ADD COLUMN a int AFTER b;"),
    under("database/column-placed", Mysql, Under::NewServers, false, "ALTER TABLE t ADD COLUMN a int AFTER b;"),
    under("database/column-placed", Mariadb, Under::Usual, false, "ALTER TABLE t ADD COLUMN a int AFTER b;"),
    under("database/newer-server-needed", Postgres, Under::OldServers, true, "REINDEX TABLE CONCURRENTLY t;"),
    under(
        "database/newer-server-needed",
        Postgres,
        Under::NewServers,
        false,
        "ALTER TABLE t ALTER COLUMN a SET EXPRESSION AS (b + 1);",
    ),
    under("database/newer-server-needed", Mysql, Under::OldServers, true, "ALTER TABLE t RENAME COLUMN a TO b;"),
    under("database/newer-server-needed", Mysql, Under::Usual, false, "ALTER TABLE t RENAME COLUMN a TO b;"),
    under("database/newer-server-needed", Mariadb, Under::OldServers, true, "ALTER TABLE t RENAME INDEX a TO b;"),
    // The tool's transaction.
    under(
        "database/concurrently-in-transaction",
        Postgres,
        Under::ToolTransaction,
        true,
        "CREATE INDEX CONCURRENTLY i ON t (a);",
    ),
    under("database/transaction-nested", Postgres, Under::ToolTransaction, true, "BEGIN; SELECT 1; COMMIT;"),
    under(
        "database/implicit-commit",
        Mysql,
        Under::ToolTransaction,
        true,
        "UPDATE t SET a = 1 WHERE id = 1; ALTER TABLE t ADD COLUMN b int;",
    ),
    // A transaction of the tool, time-outs.
    under("database/no-lock-timeout", Postgres, Under::ToolTransaction, true, "ALTER TABLE t ADD COLUMN a int;"),
    under(
        "database/no-lock-timeout",
        Postgres,
        Under::ToolTransaction,
        false,
        "SET LOCAL lock_timeout = '3s'; ALTER TABLE t ADD COLUMN a int;",
    ),
    under(
        "database/no-lock-timeout",
        Postgres,
        Under::Usual,
        true,
        "BEGIN; SET LOCAL lock_timeout = '3s'; COMMIT; ALTER TABLE t ADD COLUMN a int;",
    ),
    under(
        "database/no-lock-timeout",
        Postgres,
        Under::Usual,
        true,
        "SET LOCAL lock_timeout = '3s'; ALTER TABLE t ADD COLUMN a int;",
    ),
    under("database/no-lock-timeout", Postgres, Under::Usual, true, "SET lock_timeout = 0; ALTER TABLE t ADD COLUMN a int;"),
    under(
        "database/no-lock-timeout",
        Postgres,
        Under::Usual,
        true,
        "SET lock_timeout = '3s'; RESET lock_timeout; ALTER TABLE t ADD COLUMN a int;",
    ),
    under("database/no-lock-timeout", Mysql, Under::Usual, true, "ALTER TABLE t ADD COLUMN a int;"),
    under("database/no-lock-timeout", Mysql, Under::Usual, false, "SET lock_wait_timeout = 5; ALTER TABLE t ADD COLUMN a int;"),
    under("database/no-lock-timeout", Mariadb, Under::Usual, false, "ALTER TABLE t WAIT 5 ADD COLUMN a int;"),
    under(
        "database/no-lock-timeout",
        Mariadb,
        Under::Usual,
        true,
        "ALTER TABLE t WAIT 5 ADD COLUMN a int; ALTER TABLE u ADD COLUMN a int;",
    ),
    under("database/timeout-off", Mysql, Under::Usual, true, "SET lock_wait_timeout = 31536000;"),
    under(
        "database/rows-changed-under-lock",
        Postgres,
        Under::ToolTransaction,
        true,
        "ALTER TABLE t ADD a int; DELETE FROM o WHERE b = 1;",
    ),
    under(
        "database/validate-in-same-transaction",
        Postgres,
        Under::ToolTransaction,
        true,
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c;",
    ),
    known(
        "database/rows-changed-under-lock",
        Postgres,
        false,
        "BEGIN; ALTER TABLE orders ADD a int; DELETE FROM settings WHERE id = 1; COMMIT;",
    ),
    under("database/implicit-commit", Mysql, Under::ToolTransaction, false, "ALTER TABLE t ADD COLUMN b int;"),
    // Corrections.
    known("database/change-not-batched", Postgres, true, "UPDATE orders SET note = 'x' WHERE state = 'new';"),
    known("database/change-not-batched", Postgres, false, "UPDATE orders SET note = 'x' WHERE id = 7;"),
    known("database/change-not-batched", Postgres, false, "UPDATE settings SET value = 'x' WHERE name LIKE 'a%';"),
    known("database/change-not-batched", Postgres, false, "UPDATE customers SET name = 'x' WHERE email = 'a@b.c';"),
    known("database/change-not-batched", Postgres, true, "UPDATE orders SET note = 'x' WHERE made_at < '2020-01-01';"),
    known("database/change-without-where", Postgres, true, "UPDATE settings SET value = 'x';"),
    known("database/where-not-selective", Postgres, false, "DELETE FROM settings WHERE value IS NULL;"),
    known("database/key-changed", Postgres, true, "UPDATE customers SET email = 'x' WHERE id = 1;"),
    known("database/key-changed", Postgres, true, "UPDATE orders SET customer_id = 2 WHERE id = 1;"),
    known("database/key-changed", Postgres, false, "UPDATE orders SET note = 'x' WHERE id = 1;"),
    known("database/delete-cascades", Postgres, true, "DELETE FROM customers WHERE id = 3;"),
    known("database/delete-cascades", Mysql, true, "DELETE FROM customers WHERE id = 3;"),
    known("database/delete-cascades", Postgres, false, "DELETE FROM orders WHERE id = 3;"),
    known("database/copy-whole-table", Postgres, false, "INSERT INTO orders SELECT * FROM settings;"),
    known("database/copy-whole-table", Postgres, true, "INSERT INTO settings SELECT * FROM orders;"),
    known("database/query-on-slow-table", Postgres, true, "CREATE VIEW v AS SELECT note FROM orders WHERE note = 'x';"),
    known("database/query-on-slow-table", Postgres, false, "CREATE VIEW v AS SELECT note FROM orders WHERE customer_id = 3;"),
    known("database/query-on-slow-table", Postgres, false, "CREATE VIEW v AS SELECT name FROM customers;"),
    known("database/query-reads-everything", Postgres, false, "SELECT value FROM settings;"),
    known("database/table-exists-already", Postgres, true, "CREATE TABLE orders (id bigint PRIMARY KEY);"),
    known("database/table-exists-already", Postgres, true, "CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY);"),
    known(
        "database/table-exists-already",
        Postgres,
        false,
        "ALTER TABLE orders RENAME TO old; CREATE TABLE orders (id bigint PRIMARY KEY);",
    ),
    known("database/table-exists-already", Postgres, false, "CREATE TABLE archive.orders (id bigint PRIMARY KEY);"),
    known(
        "database/foreign-key-without-index",
        Postgres,
        false,
        "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;",
    ),
    known(
        "database/foreign-key-without-index",
        Postgres,
        true,
        "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (note) REFERENCES customers (id) NOT VALID;",
    ),
    known("database/change-type-narrows", Mysql, true, "ALTER TABLE orders MODIFY id int NOT NULL;"),
    known("database/change-type-narrows", Mysql, false, "ALTER TABLE orders MODIFY id bigint NOT NULL DEFAULT 0;"),
    known("database/change-type-breaks-readers", Mysql, true, "ALTER TABLE orders MODIFY note bigint;"),
    // What runs later by itself.
    under(
        "database/change-without-where",
        Mysql,
        Under::Usual,
        true,
        "CREATE EVENT e ON SCHEDULE AT NOW() DO DELETE FROM users;",
    ),
    under(
        "database/drop-table",
        Mysql,
        Under::Usual,
        true,
        "CREATE EVENT e ON SCHEDULE AT NOW() ON COMPLETION PRESERVE DO DROP TABLE users;",
    ),
    under(
        "database/truncate",
        Mariadb,
        Under::Usual,
        true,
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN SET @a = 1; TRUNCATE TABLE `users`; END;",
    ),
    under(
        "database/anonymous-block",
        Mysql,
        Under::Usual,
        true,
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DECLARE a int; DELETE FROM users; END;",
    ),
    under(
        "database/anonymous-block",
        Mysql,
        Under::Usual,
        false,
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO INSERT INTO t (a) VALUES (1);",
    ),
    under(
        "database/change-without-where",
        Postgres,
        Under::Usual,
        true,
        "CREATE RULE r AS ON INSERT TO users DO ALSO DELETE FROM users;",
    ),
    under(
        "database/change-without-where",
        Postgres,
        Under::Usual,
        true,
        "CREATE RULE r AS ON INSERT TO users WHERE NEW.a > 3 DO (NOTIFY x; DELETE FROM users);",
    ),
    under("database/truncate", Postgres, Under::Usual, false, "CREATE RULE r AS ON DELETE TO users DO INSTEAD NOTHING;"),
    under(
        "database/change-not-batched",
        Postgres,
        Under::Usual,
        false,
        "CREATE RULE r AS ON DELETE TO users DO INSTEAD UPDATE users SET gone = true WHERE id = OLD.id;",
    ),
    under(
        "database/change-not-batched",
        Postgres,
        Under::Usual,
        true,
        "CREATE RULE r AS ON DELETE TO users DO ALSO UPDATE users SET gone = true WHERE id = id;",
    ),
    under("database/function-call", Postgres, Under::Usual, true, "CREATE RULE r AS ON INSERT TO users DO ALSO SELECT purge();"),
];
