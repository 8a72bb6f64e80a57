use super::*;
use crate::evidence::sql::{Script, Understood, read};
use SqlDialect::{Mariadb, Mysql, Postgres, Sqlite};

fn texts(text: &str, dialect: SqlDialect) -> Vec<String> {
    read(text, dialect).statements.into_iter().map(|statement| statement.text).collect()
}

/// The kinds and lines of what is wrong.
fn troubles(script: &Script) -> Vec<(TroubleKind, u32)> {
    script.troubles.iter().map(|trouble| (trouble.kind, trouble.span.line)).collect()
}

#[test]
fn a_terminator_in_quotes_ends_nothing() {
    assert_eq!(
        texts("SELECT ';'; SELECT $$;$$ ;; SELECT $a$ $$;$$ $a$", Postgres),
        ["SELECT ';'", "SELECT $$;$$", "SELECT $a$ $$;$$ $a$"]
    );
    assert_eq!(texts("SELECT 'a\\';'; SELECT \";\", `;`", Mysql), ["SELECT 'a\\';'", "SELECT \";\", `;`"]);
    assert_eq!(texts("SELECT 'a\\'; SELECT E'\\';'", Postgres), ["SELECT 'a\\'", "SELECT E'\\';'"]);
    assert_eq!(texts("SELECT [a;b]; SELECT 1", Sqlite), ["SELECT [a;b]", "SELECT 1"]);
}

#[test]
fn a_setting_changes_how_the_next_statements_are_read() {
    let text = "SET standard_conforming_strings = off; SELECT 'a\\';'; SELECT 2";
    assert_eq!(texts(text, Postgres).len(), 3);
    let text = "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'; SELECT 'a\\'; SELECT \"b\"";
    assert_eq!(texts(text, Mysql), ["SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'", "SELECT 'a\\'", "SELECT \"b\""]);
}

#[test]
fn places_count_lines_and_characters() {
    let script = read("-- é\n  SELECT 'é',\n 1 ;SELECT 2", Postgres);
    let span = script.statements[0].span;
    assert_eq!((span.line, span.column, span.end_line, span.end_column), (2, 3, 3, 3));
    let span = script.statements[1].span;
    assert_eq!((span.line, span.column, span.end_line, span.end_column), (3, 5, 3, 13));
}

#[test]
fn comments_belong_to_the_statement_behind_them() {
    let script = read("-- kadian: rows=12\n/* two\n * lines */\nSELECT 1 -- in it\n;\n# not mysql", Postgres);
    assert_eq!(script.statements[0].comments, ["kadian: rows=12", "two", "lines", "in it"]);
    let script = read("# one\nSELECT 1", Mysql);
    assert_eq!(script.statements[0].comments, ["one"]);
}

#[test]
fn delimiters_change() {
    let text = "DELIMITER //\nCREATE PROCEDURE a() BEGIN SELECT 1; SELECT 2; END//\nDELIMITER ;\nSELECT 3;";
    assert_eq!(texts(text, Mysql), ["CREATE PROCEDURE a() BEGIN SELECT 1; SELECT 2; END", "SELECT 3"]);
    let text = "delimiter $$\nCREATE TRIGGER a BEFORE INSERT ON b FOR EACH ROW SET NEW.c = 1$$\ndelimiter ;\nSELECT 3";
    assert_eq!(texts(text, Mysql).len(), 2);
    // The server takes apart what is sent at once.
    let text = "DELIMITER $$\nDROP PROCEDURE IF EXISTS a;\nCREATE PROCEDURE a() BEGIN SELECT 1; END;\n$$\nDELIMITER ;";
    assert_eq!(texts(text, Mysql), ["DROP PROCEDURE IF EXISTS a", "CREATE PROCEDURE a() BEGIN SELECT 1; END"]);
    assert_eq!(texts("SELECT 1\\G\nSELECT 2 \\g SELECT 3", Mysql).len(), 3);
    assert_eq!(texts("USE a\nSELECT 1", Mysql), ["USE a", "SELECT 1"]);
}

