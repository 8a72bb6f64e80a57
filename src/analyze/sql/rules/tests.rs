//! Every rule says all that it has to say, finds what it says it finds, and leaves alone what it says it leaves alone.

use std::collections::BTreeSet;

use super::*;
use crate::analyze::sql::Pack;
use crate::analyze::sql::testing::{Case, found, unfilled};
use crate::facts::{Severity, SqlDialect};

#[test]
fn ids_are_words_of_their_own() {
    let mut seen = BTreeSet::new();
    for rule in RULES {
        let name = rule.id.strip_prefix("database/").expect(rule.id);
        assert!(
            name.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())),
            "{name}"
        );
        assert!(seen.insert(rule.id), "{} twice", rule.id);
    }
}

#[test]
fn every_text_is_there() {
    for rule in RULES {
        for (what, text) in [
            ("title", rule.title),
            ("what", rule.what),
            ("harmless", rule.harmless),
            ("says", rule.says),
            ("safe", rule.safe),
            ("source", rule.source),
        ] {
            assert!(!text.trim().is_empty(), "{}: no {what}", rule.id);
            assert!(!text.contains("  "), "{}: blanks in {what}", rule.id);
        }
        assert!(rule.what.ends_with('.') && rule.harmless.ends_with('.'), "{}: a sentence ends with a full stop", rule.id);
        assert!(!rule.says.ends_with('.') && !rule.title.ends_with('.'), "{}: a message has no full stop", rule.id);
        assert!(!rule.dialects.is_empty(), "{}", rule.id);
        assert_eq!(
            rule.pack == Pack::Design,
            rule.class == crate::facts::RiskClass::Design,
            "{}: whoever judges sees the class",
            rule.id
        );
        for variant in rule.variants {
            assert!(variant.dialects.iter().any(|dialect| rule.dialects.contains(dialect)), "{}: a variant for nobody", rule.id);
            assert!(!variant.dialects.contains(&rule.dialects[0]), "{}: the first dialect has the rule's own words", rule.id);
            assert!(!variant.safe.is_empty() && !variant.source.is_empty(), "{}", rule.id);
        }
    }
}

/// The dialect of an example: the rule's first, unless it begins with another one's name.
fn dialect_of<'a>(rule: &Rule, example: &'a str) -> (SqlDialect, &'a str) {
    for dialect in [SqlDialect::Postgres, SqlDialect::Mysql, SqlDialect::Mariadb, SqlDialect::Sqlite] {
        if let Some(rest) = example.strip_prefix(dialect.word()).and_then(|rest| rest.strip_prefix(": ")) {
            return (dialect, rest);
        }
    }
    (rule.dialects[0], example)
}

/// What no text of a sensible length shows; tests of their own do.
const SHOWN_ELSEWHERE: &[&str] = &["database/script-too-large", "database/many-columns", "database/many-rows-inserted"];

#[test]
fn what_is_too_much_is_found() {
    let columns: Vec<String> = (0..90).map(|number| format!("c{number} int")).collect();
    let sql = format!("CREATE TABLE t ({});", columns.join(", "));
    assert!(found(&sql, &Case::default()).iter().any(|risk| risk.rule == "database/many-columns"));
    let sql = format!("INSERT INTO t VALUES {};", vec!["(1)"; 1_001].join(", "));
    assert!(found(&sql, &Case::default()).iter().any(|risk| risk.rule == "database/many-rows-inserted"));
    let sql = format!("INSERT INTO t VALUES {};", vec!["(1)"; 1_000].join(", "));
    assert!(!found(&sql, &Case::default()).iter().any(|risk| risk.rule == "database/many-rows-inserted"));
}

