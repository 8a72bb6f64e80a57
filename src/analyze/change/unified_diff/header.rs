//! The headers of files and hunks.

use super::super::{AddedLines, RawFile, path_text, unquote};
use crate::facts::FileStatus;

/// What the lines between `diff --git` and the first hunk say.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether a line was there")]
pub(super) struct Header {
    /// The two paths of the first line, when it alone tells them.
    first_line: Option<Vec<u8>>,
    old: Option<Vec<u8>>,
    new: Option<Vec<u8>>,
    from: Option<Vec<u8>>,
    to: Option<Vec<u8>>,
    copied: bool,
    mode: Option<u32>,
    old_mode: Option<u32>,
    added: bool,
    deleted: bool,
    binary: bool,
    /// Whether the contents follow as a binary patch.
    patch: bool,
    /// Whether the contents differ.
    has_index: bool,
}

impl Header {
    /// Starts with the line `diff --git a/OLD b/NEW`.
    pub(super) fn new(line: &[u8]) -> Self {
        let rest = line.strip_prefix(b"diff --git ").unwrap_or_default();
        Header { first_line: same_path(rest), ..Header::default() }
    }

    /// Takes a line of the header; `None` when it is not one.
    pub(super) fn line(&mut self, line: &[u8]) -> Option<Result<(), String>> {
        let after = |prefix: &str| line.strip_prefix(prefix.as_bytes());
        if let Some(mode) = after("old mode ") {
            return Some(read_mode(mode).map(|mode| self.old_mode = Some(mode)));
        }
        if let Some(mode) = after("new mode ") {
            return Some(read_mode(mode).map(|mode| self.mode = Some(mode)));
        }
        if let Some(mode) = after("deleted file mode ") {
            self.deleted = true;
            return Some(read_mode(mode).map(|mode| self.old_mode = Some(mode)));
        }
        if let Some(mode) = after("new file mode ") {
            self.added = true;
            return Some(read_mode(mode).map(|mode| self.mode = Some(mode)));
        }
        if let Some(path) = after("rename from ") {
            self.from = Some(whole_path(path));
        } else if let Some(path) = after("rename to ") {
            self.to = Some(whole_path(path));
        } else if let Some(path) = after("copy from ") {
            self.copied = true;
            self.from = Some(whole_path(path));
        } else if let Some(path) = after("copy to ") {
            self.to = Some(whole_path(path));
        } else if let Some(index) = after("index ") {
            self.has_index = true;
            if let Some(mode) = index.split(|&byte| byte == b' ').nth(1) {
                return Some(read_mode(mode).map(|mode| {
                    self.mode = Some(mode);
                    self.old_mode = Some(mode);
                }));
            }
        } else if let Some(path) = after("--- ") {
            self.old = Some(plain_path(path).name.map_or_else(Vec::new, |path| strip_git_prefix(&path).to_vec()));
        } else if let Some(path) = after("+++ ") {
            self.new = Some(plain_path(path).name.map_or_else(Vec::new, |path| strip_git_prefix(&path).to_vec()));
        } else if line == b"GIT binary patch" || (line.starts_with(b"Binary files ") && line.ends_with(b" differ")) {
            self.binary = true;
            self.patch |= line == b"GIT binary patch";
        } else if after("similarity index ").is_none() && after("dissimilarity index ").is_none() {
            return None;
        }
        Some(Ok(()))
    }

    /// Whether a hunk must follow: the contents differ and are text. An empty file comes and goes without one.
    pub(super) fn announces_hunks(&self) -> bool {
        let names_sides = self.old.is_some() || self.new.is_some();
        !self.binary && (names_sides || (self.has_index && !self.added && !self.deleted))
    }

    /// Whether the blocks of a binary patch must follow.
    pub(super) fn is_patch(&self) -> bool {
        self.patch
    }

    /// The file without its lines.
    pub(super) fn file(self) -> Result<RawFile, String> {
        let shown = |path: Option<Vec<u8>>| path.filter(|path| !path.is_empty());
        let (old, new) = (shown(self.old), shown(self.new));
        let renamed = self.from.is_some() && self.to.is_some();
        let named = self.first_line.as_ref().filter(|_| !renamed);
        let other = named.and_then(|named| [&old, &new].into_iter().flatten().find(|side| *side != named));
        if let Some((named, other)) = named.zip(other) {
            let (named, other) = (path_text(named), path_text(other));
            let (named, other) = (named.escape_debug(), other.escape_debug());
            return Err(format!("the file is `{named}` in its first line and `{other}` below it: expected one path"));
        }
        let path = self.to.or_else(|| if self.deleted { old.clone() } else { new.clone() }).or(new).or(old).or(self.first_line);
        let Some(path) = path else {
            return Err(
                "cannot tell the file's path: expected `diff --git a/PATH b/PATH`, or lines with `---` and `+++`".to_owned()
            );
        };
        let status = match (self.added, self.deleted) {
            _ if renamed && self.copied => FileStatus::Copied,
            _ if renamed => FileStatus::Renamed,
            (true, _) => FileStatus::Added,
            (_, true) => FileStatus::Deleted,
            _ => FileStatus::Modified,
        };
        Ok(RawFile {
            path: path_text(&path),
            old_path: self.from.filter(|_| renamed).map(|path| path_text(&path)),
            status,
            mode: self.mode.filter(|_| !self.deleted),
            old_mode: self.old_mode.filter(|_| !self.added),
            binary: self.binary,
            added: AddedLines::default(),
            removed: Vec::new(),
        })
    }
}

