//! What a waiver may be, and who may ask for one in a comment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tier;

/// Dated, owned, reasoned exceptions for findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiversSettings {
    /// How many days a waiver may last from its `starts` to its `expires`; without a start from today. One that would last longer has
    /// no effect. L0 30, L1 60, L2 and L3 90.
    #[schemars(range(min = 1, max = 3660))]
    pub max_days: u64,
    /// A waiver is told to end soon when so many days are left.
    #[schemars(range(min = 0, max = 365))]
    pub expiring_days: u64,
    /// Checks that nobody can waive, by id or by subject, beside those whose METADATA say `waivable: false` and the gate's own.
    pub unwaivable: Vec<String>,
    /// What an account has to be allowed in the repository, at least, so that its comment on a pull request waives.
    pub comment_permission: CommentPermission,
    /// How many days after a comment the waiver in it may end.
    #[schemars(range(min = 0, max = 3660))]
    pub comment_max_days: u64,
}

/// Roles of a repository. Whoever may only read or triage never waives: of a public repository that is anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CommentPermission {
    Write,
    Maintain,
    Admin,
}

impl WaiversSettings {
    pub(super) fn defaults(tier: Tier) -> WaiversSettings {
        WaiversSettings {
            max_days: tier.choose([30, 60, 90, 90]),
            expiring_days: 7,
            unwaivable: Vec::new(),
            comment_permission: CommentPermission::Maintain,
            comment_max_days: tier.choose([7, 14, 14, 30]),
        }
    }
}
