//! On MariaDB, which has no transactions around definitions: each case begins with an empty database.

use kadian::facts::SqlDialect;
use libtest_mimic::Trial;

use super::{Seen, cases};
use crate::suites::trial;
use crate::support::mariadb::Mariadb;
use crate::support::migrations::{Flavor, Made};

pub(super) fn trials() -> Vec<Trial> {
    vec![trial("database_reversal::mariadb-agrees", agrees)]
}

/// Plays the case whose statements stand in `tools.steps`. Columns are compared without their order, and backup tables are left out, as
/// the product does.
const PLAY: &str = r"CREATE DATABASE tools; CREATE DATABASE k; DROP DATABASE IF EXISTS sys;
CREATE TABLE tools.steps (n int AUTO_INCREMENT PRIMARY KEY, phase varchar(5), s text);
DELIMITER //
CREATE PROCEDURE k.clean()
BEGIN
  DECLARE done int DEFAULT 0; DECLARE t varchar(64); DECLARE kind varchar(64);
  DECLARE names CURSOR FOR SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'k';
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1;
  SET foreign_key_checks = 0;
  OPEN names;
  again: LOOP
    FETCH names INTO t, kind;
    IF done THEN LEAVE again; END IF;
    EXECUTE IMMEDIATE CONCAT(IF(kind = 'VIEW', 'DROP VIEW `', 'DROP TABLE `'), t, '`');
  END LOOP;
  CLOSE names;
  SET foreign_key_checks = 1;
END //
CREATE PROCEDURE k.run(IN wanted varchar(5), INOUT trouble text)
BEGIN
  DECLARE done int DEFAULT 0; DECLARE step text;
  DECLARE steps CURSOR FOR SELECT s FROM tools.steps WHERE phase = wanted ORDER BY n;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 @message = MESSAGE_TEXT;
    SET trouble = CONCAT(wanted, ' ', step, ': ', @message);
  END;
  OPEN steps;
  again: LOOP
    FETCH steps INTO step;
    IF done THEN LEAVE again; END IF;
    EXECUTE IMMEDIATE step;
  END LOOP;
  CLOSE steps;
END //
CREATE PROCEDURE k.shape(OUT result longtext)
BEGIN
  SELECT GROUP_CONCAT(line ORDER BY line SEPARATOR '\n') INTO result FROM (
    SELECT CONCAT_WS(' ', 'column', table_name, column_name, column_type, is_nullable, IFNULL(column_default, '-'), extra,
                     IFNULL(collation_name, '-')) AS line
      FROM information_schema.columns WHERE table_schema = 'k' AND table_name NOT REGEXP '^b[0-9]+$'
    UNION ALL SELECT CONCAT_WS(' ', 'index', table_name, index_name, seq_in_index, column_name, non_unique, IFNULL(collation, '-'))
      FROM information_schema.statistics WHERE table_schema = 'k' AND table_name NOT REGEXP '^b[0-9]+$'
    UNION ALL SELECT CONCAT_WS(' ', 'check', table_name, constraint_name, check_clause)
      FROM information_schema.check_constraints WHERE constraint_schema = 'k'
    UNION ALL SELECT CONCAT_WS(' ', 'key', table_name, constraint_name, column_name, referenced_table_name, referenced_column_name)
      FROM information_schema.key_column_usage WHERE table_schema = 'k' AND table_name NOT REGEXP '^b[0-9]+$'
    UNION ALL SELECT CONCAT_WS(' ', 'relation', table_type, table_name)
      FROM information_schema.tables WHERE table_schema = 'k' AND table_name NOT REGEXP '^b[0-9]+$'
  ) AS all_lines;
END //
CREATE PROCEDURE k.content(OUT result longtext)
BEGIN
  DECLARE done int DEFAULT 0; DECLARE t varchar(64); DECLARE fields text;
  DECLARE names CURSOR FOR
    SELECT table_name, GROUP_CONCAT(CONCAT('IFNULL(`', column_name, '`, ''-'')') ORDER BY column_name)
      FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
      WHERE table_schema = 'k' AND table_type = 'BASE TABLE' AND table_name NOT REGEXP '^b[0-9]+$' GROUP BY table_name ORDER BY table_name;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1;
  SET result = '';
  OPEN names;
  again: LOOP
    FETCH names INTO t, fields;
    IF done THEN LEAVE again; END IF;
    EXECUTE IMMEDIATE CONCAT('SELECT GROUP_CONCAT(CONCAT_WS(''|'', ', fields, ') ORDER BY id SEPARATOR '';'') INTO @rows FROM `', t, '`');
    SET result = CONCAT(result, t, ':', IFNULL(@rows, ''), '\n');
  END LOOP;
  CLOSE names;
END //
CREATE PROCEDURE k.play()
BEGIN
  DECLARE shape1, shape2, content1, content2 longtext; DECLARE trouble text;
  SET group_concat_max_len = 1000000;
  CALL clean();
  CALL run('base', trouble);
  IF trouble IS NULL THEN CALL shape(shape1); CALL content(content1); CALL run('up', trouble); END IF;
  IF trouble IS NULL THEN CALL run('down', trouble); END IF;
  IF trouble IS NULL THEN
    CALL shape(shape2); CALL content(content2);
    SET trouble = CASE WHEN shape1 <> shape2 THEN 'schema' WHEN content1 <> content2 THEN 'data' ELSE 'same' END;
  END IF;
  SELECT REPLACE(trouble, '\n', ' ');
END //
DELIMITER ;
";

fn agrees() {
    // Nothing of it has to outlive a loss of power, and each definition would wait for the disk.
    let server = Mariadb::start_with(&["--innodb-flush-method=nosync", "--sync-frm=0", "--skip-innodb-doublewrite"]);
    server.sql(PLAY);
    let mut seen = Seen::default();
    for case in cases(Flavor::Mariadb, 7_000..7_025) {
        let truth = server.sql(&steps(&case.made));
        seen.take(&case, SqlDialect::Mariadb, truth.trim());
    }
    seen.show_at_least(25, 10, 2);
}

fn steps(made: &Made) -> String {
    let down = made.down.iter().map(|undo| ("down", undo.sql.as_str()));
    let of = |phase: &'static str, texts: &'_ [String]| texts.iter().map(move |text| (phase, text.clone())).collect::<Vec<_>>();
    let all =
        of("base", &made.base).into_iter().chain(of("up", &made.up)).chain(down.map(|(phase, text)| (phase, text.to_owned())));
    let rows: Vec<String> = all.map(|(phase, text)| format!("('{phase}', '{}')", text.replace('\'', "''"))).collect();
    format!("DELETE FROM tools.steps; INSERT INTO tools.steps (phase, s) VALUES {}; CALL k.play()", rows.join(", "))
}
