//! The second reader: the installed `git` program, for repositories that the library cannot open.

use std::ffi::OsStr;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use jiff::Timestamp;

use super::backend::{Backend, Blob, COMMIT_LIMIT, Entry, mode, os_path, timestamp};
use super::library::is_signed;
use super::{Files, GitError};
use crate::analyze::change::{RawCommit, RawFile, path_bytes, path_text, unified_diff};
use crate::facts::{FileStatus, Person};

/// Settings that keep a repository's own configuration from running programs or changing the output.
const HARDENED: [&str; 12] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=true",
    "core.pager=cat",
    "core.commitGraph=true",
    "diff.external=",
    "diff.indentHeuristic=true",
    "diff.algorithm=default",
    "diff.orderFile=/dev/null",
    "diff.suppressBlankEmpty=false",
    "log.showSignature=false",
    "protocol.ext.allow=never",
];

/// Variables that would point git at another repository or change what it prints.
const IGNORED: [&str; 10] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_LITERAL_PATHSPECS",
    "GIT_TRACE",
];

/// How a difference is asked for, so that no configuration changes it.
const DIFF: [&str; 9] = [
    "diff-tree",
    "-r",
    "-M50%",
    "-l1000",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--full-index",
    "--ignore-submodules=none",
];

/// A repository that the `git` program can open.
#[derive(Debug)]
pub(super) struct Program {
    dir: PathBuf,
    git_dir: PathBuf,
    common_dir: PathBuf,
    workdir: Option<PathBuf>,
}

impl Program {
    /// Finds the repository that a directory lies in.
    pub(super) fn discover(dir: &Path) -> Result<Self, GitError> {
        let mut program = Program { dir: dir.to_path_buf(), git_dir: PathBuf::new(), common_dir: PathBuf::new(), workdir: None };
        let output = program.run(["rev-parse", "--absolute-git-dir"])?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            if message.contains("dubious ownership") {
                return Err(GitError::ForeignOwner { dir: dir.to_path_buf() });
            }
            return Err(failed("open the repository", &output));
        }
        program.git_dir = os_path(trimmed(&output.stdout));
        program.common_dir = os_path(trimmed(
            &program.answer("open the repository", ["rev-parse", "--path-format=absolute", "--git-common-dir"])?,
        ));
        let top = program.run(["rev-parse", "--show-toplevel"])?;
        program.workdir = (top.status.success() && !trimmed(&top.stdout).is_empty()).then(|| os_path(trimmed(&top.stdout)));
        Ok(program)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        for variable in IGNORED {
            command.env_remove(variable);
        }
        command
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .arg("--no-pager")
            .arg("--literal-pathspecs")
            .arg("-C")
            .arg(&self.dir);
        command
    }

    fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Result<Output, GitError> {
        self.run_with(arguments, Stdio::null())
    }

    fn run_with<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>, input: Stdio) -> Result<Output, GitError> {
        let mut command = self.command();
        for setting in HARDENED {
            command.arg("-c").arg(setting);
        }
        start(command.args(arguments).stdin(input))
    }

    /// What git prints; anything but success is an error.
    fn answer<A: AsRef<OsStr>>(&self, doing: &str, arguments: impl IntoIterator<Item = A>) -> Result<Vec<u8>, GitError> {
        let output = self.run(arguments)?;
        if output.status.success() { Ok(output.stdout) } else { Err(failed(doing, &output)) }
    }

    /// One line that git prints; `None` when it quietly says no.
    fn line<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Result<Option<String>, GitError> {
        let output = self.run(arguments)?;
        let text = String::from_utf8_lossy(trimmed(&output.stdout)).into_owned();
        Ok((output.status.success() && !text.is_empty()).then_some(text))
    }

    /// The raw commit objects, in the order of the ids.
    fn raw_commits(&self, ids: &[&str]) -> Result<Vec<RawCommit>, GitError> {
        let mut input = tempfile::tempfile().map_err(|error| io("make a temporary file", &error))?;
        let list = ids.iter().flat_map(|id| [id, "\n"]).collect::<String>();
        let ready = input.write_all(list.as_bytes()).and_then(|()| input.rewind());
        ready.map_err(|error| io("write a temporary file", &error))?;
        let output = self.run_with(["cat-file", "--batch"], Stdio::from(input))?;
        let mut rest = output.stdout.as_slice();
        let mut commits = Vec::with_capacity(ids.len());
        for id in ids {
            let commit = take_object(&mut rest).and_then(|object| parse_commit(id, object));
            commits.push(commit.ok_or_else(|| malformed("read a commit", id))?);
        }
        Ok(commits)
    }

    fn empty_tree(&self) -> Result<String, GitError> {
        self.line(["hash-object", "-t", "tree", "/dev/null"])?.ok_or_else(|| malformed("name the empty tree", ""))
    }
}

