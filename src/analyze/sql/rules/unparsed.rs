//! What nobody here understands: a DBA has to read it.

use crate::analyze::sql::blocks;
use crate::analyze::sql::rule::{ALL, Proof, RULE, Rule};
use crate::evidence::sql::{Action, AlterOp, TroubleKind, Understood};
use crate::facts::{RiskClass, Severity};

const READ_IT: &str = "A DBA reads the statement and says what it does";

/// What all rules of this theme have in common.
const UNPARSED: Rule = Rule {
    class: RiskClass::Unparsed,
    severity: Severity::High,
    dialects: ALL,
    spares_new: false,
    harmless: "Another rule judges the statement by its first words.",
    safe: READ_IT,
    source: "kadian: what cannot be read cannot be judged",
    proof: Proof::Reason,
    ..RULE
};

pub(in crate::analyze::sql) static NOT_UNDERSTOOD: Rule = Rule {
    id: "database/statement-not-understood",
    title: "Nobody here understands the statement",
    what: "The parser refuses the statement and its first words tell nothing, so that nobody knows which tables it locks or changes.",
    says: "the statement is not understood: {reason}",
    finds: &["FROBNICATE TABLE a;", "LOAD 'auto_explain';"],
    passes: &["ALTER TABLE a ADD COLUMN b int;", "ALTER EXTENSION postgis UPDATE;"],
    find: |scene, hits| {
        let judged = super::by_words::JUDGED.iter().any(|head| scene.head.starts_with(head));
        let mut tell = |reason: String| {
            hits.plain().fill("reason", reason).harmless_if(judged, "another rule judges it by its first words");
        };
        if let Understood::No(reason) = &scene.statement.understood {
            return tell(super::first_words(reason));
        }
        for action in scene.actions() {
            if let Action::Other { words } = action {
                tell(format!("no rule judges `{}`", super::first_words(words)));
            }
        }
    },
    ..UNPARSED
};

pub(in crate::analyze::sql) static UNKNOWN_OPERATION: Rule = Rule {
    id: "database/alter-table-not-known",
    title: "An operation of `ALTER TABLE` that no rule judges",
    severity: Severity::Medium,
    what: "The statement alters a table in a way that nobody here knows: it may lock the table, write it anew or lose data.",
    says: "no rule judges `{words}` of table {table}",
    finds: &["ALTER TABLE a FROBNICATE b;"],
    passes: &["ALTER TABLE a ALTER COLUMN b SET STATISTICS 500;"],
    find: |scene, hits| {
        if matches!(scene.statement.understood, Understood::No(_)) {
            return;
        }
        for (alter, operation) in scene.operations() {
            let known = |words: &str| {
                let words = words.trim_start().to_ascii_uppercase();
                if !scene.dialect().is_mysql() {
                    return words.contains("SET EXPRESSION");
                }
                let known = ["DISCARD", "IMPORT", "ORDER BY", "ADD SYSTEM VERSIONING", "DROP SYSTEM VERSIONING"];
                known.iter().any(|known| words.starts_with(known))
            };
            if let AlterOp::Other { words } = operation
                && !known(words)
            {
                hits.on(&alter.name).fill("words", super::first_words(words));
            }
        }
    },
    ..UNPARSED
};

pub(in crate::analyze::sql) static BLOCK: Rule = Rule {
    id: "database/anonymous-block",
    title: "A block of procedural code",
    severity: Severity::Medium,
    what: "`DO` runs code whose statements are not seen one by one: conditions, loops and SQL that is made at run time.",
    says: "what the block runs inside is not judged",
    safe: "Write the statements of the block as statements of the script; a DBA reads what has to stay inside",
    finds: &["DO $$ BEGIN EXECUTE 'DROP TABLE a'; END $$;", "mysql: CREATE EVENT e ON SCHEDULE AT NOW() DO EXECUTE s;"],
    passes: &["DO $$ BEGIN CREATE TYPE mood AS ENUM ('sad'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;"],
    harmless: "The block only runs statements under conditions, without variables, loops or SQL that it makes: then each of them is judged.",
    find: |scene, hits| {
        let later = scene.actions().any(|action| {
            matches!(action, Action::CreateTrigger { event: true, body: Some(_), .. } | Action::CreateRule { body: Some(_), .. })
        });
        if later && blocks::inside(scene.statement, scene.dialect()).is_none() {
            hits.plain().says("what the event or rule runs later is not judged");
        }
        if scene.actions().any(|action| matches!(action, Action::Block { .. })) {
            let seen = blocks::inside(scene.statement, scene.dialect()).is_some();
            hits.plain().harmless_if(seen, "it only runs statements under conditions, and each of them is judged");
        }
    },
    ..UNPARSED
};

pub(in crate::analyze::sql) static DYNAMIC: Rule = Rule {
    id: "database/dynamic-sql",
    title: "SQL that is made at run time",
    what: "`PREPARE .. FROM` and `EXECUTE` run a text that the script puts together while it runs: what it does is not known before.",
    says: "`{verb}` runs SQL that is not known before",
    safe: "Write the statement itself",
    dialects: ALL,
    finds: &["EXECUTE s;"],
    passes: &["SELECT 1;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::Dynamic { verb } = action {
                hits.plain().fill("verb", super::first_words(verb));
            }
        }
    },
    ..UNPARSED
};

