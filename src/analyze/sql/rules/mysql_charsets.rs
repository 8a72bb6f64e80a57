//! Character sets of MySQL and MariaDB.

use super::mysql_columns::COPIES;
use crate::analyze::sql::rule::{MYSQL, Pack, Proof, RULE, Rule};
use crate::evidence::sql::AlterOp;
use crate::facts::{RiskClass, Severity, SqlDialect};

pub(super) static CONVERT_CHARSET: Rule = Rule {
    id: "database/convert-charset",
    title: "A table is converted to another character set",
    what: "`CONVERT TO CHARACTER SET` copies the table and writes every text anew; writes wait. Indexes may become too long, texts may \
           become larger types, comparisons follow the new collation, and joins with tables of the old one lose their indexes.",
    says: "{table} is copied into the character set {charset}; writes wait until it is done",
    harmless: "The table is created in the same change, or small; MariaDB reads `utf8mb3` as `utf8mb4` without a copy.",
    finds: &["ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4;"],
    passes: &["ALTER TABLE t DEFAULT CHARACTER SET utf8mb4;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let AlterOp::ConvertCharset { charset, collation } = operation else { continue };
            let charset = charset.as_deref().or(collation.as_deref()).unwrap_or("DEFAULT");
            let was = scene.record(&alter.name).and_then(|record| record.collation.clone()).unwrap_or_default();
            let all = scene.record(&alter.name).is_some_and(|record| {
                record.columns.iter().all(|column| {
                    column.collation.as_deref().is_none_or(|known| known.starts_with("utf8mb3") || known.starts_with("utf8_"))
                })
            });
            let in_place =
                scene.dialect() == SqlDialect::Mariadb && all && was.starts_with("utf8") && charset.starts_with("utf8mb4");
            hits.on(&alter.name)
                .fill("charset", super::first_words(charset))
                .fill("alter", format!("CONVERT TO CHARACTER SET {}", super::first_words(charset)))
                .harmless_if(in_place, "MariaDB reads the bytes of `utf8mb3` as `utf8mb4` without a copy");
        }
    },
    ..COPIES
};

pub(super) static DEFAULT_CHARSET: Rule = Rule {
    id: "database/default-charset-only",
    title: "Only columns to come get the character set",
    class: RiskClass::Design,
    severity: Severity::Low,
    dialects: MYSQL,
    pack: Pack::Design,
    what: "`DEFAULT CHARACTER SET` of a table or database changes nothing that is there: old columns keep the old character set, new ones get \
           another, and joins between them cannot use indexes.",
    harmless: "The table is created in the same change.",
    says: "columns of {table} that are there keep their character set, and new ones get {charset}",
    safe: "State the character set of each new column, or convert the table when it is small",
    source: "MySQL 8.0 Reference Manual, 12.3.4 Table Character Set and Collation: https://dev.mysql.com/doc/refman/8.0/en/charset-table.html",
    proof: Proof::Reason,
    finds: &["ALTER TABLE t DEFAULT CHARACTER SET utf8mb4;"],
    passes: &["CREATE TABLE t (a int) DEFAULT CHARACTER SET utf8mb4;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::DefaultCharset { charset, collation } = operation {
                let charset = charset.as_deref().or(collation.as_deref()).unwrap_or("another one");
                hits.on(&alter.name).fill("charset", super::first_words(charset));
            }
        }
    },
    ..RULE
};

pub(super) static UTF8MB3: Rule = Rule {
    id: "database/utf8mb3",
    title: "`utf8` is not UTF-8",
    class: RiskClass::DataLoss,
    severity: Severity::Medium,
    dialects: MYSQL,
    what: "`utf8` means `utf8mb3`: characters of four bytes (emoji, rare Chinese ones) are refused, or cut with all that follows them where \
           the mode is not strict. MySQL calls it deprecated and will let `utf8` mean `utf8mb4` one day.",
    spares_new: false,
    harmless: "Never: what the column holds later matters.",
    says: "{place} gets the character set `{charset}`, which has no room for characters of four bytes",
    safe: "CHARACTER SET utf8mb4",
    source: "MySQL 8.0 Reference Manual, 12.9.2 The utf8mb3 Character Set: https://dev.mysql.com/doc/refman/8.0/en/charset-unicode-utf8mb3.html",
    proof: Proof::Manual,
    finds: &[
        "CREATE TABLE t (a varchar(9)) DEFAULT CHARSET = utf8;",
        "ALTER TABLE t ADD COLUMN a varchar(9) CHARACTER SET utf8mb3;",
    ],
    passes: &["CREATE TABLE t (a varchar(9)) DEFAULT CHARSET = utf8mb4;"],
    find: |scene, hits| {
        let bad = |charset: Option<&String>, collation: Option<&String>| {
            let old = |word: &String| {
                let word = word.to_ascii_lowercase();
                word == "utf8" || word.starts_with("utf8_") || word.starts_with("utf8mb3")
            };
            charset.filter(|word| old(word)).or(collation.filter(|word| old(word))).map(|word| super::first_words(word))
        };
        for create in scene.created_tables() {
            let Some(name) = &create.name else { continue };
            if let Some(charset) = bad(create.definition.charset.as_ref(), create.definition.collation.as_ref()) {
                hits.on(name).fill("place", "the table").fill("charset", charset);
            }
            for column in &create.definition.columns {
                if let Some(charset) = bad(column.charset.as_ref(), column.collation.as_ref()) {
                    hits.on(name).column(&column.name).fill("place", super::first_words(&column.name)).fill("charset", charset);
                }
            }
        }
        for (alter, operation) in scene.operations() {
            match operation {
                AlterOp::AddColumn { column, .. } | AlterOp::Redefine { column, .. } => {
                    if let Some(charset) = bad(column.charset.as_ref(), column.collation.as_ref()) {
                        hits.on(&alter.name)
                            .column(&column.name)
                            .fill("place", super::first_words(&column.name))
                            .fill("charset", charset);
                    }
                }
                AlterOp::ConvertCharset { charset, collation } | AlterOp::DefaultCharset { charset, collation } => {
                    if let Some(charset) = bad(charset.as_ref(), collation.as_ref()) {
                        hits.on(&alter.name).fill("place", "the table").fill("charset", charset);
                    }
                }
                _ => {}
            }
        }
    },
    ..RULE
};
