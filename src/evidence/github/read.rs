//! From recorded answers to the record of a pull request.

use jiff::Timestamp;

use super::answers::{Answers, elements, typed};
use super::payload::{
    self, Activity, CheckRuns, CombinedStatus, Comment, Comparison, Deployment, Pull, Review, association, login,
};
use super::{Document, people};
use crate::evidence::review::{account, is_commit};
use crate::evidence::text::shown;
use crate::evidence::{
    ApprovalRecord, CheckRunRecord, CommentRecord, CommitStatusRecord, DeploymentRecord, PullCommit, PullRequestRecord,
    PushRecord, ReadError, ReviewReport, UnansweredRecord,
};
use crate::facts::{ProposalState, ReviewState};

/// The answers as a record.
pub(super) fn report(document: &Document) -> Result<ReviewReport, ReadError> {
    let (repository, number) = (document.repository.as_str(), document.pull_request);
    let owner = repository
        .split_once('/')
        .map(|(owner, _)| owner)
        .ok_or_else(|| ReadError::whole(format!("repository `{}`: expected owner/name", shown(repository))))?;
    let answers = Answers::of(document);
    let path = format!("/repos/{repository}/pulls/{number}");
    let pull: Pull = match answers.essential(&path)?.as_slice() {
        [body] => typed(&path, body)?,
        _ => return Err(ReadError::whole(format!("{}: it has several pages", shown(&path)))),
    };
    if pull.number != number {
        return Err(ReadError::whole(format!("the recording is of pull request {number}, and the answer of {}", pull.number)));
    }
    let head = sha(&pull.head.sha)?;
    if !head.eq_ignore_ascii_case(&document.head) {
        return Err(ReadError::whole(format!(
            "the recording is of commit {}, and the pull request's head is {head}",
            shown(&document.head)
        )));
    }
    let reviews = format!("{path}/reviews");
    let reviews: Vec<Review> = elements(&reviews, &answers.essential(&reviews)?)?;
    let permissions = people::permissions(repository, &answers)?;
    let mut asked = Asked { answers: &answers, unanswered: Vec::new() };
    let commit = format!("/repos/{repository}/commits/{head}");
    let mut record = PullRequestRecord {
        state: state(&pull)?,
        association: association(pull.author_association.as_deref()),
        from_fork: pull.head.repo.as_ref().is_none_or(|from| !from.full_name.eq_ignore_ascii_case(repository)),
        base: sha(&pull.base.sha)?,
        requested_users: pull.requested_reviewers.iter().map(|user| account(&user.login)).collect::<Result<_, _>>()?,
        requested_teams: pull.requested_teams.iter().map(|team| format!("{owner}/{}", team.slug)).collect(),
        commits: commits(&pull, &path, repository, &answers)?,
        pushes: asked.list(&format!("/repos/{repository}/activity"), pushes)?,
        teams: people::teams(owner, &answers)?,
        checks: asked.list(&format!("{commit}/check-runs"), checks)?,
        statuses: asked.list(&format!("{commit}/status"), statuses)?,
        deployments: asked.list(&format!("/repos/{repository}/deployments"), deployments)?,
        comments: asked.list(&format!("/repos/{repository}/issues/{number}/comments"), comments)?,
        unanswered: Vec::new(),
        repository: repository.to_owned(),
        number,
        draft: pull.draft,
        base_branch: pull.base.branch.clone(),
        labels: pull.labels.iter().map(|label| label.name.clone()).collect(),
        title: pull.title.clone(),
        body: pull.body.clone().unwrap_or_default(),
        head,
        permissions,
    };
    for comment in record.comments.iter_mut().flatten() {
        comment.permission = record.permissions.get(&comment.by.to_lowercase()).copied();
    }
    let refused = document.unanswered.iter().filter(|one| !asked.unanswered.iter().any(|known| known.path == one.path));
    record.unanswered = refused.map(|one| UnansweredRecord { path: one.path.clone(), reason: one.reason.clone() }).collect();
    record.unanswered.append(&mut asked.unanswered);
    record.unanswered.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(ReviewReport {
        author: account(login(pull.user.as_ref()))?,
        approvals: approvals(&reviews)?,
        pull_request: Some(Box::new(record)),
    })
}

fn state(pull: &Pull) -> Result<ProposalState, ReadError> {
    match pull.state.as_str() {
        "open" => Ok(ProposalState::Open),
        "closed" if pull.merged_at.is_some() => Ok(ProposalState::Merged),
        "closed" => Ok(ProposalState::Closed),
        other => Err(ReadError::whole(format!("nobody knows a pull request in state `{}`", shown(other)))),
    }
}

/// The reviews that were handed in; one that is being written says nothing yet.
fn approvals(reviews: &[Review]) -> Result<Vec<ApprovalRecord>, ReadError> {
    let mut approvals = Vec::with_capacity(reviews.len());
    for review in reviews {
        let state = match review.state.as_str() {
            "APPROVED" => ReviewState::Approved,
            "CHANGES_REQUESTED" => ReviewState::ChangesRequested,
            "COMMENTED" => ReviewState::Commented,
            "DISMISSED" => ReviewState::Dismissed,
            "PENDING" => continue,
            other => return Err(ReadError::whole(format!("nobody knows a review in state `{}`", shown(other)))),
        };
        let by = account(login(review.user.as_ref()))?;
        let at: Timestamp = review
            .submitted_at
            .ok_or_else(|| ReadError::whole(format!("a review by {} does not say when it was handed in", shown(&by))))?;
        let commit = review.commit_id.as_deref().map(sha).transpose()?;
        let association = association(review.author_association.as_deref());
        approvals.push(ApprovalRecord { by, at, commit, state, association });
    }
    Ok(approvals)
}

