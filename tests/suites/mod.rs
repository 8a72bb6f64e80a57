//! Tests that need more than a case folder can say.

mod determinism;
mod examples;
mod init;
mod matrix;
mod repositories;
mod snapshots;
mod validator;

use libtest_mimic::Trial;

/// Every suite's tests.
pub(crate) fn trials() -> Vec<Trial> {
    let suites = [
        determinism::trials(),
        examples::trials(),
        init::trials(),
        matrix::trials(),
        repositories::trials(),
        snapshots::trials(),
        validator::trials(),
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
