//! Who owns a path, after GitHub's rules for CODEOWNERS.
//!
//! Source: GitHub's "About code owners" and the gitignore patterns that it refers to. The last line that matches decides. A pattern
//! without an owner clears ownership. `/` at the start or in the middle ties a pattern to the root, `dir/` means everything below
//! any `dir`, `*` stays within one path component, `**` spans several, and `docs/*` means direct children only. There is no `!`, no
//! `[ ]` and no escaped `#`. A line that is not valid is skipped, as GitHub does.

use std::collections::HashMap;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// Where CODEOWNERS may stand; the first that exists counts.
pub(super) const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// GitHub does not read a larger file.
const MAX_BYTES: usize = 3 * 1024 * 1024;

/// The rules of a CODEOWNERS file, compiled once. Without rules nobody owns anything.
///
/// Each pattern is one glob, and a path is looked up together with its directories: most patterns are then plain names and endings,
/// which are looked up in tables, and files of one directory share the answer for it.
#[derive(Debug, Default)]
pub(super) struct CodeOwners {
    globs: GlobSet,
    /// What each glob applies to; its place is its rule.
    reaches: Vec<Reach>,
    /// By rule.
    owners: Vec<Vec<String>>,
}

/// What a pattern that matches a path owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The file of that path: `docs/*`, `docs/**`.
    File,
    /// Whatever is below the directory of that path: `docs/`.
    Below,
    /// Both: `docs`.
    Both,
}

/// The last rule that owns everything below a directory, by directory. Scratch space of [`CodeOwners::of`].
pub(super) type Directories = HashMap<String, Option<usize>>;

impl CodeOwners {
    /// Reads the rules. Bytes that are not UTF-8 match nothing. The error is a sentence: the file is too large, or too complicated.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_BYTES {
            return Err(format!("it has {} bytes, and GitHub reads at most {MAX_BYTES}", bytes.len()));
        }
        let text = String::from_utf8_lossy(bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let (mut builder, mut reaches, mut owners) = (GlobSetBuilder::new(), Vec::new(), Vec::new());
        for (glob, reach, owned_by) in text.lines().filter_map(rule) {
            builder.add(glob);
            reaches.push(reach);
            owners.push(owned_by);
        }
        let globs = builder.build().map_err(|error| format!("its patterns cannot be compiled: {error}"))?;
        Ok(CodeOwners { globs, reaches, owners })
    }

    /// Who owns the path, in the order of the line; empty when nobody does.
    pub(super) fn of(&self, path: &str, directories: &mut Directories) -> &[String] {
        let rule = self.last(path, Reach::File).max(self.below(parent(path), directories));
        rule.and_then(|rule| self.owners.get(rule)).map_or(&[], Vec::as_slice)
    }

    /// The last rule that matches the path itself and reaches so far.
    fn last(&self, path: &str, reach: Reach) -> Option<usize> {
        let reaches = |rule: &usize| self.reaches.get(*rule).is_some_and(|it| *it == reach || *it == Reach::Both);
        self.globs.matches(path).into_iter().filter(reaches).max()
    }

    /// The last rule that owns everything below the directory, or below one that holds it.
    fn below(&self, directory: Option<&str>, directories: &mut Directories) -> Option<usize> {
        let (mut at, mut unknown) = (directory, Vec::new());
        let mut rule = None;
        while let Some(directory) = at {
            if let Some(known) = directories.get(directory) {
                rule = *known;
                break;
            }
            unknown.push(directory);
            at = parent(directory);
        }
        for directory in unknown.into_iter().rev() {
            rule = rule.max(self.last(directory, Reach::Below));
            directories.insert(directory.to_owned(), rule);
        }
        rule
    }
}

fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(directory, _)| directory)
}

/// The glob, its reach and the owners of a line; `None` for a blank line, a comment and a line that is not valid.
fn rule(line: &str) -> Option<(Glob, Reach, Vec<String>)> {
    let mut fields = fields(line).into_iter();
    let (glob, reach) = glob(&fields.next()?)?;
    let owners: Vec<String> = fields.collect();
    owners.iter().all(|owner| is_owner(owner)).then_some((glob, reach, owners))
}

/// The fields between spaces that are not escaped, up to a comment.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut escaped) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            _ if escaped => {
                // Only `\ ` is undone here: every other escape is judged with the pattern.
                if c != ' ' {
                    field.push('\\');
                }
                field.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '#' if field.is_empty() => break,
            c if c.is_whitespace() => {
                if !field.is_empty() {
                    fields.push(std::mem::take(&mut field));
                }
            }
            c => field.push(c),
        }
    }
    if escaped {
        field.push('\\');
    }
    if !field.is_empty() {
        fields.push(field);
    }
    fields
}

