//! The one integration-test binary: every folder below `tests/cases` is a test, and so is every function listed in a module here.

#![expect(clippy::expect_used, reason = "a test that cannot be set up fails, and says where")]
#![expect(clippy::disallowed_methods, reason = "tests make files and start programs")]

#[path = "support/mod.rs"]
mod support;

#[path = "suites/mod.rs"]
mod suites;

use libtest_mimic::{Arguments, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = support::case::discover();
    assert!(!trials.is_empty(), "no case was found below tests/cases");
    trials.extend(suites::trials());
    libtest_mimic::run(&arguments, trials).exit();
}
