//! The nearest known name, for hints.

/// The known name that `word` most probably stands for; `None` when nothing is near (more than a third of the letters differ).
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&word.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= limit || name.starts_with(word) && !word.is_empty())
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
}
