//! Types of columns: one name for each, and what a change from one to another does to values.

use crate::evidence::sql::TypeName;
use crate::facts::SqlDialect;

/// What becomes of the values of a column whose type changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::analyze::sql) enum Conversion {
    /// Every value comes through, and comes back.
    Keeps,
    /// A value that does not fit makes the statement fail; the others come through, and come back.
    Refuses,
    /// Values may be rounded, cut or written otherwise, or nobody here knows.
    Alters,
}

/// A type under the one name that stands for all of its spellings, without what does not matter (MySQL's display width).
pub(in crate::analyze::sql) fn canonical(ty: &TypeName, dialect: SqlDialect) -> TypeName {
    let mut ty = ty.clone();
    ty.name = ty.name.to_lowercase();
    for argument in &mut ty.arguments {
        *argument = argument.trim().to_owned();
    }
    let name = match dialect {
        SqlDialect::Postgres => postgres(&ty.name),
        SqlDialect::Mysql | SqlDialect::Mariadb => mysql(&ty.name),
        SqlDialect::Sqlite => None,
    };
    if let Some(name) = name {
        name.clone_into(&mut ty.name);
    }
    let whole = matches!(ty.name.as_str(), "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year");
    if dialect.is_mysql() && whole {
        ty.arguments.clear();
    }
    let zero = ty.arguments.first().is_some_and(|precision| precision == "0");
    if dialect.is_mysql() && zero && matches!(ty.name.as_str(), "datetime" | "timestamp" | "time") {
        ty.arguments.clear();
    }
    match (ty.name.as_str(), ty.arguments.len()) {
        ("char" | "bit" | "binary", 0) if dialect != SqlDialect::Sqlite => ty.arguments.push("1".to_owned()),
        ("decimal", 0) if dialect.is_mysql() => ty.arguments = vec!["10".to_owned(), "0".to_owned()],
        ("decimal" | "numeric", 1) if dialect != SqlDialect::Sqlite => ty.arguments.push("0".to_owned()),
        _ => {}
    }
    ty
}

fn postgres(name: &str) -> Option<&'static str> {
    Some(match name {
        "int" | "int4" | "integer" => "integer",
        "int8" | "bigint" => "bigint",
        "int2" | "smallint" => "smallint",
        "bool" => "boolean",
        "character varying" | "char varying" => "varchar",
        "character" | "bpchar" => "char",
        "decimal" | "dec" => "numeric",
        "float8" | "float" | "double" => "double precision",
        "float4" => "real",
        "timestamp without time zone" => "timestamp",
        "timestamp with time zone" => "timestamptz",
        "time without time zone" => "time",
        "time with time zone" => "timetz",
        "bit varying" => "varbit",
        _ => return None,
    })
}

fn mysql(name: &str) -> Option<&'static str> {
    Some(match name {
        "integer" | "int4" => "int",
        "int8" => "bigint",
        "int2" => "smallint",
        "int1" | "bool" | "boolean" => "tinyint",
        "character varying" | "char varying" => "varchar",
        "character" => "char",
        "numeric" | "dec" | "fixed" => "decimal",
        "double precision" | "real" | "float8" => "double",
        "float4" => "float",
        _ => return None,
    })
}

/// A type as a server writes it: `character varying(20)`, `timestamp(3) without time zone`, `bigint(20) unsigned`, `integer[]`.
pub(in crate::analyze::sql) fn read(text: &str, dialect: SqlDialect) -> TypeName {
    let text = text.trim();
    let (text, array) = match text.split_once('[') {
        Some((before, _)) if !before.contains('(') || before.contains(')') => (before, true),
        _ => (text, false),
    };
    let (mut name, mut arguments) = (text.to_owned(), Vec::new());
    if let Some((before, inner, after)) =
        text.split_once('(').and_then(|(before, rest)| rest.rsplit_once(')').map(|(inner, after)| (before, inner, after)))
    {
        name = format!("{before} {after}");
        arguments = inner.split(',').map(|argument| argument.trim().trim_matches('\'').to_owned()).collect();
    }
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    let unsigned = words.iter().any(|word| word == "unsigned");
    let kept: Vec<&str> = words.iter().map(String::as_str).filter(|word| !matches!(*word, "unsigned" | "zerofill")).collect();
    canonical(&TypeName { name: kept.join(" "), arguments, unsigned, array }, dialect)
}

