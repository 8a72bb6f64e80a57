//! Signs that the work is not finished.

use std::sync::LazyLock;

use regex::bytes;

use super::languages::ending;
use super::raw::RawFile;
use crate::facts::{Commit, Marker, MarkerKind};

/// How much of a line or subject a marker shows, in characters.
const SHOWN: usize = 120;

/// The marker of a commit, told by its subject; `None` for a merge commit, whose subject is written by git.
pub(super) fn of_commit(commit: &Commit) -> Option<Marker> {
    if commit.merge {
        return None;
    }
    let kind = if ["fixup!", "squash!", "amend!"].iter().any(|start| commit.subject.starts_with(start)) {
        MarkerKind::Fixup
    } else if is_work_in_progress(&commit.subject) {
        MarkerKind::WorkInProgress
    } else {
        return None;
    };
    Some(Marker { file: None, line: None, commit: Some(commit.id.clone()), kind, text: cut(&commit.subject) })
}

/// Whether a subject says work in progress: at its start or at the start of its conventional description (`WIP`, `Draft:`,
/// `work in progress`, `do not merge:`), in brackets anywhere, or as its last word in capitals.
fn is_work_in_progress(subject: &str) -> bool {
    static START: LazyLock<Option<regex::Regex>> = LazyLock::new(|| {
        let phrases = r"(?:wip\b|work[ -]in[ -]progress\b|draft:|(?:do not|don't|dont) merge(?: yet)?\s*(?:[:!.,;()\[\]-]|$))";
        let bracketed = r"[\[(](?:wip|draft|work in progress|(?:do not|don't|dont) merge(?: yet)?)[\])]";
        regex::Regex::new(&format!(r"(?i)^(?:[a-z]+(?:\([^)]*\))?!?:\s*)?{phrases}|{bracketed}|(?-i:\bWIP$)")).ok()
    });
    START.as_ref().is_some_and(|start| start.is_match(subject.trim()))
}

/// The markers in the added lines of a file, in their order. A binary file has none.
///
/// `=======` alone is an underline in many formats: it counts only when the file also gains another conflict marker, and never in
/// Markdown and reStructuredText.
pub(super) fn of_file(file: &RawFile) -> Vec<Marker> {
    if file.binary {
        return Vec::new();
    }
    let marker = |line: u32, kind, text: &[u8]| Marker {
        file: Some(file.path.clone()),
        line: Some(line),
        commit: None,
        kind,
        text: cut(&String::from_utf8_lossy(text)),
    };
    let mut found = Vec::new();
    let mut rules = Vec::new();
    // Nearly no file says so: one look at all of its text instead of one at each line.
    let forbidden = forbids_merge(file.added.text());
    for (line, text) in file.added.iter() {
        match conflict(text) {
            Some(Conflict::Side) => found.push(marker(line, MarkerKind::Conflict, text)),
            Some(Conflict::Rule) => rules.push(marker(line, MarkerKind::Conflict, text)),
            None if forbidden && forbids_merge(text) => found.push(marker(line, MarkerKind::DoNotMerge, text)),
            None => {}
        }
    }
    let underlines = matches!(ending(&file.path).as_deref(), Some("md" | "markdown" | "mdx" | "rst"));
    if !underlines && found.iter().any(|it| it.kind == MarkerKind::Conflict) {
        found.extend(rules);
        found.sort();
    }
    found
}

enum Conflict {
    /// `<<<<<<< ours`, `||||||| base` or `>>>>>>> theirs`.
    Side,
    /// `=======`.
    Rule,
}

fn conflict(text: &[u8]) -> Option<Conflict> {
    let first = *text.first()?;
    if !matches!(first, b'<' | b'|' | b'>' | b'=') {
        return None;
    }
    let text = text.trim_ascii_end();
    let sevenfold = text.len() >= 7 && text[..7].iter().all(|byte| *byte == first);
    match (first, text.get(7)) {
        (b'=', None) if sevenfold => Some(Conflict::Rule),
        (b'<' | b'>' | b'|', Some(b' ')) if sevenfold => Some(Conflict::Side),
        _ => None,
    }
}

/// Whether a line holds one of the words in capitals. In lower case they are ordinary text (`git merge --no-commit`).
fn forbids_merge(text: &[u8]) -> bool {
    static WORDS: LazyLock<Option<bytes::Regex>> =
        LazyLock::new(|| bytes::Regex::new(r"(?-u)\b(?:DO[ -]NOT[ -]MERGE|DONOTMERGE|NO-?COMMIT)\b").ok());
    WORDS.as_ref().is_some_and(|words| words.is_match(text))
}

/// The trimmed text, cut at [`SHOWN`] characters.
fn cut(text: &str) -> String {
    text.trim().chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::FileStatus;

    fn found(path: &str, text: &str) -> Vec<(u32, MarkerKind)> {
        let file = RawFile {
            path: path.to_owned(),
            old_path: None,
            status: FileStatus::Modified,
            mode: None,
            old_mode: None,
            binary: false,
            added: (1..).zip(text.split('\n')).collect(),
            removed: Vec::new(),
        };
        of_file(&file).into_iter().map(|it| (it.line.unwrap_or_default(), it.kind)).collect()
    }

    #[test]
    fn subjects_that_say_work_in_progress() {
        for subject in [
            "WIP",
            "wip: a",
            "[WIP] a",
            "Draft: a",
            "feat(pay): WIP a",
            "work in progress",
            "Add a (do not merge)",
            "DO NOT MERGE: a",
            "a WIP",
        ] {
            assert!(is_work_in_progress(subject), "{subject}");
        }
        for subject in ["Add wiping", "Do not merge empty ranges", "feat: draft mode", "Draft the plan", "swip: a", "equip"] {
            assert!(!is_work_in_progress(subject), "{subject}");
        }
    }

    #[test]
    fn words_that_forbid_a_merge_are_whole_words_in_capitals() {
        for text in ["// NOCOMMIT", "x = 1 # DO NOT MERGE: try", "NO-COMMIT", "(DONOTMERGE)"] {
            assert_eq!(found("a.rs", text), [(1, MarkerKind::DoNotMerge)], "{text}");
        }
        for text in ["git merge --no-commit", "NOCOMMITS", "DO_NOT_MERGE_X", "MY_NOCOMMIT", "do not merge"] {
            assert!(found("a.rs", text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_conflict_is_three_markers() {
        let text = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> topic\r";
        let lines: Vec<u32> = found("a.rs", text).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 3, 5]);
        assert_eq!(found("a.md", text).len(), 2);
    }

    #[test]
    fn an_underline_is_no_conflict() {
        assert!(found("a.txt", "Title\n=======").is_empty());
        assert!(found("a.rs", "<<<<<<<< a\n<<<<<<<\n ======= \n1 <<<<<<< 2").is_empty());
    }

    #[test]
    fn the_text_is_cut_and_odd_bytes_do_no_harm() {
        let text = [b"NOCOMMIT \xff".to_vec(), vec![b'a'; 300]].concat();
        let file = RawFile {
            path: "a".to_owned(),
            old_path: None,
            status: FileStatus::Added,
            mode: None,
            old_mode: None,
            binary: false,
            added: [(7, text)].into_iter().collect(),
            removed: Vec::new(),
        };
        assert_eq!(of_file(&file)[0].text.chars().count(), SHOWN);
        assert!(of_file(&RawFile { binary: true, ..file }).is_empty());
    }
}
