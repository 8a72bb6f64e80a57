//! What the value of a default costs: one for all rows, or one for each.

use super::cursor::Cursor;
use super::lex::Kind;
use super::statement::{ColumnDefault, DefaultKind};
use crate::facts::SqlDialect;

/// Words that end the default of a column.
const ENDS: &[&str] = &[
    "not",
    "null",
    "constraint",
    "primary",
    "unique",
    "check",
    "references",
    "collate",
    "generated",
    "deferrable",
    "initially",
    "on",
    "comment",
    "auto_increment",
    "autoincrement",
    "key",
    "after",
    "first",
    "invisible",
    "visible",
    "column_format",
    "storage",
    "default",
    "stored",
    "virtual",
    "persistent",
    "character",
    "charset",
    "engine_attribute",
    "srid",
    "compression",
    "using",
    "as",
    "enforced",
    "with",
    "without",
    "add",
    "alter",
    "drop",
    "unsigned",
    "zerofill",
];

/// Words without parentheses that stand for one value per statement.
const STABLE_WORDS: &[&str] = &[
    "current_timestamp",
    "current_date",
    "current_time",
    "localtime",
    "localtimestamp",
    "current_user",
    "session_user",
    "user",
    "current_role",
    "current_schema",
    "current_catalog",
    "system_user",
    "utc_timestamp",
    "utc_date",
    "utc_time",
];
const STABLE: &[&str] = &[
    "now",
    "transaction_timestamp",
    "statement_timestamp",
    "current_setting",
    "txid_current",
    "pg_current_xact_id",
    "to_char",
    "to_timestamp",
    "to_date",
    "to_number",
    "date_trunc",
    "date_part",
    "extract",
    "age",
    "timezone",
    "current_database",
    "pg_backend_pid",
    "inet_client_addr",
    "inet_server_addr",
    "version",
    "format",
    "concat",
    "concat_ws",
    "to_json",
    "to_jsonb",
    "json_build_object",
    "jsonb_build_object",
    "json_build_array",
    "jsonb_build_array",
    "row_to_json",
    "to_tsvector",
    "current_timestamp",
    "current_date",
    "current_time",
    "localtime",
    "localtimestamp",
    "current_user",
    "session_user",
    "user",
    "curdate",
    "curtime",
    "utc_timestamp",
    "utc_date",
    "utc_time",
    "unix_timestamp",
    "database",
    "schema",
    "connection_id",
    "current_role",
    "from_unixtime",
    "date_add",
    "date_sub",
    "adddate",
    "subdate",
    "date_format",
    "datetime",
    "date",
    "time",
    "strftime",
    "julianday",
    "unixepoch",
    "timestamp",
    "current_schema",
    "current_schemas",
    "auth.uid",
    "pg_my_temp_schema",
];
const VOLATILE: &[&str] = &[
    "random",
    "random_normal",
    "clock_timestamp",
    "timeofday",
    "nextval",
    "currval",
    "lastval",
    "setval",
    "gen_random_uuid",
    "gen_random_bytes",
    "gen_salt",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuid_generate_v6",
    "uuid_generate_v7",
    "uuidv4",
    "uuidv7",
    "uuid_v7",
    "pg_sleep",
    "set_config",
    "rand",
    "uuid",
    "uuid_short",
    "random_bytes",
    "sysdate",
    "sleep",
    "randomblob",
    "sys_guid",
    "uuid_v4",
    "nanoid",
    "generate_ulid",
    "gen_ulid",
    "last_insert_rowid",
    "last_insert_id",
    "changes",
    "total_changes",
    "unique_rowid",
];
const CONSTANT: &[&str] = &[
    "lower",
    "upper",
    "coalesce",
    "nullif",
    "greatest",
    "least",
    "md5",
    "sha1",
    "sha2",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "length",
    "char_length",
    "octet_length",
    "substring",
    "substr",
    "replace",
    "abs",
    "round",
    "floor",
    "ceil",
    "ceiling",
    "array",
    "row",
    "trim",
    "btrim",
    "ltrim",
    "rtrim",
    "repeat",
    "chr",
    "char",
    "ascii",
    "position",
    "strpos",
    "left",
    "right",
    "lpad",
    "rpad",
    "power",
    "pow",
    "sqrt",
    "mod",
    "trunc",
    "sign",
    "make_interval",
    "make_date",
    "make_time",
    "make_timestamp",
    "array_fill",
    "string_to_array",
    "array_to_string",
    "int4range",
    "int8range",
    "numrange",
    "daterange",
    "tsrange",
    "tstzrange",
    "point",
    "box",
    "circle",
    "lseg",
    "path",
    "polygon",
    "line",
    "cast",
    "convert",
    "encode",
    "decode",
    "digest",
    "json",
    "json_object",
    "json_array",
    "json_quote",
    "hex",
    "unhex",
    "ifnull",
    "if",
    "iif",
    "nvl",
    "uuid_to_bin",
    "bin_to_uuid",
    "uuid_nil",
    "uuid_ns_dns",
    "uuid_ns_url",
    "empty_blob",
    "hstore",
    "int4",
    "int8",
    "text",
    "varchar",
    "numeric",
    "interval",
    "b",
    "x",
    "printf",
    "quote",
    "zeroblob",
    "st_geomfromtext",
    "jsonb_set",
    "to_base64",
    "from_base64",
    "crc32",
    "inet_aton",
    "inet6_aton",
    "in",
    "and",
    "or",
    "not",
    "then",
    "else",
    "when",
    "st_geometryfromtext",
    "st_makepoint",
    "st_setsrid",
    "json_extract",
    "bigint",
    "integer",
    "smallint",
    "boolean",
    "bool",
];

