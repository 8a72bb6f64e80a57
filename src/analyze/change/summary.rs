//! What the files of a change amount to together.

use std::collections::BTreeSet;

use crate::facts::{Category, ChangedFile, FileStatus, Size, Touches};

/// Sums over the files. Lock files and binary files count as files, but their lines do not count: nobody reads them, and a
/// limit on the size of a change is about what a reviewer can read. Submodules count as files.
pub(super) fn size(files: &[ChangedFile]) -> Size {
    let mut size = Size { files: files.len() as u64, ..Size::default() };
    for file in files.iter().filter(|file| !file.binary && !file.submodule && file.category != Category::Lock) {
        size.additions += file.additions;
        size.deletions += file.deletions;
    }
    size.lines = size.additions + size.deletions;
    size
}

/// Which categories the files are of.
pub(super) fn touches(files: &[ChangedFile]) -> Touches {
    let any = |category| files.iter().any(|file| file.category == category);
    Touches {
        code: any(Category::Code),
        tests: any(Category::Test),
        sql: any(Category::Sql),
        config: any(Category::Config),
        lock: any(Category::Lock),
        docs: any(Category::Docs),
        added_code: files.iter().any(|file| file.category == Category::Code && file.code_additions > 0),
    }
}

/// The first path components, sorted; `.` for files at the top. A renamed file touches the place that it leaves, too.
pub(super) fn areas(files: &[ChangedFile]) -> Vec<String> {
    let left = files.iter().filter(|file| file.status == FileStatus::Renamed).filter_map(|file| file.old_path.as_deref());
    let paths = files.iter().map(|file| file.path.as_str()).chain(left);
    let areas: BTreeSet<&str> = paths.map(|path| path.split_once('/').map_or(".", |(first, _)| first)).collect();
    areas.into_iter().map(str::to_owned).collect()
}

/// Everyone who owns one of the files, sorted.
pub(super) fn owners(files: &[ChangedFile]) -> Vec<String> {
    let owners: BTreeSet<&String> = files.iter().flat_map(|file| file.owners.iter().chain(&file.old_owners)).collect();
    owners.into_iter().cloned().collect()
}
