//! Sends what was planned.

use super::api::{Api, Method, Refused};
use super::plan::{CheckRunWrite, CommentWrite, Plan, Write};
use super::refusal::{self, CHECK_RUN, COMMENT, Kind, STATUS};
use super::sticky::{self, Found, Me, WORKFLOW};

/// Carries a plan out, and says what could not be published. Nothing stops it half way: what fails is told, and the next thing is tried.
#[must_use]
pub fn apply(plan: &Plan, api: &dyn Api, is_fork: bool) -> Vec<String> {
    let mut sender = Sender { api, is_fork, me: None, read_only: Vec::new(), said: plan.unpublished.clone() };
    for write in &plan.writes {
        match write {
            Write::CheckRun(run) => sender.check_run(run),
            Write::Status { path, body } => {
                if let Some(answer) = sender.sent(STATUS, Method::Post, path, body) {
                    sender.learn(&answer);
                }
            }
            Write::Comment(comment) => sender.comment(comment),
        }
    }
    if !sender.read_only.is_empty() {
        sender.said.push(refusal::of_fork(&sender.read_only));
    }
    sender.said
}

struct Sender<'a> {
    api: &'a dyn Api,
    is_fork: bool,
    /// Who the answers so far say that we are.
    me: Option<Me>,
    /// What a fork's token was refused.
    read_only: Vec<&'static str>,
    said: Vec<String>,
}

impl Sender<'_> {
    fn check_run(&mut self, run: &CheckRunWrite) {
        let Some(answer) = self.sent(CHECK_RUN, Method::Post, &run.path, &run.body) else { return };
        self.learn(&answer);
        let Some(id) = answer["id"].as_u64() else {
            self.said.push("GitHub's answer names no check run, so that nobody can tell whether it is there".to_owned());
            return;
        };
        let path = format!("{}/{id}", run.path);
        for (at, more) in run.more.iter().enumerate() {
            if let Err(refused) = self.api.send(Method::Patch, &path, more) {
                let (done, all) = (at + 1, run.more.len() + 1);
                self.said.push(format!("the check run has {done} of {all} batches of annotations: {}", refused.detail));
                break;
            }
        }
        let own = self.me == Some(Me::Known(WORKFLOW.to_owned()));
        if let Some(buttons) = run.buttons.as_ref().filter(|_| !own && self.me.is_some())
            && let Err(refused) = self.api.send(Method::Patch, &path, buttons)
        {
            self.said.push(format!("the check run has no button: {}", refused.detail));
        }
    }

    fn comment(&mut self, comment: &CommentWrite) {
        let me = match self.me.clone().map_or_else(|| sticky::ask(self.api), Ok) {
            Ok(me) => me,
            Err(refused) => return self.refused(COMMENT, &refused),
        };
        let found = match sticky::find(self.api, comment, &me) {
            Ok(found) => found,
            Err(refused) => return self.refused(COMMENT, &refused),
        };
        let CommentWrite { repository, pull_request, .. } = comment;
        let body = serde_json::json!({"body": comment.body});
        match found {
            Found::Ours { id, body: there } => {
                if sticky::differs(&there, comment) {
                    self.sent(COMMENT, Method::Patch, &format!("/repos/{repository}/issues/comments/{id}"), &body);
                }
            }
            Found::Nothing if comment.create => {
                self.sent(COMMENT, Method::Post, &format!("/repos/{repository}/issues/{pull_request}/comments"), &body);
            }
            Found::Nothing => {}
            Found::Unsure { login } => self.said.push(format!(
                "the comment was not published: {login} wrote one with kadian's marker, and the token does not tell whether that is us. \
                 Publish `check-run` or `status` as well, whose answers tell"
            )),
            Found::TooMany => self.said.push(
                "the comment was not published: the pull request has so many comments that ours was not found among the first 3,000"
                    .to_owned(),
            ),
        }
    }

    fn learn(&mut self, answer: &serde_json::Value) {
        if self.me.is_none() {
            self.me = sticky::writer(answer).map(Me::Known);
        }
    }

    /// The answer to a write; what GitHub refuses is noted.
    fn sent(&mut self, kind: Kind, method: Method, path: &str, body: &serde_json::Value) -> Option<serde_json::Value> {
        match self.api.send(method, path, body) {
            Ok(answer) => Some(answer),
            Err(refused) => {
                self.refused(kind, &refused);
                None
            }
        }
    }

    fn refused(&mut self, kind: Kind, refused: &Refused) {
        if self.is_fork && refusal::is_forbidden(refused) {
            self.read_only.push(kind.name);
        } else {
            self.said.push(refusal::sentence(kind, refused));
        }
    }
}
