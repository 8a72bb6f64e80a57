//! From a raw difference to the facts of a change.

mod added_lines;
mod catalogue;
mod category;
mod change_type;
mod codeowners;
mod comments;
mod commits;
mod dependencies;
mod documents;
mod files;
mod languages;
mod markdown;
mod markers;
mod merged;
mod path_text;
mod raw;
mod summary;
#[cfg(test)]
mod testing;
mod trailers;
pub mod unified_diff;

use std::collections::BTreeSet;

pub use added_lines::AddedLines;
pub use category::category;
pub use documents::documents;
pub use path_text::{path_bytes, path_text, unquote, without_quotes};
pub use raw::{Contents, RawChange, RawCommit, RawFile, Side};

use crate::facts::{Change, GateFile};

/// What the analysis has to be told beside the difference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// The service catalogue's path in the repository.
    pub catalogue: String,
    /// The pull request number, when it is known.
    pub pull_request: Option<u64>,
    /// Where design documents lie, as globs in which `*` stays within a directory, for example `docs/design/**/*.md`.
    pub design_globs: Vec<String>,
    /// The changed files that take part in judging.
    pub gate_files: Vec<GateFile>,
}

/// The facts of a change, and what could not be understood of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    pub change: Change,
    /// One sentence for each thing that is null, or empty, because it could not be read: a lock file, the catalogue, CODEOWNERS.
    pub notes: Vec<String>,
}

/// The files that the analysis needs read, sorted: CODEOWNERS on the base, the changed lock files and the changed catalogue on
/// both sides, and the linked design documents at the head. Those that do not exist are simply left out of the [`Contents`].
#[must_use]
pub fn wanted(raw: &RawChange, options: &Options) -> Vec<(Side, String)> {
    let codeowners = codeowners::PLACES.iter().map(|place| (Side::Base, (*place).to_owned()));
    let designs = documents::linked(raw, &options.design_globs).into_keys().map(|path| (Side::Head, path));
    let wanted: BTreeSet<(Side, String)> =
        codeowners.chain(dependencies::wanted(raw)).chain(catalogue::wanted(raw, &options.catalogue)).chain(designs).collect();
    wanted.into_iter().collect()
}

/// Understands a change. Never fails: what cannot be read is null in the facts and named in the notes.
///
/// `contents` holds what [`wanted`] asked for; `None` when only a diff was given. Then `dependencies` is null if the diff touches a
/// lock file, `catalogue` is null if it touches the catalogue, and nobody owns anything, which a note says. An empty difference
/// gives a change without files, which is for a policy to judge.
#[must_use]
pub fn facts(raw: &RawChange, contents: Option<&Contents>, options: &Options) -> Understood {
    let mut notes = Vec::new();
    let code_owners = code_owners(contents).unwrap_or_else(|note| {
        notes.push(note);
        codeowners::CodeOwners::default()
    });
    let commits: Vec<_> = raw.commits.iter().map(commits::commit).collect();
    let files = files::files(&raw.files, &code_owners);
    let mut markers: Vec<_> =
        commits.iter().filter_map(markers::of_commit).chain(raw.files.iter().flat_map(markers::of_file)).collect();
    markers.sort();
    let found = dependencies::dependencies(raw, contents);
    notes.extend(found.notes);
    let catalogue = catalogue::catalogue_change(raw, contents, &options.catalogue).map_err(|note| notes.push(note)).ok();
    let change = Change {
        base: raw.base.clone(),
        head: raw.head.clone(),
        base_reason: raw.base_reason.clone(),
        branch: raw.branch.clone(),
        pull_request: options.pull_request,
        change_type: change_type::change_type(raw.branch.as_deref(), &commits, &files),
        size: summary::size(&files),
        touches: summary::touches(&files),
        areas: summary::areas(&files),
        owners: summary::owners(&files),
        merged: merged::merged(&raw.commits, &commits, raw.head.as_ref().map(|head| head.commit.as_str())),
        commits,
        files,
        markers,
        dependencies: found.dependencies,
        catalogue,
        gate_files: options.gate_files.clone(),
    };
    Understood { change, notes }
}

