//! What the plan of a rollout has to be like: its standards by type of change, with defaults for each tier (requirements C2, C3, D6).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tier;
use crate::facts::RolloutType;

/// Rollout plans (requirements C2, C3, D6).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolloutSettings {
    /// The standard of each type of change. L0 has the strictest.
    pub standards: RolloutStandards,
    /// How many instances each region has, for plans that count instances instead of percent: `{east: 40}`. `*` stands for every
    /// region that is not named, and for plans without regions. What is not stated comes from the evidence of capacity.
    pub instances: BTreeMap<String, u64>,
    /// What an exhausted error budget makes of the standard.
    pub tightened: Tightening,
}

/// The standard of each type of change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolloutStandards {
    pub daily: RolloutStandard,
    pub hotfix: RolloutStandard,
    /// A rollback is stopped by nothing unless you say so here.
    pub rollback: RolloutStandard,
    /// As careful as `daily`: a configuration breaks as much as a program.
    pub config: RolloutStandard,
    /// Schema changes, which take whole databases at a time: one region first, and long soaks.
    pub database: RolloutStandard,
    /// Hand-written corrections of data, in batches of the rows that they touch.
    pub data_correction: RolloutStandard,
}

/// What a plan has to be like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolloutStandard {
    /// How many batches it has at least.
    #[schemars(range(min = 1, max = 1000))]
    pub min_batches: u64,
    /// How much of its region the first batch takes at most, in percent.
    #[schemars(range(min = 0, max = 100))]
    pub max_first_percent: f64,
    /// How much of its region one batch adds at most, in percentage points.
    #[schemars(range(min = 0, max = 100))]
    pub max_step_percent: f64,
    /// How long each batch soaks at least, the last one too.
    pub min_soak_seconds: u64,
    /// Whether every batch names its region, and those of the first region come before all others.
    pub one_region_first: bool,
    /// Whether each region ends at 100 %.
    pub complete: bool,
    /// How many test suites each batch names at least.
    pub min_suites: u64,
    /// Test suites that each batch names, by their exact names.
    pub suites: Vec<String>,
}

/// How a standard tightens when an error budget is used up: releases go on, more carefully (requirement D6).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tightening {
    /// The types of change that it concerns. Not hotfixes and rollbacks: they may be what saves the budget.
    pub types: Vec<RolloutType>,
    /// What the largest first batch and the largest step are multiplied with.
    #[schemars(range(min = 0.01, max = 1))]
    pub step_factor: f64,
    /// What the shortest soak is multiplied with.
    #[schemars(range(min = 1, max = 100))]
    pub soak_factor: f64,
}

const MINUTE: u64 = 60;

impl RolloutSettings {
    pub(super) fn defaults(tier: Tier) -> RolloutSettings {
        RolloutSettings {
            standards: RolloutStandards {
                daily: daily(tier),
                hotfix: hotfix(tier),
                rollback: RolloutStandard {
                    min_batches: 1,
                    max_first_percent: 100.0,
                    max_step_percent: 100.0,
                    min_soak_seconds: 0,
                    one_region_first: false,
                    complete: false,
                    min_suites: 0,
                    suites: Vec::new(),
                },
                config: daily(tier),
                database: database(tier),
                data_correction: data_correction(tier),
            },
            instances: BTreeMap::new(),
            tightened: Tightening {
                types: vec![RolloutType::Daily, RolloutType::Config, RolloutType::Database, RolloutType::DataCorrection],
                step_factor: 0.5,
                soak_factor: 2.0,
            },
        }
    }
}

fn daily(tier: Tier) -> RolloutStandard {
    RolloutStandard {
        min_batches: tier.choose([3, 2, 2, 1]),
        max_first_percent: tier.choose([5.0, 10.0, 20.0, 100.0]),
        max_step_percent: tier.choose([50.0, 95.0, 100.0, 100.0]),
        min_soak_seconds: tier.choose([30, 30, 15, 0]) * MINUTE,
        one_region_first: tier <= Tier::L1,
        complete: true,
        min_suites: tier.choose([1, 1, 1, 0]),
        suites: Vec::new(),
    }
}

fn hotfix(tier: Tier) -> RolloutStandard {
    RolloutStandard {
        min_batches: tier.choose([2, 2, 2, 1]),
        max_first_percent: tier.choose([10.0, 20.0, 50.0, 100.0]),
        max_step_percent: tier.choose([90.0, 100.0, 100.0, 100.0]),
        min_soak_seconds: tier.choose([10, 5, 5, 0]) * MINUTE,
        one_region_first: false,
        complete: true,
        min_suites: tier.choose([1, 1, 0, 0]),
        suites: Vec::new(),
    }
}

