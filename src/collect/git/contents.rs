//! The contents of changed files, read and compared by libgit2.

use std::cell::RefCell;

use git2::{Oid, Repository};

use super::GitError;
use super::attributes::{Attributes, Content};
use super::backend::mode;
use super::lines::{FILE_LIMIT, LineChanges, all_added, all_removed, compare, looks_binary};
use super::objects::{self, failed};
use super::rename::Contents;
use super::similarity::Fingerprint;
use super::trees::{Delta, Version};
use crate::analyze::change::{RawFile, path_text};
use crate::facts::FileStatus;

/// Reads the contents that a difference needs.
pub(super) struct Reader<'r> {
    objects: &'r Repository,
    attributes: RefCell<Attributes<'r>>,
}

/// One side of a file, as far as its lines can be compared.
enum Side<'r> {
    /// The side does not exist, or is a submodule: it has no lines.
    Nothing,
    Text(git2::Blob<'r>),
    Binary,
}

/// A version of a file that was not read yet.
struct Unread {
    id: Oid,
    /// What the attributes of its path say.
    said: Content,
    /// Its size; 0 where the attributes call it binary, and nobody reads it.
    bytes: u64,
}

impl Side<'_> {
    fn text(&self) -> &[u8] {
        match self {
            Side::Text(blob) => blob.content(),
            Side::Nothing | Side::Binary => b"",
        }
    }

    fn is_binary(&self) -> bool {
        matches!(self, Side::Binary)
    }
}

impl<'r> Reader<'r> {
    pub(super) fn new(repository: &'r Repository) -> Self {
        Reader { objects: repository, attributes: RefCell::new(Attributes::new(repository)) }
    }

    /// What is known of a version before it is read; `None` where there is none or a submodule's.
    fn unread(&self, path: &[u8], version: Option<&Version<Oid>>) -> Result<Option<Unread>, GitError> {
        let Some(version) = version.filter(|version| mode::kind(version.mode) != mode::SUBMODULE) else { return Ok(None) };
        let said = if mode::is_regular(version.mode) { self.attributes.borrow_mut().content(path) } else { Content::Unspecified };
        let bytes = if said == Content::Binary { 0 } else { self.size(&version.id)? };
        Ok(Some(Unread { id: version.id, said, bytes }))
    }

    fn side(&self, version: Option<&Unread>) -> Result<Side<'r>, GitError> {
        let Some(&Unread { id, said, bytes }) = version else { return Ok(Side::Nothing) };
        if said == Content::Binary || bytes > FILE_LIMIT {
            return Ok(Side::Binary);
        }
        let blob = objects::blob(self.objects, id).map_err(failed("read a file's content"))?;
        Ok(if said == Content::Unspecified && looks_binary(blob.content()) { Side::Binary } else { Side::Text(blob) })
    }

    /// The file before and after. A pack mostly holds the smaller version as a difference from the larger one, which the library
    /// unpacks for it and keeps at hand: read the other way round, the larger one is unpacked twice.
    fn sides(&self, delta: &Delta<Oid>) -> Result<(Side<'r>, Side<'r>), GitError> {
        let old = self.unread(delta.old_path.as_ref().unwrap_or(&delta.path), delta.old.as_ref())?;
        let new = self.unread(&delta.path, delta.new.as_ref())?;
        let bytes = |version: &Option<Unread>| version.as_ref().map_or(0, |version| version.bytes);
        if bytes(&new) < bytes(&old) {
            let new = self.side(new.as_ref())?;
            return Ok((self.side(old.as_ref())?, new));
        }
        Ok((self.side(old.as_ref())?, self.side(new.as_ref())?))
    }

    /// Compares the two versions of a file.
    pub(super) fn file(&self, delta: &Delta<Oid>) -> Result<RawFile, GitError> {
        let status = delta.status();
        let (old, new) = self.sides(delta)?;
        let binary = old.is_binary() || new.is_binary();
        let (added, removed) = match (&old, &new) {
            // git shows the removal of one thing and the addition of another.
            _ if status == FileStatus::TypeChanged => (all_added(new.text()), all_removed(old.text())),
            _ if binary => LineChanges::default(),
            (Side::Text(old), Side::Text(new)) => compare(old, new).map_err(failed("compare a file's lines"))?,
            _ => (all_added(new.text()), all_removed(old.text())),
        };
        Ok(RawFile {
            path: path_text(&delta.path),
            old_path: delta.old_path.as_ref().map(|path| path_text(path)),
            status,
            mode: delta.new.as_ref().map(|version| version.mode),
            old_mode: delta.old.as_ref().map(|version| version.mode),
            binary,
            added,
            removed,
        })
    }
}

impl Contents<Oid, GitError> for Reader<'_> {
    fn size(&self, id: &Oid) -> Result<u64, GitError> {
        let odb = self.objects.odb().map_err(failed("open the object database"))?;
        let (length, _) = odb.read_header(*id).map_err(failed("read a file's size"))?;
        Ok(length as u64)
    }

    fn fingerprint(&self, path: &[u8], id: &Oid) -> Result<Fingerprint, GitError> {
        let blob = objects::blob(self.objects, *id).map_err(failed("read a file's content"))?;
        let text = match self.attributes.borrow_mut().content(path) {
            Content::Text => true,
            Content::Binary => false,
            Content::Unspecified => !looks_binary(blob.content()),
        };
        Ok(Fingerprint::of(blob.content(), text))
    }
}
