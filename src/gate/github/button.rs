//! Who pressed the button to roll back, and whether that counts.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::same_repository;
use crate::collect::github::review::encoded;
use crate::collect::github::{Access, Answer, Failure, GitHub};
use crate::config::settings::RecoverySettings;
use crate::error::{Error, Result};
use crate::evidence::github::permission;
use crate::evidence::github_event::{Event, Received};
use crate::facts::Permission;
use crate::gate::decision_file::is_id;
use crate::gate::ledger::Where;

/// The button of a check run that asks for a rollback. GitHub allows twenty characters.
pub const ROLL_BACK: &str = "rollback";

/// The names of kadian's check runs begin so.
const OURS: &str = "kadian / ";

/// The environment in which nobody approved counts for nothing; GitHub's word for who did.
const APPROVED: &str = "approved";

/// A press that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pressed {
    /// The decision that is to be carried out; `None` for the service's newest one that asks for a rollback.
    pub decision: Option<String>,
    /// Who asked for it and who approved the run's environment, each once.
    pub by: Vec<String>,
    /// What could not be looked at.
    pub notes: Vec<String>,
}

/// The parts of a run that matter here. Source: docs.github.com, "REST API endpoints for workflow runs".
#[derive(Debug, Deserialize)]
struct Run {
    event: String,
    head_branch: Option<String>,
    #[serde(rename = "run_started_at")]
    started_at: Option<Timestamp>,
    created_at: Timestamp,
    triggering_actor: Option<Account>,
    head_repository: Option<HeadRepository>,
}

#[derive(Debug, Deserialize)]
struct Account {
    login: String,
}

#[derive(Debug, Deserialize)]
struct HeadRepository {
    full_name: String,
}

#[derive(Debug, Deserialize)]
struct Review {
    state: String,
    user: Option<Account>,
}

/// What the configuration says of it; `overrides` is what `--set` says.
pub fn settings(place: &Where, overrides: &[(String, Value)]) -> Result<RecoverySettings> {
    Ok(place.config(overrides)?.settings.recovery.clone())
}

/// Whether the press counts: it was made in this repository, on its default branch, by somebody who may, and a short time ago.
///
/// Whoever runs a workflow again counts as somebody who presses: GitHub hands the old event on, with the old sender. `run` is the
/// number of the run that carries this out.
///
/// # Errors
/// What speaks against it, or could not be looked up, with the way out. Nothing that is not known counts.
pub fn pressed(
    github: &GitHub,
    access: &Access,
    received: &Received,
    run: Option<u64>,
    settings: &RecoverySettings,
    now: Timestamp,
) -> Result<Pressed> {
    same_repository(access, received)?;
    let (event, decision) = asked_for(received)?;
    if let Some(decision) = decision.as_deref().filter(|decision| !is_id(decision)) {
        return Err(Error::new(format!("`{decision}` is no id of a decision"))
            .hint("the ledger knows the ids: 8 to 64 digits from 0 to f; a file is not read for a button"));
    }
    let run = run.ok_or_else(|| {
        Error::new("nobody says which run of a workflow this is").hint("run it in a workflow: GITHUB_RUN_ID is set there")
    })?;
    let path = format!("/repos/{}/actions/runs/{run}", access.repository);
    let found: Run = typed(&github.get(&path, &[]).map_err(|failure| unknown("the run", &failure, "actions: read"))?)?;
    of_this_run(&found, event, access, received)?;
    young(&found, settings, now)?;
    let again = found.triggering_actor.map(|account| account.login);
    let mut by: Vec<String> = Vec::new();
    for login in [Some(received.sender.clone()), again].into_iter().flatten() {
        if !by.iter().any(|known| known.eq_ignore_ascii_case(&login)) {
            may(github, access, &login, settings.press_permission)?;
            by.push(login);
        }
    }
    let mut notes = Vec::new();
    match github.get(&format!("{path}/approvals"), &[]) {
        Ok(answer) => {
            let reviews: Vec<Review> = typed(&answer)?;
            let approved = reviews.into_iter().filter(|review| review.state == APPROVED).filter_map(|review| review.user);
            for Account { login } in approved {
                if !by.iter().any(|known| known.eq_ignore_ascii_case(&login)) {
                    by.push(login);
                }
            }
        }
        Err(failure) => notes.push(format!("who approved the environment is not known: {failure}")),
    }
    Ok(Pressed { decision, by, notes })
}

