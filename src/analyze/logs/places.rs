//! Which changed file an entry speaks of.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::facts::{ChangedFile, FileStatus};

/// Places that are kept of an entry.
const MAX_PLACES: usize = 24;

/// A place in a source file as a log names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// With `/` between its parts.
    path: String,
    line: Option<u32>,
}

impl Place {
    /// The bytes that it takes.
    pub(super) fn size(&self) -> usize {
        size_of::<Place>() + self.path.len()
    }
}

/// The frames of a stack trace and the paths in an entry, in their order.
pub(super) fn places(text: &[u8]) -> Vec<Place> {
    // A Java frame; or a path or file name with a line behind it, as each language writes it; or a path alone.
    static PLACE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"(?x-u)
            \bat\s(?:[\w.$@-]*/)?(?P<class>[\w.$<>]+)\((?P<source>[\w-]+\.(?:java|kt|scala|groovy)):(?P<at>[0-9]{1,7})\)
          | (?P<path>(?:[A-Za-z]:[\\/])?[\w@.+~\[\]\\/-]*[\w\]]\.[A-Za-z][A-Za-z0-9]{0,5})(?:",\ line\ |:line\ |:|\()(?P<line>[0-9]{1,7})
          | (?P<only>[\w@.+~-]*(?:/[\w@.+~-]+)+\.[A-Za-z][A-Za-z0-9]{0,5})
            "#,
        )
        .ok()
    });
    // Every place has the ending of a file's name.
    if !memchr::memchr_iter(b'.', text).any(|at| text.get(at + 1).is_some_and(u8::is_ascii_alphabetic)) {
        return Vec::new();
    }
    let Some(pattern) = PLACE.as_ref() else { return Vec::new() };
    let text_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\\', "/");
    let number = |bytes: &[u8]| std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()).filter(|line| *line > 0);
    let found = pattern.captures_iter(text).filter_map(|found| {
        if let (Some(class), Some(source), Some(at)) = (found.name("class"), found.name("source"), found.name("at")) {
            // `com.pay.Foo.bar`: the package are the parts in small letters.
            let class = text_of(class.as_bytes());
            let package: Vec<&str> =
                class.split('.').take_while(|part| part.starts_with(|c: char| c.is_lowercase() || c == '_')).collect();
            let folder = if package.is_empty() { String::new() } else { package.join("/") + "/" };
            return Some(Place { path: folder + &text_of(source.as_bytes()), line: number(at.as_bytes()) });
        }
        let path = found.name("path").or(found.name("only"))?;
        let path = text_of(path.as_bytes());
        Some(Place {
            path: path.trim_start_matches("./").to_owned(),
            line: found.name("line").and_then(|line| number(line.as_bytes())),
        })
    });
    found.take(MAX_PLACES).collect()
}

/// A changed file, and the line in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) file: String,
    pub(super) line: Option<u32>,
    pub(super) on_changed_line: bool,
}

/// The changed file that the places name: the first place on a changed line, else the first in a changed file. `None` when no place
/// names one, or when it could be several.
///
/// A place names a file when one path is the end of the other, part by part, and both have a folder; a bare file name counts where
/// the change has one file of that name, and the name is not one that every folder has.
pub(super) fn named(places: &[Place], files: &[ChangedFile]) -> Option<Named> {
    let mut first = None;
    for place in places {
        let mut matching = files.iter().filter(|file| is_meant(place, file));
        let (Some(file), None) = (matching.next(), matching.next()) else { continue };
        let on_changed_line =
            place.line.is_some_and(|line| file.added.iter().any(|range| range.first <= line && line <= range.last));
        let named = Named { file: file.path.clone(), line: place.line, on_changed_line };
        if on_changed_line {
            return Some(named);
        }
        first.get_or_insert(named);
    }
    first
}

