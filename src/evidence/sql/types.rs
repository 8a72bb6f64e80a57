//! Types of columns, in one spelling.

use super::cursor::{Cursor, fold, unquote};
use super::lex::Kind;
use super::statement::TypeName;
use crate::facts::SqlDialect;

/// Spellings of PostgreSQL's own types (manual, table 8.1).
const POSTGRES: &[(&str, &str)] = &[
    ("int", "integer"),
    ("int4", "integer"),
    ("int2", "smallint"),
    ("int8", "bigint"),
    ("serial4", "serial"),
    ("serial2", "smallserial"),
    ("serial8", "bigserial"),
    ("bool", "boolean"),
    ("float8", "double precision"),
    ("float4", "real"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("character varying", "varchar"),
    ("char varying", "varchar"),
    ("nchar varying", "varchar"),
    ("national character varying", "varchar"),
    ("national char varying", "varchar"),
    ("character", "char"),
    ("nchar", "char"),
    ("national character", "char"),
    ("national char", "char"),
    ("bpchar", "char"),
    ("bit varying", "varbit"),
    ("timestamp with time zone", "timestamptz"),
    ("timestamp without time zone", "timestamp"),
    ("time with time zone", "timetz"),
    ("time without time zone", "time"),
];

/// Spellings of MySQL's types (manual, section 13.9).
const MYSQL: &[(&str, &str)] = &[
    ("integer", "int"),
    ("int4", "int"),
    ("int1", "tinyint"),
    ("int2", "smallint"),
    ("int3", "mediumint"),
    ("middleint", "mediumint"),
    ("int8", "bigint"),
    ("dec", "decimal"),
    ("numeric", "decimal"),
    ("fixed", "decimal"),
    ("float4", "float"),
    ("float8", "double"),
    ("double precision", "double"),
    ("real", "double"),
    ("character varying", "varchar"),
    ("char varying", "varchar"),
    ("varcharacter", "varchar"),
    ("nvarchar", "varchar"),
    ("national varchar", "varchar"),
    ("national character varying", "varchar"),
    ("national char varying", "varchar"),
    ("character", "char"),
    ("nchar", "char"),
    ("national char", "char"),
    ("national character", "char"),
    ("long", "mediumtext"),
    ("long varchar", "mediumtext"),
    ("long varbinary", "mediumblob"),
];

/// Words that follow the first one of a type.
const SECOND: &[&str] = &["varying", "precision", "varchar", "varbinary", "character", "char"];
/// Words that may follow the type of a column in SQLite, where a type is any run of words.
const AFTER_TYPE: &[&str] = &[
    "constraint",
    "primary",
    "not",
    "null",
    "unique",
    "check",
    "default",
    "collate",
    "references",
    "generated",
    "as",
    "on",
    "deferrable",
];

/// The type that stands here; `None` where none does.
pub(super) fn type_name(c: &mut Cursor<'_>) -> Option<TypeName> {
    if c.dialect == SqlDialect::Sqlite {
        return sqlite(c);
    }
    if !matches!(c.kind(0), Some(Kind::Word | Kind::Quoted | Kind::Template)) {
        return None;
    }
    c.take("setof");
    let mut name = words(c)?;
    let mut ty = TypeName::default();
    if c.is_op("(") {
        ty.arguments = arguments(c);
    }
    zone(c, &mut name);
    if name == "interval" {
        interval(c, &mut ty);
    }
    attributes(c, &mut ty);
    ty.name = canonical(c, name, &mut ty.arguments);
    Some(ty)
}

/// The words of the name: one, with its schema, or one of those with several.
fn words(c: &mut Cursor<'_>) -> Option<String> {
    let mut name = c.ident()?;
    if c.is_op(".") {
        while c.op(".") {
            let part = c.ident()?;
            name = if name == "pg_catalog" { part } else { format!("{name}.{part}") };
        }
        if c.op("%") {
            c.take("type");
            name.push_str("%type");
        }
        return Some(name);
    }
    let several = match name.as_str() {
        "national" => 3,
        "character" | "char" | "nchar" | "bit" | "double" | "long" => 2,
        _ => 1,
    };
    for _ in 1..several {
        let Some(word) = SECOND.iter().find(|word| c.is(word)) else { break };
        // `char CHARACTER SET utf8`.
        if *word == "character" && c.is_at(1, "set") {
            break;
        }
        c.step();
        name = format!("{name} {word}");
    }
    Some(name)
}

/// `WITH TIME ZONE`, which stands behind the precision.
fn zone(c: &mut Cursor<'_>, name: &mut String) {
    if name != "timestamp" && name != "time" {
        return;
    }
    if c.take("with time zone") {
        name.push_str(" with time zone");
    } else if c.take("without time zone") {
        name.push_str(" without time zone");
    }
}

/// `INTERVAL DAY TO SECOND(3)`.
fn interval(c: &mut Cursor<'_>, ty: &mut TypeName) {
    let fields = ["year", "month", "day", "hour", "minute", "second"];
    let from = c.at;
    while fields.iter().any(|field| c.is(field)) || c.at > from && c.is("to") {
        c.step();
    }
    if c.at > from {
        ty.arguments.push(c.since(from).to_ascii_lowercase());
        if c.is_op("(") {
            ty.arguments.extend(arguments(c));
        }
    }
}

fn attributes(c: &mut Cursor<'_>, ty: &mut TypeName) {
    if c.is_mysql() {
        while let Some(word) = c.take_any(&["unsigned", "signed", "zerofill", "binary", "ascii", "unicode", "byte"]) {
            ty.unsigned |= matches!(word, "unsigned" | "zerofill");
        }
        return;
    }
    while c.is_op("[") || c.is("array") {
        ty.array = true;
        c.skip();
    }
}

/// What stands in the parentheses, apart at the commas.
pub(super) fn arguments(c: &mut Cursor<'_>) -> Vec<String> {
    let Some(mut inside) = c.group() else { return Vec::new() };
    let mut arguments = Vec::new();
    while !inside.done() {
        let from = inside.at;
        while !inside.done() && !inside.is_op(",") {
            inside.skip();
        }
        let text = inside.since(from);
        let quoted = inside.at == from + 1 && inside.tokens[from].kind == Kind::Text;
        arguments.push(if quoted { unquote(text, inside.is_mysql()) } else { text.to_owned() });
        inside.op(",");
    }
    arguments
}

fn canonical(c: &Cursor<'_>, name: String, arguments: &mut Vec<String>) -> String {
    if c.is_mysql() {
        if matches!(name.as_str(), "bool" | "boolean") && arguments.is_empty() {
            arguments.push("1".to_owned());
            return "tinyint".to_owned();
        }
        return spelled(MYSQL, name);
    }
    if name == "float" {
        // Up to 24 binary digits fit into four bytes.
        let digits = arguments.first().and_then(|digits| digits.parse::<u32>().ok());
        arguments.clear();
        return if digits.is_some_and(|digits| digits <= 24) { "real" } else { "double precision" }.to_owned();
    }
    spelled(POSTGRES, name)
}

fn spelled(table: &[(&str, &str)], name: String) -> String {
    match table.iter().find(|(other, _)| *other == name) {
        Some((_, own)) => (*own).to_owned(),
        None => name,
    }
}

fn sqlite(c: &mut Cursor<'_>) -> Option<TypeName> {
    let mut words: Vec<String> = Vec::new();
    while let Some(Kind::Word | Kind::Quoted | Kind::Template) = c.kind(0) {
        if AFTER_TYPE.iter().any(|word| c.is(word)) {
            break;
        }
        words.push(fold(c.dialect, c.kind(0)?, c.peek(0)));
        c.step();
    }
    let mut ty = TypeName { name: words.join(" "), ..TypeName::default() };
    if c.is_op("(") && !words.is_empty() {
        ty.arguments = arguments(c);
    }
    ty.unsigned = words.iter().any(|word| word == "unsigned");
    (!words.is_empty()).then_some(ty)
}
