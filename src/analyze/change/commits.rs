//! What a commit message says.

use super::raw::RawCommit;
use super::trailers::split;
use crate::facts::{Commit, Header};

/// Understands one commit. An empty message gives an empty subject, body and list of trailers.
pub(super) fn commit(raw: &RawCommit) -> Commit {
    let message = split(&raw.message);
    Commit {
        id: raw.id.clone(),
        author: raw.author.clone(),
        committer: raw.committer.clone(),
        authored_at: raw.authored_at,
        committed_at: raw.committed_at,
        conventional: header(&message.subject, &raw.message),
        subject: message.subject,
        body: message.body,
        trailers: message.trailers,
        signed: raw.signed,
        merge: raw.parents.len() > 1,
    }
}

/// The conventional-commit header of the subject; `None` when the subject is not one.
///
/// Only the subject decides, so that a careless body does not hide a good header. The type is in lower case, because Conventional
/// Commits 1.0.0 (point 15) says that its case means nothing. A `BREAKING CHANGE:` line counts wherever it stands in the message.
fn header(subject: &str, message: &str) -> Option<Header> {
    let parsed = git_conventional::Commit::parse(subject).ok()?;
    let noted =
        || message.lines().skip(1).any(|line| line.starts_with("BREAKING CHANGE:") || line.starts_with("BREAKING-CHANGE:"));
    Some(Header {
        kind: parsed.type_().as_str().to_lowercase(),
        scope: parsed.scope().map(|scope| scope.as_str().to_owned()),
        breaking: parsed.breaking() || noted(),
        description: parsed.description().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(message: &str) -> Option<Header> {
        header(&split(message).subject, message)
    }

    #[test]
    fn a_conventional_subject_has_a_header() {
        let it = of("Feat(pay)!: take cards\n\nbody").expect("a header");
        assert_eq!((it.kind.as_str(), it.scope.as_deref(), it.breaking), ("feat", Some("pay"), true));
        assert_eq!(it.description, "take cards");
    }

    #[test]
    fn a_body_without_a_blank_line_does_not_hide_the_header() {
        assert_eq!(of("fix: a\nand more").map(|it| it.kind), Some("fix".to_owned()));
    }

    #[test]
    fn a_breaking_footer_makes_it_breaking() {
        assert!(of("fix: a\n\nBREAKING CHANGE: b is gone").is_some_and(|it| it.breaking));
        assert!(of("fix: a\n\nno breaking change").is_some_and(|it| !it.breaking));
    }

    #[test]
    fn other_subjects_have_none() {
        for message in ["", "Add a thing", "fix a: b", ": a", "feat:", "Merge branch 'a'", "\u{0}\u{feff}"] {
            assert_eq!(of(message), None, "{message:?}");
        }
    }
}
