//! What a code host says of a pull request, whatever its format.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::facts::{Association, Permission, ProposalState};

/// What a code host says of a pull request beside its reviews.
///
/// A list that is `None` was not answered; one that is empty was.
#[derive(Debug, Clone, PartialEq)]
pub struct PullRequestRecord {
    /// `owner/name` of the repository that the request is made to.
    pub repository: String,
    pub number: u64,
    pub state: ProposalState,
    pub draft: bool,
    pub title: String,
    /// Markdown; empty where nobody wrote any.
    pub body: String,
    /// In the order of the answer.
    pub labels: Vec<String>,
    /// What its author is to the repository.
    pub association: Option<Association>,
    /// Whether its branch lives in another repository, or in one that is gone.
    pub from_fork: bool,
    /// The newest commit, in hexadecimal.
    pub head: String,
    /// The branch that it is to be merged into.
    pub base_branch: String,
    /// The commit of that branch, in hexadecimal.
    pub base: String,
    /// Accounts that are asked for a review and have not given one since.
    pub requested_users: Vec<String>,
    /// Teams of which the same is true, as `org/team`.
    pub requested_teams: Vec<String>,
    /// Oldest first.
    pub commits: Vec<PullCommit>,
    /// Newest first.
    pub pushes: Option<Vec<PushRecord>>,
    /// What accounts may do with the repository, by account in lower case. Who is not in it was not asked about, or not answered.
    pub permissions: BTreeMap<String, Permission>,
    /// The members of teams that were asked about and answered, by `org/team` in lower case.
    pub teams: BTreeMap<String, Vec<String>>,
    /// Runs of checks on the newest commit.
    pub checks: Option<Vec<CheckRunRecord>>,
    /// Statuses of the newest commit, the last of each context.
    pub statuses: Option<Vec<CommitStatusRecord>>,
    pub deployments: Option<Vec<DeploymentRecord>>,
    /// In the order of time.
    pub comments: Option<Vec<CommentRecord>>,
    /// What was asked in vain, each with its reason.
    pub unanswered: Vec<UnansweredRecord>,
}

/// Who made a commit, as the code host tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullCommit {
    /// In hexadecimal.
    pub id: String,
    pub author: CommitPerson,
    pub committer: CommitPerson,
    /// From trailers `Co-authored-by`.
    pub co_authors: Vec<CommitPerson>,
}

/// A person of a commit. The name and the address are whatever was configured; only the account is verified, and known only where the
/// address belongs to one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitPerson {
    pub account: Option<String>,
    pub name: String,
    pub email: String,
}

/// Who moved the branch of the pull request, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushRecord {
    /// `None` for an account that is gone.
    pub by: Option<String>,
    pub at: Timestamp,
    /// The commit that the branch then was at.
    pub commit: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRunRecord {
    pub name: String,
    /// The app that made it.
    pub app: Option<String>,
    /// `queued`, `in_progress`, `completed` ...
    pub status: String,
    /// `success`, `failure` ...; `None` until it is completed.
    pub conclusion: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitStatusRecord {
    pub context: String,
    /// `success`, `pending`, `failure` or `error`.
    pub state: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentRecord {
    pub id: u64,
    pub environment: String,
    pub commit: String,
    pub at: Timestamp,
}

/// A comment of the conversation, where commands may stand.
#[derive(Debug, Clone, PartialEq)]
pub struct CommentRecord {
    pub id: u64,
    /// The account.
    pub by: String,
    pub at: Timestamp,
    /// Whether it was changed after it was written.
    pub edited: bool,
    /// What its author may do with the repository; `None` where nobody answered.
    pub permission: Option<Permission>,
    /// As it was written.
    pub text: String,
    pub url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnansweredRecord {
    pub path: String,
    pub reason: String,
}