pub(in crate::analyze::sql) static CALL: Rule = Rule {
    id: "database/procedure-call",
    title: "A procedure is called",
    severity: Severity::Medium,
    what: "`CALL` runs a procedure of the database: what it changes stands elsewhere.",
    says: "what the procedure {name} does is not judged",
    safe: "Write the statements of the procedure; where it has to be called, a DBA reads it",
    finds: &["CALL refill();"],
    passes: &["SELECT 1;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::Call { name } = action {
                let name = name.as_ref().map_or_else(|| "of no known name".to_owned(), ToString::to_string);
                hits.plain().fill("name", super::first_words(&name));
            }
        }
    },
    ..UNPARSED
};

pub(in crate::analyze::sql) static CONDITIONAL: Rule = Rule {
    id: "database/conditional-comment",
    title: "Only some versions of the server run it",
    severity: Severity::Low,
    what: "What stands in `/*! .. */` is run by MySQL, or by versions from a number on, and is a comment elsewhere: two servers do two \
           different things.",
    says: "the statement or a part of it runs on some versions only",
    safe: "Write the statement without the comment for the version that production runs",
    dialects: super::super::rule::MYSQL,
    finds: &["/*!80000 ALTER TABLE a ADD COLUMN b int */;"],
    passes: &["ALTER TABLE a ADD COLUMN b int /* later: c */;", "/*!40101 SET NAMES utf8mb4 */;"],
    find: |scene, hits| {
        // What dumps set before and after their data.
        let settings = scene.actions().all(|action| match action {
            Action::Set(_) | Action::Harmless { .. } => true,
            Action::AlterTable(alter) => alter.operations.iter().all(|operation| matches!(operation, AlterOp::Keys { .. })),
            _ => false,
        });
        if scene.statement.conditional && !settings {
            hits.plain();
        }
    },
    ..UNPARSED
};

/// A rule that finds nothing by itself: what it is about is told by the reader of the text.
const TROUBLE: Rule = Rule { find: |_, _| {}, ..UNPARSED };

pub(in crate::analyze::sql) static TEXT_IN_DOUBT: Rule = Rule {
    id: "database/text-not-closed",
    title: "A quote or comment is not closed",
    severity: Severity::Critical,
    what: "A quote, a comment or a dollar quote does not end: where the statements after it begin is in doubt, and so is what runs.",
    says: "a quote or comment is not closed",
    safe: "Close the quote or comment",
    finds: &["SELECT 'a"],
    passes: &["SELECT 'a';"],
    ..TROUBLE
};

pub(in crate::analyze::sql) static CLIENT_COMMAND: Rule = Rule {
    id: "database/client-command",
    title: "A command of the client decides what runs",
    what: "`\\i`, `\\gexec`, `source` and the like make the client run text that stands elsewhere or is made at run time.",
    says: "a command of the client decides what runs",
    safe: "Write the statements into the script",
    finds: &["\\i other.sql\n"],
    passes: &["\\echo done\n"],
    ..TROUBLE
};

pub(in crate::analyze::sql) static PLACEHOLDER: Rule = Rule {
    id: "database/placeholder",
    title: "A placeholder decides what runs",
    what: "A tool fills the placeholder when it runs the script: which table or column is meant is not known before.",
    says: "a placeholder decides what runs",
    safe: "Write the name, or hand in the SQL that the tool makes",
    finds: &["{% if big %} DROP TABLE a; {% endif %}"],
    passes: &["SELECT '${schema}';"],
    ..TROUBLE
};

pub(in crate::analyze::sql) static CONTROL_CHARACTER: Rule = Rule {
    id: "database/control-character",
    title: "A control character stands in the text",
    what: "Control characters are not seen by whoever reviews the script, and servers read them in different ways.",
    says: "a control character stands in the text",
    safe: "Remove it",
    finds: &["SELECT 1;\u{1}"],
    passes: &["SELECT\t1;"],
    ..TROUBLE
};

pub(in crate::analyze::sql) static READER_LIMIT: Rule = Rule {
    id: "database/script-too-large",
    title: "The script is larger than what is read",
    what: "The script is deeper, longer or has more statements than the limits of the reader: what comes after is not judged.",
    says: "the script is larger than what is read",
    safe: "Split the script; load data by other means than a migration",
    finds: &[],
    passes: &["SELECT 1;"],
    ..TROUBLE
};

/// The rule for what is wrong with a text.
pub(in crate::analyze::sql) fn for_trouble(kind: TroubleKind) -> &'static Rule {
    match kind {
        TroubleKind::Unterminated => &TEXT_IN_DOUBT,
        TroubleKind::ClientCommand => &CLIENT_COMMAND,
        TroubleKind::Placeholder => &PLACEHOLDER,
        TroubleKind::Control => &CONTROL_CHARACTER,
        TroubleKind::Limit => &READER_LIMIT,
    }
}
