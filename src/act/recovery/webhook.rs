//! The executor `webhook`: JSON is posted to an address.

use serde_json::{Value, json};

use super::call::{Call, HttpCall, Text};
use super::plan::{Made, Scene, filled, headers};
use crate::error::{Error, Result};
use crate::evidence::recovery::Webhook;

/// The request. It carries a key that is the same for every attempt at the same step, so that the other side can tell them.
pub(super) fn plan(spec: &Webhook, scene: Scene<'_>) -> Result<Made> {
    let body = match &spec.body {
        Some(body) => filled(body, scene.values)?,
        None => description(scene),
    };
    let mut headers = headers(&spec.headers);
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("idempotency-key")) {
        let key = format!("{}-{}", scene.run, scene.instance.number);
        headers.push(("Idempotency-Key".to_owned(), Text::Plain(key)));
    }
    let url = spec.url.fill_address(scene.values).map_err(Error::new)?;
    let call = HttpCall { method: "POST", url, headers, body: Some(body), accepts: 200..=202 };
    Ok(Made { calls: vec![Call::Http(call)], looks: vec![], bounded: false })
}

/// What the other side has to know, where nobody says what to send.
fn description(scene: Scene<'_>) -> Value {
    let batches: Vec<u64> = scene.rollback.batches.iter().map(|batch| batch.number).collect();
    json!({
        "schema": "kadian.recovery-call/v1",
        "run": scene.run,
        "decision": scene.decision,
        "step": scene.instance.number,
        "name": scene.instance.step.name,
        "service": scene.rollback.service,
        "plan": scene.rollback.plan,
        "from": scene.rollback.return_to,
        "to": scene.rollback.bad_version,
        "batch": scene.instance.batch,
        "region": scene.instance.region,
        "batches": batches,
    })
}
