//! Who looked at the change (requirement A5).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The reviews of the change.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Review {
    /// The account that proposed the change.
    pub author: String,
    /// Every review that says yes or no, in order of time, then name.
    pub approvals: Vec<Approval>,
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
    /// Whether it was given for the head commit: by the commit where that is known, otherwise by the time of the head commit.
    pub current: bool,
    /// Whether the same reviewer said something later.
    pub superseded: bool,
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
