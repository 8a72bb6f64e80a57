//! What of GitHub's answers is kept: an account alone has twenty keys, and a comment may be anything.

use serde_json::{Map, Value};

use super::names::holds_command;

/// What a line of a comment starts with that is meant for kadian.
pub(super) const COMMAND: &str = "/kadian";

pub(super) fn pull(body: &Value) -> Value {
    const KEYS: [&str; 18] = [
        "number",
        "state",
        "merged_at",
        "draft",
        "title",
        "body",
        "user.login",
        "labels.name",
        "author_association",
        "head.sha",
        "head.ref",
        "head.repo.full_name",
        "base.sha",
        "base.ref",
        "requested_reviewers.login",
        "requested_teams.slug",
        "commits",
        "html_url",
    ];
    keep(body, &KEYS)
}

pub(super) fn reviews(body: &Value) -> Value {
    keep(body, &["id", "user.login", "state", "commit_id", "submitted_at", "author_association"])
}

pub(super) fn commits(body: &Value) -> Value {
    let mut kept = keep(
        body,
        &[
            "sha",
            "commit.author.name",
            "commit.author.email",
            "commit.committer.name",
            "commit.committer.email",
            "commit.message",
            "author.login",
            "committer.login",
        ],
    );
    for message in kept.as_array_mut().into_iter().flatten().filter_map(|commit| commit.pointer_mut("/commit/message")) {
        let text = message.as_str().unwrap_or_default();
        let co_authors = text.lines().filter(|line| line.trim_start().to_ascii_lowercase().starts_with("co-authored-by:"));
        *message = Value::String(co_authors.collect::<Vec<_>>().join("\n"));
    }
    kept
}

pub(super) fn comparison(body: &Value) -> Value {
    let mut kept = Map::new();
    kept.insert("commits".to_owned(), commits(body.get("commits").unwrap_or(&Value::Null)));
    Value::Object(kept)
}

/// Only comments with commands: a conversation is nobody's business here, and may be long.
pub(super) fn comments(body: &Value) -> Value {
    let mut kept = keep(body, &["id", "user.login", "created_at", "updated_at", "body", "html_url", "author_association"]);
    if let Some(comments) = kept.as_array_mut() {
        comments.retain(|comment| comment.get("body").and_then(Value::as_str).is_some_and(holds_command));
    }
    kept
}

pub(super) fn check_runs(body: &Value) -> Value {
    keep(body, &["total_count", "check_runs.name", "check_runs.status", "check_runs.conclusion", "check_runs.app.slug"])
}

pub(super) fn status(body: &Value) -> Value {
    keep(body, &["total_count", "statuses.context", "statuses.state"])
}

pub(super) fn deployments(body: &Value) -> Value {
    keep(body, &["id", "environment", "sha", "created_at"])
}

pub(super) fn activity(body: &Value) -> Value {
    keep(body, &["after", "timestamp", "activity_type", "actor.login"])
}

pub(super) fn members(body: &Value) -> Value {
    keep(body, &["login"])
}

pub(super) fn permission(body: &Value) -> Value {
    keep(body, &["permission", "role_name", "user.login"])
}

/// The parts of a value that the dotted names lead to; a list stays a list, and what is neither a list nor a map stays as it is.
fn keep(value: &Value, names: &[&str]) -> Value {
    match value {
        Value::Array(elements) => Value::Array(elements.iter().map(|element| keep(element, names)).collect()),
        Value::Object(map) => {
            let mut kept = Map::new();
            for (key, value) in map {
                let below: Vec<&str> =
                    names.iter().filter_map(|name| name.strip_prefix(key.as_str())?.strip_prefix('.')).collect();
                if names.contains(&key.as_str()) {
                    kept.insert(key.clone(), value.clone());
                } else if !below.is_empty() {
                    kept.insert(key.clone(), keep(value, &below));
                }
            }
            Value::Object(kept)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_named_is_kept_and_null_stays_null() {
        let body = json!([{"a": 1, "b": {"c": 2, "d": 3}, "e": [{"c": 1, "x": 2}], "f": null, "ab": 4}, 7]);
        assert_eq!(keep(&body, &["a", "b.c", "e.c", "f.c"]), json!([{"a": 1, "b": {"c": 2}, "e": [{"c": 1}], "f": null}, 7]));
    }

    #[test]
    fn of_a_message_the_co_authors_are_kept_and_of_comments_the_commands() {
        let commits =
            commits(&json!([{"sha": "1", "commit": {"message": "feat: x\n\nbody\nCo-Authored-By: A <a@x>", "tree": {}}}]));
        assert_eq!(commits, json!([{"sha": "1", "commit": {"message": "Co-Authored-By: A <a@x>"}}]));
        let comments = comments(
            &json!([{"id": 1, "body": "see\n /kadian waive x"}, {"id": 2, "body": "no /kadian here"}, {"id": 3, "body": null}]),
        );
        assert_eq!(comments, json!([{"id": 1, "body": "see\n /kadian waive x"}]));
    }
}
