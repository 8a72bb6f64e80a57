//! One HTML page that needs nothing else: no script, no font, no image, no address. The verdict first, then its reasons, the
//! pictures, and how it came about.
//!
//! Everything that someone else wrote goes through [`text`], [`lines`] or [`code`]. The content security policy of the page allows
//! its own style sheet, known by its digest, and nothing else, so that what an escape might miss would still do nothing. Tags are
//! closed as in XML, so that any XML reader can check the page.

mod charts;
mod context;
mod findings;
mod plot;
mod verdict;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::escape::{terminal, visible, xml_attribute, xml_text};
use super::summary::{self, Groups};
use crate::decide::Decision;

/// The style sheet. It must hold neither `<` nor `&`, and no line that begins with a colon, which the way into a log would change.
const STYLE: &str = include_str!("style.css");

/// A longer text belongs into the decision record.
const MOST_OF_A_TEXT: usize = 4_000;
/// Findings, and as many entries of any other list, that the page names; the rest is counted.
const MOST_ENTRIES: usize = 5_000;
/// Once the findings take so many bytes, the others are only counted: a browser has to open the page.
const MOST_BYTES: usize = 16 << 20;

/// Writes the decision as a page of at most some 16 MB and 5,000 findings; what is left out is counted.
pub(super) fn render(decision: &Decision) -> String {
    let groups = Groups::of(decision);
    let title = format!("{}: {}", decision.verdict.word().to_uppercase(), summary::subject(decision));
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src &apos;none&apos;; style-src &apos;sha256-{}&apos;; \
         base-uri &apos;none&apos;; form-action &apos;none&apos;\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n\
         <meta name=\"referrer\" content=\"no-referrer\"/>\n<title>{} - kadian</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        base64(&Sha256::digest(STYLE)),
        plain(&title),
    );
    page.push_str(&verdict::header(decision, &groups));
    page.push_str("<main>\n");
    page.push_str(&findings::sections(decision, &groups, &charts::of(&decision.charts)));
    page.push_str(&context::sections(decision));
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// One line of text between tags, where other elements may stand.
fn text(text: &str) -> String {
    isolated(plain(text))
}

/// One line of text where nothing but text may stand.
fn plain(text: &str) -> String {
    xml_text(&limited(&terminal(text)))
}

/// Text that holds letters written from right to left must not turn around what stands beside it (Unicode Annex 9).
fn isolated(text: String) -> String {
    let turns = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}');
    if text.contains(turns) { format!("<bdi>{text}</bdi>") } else { text }
}

/// Text between tags that keeps its lines, but no more than one empty line in a row.
fn lines(text: &str) -> String {
    let text = visible(&limited(text).replace("\r\n", "\n"));
    let mut out = String::new();
    let mut empty = 2;
    for line in text.lines().map(terminal) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            let _ = write!(out, "{}{}", if out.is_empty() { "" } else { "\n" }, xml_text(&line));
        }
    }
    out.truncate(out.trim_end().len());
    isolated(out)
}

/// One line of text as code: ids, paths, digests.
fn code(inner: &str) -> String {
    format!("<code>{}</code>", plain(inner))
}

/// A digest by its first digits, whole when one points at it.
fn digest(digest: &str) -> String {
    let short: String = digest.chars().take(12).collect();
    format!("<code title=\"{}\">{}</code>", xml_attribute(&limited(digest)), plain(&short))
}

/// Cut to what a page can bear.
fn limited(text: &str) -> String {
    let left = text.chars().count().saturating_sub(MOST_OF_A_TEXT);
    if left == 0 {
        return text.to_owned();
    }
    text.chars().take(MOST_OF_A_TEXT).chain(format!("… ({left} more characters)").chars()).collect()
}

/// The first entries of a list, written by `write`, and a last one that counts the rest.
fn some<T>(entries: impl IntoIterator<Item = T>, mut write: impl FnMut(T) -> String, rest: impl Fn(usize) -> String) -> String {
    let mut entries = entries.into_iter();
    let mut out: String = entries.by_ref().take(MOST_ENTRIES).map(&mut write).collect();
    if let left @ 1.. = entries.count() {
        out.push_str(&rest(left));
    }
    out
}

/// List items, the rest counted.
fn items<T>(entries: impl IntoIterator<Item = T>, mut inner: impl FnMut(T) -> String) -> String {
    some(entries, |entry| format!("<li>{}</li>\n", inner(entry)), |left| format!("<li>… and {left} more</li>\n"))
}

/// A section with its heading; nothing without a body. `id` and `title` are kadian's own words.
fn section(id: &str, title: &str, body: &str) -> String {
    if body.is_empty() {
        return String::new();
    }
    format!("<section id=\"{id}\" aria-labelledby=\"{id}-h\">\n<h2 id=\"{id}-h\">{title}</h2>\n{body}</section>\n")
}

/// A folded section, which opens without a script; nothing without a body.
fn folded(id: &str, title: &str, open: bool, body: &str) -> String {
    if body.is_empty() {
        return String::new();
    }
    let open = if open { " open=\"open\"" } else { "" };
    format!("<details id=\"{id}\"{open}>\n<summary><h2>{title}</h2></summary>\n{body}</details>\n")
}

/// Base64 with padding (RFC 4648, section 4), as a content security policy writes a digest.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().chain([&0, &0]).take(3).fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        for place in 0..4 {
            let letter = usize::try_from(bits >> (18 - 6 * place) & 63).ok().and_then(|at| LETTERS.get(at));
            out.push(if place <= group.len() { letter.map_or('=', |letter| char::from(*letter)) } else { '=' });
        }
    }
    out
}
