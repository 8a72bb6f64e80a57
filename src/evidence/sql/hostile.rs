//! Texts that nobody would write: nothing panics, nothing is lost, and nothing takes longer than its length allows.

use proptest::prelude::*;

use super::lex::{Item, Lexer};
use super::*;
use crate::facts::SqlDialect::{self, Mariadb, Mysql, Postgres, Sqlite};

const DIALECTS: [SqlDialect; 4] = [Postgres, Mysql, Mariadb, Sqlite];

/// What holds for every script, whatever its text.
fn check(text: &str, dialect: SqlDialect) -> Script {
    let script = read(text, dialect);
    let mut end = 0;
    for statement in &script.statements {
        let span = statement.span;
        assert!(end <= span.start && span.start <= span.end && span.end <= text.len(), "{text:?}: {span:?}");
        assert_eq!(text.get(span.start..span.end), Some(statement.text.as_str()), "{text:?}");
        assert!(!statement.actions.is_empty(), "{text:?}");
        assert!((span.line, span.column) <= (span.end_line, span.end_column) && span.line > 0 && span.column > 0);
        end = span.end;
    }
    for trouble in &script.troubles {
        assert!(text.is_char_boundary(trouble.span.start) && text.is_char_boundary(trouble.span.end), "{text:?}: {trouble:?}");
        assert!(trouble.span.start <= trouble.span.end, "{text:?}: {trouble:?}");
    }
    let _ = detect(text);
    script
}

/// Pieces of statements, right and wrong.
fn fragment() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "SELECT",
        "FROM",
        "WHERE",
        "a",
        "b",
        "\"c\"",
        "`d`",
        "[e]",
        "'x'",
        "1",
        "=",
        "(",
        ")",
        "((",
        "))",
        ",",
        ";",
        ";\n",
        "\n",
        " ",
        ".",
        "::",
        "*",
        "AND",
        "OR",
        "NOT",
        "IN",
        "UPDATE",
        "SET",
        "DELETE",
        "INSERT INTO",
        "VALUES",
        "CREATE TABLE",
        "ALTER TABLE",
        "DROP",
        "INDEX",
        "CONCURRENTLY",
        "ADD",
        "COLUMN",
        "CONSTRAINT",
        "CHECK",
        "FOREIGN KEY",
        "REFERENCES",
        "PRIMARY KEY",
        "USING",
        "ON",
        "JOIN",
        "WITH",
        "AS",
        "UNION",
        "LIMIT",
        "OFFSET",
        "ORDER BY",
        "CASE",
        "WHEN",
        "THEN",
        "END",
        "BEGIN",
        "ATOMIC",
        "IF",
        "END IF",
        "LOOP",
        "CREATE PROCEDURE p()",
        "CREATE FUNCTION f()",
        "CREATE TRIGGER t",
        "CREATE RULE r",
        "FOR EACH ROW",
        "DELIMITER //\n",
        "//",
        "DELIMITER ;\n",
        "$$",
        "$t$",
        "$",
        "E'\\''",
        "U&\"\\0041\"",
        "/*",
        "*/",
        "/*!",
        "/*!50000",
        "/*M!",
        "--",
        "-- x\n",
        "#",
        "'",
        "\"",
        "`",
        "[",
        "]",
        "\\",
        "\\i x\n",
        "\\gexec\n",
        "COPY a FROM stdin;\n",
        "1\t2\n",
        "\\.\n",
        "${x}",
        "${",
        "{{ y }}",
        "{{",
        "{%",
        "%}",
        "%s",
        "?",
        ":v",
        ":",
        "@u",
        "@@",
        "é",
        "\u{0}",
        "GRANT",
        "TO",
        "REVOKE",
        "PARTITION",
        "BY",
        "RANGE",
        "DEFAULT",
        "now()",
        "NULL",
        "EXPLAIN",
        "ANALYZE",
        "SET STATEMENT",
        "FOR",
        "VACUUM",
        "int",
        "varchar(20)",
        "EXISTS",
        "-",
        "+",
        "||",
        "!",
        "~",
        "@>",
        "->>",
        "#>",
        "||/",
        "INTERVAL",
        "LATERAL",
        "RETURNING",
        "ON CONFLICT",
        "DO",
        "NOTHING",
        "ENGINE",
        "MODIFY",
        "CHANGE",
        "RENAME",
        "SELECT (SELECT",
        "source x\n",
        ".read x\n",
    ]);
    prop_oneof![8 => fixed.prop_map(str::to_owned), 1 => "\\PC{0,6}", 1 => "[a-z_]{1,8}"]
}

