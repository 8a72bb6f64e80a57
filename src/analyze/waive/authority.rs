//! Whether the person who asks for a waiver may have it.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::Command;
use crate::analyze::binding::same_commit;
use crate::analyze::review::committers::Committers;
use crate::evidence::{CommentRecord, PullRequestRecord};
use crate::facts::Permission;

/// What a comment has to be so that it waives.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// What its author may do with the repository, at least.
    pub permission: Permission,
    /// How many days after it the waiver may end.
    pub max_days: u64,
}

/// What a request is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Granted,
    /// For the finding that it names, where its fingerprint tells it apart: the change may have been pushed after the comment.
    GrantedExactly,
    /// Somebody else has to ask for it: whoever did may not. The sentence says who may.
    Pending(String),
    /// It would have to be written otherwise; the sentence says how.
    Refused(String),
}

/// Who made the change, and when it became what it is.
#[derive(Debug)]
pub(super) struct Change<'a> {
    author: String,
    committers: Committers,
    /// Every account that pushed.
    pushers: BTreeSet<String>,
    /// The last push, where it is known to be that of the judged commit.
    pushed_at: Option<Timestamp>,
    /// For comments that do not say their author's permission.
    record: &'a PullRequestRecord,
}

impl<'a> Change<'a> {
    pub(super) fn of(author: &str, record: &'a PullRequestRecord, heads: &[String]) -> Change<'a> {
        let pushes = || record.pushes.iter().flatten();
        let judged = |commit: &str| heads.iter().any(|head| same_commit(commit, head));
        let newest = pushes().max_by_key(|push| push.at).filter(|push| judged(&push.commit));
        Change {
            author: account(author),
            committers: Committers::of(record),
            pushers: pushes().filter_map(|push| push.by.as_deref()).map(account).collect(),
            pushed_at: newest.map(|push| push.at),
            record,
        }
    }
}

/// What a command is worth. What its author cannot mend comes first: somebody else has to write it.
pub(super) fn standing(comment: &CommentRecord, command: &Command, change: &Change<'_>, rules: Rules) -> Standing {
    let by = account(&comment.by);
    let who = format!(
        "it has to be written by somebody with permission `{}` who is neither author nor committer",
        word(rules.permission)
    );
    if by == change.author {
        return Standing::Pending(format!("{} proposed the change and cannot waive its findings: {who}", comment.by));
    }
    if change.committers.include(&by) || change.pushers.contains(&by) {
        return Standing::Pending(format!("{} committed to the change and cannot waive its findings: {who}", comment.by));
    }
    if by.ends_with("[bot]") {
        return Standing::Pending(format!("{} is no person, and somebody has to answer for it: {who}", comment.by));
    }
    match comment.permission.or_else(|| change.record.permissions.get(&by).copied()) {
        Some(permission) if permission >= rules.permission => {}
        Some(permission) => {
            let has = word(permission);
            return Standing::Pending(format!("{} has permission `{has}`: {who}", comment.by));
        }
        None => {
            return Standing::Pending(format!("nobody could tell what {} may do with the repository: {who}", comment.by));
        }
    }
    if comment.edited {
        return Standing::Refused("the comment was edited, and others than its author may do that: write it anew".to_owned());
    }
    let written = comment.at.to_zoned(TimeZone::UTC).date();
    let most = i64::try_from(rules.max_days).ok().and_then(|days| written.checked_add(days.days()).ok());
    if let Some(most) = most.filter(|most| command.until > *most) {
        let days = rules.max_days;
        return Standing::Refused(format!(
            "until {} is too far away: a comment may waive for {days} days (settings.waivers.comment_max_days), so until {most}; \
             a longer waiver belongs into the file of waivers",
            command.until
        ));
    }
    match change.pushed_at {
        Some(pushed) if comment.at.as_second() > pushed.as_second() => Standing::Granted,
        _ if command.finding.is_some() => Standing::GrantedExactly,
        Some(pushed) => Standing::Refused(format!(
            "the change was pushed after it was written (at {pushed}): look again and write it anew, or name the finding with finding="
        )),
        None => Standing::Refused(
            "nobody could tell when the head was pushed, and so whether its author knew the change as it is: name the finding with finding="
                .to_owned(),
        ),
    }
}

/// Accounts are compared without regard to case, as code hosts do.
fn account(name: &str) -> String {
    name.trim().trim_start_matches('@').trim().to_lowercase()
}

fn word(permission: Permission) -> &'static str {
    match permission {
        Permission::None => "none",
        Permission::Read => "read",
        Permission::Triage => "triage",
        Permission::Write => "write",
        Permission::Maintain => "maintain",
        Permission::Admin => "admin",
    }
}
