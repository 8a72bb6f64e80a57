//! Waivers that comments on the pull request ask for.

use jiff::tz::TimeZone;

use super::Names;
use crate::analyze::waive::{Asked, Rules, Standing};
use crate::config::settings::{CommentPermission, WaiversSettings};
use crate::decide::{Waiver, WaiverRecord, WaiverState, WaiverSubject};
use crate::facts::Permission;
use crate::path_glob;

/// Requests that do not count and are listed; anybody may write comments, and a record has to end.
const MAX_WITHHELD: usize = 50;

/// What comments ask for.
#[derive(Debug, Default)]
pub(in crate::gate) struct Requests {
    /// Those that can be read, whether they count or not.
    pub(in crate::gate) waivers: Vec<Waiver>,
    /// What there is to say of the others.
    pub(in crate::gate) unread: Vec<WaiverRecord>,
    /// What the reader should know beside that.
    pub(in crate::gate) note: Option<String>,
}

/// The rules for comments, as they are configured.
pub(in crate::gate) fn rules(settings: &WaiversSettings) -> Rules {
    let permission = match settings.comment_permission {
        CommentPermission::Write => Permission::Write,
        CommentPermission::Maintain => Permission::Maintain,
        CommentPermission::Admin => Permission::Admin,
    };
    Rules { permission, max_days: settings.comment_max_days }
}

/// Makes waivers of what was asked for, for the pull request alone.
pub(in crate::gate) fn requests(asked: &[Asked], names: &Names, number: Option<u64>) -> Requests {
    let mut all = Requests::default();
    let mut withheld = 0_usize;
    for one in asked {
        if !matches!(one.standing, Standing::Granted | Standing::GrantedExactly) {
            withheld += 1;
            if withheld > MAX_WITHHELD {
                continue;
            }
        }
        match waiver(one, names, number) {
            Ok(waiver) => all.waivers.push(waiver),
            Err(record) => all.unread.push(*record),
        }
    }
    let left = withheld.saturating_sub(MAX_WITHHELD);
    all.note = (left > 0).then(|| format!("{left} more requests for waivers in comments do not count and are not listed"));
    all
}

fn waiver(asked: &Asked, names: &Names, number: Option<u64>) -> Result<Waiver, Box<WaiverRecord>> {
    let subject = WaiverSubject { service: None, plan: None, pull_request: number };
    let written = asked.at.to_zoned(TimeZone::UTC).date();
    let unread = |id: &str, why: String| {
        Box::new(WaiverRecord {
            id: id.to_owned(),
            path: None,
            fingerprint: None,
            subject: subject.clone(),
            reason: String::new(),
            owner: asked.by.clone(),
            ticket: None,
            starts: Some(written),
            expires: None,
            source: asked.source.clone(),
            state: WaiverState::Refused,
            findings: 0,
            why,
        })
    };
    let command = asked.command.as_ref().map_err(|(id, why)| unread(id.as_deref().unwrap_or_default(), why.clone()))?;
    let glob = command.path.as_deref().map(path_glob::parse).transpose();
    let glob = glob.map_err(|error| unread(&command.id, format!("path is not a path pattern: {error}")))?;
    let withheld = match &asked.standing {
        Standing::Granted | Standing::GrantedExactly => None,
        Standing::Pending(why) => Some((WaiverState::Pending, why.clone())),
        Standing::Refused(why) => Some((WaiverState::Refused, why.clone())),
    };
    let waiver = names.judge(Waiver {
        id: command.id.clone(),
        path: glob.map(|glob| glob.compile_matcher()),
        fingerprint: command.finding.clone(),
        subject,
        reason: command.reason.clone(),
        owner: asked.by.clone(),
        ticket: command.ticket.clone(),
        starts: Some(written),
        expires: command.until,
        max_findings: None,
        undecided: false,
        exact: asked.standing == Standing::GrantedExactly,
        source: asked.source.clone(),
        withheld,
        unmatched: None,
    });
    // Nobody has judged by it before, so that it cannot match "no longer".
    let odd = waiver.unmatched.as_ref().map(|(_, why)| why.clone());
    let later = || {
        "the change may have been pushed after it: it counts for a finding at a line only, and none has its fingerprint"
            .to_owned()
    };
    let unmatched = odd.or_else(|| waiver.exact.then(later)).map(|why| (WaiverState::Refused, why));
    Ok(Waiver { unmatched, ..waiver })
}
