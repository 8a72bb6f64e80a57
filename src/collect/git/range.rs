//! Which two commits a change lies between.

use super::GitError;
use super::backend::Backend;
use crate::collect::ci::CiContext;
use crate::decide::Stage;

/// What the caller knows about the change.
///
/// The base is the first of: the one named here; of a rollout the tag of the version to return to; what CI says (on GitHub's merge ref `HEAD^1`, the target branch of a pull
/// request, the commit before a push to the main branch); at the push stage the branch's upstream; the remote's main branch; a local main
/// branch when HEAD is another one. Otherwise [`GitError::NoBase`] asks for one.
#[derive(Debug, Clone)]
pub struct RangeRequest {
    pub stage: Stage,
    /// A revision, or the null id or the empty tree's id for "everything is new".
    pub base: Option<String>,
    /// A revision; `HEAD` when there is none.
    pub head: Option<String>,
    pub ci: CiContext,
    /// The versions of a rollout: the one to return to, and the one that is rolled out.
    pub versions: Option<(String, String)>,
}

/// Two ends, and why they were chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) base: Base,
    pub(super) head_rev: String,
    pub(super) head: String,
    /// A sentence without its full stop.
    pub(super) reason: String,
    pub(super) branch: Option<String>,
    /// The fetch that would bring a missing merge base.
    pub(super) fetch: Option<String>,
    pub(super) notes: Vec<String>,
}

/// Where a change starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Base {
    /// Everything is new.
    EmptyTree,
    Commit {
        rev: String,
        id: String,
    },
}

/// The id of the empty tree, in SHA-1 and in SHA-256.
const EMPTY_TREES: [&str; 2] =
    ["4b825dc642cb6eb9a060e54bf8d69288fbee4904", "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"];

/// Whether a base stands for the empty tree.
pub(super) fn is_nothing(rev: &str) -> bool {
    is_null(rev) || EMPTY_TREES.contains(&rev)
}

/// Whether an id is all zeros, as git writes "does not exist".
pub(super) fn is_null(id: &str) -> bool {
    matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte == b'0')
}

/// The commit that a revision names.
pub(super) fn resolve(reader: &dyn Backend, rev: &str) -> Result<String, GitError> {
    look_up(reader, rev)?.ok_or_else(|| unknown(reader, rev))
}

/// The commit that a revision names, if there is one. Text that is not a revision is an error.
pub(super) fn look_up(reader: &dyn Backend, rev: &str) -> Result<Option<String>, GitError> {
    if rev.is_empty() || rev.starts_with('-') || rev.chars().any(char::is_control) {
        return Err(GitError::BadRevision { rev: rev.to_owned() });
    }
    refuse_two_meanings(reader, rev)?;
    reader.commit_id(rev)
}

/// Refuses the name of a branch that is a tag's as well and means another commit there: git takes the tag, and whoever may push tags would
/// choose the base, which judges.
fn refuse_two_meanings(reader: &dyn Backend, rev: &str) -> Result<(), GitError> {
    let is_name = !rev.starts_with("refs/") && !rev.contains(['^', '~', '@', ':']);
    let Some(tag) = (if is_name { reader.commit_id(&format!("refs/tags/{rev}"))? } else { None }) else { return Ok(()) };
    for place in ["refs/heads", "refs/remotes/origin"] {
        if reader.commit_id(&format!("{place}/{rev}"))?.is_some_and(|branch| branch != tag) {
            return Err(GitError::Ambiguous { rev: rev.to_owned() });
        }
    }
    Ok(())
}

