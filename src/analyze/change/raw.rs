//! A difference as it was collected, before anything is understood of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::added_lines::AddedLines;
use crate::facts::{FileStatus, Person, Revision};

/// The commits between two revisions and the difference between the merge base and the newer one.
#[derive(Debug, Clone, PartialEq)]
pub struct RawChange {
    /// The merge base; `None` when only a diff was given.
    pub base: Option<Revision>,
    pub head: Option<Revision>,
    /// Which base was used and why, as a sentence.
    pub base_reason: String,
    /// The branch or ref under review.
    pub branch: Option<String>,
    /// Oldest first.
    pub commits: Vec<RawCommit>,
    /// By path.
    pub files: Vec<RawFile>,
    /// What the reader should know about how it was collected.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RawCommit {
    pub id: String,
    pub author: Person,
    pub committer: Person,
    pub authored_at: Timestamp,
    pub committed_at: Timestamp,
    /// The whole message, lossily decoded.
    pub message: String,
    pub signed: bool,
    /// Their object ids in hexadecimal, the one that was merged into first.
    pub parents: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RawFile {
    /// The path after the change (before it, for a deleted file); bytes that are not UTF-8 are quoted as git does.
    pub path: String,
    pub old_path: Option<String>,
    pub status: FileStatus,
    /// File modes as git stores them, for example `0o100644`; `None` on the side where the file does not exist.
    pub mode: Option<u32>,
    pub old_mode: Option<u32>,
    pub binary: bool,
    /// Cut at 4 KiB each.
    pub added: AddedLines,
    /// Removed lines by their number before the change, ascending.
    pub removed: Vec<u32>,
}

/// Which version of a file is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The merge base.
    Base,
    Head,
}

/// The files that an analysis asked for and that exist, by side and path. What is absent here does not exist on that side.
pub type Contents = BTreeMap<(Side, String), Vec<u8>>;

impl RawFile {
    /// Whether an added line holds a line end that only the language sees: a carriage return inside it (Python, JavaScript, Java,
    /// C#), or one of Unicode's separators (JavaScript, C#). From there on its line numbers are not git's.
    #[must_use]
    pub fn counts_lines_differently(&self) -> bool {
        const SEPARATORS: [&[u8]; 2] = ["\u{2028}".as_bytes(), "\u{2029}".as_bytes()];
        // Nearly no text holds one of these bytes, which is seen much faster than where a line ends.
        let text = self.added.text();
        let suspicious = memchr::memchr2(b'\r', SEPARATORS[0][0], text).is_some();
        suspicious
            && self.added.iter().any(|(_, text)| {
                let text = text.strip_suffix(b"\r").unwrap_or(text);
                text.contains(&b'\r') || text.windows(3).any(|bytes| SEPARATORS.contains(&bytes))
            })
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::change::testing::raw_file;

    #[test]
    fn a_line_end_that_git_does_not_see_is_found() {
        for text in ["import os\rx = 1", "a\n# c\rb\r", "a\u{2028}b"] {
            assert!(raw_file("a.py", text).counts_lines_differently(), "{text:?}");
        }
        for text in ["a\nb", "a\r\nb\r", "", "a\u{2026}b"] {
            assert!(!raw_file("a.py", text).counts_lines_differently(), "{text:?}");
        }
    }
}
