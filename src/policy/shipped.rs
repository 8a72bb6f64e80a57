//! The shipped policy library, embedded in the program.

use super::source::{Origin, SourceFile};

/// Every file of `policies/`, policies and their tests, by path. A test compares the list with the folder.
const FILES: &[(&str, &str)] = &[
    ("policies/alerts.rego", include_str!("../../policies/alerts.rego")),
    ("policies/alerts_test.rego", include_str!("../../policies/alerts_test.rego")),
    ("policies/batch.rego", include_str!("../../policies/batch.rego")),
    ("policies/batch_test.rego", include_str!("../../policies/batch_test.rego")),
    ("policies/breaker.rego", include_str!("../../policies/breaker.rego")),
    ("policies/breaker_test.rego", include_str!("../../policies/breaker_test.rego")),
    ("policies/canary.rego", include_str!("../../policies/canary.rego")),
    ("policies/canary_test.rego", include_str!("../../policies/canary_test.rego")),
    ("policies/capacity.rego", include_str!("../../policies/capacity.rego")),
    ("policies/capacity_test.rego", include_str!("../../policies/capacity_test.rego")),
    ("policies/change.rego", include_str!("../../policies/change.rego")),
    ("policies/change_test.rego", include_str!("../../policies/change_test.rego")),
    ("policies/checklist.rego", include_str!("../../policies/checklist.rego")),
    ("policies/checklist_test.rego", include_str!("../../policies/checklist_test.rego")),
    ("policies/coverage.rego", include_str!("../../policies/coverage.rego")),
    ("policies/coverage_test.rego", include_str!("../../policies/coverage_test.rego")),
    ("policies/database.rego", include_str!("../../policies/database.rego")),
    ("policies/database_test.rego", include_str!("../../policies/database_test.rego")),
    ("policies/dependency.rego", include_str!("../../policies/dependency.rego")),
    ("policies/dependency_test.rego", include_str!("../../policies/dependency_test.rego")),
    ("policies/design.rego", include_str!("../../policies/design.rego")),
    ("policies/design_test.rego", include_str!("../../policies/design_test.rego")),
    ("policies/flow.rego", include_str!("../../policies/flow.rego")),
    ("policies/flow_test.rego", include_str!("../../policies/flow_test.rego")),
    ("policies/freeze.rego", include_str!("../../policies/freeze.rego")),
    ("policies/freeze_test.rego", include_str!("../../policies/freeze_test.rego")),
    ("policies/health.rego", include_str!("../../policies/health.rego")),
    ("policies/health_test.rego", include_str!("../../policies/health_test.rego")),
    ("policies/history.rego", include_str!("../../policies/history.rego")),
    ("policies/history_test.rego", include_str!("../../policies/history_test.rego")),
    ("policies/incidents.rego", include_str!("../../policies/incidents.rego")),
    ("policies/incidents_test.rego", include_str!("../../policies/incidents_test.rego")),
    ("policies/logs.rego", include_str!("../../policies/logs.rego")),
    ("policies/logs_test.rego", include_str!("../../policies/logs_test.rego")),
    ("policies/review.rego", include_str!("../../policies/review.rego")),
    ("policies/review_test.rego", include_str!("../../policies/review_test.rego")),
    ("policies/rollout.rego", include_str!("../../policies/rollout.rego")),
    ("policies/rollout_test.rego", include_str!("../../policies/rollout_test.rego")),
    ("policies/scan.rego", include_str!("../../policies/scan.rego")),
    ("policies/scan_test.rego", include_str!("../../policies/scan_test.rego")),
    ("policies/slo.rego", include_str!("../../policies/slo.rego")),
    ("policies/slo_test.rego", include_str!("../../policies/slo_test.rego")),
    ("policies/tests.rego", include_str!("../../policies/tests.rego")),
    ("policies/tests_test.rego", include_str!("../../policies/tests_test.rego")),
];

/// The shipped policies, without their tests.
#[must_use]
pub fn files() -> Vec<SourceFile> {
    with_tests().into_iter().filter(|file| !file.is_test()).collect()
}

/// The shipped policies and their tests.
#[must_use]
pub fn with_tests() -> Vec<SourceFile> {
    let file =
        |(path, text): &(&str, &str)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned(), origin: Origin::Shipped };
    FILES.iter().map(file).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "compares with the folder")]
    fn every_file_of_the_folder_is_embedded_and_every_policy_has_its_test() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/policies");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| format!("policies/{}", entry.unwrap().file_name().to_str().unwrap()))
            .filter(|path| Path::new(path).extension().is_some_and(|ending| ending == "rego"))
            .collect();
        found.sort();
        let embedded: Vec<String> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(embedded, found);
        for policy in embedded.iter().filter(|path| !path.ends_with("_test.rego")) {
            assert!(embedded.contains(&policy.replace(".rego", "_test.rego")), "{policy} has no test");
        }
    }
}
