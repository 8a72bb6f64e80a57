//! A write that GitHub refused, in words that say what to do.

use super::api::Refused;

/// A kind of write and what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) permission: &'static str,
}

pub(super) const CHECK_RUN: Kind = Kind { name: "check run", permission: "checks: write" };
pub(super) const STATUS: Kind = Kind { name: "commit status", permission: "statuses: write" };
pub(super) const COMMENT: Kind = Kind { name: "comment", permission: "pull-requests: write" };

/// Whether the token may not do it. GitHub answers 404 where it does not want to say that there is something.
pub(super) fn is_forbidden(refused: &Refused) -> bool {
    matches!(refused.status, Some(403 | 404))
}

/// What is lacking, for anything but a fork's pull request.
pub(super) fn sentence(kind: Kind, refused: &Refused) -> String {
    let Kind { name, permission } = kind;
    let detail = &refused.detail;
    if refused.status == Some(401) {
        return format!("the {name} was not published: GitHub does not know the token, which may have ended ({detail})");
    }
    if refused.message.contains("authenticate via a GitHub App") {
        return format!(
            "the {name} was not published: only the workflow's own token or one of a GitHub App can write check runs"
        );
    }
    if is_forbidden(refused) {
        return format!(
            "the {name} was not published: the token may not write it ({detail}). Add to the job or the workflow:\npermissions:\n  \
             {permission}"
        );
    }
    match refused.status {
        Some(500..) | None if refused.sent => {
            format!("the {name} may not have been published, and is not sent again: {detail}")
        }
        _ => format!("the {name} was not published: {detail}"),
    }
}

/// What the pull request of a fork cannot have, in one sentence for all of it.
pub(super) fn of_fork(kinds: &[&str]) -> String {
    format!(
        "not published: {}. The token of a pull request from a fork is read-only, and no permission can be added; the annotations, the \
         job's summary and the exit code carry the result",
        kinds.join(", ")
    )
}
