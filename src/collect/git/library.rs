//! The built-in reader: libgit2 for objects and refs, kadian's own tree walk and rename detection.

use std::fmt;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, Index, ObjectType, Oid, Repository, RepositoryOpenFlags, Sort};
use jiff::Timestamp;
use rayon::prelude::*;

use super::backend::{Backend, Blob, COMMIT_LIMIT, Entry, mode, timestamp};
use super::contents::Reader;
use super::objects::failed;
use super::trees::{Delta, Name, differ};
use super::{Files, GitError, objects, rename};
use crate::analyze::change::{RawCommit, RawFile, path_bytes, path_text};
use crate::facts::Person;

/// From so many files on it pays to compare them on several threads: opening the repository again costs as much as a few files.
const PARALLEL_FROM: usize = 64;

/// Files differ in size, and reports are read meanwhile, so that a thread that is done takes another part. What was unpacked of a pack
/// is known to all handles.
const PARTS_PER_THREAD: usize = 8;

/// A repository that libgit2 can open.
pub(super) struct Library {
    /// Where it was looked for. A thread that reads beside others opens it again, because the library's handle is for one at a time.
    dir: PathBuf,
    repository: Repository,
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Library").field(&self.repository.path()).finish()
    }
}

/// How opening went wrong.
pub(super) enum OpenError {
    NotARepository,
    /// The library cannot open it; the `git` program may.
    Unsupported(String),
}

impl Library {
    /// Opens the repository that a directory lies in, as `git -C dir` would.
    pub(super) fn discover(dir: &Path) -> Result<Self, OpenError> {
        objects::rely_on_own_check();
        let none: [&std::ffi::OsStr; 0] = [];
        match Repository::open_ext(dir, RepositoryOpenFlags::empty(), none) {
            Ok(repository) => {
                // The library would read the whole index, which grows with the repository, to look for attribute files that the
                // working tree lacks. `git diff` between two commits does not look there, so an empty index serves better.
                let empty = Index::new().and_then(|mut index| repository.set_index(&mut index));
                empty.map_err(|error| OpenError::Unsupported(error.message().to_owned()))?;
                Ok(Library { dir: dir.to_path_buf(), repository })
            }
            Err(error) if error.code() == ErrorCode::NotFound => Err(OpenError::NotARepository),
            Err(error) => Err(OpenError::Unsupported(error.message().to_owned())),
        }
    }

    fn reader(&self) -> Reader<'_> {
        Reader::new(&self.repository)
    }

    fn oid(id: &str) -> Result<Oid, GitError> {
        Oid::from_str(id).map_err(failed("read an object id"))
    }

    fn tree_of(&self, commit: &str) -> Result<Oid, GitError> {
        let commit = objects::commit(&self.repository, Self::oid(commit)?).map_err(failed("read a commit"))?;
        Ok(commit.tree_id())
    }

    /// Compares the files on all cores, each part by a handle of its own. The first error in the order of the files counts.
    fn files_in_parallel(&self, deltas: &[Delta<Oid>]) -> Result<Vec<RawFile>, GitError> {
        let dir = self.dir.as_path();
        let part = |part: &[Delta<Oid>]| -> Result<Vec<RawFile>, GitError> {
            let library = Library::discover(dir).map_err(|error| match error {
                OpenError::NotARepository => GitError::NotARepository { dir: dir.to_owned() },
                OpenError::Unsupported(message) => GitError::Failed { doing: "open the repository again".to_owned(), message },
            })?;
            let reader = library.reader();
            part.iter().map(|delta| reader.file(delta)).collect()
        };
        let size = deltas.len().div_ceil(rayon::current_num_threads() * PARTS_PER_THREAD).max(PARALLEL_FROM / 2);
        let parts: Vec<Result<Vec<RawFile>, GitError>> = deltas.par_chunks(size).map(part).collect();
        let mut files = Vec::with_capacity(deltas.len());
        for part in parts {
            files.extend(part?);
        }
        Ok(files)
    }

    fn names(&self, tree: Oid) -> Result<Vec<Name<Oid>>, GitError> {
        let tree = objects::tree(&self.repository, tree).map_err(failed("read a tree"))?;
        let name = |entry: git2::TreeEntry<'_>| Name {
            text: entry.name_bytes().to_vec(),
            mode: u32::try_from(entry.filemode()).unwrap_or(0),
            id: entry.id(),
        };
        Ok(tree.iter().map(name).collect())
    }

    fn raw_commit(&self, id: Oid) -> Result<RawCommit, git2::Error> {
        let commit = objects::commit(&self.repository, id)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let person = |who: &git2::Signature<'_>| Person { name: text(who.name_bytes()), email: text(who.email_bytes()) };
        let (author, committer) = (commit.author(), commit.committer());
        Ok(RawCommit {
            id: id.to_string(),
            author: person(&author),
            committer: person(&committer),
            authored_at: timestamp(author.when().seconds()),
            committed_at: timestamp(committer.when().seconds()),
            message: text(commit.message_bytes()),
            signed: is_signed(commit.raw_header_bytes()),
            parents: commit.parent_ids().map(|id| id.to_string()).collect(),
        })
    }

    /// The object that a revision names; `None` when there is none.
    fn found<T>(result: Result<T, git2::Error>, doing: &str) -> Result<Option<T>, GitError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) => match error.code() {
                ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::UnbornBranch | ErrorCode::Peel => Ok(None),
                _ => Err(failed(doing)(error)),
            },
        }
    }
}

