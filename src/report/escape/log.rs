//! Text on its way into the log of a CI system, which obeys some lines that a program prints.
//!
//! GitHub's runner takes a line that begins with `::`, after any white space, and `##[` anywhere in a line (actions/runner,
//! `ActionCommand.cs`); Azure Pipelines takes `##vso[` and `##[`, `TeamCity` `##teamcity[`. A report may be printed there, and how its
//! lines are broken is known only when it is laid out: these functions see whole reports.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::is_hidden;

/// What follows `##` in a command.
const COMMANDS: [&str; 3] = ["[", "vso[", "teamcity["];

/// Plain text: the character that makes a command is written as `\u{3a}` or `\u{23}`.
#[must_use]
pub fn log_text(text: &str) -> Cow<'_, str> {
    disarm(text, "\\u{3a}", "\\u{23}")
}

/// XML, HTML and Markdown: the character is written as a reference.
#[must_use]
pub fn log_markup(text: &str) -> Cow<'_, str> {
    disarm(text, "&#58;", "&#35;")
}

/// JSON that is already written: hidden characters and commands inside its strings become `\uXXXX`, which every reader takes for
/// the same text. Outside strings JSON has neither.
#[must_use]
pub fn log_json(text: &str) -> Cow<'_, str> {
    let text = disarm(text, "\\u003a", "\\u0023");
    let hidden = |c: char| is_hidden(c) && c != '\n';
    if !text.contains(hidden) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

fn disarm<'a>(text: &'a str, colon: &str, hash: &str) -> Cow<'a, str> {
    if !text.contains("::") && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        let (indent, rest) = line.split_at(indent(line));
        out.push_str(indent);
        let rest = match rest.strip_prefix("::") {
            Some(rest) => {
                out.push_str(colon);
                out.push(':');
                rest
            }
            None => rest,
        };
        let mut rest = rest;
        while let Some(at) = rest.find("##") {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            out.push('#');
            let after = &from[2..];
            rest = &from[1..];
            if COMMANDS.iter().any(|command| after.starts_with(command)) {
                out.push_str(hash);
                rest = after;
            }
        }
        out.push_str(rest);
    }
    Cow::Owned(out)
}

/// How many bytes of white space and of kadian's own colours a line begins with: colour must not change what it says.
fn indent(line: &str) -> usize {
    let mut rest = line;
    loop {
        let trimmed = rest.trim_start();
        let colour =
            trimmed.strip_prefix("\u{1b}[").map(|code| code.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';'));
        match colour.and_then(|code| code.strip_prefix('m')) {
            Some(after) => rest = after,
            None => return line.len() - trimmed.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_a_log_obeys_are_disarmed() {
        assert_eq!(log_text("::error::x\n  ::add-mask::y\na ::b::c"), "\\u{3a}:error::x\n  \\u{3a}:add-mask::y\na ::b::c");
        assert_eq!(log_text("\u{1b}[1;31m ::error::x"), "\u{1b}[1;31m \\u{3a}:error::x");
        assert_eq!(log_text("a ##[error]b ###vso[x] ##teamcity[y]"), "a #\\u{23}[error]b ##\\u{23}vso[x] #\\u{23}teamcity[y]");
        assert_eq!(log_markup("<a>\n::error::x ##[group]</a>"), "<a>\n&#58;:error::x #&#35;[group]</a>");
    }

    #[test]
    fn everything_else_stays() {
        for text in ["", "# a\n## b\n### [c](d)\n", "std::fs::read\n :x\n", "{\"a\": \"b::c\"}\n", "##", "::"] {
            let wanted = if text == "::" { "\\u{3a}:" } else { text };
            assert_eq!(log_text(text), wanted);
        }
    }

    #[test]
    fn json_says_the_same_to_its_readers() {
        let value = serde_json::json!({"a\u{202e}": "##[set-output name=x;]y \u{9b}31m \u{e0001} 付款\n::x"});
        let text = serde_json::to_string_pretty(&value).unwrap();
        let safe = log_json(&text);
        assert!(!safe.contains("##[") && !safe.contains(|c: char| is_hidden(c) && c != '\n'), "{safe}");
        assert!(safe.contains("付款") && safe.contains("\\udb40\\udc01"), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
