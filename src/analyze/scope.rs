//! Which version something is about, by its labels.

use std::collections::BTreeMap;

use crate::facts::AlertScope;

/// How the gray version is told from the baseline: the labels that something of each side carries, all of them. A side without
/// labels is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    pub gray: BTreeMap<String, String>,
    pub baseline: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    Yes,
    /// A label has another value.
    No,
    /// A label is not there, and none has another value.
    Open,
}

impl Scope {
    /// The side that these labels belong to.
    ///
    /// What lacks a label that would tell may be of the gray version, so it is unknown, unless another label speaks against it.
    #[must_use]
    pub fn of(&self, labels: &BTreeMap<String, String>) -> AlertScope {
        match (met(&self.gray, labels), met(&self.baseline, labels)) {
            (Met::Yes, Met::Yes) => AlertScope::Both,
            (Met::Yes, _) => AlertScope::Gray,
            (_, Met::Yes) => AlertScope::Baseline,
            (Met::No, _) => AlertScope::Neither,
            (Met::Open, _) => AlertScope::Unknown,
        }
    }
}

fn met(side: &BTreeMap<String, String>, labels: &BTreeMap<String, String>) -> Met {
    let mut met = if side.is_empty() { Met::Open } else { Met::Yes };
    for (label, value) in side {
        match labels.get(label) {
            Some(found) if found == value => {}
            Some(_) => return Met::No,
            None => met = Met::Open,
        }
    }
    met
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &[(&str, &str)]) -> BTreeMap<String, String> {
        text.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect()
    }

    fn of(gray: &[(&str, &str)], baseline: &[(&str, &str)], labels: &[(&str, &str)]) -> AlertScope {
        Scope { gray: pairs(gray), baseline: pairs(baseline) }.of(&pairs(labels))
    }

    #[test]
    fn labels_tell_the_sides_apart() {
        let (gray, baseline) = ([("service", "pay"), ("version", "2")], [("service", "pay"), ("version", "1")]);
        let scope = |labels: &[(&str, &str)]| of(&gray, &baseline, labels);
        assert_eq!(scope(&[("service", "pay"), ("version", "2"), ("pod", "x")]), AlertScope::Gray);
        assert_eq!(scope(&[("service", "pay"), ("version", "1")]), AlertScope::Baseline);
        assert_eq!(scope(&[("service", "pay"), ("version", "0")]), AlertScope::Neither);
        assert_eq!(scope(&[("service", "cart")]), AlertScope::Neither);
        assert_eq!(scope(&[("service", "pay")]), AlertScope::Unknown);
        assert_eq!(scope(&[("version", "2")]), AlertScope::Unknown);
        assert_eq!(scope(&[]), AlertScope::Unknown);
    }

    #[test]
    fn sides_that_overlap_are_both() {
        assert_eq!(of(&[("a", "1")], &[("b", "1")], &[("a", "1"), ("b", "1")]), AlertScope::Both);
        assert_eq!(of(&[("a", "1")], &[("b", "1")], &[("a", "1")]), AlertScope::Gray);
        assert_eq!(of(&[("a", "1")], &[("b", "1")], &[("b", "1")]), AlertScope::Baseline);
    }

    #[test]
    fn without_a_known_side_nobody_can_tell() {
        assert_eq!(of(&[], &[], &[("version", "2")]), AlertScope::Unknown);
        assert_eq!(of(&[], &[("version", "1")], &[("version", "2")]), AlertScope::Unknown);
        assert_eq!(of(&[("version", "2")], &[], &[("version", "2")]), AlertScope::Gray);
    }
}
