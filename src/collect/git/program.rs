//! The second reader: the installed `git` program, for repositories that the library cannot open.

mod output;

use std::ffi::OsStr;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use jiff::Timestamp;

use super::backend::{Backend, Blob, COMMIT_LIMIT, Entry, os_path};
use super::{Files, GitError};
use crate::analyze::change::{RawCommit, path_bytes, path_text, unified_diff};
use output::{parse_commit, parse_raw, split_entry, take_object};

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

impl Backend for Program {
    fn commit_id(&self, rev: &str) -> Result<Option<String>, GitError> {
        self.line(["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{rev}^{{commit}}")])
    }

    fn is_present(&self, id: &str) -> Result<bool, GitError> {
        Ok(self.run(["cat-file", "-e", &format!("{id}^{{}}")])?.status.success())
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
        let mut paths: Vec<&[u8]> = entries.map(|(_, path)| path).collect();
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