fn soup() -> impl Strategy<Value = String> {
    (prop::collection::vec(fragment(), 0..40), any::<bool>())
        .prop_map(|(parts, blanks)| parts.join(if blanks { " " } else { "" }))
}

/// Statements that hold whatever could be taken for an end.
fn whole() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "SELECT ';' AS \"a;b\"",
        "CREATE TABLE a (b int DEFAULT 1 CHECK (b > 0))",
        "DO $$ BEGIN; END $$",
        "SELECT $x$;$$;$x$",
        "INSERT INTO a VALUES ('it''s', E'\\';')",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END",
        "CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2)",
        "UPDATE a SET b = 1 WHERE c = ${d}",
        "DROP TABLE a",
        "BEGIN",
        "COMMIT",
        "SELECT 1 /* ; */ + 2",
        "SELECT 1 -- ;\n + 2",
        "DELETE FROM é WHERE ü = 'ö'",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(text) = decode(&bytes) {
            for dialect in DIALECTS {
                check(&text, dialect);
            }
        }
        for dialect in DIALECTS {
            check(&String::from_utf8_lossy(&bytes), dialect);
        }
    }

    #[test]
    fn any_soup_of_words_is_read(text in soup()) {
        for dialect in DIALECTS {
            check(&text, dialect);
        }
    }

    /// What no statement holds is a comment, a terminator or a blank.
    #[test]
    fn nothing_is_lost_between_statements(text in soup()) {
        for dialect in DIALECTS {
            let script = check(&text, dialect);
            if !script.troubles.is_empty() || ["DELIMITER", "COPY", "\\"].iter().any(|part| text.contains(part)) {
                continue;
            }
            let mut at = 0;
            for end in script.statements.iter().map(|one| (one.span.start, one.span.end)).chain([(text.len(), text.len())]) {
                let mut lexer = Lexer::new(&text[at..end.0], dialect);
                loop {
                    match lexer.next() {
                        Item::End => break,
                        Item::Token(token) => prop_assert!(false, "{:?}: {:?} is lost", text, &text[at..][token.start..token.end]),
                        _ => {}
                    }
                }
                at = end.1;
            }
        }
    }

    #[test]
    fn statements_that_are_joined_come_apart_again(parts in prop::collection::vec((whole(), prop::sample::select(vec![";", " ;\n", "; -- c;\n", ";\n/* ; */\n"])), 1..12)) {
        let text: String = parts.iter().flat_map(|(statement, end)| [*statement, *end]).collect();
        let script = check(&text, Postgres);
        let found: Vec<&str> = script.statements.iter().map(|one| one.text.as_str()).collect();
        let expected: Vec<&str> = parts.iter().map(|(statement, _)| *statement).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(script.troubles, vec![]);
    }

    /// Half a file is the first statements of the whole one, as they were; only the last of them may be another.
    #[test]
    fn half_a_file_changes_nothing_before_the_cut(parts in prop::collection::vec(whole(), 1..8), cut in 0.0..1.0) {
        let text = parts.join(";\n");
        let full = check(&text, Postgres);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short text")]
        let cut = text.floor_char_boundary((text.len() as f64 * cut) as usize);
        let half = check(&text[..cut], Postgres);
        let done = full.statements.iter().filter(|one| one.span.end < cut).count();
        prop_assert!(half.statements.len() >= done);
        for (one, other) in full.statements.iter().zip(&half.statements).take(done) {
            prop_assert_eq!(&one.text, &other.text);
        }
    }
}

