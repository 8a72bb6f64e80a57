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
    fn a_near_miss_is_told_and_a_word_of_its_own_is_not() {
        assert_eq!(meant("dney").as_deref(), Some("deny"));
        assert_eq!(meant("vioaltion_x").as_deref(), Some("violation_x"));
        assert_eq!(meant("deny"), None);
        assert_eq!(meant("covered"), None);
        assert_eq!(meant("denied"), None);
    }
}
