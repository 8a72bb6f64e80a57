//! `go.mod`: its `require`, with `replace` applied.
//!
//! Since Go 1.17 it lists everything that is built in, so `go.sum`, which only keeps checksums and also of what is not built in, adds
//! nothing. Source: the Go Modules Reference.

use super::{LockedPackage, ReadError, at, numbered, text, with_source};

/// A `go.sum` names nothing that `go.mod` does not.
#[expect(clippy::unnecessary_wraps, reason = "has the shape of a reader")]
pub(super) fn read_sums(_: &[u8]) -> Result<Vec<LockedPackage>, ReadError> {
    Ok(Vec::new())
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<LockedPackage>, ReadError> {
    let (mut required, mut replaced) = (Vec::new(), Vec::new());
    let mut block: Option<(u32, &str)> = None;
    for (number, line) in numbered(text(bytes)?) {
        let line = line.split("//").next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        if block.is_some() && line == ")" {
            block = None;
            continue;
        }
        let (directive, rest) = match block {
            Some((_, directive)) => (directive, line),
            None => {
                line.split_once([' ', '\t', '(']).map_or((line, ""), |(directive, _)| (directive, line[directive.len()..].trim()))
            }
        };
        if block.is_none() && rest == "(" {
            block = Some((number, directive));
            continue;
        }
        let words: Vec<&str> = rest.split_whitespace().map(|word| word.trim_matches(['"', '`'])).collect();
        match (directive, words.as_slice()) {
            ("require", [name, version]) => required.push((number, *name, *version)),
            ("replace", [name, "=>", to @ ..]) => replaced.push((*name, None, replacement(number, to)?)),
            ("replace", [name, version, "=>", to @ ..]) => replaced.push((*name, Some(*version), replacement(number, to)?)),
            ("require" | "replace", _) => return Err(at(number, format!("expected `{directive} module version`"))),
            (word, _) if word.bytes().all(|byte| byte.is_ascii_lowercase()) => {}
            _ => return Err(at(number, "expected a directive such as `require`; is this an unresolved conflict?")),
        }
    }
    if let Some((number, directive)) = block {
        return Err(at(number, format!("`{directive} (` does not end")));
    }
    let package = |(line, name, version): (u32, &str, &str)| {
        let replacement = replaced.iter().find(|(of, at, _)| *of == name && at.is_none_or(|at| at == version));
        let (name, version) = match replacement {
            Some((_, _, Replacement::Inside)) => return None,
            Some((_, _, Replacement::Module(by, at))) => (*by, with_source(at, Some(&format!("replaces {name}")))),
            None => (name, version.to_owned()),
        };
        Some(LockedPackage { ecosystem: "go", name: name.to_owned(), version, line: Some(line) })
    };
    Ok(required.into_iter().filter_map(package).collect())
}

enum Replacement<'a> {
    /// A directory.
    Inside,
    Module(&'a str, &'a str),
}

fn replacement<'a>(line: u32, to: &[&'a str]) -> Result<Replacement<'a>, ReadError> {
    match to {
        [module, version] => Ok(Replacement::Module(module, version)),
        [path] if path.starts_with(['.', '/']) || path.get(1..2) == Some(":") => Ok(Replacement::Inside),
        _ => Err(at(line, "expected `replace module => module version` or a path")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::short;
    use super::*;

    #[test]
    fn requirements_are_read_in_both_forms() {
        let text = "module host/mine\n\ngo 1.22\ntoolchain go1.22.1\n\nrequire host/a v1.0.0\nrequire (\n\thost/b v1.2.0 // indirect\n\t// why\n\t\"host/c\" v0.0.1\n)\nexclude host/x v1.0.0\nretract [v1.0.0, v1.1.0]\nexclude(\nhost/y v1.0.0\n)\n";
        assert_eq!(short(read(text.as_bytes())), ["6 host/a v1.0.0", "8 host/b v1.2.0", "10 host/c v0.0.1"]);
    }

    #[test]
    fn replacements_count_as_what_they_bring() {
        let text = "require (\nhost/a v1.0.0\nhost/b v1.0.0\nhost/c v1.0.0\n)\nreplace host/a => ./a\nreplace host/b v1.0.0 => host/fork v2.0.0\nreplace host/c v9.0.0 => ../c\n";
        assert_eq!(short(read(text.as_bytes())), ["3 host/fork v2.0.0 (replaces host/b)", "4 host/c v1.0.0"]);
    }

    #[test]
    fn damaged_files_are_errors() {
        for text in ["require (\nhost/a v1.0.0\n", "require host/a\n", "replace a => b\n", "=======\n", "require a b c"] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
