//! What MySQL and MariaDB do when a column is defined anew.

use super::scene::Scene;
use super::types;
use crate::evidence::sql::{ColumnDef, Name, TypeName};
use crate::facts::SqlDialect;

/// How the server carries it out, from the lightest to the heaviest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// Only the catalogue changes.
    Instant,
    /// The table is written anew while others read and write.
    Rebuild,
    /// The table is copied while writes wait.
    Copy,
}

/// What is known of a column before it is defined anew.
#[derive(Debug, Clone, Default)]
pub(super) struct Before {
    pub ty: Option<TypeName>,
    pub nullable: Option<bool>,
    pub has_default: Option<bool>,
    pub collation: Option<String>,
    pub indexed: Option<bool>,
}

pub(super) fn before(scene: &Scene<'_>, table: &Name, column: &str) -> Before {
    let mut before = Before { ty: scene.column_type(table, column), ..Before::default() };
    if let Some(record) = scene.record(table) {
        if let Some(known) = record.columns.iter().find(|known| known.name.eq_ignore_ascii_case(column)) {
            before.ty.get_or_insert_with(|| types::of_record(&known.ty));
            before.nullable = Some(known.nullable);
            before.has_default = Some(known.has_default);
            before.collation.clone_from(&known.collation);
        }
        before.indexed =
            Some(record.indexes.iter().any(|index| index.columns.iter().flatten().any(|name| name.eq_ignore_ascii_case(column))));
    }
    if before.nullable.is_none() {
        before.nullable = scene.declared_null(table, column);
    }
    if let Some(state) = scene.state.column(table, column).filter(|state| state.ty.is_some()) {
        before.nullable = Some(!state.not_null);
        before.has_default = Some(state.has_default);
    }
    before
}

/// How the column becomes what it is to be; `None` where that depends on what nobody tells.
pub(super) fn way(before: &Before, column: &ColumnDef, dialect: SqlDialect) -> Option<Way> {
    let mariadb = dialect == SqlDialect::Mariadb;
    let old = plain(before.ty.as_ref()?);
    let new = plain(column.ty.as_ref()?);
    if column.generated == Some(crate::evidence::sql::Generated::Stored) {
        return Some(Way::Copy);
    }
    let mut way = Way::Instant;
    if old != new {
        let grown = match (old.name.as_str(), new.name.as_str()) {
            ("varchar", "varchar") | ("varbinary", "varbinary") => grows(&old, &new, before.collation.as_deref(), mariadb)?,
            ("enum", "enum") | ("set", "set") => {
                let limit = if old.name == "enum" { 255 } else { 8 };
                let same_size = (old.arguments.len() > limit) == (new.arguments.len() > limit);
                same_size && new.arguments.len() >= old.arguments.len() && new.arguments.starts_with(&old.arguments)
            }
            _ => false,
        };
        if !grown {
            return Some(Way::Copy);
        }
    }
    way = way.max(charset_way(before, column, &new, mariadb)?);
    let nullable = column.nullable.unwrap_or(true) && !column.primary_key;
    match before.nullable {
        Some(known) if known != nullable => way = way.max(Way::Rebuild),
        Some(_) => {}
        None => return None,
    }
    // Whether it numbered the rows before is not known.
    if column.auto_increment {
        return None;
    }
    Some(way)
}

/// A character set or collation that is stated, against the one that was there.
fn charset_way(before: &Before, column: &ColumnDef, ty: &TypeName, mariadb: bool) -> Option<Way> {
    if !is_text(ty) || (column.charset.is_none() && column.collation.is_none()) {
        return Some(Way::Instant);
    }
    let old = before.collation.as_deref()?.to_ascii_lowercase();
    let old_charset = charset_of(&old);
    let new_collation = column.collation.as_deref().map(str::to_ascii_lowercase);
    let new_charset = column.charset.as_deref().map(str::to_ascii_lowercase);
    let new_charset = new_charset.as_deref().or(new_collation.as_deref().map(charset_of))?;
    let same_charset = unified(old_charset) == unified(new_charset);
    if same_charset && new_collation.as_ref().is_none_or(|new| unified(new) == unified(&old)) {
        return Some(Way::Instant);
    }
    // MariaDB keeps the bytes where the new character set reads them as they are; indexes are sorted anew in place.
    let wider = same_charset || (unified(old_charset) == "utf8mb3" && new_charset == "utf8mb4");
    if mariadb && wider { Some(Way::Instant) } else { Some(Way::Copy) }
}

fn charset_of(collation: &str) -> &str {
    collation.split('_').next().unwrap_or(collation)
}

/// `utf8` is an old name of `utf8mb3`.
fn unified(charset: &str) -> String {
    match charset.strip_prefix("utf8") {
        Some("") => "utf8mb3".to_owned(),
        Some(rest) if rest.starts_with('_') => format!("utf8mb3{rest}"),
        _ => charset.to_owned(),
    }
}

fn is_text(ty: &TypeName) -> bool {
    matches!(ty.name.as_str(), "varchar" | "char" | "text" | "tinytext" | "mediumtext" | "longtext" | "enum" | "set")
}

