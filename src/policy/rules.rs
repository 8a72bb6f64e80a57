//! Which rules judge, by their names.

use crate::decide::Effect;
use crate::nearest::nearest;

/// The first words of the names of rules that judge.
pub(super) const WORDS: [&str; 5] = ["deny", "violation", "warn", "hold", "rollback"];

/// What a rule of that name does to the verdict; none when it does not judge.
///
/// The names are Conftest's (`^(deny|violation)(_[a-zA-Z0-9]+)*$`, `^warn(_[a-zA-Z0-9]+)*$`), and likewise `hold` and `rollback`.
pub(super) fn effect(name: &str) -> Option<Effect> {
    let mut words = name.split('_');
    let effect = match words.next()? {
        "deny" | "violation" => Effect::Deny,
        "warn" => Effect::Warn,
        "hold" => Effect::Hold,
        "rollback" => Effect::Rollback,
        _ => return None,
    };
    words.all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric())).then_some(effect)
}

/// Whether Conftest would take the rule for an exception.
pub(super) fn is_exception(name: &str) -> bool {
    name == "exception" || name.starts_with("exception_")
}

/// The name that was meant, when the first word is one or two letters off.
pub(super) fn meant(name: &str) -> Option<String> {
    let (first, rest) = name.split_once('_').map_or((name, ""), |(first, _)| (first, &name[first.len()..]));
    if WORDS.contains(&first) {
        return None;
    }
    let near = nearest(first, WORDS)?;
    let limit = if near.len() <= 4 { 1 } else { 2 };
    (strsim::osa_distance(first, near) <= limit).then(|| format!("{near}{rest}"))
}

/// The name that judges, when this one only starts like it, as `deny__a`, `denyX` and `warning` do.
pub(super) fn malformed(name: &str) -> Option<String> {
    let word = WORDS.into_iter().find(|word| name.starts_with(word)).filter(|_| effect(name).is_none())?;
    let rest = &name[word.len()..];
    if rest.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Some(word.to_owned());
    }
    let words = rest.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    Some([word].into_iter().chain(words).collect::<Vec<_>>().join("_"))
}

/// The name that judges which this one may stand for: its first word is at most two letters off, an inflection, or cut in two.
///
/// Wider than [`meant`], and so only for rules that nothing uses.
pub(super) fn near(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let first = lower.split('_').next().unwrap_or_default();
    let whole = lower.replace('_', "");
    if let Some(word) = WORDS.into_iter().find(|word| whole.starts_with(word)) {
        return Some(word.to_owned());
    }
    // Denied, denies, denial.
    if first.starts_with("deni") {
        return Some("deny".to_owned());
    }
    let near = WORDS.into_iter().map(|word| (strsim::osa_distance(first, word), word)).min()?;
    (near.0 <= 2 && first.len() > 2).then(|| near.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conftest_names_judge_and_others_do_not() {
        for (name, expected) in [
            ("deny", Some(Effect::Deny)),
            ("deny_no_tests", Some(Effect::Deny)),
            ("violation_1", Some(Effect::Deny)),
            ("warn_x", Some(Effect::Warn)),
            ("hold", Some(Effect::Hold)),
            ("rollback_now", Some(Effect::Rollback)),
            ("denied", None),
            ("deny_", None),
            ("deny__x", None),
            ("warning", None),
        ] {
            assert_eq!(effect(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_that_only_starts_like_one_that_judges_is_told() {
        for (name, expected) in [
            ("deny__a", Some("deny_a")),
            ("deny_", Some("deny")),
            ("denyX", Some("deny_X")),
            ("warning", Some("warn")),
            ("rollback_now_", Some("rollback_now")),
            ("deny_a", None),
            ("covered", None),
        ] {
            assert_eq!(malformed(name).as_deref(), expected, "{name}");
        }
        for (name, expected) in [
            ("denies", Some("deny")),
            ("Deny", Some("deny")),
            ("DENY_ALL", Some("deny")),
            ("wran", Some("warn")),
            ("wanr_x", Some("warn")),
            ("roll_back", Some("rollback")),
            ("covered", None),
            ("files", None),
            ("required", None),
        ] {
            assert_eq!(near(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_near_miss_is_told_and_a_word_of_its_own_is_not() {
        assert_eq!(meant("dney").as_deref(), Some("deny"));
        assert_eq!(meant("vioaltion_x").as_deref(), Some("violation_x"));
        assert_eq!(meant("deny"), None);
        assert_eq!(meant("covered"), None);
        assert_eq!(meant("denied"), None);
    }
}
