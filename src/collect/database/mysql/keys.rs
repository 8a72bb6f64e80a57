//! Foreign keys.

use std::collections::BTreeMap;

use super::ask::Session;
use super::tables::Tables;
use crate::collect::database::literals::{Quoting, Spaced, Token, tokens};
use crate::error::Result;
use crate::evidence::table_stats::ForeignKeyRecord;

const KEYS: &str = "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, \
    REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE \
    WHERE TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION";

const RULES: &str = "SELECT TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE FROM information_schema.REFERENTIAL_CONSTRAINTS \
    WHERE CONSTRAINT_SCHEMA = ?";

/// What stands for a rule that nobody tells.
const UNKNOWN: &str = "UNKNOWN";

pub(super) async fn foreign_keys(session: &mut Session<'_>, database: &str, tables: &mut Tables) -> Result<()> {
    let mut rules = BTreeMap::new();
    for mut row in session.rows(RULES, (database,)).await? {
        let key: (String, String) = (session.cell(&mut row, 0)?, session.cell(&mut row, 1)?);
        rules.insert(key, session.cell::<String>(&mut row, 2)?);
    }
    for mut row in session.rows(KEYS, (database,)).await? {
        let (table, name): (String, String) = (session.cell(&mut row, 0)?, session.cell(&mut row, 1)?);
        let (column, to_schema): (String, String) = (session.cell(&mut row, 2)?, session.cell(&mut row, 3)?);
        let (to_table, to_column): (String, String) = (session.cell(&mut row, 4)?, session.cell(&mut row, 5)?);
        let on_delete = rules.get(&(table.clone(), name.clone()));
        let Some(table) = tables.get_mut(&table) else { continue };
        if let Some(key) = table.foreign_keys.last_mut().filter(|key| key.name == name) {
            key.columns.push(column);
            key.to_columns.push(to_column);
            continue;
        }
        table.foreign_keys.push(ForeignKeyRecord {
            name,
            columns: vec![column],
            to_schema: (to_schema != database).then_some(to_schema),
            to_table,
            to_columns: vec![to_column],
            on_delete: on_delete.map_or(UNKNOWN, String::as_str).to_owned(),
        });
    }
    for table in tables.values_mut() {
        if table.foreign_keys.iter().any(|key| key.on_delete == UNKNOWN) {
            described(session, &table.name, &mut table.foreign_keys).await?;
        }
    }
    Ok(())
}

/// Who may only select does not see the rules in the catalogue, and sees them in the table's own description.
async fn described(session: &mut Session<'_>, table: &str, keys: &mut [ForeignKeyRecord]) -> Result<()> {
    let sql = format!("SHOW CREATE TABLE `{}`", table.replace('`', "``"));
    let Ok(rows) = session.perhaps(&sql, ()).await? else { return Ok(()) };
    let Some(mut row) = rows.into_iter().next() else { return Ok(()) };
    let rules = rules(&session.cell::<String>(&mut row, 1)?);
    for key in keys {
        if let Some(rule) = rules.get(&key.name) {
            key.on_delete.clone_from(rule);
        }
    }
    Ok(())
}

/// What `ON DELETE` says of each foreign key in the text of a `CREATE TABLE` as the server writes it; one that says nothing restricts.
fn rules(text: &str) -> BTreeMap<String, String> {
    let tokens = tokens(text, Quoting::Mysql);
    let word =
        |at: usize, wanted: &str| matches!(tokens.get(at), Some((_, Token::Word(word))) if word.eq_ignore_ascii_case(wanted));
    let mut rules = BTreeMap::new();
    for at in 0..tokens.len() {
        let Some((_, Token::Quoted(name, _))) = tokens.get(at + 1) else { continue };
        if !word(at, "CONSTRAINT") || !word(at + 2, "FOREIGN") {
            continue;
        }
        let end = end_of_definition(&tokens, at);
        let on_delete = (at..end).find(|at| word(*at, "ON") && word(at + 1, "DELETE")).map(|at| at + 2);
        let rule = match on_delete {
            Some(at) if word(at, "CASCADE") => "CASCADE",
            Some(at) if word(at, "SET") && word(at + 1, "NULL") => "SET NULL",
            Some(at) if word(at, "SET") => "SET DEFAULT",
            Some(at) if word(at, "NO") => "NO ACTION",
            _ => "RESTRICT",
        };
        rules.insert(name.clone(), rule.to_owned());
    }
    rules
}

/// The next comma outside of brackets, or the bracket that closes the table.
fn end_of_definition(tokens: &[Spaced], from: usize) -> usize {
    let mut depth = 0_i32;
    let ends = tokens.iter().enumerate().skip(from).find(|(_, (_, token))| {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth -= 1,
            Token::Symbol(',') if depth == 0 => return true,
            _ => {}
        }
        depth < 0
    });
    ends.map_or(tokens.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_from_the_description_of_a_table() {
        let text = "CREATE TABLE `t` (\n  `a` int DEFAULT NULL COMMENT 'CONSTRAINT `x` FOREIGN KEY ON DELETE CASCADE',\n  \
            CONSTRAINT `one``,)` FOREIGN KEY (`a`, `b`) REFERENCES `u` (`ON DELETE CASCADE`, `b`),\n  \
            CONSTRAINT `two` FOREIGN KEY (`a`) REFERENCES `u` (`a`) ON DELETE SET NULL ON UPDATE CASCADE,\n  \
            CONSTRAINT `c` CHECK (`a` > 1),\n  \
            CONSTRAINT `three` FOREIGN KEY (`a`) REFERENCES `u` (`a`) ON DELETE CASCADE\n) ENGINE=InnoDB COMMENT='ON DELETE'";
        let rules = rules(text);
        let rules: Vec<(&str, &str)> = rules.iter().map(|(name, rule)| (name.as_str(), rule.as_str())).collect();
        assert_eq!(rules, [("one`,)", "RESTRICT"), ("three", "CASCADE"), ("two", "SET NULL")]);
    }
}
