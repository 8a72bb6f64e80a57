//! The changes that a push would publish, from what git tells its pre-push hook.
//!
//! Source: githooks(5), section "pre-push": `<local ref> SP <local oid> SP <remote ref> SP <remote oid> LF` for each ref.

use std::cell::RefCell;

use super::measured::Measured;
use super::range::{Base, Choice, Range, is_null, look_up, main_branch, short};
use super::{GitError, Repository, backend::Backend, collect};
use crate::analyze::change::RawChange;

/// One ref that a push would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedRef {
    pub local_ref: String,
    /// All zeros when the remote ref would be deleted.
    pub local_id: String,
    pub remote_ref: String,
    /// All zeros when the remote ref would be new.
    pub remote_id: String,
}

/// What a push would change.
#[derive(Debug, Clone, PartialEq)]
pub struct PushedChanges {
    /// One change for each ref that is not deleted, in the order of the lines.
    pub changes: Vec<RawChange>,
    /// What there is nothing to check about, as sentences: deleted refs, tags of things that are not commits.
    pub notes: Vec<String>,
}

/// Reads the standard input of a pre-push hook: every line of it.
///
/// No line means that nothing is pushed. A line that git cannot have written is [`GitError::PrePush`] with its number.
pub fn parse_pre_push(text: &str) -> Result<Vec<PushedRef>, GitError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty());
    lines.map(|(index, line)| parse_line(line).map_err(|message| GitError::PrePush { line: index + 1, message })).collect()
}

fn parse_line(line: &str) -> Result<PushedRef, String> {
    // A local revision such as `HEAD@{1 day ago}` holds spaces; the three fields after it do not.
    let mut fields = line.rsplitn(4, ' ');
    let (Some(remote_id), Some(remote_ref), Some(local_id), Some(local_ref)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(format!("expected four fields, found `{}`", line.escape_debug()));
    };
    for id in [local_id, remote_id] {
        if !matches!(id.len(), 40 | 64) || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("expected an object id of 40 or 64 hexadecimal digits, found `{}`", id.escape_debug()));
        }
    }
    if local_ref.is_empty() || !remote_ref.starts_with("refs/") {
        return Err(format!("expected a local ref and a remote ref below refs/, found `{}`", line.escape_debug()));
    }
    let [local_ref, local_id, remote_ref, remote_id] = [local_ref, local_id, remote_ref, remote_id].map(str::to_owned);
    Ok(PushedRef { local_ref, local_id, remote_ref, remote_id })
}

/// Collects what each pushed ref adds to what the remote has.
///
/// `remote` is the remote's name or address, as git gives it to the hook; one of which nothing was ever fetched counts as `origin`.
/// The base is the commit that the remote ref has; where that commit is not here (someone else has pushed), what was last fetched
/// of it; for a new ref, the remote's main branch; and the empty tree when nothing of the remote is known at all.
///
/// A local object that is not in the repository is [`GitError::NotHere`]: nobody can say what pushing it would change.
pub fn changes_of_push(repository: &Repository, remote: &str, refs: &[PushedRef]) -> Result<PushedChanges, GitError> {
    let mut pushed = PushedChanges { changes: Vec::new(), notes: Vec::new() };
    let measured = RefCell::new(Measured::of(refs.len()));
    let remote = known_remote(&*repository.reader, remote)?;
    for one in refs {
        if is_null(&one.local_id) {
            pushed.notes.push(format!("{} would be deleted; there is no change to check", one.remote_ref));
            continue;
        }
        let Some(head) = repository.reader.commit_id(&one.local_id)? else {
            if !repository.reader.is_present(&one.local_id)? {
                return Err(GitError::NotHere { local_ref: one.local_ref.clone(), id: one.local_id.clone() });
            }
            pushed.notes.push(format!("{} is not a commit; there is no change to check", one.local_ref));
            continue;
        };
        let change = repository
            .with_fallback(|reader| collect(reader, &range(reader, remote, one, &head)?, &mut measured.borrow_mut()))?;
        pushed.changes.push(change);
    }
    Ok(pushed)
}

