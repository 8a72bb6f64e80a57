//! Which lines differ between two versions of a file.

use std::path::Path;

use git2::{Blob, DiffOptions, Patch};

use crate::analyze::change::AddedLines;

/// Added lines are kept up to this many bytes.
pub(super) const LINE_LIMIT: usize = 4096;
/// git calls a file binary when there is a zero byte in its first 8000.
const BINARY_WINDOW: usize = 8000;
/// git does not compare the lines of longer files (`core.bigFileThreshold`): 512 MiB.
pub(super) const FILE_LIMIT: u64 = 512 * 1024 * 1024;

/// Added lines, and the numbers of removed lines before the change.
pub(super) type LineChanges = (AddedLines, Vec<u32>);

/// Whether git would take the content for binary when no attribute says anything.
pub(super) fn looks_binary(content: &[u8]) -> bool {
    content[..content.len().min(BINARY_WINDOW)].contains(&0)
}

/// Compares two texts as `git diff` does: Myers' algorithm with the indent heuristic.
///
/// The library hashes plain bytes before it compares them; of objects it knows the hash. For objects without a path it looks for the
/// attributes of a file named `file`, so that they get one that names nothing.
pub(super) fn compare(old: &Blob<'_>, new: &Blob<'_>) -> Result<LineChanges, git2::Error> {
    let nowhere = Some(Path::new(""));
    changes(old.content(), new.content(), |options| Patch::from_blobs(old, nowhere, new, nowhere, Some(options)))
}

fn changes<'p>(
    old: &[u8],
    new: &[u8],
    patch: impl FnOnce(&mut DiffOptions) -> Result<Patch<'p>, git2::Error>,
) -> Result<LineChanges, git2::Error> {
    if old.is_empty() || new.is_empty() || old == new {
        let same = old == new;
        return Ok(if same { LineChanges::default() } else { (all_added(new), all_removed(old)) });
    }
    let mut options = DiffOptions::new();
    options.context_lines(0).interhunk_lines(0).indent_heuristic(true).force_text(true);
    let patch = patch(&mut options)?;
    let mut changes = LineChanges::default();
    for hunk in 0..patch.num_hunks() {
        for index in 0..patch.num_lines_in_hunk(hunk)? {
            let line = patch.line_in_hunk(hunk, index)?;
            match line.origin() {
                '+' => line.new_lineno().into_iter().for_each(|number| changes.0.push(number, kept(line.content()))),
                '-' => changes.1.extend(line.old_lineno()),
                _ => {}
            }
        }
    }
    changes.0.shrink();
    Ok(changes)
}

/// Every line of a file that was not there before.
pub(super) fn all_added(content: &[u8]) -> AddedLines {
    (1..).zip(content.split_inclusive(|&byte| byte == b'\n').map(kept)).collect()
}

/// Every line of a file that is no longer there.
pub(super) fn all_removed(content: &[u8]) -> Vec<u32> {
    (1..).zip(content.split_inclusive(|&byte| byte == b'\n')).map(|(number, _)| number).collect()
}

/// A line without its end, cut at [`LINE_LIMIT`].
fn kept(line: &[u8]) -> &[u8] {
    let text = line.strip_suffix(b"\n").map_or(line, |text| text.strip_suffix(b"\r").unwrap_or(text));
    &text[..text.len().min(LINE_LIMIT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(old: &str, new: &str) -> LineChanges {
        let (old, new) = (old.as_bytes(), new.as_bytes());
        changes(old, new, |options| Patch::from_buffers(old, None, new, None, Some(options))).unwrap()
    }

    fn numbers(old: &str, new: &str) -> (Vec<u32>, Vec<u32>) {
        let (added, removed) = compare(old, new);
        (added.numbers().collect(), removed)
    }

    #[test]
    fn lines_are_numbered_on_their_own_side() {
        assert_eq!(numbers("a\nb\nc\n", "a\nx\ny\nc\n"), (vec![2, 3], vec![2]));
        assert_eq!(numbers("", "a\nb"), (vec![1, 2], vec![]));
        assert_eq!(numbers("a\nb", ""), (vec![], vec![1, 2]));
        assert_eq!(numbers("a\n", "a\n"), (vec![], vec![]));
        assert_eq!(numbers("", ""), (vec![], vec![]));
    }

    #[test]
    fn a_line_end_that_changes_is_a_change() {
        assert_eq!(numbers("a\nb", "a\nb\n"), (vec![2], vec![2]));
        assert_eq!(numbers("a\r\nb\n", "a\nb\n"), (vec![1], vec![1]));
        assert_eq!(compare("x\n", "a\r\n").0, [(1, "a")].into_iter().collect());
        assert_eq!(compare("x\n", "a\rb").0, [(1, "a\rb")].into_iter().collect());
    }

    #[test]
    fn a_group_of_lines_starts_where_the_indentation_says() {
        let old = "fn a() {\n    1\n}\n";
        let new = "fn a() {\n    1\n}\n\nfn b() {\n    1\n}\n";
        assert_eq!(numbers(old, new), (vec![4, 5, 6, 7], vec![]));
    }

    #[test]
    fn a_long_line_is_cut_and_a_zero_byte_makes_a_file_binary() {
        assert_eq!(kept(&[b'a'; 5000]).len(), LINE_LIMIT);
        assert!(looks_binary(b"a\0b"));
        assert!(!looks_binary(&[[b'a'; 8000].as_slice(), b"\0"].concat()));
        assert!(!looks_binary(b""));
    }
}
