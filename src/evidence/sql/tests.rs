//! What whole statements are understood as. What each word means is tested beside its reader.

use super::*;
use crate::facts::SqlDialect::{self, Mariadb, Mysql, Postgres, Sqlite};

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

fn alter(text: &str, dialect: SqlDialect) -> AlterTable {
    match action(text, dialect) {
        Action::AlterTable(table) => table,
        other => panic!("{text}: {other:#?}"),
    }
}

fn name(text: &str) -> Name {
    match text.split_once('.') {
        Some((schema, name)) => Name { schema: Some(schema.to_owned()), name: name.to_owned() },
        None => Name::plain(text),
    }
}

#[test]
fn names_are_folded_as_the_dialect_folds_them() {
    let dropped = |text: &str, dialect| match action(text, dialect) {
        Action::DropTable { names, .. } => names,
        other => panic!("{other:?}"),
    };
    assert_eq!(dropped("DROP TABLE Public.Users, \"Order\"", Postgres), [name("public.users"), name("Order")]);
    assert_eq!(dropped("DROP TABLE `Db`.`Users`", Mysql), [name("db.users")]);
    assert_eq!(dropped("DROP TABLE [Users]", Sqlite), [name("users")]);
    assert_eq!(dropped("DROP TABLE db.public.users", Postgres), [name("public.users")]);
    assert_eq!(dropped("DROP TABLE ${schema}.users, {{ t }}", Postgres), [name("${schema}.users"), name("{{ t }}")]);
    assert_eq!(dropped("DROP TABLE U&\"\\0061b\"", Postgres), [name("ab")]);
    // PostgreSQL cuts names at 63 bytes.
    assert_eq!(dropped(&format!("DROP TABLE {}", "x".repeat(70)), Postgres), [name(&"x".repeat(63))]);
}

#[test]
fn words_that_a_parser_drops_are_kept() {
    let table = alter("ALTER TABLE IF EXISTS ONLY a ADD CONSTRAINT x CHECK (b > 0) NOT VALID", Postgres);
    assert!(table.only && table.if_exists);
    assert!(matches!(&table.operations[..], [AlterOp::AddConstraint(AddConstraint { not_valid: true, .. })]));
    let table = alter("ALTER TABLE a ADD INDEX i (b), ALGORITHM=INPLACE, LOCK = none", Mysql);
    assert_eq!((table.algorithm.as_deref(), table.lock.as_deref()), (Some("INPLACE"), Some("NONE")));
    assert!(matches!(&table.operations[..], [AlterOp::AddIndex(_)]));
    let table = alter("ALTER TABLE a WAIT 5 DROP COLUMN b", Mariadb);
    assert_eq!(table.wait.as_deref(), Some("WAIT 5"));
    assert!(matches!(
        action("DROP INDEX CONCURRENTLY IF EXISTS a.b", Postgres),
        Action::DropIndex(DropIndex { concurrently: true, if_exists: true, .. })
    ));
    assert!(matches!(
        action(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY a USING gin (lower(b) text_ops DESC, c) INCLUDE (d) WHERE e",
            Postgres
        ),
        Action::CreateIndex(CreateIndex { unique: true, concurrently: true, if_not_exists: true, only: true, partial: true, .. })
    ));
}

#[test]
fn one_unknown_operation_does_not_hide_the_others() {
    let statement = one("ALTER TABLE a DROP COLUMN b, FROBNICATE c (1, 2), ADD d int", Postgres);
    assert_eq!(statement.understood, Understood::Classified);
    let Action::AlterTable(table) = &statement.actions[0] else { panic!() };
    assert!(matches!(&table.operations[..], [
        AlterOp::DropColumn { .. },
        AlterOp::Other { words },
        AlterOp::AddColumn { .. }
    ] if words == "FROBNICATE c (1, 2)"));
}