/// The default that begins here, behind the word `DEFAULT`: up to where the next part of a column begins.
pub(super) fn default(c: &mut Cursor<'_>) -> ColumnDefault {
    let from = c.at;
    let mut value = false;
    while !c.done() && !c.is_op(",") && !c.is_op(")") {
        // `NULL` is a value only at the beginning, `IS NOT NULL` and `CASE` only in parentheses.
        if value && c.kind(0) == Some(Kind::Word) && ENDS.iter().any(|word| c.is(word)) && !c.is_op_before("::") {
            break;
        }
        // `1 + NULL` ends with an operator, after which a value follows.
        value = c.kind(0) != Some(Kind::Op) || c.is_op("(") || c.is_op("[");
        c.skip();
    }
    let inside = c.part(from);
    ColumnDefault { text: c.since(from).to_owned(), kind: kind(&inside) }
}

/// What an expression costs; all of `c`.
pub(super) fn kind(c: &Cursor<'_>) -> DefaultKind {
    let mut c = c.clone();
    if is_null(&c) {
        return DefaultKind::Null;
    }
    let mut worst = DefaultKind::Constant;
    while !c.done() {
        let next = next(&mut c);
        if rank(next) > rank(worst) {
            worst = next;
        }
    }
    worst
}

const fn rank(kind: DefaultKind) -> u8 {
    match kind {
        DefaultKind::Null => 0,
        DefaultKind::Constant => 1,
        DefaultKind::Stable => 2,
        DefaultKind::Unknown => 3,
        DefaultKind::Volatile => 4,
    }
}

/// `NULL`, `(NULL)`, `NULL::text`.
fn is_null(c: &Cursor<'_>) -> bool {
    let mut at = 0;
    while c.is_op_at(at, "(") || c.is_op_at(at, ")") {
        at += 1;
    }
    c.is_at(at, "null") && (at + 1 == c.tokens.len() || c.is_op_at(at + 1, ")") || c.is_op_at(at + 1, "::"))
}

/// The cost of the next word, or of the call or cast that begins with it; the cursor goes behind its name.
fn next(c: &mut Cursor<'_>) -> DefaultKind {
    match c.kind(0) {
        Some(Kind::Op) if c.is_op("::") => {
            c.step();
            super::types::type_name(c);
            DefaultKind::Constant
        }
        Some(Kind::Word) => word(c),
        Some(Kind::Quoted) if c.dialect != SqlDialect::Sqlite => {
            c.step();
            DefaultKind::Unknown
        }
        Some(Kind::Param | Kind::Template) => {
            c.step();
            DefaultKind::Unknown
        }
        _ => {
            c.step();
            DefaultKind::Constant
        }
    }
}

fn word(c: &mut Cursor<'_>) -> DefaultKind {
    if c.are("next value") || c.are("nextval") {
        c.step();
        return DefaultKind::Volatile;
    }
    let mut name = c.peek(0).to_ascii_lowercase();
    c.step();
    while c.is_op(".") && !c.done() {
        c.step();
        let part = c.peek(0).trim_matches('"').to_ascii_lowercase();
        c.step();
        // Extensions stand in schemas of any name; so do functions of one's own, which are in no list.
        name = if name == "auth" { format!("auth.{part}") } else { part };
    }
    if c.is_op("(") {
        let known = |list: &[&str]| list.contains(&name.as_str());
        if known(VOLATILE) {
            DefaultKind::Volatile
        } else if known(STABLE) {
            DefaultKind::Stable
        } else if known(CONSTANT) || STABLE_WORDS.contains(&name.as_str()) {
            if name == "cast" {
                return cast(c);
            }
            DefaultKind::Constant
        } else {
            DefaultKind::Unknown
        }
    } else if STABLE_WORDS.contains(&name.as_str()) {
        DefaultKind::Stable
    } else if is_keyword(&name) || name.starts_with('_') {
        DefaultKind::Constant
    } else if matches!(c.kind(0), Some(Kind::Text)) {
        // `date '2020-01-01'`, `citext 'a'`.
        DefaultKind::Constant
    } else if name == "sysdate" {
        DefaultKind::Volatile
    } else {
        DefaultKind::Unknown
    }
}

/// `CAST(x AS t)`: the type is no call.
fn cast(c: &mut Cursor<'_>) -> DefaultKind {
    let Some(mut inside) = c.group() else { return DefaultKind::Unknown };
    let from = inside.at;
    while !inside.done() && !inside.is("as") {
        inside.skip();
    }
    kind(&inside.part(from))
}

fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "true"
            | "false"
            | "null"
            | "array"
            | "row"
            | "case"
            | "when"
            | "then"
            | "else"
            | "end"
            | "and"
            | "or"
            | "not"
            | "is"
            | "as"
            | "interval"
            | "on"
            | "off"
            | "yes"
            | "no"
            | "at"
            | "time"
            | "zone"
            | "date"
            | "timestamp"
            | "timestamptz"
            | "from"
            | "for"
            | "in"
            | "between"
            | "like"
            | "binary"
            | "using"
            | "div"
            | "mod"
            | "collate"
            | "year"
            | "month"
            | "day"
            | "hour"
            | "minute"
            | "second"
            | "week"
            | "epoch"
            | "empty"
            | "with"
            | "without"
            | "distinct"
            | "default"
    )
}

impl Cursor<'_> {
    /// Whether the token before this place is the operator.
    pub(super) fn is_op_before(&self, op: &str) -> bool {
        self.at > 0
            && self
                .tokens
                .get(self.at - 1)
                .is_some_and(|token| token.kind == Kind::Op && &self.text[token.start..token.end] == op)
    }
}