/// Whether the header of a commit holds a signature of either object format.
pub(super) fn is_signed(header: &[u8]) -> bool {
    header.split(|&byte| byte == b'\n').any(|line| line.starts_with(b"gpgsig ") || line.starts_with(b"gpgsig-sha256 "))
}

impl Backend for Library {
    fn commit_id(&self, rev: &str) -> Result<Option<String>, GitError> {
        let object = self.repository.revparse_single(rev).and_then(|object| object.peel_to_commit());
        let commit = Self::found(object, "look up a revision")?;
        Ok(commit.map(|commit| commit.id().to_string()))
    }

    fn is_present(&self, id: &str) -> Result<bool, GitError> {
        let object = self.repository.revparse_single(&format!("{id}^{{}}"));
        Ok(Self::found(object, "look up an object")?.is_some())
    }

    fn parents(&self, id: &str) -> Result<Vec<String>, GitError> {
        let commit = objects::commit(&self.repository, Self::oid(id)?).map_err(failed("read a commit"))?;
        let ids = commit.parent_ids();
        // At a shallow boundary the commit still names its parents, but they are not there.
        Ok(ids.filter(|id| self.repository.find_commit(*id).is_ok()).map(|id| id.to_string()).collect())
    }

    fn committed_at(&self, id: &str) -> Result<Timestamp, GitError> {
        let commit = objects::commit(&self.repository, Self::oid(id)?).map_err(failed("read a commit"))?;
        Ok(timestamp(commit.time().seconds()))
    }

    fn head_branch(&self) -> Result<Option<String>, GitError> {
        self.symbolic_target("HEAD")
    }

    fn upstream(&self) -> Result<Option<String>, GitError> {
        let Some(branch) = self.head_branch()? else { return Ok(None) };
        let name = Self::found(self.repository.branch_upstream_name(&branch), "read the branch's upstream")?;
        Ok(name.and_then(|name| name.as_str().ok().map(str::to_owned)))
    }

    fn symbolic_target(&self, name: &str) -> Result<Option<String>, GitError> {
        let reference = Self::found(self.repository.find_reference(name), "read a ref")?;
        Ok(reference.and_then(|reference| {
            let target = reference.symbolic_target_bytes()?;
            Some(String::from_utf8_lossy(target).into_owned())
        }))
    }

    fn has_refs_under(&self, prefix: &str) -> Result<bool, GitError> {
        let mut refs = self.repository.references_glob(&format!("{prefix}*")).map_err(failed("list refs"))?;
        let found = refs.names().next().is_some();
        Ok(found)
    }

    fn is_shallow(&self) -> bool {
        self.repository.commondir().join("shallow").metadata().is_ok_and(|file| file.len() > 0)
    }

    fn merge_bases(&self, one: &str, two: &str) -> Result<Vec<String>, GitError> {
        let bases = self.repository.merge_bases(Self::oid(one)?, Self::oid(two)?);
        let bases = Self::found(bases, "find the merge base")?;
        Ok(bases.map(|bases| bases.iter().map(Oid::to_string).collect()).unwrap_or_default())
    }

