//! The baseline of findings: those that were there before, which do not count as new.
//!
//! JSON, written by `kadian baseline write` in a fixed order, so that a person can review what two versions of it differ in. It
//! repeats itself on purpose: `counts` are those of `findings`, so that a file that was edited by hand or merged badly shows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ReadError;
use super::text::shown;
use crate::facts::{Severity, Tool};

/// The schema that is written and read.
pub const SCHEMA: &str = "kadian.baseline/v1";
const FAMILY: &str = "kadian.baseline/v";
const WRITE_IT_ANEW: &str = "let `kadian baseline write` write it anew";

/// The findings that were there before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// `kadian.baseline/v1`.
    pub schema: String,
    /// Who answers for it.
    pub owner: String,
    /// When it was written.
    #[schemars(with = "String")]
    pub made_at: Timestamp,
    /// The commit whose findings these are, in hexadecimal; null where there was no repository.
    pub made_for: Option<String>,
    /// The tools that ran, by name.
    pub tools: Vec<Tool>,
    /// How many findings each rule has, by tool, rule and severity.
    pub counts: Vec<Count>,
    /// By file, tool, rule and severity.
    pub findings: Vec<Known>,
}

/// How many findings a rule has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Count {
    pub tool: String,
    pub rule: String,
    pub severity: Severity,
    pub count: u64,
}

/// The findings of one rule in one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Null for findings without a place in the repository.
    pub file: Option<String>,
    pub tool: String,
    pub rule: String,
    pub severity: Severity,
    /// SHA-256 in hexadecimal, ascending.
    pub fingerprints: Vec<String>,
}

/// One finding, on its way into a baseline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub file: Option<String>,
    pub tool: String,
    pub rule: String,
    pub severity: Severity,
    pub fingerprint: String,
}

impl Baseline {
    /// Puts findings, in whatever order, into a baseline.
    #[must_use]
    pub fn of(owner: String, made_at: Timestamp, made_for: Option<String>, tools: &[Tool], mut found: Vec<Found>) -> Baseline {
        found.sort();
        found.dedup_by(|a, b| a.fingerprint == b.fingerprint);
        let mut findings: Vec<Known> = Vec::new();
        for one in found {
            match findings.last_mut() {
                Some(last)
                    if (&last.file, &last.tool, &last.rule, last.severity) == (&one.file, &one.tool, &one.rule, one.severity) =>
                {
                    last.fingerprints.push(one.fingerprint);
                }
                _ => findings.push(Known {
                    file: one.file,
                    tool: one.tool,
                    rule: one.rule,
                    severity: one.severity,
                    fingerprints: vec![one.fingerprint],
                }),
            }
        }
        let tools: BTreeSet<&Tool> = tools.iter().collect();
        let (tools, counts) = (tools.into_iter().cloned().collect(), counts(&findings));
        Baseline { schema: SCHEMA.to_owned(), owner, made_at, made_for, tools, counts, findings }
    }

    /// Every fingerprint.
    pub fn fingerprints(&self) -> impl Iterator<Item = &str> {
        self.findings.iter().flat_map(|known| &known.fingerprints).map(String::as_str)
    }

