//! `requirements*.txt`, as pip reads them and pip-compile writes them.
//!
//! A requirement without a pinned version is listed with the range that it asks for, because a package that is not pinned is no
//! less new. Source: pip's documentation "Requirements File Format".

use super::python::normal;
use super::{LockedPackage, ReadError, at, numbered, text};

/// `requirements.txt`, `requirements-dev.txt`, `dev-requirements.txt`, `requirements/base.txt`.
pub(super) fn matches(directory: &str, name: &str) -> bool {
    name.strip_suffix(".txt").is_some_and(|stem| {
        let apart = |rest: &str| rest.is_empty() || rest.starts_with(['-', '_', '.']) || rest.ends_with(['-', '_', '.']);
        stem.strip_prefix("requirements").is_some_and(apart)
            || stem.strip_suffix("requirements").is_some_and(apart)
            || directory == "requirements"
    })
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<LockedPackage>, ReadError> {
    let mut packages = Vec::new();
    let mut lines = numbered(text(bytes)?);
    while let Some((number, line)) = lines.next() {
        let mut whole = line.trim().to_owned();
        while whole.ends_with('\\') && !whole.starts_with('#') {
            whole.pop();
            let Some((_, next)) = lines.next() else { break };
            whole.push_str(next.trim());
        }
        if let Some((name, version)) = requirement(number, &whole)? {
            packages.push(LockedPackage { ecosystem: "pypi", name, version, line: Some(number) });
        }
    }
    Ok(packages)
}

/// The package that a line asks for; `None` for a comment, an option, and a path in the repository.
fn requirement(number: u32, line: &str) -> Result<Option<(String, String)>, ReadError> {
    let line = if line.starts_with('#') { "" } else { line.split(" #").next().unwrap_or_default() };
    let editable = ["-e ", "--editable ", "--editable="].iter().find_map(|option| line.strip_prefix(option));
    let line = editable.unwrap_or(line).trim();
    if line.is_empty() || line.starts_with('-') || line.starts_with(['.', '/']) || line.starts_with("file:") {
        return Ok(None);
    }
    if line.contains("://") && !line.contains(" @ ") {
        let address = line.split_whitespace().next().unwrap_or(line);
        let named = address.split_once("#egg=").map(|(_, egg)| egg.split(['&', '[']).next().unwrap_or(egg));
        return Ok(Some((named.map_or_else(|| address.to_owned(), normal), address.to_owned())));
    }
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let rest = rest.split(';').next().unwrap_or_default().split(" --").next().unwrap_or_default().trim();
    let rest = if rest.starts_with('[') { rest.split_once(']').map_or(rest, |(_, after)| after).trim() } else { rest };
    if name.is_empty() || !(rest.is_empty() || rest.starts_with(['=', '<', '>', '~', '!', '@', '('])) {
        // A directory may stand without `./` before it.
        let path = line.contains('/') && !line.contains(' ');
        return if path {
            Ok(None)
        } else {
            Err(at(number, "expected a requirement such as `name==1.0`; is this an unresolved conflict?"))
        };
    }
    let pinned = rest.strip_prefix("===").or_else(|| rest.strip_prefix("==")).filter(|version| !version.contains(','));
    let version = match pinned.unwrap_or(rest).trim() {
        "" => "*".to_owned(),
        version => version.trim_start_matches("@ ").to_owned(),
    };
    Ok(Some((normal(name), version)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::short;
    use super::*;

    #[test]
    fn pinned_and_open_requirements_are_listed() {
        let text = "# c\n-r base.txt\n--index-url x\nDjango_Rest==1.0 \\\n    --hash=sha256:ab \\\n    --hash=sha256:cd\na[x,y]==2.0 ; python_version < '3'  # why\nb>=1,<2\nc\nd @ https://host/d.whl\n";
        assert_eq!(
            short(read(text.as_bytes())),
            ["4 django-rest 1.0", "7 a 2.0", "8 b >=1,<2", "9 c *", "10 d https://host/d.whl"]
        );
    }

    #[test]
    fn paths_are_inside_and_addresses_are_outside() {
        let text = "-e .\n./mine\nlibs/mine\n-e git+ssh://host/g.git@ab#egg=G\nhttps://host/x.whl\n";
        assert_eq!(
            short(read(text.as_bytes())),
            ["4 g git+ssh://host/g.git@ab#egg=G", "5 https://host/x.whl https://host/x.whl"]
        );
    }

    #[test]
    fn what_is_no_requirement_is_an_error() {
        for text in ["a b", "<<<<<<< HEAD", "=======", ">>>>>>> x", "a = 1 2\n?"] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