/// Whether a longer `varchar` keeps the bytes of its length: one byte up to 255, two from then on. How many bytes a character has is
/// the character set's; where nobody tells it, every width has to agree, and `None` is told where they do not.
fn grows(old: &TypeName, new: &TypeName, collation: Option<&str>, mariadb: bool) -> Option<bool> {
    let length = |ty: &TypeName| ty.arguments.first().and_then(|length| length.trim().parse::<u64>().ok());
    let (Some(before), Some(after)) = (length(old), length(new)) else { return Some(false) };
    if after < before {
        return Some(false);
    }
    let widths: &[u64] = match collation.map(charset_of) {
        _ if old.name == "varbinary" => &[1],
        Some("utf8mb4" | "utf16" | "utf32") => &[4],
        Some("utf8mb3" | "utf8") => &[3],
        Some("latin1" | "ascii" | "binary" | "latin2" | "cp1251") => &[1],
        _ => &[1, 2, 3, 4],
    };
    let keeps = |width: &&u64| {
        let (before, after) = (before.saturating_mul(**width), after.saturating_mul(**width));
        // MariaDB's row format reads a length below 128 the same either way.
        after <= 255 || before > 255 || (mariadb && before < 128)
    };
    match widths.iter().filter(keeps).count() {
        0 => Some(false),
        all if all == widths.len() => Some(true),
        _ => None,
    }
}

/// A type without what does not change how it is stored: the display width of whole numbers, a precision of zero.
pub(super) fn plain(ty: &TypeName) -> TypeName {
    let mut ty = ty.clone();
    match ty.name.as_str() {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => ty.arguments.clear(),
        "bool" | "boolean" => {
            "tinyint".clone_into(&mut ty.name);
            ty.arguments.clear();
        }
        "integer" => {
            "int".clone_into(&mut ty.name);
            ty.arguments.clear();
        }
        "numeric" | "dec" | "fixed" | "decimal" => {
            "decimal".clone_into(&mut ty.name);
            if ty.arguments.is_empty() {
                ty.arguments = vec!["10".to_owned(), "0".to_owned()];
            } else if ty.arguments.len() == 1 {
                ty.arguments.push("0".to_owned());
            }
        }
        "datetime" | "timestamp" | "time" if ty.arguments == ["0"] => ty.arguments.clear(),
        "double precision" => "double".clone_into(&mut ty.name),
        _ => {}
    }
    ty
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::sql::types::of_record;

    fn changed(old: &str, new: &str, dialect: SqlDialect) -> Option<Way> {
        let before = Before {
            ty: Some(of_record(old)),
            nullable: Some(true),
            has_default: Some(false),
            collation: Some("utf8mb4_general_ci".to_owned()),
            indexed: Some(false),
        };
        way(&before, &ColumnDef { name: "a".into(), ty: Some(of_record(new)), ..ColumnDef::default() }, dialect)
    }

    /// What MariaDB 10.11 accepts of `ALGORITHM=`, and MySQL's manual says.
    #[test]
    fn how_a_new_type_is_carried_out() {
        for (old, new, mysql, mariadb) in [
            ("int(11)", "int", Way::Instant, Way::Instant),
            ("int(11)", "bigint", Way::Copy, Way::Copy),
            ("int", "int unsigned", Way::Copy, Way::Copy),
            ("varchar(10)", "varchar(20)", Way::Instant, Way::Instant),
            ("varchar(10)", "varchar(63)", Way::Instant, Way::Instant),
            ("varchar(10)", "varchar(64)", Way::Copy, Way::Instant),
            ("varchar(60)", "varchar(64)", Way::Copy, Way::Copy),
            ("varchar(64)", "varchar(500)", Way::Instant, Way::Instant),
            ("varchar(20)", "varchar(10)", Way::Copy, Way::Copy),
            ("varchar(10)", "text", Way::Copy, Way::Copy),
            ("char(10)", "char(20)", Way::Copy, Way::Copy),
            ("decimal(10,2)", "decimal(12,2)", Way::Copy, Way::Copy),
            ("datetime", "datetime(3)", Way::Copy, Way::Copy),
            ("enum('a','b')", "enum('a','b','c')", Way::Instant, Way::Instant),
            ("enum('a','b')", "enum('a','c','b')", Way::Copy, Way::Copy),
            ("enum('a','b')", "enum('a')", Way::Copy, Way::Copy),
            ("set('a')", "set('a','b')", Way::Instant, Way::Instant),
        ] {
            assert_eq!(changed(old, new, SqlDialect::Mysql), Some(mysql), "MySQL: {old} to {new}");
            assert_eq!(changed(old, new, SqlDialect::Mariadb), Some(mariadb), "MariaDB: {old} to {new}");
        }
    }

    #[test]
    fn what_nobody_tells_is_not_guessed() {
        let column = ColumnDef { name: "a".into(), ty: Some(of_record("int")), ..ColumnDef::default() };
        assert_eq!(way(&Before::default(), &column, SqlDialect::Mysql), None);
        let before = Before { ty: Some(of_record("int")), ..Before::default() };
        assert_eq!(way(&before, &column, SqlDialect::Mysql), None, "whether it was null before");
    }
}