/// On a small stack, where deep recursion would end the process.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn depth_ends_no_process() {
    on_a_small_stack(|| {
        for dialect in DIALECTS {
            for (open, close) in [
                ("(", ")"),
                ("(SELECT ", ")"),
                ("CASE WHEN ", " END"),
                ("NOT ", ""),
                ("- ", ""),
                ("[", "]"),
                ("f(", ")"),
                ("a = (", ")"),
                ("ARRAY[", "]"),
            ] {
                let text = format!("DELETE FROM a WHERE {}1{};\nSELECT 2", open.repeat(10_000), close.repeat(10_000));
                let script = check(&text, dialect);
                assert_eq!(script.statements.last().unwrap().text, "SELECT 2", "{dialect:?} {open}");
            }
        }
        for text in [
            format!("SELECT * FROM {}a{}", "(".repeat(10_000), ")".repeat(10_000)),
            format!("SELECT * FROM {}a{}", "(SELECT * FROM ".repeat(10_000), ") b".repeat(10_000)),
            format!("CREATE TABLE a (b int DEFAULT {}1{})", "(".repeat(10_000), ")".repeat(10_000)),
            format!("WITH {} SELECT 1", "a AS (WITH ".repeat(5_000)),
            format!("CREATE VIEW a AS {}", "SELECT 1 UNION ".repeat(10_000)),
        ] {
            check(&text, Postgres);
        }
    });
}

#[test]
fn long_chains_end_no_process() {
    on_a_small_stack(|| {
        for chain in [" AND a = 1", " OR a = 1", " + 1", " || 'x'", "::int", " IS NULL"] {
            for length in [1_000, 20_000] {
                let text = format!("DELETE FROM t WHERE a = 1{}", chain.repeat(length));
                let script = check(&text, Postgres);
                let Action::Dml(Dml::Delete(delete)) = &script.statements[0].actions[0] else { panic!() };
                assert!(!delete.filter.as_ref().unwrap().always_true, "{chain}");
            }
        }
        // Where sub-queries are still looked into.
        for chain in [" + 1", " OR b", " IS NULL"] {
            let text = format!("DELETE FROM a WHERE id IN (SELECT id FROM a WHERE b{} LIMIT 1)", chain.repeat(71));
            check(&text, Postgres);
        }
        check(&format!("SELECT 1{}", " UNION SELECT 1".repeat(20_000)), Mysql);
        check(&format!("SELECT * FROM a{}", " JOIN b ON a.x = b.x".repeat(5_000)), Mysql);
        check(&format!("SELECT * FROM a{}", ", b".repeat(20_000)), Mysql);
        check(&format!("ALTER TABLE a {}", "ADD b int, ".repeat(5_000)), Mysql);
        let script = check(&format!("DELETE FROM a WHERE b IN (1{})", ", 1".repeat(40_000)), Mysql);
        assert_eq!(script.statements.len(), 1);
    });
}

#[test]
fn endless_quotes_and_comments_are_linear() {
    let n = 100_000;
    for dialect in DIALECTS {
        for text in [
            "'".repeat(n + 1),
            "\"".repeat(n + 1),
            "`".repeat(n + 1),
            "$$".repeat(n) + "$",
            "/*".repeat(n),
            "(".repeat(n),
            ")".repeat(n),
            ";".repeat(n),
            "{{".repeat(n),
            "${".repeat(n),
            "{#".repeat(n),
            "{%".repeat(n),
            ":'".repeat(n),
            "\\".repeat(n),
            "a.".repeat(n),
            "[".repeat(n),
            "@".repeat(n),
            "x".repeat(10 * n),
            "1".repeat(n),
            "/*!".repeat(n),
            "\n".repeat(n),
            "-".repeat(n),
            "?".repeat(n),
            "a ".repeat(n),
            "a,".repeat(n),
        ] {
            check(&text, dialect);
        }
    }
    let tags: String =
        (0..20_000).flat_map(|at| ["SELECT $a".to_owned(), at.to_string(), "$;\nSELECT 1;\n".to_owned()]).collect();
    check(&tags, Postgres);
    check(&"CREATE PROCEDURE p() BEGIN SELECT 1;\n".repeat(3_000), Mysql);
    check(&"SELECT 'a;\nSELECT b;\n".repeat(3_001), Postgres);
    check(&"COPY a FROM stdin;\n".repeat(3_000), Postgres);
}
