//! Changes of schema and data that the old version may not be able to live with.

use super::Basis;
use crate::evidence::recovery::{Reversible, ReversibleChange};
use crate::facts::{Category, Change, Checked, FileStatus, Obstacle, RolloutType};
use crate::path_glob;

/// The obstacles by file, after the one that the rollout's type is.
///
/// A file is none when the recovery file declares its path reversible, or when the script that takes it back comes with the change;
/// that script itself never is. The type of the rollout is one of its own only where no file shows what it does.
pub(super) fn of(basis: Basis<'_>) -> Vec<Obstacle> {
    let declared = basis.recovery.map(|known| known.recovery.reversible.as_slice()).unwrap_or_default();
    let kind = basis.rollout.plan.kind;
    let files = basis.change.map(|change| files(change, declared)).unwrap_or_default();
    let mut all = Vec::new();
    let by_type = declared.iter().find(|one| one.what == ReversibleChange::Type(kind)).map(|one| one.because.clone());
    let of_type = matches!(kind, RolloutType::Database | RolloutType::DataCorrection);
    if of_type && (files.is_empty() || by_type.is_some()) {
        all.push(Obstacle { file: None, reversible: by_type.clone() });
    }
    all.extend(
        files.into_iter().map(|(file, reversible)| Obstacle { file: Some(file), reversible: reversible.or(by_type.clone()) }),
    );
    all
}

/// Whether the old version can live with what is there now, and what was found.
pub(super) fn state(basis: Basis<'_>, obstacles: &[Obstacle]) -> (Checked, Option<String>) {
    let in_the_way = obstacles.iter().filter(|obstacle| obstacle.reversible.is_none()).count();
    match (in_the_way, basis.change) {
        (0, None) if obstacles.is_empty() => (Checked::Unknown, Some("the change is not known".to_owned())),
        (0, _) if obstacles.is_empty() => (Checked::True, Some("the change touches no SQL".to_owned())),
        (0, _) => (Checked::True, Some("declared, or the scripts that take it back are there".to_owned())),
        (some, _) => (Checked::False, Some(format!("{some} in the way"))),
    }
}

/// Changed SQL files with why they are no obstacle.
fn files(change: &Change, declared: &[Reversible]) -> Vec<(String, Option<String>)> {
    let sql: Vec<_> = change.files.iter().filter(|file| file.category == Category::Sql).collect();
    let there: Vec<&str> = sql.iter().filter(|file| file.status != FileStatus::Deleted).map(|file| file.path.as_str()).collect();
    // A script that undoes something runs only when somebody goes back.
    let up = sql.iter().filter(|file| file.status == FileStatus::Deleted || !is_down(&file.path));
    let reversible = |path: &str| {
        let named = declared.iter().find(|one| match &one.what {
            ReversibleChange::Path(glob) => path_glob::parse(glob).is_ok_and(|glob| glob.compile_matcher().is_match(path)),
            ReversibleChange::Type(_) => false,
        });
        let down = || downs(path).into_iter().find(|down| there.contains(&down.as_str()));
        named.map(|one| one.because.clone()).or_else(|| down().map(|down| format!("{down} takes it back")))
    };
    up.map(|file| (file.path.clone(), reversible(&file.path))).collect()
}

fn parts(path: &str) -> (&str, &str) {
    path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name))
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Whether a script takes another one back, by the names that migration tools use: `down.sql`, `NAME.down.sql`, `NAME.undo.sql`,
/// `U1__NAME.sql`.
fn is_down(path: &str) -> bool {
    let (_, name) = parts(path);
    let lower = name.to_lowercase();
    let flyway = name.strip_prefix('U').and_then(|rest| rest.split_once("__")).is_some_and(|(version, _)| is_version(version));
    lower == "down.sql" || lower.ends_with(".down.sql") || lower.ends_with(".undo.sql") || flyway
}

/// Where the script that takes another one back would be: beside it, under the names of golang-migrate (`1_a.up.sql`,
/// `1_a.down.sql`), diesel (`up.sql`, `down.sql`) and Flyway (`V1__a.sql`, `U1__a.sql`).
fn downs(path: &str) -> Vec<String> {
    let (folder, name) = parts(path);
    let mut names = Vec::new();
    if name == "up.sql" {
        names.push("down.sql".to_owned());
    }
    if let Some(stem) = name.strip_suffix(".up.sql") {
        names.push(format!("{stem}.down.sql"));
    } else if let Some(stem) = name.strip_suffix(".sql") {
        names.extend([format!("{stem}.down.sql"), format!("{stem}.undo.sql")]);
    }
    if let Some(rest) =
        name.strip_prefix('V').filter(|rest| rest.split_once("__").is_some_and(|(version, _)| is_version(version)))
    {
        names.push(format!("U{rest}"));
    }
    names.into_iter().map(|name| join(folder, &name)).collect()
}

fn is_version(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_undo_are_known_by_their_names() {
        for path in ["m/1_a.down.sql", "m/down.sql", "U1.2__a.sql", "x/a.undo.sql", "A.DOWN.SQL"] {
            assert!(is_down(path), "{path}");
        }
        for path in ["m/1_a.up.sql", "m/up.sql", "V1__a.sql", "Update__a.sql", "U__a.sql", "shutdown.sql", "m/U1_a.sql"] {
            assert!(!is_down(path), "{path}");
        }
        assert_eq!(downs("m/1_a.up.sql"), ["m/1_a.down.sql"]);
        assert_eq!(downs("m/2/up.sql"), ["m/2/down.sql", "m/2/up.down.sql", "m/2/up.undo.sql"]);
        assert_eq!(downs("V1__a.sql"), ["V1__a.down.sql", "V1__a.undo.sql", "U1__a.sql"]);
        assert!(downs("a.txt").is_empty());
    }
}
