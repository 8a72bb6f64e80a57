//! What the `git` program prints, read into records. Pure: bytes in, nothing run.
//!
//! Every reader answers `None` for output that it does not know, so that a future git is refused and not misread.

use jiff::Timestamp;

use crate::analyze::change::{AddedLines, RawCommit, RawFile, path_text};
use crate::collect::git::backend::{Entry, timestamp};
use crate::collect::git::library::is_signed;
use crate::facts::{FileStatus, Person};

/// Takes the next object from the output of `cat-file --batch`: `ID TYPE LENGTH`, a line end, the content, a line end.
pub(super) fn take_object<'o>(rest: &mut &'o [u8]) -> Option<&'o [u8]> {
    let end = rest.iter().position(|&byte| byte == b'\n')?;
    let length: usize = std::str::from_utf8(&rest[..end]).ok()?.rsplit_once(' ')?.1.parse().ok()?;
    let object = rest.get(end + 1..end + 1 + length)?;
    *rest = rest.get(end + 2 + length..)?;
    Some(object)
}

/// Reads a commit object.
pub(super) fn parse_commit(id: &str, object: &[u8]) -> Option<RawCommit> {
    let end = object.windows(2).position(|pair| pair == b"\n\n").unwrap_or(object.len());
    let header = &object[..end];
    let field = |name: &[u8]| header.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(name)?.strip_prefix(b" "));
    let (author, authored_at) = parse_person(field(b"author")?);
    let (committer, committed_at) = parse_person(field(b"committer")?);
    Some(RawCommit {
        id: id.to_owned(),
        author,
        committer,
        authored_at,
        committed_at,
        message: String::from_utf8_lossy(object.get(end + 2..).unwrap_or_default()).into_owned(),
        signed: is_signed(header),
        parents: header
            .split(|&byte| byte == b'\n')
            .filter_map(|line| Some(String::from_utf8_lossy(line.strip_prefix(b"parent ")?).into_owned()))
            .collect(),
    })
}

/// Reads `NAME <EMAIL> SECONDS ZONE`. What is missing is empty, or the epoch.
fn parse_person(field: &[u8]) -> (Person, Timestamp) {
    let text = String::from_utf8_lossy(field);
    let (name, rest) = text.split_once('<').unwrap_or((&text, ""));
    let (email, time) = rest.rsplit_once('>').unwrap_or((rest, ""));
    let seconds = time.split_whitespace().next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    (Person { name: name.trim().to_owned(), email: email.trim().to_owned() }, timestamp(seconds))
}

/// Reads `git diff-tree --raw -z`: `:OLD-MODE NEW-MODE OLD-ID NEW-ID STATUS`, then one path, or two for a rename.
pub(super) fn parse_raw(output: &[u8]) -> Option<Vec<RawFile>> {
    let mut fields = output.split(|&byte| byte == 0);
    let mut files = Vec::new();
    while let Some(info) = fields.next().filter(|info| !info.is_empty()) {
        let info = std::str::from_utf8(info.strip_prefix(b":")?).ok()?;
        let parts: Vec<&str> = info.split(' ').collect();
        let [old_mode, new_mode, _, _, status] = parts.as_slice() else { return None };
        let mode = |text: &str| u32::from_str_radix(text, 8).ok();
        let present = |mode: u32| (mode != 0).then_some(mode);
        let (old_mode, new_mode) = (present(mode(old_mode)?), present(mode(new_mode)?));
        let first = path_text(fields.next()?);
        let status = match status.bytes().next()? {
            b'A' => FileStatus::Added,
            b'D' => FileStatus::Deleted,
            b'M' => FileStatus::Modified,
            b'T' => FileStatus::TypeChanged,
            b'R' => FileStatus::Renamed,
            b'C' => FileStatus::Copied,
            _ => return None,
        };
        let renamed = matches!(status, FileStatus::Renamed | FileStatus::Copied);
        let (path, old_path) = if renamed { (path_text(fields.next()?), Some(first)) } else { (first, None) };
        files.push(RawFile {
            path,
            old_path,
            status,
            mode: new_mode,
            old_mode,
            binary: false,
            added: AddedLines::default(),
            removed: Vec::new(),
        });
    }
    Some(files)
}

/// Reads `MODE TYPE ID<tab>PATH`.
pub(super) fn split_entry(line: &[u8]) -> Option<(Entry, &[u8])> {
    let tab = line.iter().position(|&byte| byte == b'\t')?;
    let info = std::str::from_utf8(&line[..tab]).ok()?;
    let mut fields = info.split(' ');
    let mode = u32::from_str_radix(fields.next()?, 8).ok()?;
    let id = fields.nth(1)?.to_owned();
    Some((Entry { mode, id }, &line[tab + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raw_commit_is_read_whatever_it_claims() {
        let object = b"tree 1\nparent 2\nparent 3\nauthor A \xff <a@b> 99999999999999 +0100\ncommitter C <c@d> 60 -0700\n\
            gpgsig-sha256 -----BEGIN\n line\n\nsubject\n\nbody\n";
        let commit = parse_commit("id", object).unwrap();
        assert_eq!((commit.author.name.as_str(), commit.author.email.as_str()), ("A \u{fffd}", "a@b"));
        assert_eq!((commit.authored_at, commit.committed_at.as_second()), (Timestamp::MAX, 60));
        assert_eq!((commit.parents.len(), commit.signed, commit.message.as_str()), (2, true, "subject\n\nbody\n"));
        assert_eq!(parse_commit("id", b"tree 1\n\nno author"), None);
    }

    #[test]
    fn a_raw_list_that_breaks_off_is_not_read() {
        let line = b":100644 000000 1 0 D\0a\0:100644 100755 1 2 R060\0b\0c\0";
        let files = parse_raw(line).unwrap();
        assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!((files[0].mode, files[1].old_path.as_deref()), (None, Some("b")));
        for bad in [&b":100644"[..], b":1 2 3 4 X\0a\0", b":100644 100644 1 2 R100\0a", b"x\0"] {
            assert_eq!(parse_raw(bad), None);
        }
    }
}
