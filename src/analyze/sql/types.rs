//! Types of columns: what the server says of one, and what changing it costs.

use crate::evidence::sql::TypeName;

/// A type as a server's catalogue writes it (`character varying(20)`, `bigint(20) unsigned`, `enum('a','b')`).
#[must_use]
pub(super) fn of_record(text: &str) -> TypeName {
    let text = text.trim();
    let (text, array) = text.strip_suffix("[]").map_or((text, false), |text| (text, true));
    let lower = text.to_lowercase();
    let (head, arguments, tail) = match (text.find('('), text.rfind(')')) {
        (Some(open), Some(close)) if open < close => (&lower[..open], values(&text[open + 1..close]), &lower[close + 1..]),
        _ => (lower.as_str(), Vec::new(), ""),
    };
    let unsigned = head.contains(" unsigned") || tail.contains("unsigned");
    let words = format!(
        "{} {}",
        head.replace(" unsigned", "").replace(" zerofill", ""),
        tail.replace("unsigned", "").replace("zerofill", "")
    );
    let words: Vec<&str> = words.split_whitespace().collect();
    let name = match words.join(" ").as_str() {
        "character varying" => "varchar".to_owned(),
        "character" | "bpchar" => "char".to_owned(),
        "timestamp without time zone" => "timestamp".to_owned(),
        "timestamp with time zone" => "timestamptz".to_owned(),
        "time without time zone" => "time".to_owned(),
        "time with time zone" => "timetz".to_owned(),
        "bit varying" => "varbit".to_owned(),
        other => other.to_owned(),
    };
    TypeName { name, arguments, unsigned, array }
}

/// What stands between the parentheses, split at commas outside of quotes.
fn values(text: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' if quoted && chars.peek() == Some(&'\'') => {
                chars.next();
                value.push('\'');
            }
            '\'' => quoted = !quoted,
            ',' if !quoted => values.push(std::mem::take(&mut value).trim().to_owned()),
            c => value.push(c),
        }
    }
    values.push(value.trim().to_owned());
    values
}

/// What PostgreSQL does when a column changes its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Only its catalogue changes.
    Nothing,
    /// Every row is written anew.
    Rewrites,
}

fn number(ty: &TypeName, at: usize) -> Option<u32> {
    ty.arguments.get(at)?.trim().parse().ok()
}

/// Whether PostgreSQL writes the table anew. `utc`: the session's time zone is UTC by the script's own word.
///
/// Rewrites are left out where the old value is the new one bit by bit (`pg_cast.castmethod = 'b'`, or a length that only grows).
#[must_use]
pub(super) fn postgres_change(old: &TypeName, new: &TypeName, utc: bool) -> Change {
    if old == new {
        return Change::Nothing;
    }
    if old.array != new.array || (old.array && old.name != new.name) {
        return Change::Rewrites;
    }
    let text = |ty: &TypeName| ty.name == "varchar" || ty.name == "text";
    let fits = match (old.name.as_str(), new.name.as_str()) {
        _ if text(old) && text(new) => match (number(old, 0), number(new, 0)) {
            (_, None) => true,
            (Some(before), Some(after)) => after >= before,
            (None, Some(_)) => false,
        },
        ("numeric", "numeric") => match (number(old, 0), number(new, 0)) {
            (_, None) => true,
            (Some(before), Some(after)) => after >= before && number(old, 1).unwrap_or(0) == number(new, 1).unwrap_or(0),
            (None, Some(_)) => false,
        },
        ("varbit", "varbit") => match (number(old, 0), number(new, 0)) {
            (_, None) => true,
            (Some(before), Some(after)) => after >= before,
            (None, Some(_)) => false,
        },
        ("timestamp", "timestamp")
        | ("timestamptz", "timestamptz")
        | ("time", "time")
        | ("timetz", "timetz")
        | ("interval", "interval") => number(new, 0).unwrap_or(6) >= number(old, 0).unwrap_or(6),
        ("timestamp", "timestamptz") | ("timestamptz", "timestamp") => {
            utc && number(new, 0).unwrap_or(6) >= number(old, 0).unwrap_or(6)
        }
        ("cidr", "inet") | ("xml", "text" | "varchar") | ("integer", "oid") | ("oid", "integer") => new.arguments.is_empty(),
        _ => false,
    };
    if fits { Change::Nothing } else { Change::Rewrites }
}