/// `@user`, `@organisation/team` or an e-mail address.
fn is_owner(text: &str) -> bool {
    match text.strip_prefix('@') {
        Some(name) => {
            !name.is_empty()
                && !name.contains('@')
                && name.split('/').count() <= 2
                && name.split('/').all(|part| !part.is_empty())
        }
        None => text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@')),
    }
}

/// The glob for a pattern; `None` where GitHub does not know the syntax.
fn glob(pattern: &str) -> Option<(Glob, Reach)> {
    if pattern.starts_with('!') || pattern.contains(['[', ']', '\\']) {
        return None;
    }
    let inner = pattern.trim_end_matches('/');
    let tied = inner.contains('/');
    let components: Vec<&str> = inner.split('/').filter(|component| !component.is_empty()).collect();
    let reach = match *components.last()? {
        _ if pattern.ends_with('/') => Reach::Below,
        "**" => Reach::File,
        "*" if tied => Reach::File,
        _ => Reach::Both,
    };
    let escaped: Vec<String> = components.iter().map(|component| escape(component)).collect();
    let glob = format!("{}{}", if tied { "" } else { "**/" }, escaped.join("/"));
    Some((GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build().ok()?, reach))
}

/// A component of a pattern as a glob: braces are ordinary characters, and `**` inside a component is `*`.
fn escape(component: &str) -> String {
    if component == "**" {
        return component.to_owned();
    }
    let mut glob = String::with_capacity(component.len());
    for c in component.chars() {
        match c {
            '*' if glob.ends_with('*') => {}
            '{' | '}' | ',' => glob.extend(['\\', c]),
            c => glob.push(c),
        }
    }
    glob
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(text: &str, path: &str) -> String {
        CodeOwners::read(text.as_bytes()).expect("rules").of(path, &mut Directories::new()).join(" ")
    }

    #[test]
    fn the_last_matching_line_decides_and_may_clear_ownership() {
        let text = "* @all\n*.js @js # inline\n/apps/ @apps\n/apps/github\n";
        assert_eq!(owners(text, "README"), "@all");
        assert_eq!(owners(text, "web/a.js"), "@js");
        assert_eq!(owners(text, "apps/a.js"), "@apps");
        assert_eq!(owners(text, "apps/github/a.js"), "");
        assert_eq!(owners(text, "apps/github"), "");
    }

    #[test]
    fn a_slash_ties_a_pattern_to_the_root() {
        assert_eq!(owners("/build/logs/ @a", "x/build/logs/b"), "");
        assert_eq!(owners("build/logs @a", "x/build/logs/b"), "");
        assert_eq!(owners("build/logs @a", "build/logs/c/b"), "@a");
        assert_eq!(owners("apps/ @a", "x/apps/b/c"), "@a");
        assert_eq!(owners("apps/ @a", "x/apps"), "");
        assert_eq!(owners("apps @a", "x/apps/b"), "@a");
        assert_eq!(owners("/a.txt @a", "x/a.txt"), "");
    }

    #[test]
    fn stars_keep_to_their_components() {
        assert_eq!(owners("docs/* @a", "docs/a.md"), "@a");
        assert_eq!(owners("docs/* @a", "docs/b/a.md"), "");
        assert_eq!(owners("docs/** @a", "docs/b/a.md"), "@a");
        assert_eq!(owners("**/logs @a", "x/y/logs/b"), "@a");
        assert_eq!(owners("**/logs @a", "logs/b"), "@a");
        assert_eq!(owners("/a/**/z @a", "a/b/c/z"), "@a");
        assert_eq!(owners("/a/**/z @a", "a/z"), "@a");
        assert_eq!(owners("/src/*.rs @a", "src/b/a.rs"), "");
        assert_eq!(owners("/src/a**b @a", "src/a/b"), "");
    }

    #[test]
    fn escaped_spaces_belong_to_the_path() {
        assert_eq!(owners(r"/my\ docs/ @a b@c.de", "my docs/x"), "@a b@c.de");
    }

    #[test]
    fn braces_are_ordinary_characters() {
        assert_eq!(owners("/{a,b} @a", "a"), "");
        assert_eq!(owners("/{a,b} @a", "{a,b}"), "@a");
    }

    #[test]
    fn lines_that_are_not_valid_are_skipped() {
        let text = "* @all\n!a.rs @x\n[ab].rs @x\nb.rs team\nc.rs @a/b/c\n\\#d @x\n/ @x\n# *.rs @x\n   \n\\\n";
        for path in ["a.rs", "b.rs", "c.rs", "#d"] {
            assert_eq!(owners(text, path), "@all", "{path}");
        }
    }

    #[test]
    fn an_empty_file_owns_nothing_and_a_huge_one_is_refused() {
        assert_eq!(owners("", "a"), "");
        assert!(CodeOwners::read(&vec![b'a'; MAX_BYTES + 1]).is_err());
    }
}