/// All commits. GitHub lists 250 of a pull request and no more; a comparison of base and head lists all.
fn commits(pull: &Pull, path: &str, repository: &str, answers: &Answers<'_>) -> Result<Vec<PullCommit>, ReadError> {
    let compared = answers.between(&format!("/repos/{repository}/compare/"), "");
    let listed = match compared.first() {
        None => {
            let path = format!("{path}/commits");
            elements::<payload::Commit>(&path, &answers.essential(&path)?)?
        }
        Some((path, between)) => {
            if !between.eq_ignore_ascii_case(&format!("{}...{}", pull.base.sha, pull.head.sha)) {
                return Err(ReadError::whole(format!("{} is not about base and head of the pull request", shown(path))));
            }
            let mut listed = Vec::new();
            for page in answers.essential(path)? {
                listed.extend(typed::<Comparison>(path, page)?.commits);
            }
            listed
        }
    };
    let found = listed.len() as u64;
    let has_head = listed.iter().any(|commit| commit.sha.eq_ignore_ascii_case(&pull.head.sha));
    if found < pull.commits || !has_head {
        let missing = if has_head { "" } else { " without its head" };
        let all = pull.commits;
        return Err(ReadError::whole(format!(
            "{found} of the pull request's {all} commits are there{missing}: nobody knows who made the rest"
        )));
    }
    listed.iter().map(people::commit).collect()
}

fn sha(text: &str) -> Result<String, ReadError> {
    if matches!(text.len(), 40 | 64) && is_commit(text) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(ReadError::whole(format!("commit `{}`: expected 40 or 64 hexadecimal digits", shown(text))))
}

/// What may be unanswered.
struct Asked<'a> {
    answers: &'a Answers<'a>,
    unanswered: Vec<UnansweredRecord>,
}

/// A path and the pages that stand there.
type Pages<'a> = (&'a str, &'a [&'a serde_json::Value]);

impl Asked<'_> {
    /// What `understand` makes of the pages; `None` where they are not all there.
    fn list<T>(
        &mut self,
        path: &str,
        understand: impl FnOnce(Pages<'_>) -> Result<Result<T, String>, ReadError>,
    ) -> Result<Option<T>, ReadError> {
        let reason = match self.answers.at(path) {
            Err(reason) => reason,
            Ok(pages) => match understand((path, &pages))? {
                Ok(known) => return Ok(Some(known)),
                Err(reason) => reason,
            },
        };
        self.unanswered.push(UnansweredRecord { path: path.to_owned(), reason });
        Ok(None)
    }
}

fn pushes((path, pages): Pages<'_>) -> Result<Result<Vec<PushRecord>, String>, ReadError> {
    let mut pushes = Vec::new();
    for activity in elements::<Activity>(path, pages)? {
        if activity.kind == "branch_deletion" {
            continue;
        }
        let by = activity.actor.map(|actor| account(&actor.login)).transpose()?;
        pushes.push(PushRecord { by, at: activity.timestamp, commit: sha(&activity.after)? });
    }
    pushes.sort_by_key(|push| std::cmp::Reverse(push.at));
    Ok(Ok(pushes))
}

fn checks((path, pages): Pages<'_>) -> Result<Result<Vec<CheckRunRecord>, String>, ReadError> {
    let (mut checks, mut total) = (Vec::new(), 0);
    for page in pages {
        let page: CheckRuns = typed(path, page)?;
        total = page.total_count;
        checks.extend(page.check_runs.into_iter().map(|run| CheckRunRecord {
            name: run.name,
            app: run.app.and_then(|app| app.slug),
            status: run.status,
            conclusion: run.conclusion,
        }));
    }
    Ok(counted(checks, total))
}

fn statuses((path, pages): Pages<'_>) -> Result<Result<Vec<CommitStatusRecord>, String>, ReadError> {
    let (mut statuses, mut total) = (Vec::new(), 0);
    for page in pages {
        let page: CombinedStatus = typed(path, page)?;
        total = page.total_count;
        statuses
            .extend(page.statuses.into_iter().map(|status| CommitStatusRecord { context: status.context, state: status.state }));
    }
    Ok(counted(statuses, total))
}

/// A list of which GitHub says how long it is.
fn counted<T>(list: Vec<T>, total: u64) -> Result<Vec<T>, String> {
    if (list.len() as u64) < total { Err(format!("{} of {total} are there", list.len())) } else { Ok(list) }
}

fn deployments((path, pages): Pages<'_>) -> Result<Result<Vec<DeploymentRecord>, String>, ReadError> {
    let mut deployments = Vec::new();
    for one in elements::<Deployment>(path, pages)? {
        let commit = sha(&one.sha)?;
        deployments.push(DeploymentRecord { id: one.id, environment: one.environment, commit, at: one.created_at });
    }
    Ok(Ok(deployments))
}

fn comments((path, pages): Pages<'_>) -> Result<Result<Vec<CommentRecord>, String>, ReadError> {
    let mut comments = Vec::new();
    for comment in elements::<Comment>(path, pages)? {
        comments.push(CommentRecord {
            id: comment.id,
            by: account(login(comment.user.as_ref()))?,
            at: comment.created_at,
            edited: comment.updated_at != comment.created_at,
            permission: None,
            text: comment.body.unwrap_or_default(),
            url: comment.html_url,
        });
    }
    comments.sort_by_key(|comment| (comment.at, comment.id));
    Ok(Ok(comments))
}
