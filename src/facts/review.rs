//! Who looked at the change (requirement A5).

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The reviews of the change, and what the code host says of the pull request: a plain file of reviews leaves everything but the author
/// and the approvals null.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Review {
    /// The account that proposed the change.
    pub author: String,
    /// Every review that says yes or no, in order of time, then name.
    pub approvals: Vec<Approval>,
    /// Whether the pull request is open, closed or merged.
    pub state: Option<ProposalState>,
    /// Whether it is a draft, which cannot be merged.
    pub draft: Option<bool>,
    pub title: Option<String>,
    /// Sorted.
    pub labels: Option<Vec<String>>,
    /// What the author is to the repository.
    pub author_association: Option<Association>,
    /// Whether its branch lives in another repository, or in one that is gone.
    pub from_fork: Option<bool>,
    /// The branch that it is to be merged into.
    pub base_branch: Option<String>,
    /// Everyone who is author, committer or co-author of a commit, sorted.
    pub committers: Option<Vec<Committer>>,
    /// Who moved the branch to its newest commit, and when; also null where the code host tells no pushes.
    pub last_push: Option<Push>,
    /// Who is asked for a review and has not given one since.
    pub requested: Option<RequestedReviews>,
    /// Members of the teams that were asked about and answered, by `@org/team` in lower case.
    pub teams: Option<BTreeMap<String, Vec<String>>>,
    /// Issues that the text promises to close (`Fixes #7`), sorted.
    pub linked_issues: Option<Vec<LinkedIssue>>,
    /// Runs of checks and statuses of the newest commit, by name; also null where one of the two was not answered.
    pub checks: Option<Vec<Check>>,
    /// Deployments of the newest commit, the newest first; also null where nobody answered.
    pub deployments: Option<Vec<Deployment>>,
    /// The items of the task lists in the text, in their order.
    pub checklist: Option<Vec<ChecklistItem>>,
    /// What the code host was asked in vain, each with its reason.
    pub unanswered: Option<Vec<Unanswered>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Approval {
    /// The reviewer's account.
    pub by: String,
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The commit that was reviewed; null when the source is silent.
    pub commit: Option<String>,
    pub state: ReviewState,
    /// Whether the reviewer is the author of the change.
    pub by_author: bool,
    /// Whether the reviewer made a commit of the change, helped with one, or pushed the newest; null when nobody tells who did.
    pub by_committer: Option<bool>,
    /// Whether it was given for the head commit: by the commit where that is known, otherwise by the time of the head commit.
    pub current: bool,
    /// Whether the same reviewer said something later.
    pub superseded: bool,
    /// Whether the reviewer was asked to look again since; null when the source is silent.
    pub re_requested: Option<bool>,
    /// What the reviewer may do with the repository; null when nobody answered.
    pub permission: Option<Permission>,
    /// What the reviewer is to the repository; null when the source is silent.
    pub association: Option<Association>,
    /// Whether the reviewer's word counts: with permission to write, or as the repository's owner.
    /// Null when the source tells neither of anybody.
    pub entitled: Option<bool>,
}

/// A person of the change's commits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Committer {
    /// The account; null where the address belongs to none.
    pub account: Option<String>,
    /// As it was configured: nobody has verified it.
    pub name: String,
    pub email: String,
    /// How many of the commits.
    pub commits: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Push {
    /// Null for an account that is gone.
    pub by: Option<String>,
    #[schemars(with = "String")]
    pub at: Timestamp,
}

/// Who is asked for a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RequestedReviews {
    /// Accounts, sorted.
    pub users: Vec<String>,
    /// Teams as `org/team`, sorted.
    pub teams: Vec<String>,
}

/// An issue that is closed with the change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct LinkedIssue {
    /// `owner/name`.
    pub repository: String,
    pub number: u64,
}

/// A run of a check, or a commit status.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Check {
    pub name: String,
    /// The app that made it; null for a commit status.
    pub app: Option<String>,
    /// `queued`, `in_progress`, `completed` or as the code host says.
    pub status: String,
    /// `success`, `failure` or as the code host says; null until it is completed.
    pub conclusion: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deployment {
    pub environment: String,
    pub commit: String,
    #[schemars(with = "String")]
    pub at: Timestamp,
}

/// An item of a task list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ChecklistItem {
    /// The heading above it; null before the first.
    pub section: Option<String>,
    /// Without marks of emphasis, cut at 200 characters.
    pub text: String,
    pub checked: bool,
    /// False for an item that is struck through.
    pub applicable: bool,
    /// The line of the text, counted from 1.
    pub line: u32,
}

/// A question that the code host did not answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Unanswered {
    /// What was asked, as the path of the request.
    pub what: String,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    #[serde(alias = "APPROVED")]
    Approved,
    #[serde(alias = "CHANGES_REQUESTED")]
    ChangesRequested,
    #[serde(alias = "COMMENTED")]
    Commented,
    #[serde(alias = "DISMISSED")]
    Dismissed,
    #[serde(alias = "PENDING")]
    Pending,
}

/// What an account may do with a repository, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    None,
    Read,
    Triage,
    Write,
    Maintain,
    Admin,
}

/// What an account is to a repository, as GitHub calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Association {
    #[serde(alias = "OWNER")]
    Owner,
    #[serde(alias = "MEMBER")]
    Member,
    #[serde(alias = "COLLABORATOR")]
    Collaborator,
    #[serde(alias = "CONTRIBUTOR")]
    Contributor,
    #[serde(alias = "FIRST_TIME_CONTRIBUTOR")]
    FirstTimeContributor,
    #[serde(alias = "FIRST_TIMER")]
    FirstTimer,
    #[serde(alias = "MANNEQUIN")]
    Mannequin,
    #[serde(alias = "NONE")]
    None,
}

/// Whether a proposal may still be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProposalState {
    Open,
    /// Closed without having been merged.
    Closed,
    Merged,
}
