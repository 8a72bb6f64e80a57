//! Whether names stand for different people, to a reader's eye: a name in other letters that look the same is no second person.

use std::collections::BTreeSet;

use unicode_security::mixed_script::AugmentedScriptSet;

/// How many different people the names stand for: case, blanks, marks that nobody sees and letters that look alike make no difference.
#[must_use]
pub fn different(names: &[String]) -> usize {
    names.iter().map(|name| look(name)).filter(|look| !look.is_empty()).collect::<BTreeSet<String>>().len()
}

/// The first two names that are written differently and look alike.
#[must_use]
pub fn alike(names: &[String]) -> Option<(&str, &str)> {
    let written = |name: &str| name.trim().to_lowercase();
    names.iter().enumerate().find_map(|(place, name)| {
        let same = names.iter().take(place).find(|other| look(other) == look(name) && written(other) != written(name))?;
        (!look(name).is_empty()).then_some((same.as_str(), name.as_str()))
    })
}

/// Whether a name mixes letters of scripts that nobody writes together, as Latin with Cyrillic. Latin beside Chinese, Japanese or Korean is
/// usual; digits, blanks and signs belong to every script.
#[must_use]
pub fn mixes_scripts(name: &str) -> bool {
    let (mut all, mut without_latin) = (AugmentedScriptSet::default(), AugmentedScriptSet::default());
    for letter in name.chars() {
        let scripts = AugmentedScriptSet::for_char(letter);
        all.intersect_with(scripts);
        if !scripts.base.contains_script(unicode_script::Script::Latin) {
            without_latin.intersect_with(scripts);
        }
    }
    all.is_empty() && !(without_latin.hanb || without_latin.jpan || without_latin.kore)
}

/// What two names have in common that look alike (the skeleton of Unicode Technical Standard 39, without case and blanks).
fn look(name: &str) -> String {
    let seen: String = name.chars().filter(|letter| letter.is_whitespace() || !letter.is_control()).collect();
    let skeleton: String = unicode_security::skeleton(&seen.to_lowercase()).collect();
    skeleton.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_one_person() {
        for (one, other) in [
            ("ana", "Ana"),
            ("ana", " ana\u{a0}"),
            ("ana", "\u{430}na"),
            ("ana", "a\u{200b}na"),
            ("ana", "\u{ff41}na"),
            ("ana", "ana\u{7}"),
            ("ana b", "ana  b"),
            // All of it Cyrillic, so that no script is mixed.
            ("aca", "\u{430}\u{441}\u{430}"),
            ("jos\u{e9}", "jose\u{301}"),
        ] {
            assert_eq!(different(&[one.to_owned(), other.to_owned()]), 1, "{one} {other}");
        }
        for (one, other) in [("ana", "anna"), ("张伟", "张维"), ("Иван", "Ирина"), ("jose", "jos\u{e9}"), ("ana", "@ana")]
        {
            assert_eq!(different(&[one.to_owned(), other.to_owned()]), 2, "{one} {other}");
        }
        assert_eq!(different(&[String::new(), " ".to_owned(), "\u{200b}".to_owned()]), 0);
    }

    #[test]
    fn names_that_are_alike_are_told_unless_they_are_the_same() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(alike(&names(&["bo", "aca", "\u{430}\u{441}\u{430}"])), Some(("aca", "\u{430}\u{441}\u{430}")));
        assert_eq!(alike(&names(&["ana", " Ana ", "bo"])), None);
        assert_eq!(alike(&names(&["", "\u{200b}"])), None);
    }

    #[test]
    fn only_scripts_that_nobody_writes_together_are_mixed() {
        for name in ["\u{430}na", "an\u{3b1}", "Ana Петрова", "張伟 Иван", "a\u{561}"] {
            assert!(mixes_scripts(name), "{name}");
        }
        for name in [
            "",
            "ana",
            "Ana-María O'Neill 2",
            "ana@example.com",
            "张伟",
            "张伟 Zhang Wei",
            "山田 タロウ",
            "김철수 kim",
            "Иван Петров",
            "Ἀλέξανδρος",
            "42 🦊",
        ] {
            assert!(!mixes_scripts(name), "{name}");
        }
    }
}
