//! The review file `kadian.review/v1`, JSON or YAML: who proposed a change and who said what about it, for code hosts that
//! kadian cannot ask.
//!
//! JSON ends with its outermost brace, so every cut is seen. What cannot be seen: a YAML file cut right after an approval.

use std::io::BufRead;

use jiff::Timestamp;
use serde::Deserialize;

use super::document::{read_document, refuse_schema};
use super::records::ApprovalRecord;
use super::text::{contains, shown};
use super::{Format, ReadError, Reader, ReviewReport};
use crate::facts::{Kind, ReviewState};

const SCHEMA: &str = "kadian.review/v1";

pub(super) const FORMAT: Format = Format {
    name: "kadian.review",
    kind: Kind::Review,
    conventional: &[
        ".kadian/review.json",
        ".kadian/review.yaml",
        ".kadian/review.yml",
        "kadian-review.json",
        "kadian-review.yaml",
        "kadian-review.yml",
    ],
    recognises: |_, head| contains(head, SCHEMA),
    read: Reader::Review(read),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    author: String,
    approvals: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    by: String,
    at: Timestamp,
    #[serde(default)]
    commit: Option<String>,
    state: ReviewState,
}

/// Reads a review file. Another schema, an unknown key, an empty name, a time without a zone and a commit that is not hexadecimal
/// are errors; an empty list of approvals is known: nobody approved.
fn read(input: &mut dyn BufRead) -> Result<ReviewReport, ReadError> {
    let file: File = read_document(input)?;
    refuse_schema(&file.schema, SCHEMA)?;
    let author = account(&file.author)?;
    let mut approvals = Vec::with_capacity(file.approvals.len());
    for Entry { by, at, commit, state } in file.approvals {
        if let Some(commit) = commit.as_deref().filter(|commit| !is_commit(commit)) {
            let message = format!("commit `{}` of {}: expected 7 to 64 hexadecimal digits", shown(commit), shown(&by));
            return Err(ReadError::whole(message));
        }
        approvals.push(ApprovalRecord { by: account(&by)?, at, commit, state, association: None });
    }
    Ok(ReviewReport { author, approvals, pull_request: None })
}

/// The name without the `@` that people write in front. A character that nobody sees makes one account look like two, so a name
/// with one is refused.
pub(super) fn account(name: &str) -> Result<String, ReadError> {
    /// Letters by their class, blanks by their looks.
    const FILLERS: [char; 4] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}'];
    let account = name.trim().trim_start_matches('@').trim();
    if account.is_empty() {
        return Err(ReadError::whole("`author` and `by` must name an account"));
    }
    if account.chars().any(|c| !(c.is_alphanumeric() || c.is_ascii_graphic() || c == ' ') || FILLERS.contains(&c)) {
        let shown = name.escape_default().take(80).collect::<String>();
        return Err(ReadError::whole(format!("the account `{shown}` holds a character that is no letter, digit or sign")));
    }
    Ok(account.to_owned())
}

pub(super) fn is_commit(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        read(&mut text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_name_is_read_without_its_at_sign_and_with_visible_characters_only() {
        let file = |name: &str| {
            format!(
                r#"{{"schema": "kadian.review/v1", "author": "{name}", "approvals": [{{"by": "{name}", "at": "2026-01-02T03:04:05Z", "state": "approved"}}]}}"#
            )
        };
        let report = read(&mut file(" @dev-1[bot]").as_bytes()).unwrap();
        assert_eq!((report.author.as_str(), report.approvals[0].by.as_str()), ("dev-1[bot]", "dev-1[bot]"));
        assert!(read(&mut file("Jos\u{e9} 王").as_bytes()).is_ok());
        for name in ["z\u{200b}", "z\u{ad}", "z\u{3164}", "z\u{202e}x"] {
            assert!(error(&file(name)).contains("no letter, digit or sign"), "{name:?}");
        }
        assert!(error(&file(" @ ")).contains("must name an account"));
    }

    #[test]
    fn json_and_yaml_say_the_same() {
        let json = r#"{"schema": "kadian.review/v1", "author": "ann", "approvals": [
            {"by": "bob", "at": "2026-01-02T03:04:05Z", "commit": "0123456789abcdef", "state": "approved"},
            {"by": "eve", "at": "2026-01-02T03:04:05+01:00", "state": "CHANGES_REQUESTED"}]}"#;
        let yaml = "schema: kadian.review/v1\nauthor: ann\napprovals:\n\
            - {by: bob, at: \"2026-01-02T03:04:05Z\", commit: \"0123456789abcdef\", state: approved}\n\
            - {by: eve, at: 2026-01-02T02:04:05Z, state: changes_requested}\n";
        let report = read(&mut json.as_bytes()).unwrap();
        assert_eq!(report, read(&mut yaml.as_bytes()).unwrap());
        assert_eq!(report.approvals[1].state, ReviewState::ChangesRequested);
    }

    #[test]
    fn nobody_approved_is_an_answer() {
        assert!(read(&mut "schema: kadian.review/v1\nauthor: ann\napprovals: []\n".as_bytes()).unwrap().approvals.is_empty());
    }

    #[test]
    fn what_is_not_the_schema_is_refused() {
        let with = |more: &str| format!("schema: kadian.review/v1\nauthor: ann\n{more}");
        assert!(error(&with("approvals: []\napprover: x\n")).contains("approver"));
        assert!(error(&with("")).contains("approvals"));
        assert!(error(&with("approvals: [{by: bob, at: 2026-01-02T03:04:05, state: approved}]\n")).contains("line 3"));
        assert!(error(&with("approvals: [{by: bob, at: 2026-01-02T03:04:05Z, state: yes_please}]\n")).contains("yes_please"));
        assert!(
            error(&with("approvals: [{by: bob, at: 2026-01-02T03:04:05Z, state: approved, commit: main}]\n"))
                .contains("hexadecimal")
        );
        assert!(error(&with("approvals: [{by: ' ', at: 2026-01-02T03:04:05Z, state: approved}]\n")).contains("account"));
        assert!(error("schema: kadian.review/v2\nauthor: ann\napprovals: []\n").contains("expected `kadian.review/v1`"));
        assert!(error("").contains("line"), "{}", error(""));
    }

    #[test]
    fn every_cut_of_a_json_file_is_an_error() {
        let text = r#"{"schema": "kadian.review/v1", "author": "ann", "approvals": [{"by": "bob", "at": "2026-01-02T03:04:05Z", "state": "approved"}]}"#;
        for end in 0..text.len() {
            error(&text[..end]);
        }
    }
}