/// The first CODEOWNERS file on the base; no rules where there is none. The error is a sentence.
fn code_owners(contents: Option<&Contents>) -> Result<codeowners::CodeOwners, String> {
    let Some(contents) = contents else {
        return Err(
            "code owners are not known: only a diff was given; give a repository and two revisions to read CODEOWNERS".to_owned()
        );
    };
    let mut places =
        codeowners::PLACES.iter().filter_map(|place| Some((place, contents.get(&(Side::Base, (*place).to_owned()))?)));
    let Some((place, bytes)) = places.next() else { return Ok(codeowners::CodeOwners::default()) };
    codeowners::CodeOwners::read(bytes).map_err(|error| format!("code owners are not known: {place} cannot be used: {error}"))
}

#[cfg(test)]
mod tests {
    use super::testing::{raw_change, raw_file};
    use super::*;
    use crate::facts::{Category, FileStatus, MarkerKind};

    fn options() -> Options {
        Options {
            catalogue: ".kadian/catalogue.yaml".to_owned(),
            pull_request: Some(7),
            design_globs: vec!["docs/design/*.md".to_owned()],
            gate_files: Vec::new(),
        }
    }

    #[test]
    fn the_parts_come_together() {
        let lock = RawFile { added: [(1, "x")].into_iter().collect(), ..raw_file("go.sum", "") };
        let renamed = RawFile {
            status: FileStatus::Renamed,
            old_path: Some("old/b.rs".to_owned()),
            ..raw_file("new/b.rs", "// c\nlet a;")
        };
        let raw = raw_change(vec![lock, raw_file("README.md", "NOCOMMIT"), renamed], &["fixup! a"]);
        let contents = Contents::from([
            ((Side::Base, "CODEOWNERS".to_owned()), b"* @late".to_vec()),
            ((Side::Base, ".github/CODEOWNERS".to_owned()), b"/new/ @a\n*.md @b".to_vec()),
        ]);
        let change = facts(&raw, Some(&contents), &options()).change;
        assert_eq!((change.size.files, change.size.lines), (3, 3));
        assert_eq!(change.areas, [".", "new", "old"]);
        assert_eq!(change.owners, ["@a", "@b"]);
        assert_eq!(change.files[2].code_additions, 1);
        assert_eq!(change.files[1].category, Category::Lock);
        assert!(change.touches.added_code && !change.touches.sql);
        let kinds: Vec<_> = change.markers.iter().map(|marker| marker.kind).collect();
        assert_eq!(kinds, [MarkerKind::Fixup, MarkerKind::DoNotMerge]);
        assert_eq!(change.pull_request, Some(7));
    }

    #[test]
    fn a_diff_alone_says_what_it_cannot_know() {
        let raw = raw_change(vec![raw_file("Cargo.lock", "x"), raw_file(".kadian/catalogue.yaml", "x")], &[]);
        let understood = facts(&raw, None, &options());
        assert_eq!(understood.change.dependencies, None);
        assert_eq!(understood.change.catalogue, None);
        assert_eq!(understood.notes.len(), 3);
    }

    #[test]
    fn a_diff_that_touches_neither_knows_both() {
        let understood = facts(&raw_change(vec![raw_file("a.rs", "x")], &[]), None, &options());
        assert_eq!(understood.change.dependencies, Some(Vec::new()));
        assert!(understood.change.catalogue.is_some_and(|change| change.changed_dependencies.is_empty()));
    }

    #[test]
    fn the_files_that_are_needed_are_named_once_and_in_order() {
        let raw =
            raw_change(vec![raw_file("Cargo.lock", ""), raw_file(".kadian/catalogue.yaml", "")], &["s\n\nDesign: docs/pay.md"]);
        let wanted: Vec<String> = wanted(&raw, &options()).into_iter().map(|(side, path)| format!("{side:?} {path}")).collect();
        let both = [
            "Base .github/CODEOWNERS",
            "Base .kadian/catalogue.yaml",
            "Base CODEOWNERS",
            "Base Cargo.lock",
            "Base docs/CODEOWNERS",
        ];
        let head = ["Head .kadian/catalogue.yaml", "Head Cargo.lock", "Head docs/pay.md"];
        assert_eq!(wanted, [&both[..], &head[..]].concat());
    }

    #[test]
    fn nothing_changed_is_a_change_without_files() {
        let change = facts(&raw_change(Vec::new(), &[]), Some(&Contents::new()), &options()).change;
        assert_eq!((change.size.files, change.areas.len(), change.files.len()), (0, 0, 0));
    }
}
