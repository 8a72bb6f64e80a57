//! The pre-push hook: installed beside what is there, and taken out again without a trace.

#![expect(clippy::disallowed_methods, reason = "this module is where the hook is written")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::digest::sha256;
use crate::error::{Error, Result};

/// The name that git looks for.
const NAME: &str = "pre-push";
/// The name that a hook which was there before gets.
const BEFORE: &str = "pre-push.before-kadian";
/// The beginning of the second line of our hooks; the digest of what follows tells whether anyone has changed them.
const MARK: &str = "# kadian hook, sha256 ";

/// What installing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The hook's path.
    pub path: PathBuf,
    /// Where the hook that was there before is now; it runs first.
    pub before: Option<PathBuf>,
    /// Whether the same hook was there already.
    pub unchanged: bool,
}

/// What uninstalling did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uninstalled {
    /// There is no hook of ours.
    NothingThere,
    /// Ours is gone.
    Removed(PathBuf),
    /// Ours is gone, and the one that was there before is back.
    Restored(PathBuf),
}

/// Installs the hook in a directory of hooks (see `collect::git::Repository::hooks_dir`), which is created if need be.
///
/// `program` is the binary that the hook runs; `None` means `kadian` from the search path at the time of the push. A hook that is
/// there already is kept: it is renamed, and ours runs it first with the same input and arguments. Installing twice changes nothing; a
/// hook of an older kadian is replaced. The hook runs `kadian check push --pre-push` with the remote's name in `KADIAN_REMOTE`. Fails when our hook was changed by hand, and when a hook would have to be put aside
/// although one is there already: neither is overwritten.
pub fn install(hooks: &Path, program: Option<&Path>) -> Result<Installed> {
    let script = script(program)?;
    let (path, before) = (hooks.join(NAME), hooks.join(BEFORE));
    fs::create_dir_all(hooks).map_err(|error| failed("create the directory of hooks", hooks, &error))?;
    let existing = read(&path)?;
    let unchanged = existing.as_deref() == Some(script.as_bytes()) && is_executable(&path);
    match existing.as_deref().map(ownership) {
        None | Some(Ownership::Ours) => {}
        Some(Ownership::Changed) => return Err(changed_by_hand(&path)),
        Some(Ownership::Foreign) => {
            if before.symlink_metadata().is_ok() {
                let message = format!("cannot keep the hook {}: {} is already there", path.display(), before.display());
                return Err(
                    Error::new(message).hint("join the two hooks by hand, or remove the one that is not used, and try again")
                );
            }
            fs::rename(&path, &before).map_err(|error| failed("rename the hook", &path, &error))?;
        }
    }
    if !unchanged && let Err(error) = write(hooks, &path, &script) {
        // Without ours in its place, the hook that was there must not stay away.
        if matches!(existing.as_deref().map(ownership), Some(Ownership::Foreign)) {
            fs::rename(&before, &path).map_err(|error| failed("restore the hook", &before, &error))?;
        }
        return Err(failed("write the hook", &path, &error));
    }
    Ok(Installed { path, before: before.symlink_metadata().is_ok().then_some(before), unchanged })
}

/// Takes the hook out again and puts back the one that was there before.
///
/// A hook that is not ours stays. Ours, changed by hand, is an error and stays, too.
pub fn uninstall(hooks: &Path) -> Result<Uninstalled> {
    let (path, before) = (hooks.join(NAME), hooks.join(BEFORE));
    match read(&path)?.as_deref().map(ownership) {
        None | Some(Ownership::Foreign) => Ok(Uninstalled::NothingThere),
        Some(Ownership::Changed) => Err(changed_by_hand(&path)),
        Some(Ownership::Ours) if before.symlink_metadata().is_ok() => {
            fs::rename(&before, &path).map_err(|error| failed("restore the hook", &before, &error))?;
            Ok(Uninstalled::Restored(path))
        }
        Some(Ownership::Ours) => {
            fs::remove_file(&path).map_err(|error| failed("remove the hook", &path, &error))?;
            Ok(Uninstalled::Removed(path))
        }
    }
}

/// Whose a hook is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ownership {
    Foreign,
    /// Ours, of whatever version, as it was installed.
    Ours,
    /// Ours, with changes that somebody would miss.
    Changed,
}

fn ownership(content: &[u8]) -> Ownership {
    let text = String::from_utf8_lossy(content);
    let Some((head, body)) = text.strip_prefix("#!/bin/sh\n").and_then(|rest| rest.split_once('\n')) else {
        return Ownership::Foreign;
    };
    match head.strip_prefix(MARK) {
        None => Ownership::Foreign,
        Some(digest) if digest == digest_of(body) => Ownership::Ours,
        Some(_) => Ownership::Changed,
    }
}

fn digest_of(body: &str) -> String {
    sha256(body)
}

fn changed_by_hand(path: &Path) -> Error {
    Error::new(format!("the kadian hook {} has been changed by hand", path.display()))
        .hint("move your changes elsewhere and delete the file, then try again")
}

fn failed(doing: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::new(format!("failed to {doing} {}: {error}", path.display()))
}

/// The content of a file; `None` when there is none. A link that points nowhere is there, but empty.
fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(path.symlink_metadata().is_ok().then(Vec::new)),
        Err(error) => Err(failed("read the hook", path, &error)),
    }
}

/// Writes the script beside its place and moves it there, so that a push never sees half of it.
fn write(hooks: &Path, path: &Path, script: &str) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(hooks)?;
    file.write_all(script.as_bytes())?;
    make_executable(file.as_file())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(unix)]
fn make_executable(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_file: &fs::File) -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|file| file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_path: &Path) -> bool {
    true
}

/// The hook as a POSIX shell script.
fn script(program: Option<&Path>) -> Result<String> {
    let program = match program {
        None => "kadian",
        Some(path) => path.to_str().filter(|text| !text.contains('\n')).ok_or_else(|| {
            Error::new(format!("the path of the binary cannot stand in a shell script: {}", path.display()))
                .hint("install kadian under a plain path, or let the hook find it on the search path")
        })?,
    };
    let body = format!(
        r#"# `kadian hook uninstall` takes it out again. To push once without it: git push --no-verify
kadian='{program}'
before="$(dirname -- "$0")/{BEFORE}"

# Both hooks want the lines that git gives once. The x keeps the last line end.
lines="$(cat; printf x)"
lines="${{lines%x}}"

if [ -x "$before" ]; then
    printf '%s' "$lines" | "$before" "$@" || exit $?
fi

if ! command -v "$kadian" >/dev/null 2>&1; then
    printf '%s\n' "kadian: cannot check this push: $kadian is not found." \
        "Install it again (kadian hook install), or push without the check: git push --no-verify" >&2
    exit 1
fi
printf '%s' "$lines" | KADIAN_REMOTE="$1" "$kadian" check push --pre-push
"#,
        program = program.replace('\'', "'\\''"),
    );
    Ok(format!("#!/bin/sh\n{MARK}{}\n{body}", digest_of(&body)))
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