fn database(tier: Tier) -> RolloutStandard {
    RolloutStandard {
        min_batches: 1,
        max_first_percent: 100.0,
        max_step_percent: 100.0,
        min_soak_seconds: tier.choose([120, 60, 30, 5]) * MINUTE,
        one_region_first: tier <= Tier::L1,
        complete: true,
        min_suites: tier.choose([1, 1, 1, 0]),
        suites: Vec::new(),
    }
}

fn data_correction(tier: Tier) -> RolloutStandard {
    RolloutStandard {
        min_batches: tier.choose([4, 3, 2, 1]),
        max_first_percent: tier.choose([1.0, 5.0, 10.0, 100.0]),
        max_step_percent: tier.choose([50.0, 50.0, 100.0, 100.0]),
        min_soak_seconds: tier.choose([30, 15, 10, 0]) * MINUTE,
        one_region_first: false,
        complete: true,
        min_suites: 0,
        suites: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(settings: &RolloutSettings) -> [(&'static str, &RolloutStandard); 6] {
        let RolloutStandards { daily, hotfix, rollback, config, database, data_correction } = &settings.standards;
        [
            ("daily", daily),
            ("hotfix", hotfix),
            ("rollback", rollback),
            ("config", config),
            ("database", database),
            ("data_correction", data_correction),
        ]
    }

    #[test]
    fn every_type_of_change_has_its_standard_under_its_word() {
        let document = serde_json::to_value(RolloutSettings::defaults(Tier::L2)).unwrap();
        for kind in RolloutType::ALL {
            assert!(document["standards"][kind.word()].is_object(), "{kind:?}");
        }
    }

    #[test]
    fn standards_grow_stricter_towards_l0() {
        for pair in Tier::ALL.windows(2) {
            let (strict, lax) = (RolloutSettings::defaults(pair[0]), RolloutSettings::defaults(pair[1]));
            for ((name, strict), (_, lax)) in all(&strict).into_iter().zip(all(&lax)) {
                let at = format!("{name} of {} and {}", pair[0], pair[1]);
                assert!(strict.min_batches >= lax.min_batches, "{at}");
                assert!(strict.max_first_percent <= lax.max_first_percent, "{at}");
                assert!(strict.max_step_percent <= lax.max_step_percent, "{at}");
                assert!(strict.min_soak_seconds >= lax.min_soak_seconds, "{at}");
                assert!(strict.one_region_first >= lax.one_region_first, "{at}");
                assert!(strict.min_suites >= lax.min_suites, "{at}");
            }
        }
        let (l0, l3) = (RolloutSettings::defaults(Tier::L0), RolloutSettings::defaults(Tier::L3));
        assert!(l0.standards.daily.max_first_percent < l3.standards.daily.max_first_percent);
    }

    #[test]
    fn a_hotfix_is_quicker_than_a_daily_release_and_a_configuration_is_not() {
        for tier in Tier::ALL {
            let RolloutStandards { daily, hotfix, rollback, config, .. } = RolloutSettings::defaults(tier).standards;
            assert!(hotfix.min_batches <= daily.min_batches, "{tier}");
            // Where daily releases need not soak, nothing is quicker.
            assert!(hotfix.min_soak_seconds < daily.min_soak_seconds.max(1), "{tier}");
            assert!(hotfix.max_first_percent >= daily.max_first_percent, "{tier}");
            assert_eq!(config, daily, "{tier}");
            assert_eq!((rollback.min_batches, rollback.min_soak_seconds, rollback.min_suites), (1, 0, 0), "{tier}");
        }
    }

    #[test]
    fn no_standard_asks_for_more_than_a_plan_can_be() {
        for tier in Tier::ALL {
            let settings = RolloutSettings::defaults(tier);
            for (name, standard) in all(&settings) {
                assert!(
                    standard.min_batches >= 1 && standard.max_step_percent > 0.0 && standard.max_first_percent > 0.0,
                    "{name}"
                );
                // Steps may be larger than the first batch, never smaller: otherwise the first batch breaks them.
                assert!(standard.max_first_percent <= standard.max_step_percent, "{name} of {tier}");
            }
        }
    }
}
