//! Files of the repository as they stand in a folder or in a commit.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::collect::git::{GitError, Repository};
use crate::error::{Error, Result};

/// No file that judges is larger than this.
pub const LIMIT: u64 = 16 << 20;

/// Where files are read from.
#[derive(Debug, Clone)]
pub enum Tree<'a> {
    /// The working tree, or any folder.
    Folder(PathBuf),
    /// A commit, by its id: what the change under review cannot touch when it is the base.
    Commit { repository: &'a Repository, commit: String },
}

impl Tree<'_> {
    /// The bytes of a file; `None` when there is none. A link in a commit is an error, not followed.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        match self {
            Tree::Folder(folder) => read_file(&folder.join(path)),
            Tree::Commit { repository, commit } => Ok(repository.read(commit, path, LIMIT)?),
        }
    }

    /// The text of a file; `None` when there is none.
    pub fn text(&self, path: &str) -> Result<Option<String>> {
        let Some(bytes) = self.read(path)? else { return Ok(None) };
        let text = String::from_utf8(bytes);
        text.map(Some).map_err(|error| Error::new(format!("{path} is not UTF-8 (byte {})", error.utf8_error().valid_up_to())))
    }

    /// The files below a folder, at any depth, by path; a file is its own only entry, and what does not exist has none.
    /// A link that is not followed is an error.
    pub fn list(&self, path: &str) -> Result<Vec<String>> {
        match self {
            Tree::Folder(folder) => list_folder(folder, path),
            Tree::Commit { repository, commit } => {
                let path = path.trim_start_matches("./").trim_end_matches('/');
                if repository.read(commit, path, LIMIT).is_ok_and(|file| file.is_some()) {
                    return Ok(vec![path.to_owned()]);
                }
                let paths = repository.list(commit, path)?;
                // What a link or a submodule leads to would be left out without a word.
                for path in &paths {
                    if let Err(error @ GitError::NotAFile { .. }) = repository.read(commit, path, 0) {
                        return Err(error.into());
                    }
                }
                Ok(paths)
            }
        }
    }
}

/// Whether something stands at the path, a broken link too.
#[must_use]
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The path without links; as it is where nothing stands.
#[must_use]
pub fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The bytes of a file on disk; `None` when there is none.
///
/// Whatever is not a regular file (a folder, a pipe, a device) is an error before it is opened: a pipe would wait for its writer,
/// and a device may never end.
pub fn read_file(path: &Path) -> Result<Option<Vec<u8>>> {
    read_bounded(path, LIMIT)
}

/// The bytes of a file of at most so many; `None` when there is none. Otherwise as [`read_file`].
#[expect(clippy::disallowed_methods, reason = "reads files for the rest of the program")]
pub fn read_bounded(path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    let failed = |error: std::io::Error| Error::new(format!("{} cannot be read: {error}", path.display()));
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => return Err(Error::new(format!("{} is a folder, not a file", path.display()))),
        Ok(meta) if !meta.is_file() => {
            return Err(Error::new(format!("{} is a pipe or a device, not a regular file", path.display()))
                .hint("write its content to a file, and name that"));
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    // The size that the file system states may be wrong: some files of the kernel state none, and another process may write.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(Error::new(format!("{} is larger than {} MiB", path.display(), limit >> 20)));
    }
    Ok(Some(bytes))
}

#[expect(clippy::disallowed_methods, reason = "lists files for the rest of the program")]
fn list_folder(root: &Path, path: &str) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut waiting = vec![path.trim_end_matches('/').to_owned()];
    while let Some(path) = waiting.pop() {
        let full = root.join(&path);
        let Ok(meta) = std::fs::metadata(&full) else { continue };
        if !meta.is_dir() {
            files.push(path);
            continue;
        }
        let entries =
            std::fs::read_dir(&full).map_err(|error| Error::new(format!("{} cannot be listed: {error}", full.display())))?;
        for entry in entries.flatten() {
            // A link to a folder may lead around in circles; a link to a file is read like the file.
            if entry.file_type().is_ok_and(|kind| kind.is_symlink()) && entry.path().is_dir() {
                return Err(Error::new(format!("{} is a link to a folder, which is not followed", entry.path().display()))
                    .hint("name the folder itself, or put a folder in the link's place"));
            }
            if let Some(name) = entry.file_name().to_str() {
                waiting.push(if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") });
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make the files that they read")]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_within_the_limit_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("small"), "x").unwrap();
        std::fs::File::create(at("large")).unwrap().set_len(LIMIT + 1).unwrap();
        std::fs::File::create(at("full")).unwrap().set_len(LIMIT).unwrap();
        assert_eq!(read_file(&at("small")).unwrap().as_deref(), Some(&b"x"[..]));
        assert_eq!(read_file(&at("none")).unwrap(), None);
        assert!(read_file(&at("full")).unwrap().is_some());
        assert!(read_file(&at("large")).unwrap_err().message().contains("larger than 16 MiB"));
        assert!(read_file(folder.path()).unwrap_err().message().contains("is a folder"));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_or_a_device_is_refused_before_it_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [pipe.as_path(), Path::new("/dev/zero")] {
            assert!(read_file(path).unwrap_err().message().contains("not a regular file"), "{}", path.display());
        }
        let tree = Tree::Folder(folder.path().to_path_buf());
        assert!(tree.text("pipe").is_err());
    }
}
