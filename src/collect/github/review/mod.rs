//! What is asked about a pull request, and what of the answers is kept: the document `kadian.github/v1`.
//!
//! However large the pull request is, the number of requests has a bound. What cannot be judged without (the request itself, its
//! reviews, its commits) fails as a whole; everything else may stay unanswered, which the document says.

mod lists;
mod names;
#[cfg(test)]
mod tests;
mod trim;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::access::Access;
use super::client::{Answer, Get, GitHub};
use super::failure::{Failure, FailureKind};
use crate::collect::http::Limits;
use crate::evidence::github::SCHEMA;
use lists::{List, Need};
pub use names::encoded;

/// How often everything is read before it is given up that the pull request stands still.
const TRIES: usize = 3;

/// Commits that GitHub lists of a pull request. Source: docs.github.com, "List commits on a pull request".
const LISTED_COMMITS: u64 = 250;

/// Pages of a hundred elements.
const MOST_REVIEWS: usize = 30;
const MOST_COMMITS: usize = 30;
const MOST_COMMENTS: usize = 30;
const MOST_CHECKS: usize = 10;
const MOST_MEMBERS: usize = 10;

/// Accounts whose permission is asked for, and teams whose members are.
const MOST_ACCOUNTS: usize = 100;
const MOST_TEAMS: usize = 20;

/// The pull request that is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub number: u64,
    /// Teams as CODEOWNERS writes them, `@org/team`, whose members matter.
    pub teams: &'a [String],
    /// The time of the decision.
    pub now: Timestamp,
}

/// Asks GitHub, and makes the document of what it answers.
///
/// # Errors
/// Why there is no whole answer, as a sentence; for a rate limit, until when. Something that changes while it is read is no answer either.
pub fn collect(access: &Access, question: Question<'_>, limits: &Limits) -> Result<Value, String> {
    let github = GitHub::open(access, limits).map_err(|failure| told(&failure))?;
    for _ in 0..TRIES {
        let read = Read::all(&github, access, question).map_err(|failure| told(&failure))?;
        if read.still_stands(&github).map_err(|failure| told(&failure))? {
            return Ok(read.document(access, question));
        }
    }
    Err(format!("pull request {} changes while it is read; {TRIES} times in a row", question.number))
}

/// The failure as a sentence with what GitHub says would help.
fn told(failure: &Failure) -> String {
    let message = failure.message.as_deref().map(|message| format!(" ({message})")).unwrap_or_default();
    let until = match failure.kind {
        FailureKind::RateLimit { until: Some(until) } if !failure.detail.contains(&until.to_string()) => {
            format!("; again from {until} on")
        }
        _ => String::new(),
    };
    let permissions = match (&failure.permissions, failure.is_forbidden()) {
        (Some(permissions), true) => format!("; the token needs one of these permissions: {permissions}"),
        _ => String::new(),
    };
    format!("GitHub: {failure}{message}{until}{permissions}")
}

/// What was read in one go.
struct Read {
    pull: Answer,
    lists: Vec<List>,
    /// Answers about one account each.
    permissions: Vec<(String, Result<Answer, Failure>)>,
    /// What was not asked, and why.
    unasked: Vec<(String, String)>,
}