/// A type as a person writes it.
pub(in crate::analyze::sql) fn shown(ty: &TypeName) -> String {
    let mut text = ty.name.clone();
    if !ty.arguments.is_empty() {
        text = format!("{text}({})", ty.arguments.join(", "));
    }
    if ty.unsigned {
        text.push_str(" unsigned");
    }
    if ty.array {
        text.push_str("[]");
    }
    text
}

/// What a change of a column's type does to its values, of two [`canonical`] types. `explicit`: the statement casts by itself, so that
/// PostgreSQL cuts instead of refusing.
///
/// PostgreSQL 15, section 10.4 (value storage); MySQL 8.0 in its strict mode, which is the default.
pub(in crate::analyze::sql) fn conversion(from: &TypeName, to: &TypeName, explicit: bool, dialect: SqlDialect) -> Conversion {
    if from == to {
        return Conversion::Keeps;
    }
    if from.array || to.array {
        return Conversion::Alters;
    }
    if let (Some(from), Some(to)) = (whole(from), whole(to)) {
        return if to.0 <= from.0 && from.1 <= to.1 { Conversion::Keeps } else { Conversion::Refuses };
    }
    if let (Some(from), Some(to)) = (length(from), length(to)) {
        return match (from, to) {
            (_, None) => Conversion::Keeps,
            (Some(from), Some(to)) if from <= to => Conversion::Keeps,
            _ if explicit => Conversion::Alters,
            _ => Conversion::Refuses,
        };
    }
    let digits = |ty: &TypeName| match ty.name.as_str() {
        "numeric" | "decimal" => Some((argument(ty, 0), argument(ty, 1))),
        _ => whole(ty).map(|(low, high)| {
            let most = high.unsigned_abs().max(low.unsigned_abs());
            (Some(u64::from(most.checked_ilog10().unwrap_or(0)) + 1), Some(0))
        }),
    };
    if let (Some((from_all, from_scale)), Some((to_all, to_scale))) = (digits(from), digits(to)) {
        return match (from_all.zip(from_scale), to_all.zip(to_scale)) {
            (_, None) => Conversion::Keeps,
            (Some((_, scale)), Some((_, to))) if to < scale => Conversion::Alters,
            (None, Some(_)) => Conversion::Alters,
            (Some((from, scale)), Some((to, to_scale))) if to.saturating_sub(to_scale) >= from.saturating_sub(scale) => {
                Conversion::Keeps
            }
            _ => Conversion::Refuses,
        };
    }
    let keeps = match (from.name.as_str(), to.name.as_str()) {
        ("real", "double precision")
        | ("float", "double")
        | ("date", "timestamp" | "datetime")
        | ("boolean", "integer")
        | ("smallint", "real" | "float")
        | ("smallint" | "integer" | "int" | "mediumint", "double precision" | "double")
        | ("uuid" | "integer" | "bigint" | "smallint" | "boolean" | "int" | "json" | "date", "text" | "longtext")
        | ("enum" | "char", "varchar" | "text")
        | ("varchar" | "text", "citext")
        | ("citext", "text") => true,
        ("bigint" | "integer" | "int" | "smallint", "varchar") => argument(to, 0).is_none_or(|length| length >= 20),
        ("timestamp", "timestamp") | ("timestamptz", "timestamptz") | ("datetime", "datetime") | ("time", "time") => {
            let precision = |ty| argument(ty, 0).unwrap_or(if dialect.is_mysql() { 0 } else { 6 });
            precision(from) <= precision(to)
        }
        ("enum" | "set", "enum" | "set") if from.name == to.name => {
            return if from.arguments.iter().all(|value| to.arguments.contains(value)) {
                Conversion::Keeps
            } else {
                Conversion::Refuses
            };
        }
        _ => false,
    };
    if keeps { Conversion::Keeps } else { Conversion::Alters }
}

fn argument(ty: &TypeName, at: usize) -> Option<u64> {
    ty.arguments.get(at).and_then(|argument| argument.parse().ok())
}

/// The least and the greatest value of a whole number.
fn whole(ty: &TypeName) -> Option<(i128, i128)> {
    let bits = match ty.name.as_str() {
        "tinyint" => 8,
        "smallint" => 16,
        "mediumint" => 24,
        "int" | "integer" => 32,
        "bigint" => 64,
        _ => return None,
    };
    Some(if ty.unsigned { (0, (1_i128 << bits) - 1) } else { (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1) })
}

