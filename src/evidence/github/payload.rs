//! The parts of GitHub's answers that are used. Unknown keys are let through: GitHub adds some every month.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;

use crate::facts::Association;

/// The account that GitHub shows in place of a deleted one.
pub(super) const GHOST: &str = "ghost";

#[derive(Debug, Deserialize)]
pub(super) struct Pull {
    pub(super) number: u64,
    pub(super) state: String,
    pub(super) merged_at: Option<Timestamp>,
    pub(super) draft: bool,
    pub(super) title: String,
    pub(super) body: Option<String>,
    /// Null for an account that is gone.
    pub(super) user: Option<User>,
    pub(super) labels: Vec<Label>,
    pub(super) author_association: Option<String>,
    pub(super) head: End,
    pub(super) base: End,
    pub(super) requested_reviewers: Vec<User>,
    pub(super) requested_teams: Vec<Team>,
    /// How many commits it has.
    pub(super) commits: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) login: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Label {
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Team {
    pub(super) slug: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct End {
    pub(super) sha: String,
    #[serde(rename = "ref")]
    pub(super) branch: String,
    /// Null where the repository is gone.
    pub(super) repo: Option<Repository>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Repository {
    pub(super) full_name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Review {
    pub(super) user: Option<User>,
    pub(super) state: String,
    pub(super) commit_id: Option<String>,
    /// Absent while the review is being written.
    pub(super) submitted_at: Option<Timestamp>,
    pub(super) author_association: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Commit {
    pub(super) sha: String,
    #[serde(rename = "commit")]
    pub(super) git: GitCommit,
    pub(super) author: Option<MaybeUser>,
    pub(super) committer: Option<MaybeUser>,
}

/// GitHub writes an empty object in some places where there is no account.
#[derive(Debug, Deserialize)]
pub(super) struct MaybeUser {
    pub(super) login: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct GitCommit {
    pub(super) author: Option<GitPerson>,
    pub(super) committer: Option<GitPerson>,
    pub(super) message: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct GitPerson {
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) email: Option<String>,
}

/// A page of a comparison of two commits.
#[derive(Debug, Deserialize)]
pub(super) struct Comparison {
    pub(super) commits: Vec<Commit>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Collaborator {
    pub(super) permission: String,
    /// `maintain` and `triage` are told apart here only; it may also be a role that an organisation made.
    pub(super) role_name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Activity {
    pub(super) after: String,
    pub(super) timestamp: Timestamp,
    #[serde(rename = "activity_type")]
    pub(super) kind: String,
    pub(super) actor: Option<User>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) user: Option<User>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) body: Option<String>,
    pub(super) html_url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CheckRuns {
    pub(super) total_count: u64,
    pub(super) check_runs: Vec<CheckRun>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CheckRun {
    pub(super) name: String,
    pub(super) status: String,
    pub(super) conclusion: Option<String>,
    pub(super) app: Option<App>,
}

#[derive(Debug, Deserialize)]
pub(super) struct App {
    pub(super) slug: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CombinedStatus {
    pub(super) total_count: u64,
    pub(super) statuses: Vec<CommitStatus>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CommitStatus {
    pub(super) context: String,
    pub(super) state: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Deployment {
    pub(super) id: u64,
    pub(super) environment: String,
    pub(super) sha: String,
    pub(super) created_at: Timestamp,
}

/// What an account is to the repository; `None` for a word that GitHub may add one day, which entitles nobody.
pub(super) fn association(word: Option<&str>) -> Option<Association> {
    let word: serde::de::value::StrDeserializer<'_, Error> = word?.into_deserializer();
    Association::deserialize(word).ok()
}

/// The account, or the one that stands for accounts that are gone.
pub(super) fn login(user: Option<&User>) -> &str {
    user.map_or(GHOST, |user| user.login.as_str())
}
