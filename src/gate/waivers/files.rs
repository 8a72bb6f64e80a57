//! Whether files of the changed tree match a waiver's path.

use std::collections::BTreeMap;

use globset::GlobMatcher;

use crate::collect::tree::{LIMIT, Tree};
use crate::decide::Presence;
use crate::gate::subject::Subject;

/// The files of folders that were walked; `None` where git cannot tell.
pub(in crate::gate) type Walked = BTreeMap<String, Option<Vec<String>>>;

/// What begins a part of a glob that is no plain name.
const META: &[char] = &['*', '?', '[', '{', '\\'];

/// Looks for files that match. A glob that begins with a wildcard would make this walk the whole tree, whose size the change has no part
/// in: that is left unknown, and so is what git cannot tell.
///
/// `walked` keeps the folders that were walked: many waivers may look into one.
pub(in crate::gate) fn presence(subject: &Subject, walked: &mut Walked, glob: &GlobMatcher) -> Presence {
    if subject.changed_paths().any(|path| glob.is_match(path)) {
        return Presence::Changed;
    }
    let (Some(Tree::Commit { repository, commit }), [_]) = (subject.head_tree(), subject.changes.as_slice()) else {
        return Presence::Unknown;
    };
    let text = glob.glob().glob();
    let found = if text.contains(META) {
        match folder(text) {
            "" => return Presence::Unknown,
            folder => {
                let list = || repository.list(&commit, folder).ok();
                let paths = walked.entry(folder.to_owned()).or_insert_with(list);
                paths.as_ref().map(|paths| paths.iter().any(|path| glob.is_match(path)))
            }
        }
    } else {
        // A file too large to be read is there.
        Some(!matches!(repository.read(&commit, text, LIMIT), Ok(None)))
    };
    match found {
        Some(true) => Presence::Elsewhere,
        Some(false) => Presence::Gone,
        None => Presence::Unknown,
    }
}

/// The folder that everything lies in that a glob with a wildcard can match; empty for the root.
fn folder(glob: &str) -> &str {
    let plain = glob.find(META).map_or(glob, |at| &glob[..at]);
    plain.rfind('/').map_or("", |end| &plain[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_folder_before_the_first_wildcard_is_walked() {
        for (glob, walked) in [
            ("src/legacy/**", "src/legacy"),
            ("src/le*/x.rs", "src"),
            ("*.rs", ""),
            ("**/x.rs", ""),
            ("a{b,c}/x", ""),
            ("a/{b,c}/x", "a"),
            ("a/b\\*c", "a"),
        ] {
            assert_eq!(folder(glob), walked, "{glob}");
        }
    }
}
