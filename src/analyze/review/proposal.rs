//! What the code host says of the pull request, as facts, and whether it is the one that is judged.

use std::collections::BTreeMap;

use super::checklist::checklist;
use super::committers::{Committers, last_push};
use super::issues::linked;
use crate::analyze::binding::same_commit;
use crate::evidence::text::shown;
use crate::evidence::{PullRequestRecord, ReviewReport};
use crate::facts::{Approval, Check, Deployment, ProposalState, Push, RequestedReviews, Review, Unanswered};

/// What is judged, for comparison with what the code host says.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// `owner/name` on the code host; `None` where nobody says.
    pub repository: Option<&'a str>,
    /// The head, and the pull request's head where a merge of it is under review; empty when only a diff was given.
    pub commits: &'a [String],
    /// The branch whose rules judge; `None` where nobody names it.
    pub base_branch: Option<&'a str>,
    /// The number of the pull request; `None` where nobody names it.
    pub number: Option<u64>,
}

/// Why what the code host says is not about what is judged, as a sentence; `None` when it is.
///
/// A pull request that was moved to another branch meanwhile is another proposal: the rules of the branch that it left do not bind it.
#[must_use]
pub fn unfit(report: &ReviewReport, judged: Judged<'_>) -> Option<String> {
    let pull = report.pull_request.as_deref()?;
    if let Some(repository) = judged.repository.filter(|repository| !repository.eq_ignore_ascii_case(&pull.repository)) {
        let (theirs, ours) = (shown(&pull.repository), shown(repository));
        return Some(format!("the reviews are those of a pull request of {theirs}, and this is {ours}"));
    }
    if let Some(number) = judged.number.filter(|number| *number != pull.number) {
        return Some(format!("the reviews are those of pull request {}, and {number} is judged", pull.number));
    }
    if let Some(head) = judged.commits.first()
        && !judged.commits.iter().any(|commit| same_commit(commit, &pull.head))
    {
        return Some(format!(
            "the pull request's head is now {}, and {} is judged: check the newest commit",
            short(&pull.head),
            short(head)
        ));
    }
    let branch = judged.base_branch.map(|branch| branch.trim_start_matches("refs/heads/"));
    if let Some(branch) = branch.filter(|branch| *branch != pull.base_branch) {
        let now = shown(&pull.base_branch);
        return Some(format!(
            "the pull request is now to be merged into {now}, and the rules of {} judge: check it against {now}",
            shown(branch)
        ));
    }
    None
}

/// What the reader should know about the pull request.
#[must_use]
pub fn remarks(report: &ReviewReport) -> Vec<String> {
    let Some(pull) = report.pull_request.as_deref() else { return Vec::new() };
    let number = pull.number;
    let state = match pull.state {
        ProposalState::Open => None,
        ProposalState::Closed => Some(format!("pull request {number} is closed")),
        ProposalState::Merged => Some(format!("pull request {number} is merged already")),
    };
    let unanswered = pull.unanswered.iter().filter(|one| matters(&one.path));
    state.into_iter().chain(unanswered.map(|one| format!("not answered: {}: {}", shown(&one.path), cut(&one.reason)))).collect()
}

/// Answers that change what counts; the rest is for policies that ask for it.
fn matters(path: &str) -> bool {
    path.ends_with("/permission") || path.ends_with("/members") || path.ends_with("/comments")
}

fn cut(reason: &str) -> String {
    reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect()
}

/// The facts; everything but the author and the approvals is null where no code host was asked.
pub(super) fn facts(
    author: String,
    approvals: Vec<Approval>,
    pull: Option<Box<PullRequestRecord>>,
    committers: Option<Committers>,
) -> Review {
    let Some(pull) = pull else {
        return Review {
            author,
            approvals,
            state: None,
            draft: None,
            title: None,
            labels: None,
            author_association: None,
            from_fork: None,
            base_branch: None,
            committers: None,
            last_push: None,
            requested: None,
            teams: None,
            linked_issues: None,
            checks: None,
            deployments: None,
            checklist: None,
            unanswered: None,
        };
    };
    let last_push = last_push(&pull).map(|push| Push { by: push.by.clone(), at: push.at });
    let unanswered = pull.unanswered.iter().map(|one| Unanswered { what: one.path.clone(), reason: one.reason.clone() });
    Review {
        author,
        approvals,
        state: Some(pull.state),
        draft: Some(pull.draft),
        labels: Some(sorted(pull.labels.clone())),
        author_association: pull.association,
        from_fork: Some(pull.from_fork),
        committers: committers.map(|committers| committers.listed),
        last_push,
        requested: Some(RequestedReviews {
            users: sorted(pull.requested_users.clone()),
            teams: sorted(pull.requested_teams.clone()),
        }),
        linked_issues: Some(linked(&pull.body, &pull.repository)),
        checklist: Some(checklist(&pull.body)),
        checks: checks(&pull),
        deployments: deployments(&pull),
        teams: Some(teams(&pull.teams)),
        unanswered: Some(sorted(unanswered.collect())),
        title: Some(pull.title),
        base_branch: Some(pull.base_branch),
    }
}

fn teams(teams: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    teams.iter().map(|(team, members)| (format!("@{}", team.to_lowercase()), sorted(members.clone()))).collect()
}

fn checks(pull: &PullRequestRecord) -> Option<Vec<Check>> {
    let runs = pull.checks.as_ref()?.iter().map(|run| Check {
        name: run.name.clone(),
        app: run.app.clone(),
        status: run.status.clone(),
        conclusion: run.conclusion.clone(),
    });
    let statuses = pull.statuses.as_ref()?.iter().map(|status| {
        let pending = status.state == "pending";
        let status_word = if pending { "in_progress" } else { "completed" };
        let conclusion = (!pending).then(|| status.state.clone());
        Check { name: status.context.clone(), app: None, status: status_word.to_owned(), conclusion }
    });
    Some(sorted(runs.chain(statuses).collect()))
}

fn deployments(pull: &PullRequestRecord) -> Option<Vec<Deployment>> {
    let mut known: Vec<_> = pull.deployments.as_ref()?.iter().filter(|one| one.commit.eq_ignore_ascii_case(&pull.head)).collect();
    known.sort_by_key(|one| (std::cmp::Reverse(one.at), one.id));
    let fact = |one: &crate::evidence::DeploymentRecord| Deployment {
        environment: one.environment.clone(),
        commit: one.commit.clone(),
        at: one.at,
    };
    Some(known.into_iter().map(fact).collect())
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list
}

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}
