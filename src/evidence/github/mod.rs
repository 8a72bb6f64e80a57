//! What GitHub answered about a pull request, `kadian.github/v1`: the recorded responses to the requests that kadian sends.
//!
//! Sources: docs.github.com, "REST API endpoints for pull requests", "... pull request reviews", "... repositories", "... team members",
//! "... check runs", "... commit statuses", "... deployments", "... issue comments".

mod answers;
mod payload;
mod people;
mod read;
#[cfg(test)]
mod tests;

use std::io::BufRead;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::document::{read_document, refuse_schema};
use super::text::contains;
use super::{Format, ReadError, Reader, ReviewReport};
use crate::facts::{Kind, Permission};

/// The document's schema.
pub const SCHEMA: &str = "kadian.github/v1";

pub(super) const FORMAT: Format = Format {
    name: "github",
    kind: Kind::Review,
    // Nobody writes it by hand, and a file that lies about must not speak for GitHub.
    conventional: &[],
    recognises: |_, head| contains(head, SCHEMA),
    read: Reader::Review(read_file),
};

/// What an account may do, as the answer to `/repos/OWNER/NAME/collaborators/LOGIN/permission` says.
///
/// # Errors
/// An answer of another shape, and a permission that nobody knows.
pub fn permission(body: &Value) -> Result<Permission, ReadError> {
    people::permission_in(body)
}

/// The document as it stands in a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    #[expect(dead_code, reason = "the document says where the answers come from; nothing is judged by it")]
    api: String,
    /// `owner/name`.
    repository: String,
    pull_request: u64,
    head: String,
    #[expect(dead_code, reason = "the document says when it was made; reviews carry their own times")]
    collected_at: Timestamp,
    answers: Vec<Answer>,
    #[serde(default)]
    unanswered: Vec<Unanswered>,
}

/// One response.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    path: String,
    #[serde(default)]
    query: String,
    status: u16,
    #[serde(default)]
    body: Value,
    /// The page after this one, null for the last; absent where the recording does not say.
    #[serde(default)]
    next: Next,
}

/// A request without a usable answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unanswered {
    path: String,
    #[serde(default)]
    #[expect(dead_code, reason = "the path says enough")]
    query: String,
    reason: String,
}

/// What a recording says of the pages after one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Next {
    #[default]
    Unsaid,
    None,
    Page(u64),
}

impl<'de> Deserialize<'de> for Next {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Next, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map_or(Next::None, Next::Page))
    }
}

/// Reads a recording.
///
/// The pull request, its reviews and its commits have to be there, whole and with status 200; every other answer may be absent, which the
/// record says. A list whose pages are not all there is an error, and so is an answer that is not what GitHub documents where it
/// matters: an account, a state, a commit, a time.
fn read_file(input: &mut dyn BufRead) -> Result<ReviewReport, ReadError> {
    let document: Document = read_document(input)?;
    refuse_schema(&document.schema, SCHEMA)?;
    read::report(&document)
}