#[test]
fn bodies_need_no_delimiter() {
    let body = "CREATE DEFINER=`a`@`%` PROCEDURE p(IN x INT)\nBEGIN\n  IF x > 1 THEN SELECT IF(x, 1, 2); ELSE SELECT 3; END IF;\n  \
                l: LOOP LEAVE l; END LOOP;\n  CASE x WHEN 1 THEN SELECT 1; ELSE SELECT 2; END CASE;\n  \
                WHILE x > 0 DO SET x = CASE WHEN x THEN x - 1 ELSE 0 END; END WHILE;\n  \
                REPEAT SET x = REPEAT('a', 3); UNTIL x END REPEAT;\n  SELECT t.end, t.`begin` FROM t;\n  UPDATE t SET end = 1;\nEND";
    let text = format!("{body};\nSELECT 9;");
    assert_eq!(texts(&text, Mysql), [body, "SELECT 9"]);
    let trigger = "CREATE TRIGGER a AFTER UPDATE ON b FOR EACH ROW IF NEW.c <> OLD.c THEN INSERT INTO d VALUES (1); END IF";
    assert_eq!(texts(&format!("{trigger}; SELECT 1"), Mysql), [trigger, "SELECT 1"]);
    let event = "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM a; DELETE FROM b; END";
    assert_eq!(texts(&format!("{event}; SELECT 1"), Mysql), [event, "SELECT 1"]);
    let anonymous = "BEGIN NOT ATOMIC SELECT 1; SELECT 2; END";
    assert_eq!(texts(&format!("{anonymous}; SELECT 1"), Mariadb), [anonymous, "SELECT 1"]);
}

#[test]
fn bodies_of_sqlite_and_postgres() {
    let trigger = "CREATE TRIGGER a AFTER INSERT ON b BEGIN UPDATE c SET d = CASE WHEN e THEN 1 ELSE 2 END; DELETE FROM f; END";
    assert_eq!(texts(&format!("{trigger}; BEGIN; COMMIT"), Sqlite), [trigger, "BEGIN", "COMMIT"]);
    let function = "CREATE FUNCTION a() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END";
    assert_eq!(texts(&format!("{function}; SELECT 3"), Postgres), [function, "SELECT 3"]);
    let rule = "CREATE RULE a AS ON INSERT TO b DO ALSO (DELETE FROM c; DELETE FROM d)";
    assert_eq!(texts(&format!("{rule}; SELECT 3"), Postgres), [rule, "SELECT 3"]);
    // Elsewhere an open parenthesis does not reach over the end of the statement.
    assert_eq!(texts("SELECT (1; SELECT 2", Postgres), ["SELECT (1", "SELECT 2"]);
}

#[test]
fn a_body_without_its_end_does_not_take_the_rest() {
    let script = read("CREATE PROCEDURE a() BEGIN\nSELECT 1;\nDROP TABLE b;\nSELECT 2;", Mysql);
    assert_eq!(troubles(&script), [(TroubleKind::Unterminated, 1)]);
    let texts: Vec<_> = script.statements.iter().map(|statement| statement.text.as_str()).collect();
    assert_eq!(texts, ["CREATE PROCEDURE a() BEGIN\nSELECT 1", "DROP TABLE b", "SELECT 2"]);
    assert!(matches!(script.statements[0].understood, Understood::No(_)));
}

#[test]
fn version_comments_are_part_of_the_statement() {
    let script = read(
        "/*!40101 SET NAMES utf8 */;\nCREATE TABLE a (b int) /*!50100 PARTITION BY HASH (b) */;\n/* plain */ SELECT 1;",
        Mysql,
    );
    let found: Vec<_> = script.statements.iter().map(|statement| (statement.text.as_str(), statement.conditional)).collect();
    assert_eq!(
        found,
        [
            ("/*!40101 SET NAMES utf8 */", true),
            ("CREATE TABLE a (b int) /*!50100 PARTITION BY HASH (b) */", true),
            ("SELECT 1", false),
        ]
    );
    assert_eq!(troubles(&read("/*!40101 SELECT 1;\nSELECT 2", Mysql)), [(TroubleKind::Unterminated, 2)]);
}

#[test]
fn data_of_copy_is_counted_and_not_read() {
    let script = read("COPY a (b) FROM stdin;\n1\tDROP TABLE x;\n2\n\\.\nSELECT 1;", Postgres);
    assert_eq!(script.troubles, []);
    assert_eq!(script.statements.len(), 2);
    assert!(matches!(script.statements[0].actions[0], Action::Copy { into: true, rows: Some(2), .. }));
    // Without an end: data if it looks like data, code if it looks like code.
    let script = read("COPY a FROM stdin;\n1\t2\n", Postgres);
    assert_eq!((troubles(&script), script.statements.len()), (vec![(TroubleKind::Unterminated, 1)], 1));
    let script = read("COPY a FROM stdin;\nDROP TABLE a;\n", Postgres);
    assert_eq!((troubles(&script), script.statements.len()), (vec![(TroubleKind::Unterminated, 1)], 2));
}

