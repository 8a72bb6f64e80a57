//! File patterns: which files of the disk they mean.

use std::fs::DirEntry;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use crate::path_glob;

/// Alternatives in braces are written out, at most this many of them.
const MAX_ALTERNATIVES: usize = 256;

const MAX_DEPTH: usize = 64;

/// Between the name of an archive and the pattern of its entries.
const IN_ARCHIVE: &str = ".zip!/";

/// A pattern as `--evidence` and the configuration take it: `*`, `?`, `[a-z]`, `**` for any directories, `{a,b}`; `a.zip!/GLOB` for
/// entries of an archive.
#[derive(Debug, Clone)]
pub struct Glob {
    text: String,
    /// The part of it that names files of the disk.
    outside: String,
    alternatives: Vec<Vec<Part>>,
    /// Which entries of the archives are meant, by the part behind `.zip!/`.
    inside: Option<GlobMatcher>,
}

#[derive(Debug, Clone)]
enum Part {
    Literal(String),
    Pattern(GlobMatcher),
    /// `**`
    AnyDirectories,
}

/// The text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a file pattern: {reason}")]
pub struct PatternError {
    text: String,
    reason: String,
}

impl Glob {
    /// Reads a pattern; `/` separates its parts.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let error = |reason: String| PatternError { text: text.to_owned(), reason };
        if text.is_empty() {
            return Err(error("it is empty".to_owned()));
        }
        let (outside, inside) = match text.split_once(IN_ARCHIVE) {
            Some((archive, inside)) => {
                (format!("{archive}.zip"), Some(path_glob::parse(inside).map_err(error)?.compile_matcher()))
            }
            None => (text.to_owned(), None),
        };
        let alternatives = alternatives(&outside).map_err(error)?;
        let parse = |alternative: String| alternative.split('/').enumerate().map(part).collect::<Result<Vec<_>, _>>();
        // Several `**` in a row mean the same as one, but would be walked once for each way to share the directories out.
        let single = |mut parts: Vec<Part>| {
            parts.dedup_by(|b, a| matches!((a, b), (Part::AnyDirectories, Part::AnyDirectories)));
            parts
        };
        let alternatives = alternatives
            .into_iter()
            .map(|alternative| parse(alternative).map(single))
            .collect::<Result<_, _>>()
            .map_err(error)?;
        Ok(Glob { text: text.to_owned(), outside, alternatives, inside })
    }

    /// The pattern as it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Which entries of an archive it names; `None` for a pattern that names files.
    pub(super) fn inside(&self) -> Option<&GlobMatcher> {
        self.inside.as_ref()
    }

    /// The files that match, relative to `directory` unless the pattern is absolute, each with the text that shows it. Directories
    /// do not match. `**` does not follow links to directories and steps over `.git`; what cannot be listed has no matches.
    pub(super) fn matches(&self, directory: &Path) -> Vec<(PathBuf, String)> {
        // The plain name first: nothing is listed, and a name may hold characters that mean something in a pattern.
        let plain = directory.join(&self.outside);
        if exists(&plain) {
            return vec![(plain, self.outside.clone())];
        }
        let mut found = Vec::new();
        for alternative in &self.alternatives {
            walk(directory, "", alternative, 0, &mut found);
        }
        found
    }

    /// The same within a directory that holds these names, for a pattern whose first part must be one of them.
    pub(super) fn matches_names(&self, directory: &Path, shown: &str, names: &[(String, bool)]) -> Vec<(PathBuf, String)> {
        let mut found = Vec::new();
        for alternative in &self.alternatives {
            let Some((first, rest)) = alternative.split_first() else { continue };
            for (name, is_directory) in names.iter().filter(|(name, _)| first.is_match(name)) {
                let (path, shown) = (directory.join(name), join(shown, name));
                if !rest.is_empty() {
                    walk(&path, &shown, rest, 1, &mut found);
                } else if !is_directory && exists(&path) {
                    found.push((path, shown));
                }
            }
        }
        found
    }
}

impl Part {
    fn is_match(&self, name: &str) -> bool {
        match self {
            Part::Literal(literal) => literal == name,
            Part::Pattern(pattern) => pattern.is_match(name),
            Part::AnyDirectories => true,
        }
    }
}

fn part((at, text): (usize, &str)) -> Result<Part, String> {
    Ok(match text {
        "**" => Part::AnyDirectories,
        // An absolute path starts with an empty part.
        "" if at == 0 => Part::Literal("/".to_owned()),
        text if text.contains(['*', '?', '[']) => {
            Part::Pattern(GlobBuilder::new(text).build().map_err(|error| error.kind().to_string())?.compile_matcher())
        }
        text => Part::Literal(text.to_owned()),
    })
}

/// The text with each choice in braces written out.
fn alternatives(text: &str) -> Result<Vec<String>, String> {
    let Some(open) = text.find('{') else { return Ok(vec![text.to_owned()]) };
    let mut depth = 0_usize;
    let mut starts = vec![open + 1];
    let mut choices: Vec<&str> = Vec::new();
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b',' if depth == 1 => {
                choices.push(&text[starts[starts.len() - 1]..at]);
                starts.push(at + 1);
            }
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    choices.push(&text[starts[starts.len() - 1]..at]);
                    let (before, after) = (&text[..open], &text[at + 1..]);
                    let mut all = Vec::new();
                    for choice in choices {
                        all.extend(alternatives(&format!("{before}{choice}{after}"))?);
                        if all.len() > MAX_ALTERNATIVES {
                            return Err(format!("its braces make more than {MAX_ALTERNATIVES} alternatives"));
                        }
                    }
                    return Ok(all);
                }
            }
            _ => {}
        }
    }
    Err("a brace is not closed".to_owned())
}

fn walk(directory: &Path, shown: &str, parts: &[Part], depth: usize, found: &mut Vec<(PathBuf, String)>) {
    let Some((first, rest)) = parts.split_first() else {
        if exists(directory) {
            found.push((directory.to_owned(), shown.to_owned()));
        }
        return;
    };
    if depth > MAX_DEPTH {
        return;
    }
    match first {
        Part::Literal(name) if name.is_empty() || name == "." => walk(directory, shown, rest, depth, found),
        Part::Literal(name) => walk(&directory.join(name), &join(shown, name), rest, depth + 1, found),
        Part::Pattern(pattern) => {
            for entry in entries(directory) {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if pattern.is_match(&*name) && (pattern.glob().glob().starts_with('.') || !name.starts_with('.')) {
                    walk(&entry.path(), &join(shown, &name), rest, depth + 1, found);
                }
            }
        }
        Part::AnyDirectories => {
            walk(directory, shown, rest, depth, found);
            for entry in entries(directory) {
                // The entry's own type: a link is not a directory here, so that loops of links end.
                let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if is_directory && name != ".git" {
                    walk(&entry.path(), &join(shown, &name), parts, depth + 1, found);
                } else if !is_directory && rest.is_empty() && exists(&entry.path()) {
                    found.push((entry.path(), join(shown, &name)));
                }
            }
        }
    }
}

fn join(shown: &str, name: &str) -> String {
    match shown {
        "" => name.to_owned(),
        shown if shown.ends_with('/') => format!("{shown}{name}"),
        shown => format!("{shown}/{name}"),
    }
}

/// Whether something other than a directory is there.
fn exists(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_dir())
}

#[expect(clippy::disallowed_methods, reason = "this is the place that lists directories")]
pub(super) fn entries(directory: &Path) -> impl Iterator<Item = DirEntry> {
    std::fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok)
}
