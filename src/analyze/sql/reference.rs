//! The page of documentation of the rules, `docs/database-rules.md`; a test keeps it true.

use std::fmt::Write;

use super::RULES;
use super::rule::{Pack, Proof, Rule};
use crate::facts::{Blocks, RiskClass, SqlDialect};

/// The classes in the order of the page, each with its check and what it asks.
const CLASSES: &[(RiskClass, &str, &str)] = &[
    (RiskClass::Lock, "lock", "Others wait for as long as the statement works through the table."),
    (RiskClass::Rewrite, "rewrite", "The table is written anew."),
    (RiskClass::DataLoss, "data-loss", "Rows, values or rules are gone, or are cut."),
    (RiskClass::Compatibility, "compatibility", "The version that runs while the change is rolled out breaks."),
    (RiskClass::Failure, "failure", "The statement fails, fails half way, or does not what it says."),
    (RiskClass::Transaction, "transaction", "Transactions, time-outs, settings, order."),
    (RiskClass::Replication, "replication", "Replicas fall behind, or differ."),
    (RiskClass::Correction, "correction", "Rows are changed by hand."),
    (RiskClass::Slow, "slow", "A query will be slow."),
    (RiskClass::Privileges, "privileges", "Who may do what."),
    (RiskClass::Unparsed, "unparsed", "Nobody here knows what the statement does: a DBA has to."),
    (
        RiskClass::Design,
        "design",
        "Naming and design: cheap before there are rows, and dear afterwards. A pack that can be switched off.",
    ),
];

/// The page.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(
        "# The rules of the database gate\n\nGenerated from the rules in `src/analyze/sql/rules/`; a test keeps it true. What the gate does with them stands in\n\
         [the database gate](database.md); how they compare with another linter's in [squawk](squawk.md).\n\n\
         A finding says which table it is about, and whether it does harm here: a table that the same change creates is not in use\n\
         yet, and work that grows with a table is harmless on a small one (`settings.database.small_rows`). Words in `<..>` are for\n\
         whoever writes the SQL.\n\n| class | rules |\n|---|---|\n",
    );
    for (class, word, _) in CLASSES {
        let rules = RULES.iter().filter(|rule| rule.class == *class).count();
        let _ = writeln!(page, "| [{word}](#{word}) | {rules} |");
    }
    for (class, word, about) in CLASSES {
        let _ = write!(page, "\n## {word}\n\n{about}\n");
        let mut rules: Vec<&&Rule> = RULES.iter().filter(|rule| rule.class == *class).collect();
        rules.sort_by_key(|rule| rule.id);
        for rule in rules {
            entry(&mut page, rule);
        }
    }
    page
}

fn entry(page: &mut String, rule: &Rule) {
    let _ = write!(page, "\n### `{}`: {}\n\n{}\n\n", rule.id, rule.title, rule.what);
    let dialects: Vec<&str> = rule.dialects.iter().map(|dialect| name(*dialect)).collect();
    let pack = if rule.pack == Pack::Design { "; pack design" } else { "" };
    let _ = writeln!(page, "- {}; severity {}{pack}", dialects.join(", "), rule.severity.word());
    let mut work = Vec::new();
    if let Some(lock) = rule.lock {
        work.push(format!("lock `{lock}`"));
    }
    match rule.blocks {
        Blocks::Nothing => {}
        Blocks::SchemaChanges => work.push("other changes of the schema wait".to_owned()),
        Blocks::Writes => work.push("writes wait".to_owned()),
        Blocks::Everything => work.push("reads and writes wait".to_owned()),
    }
    if rule.rewrites {
        work.push("the table is written anew".to_owned());
    } else if rule.scans {
        work.push("all of the table is read".to_owned());
    }
    if rule.weighed_by_size {
        work.push("a small table is harmless".to_owned());
    }
    if !work.is_empty() {
        let _ = writeln!(page, "- {}", work.join("; "));
    }
    let _ = writeln!(page, "- harmless: {}", rule.harmless);
    let _ = writeln!(page, "- source: {} ({})", link(rule.source), proof(rule.proof));
    for variant in rule.variants {
        let dialects: Vec<&str> = variant.dialects.iter().map(|dialect| name(*dialect)).collect();
        let _ = writeln!(page, "- source for {}: {}", dialects.join(", "), link(variant.source));
    }
    for example in rule.finds {
        let _ = writeln!(page, "- found: `{}`", code(example));
    }
    for example in rule.passes {
        let _ = writeln!(page, "- passes: `{}`", code(example));
    }
    let _ = write!(page, "\nInstead:\n\n```sql\n{}\n```\n", rule.safe);
    for variant in rule.variants.iter().filter(|variant| variant.safe != rule.safe) {
        let dialects: Vec<&str> = variant.dialects.iter().map(|dialect| name(*dialect)).collect();
        let _ = write!(page, "\n{}:\n\n```sql\n{}\n```\n", dialects.join(", "), variant.safe);
    }
}

fn name(dialect: SqlDialect) -> &'static str {
    match dialect {
        SqlDialect::Postgres => "PostgreSQL",
        SqlDialect::Mysql => "MySQL",
        SqlDialect::Mariadb => "MariaDB",
        SqlDialect::Sqlite => "SQLite",
    }
}

fn proof(proof: Proof) -> &'static str {
    match proof {
        Proof::Server => "shown on a server by the tests",
        Proof::Manual => "by the manual; no server of the tests shows it",
        Proof::Reason => "follows from what the statement says",
    }
}

/// A source as a link: its title ends where its address begins.
fn link(source: &str) -> String {
    match source.split_once(": https://") {
        Some((title, address)) => format!("[{title}](https://{address})"),
        None => source.to_owned(),
    }
}

/// An example on one line; control characters are shown by their number.
fn code(example: &str) -> String {
    let mut line = String::new();
    for c in example.trim().chars() {
        match c {
            '\n' | '\t' => line.push(' '),
            c if c.is_control() => {
                let _ = write!(line, "\\u{{{:x}}}", u32::from(c));
            }
            // A back-tick would end the code.
            '`' => line.push('\''),
            c => line.push(c),
        }
    }
    line
}
