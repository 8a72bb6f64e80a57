//! The plan of a rollout: YAML in which a team says which version goes where, how much at a time, and how long to watch
//! (requirements C2, C3).
//!
//! ```yaml
//! version: 1
//! id: pay-1.4.2-a
//! service: pay
//! type: daily        # hotfix | rollback | config | database | data_correction
//! from: 1.4.1
//! to: 1.4.2
//! batches:
//! - {region: east, percent: 5, soak: 30m, suites: [core-fvt]}
//! - {region: east, percent: 100, soak: 1h, suites: [core-fvt], gates: [capacity]}
//! ```
//!
//! The reader refuses what contradicts itself; whether a plan is careful enough is a policy's question.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::yaml::{at, name};
use super::{ReadError, duration, yaml};
use crate::facts::{Batch, Kind, Plan, RolloutType};

/// More batches than any fleet has groups of machines: a plan of more is a mistake of the tool that wrote it.
const MAX_BATCHES: usize = 1000;

/// Suites and gates of one batch.
const MAX_LISTED: usize = 200;

/// A rollout in batches.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawPlan {
    /// Always 1.
    #[schemars(with = "u64")]
    version: Spanned<u64>,
    /// Names the rollout in the ledger: another one for every rollout, and for every plan that was changed.
    #[schemars(with = "String")]
    id: Spanned<String>,
    #[schemars(with = "String")]
    service: Spanned<String>,
    #[serde(rename = "type")]
    kind: RolloutType,
    /// The version that runs now: the one to return to. Of a rollback, the bad one.
    #[schemars(with = "String")]
    from: Spanned<String>,
    /// The version that is rolled out.
    #[schemars(with = "String")]
    to: Spanned<String>,
    /// In their order.
    #[schemars(with = "Vec<RawBatch>", length(min = 1, max = 1000))]
    batches: Spanned<Vec<Spanned<RawBatch>>>,
}

/// One step: either `percent` or `instances`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawBatch {
    /// Where; absent in every batch: everywhere.
    #[schemars(with = "Option<String>")]
    region: Option<Spanned<String>>,
    /// How much of the region runs the new version once the batch is done.
    #[schemars(with = "Option<f64>", range(min = 0, max = 100))]
    percent: Option<Spanned<f64>>,
    /// How many instances of the region run the new version once the batch is done.
    #[schemars(with = "Option<u64>", range(min = 1))]
    instances: Option<Spanned<u64>>,
    /// How long to watch after the batch: `30m`, `1h30m`; absent: not at all.
    #[schemars(with = "Option<String>")]
    soak: Option<Spanned<String>>,
    /// The test suites that must run through after the batch.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    suites: Option<Vec<Spanned<String>>>,
    /// Evidence that this batch expects beyond what its stage does.
    #[serde(default)]
    #[schemars(with = "Option<Vec<Kind>>")]
    gates: Option<Vec<Spanned<Kind>>>,
}

/// The JSON Schema of a plan.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(RawPlan).to_value()
}

/// Reads a plan; its batches keep their order and are numbered from 1. A batch without `soak` has none.
///
/// The errors name the line, what was expected and the way out: YAML that is damaged, unknown keys and values (with the nearest
/// known one), a version other than 1, names that are empty, longer than 200 characters or hold unseen characters, `from` that is
/// `to`, no batch or more than 1000, a batch with both `percent` and `instances` or neither, a percentage outside (0, 100], a size
/// that does not rise within its region, a region that counts now in percent and now in instances, regions in some batches only, a
/// soak that is no length of time, suites or gates that are listed twice.
pub fn read(bytes: &[u8]) -> Result<Plan, ReadError> {
    let raw: RawPlan = yaml::read(bytes)?;
    if raw.version.value != 1 {
        return Err(at(&raw.version, format!("plan version {} is not known; expected 1", raw.version.value)));
    }
    let (id, service) = (name(&raw.id, "the plan's id")?, name(&raw.service, "the service")?);
    let (from, to) = (name(&raw.from, "the version to return to (`from`)")?, name(&raw.to, "the new version (`to`)")?);
    if from == to {
        return Err(at(&raw.to, format!("`from` and `to` are both {to}; name the version that runs now and the one that comes")));
    }
    let count = raw.batches.value.len();
    if count == 0 {
        return Err(at(&raw.batches, "the plan has no batch; list at least one under `batches`"));
    }
    if count > MAX_BATCHES {
        return Err(at(&raw.batches, format!("the plan has {count} batches; at most {MAX_BATCHES} may be")));
    }
    let mut regions = Regions::default();
    let mut batches = Vec::with_capacity(count);
    for (raw, number) in raw.batches.value.into_iter().zip(1..) {
        batches.push(regions.batch(&raw, number)?);
    }
    Ok(Plan { id, service, kind: raw.kind, from, to, batches })
}