/// Starts git and waits for it.
fn start(command: &mut Command) -> Result<Output, GitError> {
    command.output().map_err(|error| io("start the git program", &error))
}

fn io(doing: &str, error: &std::io::Error) -> GitError {
    GitError::Failed { doing: doing.to_owned(), message: error.to_string() }
}

fn failed(doing: &str, output: &Output) -> GitError {
    let message = String::from_utf8_lossy(trimmed(&output.stderr)).into_owned();
    let message = if message.is_empty() { output.status.to_string() } else { message };
    GitError::Failed { doing: doing.to_owned(), message }
}

fn malformed(doing: &str, what: &str) -> GitError {
    GitError::Failed { doing: doing.to_owned(), message: format!("the git program gave an answer that cannot be read: {what}") }
}

/// Without the line end that git adds.
fn trimmed(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\n").unwrap_or(bytes)
}

/// Takes the next object from the output of `cat-file --batch`: `ID TYPE LENGTH`, a line end, the content, a line end.
fn take_object<'o>(rest: &mut &'o [u8]) -> Option<&'o [u8]> {
    let end = rest.iter().position(|&byte| byte == b'\n')?;
    let length: usize = std::str::from_utf8(&rest[..end]).ok()?.rsplit_once(' ')?.1.parse().ok()?;
    let object = rest.get(end + 1..end + 1 + length)?;
    *rest = rest.get(end + 2 + length..)?;
    Some(object)
}

/// Reads a commit object.
fn parse_commit(id: &str, object: &[u8]) -> Option<RawCommit> {
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
        parents: header.split(|&byte| byte == b'\n').filter(|line| line.starts_with(b"parent ")).count(),
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
fn parse_raw(output: &[u8]) -> Option<Vec<RawFile>> {
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
            added: Vec::new(),
            removed: Vec::new(),
        });
    }
    Some(files)
}

