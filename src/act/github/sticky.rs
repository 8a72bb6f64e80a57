//! The comment that stays one: found, and told from a copy.

use serde_json::Value;

use super::api::{Api, Refused};
use super::plan::CommentWrite;
use crate::report::github::Marker;

/// Comments of one page, which is the most that GitHub gives.
const OF_A_PAGE: usize = 100;
/// Pages that are looked through. Ours is written early, so that it is on the first ones.
const MOST_PAGES: usize = 30;
/// The account behind the token that a workflow run gets.
pub(super) const WORKFLOW: &str = "github-actions[bot]";

/// Who the token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Me {
    Known(String),
    /// A token of some GitHub App, most often the workflow's own.
    SomeApp,
}

/// What is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    Ours {
        id: u64,
        body: String,
    },
    /// One of another bot, or ours: nobody can tell.
    Unsure {
        login: String,
    },
    /// There are more comments than are looked through.
    TooMany,
}

/// The first comment that begins with our marker for the stage and is our own. Whoever copies the marker into a comment of their own only
/// gets a comment of their own.
pub(super) fn find(api: &dyn Api, write: &CommentWrite, me: &Me) -> Result<Found, Refused> {
    let path = format!("/repos/{}/issues/{}/comments", write.repository, write.pull_request);
    let mut unsure = None;
    for page in 1..=MOST_PAGES {
        let query = [("per_page", OF_A_PAGE.to_string()), ("page", page.to_string())];
        let answer = api.get(&path, &query)?;
        let comments = answer.as_array().map_or(&[][..], Vec::as_slice);
        for comment in comments {
            let body = comment["body"].as_str().unwrap_or_default();
            if Marker::of(body).is_none_or(|marker| marker.stage != write.marker.stage) {
                continue;
            }
            let login = comment["user"]["login"].as_str().unwrap_or_default();
            let is_bot = comment["user"]["type"].as_str() == Some("Bot");
            let ours = match me {
                Me::Known(me) => me.eq_ignore_ascii_case(login),
                Me::SomeApp => is_bot && login == WORKFLOW,
            };
            match comment["id"].as_u64() {
                Some(id) if ours => return Ok(Found::Ours { id, body: body.to_owned() }),
                _ => {}
            }
            if *me == Me::SomeApp && is_bot {
                unsure.get_or_insert_with(|| login.to_owned());
            }
        }
        if comments.len() < OF_A_PAGE {
            return Ok(unsure.map_or(Found::Nothing, |login| Found::Unsure { login }));
        }
    }
    Ok(Found::TooMany)
}

/// Whether the comment has to be written over: not by an older run than the one that it is of, and not with the same words.
pub(super) fn differs(there: &str, write: &CommentWrite) -> bool {
    let newer = Marker::of(there).is_some_and(|marker| marker.run > write.marker.run);
    let plain = |body: &str| body.replace("\r\n", "\n").trim_end().to_owned();
    !newer && plain(there) != plain(&write.body)
}

/// Whom an answer names as its writer: the app of a check run, the creator of a status.
pub(super) fn writer(answer: &Value) -> Option<String> {
    let app = answer["app"]["slug"].as_str().map(|slug| format!("{slug}[bot]"));
    app.or_else(|| answer["creator"]["login"].as_str().map(str::to_owned)).filter(|login| !login.is_empty())
}

/// Asks who the token speaks for. A GitHub App's is refused the question.
pub(super) fn ask(api: &dyn Api) -> Result<Me, Refused> {
    match api.get("/user", &[]) {
        Ok(answer) => Ok(answer["login"].as_str().map_or(Me::SomeApp, |login| Me::Known(login.to_owned()))),
        Err(refused) if super::refusal::is_forbidden(&refused) => Ok(Me::SomeApp),
        Err(refused) => Err(refused),
    }
}