#[test]
fn what_nobody_understands_says_so() {
    let statement = one("FROBNICATE a b c", Postgres);
    assert_eq!(statement.understood, Understood::No("nobody here knows a statement FROBNICATE a b c".to_owned()));
    assert_eq!(statement.actions, [Action::Other { words: "FROBNICATE a b c".to_owned() }]);
    // A statement whose end is missing: what it does is known, and that something else stands there, too.
    let statement = one("DROP TABLE a\nDROP TABLE b", Postgres);
    assert_eq!(statement.understood, Understood::No("line 2: nobody here knows what DROP means in this place".to_owned()));
    assert!(matches!(&statement.actions[..], [Action::DropTable { .. }, Action::Other { .. }]));
    let statement = one("UPDATE a SET b = 1\nWHER c = 2", Postgres);
    assert!(
        matches!(&statement.understood, Understood::No(reason) if reason.starts_with("line 2: ")),
        "{:?}",
        statement.understood
    );
    // Known by name, and not what it does.
    let statement = one("ALTER EXTENSION postgis UPDATE", Postgres);
    assert_eq!(
        (statement.understood, &statement.actions[..]),
        (Understood::Classified, &[Action::Other { words: "ALTER EXTENSION".to_owned() }][..])
    );
}

#[test]
fn a_table_with_everything() {
    let text = "CREATE TABLE IF NOT EXISTS s.t (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        a character varying(20) COLLATE \"C\" DEFAULT 'x'::character varying NOT NULL,
        b timestamp(3) with time zone DEFAULT now(),
        c int4[] CHECK (cardinality(c) > 0) CONSTRAINT named UNIQUE,
        d numeric(10, 2) GENERATED ALWAYS AS (e * 2) STORED,
        e int REFERENCES other (x) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT k UNIQUE NULLS NOT DISTINCT (a, b) INCLUDE (c),
        FOREIGN KEY (a) REFERENCES z,
        EXCLUDE USING gist (b WITH &&) WHERE (a > 1)
    ) PARTITION BY RANGE (b) WITH (fillfactor = 70) TABLESPACE fast";
    let Action::CreateTable(table) = action(text, Postgres) else { panic!() };
    assert_eq!((table.name, table.if_not_exists, table.partition_by), (Some(name("s.t")), true, Some("RANGE (b)".to_owned())));
    let [id, a, b, c, d, fifth] = &table.definition.columns[..] else { panic!("{:#?}", table.definition.columns) };
    assert!(id.auto_increment && id.primary_key);
    let ty = a.ty.clone().unwrap();
    assert_eq!((ty.name.as_str(), ty.arguments), ("varchar", vec!["20".to_owned()]));
    assert_eq!((a.nullable, a.collation.as_deref()), (Some(false), Some("C")));
    assert_eq!(a.default, Some(ColumnDefault { text: "'x'::character varying".to_owned(), kind: DefaultKind::Constant }));
    assert_eq!(b.ty.clone().unwrap().name, "timestamptz");
    assert_eq!(b.default.clone().unwrap().kind, DefaultKind::Stable);
    let ty = c.ty.clone().unwrap();
    assert_eq!((ty.name.as_str(), ty.array), ("integer", true));
    assert_eq!((c.check.as_deref(), c.unique), (Some("cardinality(c) > 0"), true));
    assert_eq!(d.generated, Some(Generated::Stored));
    let key = fifth.references.clone().unwrap();
    assert_eq!(
        (key.table, key.on_delete.as_deref(), key.on_update.as_deref()),
        (name("other"), Some("SET NULL"), Some("CASCADE"))
    );
    assert_eq!(table.definition.constraints.len(), 3);
    assert_eq!(table.definition.options.len(), 2);
}