/// The event's name and the decision that it asks for.
fn asked_for(received: &Received) -> Result<(&'static str, Option<String>)> {
    match &received.event {
        Event::Dispatch { reference, decision } => {
            let expected = format!("refs/heads/{}", received.default_branch);
            if *reference != expected {
                return Err(Error::new(format!("the workflow was started on {reference}, and not on {expected}"))
                    .hint("start it on the default branch: another branch would choose what a rollback runs"));
            }
            Ok(("workflow_dispatch", decision.clone()))
        }
        Event::Requested { identifier, check_run, external_id, .. } => {
            if identifier != ROLL_BACK || !check_run.starts_with(OURS) {
                return Err(Error::new(format!("the button `{identifier}` of the check run `{check_run}` is none of kadian's")));
            }
            if external_id.is_empty() {
                return Err(Error::new("the check run names no decision"));
            }
            Ok(("check_run", Some(external_id.clone())))
        }
        Event::Protection { .. } => {
            Err(Error::new("a deployment that waits presses no button").hint("`kadian github protection-rule` answers it"))
        }
    }
}

fn of_this_run(run: &Run, event: &str, access: &Access, received: &Received) -> Result<()> {
    let here = run.head_repository.as_ref().is_some_and(|head| head.full_name.eq_ignore_ascii_case(&access.repository));
    let branch = run.head_branch.as_deref().unwrap_or_default();
    if run.event != event || !here || branch != received.default_branch {
        return Err(Error::new(format!(
            "this run was set off by `{}` on branch `{branch}`, and not by `{event}` on {} of {}",
            run.event, received.default_branch, access.repository
        )));
    }
    Ok(())
}

fn young(run: &Run, settings: &RecoverySettings, now: Timestamp) -> Result<()> {
    let pressed = run.started_at.unwrap_or(run.created_at);
    let age = now.duration_since(pressed).max(SignedDuration::ZERO);
    if age > settings.press_max_age.signed() {
        return Err(Error::new(format!("the button was pressed at {pressed}, more than {} ago", settings.press_max_age))
            .hint("press it again, if going back is still right; the setting is `recovery.press_max_age`"));
    }
    Ok(())
}

/// Refuses an account that may do less than `least`, or of which nobody knows what it may.
fn may(github: &GitHub, access: &Access, login: &str, least: Permission) -> Result<()> {
    let name = encoded(login);
    let path = format!("/repos/{}/collaborators/{name}/permission", access.repository);
    let answer =
        github.get(&path, &[]).map_err(|failure| unknown(&format!("what {login} may do"), &failure, "metadata: read"))?;
    let found = permission(&answer.body).map_err(|error| Error::new(error.to_string()))?;
    if found < least {
        return Err(Error::new(format!(
            "{login} may not roll back: {} is needed, and the account has {}",
            word(least),
            word(found)
        ))
        .hint("somebody who may has to press the button; the setting is `recovery.press_permission`"));
    }
    Ok(())
}

fn word(permission: Permission) -> String {
    serde_json::to_value(permission).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn unknown(what: &str, failure: &Failure, permission: &str) -> Error {
    let error = Error::new(format!("{what} is not known, so that nothing is run: {failure}"));
    if failure.is_forbidden() {
        return error.hint(format!("the workflow's `permissions:` need `{permission}`"));
    }
    error.hint("try again, or run `kadian rollback` by hand: it is the same command")
}

fn typed<T: for<'de> Deserialize<'de>>(answer: &Answer) -> Result<T> {
    let body: Value = answer.body.clone();
    serde_json::from_value(body).map_err(|error| Error::new(format!("the answer to {} cannot be read: {error}", answer.path)))
}
