//! Partitions: attached, detached, dropped, cut anew.

use super::manual;
use super::mysql_columns::COPIES;
use crate::analyze::sql::hit::quoted_name;
use crate::analyze::sql::rule::{MYSQL, POSTGRES, Proof, RULE, Rule};
use crate::evidence::sql::{Action, AlterOp};
use crate::facts::{Blocks, RiskClass, Severity};

const PG_PARTITIONING: &str = "PostgreSQL manual, 5.12.2.2 Partition Maintenance: \
                               https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE";
const MYSQL_PARTITIONS: &str = "MySQL 8.0 Reference Manual, 15.1.9.1 ALTER TABLE Partition Operations: \
                                https://dev.mysql.com/doc/refman/8.0/en/alter-table-partition-operations.html";

pub(super) static ATTACH: Rule = Rule {
    id: "database/attach-partition-scans",
    title: "Attaching a partition reads all of it",
    class: RiskClass::Lock,
    severity: Severity::Medium,
    dialects: POSTGRES,
    what: "`ATTACH PARTITION` reads the table that is attached to see that every row belongs there, under an ACCESS EXCLUSIVE lock on it; \
           the parent stays open. If there is a default partition, it is locked and read too, while whoever writes to it waits.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    scans: true,
    weighed_by_size: true,
    harmless: "The partition is created in the same change and empty; a valid CHECK shows that every row belongs; it is small.",
    says: "nobody reads or writes {table} until every row has been seen to belong to {parent}",
    safe: "ALTER TABLE {table} ADD CONSTRAINT in_bounds CHECK (<the bounds, and NOT NULL>) NOT VALID;\n\
           ALTER TABLE {table} VALIDATE CONSTRAINT in_bounds; -- in a transaction of its own\n\
           ALTER TABLE {parent} ATTACH PARTITION {table} <bounds>;\n\
           ALTER TABLE {table} DROP CONSTRAINT in_bounds;",
    source: PG_PARTITIONING,
    proof: Proof::Server,
    finds: &["ALTER TABLE p ATTACH PARTITION q FOR VALUES FROM (1) TO (9);"],
    passes: &["CREATE TABLE q (a int); ALTER TABLE p ATTACH PARTITION q FOR VALUES FROM (1) TO (9);"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let AlterOp::AttachPartition { partition, .. } = operation else { continue };
            let checked = scene.state.table(partition).is_some_and(|table| {
                table.constraints.values().any(|constraint| {
                    constraint.valid && matches!(constraint.kind, crate::evidence::sql::ConstraintKind::Check { .. })
                })
            });
            hits.on(partition).fill("parent", quoted_name(&alter.name, scene.dialect())).harmless_if(
                checked,
                "a check of the change has been validated, which the server takes for proof when it covers the bounds",
            );
        }
    },
    ..RULE
};

pub(super) static DETACH: Rule = Rule {
    id: "database/detach-not-concurrent",
    title: "Detaching a partition locks the parent",
    class: RiskClass::Lock,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "`DETACH PARTITION` takes an ACCESS EXCLUSIVE lock on the parent: it waits for every transaction on any partition, and everybody \
           else waits behind it. The running version no longer sees the rows of the partition.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The parent is created in the same change.",
    says: "nobody reads or writes {table} while {partition} is detached",
    safe: "ALTER TABLE {table} DETACH PARTITION {partition} CONCURRENTLY; -- from PostgreSQL 14 on, outside of a transaction",
    source: PG_PARTITIONING,
    proof: Proof::Server,
    squawk: &["require-concurrent-partition-detach"],
    finds: &["ALTER TABLE p DETACH PARTITION q;"],
    passes: &["ALTER TABLE p DETACH PARTITION q CONCURRENTLY;", "ALTER TABLE p DETACH PARTITION q FINALIZE;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::DetachPartition { partition, concurrently: false, finalize: false } = operation {
                hits.on(&alter.name).fill("partition", quoted_name(partition, scene.dialect()));
            }
        }
    },
    ..RULE
};

pub(super) static CREATE_PARTITION_OF: Rule = Rule {
    id: "database/create-partition-of",
    title: "Creating a partition locks the parent",
    class: RiskClass::Lock,
    severity: Severity::Medium,
    dialects: POSTGRES,
    what: "`CREATE TABLE .. PARTITION OF` takes an ACCESS EXCLUSIVE lock on the parent: it waits for every transaction on any partition, and \
           everybody else waits behind it. A default partition is read while it is locked.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The parent is created in the same change.",
    says: "nobody reads or writes {table} while {partition} is made a partition of it",
    safe: "CREATE TABLE {partition} (LIKE {table} INCLUDING ALL);\n\
           ALTER TABLE {table} ATTACH PARTITION {partition} <bounds>; -- locks the parent against changes of the schema only",
    source: PG_PARTITIONING,
    proof: Proof::Server,
    finds: &["CREATE TABLE q PARTITION OF p FOR VALUES FROM (1) TO (9);"],
    passes: &["CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE q PARTITION OF p FOR VALUES FROM (1) TO (9);"],
    find: |scene, hits| {
        for create in scene.created_tables() {
            if let (Some(parent), Some(name)) = (&create.partition_of, &create.name) {
                hits.on(parent).fill("partition", quoted_name(name, scene.dialect()));
            }
        }
    },
    ..RULE
};