#[test]
fn commands_of_psql_are_told_apart() {
    let script = read(
        "\\set x 1\n\\c other\n\\i more.sql\nSELECT 1 \\gset\nSELECT 'DROP TABLE a' \\gexec\n\\copy t from 'f'\nSELECT 2",
        Postgres,
    );
    assert_eq!(troubles(&script), [(TroubleKind::ClientCommand, 3), (TroubleKind::ClientCommand, 5)]);
    let kinds: Vec<_> = script.statements.iter().map(|statement| (statement.text.as_str(), &statement.actions[0])).collect();
    assert!(matches!(kinds[0], ("\\set x 1", Action::Harmless { .. })));
    assert!(matches!(kinds[1], (_, Action::Use { database }) if database == "other"));
    assert!(matches!(kinds[2], ("SELECT 1", Action::Query { .. })));
    assert!(matches!(kinds[4], (_, Action::Copy { into: true, .. })));
    assert_eq!(kinds[5].0, "SELECT 2");
}

#[test]
fn commands_of_other_clients() {
    let script = read("source other.sql\nSELECT 1;\nsystem rm x\n", Mysql);
    assert_eq!(
        (troubles(&script), script.statements.len()),
        (vec![(TroubleKind::ClientCommand, 1), (TroubleKind::ClientCommand, 3)], 1)
    );
    let script = read(".read other.sql\n.mode csv\nSELECT 1;", Sqlite);
    assert_eq!((troubles(&script), script.statements.len()), (vec![(TroubleKind::ClientCommand, 1)], 2));
}

#[test]
fn a_quote_that_is_never_closed_is_told_where_it_opens() {
    let script = read("SELECT 1;\nINSERT INTO a VALUES ('it's');\nDROP TABLE b;\nSELECT 'fine';\n", Postgres);
    assert_eq!(troubles(&script), [(TroubleKind::Unterminated, 2)]);
    let found: Vec<_> = script.statements.iter().map(|statement| statement.text.as_str()).collect();
    assert_eq!(found, ["SELECT 1", "INSERT INTO a VALUES ('it's');", "DROP TABLE b", "SELECT 'fine'"]);
    assert!(
        matches!(&script.statements[1].understood, Understood::No(reason) if reason == "the quote of a string is not closed")
    );
    for text in ["SELECT 1; SELECT \"a", "SELECT 1; SELECT $a$ b", "SELECT 1; SELECT 2 /* c"] {
        let script = read(text, Postgres);
        assert_eq!((troubles(&script), script.statements.len()), (vec![(TroubleKind::Unterminated, 1)], 2), "{text}");
        assert!(matches!(script.statements[1].understood, Understood::No(_)), "{text}");
    }
}

#[test]
fn a_string_that_holds_statements_is_fine_as_long_as_it_ends() {
    let script = read("INSERT INTO a VALUES ('x;\nDROP TABLE b;\n');\nSELECT 1;", Postgres);
    assert_eq!((script.troubles.len(), script.statements.len()), (0, 2));
}

#[test]
fn placeholders_do_not_split() {
    let text =
        "CREATE TABLE ${schema}.a_{{ x }} (b int); DELETE FROM :s.t WHERE id = :'v'; SELECT * FROM a WHERE b = %s AND c = %(d)s";
    assert_eq!(texts(text, Postgres).len(), 3);
    let script = read("{% if a %}\nDROP TABLE b;\n{% endif %}\n", Postgres);
    assert_eq!(troubles(&script), [(TroubleKind::Placeholder, 1), (TroubleKind::Placeholder, 3)]);
    assert_eq!(script.statements.len(), 1);
}

#[test]
fn rows_of_long_inserts_are_counted() {
    let mut text = "INSERT INTO a (b, c) VALUES ".to_owned();
    for row in 0..5_000 {
        text += if row == 0 { "" } else { ", " };
        text += &["(", &row.to_string(), ", 'x;(')"].concat();
    }
    text.push_str(" ON CONFLICT (b) DO UPDATE SET c = 'y'; SELECT 1");
    let script = read(&text, Postgres);
    let Action::Dml(crate::evidence::sql::Dml::Insert(insert)) = &script.statements[0].actions[0] else { panic!() };
    assert_eq!(insert.source, crate::evidence::sql::InsertSource::Values(5_000));
    assert!(insert.upsert);
    assert_eq!(script.statements.len(), 2);
}

#[test]
fn control_characters_are_told_and_stepped_over() {
    let script = read("SELECT\u{1} 1", Postgres);
    assert_eq!((troubles(&script), script.statements.len()), (vec![(TroubleKind::Control, 1)], 1));
}
