//! The webhook events that press a button: what GitHub writes into the file of `GITHUB_EVENT_PATH`, or sends to an App.
//!
//! Source: docs.github.com, "Webhook events and payloads", `workflow_dispatch`, `check_run` and `deployment_protection_rule`.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::text::shown;

/// Longer ones are no id, no branch and no name.
const LONGEST: usize = 1_000;

/// An event, and who set it off where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// `owner/name`.
    pub repository: String,
    pub default_branch: String,
    /// The account that did it.
    pub sender: String,
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody started the workflow by hand.
    Dispatch {
        /// The branch or tag that the workflow runs on: `refs/heads/main`.
        reference: String,
        /// The input `decision`; `None` where it was left empty.
        decision: Option<String>,
    },
    /// Somebody pressed a button on a check run.
    Requested {
        /// The button.
        identifier: String,
        /// The check run's name.
        check_run: String,
        /// What its maker wrote there: the id of a decision.
        external_id: String,
        head: String,
    },
    /// A deployment to an environment waits for an answer.
    Protection {
        environment: String,
        /// The run of the workflow that waits.
        run: u64,
        /// The commit that is deployed.
        commit: String,
        /// Where GitHub wants the answer.
        callback: String,
    },
}

impl Received {
    /// Reads an event by its name.
    ///
    /// # Errors
    /// What was expected and is not there, as a sentence: another event, another action of it, a text that is none.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Received, String> {
        let wrong = |error: serde_json::Error| format!("the event `{}` cannot be read: {error}", shown(name));
        let Origin { repository, sender } = serde_json::from_slice(bytes).map_err(wrong)?;
        let event = match name {
            "workflow_dispatch" => dispatch(serde_json::from_slice(bytes).map_err(wrong)?)?,
            "check_run" => requested(serde_json::from_slice(bytes).map_err(wrong)?)?,
            "deployment_protection_rule" => protection(serde_json::from_slice(bytes).map_err(wrong)?)?,
            other => {
                return Err(format!(
                    "the event `{}` presses no button: expected workflow_dispatch, check_run or deployment_protection_rule",
                    shown(other)
                ));
            }
        };
        Ok(Received {
            repository: text("repository.full_name", repository.full_name)?,
            default_branch: text("repository.default_branch", repository.default_branch)?,
            sender: text("sender.login", sender.login)?,
            event,
        })
    }
}

#[derive(Deserialize)]
struct Origin {
    repository: Repository,
    sender: Account,
}

#[derive(Deserialize)]
struct Repository {
    full_name: String,
    default_branch: String,
}

#[derive(Deserialize)]
struct Account {
    login: String,
}

#[derive(Deserialize)]
struct DispatchPayload {
    #[serde(rename = "ref")]
    reference: String,
    inputs: Option<Map<String, Value>>,
}

fn dispatch(payload: DispatchPayload) -> Result<Event, String> {
    let decision = payload.inputs.and_then(|mut inputs| inputs.remove("decision"));
    let decision = match decision {
        None | Some(Value::Null) => None,
        Some(Value::String(decision)) => Some(text("inputs.decision", decision.trim().to_owned())?).filter(|id| !id.is_empty()),
        Some(_) => return Err("the input `decision` is no text".to_owned()),
    };
    Ok(Event::Dispatch { reference: text("ref", payload.reference)?, decision })
}

#[derive(Deserialize)]
struct CheckRunPayload {
    action: String,
    requested_action: Option<RequestedAction>,
    check_run: CheckRun,
}

#[derive(Deserialize)]
struct RequestedAction {
    identifier: String,
}

#[derive(Deserialize)]
struct CheckRun {
    name: String,
    head_sha: String,
    external_id: Option<String>,
}

fn requested(payload: CheckRunPayload) -> Result<Event, String> {
    let (Some(requested), "requested_action") = (payload.requested_action, payload.action.as_str()) else {
        return Err(format!("nobody pressed a button: the check run was {}", shown(&payload.action)));
    };
    Ok(Event::Requested {
        identifier: text("requested_action.identifier", requested.identifier)?,
        check_run: text("check_run.name", payload.check_run.name)?,
        external_id: text("check_run.external_id", payload.check_run.external_id.unwrap_or_default())?,
        head: text("check_run.head_sha", payload.check_run.head_sha)?,
    })
}

