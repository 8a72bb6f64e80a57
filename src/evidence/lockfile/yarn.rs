//! `yarn.lock`, classic (version 1) and berry (versions 2 and later, a simple YAML).
//!
//! Both have an entry for each resolution: a line at the margin with what was asked for, and indented lines with the answer.

use super::{LockedPackage, ReadError, at, numbered, text, with_source};

pub(super) fn read(bytes: &[u8]) -> Result<Vec<LockedPackage>, ReadError> {
    let mut packages = Vec::new();
    let mut open: Option<Entry> = None;
    for (number, line) in numbered(text(bytes)?) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if line.trim_end() == ":" && open.is_some() {
            continue;
        }
        if !line.starts_with(' ') {
            close(open.take(), &mut packages)?;
            // Berry writes a long key as `? key` and puts the `:` on a line of its own.
            let asked = line.strip_prefix("? ").map(str::trim_end).or_else(|| line.trim_end().strip_suffix(':'));
            let asked = asked.filter(|asked| *asked == "__metadata" || asked.contains('@'));
            let asked =
                asked.ok_or_else(|| at(number, "expected an entry such as `name@range:`; is this an unresolved conflict?"))?;
            open = Some(Entry { line: number, asked: asked.to_owned(), version: None, resolution: None, git: None });
            continue;
        }
        let Some(entry) = &mut open else { return Err(at(number, "expected an entry at the margin before this line")) };
        // Deeper lines are the entry's own dependencies.
        let Some(field) = line.strip_prefix("  ").filter(|field| !field.starts_with(' ')) else { continue };
        let (key, value) = field.split_once([' ', ':']).unwrap_or((field, ""));
        let value = value.trim_start_matches([':', ' ']).trim().trim_matches('"');
        match key.trim_matches('"') {
            "version" => entry.version = Some(value.to_owned()),
            "resolution" => entry.resolution = Some(value.to_owned()),
            "resolved" if value.starts_with("git") || value.contains(".git#") => entry.git = Some(value.to_owned()),
            _ => {}
        }
    }
    close(open, &mut packages)?;
    Ok(packages)
}

struct Entry {
    line: u32,
    /// `"a@^1.0.0", a@^1.1.0` (classic) or `"a@npm:^1.0.0, a@npm:^1.1.0"` (berry).
    asked: String,
    version: Option<String>,
    /// Berry only: `a@npm:1.1.0`, `a@workspace:packages/a`.
    resolution: Option<String>,
    /// Classic only: the repository that it comes from.
    git: Option<String>,
}

fn close(entry: Option<Entry>, packages: &mut Vec<LockedPackage>) -> Result<(), ReadError> {
    let Some(entry) = entry.filter(|entry| entry.asked != "__metadata") else { return Ok(()) };
    let first = entry.asked.split(',').next().unwrap_or_default().trim().trim_matches('"');
    let Some((name, from)) = split(entry.resolution.as_deref().unwrap_or(first)) else {
        return Err(at(entry.line, "expected an entry such as `name@range:`"));
    };
    if ["workspace:", "link:", "portal:", "file:"].iter().any(|local| from.starts_with(local)) {
        return Ok(());
    }
    let version = entry.version.ok_or_else(|| at(entry.line, format!("`{name}` has no version; write the lock file anew")))?;
    // `alias@npm:real@^1` asks for `real`.
    let name = from.strip_prefix("npm:").and_then(split).map_or(name, |(real, _)| real);
    let elsewhere =
        entry.git.as_deref().or_else(|| entry.resolution.as_ref().map(|_| from).filter(|from| !from.starts_with("npm:")));
    let elsewhere = elsewhere.filter(|from| !from.starts_with("patch:") && !from.starts_with("virtual:"));
    packages.push(LockedPackage {
        ecosystem: "npm",
        name: name.to_owned(),
        version: with_source(&version, elsewhere),
        line: Some(entry.line),
    });
    Ok(())
}

/// `@scope/name@range` as name and range.
fn split(text: &str) -> Option<(&str, &str)> {
    let start = usize::from(text.starts_with('@'));
    let at = text.get(start..)?.find('@')? + start;
    (at > start).then(|| (&text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::super::testing::short;
    use super::*;

    #[test]
    fn classic_entries_are_read() {
        let text = "# yarn lockfile v1\n\n\n\"@s/a@^1.0.0\", \"@s/a@^1.1.0\":\n  version \"1.1.0\"\n  resolved \"https://host/a.tgz#ab\"\n  dependencies:\n    version \"9\"\n\nb@~2:\n  version \"2.0.0\"\n\n\"alias@npm:real@^3\":\n  version \"3.0.0\"\n\n\"l@file:./l\":\n  version \"0.0.0\"\n\n\"g@git+ssh://host/g.git\":\n  version \"4.0.0\"\n  resolved \"git+ssh://host/g.git#ab\"\n";
        assert_eq!(
            short(read(text.as_bytes())),
            ["4 @s/a 1.1.0", "10 b 2.0.0", "13 real 3.0.0", "19 g 4.0.0 (git+ssh://host/g.git#ab)"]
        );
    }

    #[test]
    fn berry_entries_are_read_and_workspaces_left_out() {
        let text = "__metadata:\n  version: 8\n\n\"@s/a@npm:^1.0.0, @s/a@npm:^1.1.0\":\n  version: 1.1.0\n  resolution: \"@s/a@npm:1.1.0\"\n  linkType: hard\n\n\"mine@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"mine@workspace:.\"\n  linkType: soft\n\n\"p@patch:p@npm%3A1.0.0#x\":\n  version: 1.0.0\n  resolution: \"p@patch:p@npm%3A1.0.0#x\"\n";
        assert_eq!(short(read(text.as_bytes())), ["4 @s/a 1.1.0", "14 p 1.0.0"]);
    }

    #[test]
    fn a_long_key_stands_on_lines_of_its_own() {
        let text = "? \"a@npm:^1.0.0, a@npm:^1.1.0\"\n:\n  version: 1.1.0\n  resolution: \"a@npm:1.1.0\"\n";
        assert_eq!(short(read(text.as_bytes())), ["1 a 1.1.0"]);
    }

    #[test]
    fn an_entry_without_a_version_is_an_error() {
        assert!(read(b"a@1:\n  resolved \"x\"\n").is_err());
        assert!(read(b"  version \"1\"\n").is_err());
        assert!(read(b"{a@1: {version: 1}}\n").is_err());
        assert_eq!(read(b"# yarn lockfile v1\n"), Ok(Vec::new()));
    }
}