#[test]
fn a_table_of_mysql() {
    let text = "CREATE TABLE `t` (
        `id` INT(11) UNSIGNED NOT NULL AUTO_INCREMENT,
        `a` ENUM('x','y''z') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT 'x' COMMENT 'why',
        `b` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
        `key` BOOL,
        PRIMARY KEY (`id`), UNIQUE KEY `u` (`a`(10)) USING BTREE, KEY `k` (`b` DESC), FULLTEXT KEY f (a),
        CONSTRAINT `c` FOREIGN KEY (`id`) REFERENCES `o` (`x`) ON DELETE CASCADE
    ) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC COMMENT='c'";
    let Action::CreateTable(table) = action(text, Mysql) else { panic!() };
    let definition = table.definition;
    assert_eq!(
        (definition.engine.as_deref(), definition.charset.as_deref(), definition.comment.as_deref()),
        (Some("innodb"), Some("utf8mb4"), Some("c"))
    );
    assert_eq!(
        definition.options,
        [("AUTO_INCREMENT".to_owned(), "5".to_owned()), ("ROW_FORMAT".to_owned(), "DYNAMIC".to_owned())]
    );
    assert!(definition.columns[0].ty.as_ref().unwrap().unsigned && definition.columns[0].auto_increment);
    assert_eq!(definition.columns[1].ty.as_ref().unwrap().arguments, ["x", "y'z"]);
    assert!(definition.columns[2].on_update);
    assert_eq!(definition.columns[3].ty.as_ref().unwrap().name, "tinyint");
    assert_eq!(definition.indexes.len(), 3);
    assert!(definition.indexes[0].unique && definition.indexes[0].columns[0].prefix == Some(10));
    assert_eq!(definition.constraints.len(), 2);
}

#[test]
fn operations_of_postgres() {
    let table = alter(
        "ALTER TABLE a ADD COLUMN IF NOT EXISTS b int DEFAULT 0 NOT NULL, DROP COLUMN IF EXISTS c CASCADE, ALTER d TYPE text USING d::text, \
         ALTER COLUMN e SET DEFAULT gen_random_uuid(), ALTER e DROP DEFAULT, ALTER e SET NOT NULL, ALTER e DROP NOT NULL, ALTER e SET STATISTICS 5, \
         VALIDATE CONSTRAINT f, DROP CONSTRAINT IF EXISTS g, ADD PRIMARY KEY USING INDEX h, SET (fillfactor = 10), SET UNLOGGED, OWNER TO i, \
         ENABLE ROW LEVEL SECURITY, DISABLE TRIGGER ALL, REPLICA IDENTITY FULL, ATTACH PARTITION j FOR VALUES FROM (1) TO (2), \
         DETACH PARTITION k CONCURRENTLY, SET SCHEMA l, ALTER m ADD GENERATED ALWAYS AS IDENTITY, ALTER n DROP EXPRESSION",
        Postgres,
    );
    let kinds: Vec<_> = table
        .operations
        .iter()
        .map(|operation| format!("{operation:?}").split([' ', '(']).next().unwrap_or("").to_owned())
        .collect();
    assert_eq!(
        kinds.join(" "),
        "AddColumn DropColumn AlterType SetDefault DropDefault SetNotNull DropNotNull ColumnOption ValidateConstraint \
        DropConstraint AddConstraint StorageParameters SetLogged OwnerTo RowSecurity Trigger ReplicaIdentity AttachPartition DetachPartition \
        SetSchema AddIdentity DropExpression"
    );
    assert!(matches!(&table.operations[3], AlterOp::SetDefault { default, .. } if default.kind == DefaultKind::Volatile));
    assert!(
        matches!(&table.operations[10], AlterOp::AddConstraint(AddConstraint { kind: ConstraintKind::PrimaryKey { using_index: Some(index), .. }, .. }) if index == "h")
    );
    assert!(matches!(&alter("ALTER TABLE a RENAME TO b", Postgres).operations[..], [AlterOp::RenameTable { .. }]));
    assert!(matches!(&alter("ALTER TABLE a RENAME b TO c", Postgres).operations[..], [AlterOp::RenameColumn { .. }]));
    assert!(matches!(
        &alter("ALTER TABLE a RENAME CONSTRAINT b TO c", Postgres).operations[..],
        [AlterOp::RenameConstraint { .. }]
    ));
}

