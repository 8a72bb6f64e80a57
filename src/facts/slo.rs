//! How fast each service level objective loses its error budget (requirements D5, D6).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The state of the error budgets at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Slo {
    /// The service that the objectives are of; null when the source does not say.
    pub service: Option<String>,
    /// When the windows ended.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// By name and API.
    pub objectives: Vec<SloObjective>,
    /// What the source warned of while it answered, as sentences. Empty when it warned of nothing.
    pub degraded: Vec<String>,
}

/// One objective and what is left of its budget.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SloObjective {
    pub name: String,
    /// The core API that it is of; null for the whole service.
    pub api: Option<String>,
    /// The share of good events that is promised, for example 0.999; always above 0 and below 1.
    pub target: f64,
    pub period_seconds: u64,
    /// Good events of the period; null when the source does not reach over it.
    pub good: Option<f64>,
    /// Bad events of the period.
    pub bad: Option<f64>,
    /// In the order of `settings.slo.burn_rules`.
    pub rules: Vec<BurnRule>,
    /// The most urgent of the rules that fire: pages before tickets, then the highest factor. Null when none fires.
    pub alert: Option<BurnRule>,
    /// The share of the period's budget that is left: 1 untouched, 0 used up, negative when overdrawn. Null without totals of the
    /// period.
    pub budget_left: Option<f64>,
    /// Whether nothing is left; null where `budget_left` is.
    pub exhausted: Option<bool>,
    /// When the budget will be used up at the burn of the shortest long window; null when that is unknown or nothing burns.
    pub exhausted_in_seconds: Option<f64>,
    /// The share of the period's budget that this rollout has burnt; null when the source does not tell its events apart.
    pub rollout_used: Option<f64>,
}

/// One alert rule over two windows, and what it says of an objective.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BurnRule {
    pub severity: BurnSeverity,
    pub long_seconds: u64,
    pub short_seconds: u64,
    /// The burn rate from which it fires.
    pub factor: f64,
    /// How many times faster than allowed the budget was used in the long window; null when that is not known.
    pub long_burn: Option<f64>,
    /// The same in the short window.
    pub short_burn: Option<f64>,
    /// Whether both windows burn at `factor` or faster; null when a window is not known.
    pub firing: Option<bool>,
    /// Whether it could fire at all: a target of 0.9 burns at most ten times too fast.
    pub can_fire: bool,
}

/// The windows and the burn rate of an alert rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BurnLimit {
    pub severity: BurnSeverity,
    /// The window that shows that the loss matters.
    #[schemars(range(min = 1))]
    pub long_seconds: u64,
    /// The window that shows that the loss still goes on; usually a twelfth of the long one.
    #[schemars(range(min = 1))]
    pub short_seconds: u64,
    /// How many times faster than allowed the budget is used.
    #[schemars(range(min = 0))]
    pub factor: f64,
}

/// How urgent an alert rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BurnSeverity {
    /// Somebody has to act now.
    Page,
    /// Somebody has to act within days.
    Ticket,
}

impl BurnSeverity {
    /// The word that documents use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            BurnSeverity::Page => "page",
            BurnSeverity::Ticket => "ticket",
        }
    }
}

const HOUR: u64 = 3600;

/// The rules that hold when nobody chose others: 2 % of a 30-day budget in 1 h, 5 % in 6 h, 10 % in 24 h, 10 % in 3 d (requirement
/// D5; the table of multi-window multi-burn-rate alerts in "The Site Reliability Workbook", chapter 5).
pub const BURN_LIMITS: [BurnLimit; 4] = [
    BurnLimit { severity: BurnSeverity::Page, long_seconds: HOUR, short_seconds: HOUR / 12, factor: 14.4 },
    BurnLimit { severity: BurnSeverity::Page, long_seconds: 6 * HOUR, short_seconds: HOUR / 2, factor: 6.0 },
    BurnLimit { severity: BurnSeverity::Ticket, long_seconds: 24 * HOUR, short_seconds: 2 * HOUR, factor: 3.0 },
    BurnLimit { severity: BurnSeverity::Ticket, long_seconds: 72 * HOUR, short_seconds: 6 * HOUR, factor: 1.0 },
];