fn is_meant(place: &Place, file: &ChangedFile) -> bool {
    const EVERYWHERE: [&str; 10] =
        ["mod.rs", "lib.rs", "main.rs", "main.go", "index.js", "index.ts", "__init__.py", "main.py", "utils.py", "utils.go"];
    if file.submodule || file.status == FileStatus::Deleted {
        return false;
    }
    if place.path == file.path {
        return true;
    }
    let (longer, shorter) =
        if place.path.len() > file.path.len() { (&place.path, &file.path) } else { (&file.path, &place.path) };
    let ends = longer.strip_suffix(shorter.as_str()).is_some_and(|front| front.ends_with('/'));
    // A file at the root of the repository has no folder: any folder may hold another of its name.
    ends && (shorter.contains('/') || (shorter == &place.path && !EVERYWHERE.contains(&shorter.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Category, LineRange};

    fn file(path: &str) -> ChangedFile {
        ChangedFile {
            path: path.to_owned(),
            old_path: None,
            status: FileStatus::Modified,
            mode: None,
            old_mode: None,
            binary: false,
            submodule: false,
            additions: 1,
            deletions: 0,
            code_additions: 1,
            added: vec![LineRange { first: 40, last: 45 }],
            removed: Vec::new(),
            category: Category::Code,
            owners: Vec::new(),
            old_owners: Vec::new(),
        }
    }

    fn found(text: &str, files: &[&str]) -> Option<(String, Option<u32>, bool)> {
        let files: Vec<ChangedFile> = files.iter().map(|path| file(path)).collect();
        named(&places(text.as_bytes()), &files).map(|named| (named.file, named.line, named.on_changed_line))
    }

    #[test]
    fn frames_of_each_language_name_their_file() {
        for (text, path, line) in [
            ("\tat com.pay.Foo.bar(Foo.java:42)", "src/main/java/com/pay/Foo.java", 42),
            ("\tat app//com.pay.Foo$Inner.bar(Foo.java:42) ~[pay.jar:1]", "src/main/java/com/pay/Foo.java", 42),
            ("  File \"/srv/app/pay/api.py\", line 42, in pay", "pay/api.py", 42),
            ("    at pay (/srv/app/src/a.js:42:5)", "src/a.js", 42),
            ("    at src/a.ts:42:5", "src/a.ts", 42),
            ("\t/build/pay/a.go:42 +0x1d", "pay/a.go", 42),
            ("thread 'main' panicked at crates/pay/src/a.rs:42:5:", "crates/pay/src/a.rs", 42),
            ("   at Pay.Foo.Bar() in C:\\src\\Pay\\Foo.cs:line 42", "src/Pay/Foo.cs", 42),
            ("#0 /srv/app/src/Pay.php(42): bar()", "src/Pay.php", 42),
            ("from app/models/pay.rb:42:in `bar'", "app/models/pay.rb", 42),
            ("E0102 03:04:05.678901 7 pay.go:42] no", "internal/pay.go", 42),
        ] {
            assert_eq!(found(text, &[path, "other/file.txt"]), Some((path.to_owned(), Some(line), true)), "{text}");
        }
        assert_eq!(found("cannot read conf/app.yaml", &["conf/app.yaml"]), Some(("conf/app.yaml".to_owned(), None, false)));
    }

    #[test]
    fn a_frame_on_a_changed_line_wins() {
        let text = "at a.B.c(B.java:1)\nat a.C.c(C.java:41)";
        assert_eq!(found(text, &["a/B.java", "a/C.java"]), Some(("a/C.java".to_owned(), Some(41), true)));
        assert_eq!(found("at a.B.c(B.java:1)", &["a/B.java"]), Some(("a/B.java".to_owned(), Some(1), false)));
    }

    #[test]
    fn what_could_be_several_files_names_none() {
        assert_eq!(found("at a.B.c(B.java:1)", &["x/a/B.java", "y/a/B.java"]), None);
        assert_eq!(found("xa/B.java:1", &["a/B.java"]), None);
        assert_eq!(found("src/x/mod.rs:42", &["src/y/mod.rs"]), None);
        assert_eq!(found("mod.rs:42:1", &["src/y/mod.rs"]), None);
        assert_eq!(found("vendor/pay/setup.py:42", &["setup.py"]), None);
        assert_eq!(found("nothing", &["a/B.java"]), None);
    }
}