/// The error for a revision that is not there, with the fetch that would bring it.
fn unknown(reader: &dyn Backend, rev: &str) -> GitError {
    let full = rev.strip_prefix("refs/remotes/").unwrap_or(rev);
    let is_id = matches!(rev.len(), 40 | 64) && rev.bytes().all(|byte| byte.is_ascii_hexdigit());
    let fetch = match full.split_once('/') {
        Some(("origin", branch)) => Some(fetch_branch(reader, branch)),
        _ if is_id => Some(format!("git fetch origin {rev}")),
        _ => None,
    };
    if reader.is_shallow() && (is_id || rev.contains(['^', '~'])) {
        let fetch = fetch.unwrap_or_else(|| "git fetch --unshallow origin".to_owned());
        return GitError::Shallow { missing: format!("`{rev}`"), fetch };
    }
    GitError::UnknownRevision { rev: rev.to_owned(), fetch }
}

/// The command that brings a remote branch, with all its history where the clone is shallow.
fn fetch_branch(reader: &dyn Backend, branch: &str) -> String {
    let unshallow = if reader.is_shallow() { "--unshallow " } else { "" };
    format!("git fetch {unshallow}origin {}", quoted(&format!("+refs/heads/{branch}:refs/remotes/origin/{branch}")))
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// The error for two commits without a common ancestor.
pub(super) fn no_common_ancestor(reader: &dyn Backend, base: &str, head: &str, fetch: Option<&str>) -> GitError {
    if reader.is_shallow() {
        let fetch = fetch.unwrap_or("git fetch --unshallow origin").to_owned();
        return GitError::Shallow { missing: format!("the common ancestor of {base} and {head}"), fetch };
    }
    GitError::Unrelated { base: base.to_owned(), head: head.to_owned() }
}

/// A base with its reason.
pub(super) struct Choice {
    pub(super) rev: String,
    pub(super) id: String,
    pub(super) reason: String,
}

/// Chooses the two ends of a request.
pub(super) fn choose(reader: &dyn Backend, request: &RangeRequest) -> Result<Range, GitError> {
    let tags = tags(reader, request)?;
    let tagged = tags.as_ref().map(|(_, (rev, _))| rev.clone()).or_else(|| tagged_head(reader, request));
    let is_tagged = tagged.is_some();
    let head_rev = request.head.clone().or(tagged).unwrap_or_else(|| "HEAD".to_owned());
    let head = resolve(reader, &head_rev)?;
    let branch = match &request.ci.branch {
        Some(branch) => Some(branch.clone()),
        None if request.head.is_none() && !is_tagged => reader.head_branch()?.map(|name| short(&name).to_owned()),
        None => None,
    };
    let unnamed = request
        .versions
        .as_ref()
        .filter(|_| request.head.is_none() && !is_tagged)
        .map(|(_, to)| format!("no tag says which commit version {to} is, so that HEAD is judged; tag it, or give --head"));
    let range = |base, reason: String| Range {
        base,
        head_rev: head_rev.clone(),
        head: head.clone(),
        reason,
        branch: branch.clone(),
        fetch: unshallow(reader, request, &head),
        notes: request.ci.notes.iter().cloned().chain(unnamed.clone()).collect(),
    };
    if let Some(base) = &request.base {
        if is_nothing(base) {
            return Ok(range(Base::EmptyTree, "the empty tree, because --base names it".to_owned()));
        }
        let id = resolve(reader, base)?;
        return Ok(range(Base::Commit { rev: base.clone(), id }, format!("{base}, because --base names it")));
    }
    if let Some(((rev, id), _)) = tags {
        let reason = format!("{rev}, because the plan returns to it");
        return Ok(range(Base::Commit { rev, id }, reason));
    }
    let choice = match from_ci(reader, request, &head)? {
        Some(choice) => choice,
        None => from_refs(reader, request, &head)?,
    };
    Ok(range(Base::Commit { rev: choice.rev, id: choice.id }, choice.reason))
}

/// A revision with its commit.
type Tagged = (String, String);

/// The tags of both versions of a rollout; `None` when one of them has none, or when the caller names the base.
fn tags(reader: &dyn Backend, request: &RangeRequest) -> Result<Option<(Tagged, Tagged)>, GitError> {
    let Some((from, to)) = request.versions.as_ref().filter(|_| request.base.is_none()) else { return Ok(None) };
    let Some(base) = tag(reader, from) else { return Ok(None) };
    Ok(match &request.head {
        Some(rev) => Some((base, (rev.clone(), resolve(reader, rev)?))),
        None => tag(reader, to).map(|head| (base, head)),
    })
}

/// The tag of the version that is rolled out, where the caller names the base and no head.
fn tagged_head(reader: &dyn Backend, request: &RangeRequest) -> Option<String> {
    let (_, to) = request.versions.as_ref().filter(|_| request.base.is_some() && request.head.is_none())?;
    tag(reader, to).map(|(name, _)| name)
}

/// The tag of a version, as it is or with a `v` before it.
fn tag(reader: &dyn Backend, version: &str) -> Option<Tagged> {
    for name in [version.to_owned(), format!("v{version}")] {
        // What is no name of a tag names none.
        if let Ok(Some(id)) = look_up(reader, &format!("refs/tags/{name}")) {
            return Some((name, id));
        }
    }
    None
}

/// The fetch that brings the whole history of both ends into a shallow clone.
fn unshallow(reader: &dyn Backend, request: &RangeRequest, head: &str) -> Option<String> {
    if !reader.is_shallow() {
        return None;
    }
    let target = request.ci.base_branch.as_deref().or_else(|| request.base.as_deref()?.strip_prefix("origin/"));
    Some(match target {
        Some(branch) => format!("{} {head}", fetch_branch(reader, branch)),
        None => format!("git fetch --unshallow origin {head} '+refs/heads/*:refs/remotes/origin/*'"),
    })
}

/// What CI says the base is.
fn from_ci(reader: &dyn Backend, request: &RangeRequest, head: &str) -> Result<Option<Choice>, GitError> {
    let ci = &request.ci;
    if request.head.is_none() && ci.is_merge_ref && is_merge_commit_of(ci, reader, head)? {
        return match reader.parents(head)?.first() {
            Some(first) => Ok(Some(Choice {
                rev: "HEAD^1".to_owned(),
                id: first.clone(),
                reason: "HEAD^1, because HEAD is the merge commit that CI made of the pull request and its target".to_owned(),
            })),
            None => Err(GitError::Shallow {
                missing: "HEAD^1, the target of the pull request".to_owned(),
                fetch: format!("git fetch --deepen=1 origin {head} (with actions/checkout: fetch-depth: 2)"),
            }),
        };
    }
    if ci.is_pull_request_or_merge_group {
        return from_target(reader, ci, head).map(Some);
    }
    let Some(before) = ci.before.as_ref().filter(|before| !is_null(before) && ci.is_main_branch()) else {
        return Ok(None);
    };
    let id = look_up(reader, before)?.ok_or_else(|| GitError::Shallow {
        missing: format!("{before}, the commit before the push"),
        fetch: format!("git fetch --deepen=100 origin {head} (with actions/checkout: fetch-depth: 0)"),
    })?;
    let reason = format!("{before}, because it was the tip of the main branch before the push");
    Ok(Some(Choice { rev: before.clone(), id, reason }))
}

/// Whether HEAD is the commit that CI made to try the merge, and not the pull request's own commit.
fn is_merge_commit_of(ci: &CiContext, reader: &dyn Backend, head: &str) -> Result<bool, GitError> {
    if ci.pull_request_head.as_deref() == Some(head) {
        return Ok(false);
    }
    match &ci.head {
        Some(made) => Ok(made == head),
        None => Ok(reader.parents(head)?.len() == 2),
    }
}

/// The target branch of a pull request or merge group.
fn from_target(reader: &dyn Backend, ci: &CiContext, head: &str) -> Result<Choice, GitError> {
    let what = if ci.pull_request.is_some() { "the pull request" } else { "the merge group" };
    let mut candidates = Vec::new();
    if let Some(branch) = &ci.base_branch {
        candidates.push(format!("refs/remotes/origin/{branch}"));
    }
    candidates.extend(ci.base.clone());
    if let Some(branch) = &ci.base_branch {
        candidates.push(format!("refs/heads/{branch}"));
    }
    // A merge group names exactly the commit that it was built on; the branch may have moved since.
    if ci.pull_request.is_none() && ci.base.is_some() {
        candidates.sort_by_key(|rev| Some(rev) != ci.base.as_ref());
    }
    let mut contains_head = None;
    for rev in &candidates {
        let Some(id) = look_up(reader, rev)? else { continue };
        let choice =
            Choice { rev: short(rev).to_owned(), id, reason: format!("{}, because it is the target of {what}", short(rev)) };
        // A target that already holds the change (a job that runs again after the merge) would make it look empty.
        if reader.merge_bases(&choice.id, head)?.iter().any(|base| base == head) {
            contains_head.get_or_insert(choice);
        } else {
            return Ok(choice);
        }
    }
    match (contains_head, candidates.first()) {
        (Some(choice), _) => Ok(choice),
        (None, Some(rev)) => Err(unknown(reader, rev)),
        (None, None) => Err(GitError::NoBase { reason: format!("CI does not name the target of {what}") }),
    }
}

/// The base by the refs of the repository alone.
fn from_refs(reader: &dyn Backend, request: &RangeRequest, head: &str) -> Result<Choice, GitError> {
    let on_head = request.head.is_none() || request.head.as_deref() == Some("HEAD");
    if request.stage == Stage::Push
        && request.ci.provider.is_none()
        && on_head
        && let Some(upstream) = reader.upstream()?
        && let Some(id) = look_up(reader, &upstream)?
    {
        let rev = short(&upstream).to_owned();
        return Ok(Choice { reason: format!("{rev}, because the branch follows it"), rev, id });
    }
    let head_branch = reader.head_branch()?;
    let at_head = |name: &str| on_head && head_branch.as_deref() == Some(name);
    if let Some(choice) = main_branch(reader, "origin", request.ci.default_branch.as_deref(), at_head)? {
        return Ok(choice);
    }
    if let Some(before) = request.ci.before.as_ref().filter(|before| !is_null(before))
        && let Some(id) = look_up(reader, before)?.filter(|id| id != head)
    {
        let reason = format!("{before}, because it was the tip of the branch before the push");
        return Ok(Choice { rev: before.clone(), id, reason });
    }
    let reason = "the branch follows no other, and there is no remote main branch and no other local main or master branch";
    Err(GitError::NoBase { reason: reason.to_owned() })
}

/// The main branch: the remote's first, then a local one that is not the branch under review.
pub(super) fn main_branch(
    reader: &dyn Backend,
    remote: &str,
    named: Option<&str>,
    is_under_review: impl Fn(&str) -> bool,
) -> Result<Option<Choice>, GitError> {
    let mut candidates = Vec::new();
    candidates.extend(named.map(|branch| (format!("refs/remotes/{remote}/{branch}"), "CI names it as the main branch")));
    if let Some(target) = reader.symbolic_target(&format!("refs/remotes/{remote}/HEAD"))? {
        candidates.push((target, "it is the remote's default branch"));
    }
    for branch in ["main", "master"] {
        candidates.push((format!("refs/remotes/{remote}/{branch}"), "it is the remote's main branch"));
    }
    for branch in ["main", "master"] {
        candidates.push((format!("refs/heads/{branch}"), "it is the local main branch and no remote one is known"));
    }
    for (name, why) in candidates {
        if is_under_review(&name) {
            continue;
        }
        if let Some(id) = look_up(reader, &name)? {
            let rev = short(&name).to_owned();
            return Ok(Some(Choice { reason: format!("{rev}, because {why}"), rev, id }));
        }
    }
    Ok(None)
}

/// A ref as people write it.
pub(super) fn short(name: &str) -> &str {
    ["refs/heads/", "refs/remotes/", "refs/tags/"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}
