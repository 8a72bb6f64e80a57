//! Fingerprints: what stays of a finding when the lines around it come and go.

use sha2::{Digest as _, Sha256};

use super::lines::{Lines, Surrounded};
use crate::evidence::ScanView;

/// What tells a finding from others of its rule in its file.
pub(super) enum Body<'a> {
    /// The tool's own fingerprint.
    Tool(&'a str),
    /// The text of its line and of the lines around it.
    Line(Surrounded),
    /// Its message, each number as one mark: tools put line numbers and counts into it.
    Message(String),
}

impl<'a> Body<'a> {
    /// The best that there is: what the tool says, else the line in the file, else the message.
    pub(super) fn of(result: &ScanView<'a>, line: Option<u32>, text: Option<&Lines>) -> Body<'a> {
        if let Some(own) = result.fingerprint {
            return Body::Tool(own);
        }
        let surrounded = line.zip(text).and_then(|(line, text)| text.surrounded(line));
        surrounded.map_or_else(|| Body::Message(without_numbers(result.message)), Body::Line)
    }
}

/// SHA-256 of tool, rule, path and body.
///
/// A tool's fingerprint alone is not enough for a baseline: most are hashes of the line's text, which another rule or another
/// file shares, so that a new finding would count as an old one.
pub(super) fn digest(result: &ScanView<'_>, path: Option<&str>, body: &Body<'_>) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    add(result.tool.as_bytes());
    add(result.rule.as_bytes());
    add(path.unwrap_or_default().as_bytes());
    match body {
        Body::Tool(own) => {
            add(b"tool");
            add(own.as_bytes());
        }
        Body::Line(surrounded) => {
            add(b"line");
            add(&surrounded.line);
            add(&surrounded.before);
            add(&surrounded.after);
        }
        Body::Message(text) => {
            add(b"message");
            add(text.as_bytes());
        }
    }
    hash.finalize().into()
}

/// The fingerprint of the finding that is the `repeated`th of equal ones in its file, counted from 0: one more of them is new.
pub(super) fn fingerprint(digest: [u8; 32], repeated: u64) -> String {
    if repeated == 0 {
        return hexadecimal(digest);
    }
    let mut hash = Sha256::new();
    hash.update(digest);
    hash.update(repeated.to_be_bytes());
    hexadecimal(hash.finalize().into())
}

fn without_numbers(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    let mut in_number = false;
    for c in message.chars() {
        if !c.is_ascii_digit() {
            text.push(c);
        } else if !in_number {
            text.push('#');
        }
        in_number = c.is_ascii_digit();
    }
    text
}

fn hexadecimal(digest: [u8; 32]) -> String {
    use std::fmt::Write as _;
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
