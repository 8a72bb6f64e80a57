//! Objects of a repository, each held against the hash that names it.

use git2::{Blob, Commit, Error, ErrorClass, ErrorCode, ObjectType, Odb, Oid, Repository, Tree};
use sha1::{Digest as _, Sha1};

use super::GitError;

/// The library's own check looks for collisions that an attacker made, byte by byte, and takes a quarter of the time of a large
/// difference. git looks for them once, when an object comes into the repository, and so does this: what is read has the hash that
/// names it, told by the processor's own instructions where it has them.
pub(super) fn rely_on_own_check() {
    git2::opts::strict_hash_verification(false);
}

/// Names what the library was asked to do when it failed; what is damaged is that, whoever asked.
pub(super) fn failed(doing: &str) -> impl Fn(git2::Error) -> GitError + '_ {
    move |error| match (error.class(), error.code()) {
        (ErrorClass::Odb, ErrorCode::Modified) => GitError::Damaged { message: error.message().to_owned() },
        _ => GitError::Failed { doing: doing.to_owned(), message: error.message().to_owned() },
    }
}

/// A blob whose content is what its id says.
pub(super) fn blob(repository: &Repository, id: Oid) -> Result<Blob<'_>, Error> {
    let blob = repository.find_blob(id)?;
    hold(ObjectType::Blob, id, blob.content())?;
    Ok(blob)
}

/// A commit whose content is what its id says.
pub(super) fn commit(repository: &Repository, id: Oid) -> Result<Commit<'_>, Error> {
    let commit = repository.find_commit(id)?;
    hold_again(&repository.odb()?, ObjectType::Commit, id)?;
    Ok(commit)
}

/// A tree whose content is what its id says.
pub(super) fn tree(repository: &Repository, id: Oid) -> Result<Tree<'_>, Error> {
    let tree = repository.find_tree(id)?;
    hold_again(&repository.odb()?, ObjectType::Tree, id)?;
    Ok(tree)
}

/// The library gives no bytes of what it takes apart.
fn hold_again(objects: &Odb<'_>, kind: ObjectType, id: Oid) -> Result<(), Error> {
    hold(kind, id, objects.read(id)?.data())
}

/// The error is one that the library itself does not give.
fn hold(kind: ObjectType, id: Oid, content: &[u8]) -> Result<(), Error> {
    let mut hash = Sha1::new();
    hash.update(format!("{kind} {}\0", content.len()));
    hash.update(content);
    if hash.finalize().as_slice() == id.as_bytes() {
        return Ok(());
    }
    let message = format!("the {kind} {id} does not have the content that its name says: the repository is damaged");
    Err(Error::new(ErrorCode::Modified, ErrorClass::Odb, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_another_hash_is_refused() {
        for (kind, content) in [(ObjectType::Blob, "text\n"), (ObjectType::Commit, ""), (ObjectType::Tree, "\0")] {
            let id = Oid::hash_object(kind, content.as_bytes()).unwrap();
            assert!(hold(kind, id, content.as_bytes()).is_ok());
            let error = hold(kind, id, b"other").unwrap_err();
            assert!(error.message().contains(&id.to_string()), "{error}");
            assert!(matches!(failed("read it")(error), GitError::Damaged { .. }));
        }
        let id = Oid::hash_object(ObjectType::Blob, b"tree").unwrap();
        assert!(hold(ObjectType::Tree, id, b"tree").is_err());
    }
}
