//! The commit that a report says it was made for, in the words of its tool or of whoever ran it.

use super::text::shown;

/// Properties, in lower case, whose value is the commit that was tested; each also with `-` or `.` for `_`.
const NAMES: &[&str] = &[
    "kadian_commit",
    "git_commit",
    "git_commit_id",
    "git_commit_sha",
    "git_sha",
    "git_revision",
    "git_head",
    "commit",
    "commit_id",
    "commit_sha",
    "commit_hash",
    "github_sha",
    "ci_commit_sha",
    "vcs_revision",
    "scm_revision",
];

/// Whether a property of this name tells the commit.
pub(super) fn is_name(name: &str) -> bool {
    let folded = name.bytes().map(|byte| if matches!(byte, b'-' | b'.') { b'_' } else { byte.to_ascii_lowercase() });
    name.len() <= 16 && NAMES.iter().any(|known| folded.clone().eq(known.bytes()))
}

/// Whether a text is a commit, as a whole or shortened to at least seven digits.
pub(super) fn is_commit(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Adds what a part of a report states. The error is a sentence: another part states another commit.
pub(super) fn state(known: &mut Option<String>, commit: String) -> Result<(), String> {
    match known {
        None => *known = Some(commit),
        Some(before) => {
            let length = before.len().min(commit.len());
            if !before[..length].eq_ignore_ascii_case(&commit[..length]) {
                let (before, commit) = (shown(before), shown(&commit));
                return Err(format!("the report was made for two commits, {before} and {commit}: expected one"));
            }
            if commit.len() > before.len() {
                *before = commit;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_however_their_words_are_joined() {
        for name in ["git.sha", "git-sha", "GIT_SHA", "kadian.commit", "Commit", "git.commit.id", "CI_COMMIT_SHA"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "gitsha", "commits", "git.branch", "commit.message", "a.git.sha"] {
            assert!(!is_name(name), "{name}");
        }
        assert!(NAMES.iter().all(|name| name.len() <= 16));
    }

    #[test]
    fn two_commits_are_none() {
        let mut known = None;
        state(&mut known, "0123456".into()).unwrap();
        state(&mut known, "0123456789ABCDEF".into()).unwrap();
        state(&mut known, "0123456789abcdef".into()).unwrap();
        assert_eq!(known.as_deref(), Some("0123456789ABCDEF"));
        assert!(state(&mut known, "0123457".into()).unwrap_err().contains("two commits"));
        assert!(is_commit("0123456") && !is_commit("012345") && !is_commit("0123456789abcdefg") && !is_commit(&"a".repeat(65)));
    }
}