fn read_mode(text: &[u8]) -> Result<u32, String> {
    let mode = std::str::from_utf8(text).ok().filter(|text| text.len() <= 6).and_then(|text| u32::from_str_radix(text, 8).ok());
    mode.ok_or_else(|| format!("expected a file mode such as 100644, found `{}`", String::from_utf8_lossy(text).escape_debug()))
}

/// A path that fills the rest of its line, quoted or not.
fn whole_path(text: &[u8]) -> Vec<u8> {
    match unquote(text) {
        Some((path, [])) => path,
        _ => text.to_vec(),
    }
}

/// The path of `a/PATH b/PATH`, when both are the same: the only case in which nothing else names it. A path may hold ` b/`.
fn same_path(text: &[u8]) -> Option<Vec<u8>> {
    if text.starts_with(b"\"") {
        let (old, rest) = unquote(text)?;
        let new = whole_path(rest.strip_prefix(b" ")?);
        return equal_after_prefix(&old, &new);
    }
    let middle = text.len() / 2;
    if text.len() % 2 == 1 && text.get(middle) == Some(&b' ') {
        return equal_after_prefix(&text[..middle], &text[middle + 1..]);
    }
    None
}

/// The path without `a/` and `b/`, or as it is under `--no-prefix`.
fn equal_after_prefix(old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    let (short_old, short_new) = (strip_git_prefix(old), strip_git_prefix(new));
    if short_old.len() < old.len() && short_old == short_new {
        return Some(short_old.to_vec());
    }
    (old == new).then(|| old.to_vec())
}

/// Takes off one of the prefixes that git writes: `a/`, `b/`, and with `diff.mnemonicPrefix` `c/`, `i/`, `o/`, `w/`.
pub(super) fn strip_git_prefix(path: &[u8]) -> &[u8] {
    match path {
        [b'a' | b'b' | b'c' | b'i' | b'o' | b'w', b'/', rest @ ..] if !rest.is_empty() => rest,
        _ => path,
    }
}

/// One side of a `---` or `+++` line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PlainPath {
    /// `None` for `/dev/null`.
    pub(super) name: Option<Vec<u8>>,
    /// Whether the time behind the name is the epoch: with `diff -N` the file does not exist.
    pub(super) is_epoch: bool,
}

/// Reads a path and the time that may follow it after a tab.
pub(super) fn plain_path(text: &[u8]) -> PlainPath {
    let (name, time) = if let Some((path, rest)) = unquote(text) {
        (path, rest)
    } else {
        let end = text.iter().position(|&byte| byte == b'\t').unwrap_or(text.len());
        (text[..end].to_vec(), &text[end..])
    };
    let time = time.strip_prefix(b"\t").unwrap_or(time);
    let is_epoch = time.starts_with(b"1970-01-01 ") || time.starts_with(b"1969-12-31 ");
    PlainPath { name: (name != b"/dev/null").then_some(name), is_epoch }
}

/// The path that two names of one file share: without their first directories where only these differ (`old/x` and `new/x`, `a/x`
/// and `b/x`), otherwise the new one.
pub(super) fn common_path<'p>(old: &[u8], new: &'p [u8]) -> &'p [u8] {
    let after_first = |path: &[u8]| path.iter().position(|&byte| byte == b'/').map(|at| at + 1);
    match (after_first(old), after_first(new)) {
        (Some(from), Some(at)) if old != new && old[from..] == new[at..] && at < new.len() => &new[at..],
        _ => new,
    }
}

/// The lines that a hunk covers, each side from its first line to the one after its last.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) old: u32,
    old_count: u32,
    pub(super) new: u32,
    new_count: u32,
}

impl Hunk {
    pub(super) fn old_end(&self) -> u32 {
        self.old + self.old_count
    }

    pub(super) fn new_end(&self) -> u32 {
        self.new + self.new_count
    }
}

/// Reads `@@ -START[,COUNT] +START[,COUNT] @@`.
pub(super) fn hunk(line: &[u8]) -> Option<Hunk> {
    let mut fields = line.split(|&byte| byte == b' ').skip(1);
    let (old, old_count) = side(fields.next()?, b'-')?;
    let (new, new_count) = side(fields.next()?, b'+')?;
    (fields.next()? == b"@@").then_some(Hunk { old, old_count, new, new_count })
}

/// The first line and the count. A side without lines names the line before it, so its first line is the next one.
fn side(text: &[u8], sign: u8) -> Option<(u32, u32)> {
    let text = std::str::from_utf8(text.strip_prefix(&[sign])?).ok()?;
    let (start, count) = text.split_once(',').unwrap_or((text, "1"));
    let number = |text: &str| if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse::<u32>().ok() } else { None };
    let (start, count) = (number(start)?, number(count)?);
    let start = if count == 0 { start.checked_add(1)? } else { start };
    start.checked_add(count)?;
    (start > 0).then_some((start, count))
}