/// How many bytes, digits or characters a type holds, within its family; `None` where it is of none.
fn measure(ty: &TypeName) -> Option<(&'static str, u64)> {
    let length = number(ty, 0).map_or(u64::MAX, u64::from);
    Some(match ty.name.as_str() {
        "tinyint" => ("integer", 1),
        "smallint" | "smallserial" => ("integer", 2),
        "mediumint" => ("integer", 3),
        "integer" | "int" | "serial" => ("integer", 4),
        "bigint" | "bigserial" => ("integer", 8),
        "real" | "float" => ("float", 4),
        "double precision" | "double" => ("float", 8),
        "varchar" => ("text", length),
        "char" => ("text", number(ty, 0).map_or(1, u64::from)),
        "tinytext" => ("text", 255),
        "text" if ty.arguments.is_empty() => ("text", u64::MAX - 2),
        "mediumtext" => ("text", u64::MAX - 1),
        "longtext" => ("text", u64::MAX),
        "varbinary" => ("bytes", length),
        "binary" => ("bytes", number(ty, 0).map_or(1, u64::from)),
        "tinyblob" => ("bytes", 255),
        "blob" => ("bytes", u64::MAX - 2),
        "mediumblob" => ("bytes", u64::MAX - 1),
        "longblob" => ("bytes", u64::MAX),
        "date" => ("time", 1),
        "datetime" | "timestamp" | "timestamptz" => ("time", 2),
        _ => return None,
    })
}

/// Why values that fit the old type may not fit the new one, as a clause; `None` where all do, or nobody knows.
#[must_use]
pub(super) fn narrows(old: &TypeName, new: &TypeName) -> Option<String> {
    let why = || Some(format!("what fits `{}` does not always fit `{}`", show(old), show(new)));
    if old == new {
        return None;
    }
    if old.array != new.array {
        return why();
    }
    if matches!(old.name.as_str(), "numeric" | "decimal") && matches!(new.name.as_str(), "numeric" | "decimal") {
        let scale = |ty: &TypeName| number(ty, 1).unwrap_or(0);
        let whole = |ty: &TypeName| number(ty, 0).map_or(u32::MAX, |precision| precision.saturating_sub(scale(ty)));
        let unlimited = |ty: &TypeName| ty.arguments.is_empty() && ty.name == "numeric";
        let smaller = whole(new) < whole(old) || (scale(new) < scale(old)) || (unlimited(old) && !unlimited(new));
        return if smaller && !unlimited(new) { why() } else { None };
    }
    if matches!((old.name.as_str(), new.name.as_str()), ("enum", "enum") | ("set", "set")) {
        let gone: Vec<&str> =
            old.arguments.iter().filter(|value| !new.arguments.contains(value)).map(String::as_str).take(5).collect();
        return if gone.is_empty() { None } else { Some(format!("the values {} are no longer allowed", gone.join(", "))) };
    }
    match (measure(old), measure(new)) {
        (Some((family, before)), Some((other, after))) if family == other => {
            if after < before
                || (family == "integer" && old.unsigned && !new.unsigned && after <= before)
                || (family == "integer" && !old.unsigned && new.unsigned)
            {
                why()
            } else {
                None
            }
        }
        (Some(("integer", before)), _) if matches!(new.name.as_str(), "numeric" | "decimal") => {
            let digits = match before {
                1 => 3,
                2 => 5,
                3 => 8,
                4 => 10,
                _ => 20,
            };
            let whole = number(new, 0).map(|precision| precision.saturating_sub(number(new, 1).unwrap_or(0)));
            if whole.is_some_and(|whole| whole < digits) { why() } else { None }
        }
        // Whatever is written as text has room in an unlimited one.
        (_, Some(("text", room))) if room >= u64::MAX - 2 => None,
        (Some(("integer", 1..=4)), Some(("float", 8))) => None,
        (Some(_), Some(_)) => why(),
        (Some(_), None) | (None, Some(_)) if matches!(old.name.as_str(), "numeric" | "decimal" | "json" | "jsonb" | "enum") => {
            why()
        }
        _ => None,
    }
}

/// Whether a reader of the old type may stumble over the new one: another family.
#[must_use]
pub(super) fn other_family(old: &TypeName, new: &TypeName) -> bool {
    let family = |ty: &TypeName| match (measure(ty), ty.name.as_str()) {
        (Some((family, _)), _) => family.to_owned(),
        (None, "numeric" | "decimal") => "decimal".to_owned(),
        (None, "json" | "jsonb") => "json".to_owned(),
        (None, name) => name.to_owned(),
    };
    old.array != new.array || family(old) != family(new)
}