impl Backend for Program {
    fn commit_id(&self, rev: &str) -> Result<Option<String>, GitError> {
        self.line(["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{rev}^{{commit}}")])
    }

    fn parents(&self, id: &str) -> Result<Vec<String>, GitError> {
        let line = self.line(["rev-list", "--parents", "-n1", id])?.ok_or_else(|| malformed("read a commit", id))?;
        Ok(line.split(' ').skip(1).map(str::to_owned).collect())
    }

    fn committed_at(&self, id: &str) -> Result<Timestamp, GitError> {
        let commits = self.raw_commits(&[id])?;
        commits.first().map(|commit| commit.committed_at).ok_or_else(|| malformed("read a commit", id))
    }

    fn head_branch(&self) -> Result<Option<String>, GitError> {
        self.symbolic_target("HEAD")
    }

    fn upstream(&self) -> Result<Option<String>, GitError> {
        self.line(["rev-parse", "--verify", "--quiet", "--symbolic-full-name", "@{upstream}"])
    }

    fn symbolic_target(&self, name: &str) -> Result<Option<String>, GitError> {
        self.line(["symbolic-ref", "--quiet", name])
    }

    fn has_refs_under(&self, prefix: &str) -> Result<bool, GitError> {
        Ok(self.line(["for-each-ref", "--count=1", "--format=%(refname)", "--", prefix])?.is_some())
    }

    fn is_shallow(&self) -> bool {
        self.common_dir.join("shallow").metadata().is_ok_and(|file| file.len() > 0)
    }

    fn merge_bases(&self, one: &str, two: &str) -> Result<Vec<String>, GitError> {
        let output = self.run(["merge-base", "--all", one, two])?;
        match output.status.code() {
            Some(0 | 1) => Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()),
            _ => Err(failed("find the merge base", &output)),
        }
    }

    fn commits(&self, base: Option<&str>, head: &str) -> Result<(Vec<RawCommit>, bool), GitError> {
        let count = format!("-n{}", COMMIT_LIMIT + 1);
        let mut arguments = vec!["rev-list".to_owned(), "--topo-order".to_owned(), count, head.to_owned()];
        arguments.extend(base.map(|base| format!("^{base}")));
        arguments.push("--".to_owned());
        let output = self.answer("list the commits", arguments)?;
        let text = String::from_utf8_lossy(&output);
        let mut ids: Vec<&str> = text.lines().collect();
        let complete = ids.len() <= COMMIT_LIMIT;
        ids.truncate(COMMIT_LIMIT);
        ids.reverse();
        Ok((self.raw_commits(&ids)?, complete))
    }

    fn files(&self, base: Option<&str>, head: &str) -> Result<Files, GitError> {
        let old = base.map_or_else(|| self.empty_tree(), |base| Ok(base.to_owned()))?;
        let ask = |format: &[&str]| {
            let ends = [old.as_str(), head, "--"];
            self.run(DIFF.iter().chain(format).chain(&ends))
        };
        let output = ask(&["--raw", "-z", "--abbrev=64"])?;
        if !output.status.success() {
            return Err(failed("compare the trees", &output));
        }
        let renames_cut = String::from_utf8_lossy(&output.stderr).contains("rename detection was skipped");
        let mut files = parse_raw(&output.stdout).ok_or_else(|| malformed("compare the trees", "its list of files"))?;
        // Without context lines git cuts off the common end first, and then groups some lines differently from `git diff`.
        let output = ask(&["-p", "-U1", "--src-prefix=a/", "--dst-prefix=b/", "--submodule=short"])?;
        if !output.status.success() {
            return Err(failed("compare the files", &output));
        }
        // The parser refuses empty text, which here means that no file differs.
        if !output.stdout.is_empty() {
            let patch =
                unified_diff::parse(&output.stdout).map_err(|error| malformed("compare the files", &error.to_string()))?;
            for file in &mut files {
                let Ok(at) = patch.files.binary_search_by(|patched| patched.path.cmp(&file.path)) else { continue };
                let patched = &patch.files[at];
                (file.binary, file.added, file.removed) = (patched.binary, patched.added.clone(), patched.removed.clone());
            }
        }
        Ok(Files { files, renames_cut })
    }

    fn entry(&self, commit: &str, path: &str) -> Result<Option<Entry>, GitError> {
        let name = os_path(&path_bytes(path));
        let arguments = ["ls-tree", "-z", "--full-tree", commit, "--"].map(OsStr::new);
        let output = self.answer("look for a file", arguments.into_iter().chain([name.as_os_str()]))?;
        let Some((info, found)) = output.split(|&byte| byte == 0).next().and_then(split_entry) else { return Ok(None) };
        if found != path_bytes(path) {
            return Ok(None);
        }
        Ok(Some(info))
    }

    fn blob(&self, id: &str, limit: u64) -> Result<Blob, GitError> {
        let size = self.line(["cat-file", "-s", id])?.and_then(|size| size.parse().ok());
        let size: u64 = size.ok_or_else(|| malformed("read a file's size", id))?;
        if size > limit {
            return Ok(Blob::TooLong(size));
        }
        Ok(Blob::Bytes(self.answer("read a file's content", ["cat-file", "blob", id])?))
    }

    fn list(&self, commit: &str, dir: &str) -> Result<Vec<String>, GitError> {
        let mut name = path_bytes(dir);
        let mut arguments = ["ls-tree", "-r", "-z", "--full-tree", commit, "--"].map(OsStr::new).to_vec();
        name.push(b'/');
        let path = os_path(&name);
        if !dir.is_empty() {
            arguments.push(path.as_os_str());
        }
        let output = self.answer("list the files", arguments)?;
        let entries = output.split(|&byte| byte == 0).filter_map(split_entry);
        let mut paths: Vec<&[u8]> = entries.filter(|(entry, _)| mode::is_regular(entry.mode)).map(|(_, path)| path).collect();
        paths.sort_unstable();
        Ok(paths.into_iter().map(path_text).collect())
    }

    fn blob_id(&self, bytes: &[u8]) -> Result<String, GitError> {
        let mut input = tempfile::tempfile().map_err(|error| io("make a temporary file", &error))?;
        let ready = input.write_all(bytes).and_then(|()| input.rewind());
        ready.map_err(|error| io("write a temporary file", &error))?;
        let output = self.run_with(["hash-object", "-t", "blob", "--stdin"], Stdio::from(input))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(trimmed(&output.stdout)).into_owned())
        } else {
            Err(failed("hash a file", &output))
        }
    }

    fn workdir(&self) -> Option<PathBuf> {
        self.workdir.clone()
    }

    fn git_dir(&self) -> PathBuf {
        self.git_dir.clone()
    }

    fn hooks_dir(&self) -> Result<PathBuf, GitError> {
        // Without the hardening, which would answer for itself; this command runs no hook.
        let output = start(self.command().args(["config", "--type=path", "core.hooksPath"]))?;
        let path = trimmed(&output.stdout);
        if output.status.success() && !path.is_empty() {
            return Ok(self.workdir.as_ref().unwrap_or(&self.git_dir).join(os_path(path)));
        }
        Ok(self.common_dir.join("hooks"))
    }
}

/// Reads `MODE TYPE ID<tab>PATH`.
fn split_entry(line: &[u8]) -> Option<(Entry, &[u8])> {
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
        assert_eq!((commit.parents, commit.signed, commit.message.as_str()), (2, true, "subject\n\nbody\n"));
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
