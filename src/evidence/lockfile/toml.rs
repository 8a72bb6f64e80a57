//! The tables of a TOML lock file, with their lines.
//!
//! Reads what tools write: tables, and keys with values that may span lines. Values stay text until somebody asks for one. It is
//! strict about the structure, so that a damaged file is an error and not a shorter list.

use super::{ReadError, at, text};

/// A table, or one element of an array of tables.
pub(super) struct Table {
    /// As it stands between the brackets, for example `package` or `package.source`.
    pub name: String,
    /// Whether it stands between double brackets.
    pub element: bool,
    /// The line of its header.
    pub line: u32,
    values: Vec<(String, String)>,
}

impl Table {
    /// The value of a key as it stands in the file.
    pub(super) fn raw(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The value of a key that is a plain string.
    pub(super) fn string(&self, key: &str) -> Option<String> {
        self.raw(key).and_then(string)
    }

    /// The same, where the entry is worth nothing without it.
    pub(super) fn required(&self, key: &str) -> Result<String, ReadError> {
        self.string(key).ok_or_else(|| at(self.line, format!("[[{}]] has no `{key}`; write the lock file anew", self.name)))
    }
}

/// A string in one pair of quotes.
pub(super) fn string(raw: &str) -> Option<String> {
    if let Some(literal) = raw.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return Some(literal.to_owned());
    }
    let basic = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))?;
    let (mut plain, mut escaped) = (String::with_capacity(basic.len()), false);
    for c in basic.chars() {
        match c {
            '\\' if !escaped => escaped = true,
            c => {
                plain.push(c);
                escaped = false;
            }
        }
    }
    Some(plain)
}

/// The tables in their order; keys before the first header are left out.
pub(super) fn tables(bytes: &[u8]) -> Result<Vec<Table>, ReadError> {
    let mut tables: Vec<Table> = Vec::new();
    let mut lines = (1_u32..).zip(text(bytes)?.lines());
    while let Some((number, line)) = lines.next() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if trimmed.starts_with('[') {
            tables.push(header(number, trimmed)?);
            continue;
        }
        let Some((key, start)) = pair(trimmed) else {
            return Err(at(number, "expected a `[table]` or `key = value`; is this an unresolved conflict?"));
        };
        let mut value = Value::default();
        value.line(start);
        while !value.is_whole() {
            let Some((_, line)) = lines.next() else {
                return Err(at(number, format!("the value of `{key}` does not end")));
            };
            value.line(line);
        }
        if let Some(table) = tables.last_mut() {
            table.values.push((key.to_owned(), value.text.trim().to_owned()));
        }
    }
    Ok(tables)
}

/// The key of a line, without quotes around it, and what follows its `=`.
fn pair(line: &str) -> Option<(&str, &str)> {
    let quote = line.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (key, rest) = if let Some(quote) = quote {
        line[1..].split_once(quote)?
    } else {
        let end = line.find(|c: char| !c.is_alphanumeric() && !"_-.\"' ".contains(c))?;
        (line[..end].trim(), &line[end..])
    };
    rest.trim_start().strip_prefix('=').filter(|_| !key.is_empty()).map(|value| (key, value))
}

fn header(line: u32, text: &str) -> Result<Table, ReadError> {
    // A quoted part of a header may hold `#`, which is rare enough in lock files to be told by the bracket that ends it.
    let text = text.rsplit_once(" #").map_or(text, |(header, _)| header).trim_end();
    let element = text.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]"));
    let name = element.or_else(|| text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')));
    let name = name.map(str::trim).filter(|name| !name.is_empty() && !name.starts_with('[') && !name.ends_with(']'));
    let name = name.ok_or_else(|| at(line, "expected a table header such as `[[package]]`"))?;
    Ok(Table { name: name.to_owned(), element: element.is_some(), line, values: Vec::new() })
}

/// A value that may go on over several lines.
#[derive(Default)]
struct Value {
    text: String,
    depth: usize,
    /// The quotes that are open: one or three of them.
    quote: Option<&'static str>,
}

impl Value {
    fn is_whole(&self) -> bool {
        // A string in one pair of quotes ends with its line, at the latest; only three quotes go on.
        self.depth == 0 && self.quote.is_none_or(|quote| quote.len() == 1)
    }

    fn line(&mut self, line: &str) {
        let plain = line.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        if self.text.is_empty() && plain.is_some_and(|inner| !inner.contains(['"', '\\'])) {
            // Nearly every value is a string on one line: nothing to look for in it.
            self.text.push_str(line.trim());
            return;
        }
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let mut taken = c.len_utf8();
            match self.quote {
                Some(quote) if rest.starts_with(quote) => {
                    taken = quote.len();
                    self.quote = None;
                }
                Some(quote) if quote.starts_with('"') && c == '\\' => {
                    taken += rest.chars().nth(1).map_or(0, char::len_utf8);
                }
                Some(_) => {}
                None if c == '#' => break,
                None => {
                    self.quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| rest.starts_with(quote));
                    taken = self.quote.map_or(taken, str::len);
                    match c {
                        '[' | '{' => self.depth += 1,
                        ']' | '}' => self.depth = self.depth.saturating_sub(1),
                        _ => {}
                    }
                }
            }
            self.text.push_str(&rest[..taken]);
            rest = &rest[taken..];
        }
        if self.quote.is_some_and(|quote| quote.len() == 1) {
            self.quote = None;
        }
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_know_their_lines_and_values() {
        let text = "# c\nversion = 1\n[[package]]\nname = \"a\\\"b\" # why\nlist = [\n  \"x]\", # ]\n  \"y\",\n]\n[package.source]\nt = 'l'\nm = \"\"\"\n[no]\n\"\"\"\n";
        let tables = tables(text.as_bytes()).expect("readable");
        let names: Vec<_> = tables.iter().map(|it| (it.name.as_str(), it.element, it.line)).collect();
        assert_eq!(names, [("package", true, 3), ("package.source", false, 9)]);
        assert_eq!(tables[0].string("name").as_deref(), Some("a\"b"));
        assert_eq!(tables[1].string("t").as_deref(), Some("l"));
        assert_eq!(tables[0].string("list"), None);
        assert!(tables[0].required("version").is_err());
    }

    #[test]
    fn quoted_keys_may_hold_anything() {
        let tables = tables(b"[metadata]\n\"checksum a 1.0 (registry+x=y)\" = \"z\"\n").expect("readable");
        assert_eq!(tables[0].string("checksum a 1.0 (registry+x=y)").as_deref(), Some("z"));
    }

    #[test]
    fn damaged_structure_is_an_error_at_its_line() {
        for (text, line) in [
            ("[[package]]\nname\n", 2),
            ("\n[[package]\n", 2),
            ("a = [\n1", 1),
            ("a = \"\"\"\nx", 1),
            ("[]", 1),
            ("<<<<<<< a = b", 1),
        ] {
            let error = tables(text.as_bytes()).err().map(|error| error.to_string()).expect(text);
            assert!(error.starts_with(&format!("line {line}: ")), "{text:?}: {error}");
        }
    }
}
