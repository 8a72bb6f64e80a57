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
