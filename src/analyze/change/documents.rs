//! The design documents that a change links (requirement A6).

use std::collections::BTreeMap;

use globset::{GlobSet, GlobSetBuilder};

use super::commits;
use super::markdown::sections;
use super::raw::{Contents, RawChange, Side};
use crate::facts::{Document, Documents, FileStatus};
use crate::path_glob;

/// Finds the design documents that the change links or brings, and reads their headings.
///
/// A link is a commit trailer `Design:` or `Design-Doc:`, a path in a commit's body that one of `design_globs` matches, or a
/// design document that this change itself adds or edits. Only paths inside the repository count: an address, an absolute path and
/// one that climbs out with `..` are no links, because nobody could say what they held when the change was judged. `contents`
/// holds the files that [`wanted`](super::wanted) names; one that it lacks does not exist. A glob that is not valid matches nothing:
/// whoever reads the configuration rejects it before.
#[must_use]
pub fn documents(raw: &RawChange, contents: &Contents, design_globs: &[String]) -> Documents {
    let document = |(path, linked_from): (String, String)| {
        let bytes = contents.get(&(Side::Head, path.clone()));
        Document { exists: bytes.is_some(), sections: bytes.map(|bytes| sections(bytes)).unwrap_or_default(), path, linked_from }
    };
    Documents { designs: linked(raw, design_globs).into_iter().map(document).collect() }
}

/// The linked paths with where the first link was found: a trailer before a body before the change itself.
pub(super) fn linked(raw: &RawChange, design_globs: &[String]) -> BTreeMap<String, String> {
    let designs = compile(design_globs);
    let commits: Vec<_> = raw.commits.iter().map(commits::commit).collect();
    let mut links: BTreeMap<String, String> = BTreeMap::new();
    let from = |id: &str| format!("commit {}", id.get(..7).unwrap_or(id));
    for commit in &commits {
        let named = commit.trailers.iter().filter(|it| ["design", "design-doc"].contains(&it.key.to_ascii_lowercase().as_str()));
        for path in named.flat_map(|trailer| paths(&trailer.value)) {
            links.entry(path).or_insert_with(|| from(&commit.id));
        }
    }
    for commit in &commits {
        for path in paths(&commit.body).filter(|path| designs.is_match(path)) {
            links.entry(path).or_insert_with(|| from(&commit.id));
        }
    }
    for file in raw.files.iter().filter(|file| file.status != FileStatus::Deleted && designs.is_match(&file.path)) {
        links.entry(file.path.clone()).or_insert_with(|| "changed in this change".to_owned());
    }
    links
}

fn compile(globs: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in globs.iter().filter_map(|glob| path_glob::parse(glob).ok()) {
        set.add(glob);
    }
    set.build().unwrap_or_default()
}

/// The words of a text that may be paths in the repository, without the punctuation of prose and Markdown around them.
fn paths(text: &str) -> impl Iterator<Item = String> + '_ {
    let between = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | '"' | '\'' | '`' | ',' | ';');
    text.split(between).filter_map(|word| normalise(word.trim_end_matches(['.', ':', '!', '?'])))
}

/// The path without `.` components and without a `#fragment`; `None` where it is no path inside the repository.
fn normalise(word: &str) -> Option<String> {
    let path = word.split('#').next()?;
    if path.starts_with('/') || path.contains([':', '\\', '\0']) {
        return None;
    }
    let mut components = Vec::new();
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." => return None,
            name => components.push(name),
        }
    }
    (!components.is_empty()).then(|| components.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::change::raw::RawFile;
    use crate::analyze::change::testing::{raw_change, raw_file};

    fn links(messages: &[&str], files: Vec<RawFile>) -> Vec<(String, String)> {
        linked(&raw_change(files, messages), &["docs/design/**/*.md".to_owned()]).into_iter().collect()
    }

    fn link(path: &str, from: &str) -> (String, String) {
        (path.to_owned(), from.to_owned())
    }

    #[test]
    fn trailers_bodies_and_changed_documents_are_links() {
        let message =
            "s\n\nSee [it](docs/design/b.md#grayscale) and ./docs/design/x/c.md.\nNot docs/other.md\n\nDesign: docs/pay.md";
        let wanted = [
            link("docs/design/a.md", "changed in this change"),
            link("docs/design/b.md", "commit 1a2b3c4"),
            link("docs/design/x/c.md", "commit 1a2b3c4"),
            link("docs/pay.md", "commit 1a2b3c4"),
        ];
        assert_eq!(links(&[message], vec![raw_file("docs/design/a.md", "x"), raw_file("src/a.rs", "x")]), wanted);
    }

    #[test]
    fn only_paths_inside_the_repository_are_links() {
        for value in
            ["../x.md", "docs/../../x.md", "/etc/passwd", "https://example.org/docs/design/a.md", "C:\\a.md", "file:a.md", "."]
        {
            assert!(links(&[&format!("s\n\nDesign: {value}")], Vec::new()).is_empty(), "{value}");
        }
    }

    #[test]
    fn a_deleted_document_is_no_link() {
        let deleted = RawFile { status: FileStatus::Deleted, ..raw_file("docs/design/a.md", "") };
        assert!(links(&[], vec![deleted]).is_empty());
    }

    #[test]
    fn a_link_to_nothing_says_so() {
        let raw = raw_change(Vec::new(), &["s\n\nDesign: a.md, b.md"]);
        let contents = Contents::from([((Side::Head, "b.md".to_owned()), b"# Trade-offs\nmany\n".to_vec())]);
        let designs = documents(&raw, &contents, &[]).designs;
        assert_eq!(designs.iter().map(|it| (it.exists, it.sections.len())).collect::<Vec<_>>(), [(false, 0), (true, 1)]);
    }

    #[test]
    fn a_glob_that_is_not_valid_matches_nothing() {
        let raw = raw_change(vec![raw_file("docs/a.md", "")], &[]);
        assert!(linked(&raw, &["docs/[".to_owned()]).is_empty());
    }
}