#[test]
fn each_rule_finds_its_examples_and_passes_what_is_close() {
    let mut wrong = Vec::new();
    let by_cases: BTreeSet<&str> = super::cases::CASES.iter().filter(|case| case.finds).map(|case| case.rule).collect();
    for rule in RULES {
        if rule.finds.is_empty() && !by_cases.contains(rule.id) && !SHOWN_ELSEWHERE.contains(&rule.id) {
            wrong.push(format!("{}: nothing shows that it finds anything", rule.id));
        }
        if rule.passes.is_empty() {
            wrong.push(format!("{}: nothing shows what it leaves alone", rule.id));
        }
        for example in rule.finds {
            let (dialect, sql) = dialect_of(rule, example);
            let found = found(sql, &Case { dialect, ..Case::default() });
            if !found.iter().any(|risk| risk.rule == rule.id && risk.harmless.is_none()) {
                let others: Vec<&str> = found.iter().map(|risk| risk.rule.as_str()).collect();
                wrong.push(format!("{} does not find `{sql}`; found: {others:?}", rule.id));
            }
        }
        for example in rule.passes {
            let (dialect, sql) = dialect_of(rule, example);
            let found = found(sql, &Case { dialect, ..Case::default() });
            if let Some(risk) = found.iter().find(|risk| risk.rule == rule.id && risk.harmless.is_none()) {
                wrong.push(format!("{} finds `{sql}`: {}", rule.id, risk.message));
            }
            let unread = found.iter().find(|risk| {
                risk.harmless.is_none()
                    && risk.class == crate::facts::RiskClass::Unparsed
                    && rule.class != crate::facts::RiskClass::Unparsed
            });
            if let Some(unread) = unread {
                wrong.push(format!("{}: `{sql}` is not understood: {}", rule.id, unread.message));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_placeholder_is_left_in_any_example() {
    let mut wrong = Vec::new();
    for rule in RULES {
        for example in rule.finds {
            let (_, sql) = dialect_of(rule, example);
            for dialect in rule.dialects {
                wrong.extend(unfilled(sql, rule, &Case { dialect: *dialect, ..Case::default() }));
            }
        }
    }
    for case in super::cases::CASES {
        let rule = RULES.iter().find(|rule| rule.id == case.rule).expect(case.rule);
        wrong.extend(unfilled(case.sql, rule, &Case { dialect: case.dialect, statistics: case.statistics, ..case.options() }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_case_ends_as_it_says() {
    let mut wrong = Vec::new();
    for case in super::cases::CASES {
        let found = found(case.sql, &Case { dialect: case.dialect, statistics: case.statistics, ..case.options() });
        let hit = found.iter().find(|risk| risk.rule == case.rule && risk.harmless.is_none());
        if hit.is_some() != case.finds {
            let all: Vec<String> = found.iter().map(|risk| format!("{} ({:?})", risk.rule, risk.harmless)).collect();
            wrong.push(format!(
                "{}: `{}`: {}\n    {}",
                case.rule,
                case.sql,
                if case.finds { "not found" } else { "found" },
                all.join("\n    ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_wrong_with_a_text_is_a_risk() {
    use crate::analyze::sql::{SqlSource, understand};
    use crate::evidence::sql::{Script, Span, Trouble, TroubleKind};
    for kind in [
        TroubleKind::Unterminated,
        TroubleKind::ClientCommand,
        TroubleKind::Placeholder,
        TroubleKind::Control,
        TroubleKind::Limit,
    ] {
        let span = Span { start: 0, end: 1, line: 3, column: 2, end_line: 3, end_column: 3 };
        let trouble = Trouble { span, kind, message: "wrong".into() };
        let script = Script { dialect: SqlDialect::Mysql, statements: Vec::new(), troubles: vec![trouble] };
        let source = SqlSource {
            path: "a.sql",
            direction: crate::facts::Direction::Up,
            script: &script,
            in_transaction: false,
            edited: false,
            added: None,
        };
        let understood = understand(&[source], &crate::analyze::sql::testing::options(&Case::default(), None));
        let [risk] = understood.risks.as_slice() else { panic!("{kind:?}") };
        assert_eq!(
            (risk.rule.as_str(), risk.place.line, risk.harmless.as_deref()),
            (super::unparsed::for_trouble(kind).id, 3, None)
        );
        assert_eq!(understood.statements[risk.statement].reason.as_deref(), Some("wrong"));
    }
}

/// `docs/squawk.md` names for each rule of squawk what finds the same here, or why nothing does.
#[test]
fn every_rule_of_squawk_has_a_counterpart_or_a_reason() {
    let page = include_str!("../../../../docs/squawk.md");
    let mut told: BTreeSet<(String, String)> = BTreeSet::new();
    let mut rows = 0;
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_end_matches('|').trim()).collect();
        let [theirs, ours, otherwise] = cells.as_slice() else { panic!("{row}") };
        let theirs = theirs.trim_matches('`');
        for rule in ours.split(", ").map(|rule| rule.trim_matches('`')).filter(|rule| !rule.is_empty()) {
            told.insert((theirs.to_owned(), rule.to_owned()));
        }
        assert!(!ours.is_empty() || otherwise.starts_with("none: "), "{theirs} has neither a counterpart nor a reason");
        rows += 1;
    }
    assert_eq!(rows, 78, "squawk 2.70.0 has 77 rules and one about its own comments");
    let known: BTreeSet<(String, String)> =
        RULES.iter().flat_map(|rule| rule.squawk.iter().map(|theirs| ((*theirs).to_owned(), rule.id.to_owned()))).collect();
    assert_eq!(told, known);
}

#[test]
fn what_was_not_read_is_not_said_to_pick_no_rows() {
    let list: Vec<String> = (0..70_000).map(|number| number.to_string()).collect();
    let found = found(&format!("DELETE FROM t WHERE id IN ({});", list.join(", ")), &Case::default());
    let rules: BTreeSet<&str> = found.iter().map(|risk| risk.rule.as_str()).collect();
    assert!(rules.contains("database/statement-not-understood") && !rules.contains("database/where-not-selective"), "{rules:?}");
}

#[test]
fn what_locks_everybody_out_is_high() {
    let severity = |sql: &str| found(sql, &Case::default())[0].severity;
    for sql in [
        "ALTER DATABASE shop WITH ALLOW_CONNECTIONS false;",
        "ALTER DATABASE shop RENAME TO x;",
        "ALTER DATABASE shop SET default_transaction_read_only = on;",
        "ALTER ROLE app NOLOGIN;",
        "ALTER ROLE ALL SET statement_timeout = '1ms';",
        "ALTER ROLE app  CONNECTION\n LIMIT 0;",
    ] {
        assert_eq!(severity(sql), Severity::High, "{sql}");
    }
    for sql in ["ALTER DATABASE shop SET search_path = app;", "ALTER ROLE app SET work_mem = '8MB';"] {
        assert_eq!(severity(sql), Severity::Medium, "{sql}");
    }
}