    fn commits(&self, base: Option<&str>, head: &str) -> Result<(Vec<RawCommit>, bool), GitError> {
        let read = || -> Result<(Vec<RawCommit>, bool), git2::Error> {
            let mut walk = self.repository.revwalk()?;
            walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME)?;
            walk.push(Oid::from_str(head)?)?;
            if let Some(base) = base {
                walk.hide(Oid::from_str(base)?)?;
            }
            let mut ids = walk.by_ref().take(COMMIT_LIMIT).collect::<Result<Vec<_>, _>>()?;
            let complete = walk.next().is_none();
            ids.reverse();
            let commits = ids.into_iter().map(|id| self.raw_commit(id)).collect::<Result<Vec<_>, _>>()?;
            Ok((commits, complete))
        };
        read().map_err(failed("list the commits"))
    }

    fn files(&self, base: Option<&str>, head: &str) -> Result<Files, GitError> {
        let old = base.map(|commit| self.tree_of(commit)).transpose()?;
        let new = self.tree_of(head)?;
        let deltas = differ(old, Some(new), |tree| self.names(*tree))?;
        let reader = self.reader();
        let (deltas, renames_cut) = rename::join(deltas, &reader)?;
        let files = if deltas.len() < PARALLEL_FROM {
            deltas.iter().map(|delta| reader.file(delta)).collect::<Result<Vec<_>, _>>()?
        } else {
            self.files_in_parallel(&deltas)?
        };
        Ok(Files { files, renames_cut })
    }

    fn entry(&self, commit: &str, path: &str) -> Result<Option<Entry>, GitError> {
        let mut tree = self.tree_of(commit)?;
        let path = path_bytes(path);
        let mut parts = path.split(|&byte| byte == b'/').peekable();
        while let Some(part) = parts.next() {
            let Some(found) = self.names(tree)?.into_iter().find(|name| name.text == part) else { return Ok(None) };
            if parts.peek().is_none() {
                return Ok(Some(Entry { mode: found.mode, id: found.id.to_string() }));
            }
            if mode::kind(found.mode) != mode::TREE {
                return Ok(None);
            }
            tree = found.id;
        }
        Ok(None)
    }

    fn blob(&self, id: &str, limit: u64) -> Result<Blob, GitError> {
        let id = Self::oid(id)?;
        let odb = self.repository.odb().map_err(failed("open the object database"))?;
        let (length, _) = odb.read_header(id).map_err(failed("read a file's size"))?;
        if length as u64 > limit {
            return Ok(Blob::TooLong(length as u64));
        }
        let blob = objects::blob(&self.repository, id).map_err(failed("read a file's content"))?;
        Ok(Blob::Bytes(blob.content().to_vec()))
    }

    fn list(&self, commit: &str, dir: &str) -> Result<Vec<String>, GitError> {
        let root = if dir.is_empty() {
            Some(self.tree_of(commit)?)
        } else {
            let entry = self.entry(commit, dir)?.filter(|entry| mode::kind(entry.mode) == mode::TREE);
            entry.map(|entry| Self::oid(&entry.id)).transpose()?
        };
        let mut prefix = path_bytes(dir);
        if !prefix.is_empty() {
            prefix.push(b'/');
        }
        let (mut open, mut paths) = (Vec::from_iter(root.map(|root| (prefix, root))), Vec::new());
        while let Some((prefix, tree)) = open.pop() {
            for name in self.names(tree)? {
                let mut path = prefix.clone();
                path.extend_from_slice(&name.text);
                if mode::kind(name.mode) == mode::TREE {
                    path.push(b'/');
                    open.push((path, name.id));
                } else {
                    paths.push(path);
                }
            }
        }
        paths.sort();
        Ok(paths.iter().map(|path| path_text(path)).collect())
    }

    fn blob_id(&self, bytes: &[u8]) -> Result<String, GitError> {
        let id = Oid::hash_object(ObjectType::Blob, bytes).map_err(failed("hash a file"))?;
        Ok(id.to_string())
    }

    fn workdir(&self) -> Option<PathBuf> {
        self.repository.workdir().map(Path::to_path_buf)
    }

    fn git_dir(&self) -> PathBuf {
        self.repository.path().to_path_buf()
    }

    fn hooks_dir(&self) -> Result<PathBuf, GitError> {
        let config = self.repository.config().map_err(failed("read the configuration"))?;
        match Self::found(config.get_path("core.hooksPath"), "read core.hooksPath")? {
            // git runs hooks at the top of the working tree, or in the git directory of a bare repository.
            Some(path) => Ok(self.repository.workdir().unwrap_or_else(|| self.repository.path()).join(path)),
            None => Ok(self.repository.commondir().join("hooks")),
        }
    }
}
