//! The nearest known name, for hints.

/// How many letters a part of a name has at least to stand for the name.
const PART: usize = 4;

/// The known name that `word` most probably stands for: the one with the fewest edits between them, upper and lower case alike, or
/// else one that `word` begins or, from four letters on, is a part of. `None` when nothing is near and for an empty word. Ties go to the first by the alphabet.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let limit = match length {
        0..=3 => 1,
        4..=7 => 2,
        _ => (length / 3).max(3),
    };
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&word.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, name)| {
            *distance <= limit || length > 0 && name.starts_with(word) || length >= PART && name.contains(word)
        })
        .min_by_key(|(distance, name)| (*distance, *name))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typo_finds_its_word_and_nonsense_finds_none() {
        let known = ["coverage", "change", "tests", "scan"];
        assert_eq!(nearest("covrage", known), Some("coverage"));
        assert_eq!(nearest("Tests", known), Some("tests"));
        assert_eq!(nearest("test", known), Some("tests"));
        assert_eq!(nearest("kubernetes", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn a_part_of_a_name_finds_it_unless_another_is_nearer() {
        assert_eq!(nearest("percent", ["patch_percent", "success_rate"]), Some("patch_percent"));
        assert_eq!(nearest("percent", ["patch_percent", "percents"]), Some("percents"));
        assert_eq!(nearest("cov", ["coverage", "discover"]), Some("coverage"));
    }
}
