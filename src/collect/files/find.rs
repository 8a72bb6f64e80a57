//! From globs to files, without walking more of the disk than the glob names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use jiff::SignedDuration;

use crate::error::{Error, Result};
use crate::evidence::{FORMATS, Format};
use crate::facts::Kind;

/// A file that was found, and what is known of it before it is read.
#[derive(Debug, Clone)]
pub struct Place {
    /// The path as it was named or found.
    pub path: PathBuf,
    /// The format that was asked for; otherwise the content tells.
    pub format: Option<&'static Format>,
    /// Where the report's relative paths start from.
    pub root: Option<String>,
    pub max_age: Option<SignedDuration>,
    /// Whether somebody named it, rather than its being found under a conventional name.
    pub named: bool,
}

/// The files that a glob names below `base` (or anywhere, for an absolute one), sorted. Directories are left out; a link to a file
/// is a file; `**` does not follow links to directories, so that it ends.
pub fn expand(base: &Path, glob: &str) -> Result<Vec<PathBuf>> {
    let mut found = BTreeMap::new();
    for alternative in braces(glob) {
        let (start, rest) = match alternative.strip_prefix('/') {
            Some(rest) => (PathBuf::from("/"), rest),
            None => (base.to_owned(), alternative.as_str()),
        };
        let steps = rest.split('/').filter(|part| !part.is_empty() && *part != ".").map(|part| step(glob, part));
        let steps = steps.collect::<Result<Vec<Step>>>()?;
        descend(&start, &steps, &mut |path| {
            // The same file under two names is one file.
            let real = path.canonicalize().unwrap_or_else(|_| path.clone());
            found.entry(real).or_insert(path);
        });
    }
    let mut files: Vec<PathBuf> = found.into_values().collect();
    files.sort();
    Ok(files)
}

/// The files under the conventional names of a kind's formats, at the root and one directory below it.
pub fn conventional(root: &Path, kind: &Kind) -> Result<Vec<Place>> {
    let mut bases = vec![root.to_owned()];
    bases.extend(entries(root).into_iter().filter(|path| looks_like_module(path)));
    let mut places = BTreeMap::new();
    for format in FORMATS.iter().filter(|format| format.kind == *kind) {
        for base in &bases {
            for glob in format.conventional {
                for path in expand(base, glob)? {
                    let place = Place { path: path.clone(), format: None, root: None, max_age: None, named: false };
                    places.entry(path).or_insert(place);
                }
            }
        }
    }
    Ok(places.into_values().collect())
}

enum Step {
    Literal(String),
    Any(GlobMatcher),
    Deep,
}

fn step(glob: &str, part: &str) -> Result<Step> {
    if part == "**" {
        return Ok(Step::Deep);
    }
    if !part.contains(['*', '?', '[', '\\']) {
        return Ok(Step::Literal(part.to_owned()));
    }
    let built = GlobBuilder::new(part).backslash_escape(true).build();
    built.map(|one| Step::Any(one.compile_matcher())).map_err(|error| Error::new(format!("`{glob}` is not a glob: {error}")))
}

fn descend(at: &Path, steps: &[Step], found: &mut dyn FnMut(PathBuf)) {
    let Some((first, rest)) = steps.split_first() else {
        if at.is_file() {
            found(at.to_owned());
        }
        return;
    };
    match first {
        Step::Literal(name) => {
            let next = at.join(name);
            if rest.is_empty() || next.is_dir() {
                descend(&next, rest, found);
            }
        }
        Step::Any(matcher) => {
            for next in entries(at) {
                if next.file_name().is_some_and(|name| matcher.is_match(name)) && (rest.is_empty() || next.is_dir()) {
                    descend(&next, rest, found);
                }
            }
        }
        Step::Deep => {
            if rest.is_empty() {
                entries(at).into_iter().filter(|path| path.is_file()).for_each(&mut *found);
            } else {
                descend(at, rest, found);
            }
            for next in entries(at) {
                if next.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
                    descend(&next, steps, found);
                }
            }
        }
    }
}

/// What cannot be listed has no entries: the file that was wanted is then missing, which holds.
#[expect(clippy::disallowed_methods, reason = "lists directories for the rest of the program")]
fn entries(path: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(path).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
}

/// A directory that may hold a module of its own: not hidden, not a package manager's.
fn looks_like_module(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or(".");
    !name.starts_with('.') && !matches!(name, "node_modules" | "vendor" | "target") && path.is_dir()
}

/// `a{b,c}d` means `abd` and `acd`; braces may nest. A brace that is never closed stands for itself.
fn braces(glob: &str) -> Vec<String> {
    let Some(open) = glob.find('{') else { return vec![glob.to_owned()] };
    let (mut depth, mut cuts) = (0_u32, vec![open]);
    for (at, c) in glob.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '{' => depth += 1,
            ',' if depth == 1 => cuts.push(at),
            '}' => {
                depth -= 1;
                if depth == 0 {
                    cuts.push(at);
                    let tail = &glob[at + 1..];
                    let choices = cuts.windows(2).map(|cut| &glob[cut[0] + 1..cut[1]]);
                    return choices.flat_map(|choice| braces(&format!("{}{choice}{tail}", &glob[..open]))).take(1000).collect();
                }
            }
            _ => {}
        }
    }
    vec![glob.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            crate::act::write::file(&path, b"x").unwrap();
        }
        folder
    }

    fn names(folder: &Path, glob: &str) -> Vec<String> {
        let strip = |path: &PathBuf| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        expand(folder, glob).unwrap().iter().map(strip).collect()
    }

    #[test]
    fn globs_find_files_and_no_directories() {
        let folder = folder(&["a.xml", "b/c.xml", "b/d/e.xml", "b/d/f.info", "g.xml/h"]);
        let at = folder.path();
        assert_eq!(names(at, "a.xml"), ["a.xml"]);
        assert_eq!(names(at, "*.xml"), ["a.xml"]);
        assert_eq!(names(at, "**/*.xml"), ["a.xml", "b/c.xml", "b/d/e.xml"]);
        assert_eq!(names(at, "b/**"), ["b/c.xml", "b/d/e.xml", "b/d/f.info"]);
        assert_eq!(names(at, "./b/*/{e.xml,f.info}"), ["b/d/e.xml", "b/d/f.info"]);
        assert_eq!(names(at, "{a.xml,b/c.xml}"), ["a.xml", "b/c.xml"]);
        assert_eq!(names(at, "nothing/*.xml"), Vec::<String>::new());
        assert_eq!(expand(at, &format!("{}/a.xml", at.display())).unwrap().len(), 1);
    }

    #[test]
    fn a_file_reached_twice_is_one_file_and_circles_end() {
        let folder = folder(&["a/x.xml"]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/loop")).unwrap();
        std::os::unix::fs::symlink("x.xml", folder.path().join("a/y.xml")).unwrap();
        assert_eq!(expand(folder.path(), "{a,a/../a}/*.xml").unwrap().len(), 1);
        assert_eq!(expand(folder.path(), "**/*.xml").unwrap().len(), 1);
    }

    #[test]
    fn conventional_names_are_found_at_the_root_and_one_module_deep() {
        let folder = folder(&["junit.xml", "web/junit.xml", "web/deep/junit.xml", "node_modules/junit.xml"]);
        let found = conventional(folder.path(), &Kind::Tests).unwrap();
        let names: Vec<_> = found.iter().map(|place| place.path.strip_prefix(folder.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["junit.xml", "web/junit.xml"]);
    }
}
