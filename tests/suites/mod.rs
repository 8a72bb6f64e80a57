//! Tests that need more than a case folder can say.

mod action;
mod attacks;
mod baseline;
mod bundle;
mod contract;
mod database;
mod database_reversal;
mod determinism;
mod diff_cover;
mod examples;
mod faults;
mod github;
mod hostile;
mod init;
mod layout;
mod ledger;
mod live;
mod matrix;
mod prometheus;
mod publish;
mod repositories;
mod rollback;
mod rollouts;
mod snapshots;
mod sql;
mod validator;
mod verdicts;
mod waivers;

use libtest_mimic::Trial;

/// Every suite's tests.
pub(crate) fn trials() -> Vec<Trial> {
    let suites = [
        action::trials(),
        attacks::trials(),
        baseline::trials(),
        bundle::trials(),
        contract::trials(),
        database::trials(),
        database_reversal::trials(),
        determinism::trials(),
        diff_cover::trials(),
        examples::trials(),
        faults::trials(),
        github::trials(),
        hostile::trials(),
        init::trials(),
        layout::trials(),
        ledger::trials(),
        live::trials(),
        matrix::trials(),
        prometheus::trials(),
        publish::trials(),
        repositories::trials(),
        rollback::trials(),
        rollouts::trials(),
        snapshots::trials(),
        sql::trials(),
        validator::trials(),
        verdicts::trials(),
        waivers::trials(),
    ];
    suites.into_iter().flatten().collect()
}

/// A test that fails by panicking.
fn trial(name: &str, body: fn()) -> Trial {
    Trial::test(name, move || {
        body();
        Ok(())
    })
}
