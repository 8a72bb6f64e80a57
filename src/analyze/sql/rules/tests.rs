//! Every rule says all that it has to say.

use std::collections::BTreeSet;

use super::*;

#[test]
fn ids_are_words_of_their_own() {
    let mut seen = BTreeSet::new();
    for rule in RULES {
        let name = rule.id.strip_prefix("database/").expect(rule.id);
        assert!(
            name.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())),
            "{name}"
        );
        assert!(seen.insert(rule.id), "{} twice", rule.id);
    }
}

#[test]
fn every_text_is_there() {
    for rule in RULES {
        for (what, text) in [
            ("title", rule.title),
            ("what", rule.what),
            ("harmless", rule.harmless),
            ("says", rule.says),
            ("safe", rule.safe),
            ("source", rule.source),
        ] {
            assert!(!text.trim().is_empty(), "{}: no {what}", rule.id);
            assert!(!text.contains("  "), "{}: blanks in {what}", rule.id);
        }
        assert!(rule.what.ends_with('.') && rule.harmless.ends_with('.'), "{}: a sentence ends with a full stop", rule.id);
        assert!(!rule.says.ends_with('.'), "{}: a message has no full stop", rule.id);
        assert!(!rule.dialects.is_empty(), "{}", rule.id);
        for variant in rule.variants {
            assert!(variant.dialects.iter().all(|dialect| rule.dialects.contains(dialect)), "{}: a variant for nobody", rule.id);
            assert!(!variant.dialects.contains(&rule.dialects[0]), "{}: the first dialect has the rule's own words", rule.id);
            assert!(!variant.safe.is_empty() && !variant.source.is_empty(), "{}", rule.id);
        }
    }
}
