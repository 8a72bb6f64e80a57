//! A change from the text of a unified diff: git's own format, or that of plain `diff -u`.
//!
//! Sources: git-diff(1), "Generating patch text with -p", and the GNU diffutils manual, "Detailed Description of Unified Format".

mod between;
mod header;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::between::Between;
use self::header::{Header, plain_path, strip_git_prefix};
use super::{AddedLines, RawChange, RawFile, path_text};
use crate::evidence::ReadError;
use crate::facts::FileStatus;

/// Added lines are kept up to this many bytes.
const LINE_LIMIT: usize = 4096;
/// The mode of a submodule, which is not a file and has no lines.
const SUBMODULE: u32 = 0o160_000;

/// Reads a unified diff.
///
/// The change has no base, no head and no commits: a diff does not name them. Files come sorted by path. An empty text, a text
/// without a single file, a hunk that holds fewer or more lines than it announces, a file that comes twice (several patches in one text),
/// a combined diff (`@@@`), colours, text behind a file that is no header, and a path that leaves the repository are errors that name
/// the line.
pub fn parse(text: &[u8]) -> Result<RawChange, ReadError> {
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::whole("the diff is empty; expected the output of `git diff BASE...HEAD`"));
    }
    let mut reader =
        Reader { lines: Lines { rest: text, number: 0 }, files: BTreeMap::new(), notes: Vec::new(), between: Between::default() };
    reader.read()?;
    if reader.files.is_empty() {
        return Err(ReadError::whole(
            "this is not a unified diff: it names no file; expected the output of `git diff BASE...HEAD`",
        ));
    }
    Ok(RawChange {
        base: None,
        head: None,
        base_reason: "only a diff was given; it does not say what it is measured against.".to_owned(),
        branch: None,
        commits: Vec::new(),
        files: reader.files.into_values().collect(),
        notes: reader.notes,
    })
}

/// The lines of a text, with the number of the last one that was taken.
struct Lines<'t> {
    rest: &'t [u8],
    number: u64,
}

impl<'t> Lines<'t> {
    /// The next line without its line feed; a carriage return before it is still there.
    fn peek(&self) -> Option<&'t [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|&byte| byte == b'\n').unwrap_or(self.rest.len());
        Some(&self.rest[..end])
    }

    fn take(&mut self) -> Option<&'t [u8]> {
        let line = self.peek()?;
        self.rest = self.rest.get(line.len() + 1..).unwrap_or_default();
        self.number += 1;
        Some(line)
    }

    /// The line after the next one.
    fn peek_second(&self) -> Option<&'t [u8]> {
        let line = self.peek()?;
        Lines { rest: self.rest.get(line.len() + 1..).unwrap_or_default(), number: 0 }.peek()
    }
}

/// A line without the carriage return that a CRLF text leaves.
fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

struct Reader<'t> {
    lines: Lines<'t>,
    files: BTreeMap<String, RawFile>,
    notes: Vec<String>,
    between: Between,
}