/// A type as it would be written.
#[must_use]
pub(super) fn show(ty: &TypeName) -> String {
    use super::hit::shown;
    let mut text = shown(&ty.name);
    if !ty.arguments.is_empty() {
        let quote = matches!(ty.name.as_str(), "enum" | "set");
        let argument =
            |argument: &String| if quote { format!("'{}'", shown(argument).replace('\'', "''")) } else { shown(argument) };
        let arguments: Vec<String> = ty.arguments.iter().take(20).map(argument).collect();
        text = format!("{text}({})", arguments.join(if quote { "," } else { ", " }));
    }
    if ty.unsigned {
        text.push_str(" unsigned");
    }
    if ty.array {
        text.push_str("[]");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_s_word_for_a_type_is_read() {
        assert_eq!(show(&of_record("character varying(20)")), "varchar(20)");
        assert_eq!(show(&of_record("timestamp(3) without time zone")), "timestamp(3)");
        assert_eq!(show(&of_record("numeric(10,2)")), "numeric(10, 2)");
        assert_eq!(show(&of_record("bigint(20) unsigned")), "bigint(20) unsigned");
        assert_eq!(show(&of_record("enum('a','b''c','d,e')")), "enum('a','b''c','d,e')");
        assert_eq!(show(&of_record("text[]")), "text[]");
        assert_eq!(show(&of_record("double precision")), "double precision");
    }

    /// What PostgreSQL 15 does, as its file nodes show.
    #[test]
    fn what_postgres_writes_anew() {
        let cases = [
            ("varchar(10)", "varchar(20)", Change::Nothing),
            ("varchar(10)", "varchar(5)", Change::Rewrites),
            ("varchar(10)", "text", Change::Nothing),
            ("text", "varchar(10)", Change::Rewrites),
            ("text", "varchar", Change::Nothing),
            ("varchar(10)", "char(10)", Change::Rewrites),
            ("integer", "bigint", Change::Rewrites),
            ("numeric(10,2)", "numeric(12,2)", Change::Nothing),
            ("numeric(10,2)", "numeric(12,3)", Change::Rewrites),
            ("numeric(10,2)", "numeric", Change::Nothing),
            ("timestamp", "timestamp(3)", Change::Rewrites),
            ("timestamp(3)", "timestamp(6)", Change::Nothing),
            ("timestamp(3)", "timestamp", Change::Nothing),
            ("timestamp", "timestamptz", Change::Rewrites),
            ("json", "jsonb", Change::Rewrites),
            ("inet", "cidr", Change::Rewrites),
            ("cidr", "inet", Change::Nothing),
            ("varbit(3)", "varbit(9)", Change::Nothing),
            ("bit(3)", "bit(9)", Change::Rewrites),
            ("interval(3)", "interval(6)", Change::Nothing),
            ("oid", "integer", Change::Nothing),
            ("integer", "oid", Change::Nothing),
            ("xml", "text", Change::Nothing),
        ];
        for (old, new, change) in cases {
            assert_eq!(postgres_change(&of_record(old), &of_record(new), false), change, "{old} to {new}");
        }
        assert_eq!(postgres_change(&of_record("timestamp"), &of_record("timestamptz"), true), Change::Nothing);
    }

    #[test]
    fn what_does_not_fit_any_more() {
        for (old, new, narrow) in [
            ("bigint", "integer", true),
            ("integer", "bigint", false),
            ("varchar(20)", "varchar(10)", true),
            ("varchar(20)", "text", false),
            ("text", "varchar(10)", true),
            ("numeric(10,2)", "numeric(10,4)", true),
            ("numeric(10,2)", "numeric(12,4)", false),
            ("numeric(10,4)", "numeric(12,2)", true),
            ("integer", "numeric(8,2)", true),
            ("integer", "text", false),
            ("text", "integer", true),
            ("int", "int unsigned", true),
            ("int unsigned", "int", true),
            ("int unsigned", "bigint", false),
            ("enum('a','b')", "enum('a')", true),
            ("enum('a','b')", "enum('a','b','c')", false),
            ("timestamptz", "date", true),
            ("date", "timestamptz", false),
            ("double precision", "real", true),
            ("mediumtext", "text", true),
        ] {
            assert_eq!(narrows(&of_record(old), &of_record(new)).is_some(), narrow, "{old} to {new}");
        }
    }
}
