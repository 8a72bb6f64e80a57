//! Never more than before: how many findings each rule had in the baseline, and has now.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::finding_baseline::Count;
use crate::facts::{ScanRatchet, Severity, Tool};

/// Lint and compiler share one build, whose report names the lint only where it found something.
const SILENT: (&str, &str) = ("clippy", "rustc");

/// Before and now, by tool, rule and severity.
#[derive(Default)]
pub(super) struct Ratchets<'a> {
    rules: BTreeMap<(&'a str, &'a str, Severity), (u64, u64)>,
}

impl<'a> Ratchets<'a> {
    pub(super) fn new(before: &'a [Count]) -> Self {
        let rules = before.iter().map(|count| ((count.tool.as_str(), count.rule.as_str(), count.severity), (count.count, 0)));
        Ratchets { rules: rules.collect() }
    }

    /// Counts a finding of now.
    pub(super) fn count(&mut self, tool: &'a str, rule: &'a str, severity: Severity) {
        self.rules.entry((tool, rule, severity)).or_default().1 += 1;
    }

    /// All of them, but for those of tools that did not run: how many findings those have now is not known.
    pub(super) fn facts(self, absent_tools: &[String]) -> Vec<ScanRatchet> {
        let fact = |((tool, rule, severity), (before, now)): ((&str, &str, Severity), (u64, u64))| ScanRatchet {
            tool: tool.to_owned(),
            rule: rule.to_owned(),
            severity,
            before,
            now,
        };
        let ran = |((tool, _, _), _): &((&str, &str, Severity), (u64, u64))| !absent_tools.iter().any(|absent| absent == tool);
        self.rules.into_iter().filter(ran).map(fact).collect()
    }
}

/// The tools of the baseline that did not run, by name.
pub(super) fn absent(before: &[Tool], now: &[Tool]) -> Vec<String> {
    let names = |tools: &[Tool]| tools.iter().map(|tool| tool.name.clone()).collect::<BTreeSet<_>>();
    let (before, now) = (names(before), names(now));
    let silent = |name: &String| name == SILENT.0 && now.contains(SILENT.1);
    before.difference(&now).filter(|name| !silent(name)).cloned().collect()
}