pub(super) static INHERITANCE: Rule = Rule {
    id: "database/inheritance-changed",
    title: "A table leaves or joins its parent",
    class: RiskClass::Compatibility,
    severity: Severity::Medium,
    dialects: POSTGRES,
    what: "After `NO INHERIT` queries on the parent no longer see the rows of the child; after `INHERIT` they see more. The running version \
           expects neither.",
    harmless: "The table is created in the same change.",
    says: "queries on {parent} {change} the rows of {table} from now on",
    safe: "-- first release a version that reads {table} by its own name; then, in a later change, this statement",
    source: manual::PG_ALTER_TABLE,
    proof: Proof::Reason,
    squawk: &["ban-detach-inheritance"],
    finds: &["ALTER TABLE t NO INHERIT p;"],
    passes: &["CREATE TABLE t (a int) INHERITS (p); ALTER TABLE t NO INHERIT p;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::Inherit { parent, inherit } = operation {
                hits.on(&alter.name)
                    .fill("parent", super::first_words(&parent.to_string()))
                    .fill("change", if *inherit { "also see" } else { "no longer see" });
            }
        }
    },
    ..RULE
};

pub(super) static DROP_PARTITION: Rule = Rule {
    id: "database/drop-partition",
    title: "A partition is dropped or emptied",
    class: RiskClass::DataLoss,
    severity: Severity::High,
    dialects: MYSQL,
    what: "`DROP PARTITION` and `TRUNCATE PARTITION` remove every row of the partition at once, without a way back but a backup.",
    lock: Some("exclusive metadata lock"),
    blocks: Blocks::Everything,
    harmless: "The table is created in the same change.",
    says: "every row of the partition {partition} of {table} is removed",
    safe: "ALTER TABLE {table} EXCHANGE PARTITION {partition} WITH TABLE <an empty table of the same shape>; -- keep that one until nobody misses \
           its rows, then drop the empty partition",
    source: MYSQL_PARTITIONS,
    proof: Proof::Reason,
    finds: &["ALTER TABLE t DROP PARTITION p0;", "ALTER TABLE t TRUNCATE PARTITION p0;"],
    passes: &["ALTER TABLE t ADD PARTITION (PARTITION p9 VALUES LESS THAN (9));"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::Partition { verb, names } = operation
                && (verb == "DROP" || verb == "TRUNCATE")
            {
                hits.on(&alter.name).fill("partition", super::first_words(&names.join(", ")));
            }
        }
    },
    ..RULE
};

pub(super) static EXCHANGE: Rule = Rule {
    id: "database/exchange-partition",
    title: "A partition changes its rows with a table",
    class: RiskClass::DataLoss,
    severity: Severity::Medium,
    dialects: MYSQL,
    what: "`EXCHANGE PARTITION` swaps all rows of the partition with those of the other table under an exclusive metadata lock; `WITHOUT \
           VALIDATION` takes rows that do not belong there.",
    lock: Some("exclusive metadata lock"),
    blocks: Blocks::Everything,
    scans: true,
    harmless: "The table is created in the same change.",
    says: "the rows of the partition {partition} of {table} are swapped with those of another table",
    safe: "ALTER TABLE {table} EXCHANGE PARTITION {partition} WITH TABLE <a table> WITH VALIDATION; -- with the count of rows on both sides checked before",
    source: MYSQL_PARTITIONS,
    proof: Proof::Manual,
    finds: &["ALTER TABLE t EXCHANGE PARTITION p0 WITH TABLE o;"],
    passes: &["ALTER TABLE t ANALYZE PARTITION p0;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::Partition { verb, names } = operation
                && verb == "EXCHANGE"
            {
                hits.on(&alter.name).fill("partition", super::first_words(&names.join(", ")));
            }
        }
    },
    ..RULE
};

pub(super) static REPARTITION: Rule = Rule {
    id: "database/repartition",
    title: "A table is cut into other partitions",
    what: "`PARTITION BY`, `REMOVE PARTITIONING`, `REORGANIZE`, `COALESCE`, `REBUILD` and `OPTIMIZE PARTITION` copy the rows concerned into \
           other partitions; writes wait.",
    says: "rows of {table} are copied by `{verb}`; writes wait until it is done",
    safe: "-- make a new table with the partitions, fill it in batches, and swap the two: gh-ost or pt-online-schema-change do so",
    source: MYSQL_PARTITIONS,
    variants: &[],
    proof: Proof::Server,
    finds: &["ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 8;", "ALTER TABLE t REMOVE PARTITIONING;"],
    passes: &["ALTER TABLE t ADD PARTITION (PARTITION p9 VALUES LESS THAN (9));", "ALTER TABLE t ANALYZE PARTITION p0;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::Partition { verb, .. } = operation
                && matches!(
                    verb.as_str(),
                    "PARTITION BY" | "REMOVE" | "REORGANIZE" | "COALESCE" | "REBUILD" | "OPTIMIZE" | "REPAIR"
                )
            {
                hits.on(&alter.name).fill("verb", super::first_words(verb));
            }
        }
    },
    ..COPIES
};

pub(super) static PARTITIONED_DROPPED: Rule = Rule {
    id: "database/partitioned-table-dropped",
    title: "A partitioned table is dropped with its partitions",
    class: RiskClass::DataLoss,
    severity: Severity::Critical,
    dialects: POSTGRES,
    what: "`DROP TABLE` and `TRUNCATE` of a partitioned table take every partition with it.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The same change creates the table.",
    says: "every partition of {table} goes with it",
    safe: "ALTER TABLE {table} DETACH PARTITION <partition> CONCURRENTLY; -- partition by partition, and drop each when nobody misses it",
    source: PG_PARTITIONING,
    proof: Proof::Reason,
    finds: &[],
    passes: &["DROP TABLE t;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let (Action::DropTable { names, .. } | Action::Truncate { names, .. }) = action else { continue };
            for name in names {
                let partitioned =
                    scene.record(name).is_some_and(|record| record.kind == crate::evidence::table_stats::TableKind::Partitioned);
                if partitioned {
                    hits.on(name);
                }
            }
        }
    },
    ..RULE
};
