//! Who made the commits, what accounts may do, and who belongs to teams.

use std::collections::BTreeMap;

use super::answers::{Answers, elements, typed};
use super::payload::{self, Collaborator, GitPerson, MaybeUser, User};
use crate::evidence::review::{account, is_commit};
use crate::evidence::text::shown;
use crate::evidence::{CommitPerson, PullCommit, ReadError};
use crate::facts::Permission;

/// Characters of a name or an address that are kept.
const KEPT: usize = 200;

/// The address that GitHub gives to accounts that show none: `ID+LOGIN@users.noreply.github.com`, in older accounts without the number.
/// Source: docs.github.com, "Email addresses reference".
const NO_REPLY: &str = "@users.noreply.";

/// A commit with the people who made it. Its author may differ from its committer, and both from who pushed it.
pub(super) fn commit(commit: &payload::Commit) -> Result<PullCommit, ReadError> {
    let id = commit.sha.to_ascii_lowercase();
    if !is_commit(&id) {
        return Err(ReadError::whole(format!("commit `{}`: expected 40 or 64 hexadecimal digits", shown(&id))));
    }
    Ok(PullCommit {
        id,
        author: person(commit.author.as_ref(), commit.git.author.as_ref()),
        committer: person(commit.committer.as_ref(), commit.git.committer.as_ref()),
        co_authors: commit.git.message.lines().filter_map(co_author).collect(),
    })
}

fn person(user: Option<&MaybeUser>, git: Option<&GitPerson>) -> CommitPerson {
    let text = |of: fn(&GitPerson) -> Option<&String>| kept(git.and_then(of).map_or("", String::as_str));
    let email = text(|git| git.email.as_ref());
    let account = user.and_then(|user| user.login.clone()).or_else(|| account_of(&email));
    CommitPerson { account, name: text(|git| git.name.as_ref()), email }
}

/// `Co-authored-by: NAME <EMAIL>`, in any case.
fn co_author(line: &str) -> Option<CommitPerson> {
    const KEY: &str = "co-authored-by:";
    let line = line.trim();
    let (key, rest) = line.split_at_checked(KEY.len())?;
    let rest = key.eq_ignore_ascii_case(KEY).then_some(rest)?;
    let (name, email) = rest.rsplit_once('<').map_or((rest, ""), |(name, email)| (name, email.trim_end_matches(['>', ' '])));
    Some(CommitPerson { account: account_of(email), name: kept(name), email: kept(email) })
}

/// The account that an address of GitHub's own belongs to.
fn account_of(email: &str) -> Option<String> {
    let email = email.trim();
    let local = &email[..email.to_ascii_lowercase().find(NO_REPLY)?];
    let login = local.split_once('+').map_or(local, |(_, login)| login);
    (!login.is_empty()).then(|| kept(login))
}

fn kept(text: &str) -> String {
    text.trim().chars().take(KEPT).collect()
}

/// What the answer to the question for an account's permission says.
pub(super) fn permission_in(body: &serde_json::Value) -> Result<Permission, ReadError> {
    let path = "the account's permission";
    permission(path, &typed(path, body)?)
}

/// What accounts may do, by account in lower case. What cannot be used is left out: nobody is entitled by it.
pub(super) fn permissions(repository: &str, answers: &Answers<'_>) -> Result<BTreeMap<String, Permission>, ReadError> {
    let mut known = BTreeMap::new();
    for (path, login) in answers.between(&format!("/repos/{repository}/collaborators/"), "/permission") {
        // Nobody is entitled by what is not there; but what is there and cannot be used was tampered with, or is no recording.
        let pages = match answers.at(path) {
            Ok(pages) => pages,
            Err(_) if answers.says_none(path) => continue,
            Err(reason) => return Err(ReadError::whole(format!("{}: {reason}", shown(path)))),
        };
        let [body] = pages.as_slice() else {
            return Err(ReadError::whole(format!("{}: it has several pages", shown(path))));
        };
        let collaborator: Collaborator = typed(path, body)?;
        known.insert(decoded(login).to_lowercase(), permission(path, &collaborator)?);
    }
    Ok(known)
}

/// The role, or where it is one that an organisation made, the permission that it includes at least.
fn permission(path: &str, collaborator: &Collaborator) -> Result<Permission, ReadError> {
    let named = |word: &str| {
        Some(match word {
            "admin" => Permission::Admin,
            "maintain" => Permission::Maintain,
            "write" => Permission::Write,
            "triage" => Permission::Triage,
            "read" => Permission::Read,
            "none" => Permission::None,
            _ => return None,
        })
    };
    let role = collaborator.role_name.as_deref().and_then(named);
    role.or_else(|| named(&collaborator.permission)).ok_or_else(|| {
        let word = shown(&collaborator.permission);
        ReadError::whole(format!("the answer to {}: nobody knows a permission `{word}`", shown(path)))
    })
}

/// The members of teams that were answered, by `org/team` in lower case.
pub(super) fn teams(owner: &str, answers: &Answers<'_>) -> Result<BTreeMap<String, Vec<String>>, ReadError> {
    let mut known = BTreeMap::new();
    for (path, slug) in answers.between(&format!("/orgs/{owner}/teams/"), "/members") {
        let Ok(pages) = answers.at(path) else { continue };
        let members = elements::<User>(path, &pages)?;
        let members: Result<Vec<String>, ReadError> = members.iter().map(|user| account(&user.login)).collect();
        known.insert(format!("{owner}/{}", decoded(slug)).to_lowercase(), members?);
    }
    Ok(known)
}

/// A part of a path without its percent signs. Only accounts and teams whose names need hardly any are asked about.
fn decoded(part: &str) -> String {
    part.replace("%5B", "[").replace("%5D", "]")
}