#[derive(Deserialize)]
struct ProtectionPayload {
    action: String,
    environment: String,
    deployment_callback_url: String,
    deployment: Deployment,
}

#[derive(Deserialize)]
struct Deployment {
    sha: String,
}

fn protection(payload: ProtectionPayload) -> Result<Event, String> {
    if payload.action != "requested" {
        return Err(format!("no deployment waits: the protection rule was {}", shown(&payload.action)));
    }
    let callback = text("deployment_callback_url", payload.deployment_callback_url)?;
    let run = callback.strip_suffix("/deployment_protection_rule").and_then(|rest| rest.rsplit('/').next()?.parse().ok());
    Ok(Event::Protection {
        run: run.ok_or("deployment_callback_url names no run of a workflow")?,
        environment: text("environment", payload.environment)?,
        commit: text("deployment.sha", payload.deployment.sha)?,
        callback,
    })
}

/// A text as it came, if it may be one.
fn text(key: &str, text: String) -> Result<String, String> {
    if text.len() > LONGEST || text.chars().any(char::is_control) {
        return Err(format!("{key} of the event is no name: {}", shown(&text.chars().take(60).collect::<String>())));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(name: &str, more: &Value) -> Result<Received, String> {
        let mut event = json!({"repository": {"full_name": "o/r", "default_branch": "main"}, "sender": {"login": "ann"}});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Received::read(name, event.to_string().as_bytes())
    }

    #[test]
    fn a_workflow_that_was_started_by_hand_names_a_decision_or_none() {
        let event =
            |inputs: Value| read("workflow_dispatch", &json!({"ref": "refs/heads/main", "inputs": inputs})).map(|r| r.event);
        let named = |decision: Option<&str>| {
            Ok(Event::Dispatch { reference: "refs/heads/main".into(), decision: decision.map(str::to_owned) })
        };
        assert_eq!(event(json!({"decision": " 0123abcd ", "other": true})), named(Some("0123abcd")));
        for empty in [json!(null), json!({}), json!({"decision": null}), json!({"decision": " "})] {
            assert_eq!(event(empty), named(None));
        }
        assert!(event(json!({"decision": ["x"]})).unwrap_err().contains("no text"));
        assert!(event(json!({"decision": "a\u{1b}[2Jb"})).unwrap_err().contains("inputs.decision"));
        assert!(event(json!({"decision": "a".repeat(1001)})).is_err());
    }

    #[test]
    fn a_button_is_one_that_was_pressed() {
        let run = json!({"name": "kadian / rollout", "head_sha": "1", "external_id": "abc"});
        let pressed = read(
            "check_run",
            &json!({"action": "requested_action", "requested_action": {"identifier": "rollback"}, "check_run": run}),
        );
        let Received { repository, sender, event, .. } = pressed.unwrap();
        assert_eq!((repository.as_str(), sender.as_str()), ("o/r", "ann"));
        let Event::Requested { identifier, external_id, .. } = event else { panic!("{event:?}") };
        assert_eq!((identifier.as_str(), external_id.as_str()), ("rollback", "abc"));
        let completed = read("check_run", &json!({"action": "completed", "check_run": run}));
        assert_eq!(completed.unwrap_err(), "nobody pressed a button: the check run was completed");
    }

    #[test]
    fn a_waiting_deployment_says_which_run_waits() {
        let event = |url: &str| {
            read(
                "deployment_protection_rule",
                &json!({"action": "requested", "environment": "prod", "deployment_callback_url": url, "deployment": {"sha": "1"}}),
            )
        };
        let found = event("https://api.github.com/repos/o/r/actions/runs/42/deployment_protection_rule").unwrap().event;
        assert!(matches!(found, Event::Protection { run: 42, .. }), "{found:?}");
        assert!(event("https://evil.example/").unwrap_err().contains("names no run"));
    }

    #[test]
    fn other_events_press_nothing() {
        assert!(read("push", &json!({})).unwrap_err().contains("`push` presses no button"));
        assert!(Received::read("check_run", b"[]").unwrap_err().contains("cannot be read"));
    }
}
