//! Which evidence a stage cannot do without.

use std::collections::BTreeSet;

use crate::decide::Stage;
use crate::facts::{Category, Change, ChangedFile, FileStatus, Kind};

/// The kinds that are expected: the configured list, or the stage's default, and whatever the caller named.
///
/// Without a change (it could not be read) the defaults that depend on it are left out: the change itself is missing then.
#[must_use]
pub fn expected(
    stage: Stage,
    configured: Option<&[Kind]>,
    change: Option<&Change>,
    pull_request: bool,
    named: &BTreeSet<Kind>,
) -> BTreeSet<Kind> {
    let mut kinds = named.clone();
    match configured {
        Some(list) => kinds.extend(list.iter().cloned()),
        None => kinds.extend(defaults(stage, change, pull_request)),
    }
    kinds
}

fn defaults(stage: Stage, change: Option<&Change>, pull_request: bool) -> Vec<Kind> {
    let mut kinds = vec![Kind::Change];
    match stage {
        Stage::Push => {}
        Stage::Merge => {
            kinds.extend([Kind::Tests, Kind::Scan]);
            if pull_request {
                kinds.push(Kind::Review);
            }
            if let Some(change) = change {
                if change.files.iter().any(adds_code) {
                    kinds.push(Kind::Coverage);
                }
                if change.touches.sql {
                    kinds.push(Kind::Database);
                }
            }
        }
        Stage::Release => kinds.push(Kind::Tests),
        Stage::Rollout => kinds.extend([Kind::Rollout, Kind::History]),
    }
    kinds
}

/// Code that git takes for binary counts: its lines cannot be seen, and the change itself may say so in `.gitattributes`.
fn adds_code(file: &ChangedFile) -> bool {
    let hidden = file.binary && file.status != FileStatus::Deleted;
    file.category == Category::Code && (file.additions > 0 || hidden)
}
