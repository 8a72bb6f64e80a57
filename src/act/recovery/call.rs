//! What a step does to the world, as data: a program with its arguments, or a request.

use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::Value;

/// One thing that is done, or looked at.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// A program and its arguments, each as the program gets it; no shell sees them.
    Program(Vec<String>),
    Http(HttpCall),
}

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpCall {
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(String, Text)>,
    /// Sent as JSON; a request without one reads.
    pub body: Option<Value>,
    /// The statuses that mean that it was done.
    pub accepts: RangeInclusive<u16>,
}

/// A text that may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    Plain(String),
    /// What an environment variable holds, behind a text; shown as `$NAME`.
    Secret {
        prefix: String,
        name: String,
    },
}

impl Text {
    fn shown(&self) -> String {
        match self {
            Text::Plain(text) => text.clone(),
            Text::Secret { prefix, name } => format!("{prefix}${name}"),
        }
    }
}

/// Something that is looked at, and what it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    pub call: Call,
    pub wants: Wants,
    /// For all of it: after a step it is looked at again until then.
    pub limit: Duration,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Wants {
    Exit(u8),
    Answer {
        status: u16,
        /// A JSON pointer into the answer, and what stands there.
        equals: Option<(String, Value)>,
    },
}

impl Call {
    /// Exactly what is done, in lines; secrets as the names of their variables.
    #[must_use]
    pub fn shown(&self) -> Vec<String> {
        match self {
            Call::Program(arguments) => vec![arguments.iter().map(|argument| quoted(argument)).collect::<Vec<_>>().join(" ")],
            Call::Http(call) => {
                let mut lines = vec![format!("{} {}", call.method, call.url)];
                lines.extend(call.headers.iter().map(|(name, value)| format!("  {name}: {}", value.shown())));
                lines.extend(call.body.as_ref().map(|body| format!("  {body}")));
                lines
            }
        }
    }
}

impl Look {
    /// What is looked at and what it should be, in one line.
    #[must_use]
    pub fn shown(&self) -> String {
        let call = self.call.shown();
        let what = call.first().map_or("", String::as_str);
        match &self.wants {
            Wants::Exit(code) => format!("{what} ends with {code}"),
            Wants::Answer { status, equals: None } => format!("{what} answers {status}"),
            Wants::Answer { status, equals: Some((pointer, value)) } => {
                format!("{what} answers {status} with {value} at {pointer}")
            }
        }
    }
}

/// An argument as a POSIX shell would have to be given it, so that nobody takes two for one: plain words stay as they are, and what
/// cannot be seen is written as in `$'…'`.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    if !argument.chars().any(|c| c.is_control() || c == '\'') {
        return format!("'{argument}'");
    }
    let mut out = String::from("$'");
    for c in argument.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\\' | '\'' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_shown_apart_and_whole() {
        let arguments = ["run", "a b", "", "it's", "x\ny\u{1b}", "$(x)", "--to=1.4.1"].map(str::to_owned).to_vec();
        let shown = Call::Program(arguments).shown();
        assert_eq!(shown, ["run 'a b' '' $'it\\'s' $'x\\ny\\u001b' '$(x)' --to=1.4.1"]);
    }

    #[test]
    fn a_secret_is_shown_as_its_name() {
        let call = HttpCall {
            method: "POST",
            url: "https://ops.example/x".into(),
            headers: vec![("Authorization".into(), Text::Secret { prefix: "Bearer ".into(), name: "TOKEN".into() })],
            body: Some(serde_json::json!({"b": 1, "a": "x"})),
            accepts: 200..=202,
        };
        assert_eq!(
            Call::Http(call).shown(),
            ["POST https://ops.example/x", "  Authorization: Bearer $TOKEN", "  {\"a\":\"x\",\"b\":1}"]
        );
    }
}