#[test]
fn operations_of_mysql() {
    let table = alter(
        "ALTER TABLE a ADD b INT FIRST, ADD COLUMN (c INT, d INT), MODIFY e VARCHAR(20) NOT NULL AFTER f, CHANGE g h BIGINT, DROP INDEX i, \
         DROP PRIMARY KEY, DROP FOREIGN KEY j, RENAME INDEX k TO l, RENAME COLUMN m TO n, ALTER INDEX o INVISIBLE, ADD UNIQUE KEY p (q), \
         CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, ENGINE=InnoDB, FORCE, AUTO_INCREMENT = 5, DISABLE KEYS, DEFAULT CHARSET = utf8, \
         ROW_FORMAT=COMPRESSED, RENAME TO r",
        Mysql,
    );
    let kinds: Vec<_> = table
        .operations
        .iter()
        .map(|operation| format!("{operation:?}").split([' ', '(']).next().unwrap_or("").to_owned())
        .collect();
    assert_eq!(
        kinds.join(" "),
        "AddColumn AddColumn AddColumn Redefine Redefine DropIndex DropPrimaryKey DropForeignKey RenameIndex RenameColumn \
        IndexVisibility AddIndex ConvertCharset Engine Force Option Keys DefaultCharset Option RenameTable"
    );
    let verb = |text: &str| match &alter(text, Mysql).operations[..] {
        [AlterOp::Partition { verb, names }] => format!("{verb} {}", names.join(",")),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(verb("ALTER TABLE a DROP PARTITION p0, p1"), "DROP p0,p1");
    assert_eq!(
        verb("ALTER TABLE a ADD PARTITION (PARTITION p2 VALUES LESS THAN (5), PARTITION p3 VALUES LESS THAN MAXVALUE)"),
        "ADD p2,p3"
    );
    assert_eq!(verb("ALTER TABLE a TRUNCATE PARTITION ALL"), "TRUNCATE all");
    assert_eq!(verb("ALTER TABLE a REORGANIZE PARTITION p0 INTO (PARTITION p1 VALUES LESS THAN (5))"), "REORGANIZE p0");
    assert_eq!(verb("ALTER TABLE a EXCHANGE PARTITION p WITH TABLE b"), "EXCHANGE p");
    assert_eq!(verb("ALTER TABLE a REMOVE PARTITIONING"), "REMOVE ");
    assert_eq!(verb("ALTER TABLE a PARTITION BY HASH (id) PARTITIONS 4"), "PARTITION BY ");
}

#[test]
fn other_statements() {
    assert!(matches!(action("RENAME TABLE a TO b, c TO d.e", Mysql), Action::RenameTables { pairs } if pairs.len() == 2));
    assert!(
        matches!(action("TRUNCATE TABLE ONLY a, b RESTART IDENTITY CASCADE", Postgres), Action::Truncate { names, cascade: true, restart_identity: true } if names.len() == 2)
    );
    assert!(matches!(action("REINDEX (VERBOSE, CONCURRENTLY) TABLE a", Postgres), Action::Reindex { concurrently: true, .. }));
    assert!(matches!(action("VACUUM (FULL, ANALYZE) a", Postgres), Action::Vacuum { full: true, .. }));
    assert!(matches!(action("VACUUM a", Postgres), Action::Vacuum { full: false, .. }));
    assert!(matches!(action("CLUSTER a USING b", Postgres), Action::Cluster { index: Some(_), .. }));
    assert!(matches!(
        action("REFRESH MATERIALIZED VIEW CONCURRENTLY a WITH NO DATA", Postgres),
        Action::RefreshView { concurrently: true, with_data: false, .. }
    ));
    assert!(
        matches!(action("LOCK TABLE a IN ACCESS EXCLUSIVE MODE NOWAIT", Postgres), Action::LockTables { mode: Some(mode), nowait: true, .. } if mode == "ACCESS EXCLUSIVE")
    );
    assert!(
        matches!(action("LOCK TABLES a READ, b WRITE", Mysql), Action::LockTables { mode: Some(mode), .. } if mode == "WRITE")
    );
    assert!(
        matches!(action("OPTIMIZE TABLE a, b", Mysql), Action::Maintain { verb, tables } if verb == "OPTIMIZE" && tables.len() == 2)
    );
    assert!(matches!(
        action("ALTER TYPE a ADD VALUE IF NOT EXISTS 'x' BEFORE 'y'", Postgres),
        Action::AddEnumValue { placed: true, if_not_exists: true, .. }
    ));
    assert!(
        matches!(action("DO LANGUAGE plpgsql $$ BEGIN END $$", Postgres), Action::Block { language: Some(language), body } if language == "plpgsql" && body == " BEGIN END ")
    );
    assert!(
        matches!(action("SET LOCAL lock_timeout = '5s'", Postgres), Action::Set(SetVariable { value: Some(value), scope: SetScope::Local, .. }) if value == "5s")
    );
    assert!(matches!(action("SET TIME ZONE 'UTC'", Postgres), Action::Set(SetVariable { name, .. }) if name == "timezone"));
    assert!(
        matches!(action("SELECT pg_catalog.set_config('search_path', '', false)", Postgres), Action::Set(SetVariable { name, .. }) if name == "search_path")
    );
    assert!(
        matches!(action("PRAGMA foreign_keys = OFF", Sqlite), Action::Set(SetVariable { name, .. }) if name == "foreign_keys")
    );
    assert_eq!(one("SET @a = 1, GLOBAL b = 2, @@session.c = DEFAULT", Mysql).actions.len(), 3);
    assert!(
        matches!(action("GRANT SELECT (a, b), UPDATE ON TABLE t TO x, y WITH GRANT OPTION", Postgres), Action::Grant { privileges, grantees, with_grant_option: true, .. } if privileges == ["SELECT", "UPDATE"] && grantees == ["x", "y"])
    );
    assert!(
        matches!(action("GRANT ALL PRIVILEGES ON *.* TO 'a'@'%' IDENTIFIED BY 'x'", Mysql), Action::Grant { privileges, object, grantees, .. } if privileges == ["ALL"] && object == "*.*" && grantees == ["a@%"])
    );
    assert!(matches!(
        action("CREATE ROLE a WITH LOGIN SUPERUSER PASSWORD 'x'", Postgres),
        Action::CreateUser { has_password: true, superuser: true, .. }
    ));
    assert!(
        matches!(action("CREATE OR REPLACE FUNCTION a.b(c int) RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = x AS $$ SELECT 1 $$", Postgres), Action::CreateRoutine { or_replace: true, security_definer: true, sets_search_path: true, body: Some(body), .. } if body == " SELECT 1 ")
    );
    assert!(
        matches!(action("CREATE MATERIALIZED VIEW a AS SELECT 1 FROM b WITH NO DATA", Postgres), Action::CreateView { materialized: true, with_data: false, query: Some(query), .. } if query.tables == [name("b")])
    );
    assert!(matches!(action("PREPARE s FROM 'DROP TABLE a'", Mysql), Action::Dynamic { .. }));
    assert!(matches!(action("LOAD DATA LOCAL INFILE 'a' INTO TABLE b", Mysql), Action::Copy { into: true, .. }));
    assert!(matches!(action("START TRANSACTION READ ONLY", Mysql), Action::Begin));
    assert!(matches!(action("ROLLBACK TO SAVEPOINT a", Postgres), Action::Rollback { to_savepoint: true }));
    assert!(
        matches!(action("SELECT 1 INTO TEMP a FROM b", Postgres), Action::CreateTable(table) if table.temporary && table.name == Some(name("a")))
    );
}

#[test]
fn explaining_runs_only_with_analyze() {
    assert!(matches!(action("EXPLAIN DELETE FROM a", Postgres), Action::Harmless { .. }));
    assert!(matches!(action("EXPLAIN (ANALYZE, BUFFERS) DELETE FROM a", Postgres), Action::Dml(Dml::Delete(_))));
    assert!(matches!(action("EXPLAIN SELECT * FROM a", Mysql), Action::Query { explain: true, .. }));
    assert!(matches!(one("ANALYZE DELETE FROM a", Mariadb).actions[..], [Action::Dml(Dml::Delete(_))]));
}

#[test]
fn what_explaining_runs_is_done() {
    let actions = |text: &str| one(text, Postgres).actions;
    assert!(matches!(actions("EXPLAIN (\"analyze\") DELETE FROM a")[..], [Action::Dml(Dml::Delete(_))]));
    assert!(matches!(actions("EXPLAIN (\"analyze\" false) DELETE FROM a")[..], [Action::Harmless { .. }]));
    assert!(matches!(actions("EXPLAIN ANALYZE EXECUTE p")[..], [Action::Dynamic { .. }]));
    assert!(matches!(actions("EXPLAIN (ANALYZE) REFRESH MATERIALIZED VIEW v")[..], [Action::RefreshView { .. }]));
    assert!(matches!(actions("EXPLAIN EXECUTE p")[..], [Action::Harmless { .. }]));
    assert!(matches!(
        actions("EXPLAIN ANALYZE CREATE TABLE x AS EXECUTE p")[..],
        [Action::CreateTable(_), Action::Dynamic { .. }]
    ));
    assert!(matches!(actions("CREATE TABLE x AS EXECUTE p (1)")[..], [Action::CreateTable(_), Action::Dynamic { .. }]));
    for text in [
        "EXPLAIN ANALYZE CREATE TABLE x AS SELECT purge()",
        "EXPLAIN ANALYZE CREATE MATERIALIZED VIEW x AS SELECT purge()",
        "EXPLAIN ANALYZE DECLARE c CURSOR FOR SELECT purge()",
    ] {
        assert_eq!(one(text, Postgres).calls, ["purge"], "{text}");
    }
    assert!(matches!(one(&format!("{}DROP TABLE a", "EXPLAIN ANALYZE ".repeat(5_000)), Postgres).actions[..], [_, ..]));
}

#[test]
fn what_is_replaced_is_dropped_first() {
    for kind in ["DATABASE", "SCHEMA"] {
        let statement = one(&format!("CREATE OR REPLACE {kind} shop"), Mariadb);
        assert!(
            matches!(&statement.actions[..], [Action::DropDatabase { name, if_exists: true }, Action::CreateDatabase { .. }] if name == "shop")
        );
    }
    assert!(matches!(
        one("CREATE OR REPLACE ROLE app", Mariadb).actions[..],
        [Action::DropUser { .. }, Action::CreateUser { .. }]
    ));
    assert!(matches!(
        one("CREATE OR REPLACE SEQUENCE s", Mariadb).actions[..],
        [Action::DropSequence { .. }, Action::CreateSequence { .. }]
    ));
    assert!(matches!(one("CREATE DATABASE IF NOT EXISTS shop", Mariadb).actions[..], [Action::CreateDatabase { .. }]));
}

#[test]
fn settings_for_one_statement_come_before_it() {
    let statement = one("SET STATEMENT max_statement_time = 5, sort_buffer_size = 1 FOR DELETE FROM a", Mariadb);
    assert!(matches!(
        &statement.actions[..],
        [Action::Set(SetVariable { scope: SetScope::Local, .. }), Action::Set(_), Action::Dml(Dml::Delete(_))]
    ));
}

#[test]
fn a_second_statement_without_a_terminator_is_not_understood() {
    for (text, dialects) in [
        ("SELECT 1\nDROP TABLE users;", &[Postgres, Mysql][..]),
        ("SELECT 1 DROP TABLE users;", &[Postgres, Mysql]),
        ("SELECT 1\nGO\nDROP TABLE users\nGO", &[Postgres, Mysql]),
        ("SELECT 1\nGO\n", &[Postgres]),
        ("SELECT 1\n/\nDROP TABLE users\n/", &[Postgres]),
        ("SELECT a FROM b\nDELETE FROM users;", &[Postgres, Mysql]),
        ("SELECT a FROM b WHERE c = 1\nUPDATE users SET a = 1;", &[Postgres, Mysql]),
        ("SELECT a FROM b\nINSERT INTO users VALUES (1);", &[Postgres]),
        ("SELECT a FROM b\nTRUNCATE users;", &[Postgres]),
        ("SELECT a FROM b\nALTER TABLE users DROP a;", &[Postgres]),
        ("SELECT a FROM b\nCREATE TABLE users (a int);", &[Postgres]),
        ("SELECT a FROM b\nGRANT ALL ON users TO bob;", &[Postgres]),
        ("SELECT 1\nSELECT purge();", &[Postgres, Mysql]),
        ("WITH a AS (SELECT 1) SELECT * FROM a\nDELETE FROM users;", &[Postgres]),
        ("INSERT INTO a VALUES (1)\nDROP TABLE users;", &[Postgres, Mysql]),
        ("UPDATE a SET b = 1 WHERE c = 2\nDELETE FROM users;", &[Postgres]),
        ("SET a = 1\nDROP TABLE users;", &[Postgres]),
        ("CALL refill()\nDROP TABLE users;", &[Postgres, Mysql]),
        ("COMMENT ON TABLE a IS 'b'\nDELETE FROM users;", &[Postgres]),
        ("SHOW a\nGO", &[Postgres]),
    ] {
        for dialect in dialects {
            let script = read(text, *dialect);
            let understood = &script.statements[0].understood;
            assert!(matches!(understood, Understood::No(_)), "{dialect:?} {text}: {:?}", script.statements);
        }
    }
}

#[test]
fn verbs_inside_of_one_statement_are_no_second_one() {
    for (text, dialect) in [
        ("SELECT a FROM b FOR UPDATE", Postgres),
        ("SELECT a FROM b\nFOR NO KEY UPDATE OF b", Postgres),
        ("WITH a AS (DELETE FROM b RETURNING *)\nINSERT INTO c SELECT * FROM a", Postgres),
        ("WITH a AS (SELECT 1)\nDELETE FROM b WHERE c IN (SELECT * FROM a)", Postgres),
        ("INSERT INTO a VALUES (1)\nON CONFLICT (a) DO\nUPDATE SET a = 2", Postgres),
        ("INSERT INTO a VALUES (1)\nON DUPLICATE KEY\nUPDATE a = 2", Mysql),
        ("INSERT INTO a (b)\nSELECT 1\nUNION ALL\nSELECT 2", Postgres),
        ("MERGE INTO a USING b ON a.c = b.c WHEN MATCHED THEN\nDELETE", Postgres),
        (
            "MERGE INTO a USING b ON a.c = b.c WHEN MATCHED THEN\nUPDATE SET d = 1 WHEN NOT MATCHED THEN\nINSERT (c) VALUES (1)",
            Postgres,
        ),
        ("SELECT truncate(a, 2), replace(b, 'x', 'y'), insert(c, 1, 2, 'z') FROM d", Mysql),
        ("SELECT a AS drop, a.delete, b AS go FROM a", Postgres),
        ("SELECT insert, update, delete FROM rights", Postgres),
        ("CREATE TABLE a (b int REFERENCES c (d)\n ON DELETE CASCADE)", Postgres),
        ("ALTER TABLE a\nDROP COLUMN b,\nALTER COLUMN c DROP NOT NULL", Postgres),
        ("GRANT SELECT,\nINSERT,\nUPDATE ON a TO b", Postgres),
        ("ALTER EXTENSION a\nDROP TABLE b", Postgres),
    ] {
        let script = read(text, dialect);
        let second = script
            .statements
            .iter()
            .any(|one| matches!(&one.understood, Understood::No(reason) if reason.contains("another statement")));
        assert!(script.statements.len() == 1 && !second, "{text}: {:?}", script.statements);
    }
}

#[test]
fn what_psql_sends_together_is_taken_apart() {
    let script = read("SELECT 1\\; DROP TABLE users;", Postgres);
    assert_eq!(script.troubles, []);
    let texts: Vec<&str> = script.statements.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["SELECT 1", "DROP TABLE users"]);
    assert!(matches!(script.statements[1].actions[0], Action::DropTable { .. }));
    assert_eq!(read("\\;SELECT 1\\;DROP TABLE a\\;\n", Postgres).statements.len(), 2);
}