    /// The text of the file: a line for each tool, each count and each rule in a file.
    ///
    /// # Errors
    /// None that can be thought of: every value has a place in JSON.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        fn rows<T: Serialize>(rows: &[T]) -> Result<String, serde_json::Error> {
            let rows: Vec<String> = rows.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
            Ok(if rows.is_empty() { "[]".to_owned() } else { ["[\n    ", &rows.join(",\n    "), "\n  ]"].concat() })
        }
        let parts = [
            ("schema", serde_json::to_string(&self.schema)?),
            ("owner", serde_json::to_string(&self.owner)?),
            ("made_at", serde_json::to_string(&self.made_at)?),
            ("made_for", serde_json::to_string(&self.made_for)?),
            ("tools", rows(&self.tools)?),
            ("counts", rows(&self.counts)?),
            ("findings", rows(&self.findings)?),
        ];
        let parts: Vec<String> = parts.into_iter().map(|(key, value)| ["  \"", key, "\": ", &value].concat()).collect();
        Ok(["{\n", &parts.join(",\n"), "\n}\n"].concat())
    }

    /// What is wrong with it, as a sentence.
    fn fault(&self) -> Option<String> {
        if self.owner.trim().is_empty() {
            return Some("`owner` is empty: say who answers for these findings".to_owned());
        }
        let mut seen = BTreeSet::new();
        for known in &self.findings {
            let place = || format!("{} of {}", shown(&known.rule), known.file.as_deref().map_or("no file".to_owned(), shown));
            if known.fingerprints.is_empty() {
                return Some(format!("{}: no fingerprint", place()));
            }
            for print in &known.fingerprints {
                if print.len() != 64 || !print.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                    return Some(format!("{}: `{}` is no fingerprint: expected 64 hexadecimal digits", place(), shown(print)));
                }
                if !seen.insert(print.as_str()) {
                    return Some(format!("{}: the fingerprint {print} stands twice", place()));
                }
            }
        }
        let listed = counts(&self.findings);
        for count in &self.counts {
            let key = |other: &&Count| (&other.tool, &other.rule, other.severity) == (&count.tool, &count.rule, count.severity);
            let found = listed.iter().find(key).map_or(0, |found| found.count);
            if found != count.count {
                let name = format!("{}/{} ({})", shown(&count.tool), shown(&count.rule), count.severity.word());
                return Some(format!("`counts` says {} of {name}, and `findings` lists {found}", count.count));
            }
        }
        (listed != self.counts)
            .then(|| "`counts` leaves out or repeats a rule of `findings`, or is not in order".to_owned())
            .or_else(|| {
                let order = |known: &Known| (known.file.clone(), known.tool.clone(), known.rule.clone(), known.severity);
                let ascending = self.findings.is_sorted_by(|a, b| order(a) < order(b));
                (!ascending || !self.findings.iter().all(|known| known.fingerprints.is_sorted()))
                    .then(|| "`findings` are not in order, or a rule of a file stands twice".to_owned())
            })
    }
}

/// How many findings each rule has, by tool, rule and severity.
fn counts(findings: &[Known]) -> Vec<Count> {
    let mut counts: BTreeMap<(&str, &str, Severity), u64> = BTreeMap::new();
    for known in findings {
        *counts.entry((&known.tool, &known.rule, known.severity)).or_default() += known.fingerprints.len() as u64;
    }
    let count = |((tool, rule, severity), count): ((&str, &str, Severity), u64)| Count {
        tool: tool.to_owned(),
        rule: rule.to_owned(),
        severity,
        count,
    };
    counts.into_iter().map(count).collect()
}

/// Reads a baseline.
///
/// The errors name what is wrong and the way out: half a file, another schema, an unknown key, an entry that stands twice, counts that
/// are not those of the findings, an order that the writer would not have chosen.
pub fn read(text: &str) -> Result<Baseline, ReadError> {
    #[derive(Deserialize)]
    struct Named {
        schema: Option<String>,
    }
    let damaged = |error: &serde_json::Error| {
        let what = error.to_string();
        let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
        let cut = if error.is_eof() { "the file ends too early" } else { what };
        ReadError::at_line(error.line() as u64, format!("{cut}; {WRITE_IT_ANEW}"))
    };
    let named: Named = serde_json::from_str(text).map_err(|error| damaged(&error))?;
    match named.schema.as_deref() {
        Some(SCHEMA) => {}
        Some(other) if other.starts_with(FAMILY) => {
            let message = format!(
                "schema `{}` is of another kadian: this one reads {SCHEMA}; upgrade kadian, or {WRITE_IT_ANEW}",
                shown(other)
            );
            return Err(ReadError::whole(message));
        }
        Some(other) => return Err(ReadError::whole(format!("schema `{}` is not {SCHEMA}", shown(other)))),
        None => return Err(ReadError::whole(format!("no `schema`: expected {SCHEMA}"))),
    }
    let baseline: Baseline = serde_json::from_str(text).map_err(|error| damaged(&error))?;
    match baseline.fault() {
        None => Ok(baseline),
        Some(fault) => Err(ReadError::whole(format!("{fault}; {WRITE_IT_ANEW}"))),
    }
}

