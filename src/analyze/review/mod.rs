//! What reviews are worth at the head of the change (requirement A5).

mod checklist;
pub(super) mod committers;
mod html;
mod issues;
mod proposal;
mod prose;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::binding::same_commit;
use crate::evidence::ReviewReport;
use crate::facts::{Approval, Association, Permission, Review, ReviewState};
use committers::Committers;
pub use proposal::{Judged, remarks, unfit};

/// The commits that a review may have been given for.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The head, and the pull request's head where a merge of it is under review; empty when only a diff was given.
    pub commits: &'a [String],
    /// The head's committer time; `None` when only a diff was given.
    pub committed_at: Option<Timestamp>,
}

/// Orders the reviews and says of each whether the author gave it, whether it is for this head, and whether the same person said
/// something else later. A comment or a pending review takes nothing back.
///
/// Without a commit a review is for this head if it is not older than it, in whole seconds; without both it is not.
#[must_use]
pub fn review(report: ReviewReport, head: Head<'_>) -> Review {
    let pull = report.pull_request.as_deref();
    let committers = pull.map(Committers::of);
    let mut approvals: Vec<Approval> = report
        .approvals
        .into_iter()
        .map(|record| {
            let permission = pull.and_then(|pull| pull.permissions.get(&account(&record.by)).copied());
            Approval {
                by_author: same_account(&record.by, &report.author),
                by_committer: committers.as_ref().map(|committers| committers.include(&record.by)),
                current: match &record.commit {
                    Some(commit) => head.commits.iter().any(|head| same_commit(commit, head)),
                    // A code host names the commit; where it does not, nobody knows, and the time of a commit is its author's choice.
                    None if pull.is_some() => false,
                    None => head.committed_at.is_some_and(|committed| record.at.as_second() >= committed.as_second()),
                },
                superseded: false,
                re_requested: pull.map(|pull| pull.requested_users.iter().any(|asked| same_account(asked, &record.by))),
                permission,
                association: record.association,
                entitled: pull.map(|_| entitled(permission, record.association)),
                by: record.by,
                at: record.at,
                commit: record.commit,
                state: record.state,
            }
        })
        .collect();
    approvals.sort_by(|a, b| (a.at, &a.by, a.state).cmp(&(b.at, &b.by, b.state)));
    for at in 0..approvals.len() {
        let (earlier, later) = approvals.split_at_mut(at + 1);
        if let Some(one) = earlier.last_mut() {
            // States that were given at the same moment: the list's order is the best that is known.
            one.superseded = later.iter().any(|other| says_something(other.state) && same_account(&other.by, &one.by));
        }
    }
    proposal::facts(report.author, approvals, report.pull_request, committers)
}

/// Whether somebody's word counts. Members of an organisation and collaborators may have less than the permission to write, so that only
/// the repository's owner needs no answer about it.
fn entitled(permission: Option<Permission>, association: Option<Association>) -> bool {
    permission.map_or(association == Some(Association::Owner), |permission| permission >= Permission::Write)
}

fn says_something(state: ReviewState) -> bool {
    matches!(state, ReviewState::Approved | ReviewState::ChangesRequested | ReviewState::Dismissed)
}

/// Account names are compared without regard to case, as code hosts do, and without the `@` that people write in front.
fn same_account(a: &str, b: &str) -> bool {
    account(a) == account(b)
}

fn account(name: &str) -> String {
    name.trim().trim_start_matches('@').trim().to_lowercase()
}
