//! From settings to how the ledger's history is read.
#![expect(dead_code, reason = "the rollout stage, which asks for it, is not there yet")]

use crate::analyze::history::{BreakerRules, Options};
use crate::config::settings::Settings;

pub(super) fn options(settings: &Settings) -> Options {
    let (history, breaker) = (&settings.history, &settings.breaker);
    Options {
        abandoned_after: history.abandoned_after,
        reserved_for: history.reserved_for,
        horizon: history.horizon,
        limits: settings.flow.limits.clone(),
        breaker: BreakerRules {
            failures: breaker.failures,
            within: breaker.within,
            open_for: breaker.open_for,
            lanes: breaker.lanes.clone(),
        },
    }
}