/// The JSON Schema (2020-12) of a baseline.
#[must_use]
pub fn schema() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Baseline>().to_value()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(file: &str, rule: &str, at: u8) -> Found {
        let fingerprint = format!("{at:064x}");
        let file = (!file.is_empty()).then(|| file.to_owned());
        Found {
            file,
            tool: "t\"\n".into(),
            rule: rule.into(),
            severity: [Severity::High, Severity::Note][usize::from(at) % 2],
            fingerprint,
        }
    }

    fn baseline() -> Baseline {
        let tools = [Tool { name: "t".into(), version: Some("1.2".into()) }];
        let found =
            vec![found("b.rs", "R", 3), found("a.rs", "S", 1), found("a.rs", "S", 5), found("a.rs", "S", 2), found("", "R", 7)];
        Baseline::of("team".into(), Timestamp::UNIX_EPOCH, Some("a".repeat(40)), &tools, found)
    }

    fn refused(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn a_rule_of_a_file_has_one_line_in_a_fixed_order() {
        let text = baseline().text().unwrap();
        let rows: Vec<&str> = text.lines().filter(|line| line.contains("fingerprints")).collect();
        assert_eq!(rows.len(), 4);
        assert!(rows[0].contains("\"file\":null") && rows[1].contains("\"severity\":\"note\"") && rows[3].contains("b.rs"));
        assert_eq!(read(&text).unwrap(), baseline());
        let empty = Baseline::of("o".into(), Timestamp::UNIX_EPOCH, None, &[], vec![]);
        assert_eq!(read(&empty.text().unwrap()).unwrap(), empty);
    }

    #[test]
    fn whatever_was_edited_by_hand_is_refused_with_the_way_out() {
        let text = baseline().text().unwrap();
        let print = format!("{:064x}", 5);
        let row = text.lines().find(|line| line.contains("b.rs")).unwrap();
        for (edited, said) in [
            (text.replace(&print, "beef"), "`beef` is no fingerprint: expected 64 hexadecimal digits"),
            (text.replace(&print, &print.to_uppercase().replace('0', "A")), "is no fingerprint"),
            (text.replace(&print, &format!("{:064x}", 1)), "stands twice"),
            (text.replace(row, &format!("{row},\n{row}")), "stands twice"),
            (
                text.replace(&format!("\"{print}\""), &format!("\"{print}\",\"{:064x}\"", 9)),
                "`counts` says 2 of t\"\u{fffd}/S (note), and `findings` lists 3",
            ),
            (text.replace("\"count\":2", "\"count\":1"), "`counts` says 1"),
            (text.replace(&print, &format!("{:064x}", 0)), "not in order"),
            (text.replace("\"file\":\"b.rs\"", "\"file\":\"a.rs\""), "not in order"),
            (text.replace("\"owner\": \"team\"", "\"owner\": \" \""), "`owner` is empty"),
            (text.replace("\"owner\"", "\"ower\""), "unknown field `ower`"),
            (text.replace("\"high\"", "\"grave\""), "unknown variant `grave`"),
        ] {
            assert_ne!(edited, text, "{said}");
            let error = refused(&edited);
            assert!(error.contains(said) && error.contains("kadian baseline write"), "{said}: {error}");
        }
    }

    #[test]
    fn another_schema_is_named() {
        let text = baseline().text().unwrap();
        assert!(
            refused(&text.replace("baseline/v1", "baseline/v2"))
                .contains("is of another kadian: this one reads kadian.baseline/v1")
        );
        assert!(refused(&text.replace(SCHEMA, "kadian.review/v1")).contains("is not kadian.baseline/v1"));
        assert!(refused("{}").contains("no `schema`"));
        // What a newer version adds does not hide that it is newer.
        assert!(refused("{\"schema\": \"kadian.baseline/v9\", \"more\": 1}").contains("another kadian"));
    }

    #[test]
    fn half_a_file_says_so() {
        let text = baseline().text().unwrap();
        for end in 0..text.trim_end().len() {
            assert!(refused(&text[..end]).contains("the file ends too early"), "cut at {end}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn what_is_written_is_read_whatever_the_order_of_the_findings(ats in prop::collection::btree_set(any::<u8>(), 0..30), turn in 0..30_usize) {
            let mut all: Vec<Found> = ats.iter().map(|at| found(["a", "b", ""][usize::from(at % 3)], ["R", "S"][usize::from(at % 2)], *at)).collect();
            let one = |found: Vec<Found>| Baseline::of("o".into(), Timestamp::UNIX_EPOCH, None, &[], found);
            let first = one(all.clone());
            prop_assert_eq!(&read(&first.text().unwrap()).unwrap(), &first);
            if !all.is_empty() {
                let turn = turn % all.len();
                all.rotate_left(turn);
            }
            prop_assert_eq!(one(all), first);
        }
    }
}