/// The remote, if its name is a plain one and something of it was fetched; otherwise `origin`.
fn known_remote<'n>(reader: &dyn Backend, remote: &'n str) -> Result<&'n str, GitError> {
    let plain = remote.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let known = plain && !remote.is_empty() && reader.has_refs_under(&format!("refs/remotes/{remote}/"))?;
    Ok(if known { remote } else { "origin" })
}

fn range(reader: &dyn Backend, remote: &str, one: &PushedRef, head: &str) -> Result<Range, GitError> {
    let mut notes = Vec::new();
    let choice = choose(reader, remote, one, head, &mut notes)?;
    let (base, reason) = match choice {
        Some(choice) => (Base::Commit { rev: choice.rev, id: choice.id }, choice.reason),
        None => (Base::EmptyTree, format!("the empty tree, because nothing of {remote} is known here: everything is new")),
    };
    Ok(Range {
        base,
        head_rev: short(&one.local_ref).to_owned(),
        head: head.to_owned(),
        reason,
        branch: Some(short(&one.remote_ref).to_owned()),
        fetch: None,
        notes,
    })
}

fn choose(
    reader: &dyn Backend,
    remote: &str,
    one: &PushedRef,
    head: &str,
    notes: &mut Vec<String>,
) -> Result<Option<Choice>, GitError> {
    if !is_null(&one.remote_id) {
        if let Some(id) = look_up(reader, &one.remote_id)? {
            let rev = format!("{remote}/{}", short(&one.remote_ref));
            return Ok(Some(Choice { reason: format!("{rev}, because {remote} has it at {id}"), rev, id }));
        }
        notes.push(format!(
            "{remote} has {} at {}, which is not here: someone else has pushed; fetch to measure against it",
            one.remote_ref, one.remote_id
        ));
        if let Some(branch) = one.remote_ref.strip_prefix("refs/heads/")
            && let Some(id) = look_up(reader, &format!("refs/remotes/{remote}/{branch}"))?
        {
            let rev = format!("{remote}/{branch}");
            return Ok(Some(Choice { reason: format!("{rev}, because that is what was last fetched of it"), rev, id }));
        }
    }
    let under_review = |name: &str| name == one.local_ref || name == one.remote_ref;
    let known = main_branch(reader, remote, None, under_review)?;
    if known.is_none() && reader.has_refs_under(&format!("refs/remotes/{remote}/"))? {
        let reason = format!("{} is new, and {remote} has no main or master branch here", one.remote_ref);
        return Err(GitError::NoBase { reason });
    }
    // A local main branch without a common ancestor says nothing about what the remote has.
    match known {
        Some(choice) if choice.reason.contains("local") && reader.merge_bases(&choice.id, head)?.is_empty() => Ok(None),
        known => Ok(known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1111111111111111111111111111111111111111";
    const NULL: &str = "0000000000000000000000000000000000000000";

    #[test]
    fn every_line_of_the_hook_is_read() {
        let refs = parse_pre_push(&format!(
            "refs/heads/a {ID} refs/heads/b {NULL}\n(delete) {NULL} refs/heads/c {ID}\nHEAD@{{1 day ago}} {ID} refs/heads/d {ID}\n"
        ))
        .unwrap();
        let names: Vec<_> = refs.iter().map(|one| (one.local_ref.as_str(), one.remote_ref.as_str())).collect();
        assert_eq!(names, [("refs/heads/a", "refs/heads/b"), ("(delete)", "refs/heads/c"), ("HEAD@{1 day ago}", "refs/heads/d")]);
        assert!(is_null(&refs[0].remote_id) && is_null(&refs[1].local_id));
        assert_eq!(parse_pre_push(""), Ok(Vec::new()));
    }

    #[test]
    fn a_line_that_git_cannot_have_written_is_named_by_its_number() {
        let good = format!("refs/heads/a {ID} refs/heads/b {ID}");
        for bad in ["x", "refs/heads/a 12 refs/heads/b 34", &good.replace("refs/heads/b", "b"), &good.replace('1', "g"), "   "] {
            let error = parse_pre_push(&format!("{good}\n{bad}\n")).unwrap_err();
            assert!(error.to_string().starts_with("pre-push input, line 2: expected"), "{error}");
        }
    }
}
