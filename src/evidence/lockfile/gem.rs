//! `Gemfile.lock`: sections at the margin (`GEM`, `GIT`, `PATH` ...), each with `specs:` and the gems four spaces deep.

use super::{LockedPackage, ReadError, at, numbered, text, with_source};

pub(super) fn read(bytes: &[u8]) -> Result<Vec<LockedPackage>, ReadError> {
    let mut packages = Vec::new();
    let (mut section, mut in_specs) = ("", false);
    let (mut remote, mut revision) = ("", "");
    for (number, line) in numbered(text(bytes)?) {
        let trimmed = line.trim();
        let depth = line.len() - line.trim_start().len();
        match depth {
            _ if trimmed.is_empty() => {}
            0 if trimmed.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b' ') => {
                (section, in_specs, remote, revision) = (trimmed, false, "", "");
            }
            0 => return Err(at(number, "expected a section such as `GEM`; is this an unresolved conflict?")),
            2 => {
                in_specs = trimmed == "specs:";
                remote = trimmed.strip_prefix("remote: ").unwrap_or(remote);
                revision = trimmed.strip_prefix("revision: ").unwrap_or(revision);
            }
            4 if in_specs && section != "PATH" => {
                let Some((name, version)) = trimmed.strip_suffix(')').and_then(|it| it.split_once(" (")) else {
                    return Err(at(number, "expected a gem such as `name (1.0)`"));
                };
                let elsewhere = (section == "GIT").then(|| format!("git+{remote}#{revision}"));
                let version = with_source(version, elsewhere.as_deref());
                packages.push(LockedPackage { ecosystem: "gem", name: name.to_owned(), version, line: Some(number) });
            }
            _ => {}
        }
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::super::testing::short;
    use super::*;

    #[test]
    fn gems_are_read_and_paths_left_out() {
        let text = "GIT\n  remote: host/g\n  revision: ab\n  specs:\n    g (1.0)\n\nPATH\n  remote: .\n  specs:\n    mine (0.1)\n\nGEM\n  remote: index\n  specs:\n    a (2.0-x86_64-linux)\n      b (>= 1)\n    b (1.5)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  a (~> 2.0)\n  mine!\n\nBUNDLED WITH\n   2.5.0\n";
        assert_eq!(short(read(text.as_bytes())), ["5 g 1.0 (git+host/g#ab)", "15 a 2.0-x86_64-linux", "17 b 1.5"]);
    }

    #[test]
    fn a_gem_without_a_version_is_an_error() {
        assert!(read(b"GEM\n  specs:\n    a\n").is_err());
        assert!(read(b"gem a\n").is_err());
    }
}
