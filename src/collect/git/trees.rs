//! Which paths differ between two trees, without reading what is the same.
//!
//! A tree names its parts by their content, so a directory with the same id on both sides need not be opened: the work grows with
//! the change, not with the repository.

use std::cmp::Ordering;

use super::backend::mode;
use crate::facts::FileStatus;

/// A file, link or submodule on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version<I> {
    pub(super) mode: u32,
    pub(super) id: I,
}

/// A path whose two sides differ. At least one side exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Delta<I> {
    pub(super) path: Vec<u8>,
    /// The path of the old side, when it is another one: the file was renamed.
    pub(super) old_path: Option<Vec<u8>>,
    pub(super) old: Option<Version<I>>,
    pub(super) new: Option<Version<I>>,
}

impl<I> Delta<I> {
    pub(super) fn status(&self) -> FileStatus {
        match (&self.old, &self.new) {
            (None, _) => FileStatus::Added,
            (_, None) => FileStatus::Deleted,
            _ if self.old_path.is_some() => FileStatus::Renamed,
            (Some(old), Some(new)) if mode::kind(old.mode) != mode::kind(new.mode) => FileStatus::TypeChanged,
            _ => FileStatus::Modified,
        }
    }
}

/// One name of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name<I> {
    pub(super) text: Vec<u8>,
    pub(super) mode: u32,
    pub(super) id: I,
}

impl<I> Name<I> {
    fn is_tree(&self) -> bool {
        mode::kind(self.mode) == mode::TREE
    }

    /// The order of names in a tree: a directory sorts as if its name ended with a slash.
    fn order(&self, other: &Name<I>) -> Ordering {
        let slash = |name: &Name<I>| name.is_tree().then_some(b'/');
        self.text.iter().copied().chain(slash(self)).cmp(other.text.iter().copied().chain(slash(other)))
    }
}

/// The paths that differ between two trees, sorted. `read` gives the names of a tree in their stored order; no id means an empty tree.
pub(super) fn differ<I: Clone + Eq, E>(
    old: Option<I>,
    new: Option<I>,
    mut read: impl FnMut(&I) -> Result<Vec<Name<I>>, E>,
) -> Result<Vec<Delta<I>>, E> {
    let mut found = Vec::new();
    let mut open = vec![(Vec::new(), old, new)];
    while let Some((prefix, old, new)) = open.pop() {
        if old == new {
            continue;
        }
        let old = old.as_ref().map_or(Ok(Vec::new()), &mut read)?;
        let new = new.as_ref().map_or(Ok(Vec::new()), &mut read)?;
        for (old, new) in pairs(&old, &new) {
            let Some(either) = old.or(new) else { continue };
            let mut path: Vec<u8> = prefix.clone();
            path.extend_from_slice(&either.text);
            if either.is_tree() {
                path.push(b'/');
                open.push((path, old.map(|name| name.id.clone()), new.map(|name| name.id.clone())));
            } else if old.map(|name| (name.mode, &name.id)) != new.map(|name| (name.mode, &name.id)) {
                let version = |name: &Name<I>| Version { mode: name.mode, id: name.id.clone() };
                found.push(Delta { path, old_path: None, old: old.map(version), new: new.map(version) });
            }
        }
    }
    found.sort_by(|one, two| one.path.cmp(&two.path));
    Ok(found)
}

/// The same name on both sides.
type Pair<'a, I> = (Option<&'a Name<I>>, Option<&'a Name<I>>);

/// The names of two trees side by side. A file and a directory of the same name are two different names.
fn pairs<'a, I>(mut old: &'a [Name<I>], mut new: &'a [Name<I>]) -> Vec<Pair<'a, I>> {
    let mut pairs = Vec::with_capacity(old.len().max(new.len()));
    loop {
        let order = match (old.first(), new.first()) {
            (Some(one), Some(two)) => one.order(two),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return pairs,
        };
        let take = |names: &mut &'a [Name<I>], skip: Ordering| {
            if order == skip {
                return None;
            }
            let (first, rest) = names.split_first()?;
            *names = rest;
            Some(first)
        };
        pairs.push((take(&mut old, Ordering::Greater), take(&mut new, Ordering::Less)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str, mode: u32, id: u32) -> Name<u32> {
        Name { text: name.into(), mode, id }
    }

    /// The differing paths, and the trees that were read.
    fn run(trees: &[(u32, Vec<Name<u32>>)], old: Option<u32>, new: Option<u32>) -> (Vec<String>, Vec<u32>) {
        let mut opened = Vec::new();
        let deltas = differ(old, new, |id| {
            opened.push(*id);
            trees.iter().find(|(tree, _)| tree == id).map(|(_, names)| names.clone()).ok_or(())
        });
        let line = |delta: &Delta<u32>| format!("{:?} {}", delta.status(), String::from_utf8_lossy(&delta.path));
        (deltas.unwrap().iter().map(line).collect(), opened)
    }

    #[test]
    fn a_directory_with_the_same_id_is_not_opened() {
        let trees = [
            (1, vec![name("same", mode::TREE, 10), name("src", mode::TREE, 11)]),
            (2, vec![name("same", mode::TREE, 10), name("src", mode::TREE, 12)]),
            (11, vec![name("a", 0o100_644, 100), name("b", 0o100_644, 101)]),
            (12, vec![name("a", 0o100_644, 102), name("b", 0o100_755, 101)]),
        ];
        let (lines, opened) = run(&trees, Some(1), Some(2));
        assert_eq!(lines, ["Modified src/a", "Modified src/b"]);
        assert_eq!(opened, [1, 2, 11, 12]);
    }

    #[test]
    fn a_file_that_becomes_a_directory_is_removed_and_its_files_are_added() {
        let trees = [
            (1, vec![name("a", 0o100_644, 100), name("a-b", 0o100_644, 101)]),
            (2, vec![name("a-b", 0o100_644, 101), name("a", mode::TREE, 11)]),
            (11, vec![name("x", 0o100_644, 100)]),
        ];
        assert_eq!(run(&trees, Some(1), Some(2)).0, ["Deleted a", "Added a/x"]);
        assert_eq!(run(&trees, Some(2), Some(1)).0, ["Added a", "Deleted a/x"]);
    }

    #[test]
    fn a_file_that_becomes_a_link_changes_its_type() {
        let trees = [(1, vec![name("a", 0o100_644, 100)]), (2, vec![name("a", mode::LINK, 101)])];
        assert_eq!(run(&trees, Some(1), Some(2)).0, ["TypeChanged a"]);
        assert_eq!(run(&trees, None, Some(2)).0, ["Added a"]);
        assert!(run(&trees, Some(1), Some(1)).0.is_empty());
    }
}