/// How much of something runs the new version.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Amount {
    Percent(f64),
    Instances(u64),
}

/// What the batches before have reached, by region.
#[derive(Debug, Default)]
struct Regions(BTreeMap<Option<String>, (u64, Amount)>);

impl Regions {
    fn batch(&mut self, place: &Spanned<RawBatch>, number: u64) -> Result<Batch, ReadError> {
        let raw = &place.value;
        let region = raw.region.as_ref().map(|region| name(region, &format!("the region of batch {number}"))).transpose()?;
        let amount = amount(place, number)?;
        self.rises(place, number, region.as_ref(), amount)?;
        let soak_seconds = match &raw.soak {
            None => 0,
            Some(soak) => duration::seconds(&soak.value).ok_or_else(|| {
                let message = "is no length of time; write it like `30m` or `1h30m`, or leave it out where nobody has to watch";
                at(soak, format!("the soak of batch {number} {message}"))
            })?,
        };
        let suites = listed(raw.suites.as_deref().unwrap_or_default(), number, "suites", |suite| name(suite, "a suite"))?;
        let gates = listed(raw.gates.as_deref().unwrap_or_default(), number, "gates", |gate| Ok(gate.value.clone()))?;
        let (percent, instances) = match amount {
            Amount::Percent(percent) => (Some(percent), None),
            Amount::Instances(instances) => (None, Some(instances)),
        };
        Ok(Batch { number, region, percent, instances, soak_seconds, suites, gates })
    }

    /// Whether the batch brings its region further than the ones before it.
    fn rises(
        &mut self,
        place: &Spanned<RawBatch>,
        number: u64,
        region: Option<&String>,
        amount: Amount,
    ) -> Result<(), ReadError> {
        if let Some((_, (first, _))) = self.0.iter().find(|(known, _)| known.is_some() != region.is_some()) {
            let (with, without) = if region.is_some() { (number, *first) } else { (*first, number) };
            let message = format!("batch {with} names a region and batch {without} does not; name one in every batch or in none");
            return Err(at(place, message));
        }
        let key = region.cloned();
        if let Some((before, reached)) = self.0.insert(key, (number, amount)) {
            let (was, is, rises) = match (reached, amount) {
                (Amount::Percent(was), Amount::Percent(is)) => (format!("{was} %"), format!("{is} %"), is > was),
                (Amount::Instances(was), Amount::Instances(is)) => (instances(was), instances(is), is > was),
                _ => {
                    let message = format!(
                        "batch {number} and batch {before} of the same region count differently; use `percent` in both or \
                         `instances` in both"
                    );
                    return Err(at(place, message));
                }
            };
            if !rises {
                let message = format!(
                    "batch {number} ends at {is} and batch {before} of the same region at {was}; each must reach more than the \
                     one before, because the figures count what runs the new version once the batch is done"
                );
                return Err(at(place, message));
            }
        }
        Ok(())
    }
}

fn instances(count: u64) -> String {
    if count == 1 { "1 instance".to_owned() } else { format!("{count} instances") }
}

fn amount(place: &Spanned<RawBatch>, number: u64) -> Result<Amount, ReadError> {
    match (&place.value.percent, &place.value.instances) {
        (Some(percent), None) => {
            let value = percent.value;
            if value > 0.0 && value <= 100.0 {
                Ok(Amount::Percent(value))
            } else {
                Err(at(percent, format!("batch {number} has {value} percent; expected more than 0 and at most 100")))
            }
        }
        (None, Some(instances)) if instances.value > 0 => Ok(Amount::Instances(instances.value)),
        (None, Some(instances)) => Err(at(instances, format!("batch {number} has 0 instances; expected at least 1"))),
        (Some(_), Some(instances)) => {
            Err(at(instances, format!("batch {number} has both `percent` and `instances`; keep one of them")))
        }
        (None, None) => Err(at(place, format!("batch {number} has neither `percent` nor `instances`; say how large it is"))),
    }
}