impl Reader<'_> {
    fn error(&self, message: impl Into<String>) -> ReadError {
        ReadError::at_line(self.lines.number, message)
    }

    fn read(&mut self) -> Result<(), ReadError> {
        while let Some(line) = self.lines.peek().map(without_return) {
            if line.starts_with(b"diff --git ") {
                self.between.end()?;
                self.git_file()?;
                self.between.after_file();
            } else if line.starts_with(b"diff --cc ") || line.starts_with(b"diff --combined ") || line.starts_with(b"@@@ ") {
                self.lines.take();
                return Err(
                    self.error("this is a combined diff of a merge; give the diff between two commits: `git diff BASE...HEAD`")
                );
            } else if line.starts_with(b"@@ ") {
                self.lines.take();
                return Err(self.error("a hunk without a file header; expected `--- OLD` and `+++ NEW` before it"));
            } else if line.starts_with(b"--- ") && self.lines.peek_second().is_some_and(|next| next.starts_with(b"+++ ")) {
                self.plain_file()?;
                self.between.after_file();
            } else {
                self.other(line)?;
                self.lines.take();
            }
        }
        self.between.end()
    }

    /// A line outside any file: the message of a commit, or what plain `diff` says about files that it does not show.
    fn other(&mut self, line: &[u8]) -> Result<(), ReadError> {
        let number = self.lines.number + 1;
        let text = String::from_utf8_lossy(line);
        let says_binary = text.starts_with("Binary files ") && text.ends_with(" differ");
        if says_binary || (text.starts_with("Only in ") && text.contains(": ")) {
            self.notes.push(format!("line {number}: the diff does not show these files: {text}"));
        }
        self.between.line(&text, number).map_err(|message| ReadError::at_line(number, message))
    }

    /// A file in git's format.
    fn git_file(&mut self) -> Result<(), ReadError> {
        let start = self.lines.number + 1;
        let line = self.lines.take().map(without_return).unwrap_or_default();
        let mut header = Header::new(line);
        while let Some(line) = self.lines.peek().map(without_return) {
            if line.starts_with(b"@@@ ") {
                self.lines.take();
                return Err(
                    self.error("this is a combined diff of a merge; give the diff between two commits: `git diff BASE...HEAD`")
                );
            }
            match header.line(line) {
                Some(Ok(())) => {
                    self.lines.take();
                }
                Some(Err(message)) => {
                    self.lines.take();
                    return Err(self.error(message));
                }
                None => break,
            }
        }
        let announced = header.announces_hunks();
        if header.is_patch() {
            self.binary_patch()?;
        }
        let mut file = header.file().map_err(|message| ReadError::at_line(start, message))?;
        let header_end = self.lines.number;
        if self.hunks(&mut file)? == 0 && announced {
            return Err(ReadError::at_line(header_end, "the diff breaks off: a hunk was expected after this line"));
        }
        if file.mode.or(file.old_mode) == Some(SUBMODULE) {
            (file.added, file.removed) = (AddedLines::default(), Vec::new());
        }
        self.keep(file, start)
    }

    /// The blocks of a binary patch, each up to an empty line. Nothing else may hide in them.
    fn binary_patch(&mut self) -> Result<(), ReadError> {
        while self.lines.peek().is_some_and(|line| line.starts_with(b"literal ") || line.starts_with(b"delta ")) {
            self.lines.take();
            while let Some(line) = self.lines.take().map(without_return).filter(|line| !line.is_empty()) {
                if !line[0].is_ascii_alphabetic() || !line.iter().all(u8::is_ascii_graphic) {
                    return Err(self.error("the line does not belong to the binary patch"));
                }
            }
        }
        Ok(())
    }

    /// A file in the format of plain `diff -u`.
    fn plain_file(&mut self) -> Result<(), ReadError> {
        let start = self.lines.number + 1;
        let old = self.lines.take().map(without_return).unwrap_or_default();
        let new = self.lines.take().map(without_return).unwrap_or_default();
        let (old, new) = (plain_path(&old[4..]), plain_path(&new[4..]));
        let path = match (&old.name, &new.name) {
            (None, None) => return Err(ReadError::at_line(start, "both sides of the file are /dev/null")),
            (Some(old), None) => strip_git_prefix(old),
            (None, Some(new)) => strip_git_prefix(new),
            (Some(old), Some(new)) => header::common_path(old, new),
        };
        let mut file = RawFile {
            path: path_text(path),
            old_path: None,
            status: FileStatus::Modified,
            mode: None,
            old_mode: None,
            binary: false,
            added: AddedLines::default(),
            removed: Vec::new(),
        };
        let (mut old_is_empty, mut new_is_empty) = (false, false);
        if let Some(line) = self.lines.peek() {
            old_is_empty = line.starts_with(b"@@ -0,0 ");
            new_is_empty = line.split(|&byte| byte == b' ').nth(2) == Some(b"+0,0");
        }
        if self.hunks(&mut file)? == 0 {
            return Err(self.error("a file header without a hunk; the diff may be cut off"));
        }
        if old.name.is_none() || (old.is_epoch && old_is_empty) {
            file.status = FileStatus::Added;
        } else if new.name.is_none() || (new.is_epoch && new_is_empty) {
            file.status = FileStatus::Deleted;
        }
        self.keep(file, start)
    }

    /// Every hunk of a file; returns how many there were.
    fn hunks(&mut self, file: &mut RawFile) -> Result<usize, ReadError> {
        let mut count = 0;
        let (mut old_end, mut new_end) = (0, 0);
        while self.lines.peek().is_some_and(|line| line.starts_with(b"@@ ")) {
            let line = self.lines.take().map(without_return).unwrap_or_default();
            let hunk = header::hunk(line).ok_or_else(|| self.error("expected a hunk header such as `@@ -1,2 +3,4 @@`"))?;
            if hunk.old < old_end || hunk.new < new_end {
                return Err(self.error("the hunk overlaps the one before it, or comes out of order"));
            }
            self.hunk(&hunk, file)?;
            (old_end, new_end) = (hunk.old_end(), hunk.new_end());
            count += 1;
        }
        Ok(count)
    }

    fn hunk(&mut self, hunk: &header::Hunk, file: &mut RawFile) -> Result<(), ReadError> {
        let start = self.lines.number;
        let (mut old, mut new) = (hunk.old, hunk.new);
        let cut = |at: u64| ReadError::at_line(at, "the diff breaks off: the hunk holds fewer lines than it announces");
        while old < hunk.old_end() || new < hunk.new_end() {
            let Some(line) = self.lines.take() else { return Err(cut(start)) };
            let (takes_old, takes_new) = match line.first() {
                // Some mail programs drop the space of an empty context line.
                Some(b' ' | b'\r') | None => (true, true),
                Some(b'-') => (true, false),
                Some(b'+') => (false, true),
                Some(b'\\') => continue,
                Some(_) => return Err(self.error("the line does not belong to the hunk, which announces more lines")),
            };
            if (takes_old && old >= hunk.old_end()) || (takes_new && new >= hunk.new_end()) {
                return Err(self.error("the hunk holds more lines than it announces"));
            }
            if takes_new && !takes_old {
                let content = without_return(&line[1..]);
                file.added.push(new, &content[..content.len().min(LINE_LIMIT)]);
            }
            if takes_old && !takes_new {
                file.removed.push(old);
            }
            old += u32::from(takes_old);
            new += u32::from(takes_new);
        }
        if self.lines.peek().is_some_and(|line| line.starts_with(b"\\")) {
            self.lines.take();
        }
        // Directly after a hunk comes another header, an empty line or the `-- ` that ends a mail: never a line of a file.
        let more = self.lines.peek().is_some_and(|line| match line.first() {
            Some(b'+' | b' ') => true,
            Some(b'-') => !line.starts_with(b"--"),
            _ => false,
        });
        if more {
            self.lines.take();
            return Err(self.error("the hunk holds more lines than it announces"));
        }
        Ok(())
    }

    /// Keeps a file. Only a deletion and an addition of the same path belong together: git shows a change of type so.
    fn keep(&mut self, file: RawFile, line: u64) -> Result<(), ReadError> {
        if file.path.starts_with('/') || file.path.split('/').any(|part| part == "..") {
            let message = format!("`{}` is no path in a repository: give the diff from its root", file.path.escape_debug());
            return Err(ReadError::at_line(line, message));
        }
        let Some(before) = self.files.get_mut(&file.path) else {
            self.files.insert(file.path.clone(), file);
            return Ok(());
        };
        let is_type_change = matches!(
            (before.status, file.status),
            (FileStatus::Deleted, FileStatus::Added) | (FileStatus::Added, FileStatus::Deleted)
        );
        if !is_type_change {
            let message = format!("{} comes twice: give one diff, not a series of patches", file.path.escape_debug());
            return Err(ReadError::at_line(line, message));
        }
        before.status = FileStatus::TypeChanged;
        before.binary |= file.binary;
        before.mode = before.mode.or(file.mode);
        before.old_mode = before.old_mode.or(file.old_mode);
        before.added.append(&file.added);
        before.removed.extend(file.removed);
        Ok(())
    }
}
