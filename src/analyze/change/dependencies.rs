//! Which external dependencies the lock files of a change gain, lose or move (requirement A7).

use std::collections::{BTreeMap, BTreeSet};

use super::raw::{Contents, RawChange, RawFile, Side};
use crate::evidence::ReadError;
use crate::evidence::lockfile::{LockedPackage, is_lock_file, read};
use crate::facts::{DependencyChange, DependencyEdit, FileStatus};

/// What the lock files say, with a sentence for each one that says nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Found {
    /// By file, ecosystem and name; `None` when one of the lock files is not known on both sides: half a list would look whole.
    pub dependencies: Option<Vec<DependencyChange>>,
    pub notes: Vec<String>,
}

/// The lock files whose contents are needed. A renamed one is read at its old path on the base.
pub(super) fn wanted(raw: &RawChange) -> Vec<(Side, String)> {
    raw.files.iter().flat_map(sides).flatten().map(|(side, path)| (side, path.to_owned())).collect()
}

/// Compares the lock files on both sides. A change that touches none has no dependency changes, whatever is at hand.
pub(super) fn dependencies(raw: &RawChange, contents: Option<&Contents>) -> Found {
    let mut found = Found { dependencies: Some(Vec::new()), notes: Vec::new() };
    for file in &raw.files {
        let [base, head] = sides(file);
        if base.is_none() && head.is_none() {
            continue;
        }
        // Lock files may have megabytes, and a push should not wait for one side and then for the other.
        let (before, after) = rayon::join(|| packages(base, contents), || packages(head, contents));
        let both = before.and_then(|before| Ok((before, after?)));
        match both {
            Ok((before, after)) => {
                if let Some(all) = &mut found.dependencies {
                    all.extend(compare(&file.path, &before, &after));
                }
            }
            Err(note) => {
                found.dependencies = None;
                found.notes.push(note);
            }
        }
    }
    if let Some(all) = &mut found.dependencies {
        all.sort_by(|a, b| (&a.file, &a.ecosystem, &a.name).cmp(&(&b.file, &b.ecosystem, &b.name)));
    }
    found
}

/// Where the file is a lock file on the base and at the head; `None` on a side where it is none, or does not exist.
fn sides(file: &RawFile) -> [Option<(Side, &str)>; 2] {
    let lock = |path| is_lock_file(path).then_some(path);
    let old = match file.status {
        FileStatus::Added | FileStatus::Copied => None,
        _ => lock(file.old_path.as_deref().unwrap_or(&file.path)),
    };
    let new = if file.status == FileStatus::Deleted { None } else { lock(file.path.as_str()) };
    [old.map(|path| (Side::Base, path)), new.map(|path| (Side::Head, path))]
}

/// The external packages of a lock file on one side; none where it does not exist. The error is a sentence.
fn packages(place: Option<(Side, &str)>, contents: Option<&Contents>) -> Result<Vec<LockedPackage>, String> {
    let Some((side, path)) = place else { return Ok(Vec::new()) };
    let word = match side {
        Side::Base => "before",
        Side::Head => "after",
    };
    let says = |error: &str| format!("the dependencies are not known: {path} ({word} the change): {error}");
    let Some(contents) = contents else {
        return Err(says("only a diff was given; give a repository and two revisions to compare lock files"));
    };
    let Some(bytes) = contents.get(&(side, path.to_owned())) else {
        return Err(says("its contents could not be read from the repository"));
    };
    read(path, bytes).map_err(|error: ReadError| says(&error.to_string()))
}

/// The versions of a package with the line of each.
type Versions<'a> = BTreeMap<&'a str, Option<u32>>;

fn by_name(packages: &[LockedPackage]) -> BTreeMap<(&str, &str), Versions<'_>> {
    let mut names: BTreeMap<(&str, &str), Versions<'_>> = BTreeMap::new();
    for package in packages {
        names.entry((package.ecosystem, &package.name)).or_default().entry(&package.version).or_insert(package.line);
    }
    names
}