impl Read {
    fn all(github: &GitHub, access: &Access, question: Question<'_>) -> Result<Read, Failure> {
        let repository = access.repository.as_str();
        let path = format!("/repos/{repository}/pulls/{}", question.number);
        let pull = github.get(&path, &[])?;
        let text = |pointer: &str| pull.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (head, base) = (text("/head/sha"), text("/base/sha"));
        if !is_sha(&head) || !is_sha(&base) {
            return Err(Failure::new(FailureKind::Broken, format!("GET {path}"), "the answer is no pull request"));
        }
        let mut unasked = Vec::new();
        let commits = match pull.body.get("commits").and_then(Value::as_u64) {
            Some(number) if number > LISTED_COMMITS => {
                List::new(format!("/repos/{repository}/compare/{base}...{head}"), MOST_COMMITS, Need::Essential, trim::comparison)
            }
            _ => List::new(format!("{path}/commits"), MOST_COMMITS, Need::Essential, trim::commits),
        };
        let commit = format!("/repos/{repository}/commits/{head}");
        let optional = |path: String, most, trim| List::new(path, most, Need::Optional, trim);
        let mut lists = vec![
            List::new(format!("{path}/reviews"), MOST_REVIEWS, Need::Essential, trim::reviews),
            commits,
            optional(format!("/repos/{repository}/issues/{}/comments", question.number), MOST_COMMENTS, trim::comments),
            optional(format!("{commit}/check-runs"), MOST_CHECKS, trim::check_runs),
            optional(format!("{commit}/status"), MOST_CHECKS, trim::status),
            optional(format!("/repos/{repository}/deployments"), 1, trim::deployments).newest("sha", &head),
        ];
        let activity = format!("/repos/{repository}/activity");
        let branch = text("/head/ref");
        if text("/head/repo/full_name").eq_ignore_ascii_case(repository) && !branch.is_empty() {
            lists.push(optional(activity, 1, trim::activity).newest("ref", &format!("refs/heads/{branch}")));
        } else {
            unasked.push((activity, "the branch lives in another repository".to_owned()));
        }
        lists::read(github, &mut lists)?;
        let (teams, accounts) = (names::teams(repository, question.teams), names::accounts(&pull.body, &lists));
        let permission = |login: &str| format!("/repos/{repository}/collaborators/{}/permission", names::encoded(login));
        for name in accounts.iter().skip(MOST_ACCOUNTS) {
            unasked.push((permission(name), format!("more than {MOST_ACCOUNTS} accounts would have to be asked about")));
        }
        for (path, team) in teams.iter().skip(MOST_TEAMS) {
            unasked.push((path.clone(), format!("more than {MOST_TEAMS} teams own what is changed; {team} is one too many")));
        }
        let asked: Vec<String> = accounts.iter().take(MOST_ACCOUNTS).map(|login| permission(login)).collect();
        let gets: Vec<Get> = asked.iter().map(|path| Get::new(path.clone(), &[])).collect();
        let permissions: Vec<_> = asked.into_iter().zip(github.get_all(&gets)).collect();
        // Whoever is no collaborator may nothing; any other failure would make an approval count, or not, by chance.
        let unknown = |(_, outcome): &(String, Result<Answer, Failure>)| match outcome {
            Err(failure) if failure.kind != FailureKind::Status(404) => Some(failure.clone()),
            _ => None,
        };
        if let Some(failure) = permissions.iter().find_map(unknown) {
            return Err(failure);
        }
        let mut members: Vec<List> =
            teams.into_iter().take(MOST_TEAMS).map(|(path, _)| optional(path, MOST_MEMBERS, trim::members)).collect();
        lists::read(github, &mut members)?;
        lists.append(&mut members);
        Ok(Read { pull, lists, permissions, unasked })
    }

    /// Whether the request and its reviews are what they were when the first of them was read. GitHub keeps other things in the same
    /// answers, such as whether it can be merged, which may change.
    fn still_stands(&self, github: &GitHub) -> Result<bool, Failure> {
        let Some(reviews) = self.lists.first() else { return Ok(false) };
        let mut same = true;
        for answer in std::iter::once(&self.pull).chain(&reviews.answers) {
            same = same && github.unchanged(answer)?;
        }
        if same {
            return Ok(true);
        }
        let pull = github.get(&self.pull.path, &[])?;
        let mut again = [reviews.unread()];
        lists::read(github, &mut again)?;
        let kept = |list: &List| list.answers.iter().map(|answer| (list.trim)(&answer.body)).collect::<Vec<_>>();
        Ok(trim::pull(&pull.body) == trim::pull(&self.pull.body) && again.iter().all(|list| kept(list) == kept(reviews)))
    }

    fn document(&self, access: &Access, question: Question<'_>) -> Value {
        let one = |answer: &Answer, body: Value| json!({"path": answer.path, "query": answer.query, "status": answer.status, "body": body});
        let mut answers = vec![one(&self.pull, trim::pull(&self.pull.body))];
        let mut unanswered: Vec<(String, String)> = self.unasked.clone();
        for list in &self.lists {
            match &list.failure {
                Some(failure) => unanswered.push((list.path.clone(), names::refused(&list.path, failure))),
                None => answers.extend(list.answers.iter().map(|answer| {
                    let mut page = one(answer, (list.trim)(&answer.body));
                    if let Some(page) = page.as_object_mut() {
                        page.insert("next".to_owned(), json!(answer.next));
                    }
                    page
                })),
            }
        }
        for (path, outcome) in &self.permissions {
            match outcome {
                Ok(answer) => answers.push(one(answer, trim::permission(&answer.body))),
                Err(failure) => unanswered.push((path.clone(), told(failure))),
            }
        }
        let unanswered: Vec<Value> =
            unanswered.into_iter().map(|(path, reason)| json!({"path": path, "reason": reason})).collect();
        json!({
            "schema": SCHEMA,
            "api": access.api,
            "repository": access.repository,
            "pull_request": question.number,
            "head": self.pull.body.pointer("/head/sha"),
            "collected_at": question.now,
            "answers": answers,
            "unanswered": unanswered,
        })
    }
}

fn is_sha(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
