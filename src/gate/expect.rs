//! Which evidence a stage cannot do without.

use std::collections::BTreeSet;

use crate::decide::Stage;
use crate::facts::{Category, Change, ChangedFile, FileStatus, Freeze, Kind, Phase, Rollout, RolloutType};

/// The kinds that are expected: the configured list, or the stage's default, and whatever the caller named.
///
/// Without a change (it could not be read) the defaults that depend on it are left out: the change itself is missing then. A rollout
/// that takes another back expects nothing but itself, whatever is configured: it must not wait.
#[must_use]
pub fn expected(
    stage: Stage,
    configured: Option<&[Kind]>,
    change: Option<&Change>,
    pull_request: bool,
    named: &BTreeSet<Kind>,
    rollout: Option<&Rollout>,
) -> BTreeSet<Kind> {
    let mut kinds = named.clone();
    match (configured, rollout) {
        (_, Some(rollout)) if rollout.plan.kind == RolloutType::Rollback => return [Kind::Rollout].into(),
        (Some(list), _) => kinds.extend(list.iter().cloned()),
        (None, _) => kinds.extend(defaults(stage, change, pull_request, rollout)),
    }
    kinds.extend(rollout.into_iter().flat_map(asked));
    kinds
}

/// What the batch and the windows of the calendar ask for, as far as it can exist.
fn asked(rollout: &Rollout) -> Vec<Kind> {
    let binds = |freeze: &&Freeze| !freeze.lane && freeze.broken.is_none();
    let windows = rollout.freezes.iter().filter(binds).flat_map(|freeze| &freeze.asks.gates);
    let gates = rollout.batch.iter().flat_map(|batch| &batch.gates).chain(windows);
    let out = is_out(rollout);
    gates.filter(|kind| out || !needs_instances(kind)).cloned().collect()
}

/// Whether instances of the new version run that evidence can be about.
fn is_out(rollout: &Rollout) -> bool {
    match rollout.phase {
        Phase::Plan => false,
        Phase::Before => rollout.previous.is_some(),
        Phase::Soak => true,
    }
}

/// Evidence that nobody can have before the first batch.
pub(super) fn needs_instances(kind: &Kind) -> bool {
    matches!(kind, Kind::Canary | Kind::Tests | Kind::Logs | Kind::Health)
}

fn defaults(stage: Stage, change: Option<&Change>, pull_request: bool, rollout: Option<&Rollout>) -> Vec<Kind> {
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
        Stage::Rollout => {
            kinds.extend([Kind::Rollout, Kind::History]);
            if rollout.is_some_and(is_out) {
                kinds.extend([Kind::Canary, Kind::Tests]);
            }
        }
    }
    kinds
}

/// Code that git takes for binary counts: its lines cannot be seen, and the change itself may say so in `.gitattributes`.
fn adds_code(file: &ChangedFile) -> bool {
    let hidden = file.binary && file.status != FileStatus::Deleted;
    file.category == Category::Code && (file.additions > 0 || hidden)
}