/// How much of a text or of bytes fits: `Some(None)` without a limit that matters, `None` for other types. Texts and bytes do not mix.
#[expect(clippy::option_option, reason = "not a text, a text without a limit, a text with one")]
fn length(ty: &TypeName) -> Option<Option<u64>> {
    match ty.name.as_str() {
        "varchar" => Some(argument(ty, 0)),
        "text" if ty.arguments.is_empty() => Some(None),
        "longtext" => Some(None),
        "tinytext" => Some(Some(255)),
        "mediumtext" => Some(Some(16_777_215)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PG: SqlDialect = SqlDialect::Postgres;
    const MY: SqlDialect = SqlDialect::Mysql;

    #[test]
    fn spellings_of_one_type_are_equal() {
        for (a, b) in [
            ("int4", "INTEGER"),
            ("character varying(20)", "varchar(20)"),
            ("timestamp(3) without time zone", "timestamp(3)"),
            ("timestamp with time zone", "timestamptz"),
            ("decimal(10)", "numeric(10, 0)"),
            ("character", "char(1)"),
            ("integer[]", "int[]"),
            ("double precision", "float8"),
        ] {
            assert_eq!(read(a, PG), read(b, PG), "{a} {b}");
        }
        for (a, b) in [
            ("bigint(20) unsigned", "bigint unsigned"),
            ("bool", "tinyint(1)"),
            ("numeric", "decimal(10,0)"),
            ("datetime(0)", "datetime"),
        ] {
            assert_eq!(read(a, MY), read(b, MY), "{a} {b}");
        }
        assert_ne!(read("bigint", MY), read("bigint unsigned", MY));
        assert_ne!(read("enum('a','b')", MY), read("enum('a')", MY));
        assert_eq!(shown(&read("integer[]", PG)), "integer[]");
    }

    #[test]
    fn a_change_of_type_keeps_refuses_or_alters() {
        use Conversion::{Alters, Keeps, Refuses};
        for (from, to, wanted) in [
            ("integer", "bigint", Keeps),
            ("bigint", "integer", Refuses),
            ("varchar(10)", "text", Keeps),
            ("varchar(10)", "varchar(20)", Keeps),
            ("text", "varchar(20)", Refuses),
            ("varchar", "varchar(20)", Refuses),
            ("numeric(10,2)", "numeric(12,2)", Keeps),
            ("numeric(10,2)", "numeric(10,4)", Refuses),
            ("numeric(10,4)", "numeric(10,2)", Alters),
            ("numeric", "numeric(10,2)", Alters),
            ("numeric(10,2)", "numeric", Keeps),
            ("numeric(10,2)", "integer", Alters),
            ("bigint", "numeric(20,0)", Keeps),
            ("bigint", "numeric(10,0)", Refuses),
            ("double precision", "real", Alters),
            ("timestamp", "date", Alters),
            ("date", "timestamp", Keeps),
            ("timestamp(6)", "timestamp(3)", Alters),
            ("timestamp(3)", "timestamp", Keeps),
            ("integer", "text", Keeps),
            ("text", "integer", Alters),
            ("bigint", "varchar(5)", Alters),
            ("json", "jsonb", Alters),
            ("integer[]", "bigint[]", Alters),
        ] {
            assert_eq!(conversion(&read(from, PG), &read(to, PG), false, PG), wanted, "{from} -> {to}");
        }
        for (from, to, wanted) in [
            ("int", "int unsigned", Refuses),
            ("int unsigned", "bigint", Keeps),
            ("text", "varchar(10)", Alters),
            ("enum('a')", "enum('a','b')", Keeps),
            ("enum('a','b')", "enum('a')", Refuses),
            ("datetime(3)", "datetime", Alters),
            ("tinytext", "mediumtext", Keeps),
        ] {
            assert_eq!(conversion(&read(from, MY), &read(to, MY), from == "text", MY), wanted, "{from} -> {to}");
        }
        assert_eq!(conversion(&read("text", PG), &read("varchar(9)", PG), true, PG), Alters, "an explicit cast cuts");
    }

    #[test]
    fn nonsense_is_a_type_of_its_own() {
        for text in ["", "(", ")", "a(", "[", "a)b(", "é('", "int(99999999999999999999)"] {
            let ty = read(text, PG);
            shown(&ty);
            assert_eq!(conversion(&ty, &ty, false, PG), Conversion::Keeps);
        }
    }
}
