//! Whom to ask about. Names reach the paths of requests, so that only those that GitHub can have given are taken.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::failure::Failure;
use super::lists::List;
use super::{told, trim};

/// What an app's account ends with.
const BOT: &str = "[bot]";

/// Accounts whose word may count: they approved, asked for changes or gave a command. Those that belong to the repository come first,
/// so that a crowd of strangers cannot push them out.
pub(super) fn accounts(pull: &Value, lists: &[List]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let (mut near, mut far) = (Vec::new(), Vec::new());
    if let Some(author) = login(pull) {
        // Its author's word counts for nothing, whatever it may do.
        seen.insert(author.to_lowercase());
    }
    for list in lists {
        let reviews = list.path.ends_with("/reviews");
        if !reviews && !list.path.ends_with("/comments") {
            continue;
        }
        for page in &list.answers {
            let page = (list.trim)(&page.body);
            for one in page.as_array().into_iter().flatten() {
                let state = one.get("state").and_then(Value::as_str).unwrap_or_default();
                if reviews && !matches!(state, "APPROVED" | "CHANGES_REQUESTED") {
                    continue;
                }
                let Some(login) = login(one).filter(|login| is_login(login)) else { continue };
                if !seen.insert(login.to_lowercase()) {
                    continue;
                }
                let association = one.get("author_association").and_then(Value::as_str).unwrap_or_default();
                let belongs = matches!(association, "OWNER" | "MEMBER" | "COLLABORATOR");
                (if belongs { &mut near } else { &mut far }).push(login.to_owned());
            }
        }
    }
    near.append(&mut far);
    near
}

fn login(one: &Value) -> Option<&str> {
    one.pointer("/user/login")?.as_str()
}

/// Whether a text can be the name of an account: letters, digits, `-` and `_`; of an app with `[bot]` behind it.
pub(super) fn is_login(text: &str) -> bool {
    let name = text.strip_suffix(BOT).unwrap_or(text);
    !name.is_empty() && name.len() <= 100 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// An account's name as one part of a path, whatever it holds.
#[must_use]
pub fn encoded(login: &str) -> String {
    use std::fmt::Write as _;
    login.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// The paths to the members of teams of the repository's owner, each with the team. A team of another organisation cannot own code.
pub(super) fn teams<'a>(repository: &str, teams: &'a [String]) -> Vec<(String, &'a str)> {
    let owner = repository.split('/').next().unwrap_or_default();
    let mut seen = BTreeSet::new();
    let path = |team: &'a String| {
        let (org, slug) = team.trim_start_matches('@').split_once('/')?;
        let plain = !slug.is_empty()
            && slug.len() <= 255
            && !slug.bytes().all(|byte| byte == b'.')
            && slug.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        (plain && org.eq_ignore_ascii_case(owner) && seen.insert(slug.to_lowercase()))
            .then(|| (format!("/orgs/{owner}/teams/{slug}/members"), team.as_str()))
    };
    teams.iter().filter_map(path).collect()
}

/// Why a list was not answered, and what would help.
pub(super) fn refused(path: &str, failure: &Failure) -> String {
    let told = told(failure);
    if path.starts_with("/orgs/") && failure.is_forbidden() {
        return format!(
            "{told}; a workflow's own token cannot see teams: use a token with `members: read`, or name the members in settings.review.teams"
        );
    }
    told
}

/// Whether a comment holds a command to kadian on a line of its own.
pub(super) fn holds_command(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with(trim::COMMAND))
}