/// The entries of a list in their order, each once.
fn listed<T, U: Ord + Clone>(
    entries: &[Spanned<T>],
    number: u64,
    key: &str,
    read: impl Fn(&Spanned<T>) -> Result<U, ReadError>,
) -> Result<Vec<U>, ReadError> {
    if let Some(one_too_many) = entries.get(MAX_LISTED) {
        let message = format!("batch {number} has {} {key}; at most {MAX_LISTED} may be", entries.len());
        return Err(at(one_too_many, message));
    }
    let (mut seen, mut list) = (BTreeSet::new(), Vec::with_capacity(entries.len()));
    for entry in entries {
        let value = read(entry)?;
        if !seen.insert(value.clone()) {
            return Err(at(entry, format!("the {key} of batch {number} name the same one twice; remove one")));
        }
        list.push(value);
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: &str = "version: 1
id: pay-1.10-a
service: pay
type: data_correction
from: 1.9
to: 1.10
batches:
- {region: east, percent: 5, soak: 30m, suites: [core-fvt, smoke]}
- {region: east, percent: 100, soak: 1h30m, gates: [capacity, custom.load]}
- region: west
  instances: 3
- {region: west, instances: 7, soak: 1d, suites: []}
";

    #[test]
    fn a_whole_plan_is_read() {
        let plan = read(WHOLE.as_bytes()).expect("readable");
        assert_eq!((plan.id.as_str(), plan.service.as_str(), plan.kind), ("pay-1.10-a", "pay", RolloutType::DataCorrection));
        assert_eq!((plan.from.as_str(), plan.to.as_str()), ("1.9", "1.10"), "a version is no number");
        let sizes: Vec<_> = plan.batches.iter().map(|it| (it.number, it.percent, it.instances, it.soak_seconds)).collect();
        assert_eq!(
            sizes,
            [(1, Some(5.0), None, 1800), (2, Some(100.0), None, 5400), (3, None, Some(3), 0), (4, None, Some(7), 86_400)]
        );
        assert_eq!(plan.batches[0].suites, ["core-fvt", "smoke"]);
        assert_eq!(plan.batches[1].gates, [Kind::Capacity, Kind::Custom("load".into())]);
        assert_eq!(plan.batches[2].region.as_deref(), Some("west"));
    }

    #[test]
    fn blanks_comments_and_the_order_of_keys_do_not_change_the_canonical_text() {
        let plan = read(b"version: 1\nid: a\nservice: pay\ntype: daily\nfrom: '1'\nto: '2'\nbatches: [{percent: 50}]\n").unwrap();
        let other =
            read(b"# why\nto: '2'\nbatches:\n- percent: 50.0\nfrom: \"1\"\ntype: daily\nid: a\nservice: pay\nversion: 1\n");
        assert_eq!(Ok(plan.canonical()), other.map(|plan| plan.canonical()));
        assert_eq!(
            plan.canonical(),
            r#"{"batches":[{"gates":[],"instances":null,"number":1,"percent":50.0,"region":null,"soak_seconds":0,"suites":[]}],"from":"1","id":"a","service":"pay","to":"2","type":"daily"}"#
        );
    }

    #[test]
    fn every_mistake_names_its_line_and_the_way_out() {
        let long = format!("id: {}", "x".repeat(201));
        let mistakes = [
            ("version: 1\n", "version: 2\n", "line 1: plan version 2 is not known; expected 1"),
            ("version: 1\n", "", "line 6: the key `version` is missing"),
            ("id: pay-1.10-a", "idd: pay", "line 2: unknown key `idd`; did you mean `id`?"),
            ("id: pay-1.10-a", "id: ''", "line 2: the plan's id is empty"),
            ("id: pay-1.10-a", &long, "line 2: the plan's id has 201 characters"),
            ("id: pay-1.10-a", "id: \"a\\u001b[2J\"", "line 2: the plan's id holds a control character"),
            ("id: pay-1.10-a", "id: \"a\\u202eb\"", "line 2: the plan's id holds a control character"),
            ("id: pay-1.10-a", "id: 'a '", "line 2: the plan's id starts or ends with a blank"),
            ("service: pay", "service: ' '", "line 3: the service is empty"),
            (
                "type: data_correction",
                "type: datacorrection",
                "line 4: unknown value `datacorrection`; did you mean `data_correction`?",
            ),
            ("to: 1.10", "to: 1.9", "line 6: `from` and `to` are both 1.9"),
            ("to: 1.10", "to:", "line 6: "),
            ("to: 1.10", "to: ~", "line 6: "),
            ("to: 1.10", "to: [1.10]", "line 6: "),
            ("soak: 30m", "soak: 30", "line 8: the soak of batch 1 is no length of time"),
            ("percent: 5,", "percent: 0,", "line 8: batch 1 has 0 percent; expected more than 0 and at most 100"),
            ("percent: 5,", "percent: .nan,", "line 8: batch 1 has NaN percent"),
            ("percent: 100", "percent: 100.5", "line 9: batch 2 has 100.5 percent"),
            ("percent: 100", "percent: 5.0", "line 9: batch 2 ends at 5 % and batch 1 of the same region at 5 %"),
            ("percent: 100", "instances: 5", "line 9: batch 2 and batch 1 of the same region count differently"),
            (
                "instances: 7",
                "instances: 3",
                "line 12: batch 4 ends at 3 instances and batch 3 of the same region at 3 instances",
            ),
            ("instances: 7", "instances: 0", "line 12: batch 4 has 0 instances"),
            ("instances: 7", "percent: 8, instances: 7", "line 12: batch 4 has both `percent` and `instances`"),
            ("instances: 7, ", "", "line 12: batch 4 has neither `percent` nor `instances`"),
            ("region: west, instances: 7", "instances: 7", "line 12: batch 2 names a region and batch 4 does not"),
            ("soak: 30m", "soak: half an hour", "line 8: the soak of batch 1 is no length of time"),
            ("soak: 30m", "soak: 0m", "line 8: the soak of batch 1 is no length of time"),
            ("soak: 30m", "soek: 30m", "line 8: unknown key `soek`; did you mean `soak`?"),
            ("smoke", "core-fvt", "line 8: the suites of batch 1 name the same one twice"),
            ("smoke", "''", "line 8: a suite is empty"),
            ("custom.load", "capacity", "line 9: the gates of batch 2 name the same one twice"),
            ("custom.load", "capasity", "line 9: unknown value `capasity`; did you mean `capacity`?"),
            ("region: east, percent: 100", "region: '', percent: 100", "line 9: the region of batch 2 is empty"),
        ];
        for (good, bad, wanted) in mistakes {
            let changed = WHOLE.replacen(good, bad, 1);
            assert_ne!(changed, WHOLE, "{good} is not there");
            let error = read(changed.as_bytes()).expect_err(bad).to_string();
            assert!(error.starts_with(wanted), "{bad}: {error}");
        }
    }

    #[test]
    fn a_plan_has_batches_and_not_too_many() {
        let head = "version: 1\nid: a\nservice: pay\ntype: daily\nfrom: a\nto: b\nbatches:";
        let error = read(format!("{head} []\n").as_bytes()).expect_err("no batch").to_string();
        assert!(error.starts_with("line 7: the plan has no batch"), "{error}");
        let with = |count: u64| {
            let batches = (1..=count).map(|number| format!("\n- instances: {number}"));
            read(format!("{head}{}\n", batches.collect::<String>()).as_bytes())
        };
        assert_eq!(with(1000).map(|plan| plan.batches.len()), Ok(1000));
        assert!(with(1001).expect_err("too many").to_string().contains("1001 batches; at most 1000"));
    }

    #[test]
    fn damaged_input_is_an_error_and_no_panic() {
        for bytes in [&b""[..], b"\xff", b"[", b"- 1", b"version: 1\nbatches: {", b"a: &a [*a]", b"version: 1\n---\nversion: 1\n"]
        {
            assert!(read(bytes).is_err(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_keeps_its_promises(
            percents in prop::collection::vec(-10.0..120.0_f64, 0..5),
            noise in ".{0,30}",
        ) {
            let batches: Vec<String> = percents.iter().map(|percent| format!("- percent: {percent}\n")).collect();
            let batches = batches.concat();
            let text = format!("version: 1\nid: a\nservice: pay\ntype: daily\nfrom: a\nto: {noise}\nbatches:\n{batches}");
            if let Ok(plan) = read(text.as_bytes()) {
                prop_assert!(!plan.batches.is_empty());
                let sizes: Vec<f64> = plan.batches.iter().filter_map(|batch| batch.percent).collect();
                prop_assert!(sizes.windows(2).all(|pair| pair[0] < pair[1]));
                prop_assert!(sizes.iter().all(|percent| *percent > 0.0 && *percent <= 100.0));
                prop_assert!(plan.to != plan.from && !plan.to.is_empty());
            }
        }
    }
}
