//! Makes text that someone else wrote harmless: one function per target.
//!
//! Names of tests, paths and messages reach the reports as they were written, by whoever wrote the change. None of them may move
//! the cursor, hide text, open a tag, call a person or link anywhere.

mod log;
mod markdown;

use std::fmt::Write as _;

pub use log::{log_json, log_markup, log_text};
pub use markdown::{code_span, markdown};

/// Whether a character changes how text looks without being seen itself: control characters (newline and tab included), the
/// direction marks and overrides of "Trojan Source" (CVE-2021-42574), zero-width characters, line separators, and noncharacters.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xfffe == 0xfffe
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Writes hidden characters as `\u{1b}`, except newline and tab. The base of every other function here but [`uri_path`].
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) && c != '\n' && c != '\t' {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// One line for a terminal: hidden characters are visible, and every run of spaces, tabs and line ends is one space.
#[must_use]
pub fn terminal(text: &str) -> String {
    let seen = visible(&text.replace("\r\n", "\n"));
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text between XML tags. What XML 1.0 (section 2.2) cannot hold is hidden, so it is written as `\u{0}`; newlines stay.
#[must_use]
pub fn xml_text(text: &str) -> String {
    visible(&text.replace("\r\n", "\n")).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The value of an XML attribute, without its quotes, on one line.
#[must_use]
pub fn xml_attribute(text: &str) -> String {
    xml_text(&terminal(text)).replace('"', "&quot;").replace('\'', "&apos;")
}

/// A plain-text message of SARIF 2.1.0 without arguments.
///
/// Braces are doubled, as section 3.11.5 asks, so that `{0}` is no placeholder. Where the text could hold an embedded link
/// (section 3.11.6), its brackets and backslashes get a backslash; otherwise they stay, because few viewers take it away again.
#[must_use]
pub fn sarif_message(text: &str) -> String {
    let seen = visible(&text.replace("\r\n", "\n"));
    let link = seen.contains("](");
    let mut out = String::with_capacity(seen.len());
    for c in seen.chars() {
        match c {
            '{' => out.push_str("{{"),
            '}' => out.push_str("}}"),
            '[' | ']' | '\\' if link => {
                out.push('\\');
                out.push(c);
            }
            other => out.push(other),
        }
    }
    out
}

/// A path in the repository as a relative URI reference (RFC 3986, section 4.2): everything but unreserved characters and `/`
/// is percent-encoded. `None` for what names no place below the root: an empty or absolute path, or `.`, `..` or nothing between
/// two slashes.
#[must_use]
pub fn uri_path(path: &str) -> Option<String> {
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return None;
    }
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_sees_escapes_instead_of_obeying_them() {
        assert_eq!(terminal("a\u{1b}[31mred\u{9b}1m\r\nb\tc\rd"), "a\\u{1b}[31mred\\u{9b}1m b c\\u{d}d");
        assert_eq!(
            terminal("user\u{202e}gnp.exe \u{2066}x\u{200b}\u{feff}"),
            "user\\u{202e}gnp.exe \\u{2066}x\\u{200b}\\u{feff}"
        );
        assert_eq!(terminal("  付款 服务\n失败 "), "付款 服务 失败");
    }

    #[test]
    fn xml_holds_only_what_xml_may_hold() {
        assert_eq!(xml_text("a<b>&]]>\u{0}\u{ffff}\n"), "a&lt;b&gt;&amp;]]&gt;\\u{0}\\u{ffff}\n");
        assert_eq!(xml_attribute("\"x'\ny\""), "&quot;x&apos; y&quot;");
    }

    #[test]
    fn sarif_messages_have_neither_links_nor_placeholders() {
        assert_eq!(sarif_message("a[0] is {0}"), "a[0] is {{0}}");
        assert_eq!(sarif_message("[click](http://evil) \\"), "\\[click\\](http://evil) \\\\");
    }

    #[test]
    fn a_path_becomes_a_relative_reference_or_nothing() {
        assert_eq!(uri_path("src/a b#1?.py").as_deref(), Some("src/a%20b%231%3F.py"));
        assert_eq!(uri_path("支付/付款.py").as_deref(), Some("%E6%94%AF%E4%BB%98/%E4%BB%98%E6%AC%BE.py"));
        assert_eq!(uri_path("javascript:alert(1)").as_deref(), Some("javascript%3Aalert%281%29"));
        for bad in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a/"] {
            assert_eq!(uri_path(bad), None, "{bad}");
        }
    }
}
