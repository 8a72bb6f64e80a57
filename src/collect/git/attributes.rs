//! What `.gitattributes` says about showing a file's lines.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use git2::{AttrCheckFlags, AttrValue, Config, Repository};

use super::backend::os_path;

/// How a file's content is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Text,
    Binary,
    /// Nothing is said: look at the content.
    Unspecified,
}

/// The attributes of a repository's working tree, read only as far as they are asked for.
///
/// As plain `git diff` does between two commits, it reads the attribute files of the working tree, not those of the commits.
pub(super) struct Attributes<'r> {
    repository: &'r Repository,
    config: Option<Config>,
    /// Whether files that hold for every path say anything that matters here.
    everywhere: bool,
    /// By directory: whether its own attribute file does.
    directories: BTreeMap<Vec<u8>, bool>,
}

impl<'r> Attributes<'r> {
    pub(super) fn new(repository: &'r Repository) -> Self {
        let config = repository.config().and_then(|mut config| config.snapshot()).ok();
        let global = config.as_ref().and_then(|config| config.get_path("core.attributesFile").ok()).or_else(default_file);
        let info = repository.commondir().join("info").join("attributes");
        let everywhere = matters(&info)
            || global.is_some_and(|path| matters(&path))
            || matters(Path::new("/etc/gitattributes"))
            || repository.workdir().is_some_and(|dir| matters(&dir.join(".gitattributes")));
        Attributes { repository, config, everywhere, directories: BTreeMap::new() }
    }

    /// What is said about a path.
    pub(super) fn content(&mut self, path: &[u8]) -> Content {
        // The library looks at many files before it answers, so it is asked only when there may be an answer.
        if !self.everywhere && !self.said_on_the_way(path) {
            return Content::Unspecified;
        }
        let name = os_path(path);
        let value = self.repository.get_attr_bytes(&name, "diff", AttrCheckFlags::FILE_THEN_INDEX);
        match value.map(AttrValue::always_bytes) {
            Ok(AttrValue::True) => Content::Text,
            Ok(AttrValue::False) => Content::Binary,
            Ok(AttrValue::Bytes(driver)) => self.driver(&String::from_utf8_lossy(driver)),
            Ok(AttrValue::String(driver)) => self.driver(driver),
            Ok(AttrValue::Unspecified) | Err(_) => Content::Unspecified,
        }
    }

    /// A diff driver of the configuration may call its files binary or text.
    fn driver(&self, name: &str) -> Content {
        let key = format!("diff.{name}.binary");
        match self.config.as_ref().and_then(|config| config.get_bool(&key).ok()) {
            Some(true) => Content::Binary,
            Some(false) => Content::Text,
            None => Content::Unspecified,
        }
    }

    /// Whether an attribute file in one of the path's directories says something that matters.
    fn said_on_the_way(&mut self, path: &[u8]) -> bool {
        let Some(root) = self.repository.workdir() else { return false };
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        let directories = &mut self.directories;
        slashes.map(|at| &path[..at]).any(|directory| {
            if let Some(&known) = directories.get(directory) {
                return known;
            }
            let said = matters(&root.join(os_path(directory)).join(".gitattributes"));
            directories.insert(directory.to_vec(), said);
            said
        })
    }
}

/// Whether an attribute file may set or unset `diff`, itself or through a macro.
fn matters(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|content| {
        [&b"diff"[..], b"binary", b"[attr]"].iter().any(|word| content.windows(word.len()).any(|window| window == *word))
    })
}

/// Where git looks when `core.attributesFile` is not set.
fn default_file() -> Option<PathBuf> {
    let config = std::env::var_os("XDG_CONFIG_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let config = config.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".config")))?;
    Some(config.join("git").join("attributes"))
}