fn compare(file: &str, before: &[LockedPackage], after: &[LockedPackage]) -> Vec<DependencyChange> {
    let (before, after) = (by_name(before), by_name(after));
    let none = Versions::new();
    let names: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    let change = |(ecosystem, name): (&str, &str)| {
        let from = before.get(&(ecosystem, name)).unwrap_or(&none);
        let to = after.get(&(ecosystem, name)).unwrap_or(&none);
        let edit = match (from.is_empty(), to.is_empty()) {
            _ if from.keys().eq(to.keys()) => return None,
            (true, _) => DependencyEdit::Added,
            (_, true) => DependencyEdit::Removed,
            _ => DependencyEdit::Updated,
        };
        // The first entry that is new; where a version only went away, the first that stayed.
        let new = to.iter().filter(|(version, _)| !from.contains_key(*version)).filter_map(|(_, line)| *line).min();
        let versions = |it: &Versions<'_>| it.keys().map(|version| (*version).to_owned()).collect();
        Some(DependencyChange {
            file: file.to_owned(),
            line: new.or_else(|| to.values().filter_map(|line| *line).min()),
            ecosystem: ecosystem.to_owned(),
            name: name.to_owned(),
            edit,
            from: versions(from),
            to: versions(to),
        })
    };
    names.into_iter().filter_map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::change::testing::{raw_change, raw_file};

    const OLD: &str = "[[package]]\nname = \"a\"\nversion = \"1\"\nsource = \"registry\"\n\n[[package]]\nname = \"b\"\nversion = \"1\"\nsource = \"registry\"\n";
    const NEW: &str = "[[package]]\nname = \"a\"\nversion = \"1\"\nsource = \"registry\"\n\n[[package]]\nname = \"a\"\nversion = \"2\"\nsource = \"registry\"\n\n[[package]]\nname = \"c\"\nversion = \"3\"\nsource = \"registry\"\n";

    fn contents(files: &[(Side, &str, &str)]) -> Contents {
        files.iter().map(|(side, path, text)| ((*side, (*path).to_owned()), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn added_updated_and_removed_packages_are_told_apart() {
        let raw = raw_change(vec![raw_file("Cargo.lock", "")], &[]);
        let contents = contents(&[(Side::Base, "Cargo.lock", OLD), (Side::Head, "Cargo.lock", NEW)]);
        let found = dependencies(&raw, Some(&contents)).dependencies.expect("known");
        let short: Vec<_> = found.iter().map(|it| (it.name.as_str(), it.edit, it.line, it.from.len(), it.to.len())).collect();
        let wanted = [
            ("a", DependencyEdit::Updated, Some(6), 1, 2),
            ("b", DependencyEdit::Removed, None, 1, 0),
            ("c", DependencyEdit::Added, Some(11), 0, 1),
        ];
        assert_eq!(short, wanted);
    }

    #[test]
    fn a_change_without_lock_files_has_no_dependency_changes_even_in_a_diff() {
        let raw = raw_change(vec![raw_file("src/a.rs", "")], &[]);
        assert_eq!(dependencies(&raw, None), Found { dependencies: Some(Vec::new()), notes: Vec::new() });
    }

    #[test]
    fn what_cannot_be_read_is_not_known_and_named() {
        let raw = raw_change(vec![raw_file("Cargo.lock", ""), raw_file("a/package-lock.json", "")], &[]);
        assert_eq!(dependencies(&raw, None).notes.len(), 2);
        let broken = contents(&[
            (Side::Base, "Cargo.lock", OLD),
            (Side::Head, "Cargo.lock", "<<<<<<< HEAD\n"),
            (Side::Base, "a/package-lock.json", "{}"),
        ]);
        let found = dependencies(&raw, Some(&broken));
        assert_eq!(found.dependencies, None);
        assert!(found.notes[0].contains("Cargo.lock (after the change): line 1: "), "{}", found.notes[0]);
        assert!(found.notes[1].contains("a/package-lock.json"), "{}", found.notes[1]);
    }

    #[test]
    fn a_renamed_lock_file_is_compared_with_its_old_self() {
        let renamed =
            RawFile { old_path: Some("Cargo.lock".to_owned()), status: FileStatus::Renamed, ..raw_file("sub/Cargo.lock", "") };
        let raw = raw_change(vec![renamed], &[]);
        assert_eq!(wanted(&raw), [(Side::Base, "Cargo.lock".to_owned()), (Side::Head, "sub/Cargo.lock".to_owned())]);
        let contents = contents(&[(Side::Base, "Cargo.lock", OLD), (Side::Head, "sub/Cargo.lock", OLD)]);
        assert_eq!(dependencies(&raw, Some(&contents)).dependencies, Some(Vec::new()));
    }

    #[test]
    fn an_added_lock_file_adds_all_its_packages() {
        let raw = raw_change(vec![RawFile { status: FileStatus::Added, ..raw_file("Cargo.lock", "") }], &[]);
        let found = dependencies(&raw, Some(&contents(&[(Side::Head, "Cargo.lock", OLD)])));
        assert_eq!(found.dependencies.map(|all| all.len()), Some(2));
    }
}
