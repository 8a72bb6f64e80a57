//! Who must have looked at a change (requirement A5).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tier;

/// Who must have looked at a change (requirement A5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewSettings {
    /// How many different people, other than the author, must approve the head commit. L0 and L1: 2, L2 and L3: 1.
    pub approvals: u64,
    /// Whether every changed file with owners in CODEOWNERS needs the approval of one of them.
    pub require_code_owners: bool,
    /// Whether approvals do not count of people who made a commit of the change, helped with one, or pushed the newest; where a code host
    /// tells who they are.
    pub exclude_committers: bool,
    /// How many must approve a change to data corrections that are written by hand.
    pub data_correction_approvals: u64,
    /// Path patterns of such corrections.
    pub data_correction_paths: Vec<String>,
    /// The members of team owners, by the team as CODEOWNERS writes it: `{"@org/pay": [alice, bob]}`. Those that the code host tells of
    /// the same team count, too.
    pub teams: BTreeMap<String, Vec<String>>,
}

impl ReviewSettings {
    pub(super) fn defaults(tier: Tier) -> ReviewSettings {
        let corrections = ["**/corrections/**", "**/data_corrections/**", "**/datafix/**", "**/data_fixes/**", "**/dml/**"];
        ReviewSettings {
            approvals: tier.choose([2, 2, 1, 1]),
            require_code_owners: false,
            exclude_committers: true,
            data_correction_approvals: 2,
            data_correction_paths: corrections.map(str::to_owned).to_vec(),
            teams: BTreeMap::new(),
        }
    }
}
