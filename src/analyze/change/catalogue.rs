//! What a change does to the service catalogue (requirement A7).

use super::raw::{Contents, RawChange, Side};
use crate::evidence::catalogue::read;
use crate::facts::{Catalogue, CatalogueChange, Dependency, FileStatus, Service, ServiceDependency};

/// Both sides of the catalogue where the change touches it, otherwise nothing.
pub(super) fn wanted(raw: &RawChange, path: &str) -> Vec<(Side, String)> {
    if touch(raw, path) == Touch::None { Vec::new() } else { vec![(Side::Base, path.to_owned()), (Side::Head, path.to_owned())] }
}

/// Compares the catalogue at `path` on both sides; a catalogue that does not exist on a side declares nothing there.
///
/// A change that does not touch it does nothing to it, whatever is at hand. The error is a sentence: the catalogue is touched, and
/// one of its sides is not at hand or cannot be read.
pub(super) fn catalogue_change(raw: &RawChange, contents: Option<&Contents>, path: &str) -> Result<CatalogueChange, String> {
    let touch = touch(raw, path);
    let nothing = Catalogue { services: Vec::new() };
    if touch == Touch::None {
        return Ok(compare(path, &nothing, nothing.clone()));
    }
    let side = |side: Side, word: &str, exists: bool| {
        let says =
            |error: &str| format!("what the change does to the catalogue is not known: {path} ({word} the change): {error}");
        match contents.map(|contents| contents.get(&(side, path.to_owned()))) {
            None => Err(says("only a diff was given; give a repository and two revisions to compare catalogues")),
            Some(None) if exists => Err(says("its contents could not be read from the repository")),
            Some(None) => Ok(nothing.clone()),
            Some(Some(bytes)) => read(bytes).map_err(|error| says(&error.to_string())),
        }
    };
    let base = side(Side::Base, "before", touch != Touch::Appears)?;
    let head = side(Side::Head, "after", touch != Touch::Disappears)?;
    Ok(compare(path, &base, head))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Touch {
    None,
    Appears,
    Changes,
    Disappears,
}

fn touch(raw: &RawChange, path: &str) -> Touch {
    let arrives = raw.files.iter().find(|file| file.path == path);
    let leaves = raw.files.iter().any(|file| file.status == FileStatus::Renamed && file.old_path.as_deref() == Some(path));
    match arrives.map(|file| file.status) {
        Some(FileStatus::Deleted) => Touch::Disappears,
        Some(FileStatus::Added | FileStatus::Renamed | FileStatus::Copied) if !leaves => Touch::Appears,
        Some(_) => Touch::Changes,
        None if leaves => Touch::Disappears,
        None => Touch::None,
    }
}

fn compare(path: &str, base: &Catalogue, head: Catalogue) -> CatalogueChange {
    let find = |catalogue: &Catalogue, name: &str| catalogue.services.iter().position(|service| service.name == name);
    let mut removed_services: Vec<String> =
        base.services.iter().map(|service| service.name.clone()).filter(|name| find(&head, name).is_none()).collect();
    removed_services.sort();
    let (mut added_services, mut changed_dependencies) = (Vec::new(), Vec::new());
    for service in head.services {
        let before: Option<&Service> = find(base, &service.name).and_then(|at| base.services.get(at));
        let known = before.map_or(&[][..], |before| &before.dependencies);
        let new = service.dependencies.iter().filter(|dependency| !known.iter().any(|old| same(old, dependency)));
        changed_dependencies
            .extend(new.map(|dependency| ServiceDependency { service: service.name.clone(), dependency: dependency.clone() }));
        if before.is_none() {
            added_services.push(service);
        }
    }
    added_services.sort_by(|a, b| a.name.cmp(&b.name));
    changed_dependencies.sort_by(|a, b| (&a.service, &a.dependency.name).cmp(&(&b.service, &b.dependency.name)));
    CatalogueChange { file: path.to_owned(), added_services, removed_services, changed_dependencies }
}

/// Whether two declarations say the same; where they stand does not matter.
fn same(a: &Dependency, b: &Dependency) -> bool {
    Dependency { line: None, ..a.clone() } == Dependency { line: None, ..b.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::change::raw::RawFile;
    use crate::analyze::change::testing::{raw_change, raw_file};

    const PATH: &str = ".kadian/catalogue.yaml";
    const OLD: &str = "version: 1\nservices:\n- name: pay\n  dependencies:\n  - {name: db, kind: database}\n- name: gone\n";
    const NEW: &str = "version: 1\nservices:\n- name: new\n  dependencies: [{name: q}]\n- name: pay\n  dependencies:\n  - {name: stripe, timeout_ms: 5}\n  - {name: db, kind: database}\n";

    fn compared(base: Option<&str>, head: Option<&str>, file: RawFile) -> Result<CatalogueChange, String> {
        let side = |side, text: Option<&str>| text.map(|text| ((side, PATH.to_owned()), text.as_bytes().to_vec()));
        let contents: Contents = side(Side::Base, base).into_iter().chain(side(Side::Head, head)).collect();
        catalogue_change(&raw_change(vec![file], &[]), Some(&contents), PATH)
    }

    fn names(change: &CatalogueChange) -> Vec<(String, String, Option<u32>)> {
        change
            .changed_dependencies
            .iter()
            .map(|it| (it.service.clone(), it.dependency.name.clone(), it.dependency.line))
            .collect()
    }

    #[test]
    fn new_services_and_dependencies_are_found_wherever_they_stand() {
        let change = compared(Some(OLD), Some(NEW), raw_file(PATH, "")).expect("known");
        assert_eq!(change.added_services.len(), 1);
        assert_eq!(change.removed_services, ["gone"]);
        let wanted = [("new".to_owned(), "q".to_owned(), Some(4)), ("pay".to_owned(), "stripe".to_owned(), Some(7))];
        assert_eq!(names(&change), wanted);
    }

    #[test]
    fn a_changed_declaration_is_found_and_a_moved_one_is_not() {
        let changed = OLD.replace("kind: database", "kind: cache");
        assert_eq!(names(&compared(Some(OLD), Some(&changed), raw_file(PATH, "")).expect("known")).len(), 1);
        let moved = OLD.replace("services:", "\n\nservices:");
        assert!(names(&compared(Some(OLD), Some(&moved), raw_file(PATH, "")).expect("known")).is_empty());
    }

    #[test]
    fn a_catalogue_that_appears_or_disappears_is_compared_with_nothing() {
        let added = RawFile { status: FileStatus::Added, ..raw_file(PATH, "") };
        assert_eq!(compared(None, Some(NEW), added).expect("known").added_services.len(), 2);
        let deleted = RawFile { status: FileStatus::Deleted, ..raw_file(PATH, "") };
        assert_eq!(compared(Some(OLD), None, deleted).expect("known").removed_services, ["gone", "pay"]);
        let away = RawFile { status: FileStatus::Renamed, old_path: Some(PATH.to_owned()), ..raw_file("x.yaml", "") };
        assert_eq!(compared(Some(OLD), None, away).expect("known").removed_services.len(), 2);
    }

    #[test]
    fn what_is_not_at_hand_or_cannot_be_read_is_said() {
        let said = compared(Some(OLD), Some("version: 1\nservises: []\n"), raw_file(PATH, "")).expect_err("unreadable");
        assert!(said.contains("(after the change): line 2: "), "{said}");
        assert!(compared(Some(OLD), None, raw_file(PATH, "")).is_err());
        let raw = raw_change(vec![raw_file(PATH, "")], &[]);
        assert!(catalogue_change(&raw, None, PATH).is_err());
        assert!(catalogue_change(&raw_change(vec![raw_file("a.rs", "")], &[]), None, PATH).is_ok());
    }
}
