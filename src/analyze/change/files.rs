//! What is changed in each file.

use super::category::category;
use super::codeowners::{CodeOwners, Directories};
use super::comments::code_additions;
use super::raw::RawFile;
use crate::facts::{Category, ChangedFile, FileStatus, LineRange};

const KIND: u32 = 0o170_000;
const LINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;

/// The facts of each file, by path.
pub(super) fn files(raw: &[RawFile], owners: &CodeOwners) -> Vec<ChangedFile> {
    let mut directories = Directories::new();
    let mut files: Vec<ChangedFile> = raw.iter().map(|file| one(file, owners, &mut directories)).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn one(raw: &RawFile, owners: &CodeOwners, directories: &mut Directories) -> ChangedFile {
    let is = |kind: u32| raw.mode.or(raw.old_mode).is_some_and(|mode| mode & KIND == kind);
    let (link, submodule) = (is(LINK), is(SUBMODULE));
    // The one line of a link or submodule is git's, not the author's.
    let text = !raw.binary && !submodule;
    let octal = |mode: u32| format!("{mode:06o}");
    let left = raw.old_path.as_deref().filter(|_| raw.status == FileStatus::Renamed);
    ChangedFile {
        path: raw.path.clone(),
        old_path: raw.old_path.clone(),
        status: raw.status,
        mode: raw.mode.map(octal),
        old_mode: raw.old_mode.map(octal),
        binary: raw.binary,
        submodule,
        additions: if text { raw.added.len() as u64 } else { 0 },
        deletions: if text { raw.removed.len() as u64 } else { 0 },
        code_additions: if text && !link { code_additions(&raw.path, &raw.added) } else { 0 },
        added: if text { LineRange::join(raw.added.numbers()) } else { Vec::new() },
        removed: if text { LineRange::join(raw.removed.iter().copied()) } else { Vec::new() },
        category: if link || submodule { Category::Other } else { script_or(category(&raw.path), raw) },
        owners: owners.of(&raw.path, directories).to_vec(),
        old_owners: left.map(|path| owners.of(path, directories).to_vec()).unwrap_or_default(),
    }
}

/// A file without an ending is code if it can be run: its mode says so, or its first line, where the change brings it.
fn script_or(category: Category, raw: &RawFile) -> Category {
    let name = raw.path.rsplit('/').next().unwrap_or_default();
    let executable = raw.mode.is_some_and(|mode| mode & 0o111 != 0);
    let starts = raw.added.iter().next().is_some_and(|(line, text)| line == 1 && text.starts_with(b"#!"));
    if category == Category::Other && !name.contains('.') && (executable || starts) { Category::Code } else { category }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::change::testing::raw_file;

    fn single(raw: RawFile) -> ChangedFile {
        files(&[raw], &CodeOwners::default()).remove(0)
    }

    #[test]
    fn lines_are_ranges_and_modes_are_octal() {
        let raw = RawFile { removed: vec![1, 2, 5], ..raw_file("src/a.rs", "a\n\n// c") };
        let file = single(raw);
        assert_eq!((file.additions, file.deletions, file.code_additions), (3, 3, 1));
        assert_eq!(file.added, [LineRange { first: 1, last: 3 }]);
        assert_eq!(file.removed.len(), 2);
        assert_eq!(file.mode.as_deref(), Some("100644"));
    }

    #[test]
    fn a_submodule_and_a_link_are_not_files_of_code() {
        let submodule = single(RawFile { mode: Some(0o160_000), ..raw_file("lib.rs", "Subproject commit 1") });
        assert!(submodule.submodule);
        assert_eq!((submodule.category, submodule.additions), (Category::Other, 0));
        let link = single(RawFile { mode: Some(0o120_000), ..raw_file("a.rs", "../b.rs") });
        assert_eq!((link.category, link.additions, link.code_additions), (Category::Other, 1, 0));
    }

    #[test]
    fn a_script_without_an_ending_is_code() {
        assert_eq!(single(raw_file("bin/run", "#!/bin/sh\nrm -r x")).category, Category::Code);
        assert_eq!(single(RawFile { mode: Some(0o100_755), ..raw_file("bin/run", "x") }).category, Category::Code);
        assert_eq!(single(raw_file("bin/data", "x")).category, Category::Other);
    }

    #[test]
    fn a_deleted_submodule_is_one_too() {
        assert!(single(RawFile { mode: None, old_mode: Some(0o160_000), ..raw_file("lib", "") }).submodule);
    }
}
