//! Which playbook a finding has (requirement F4).

use crate::evidence::playbooks::Playbooks;
use crate::facts::Playbook;

/// The playbook of a policy: of the first file that has one. Within a file its id comes before a pattern, a longer pattern before a
/// shorter one, and the earlier of equals. `None` when no file has one.
#[must_use]
pub fn playbook_of<'a>(id: &str, files: &[&'a Playbooks]) -> Option<&'a Playbook> {
    files.iter().find_map(|file| {
        let patterns = file.entries.iter().flat_map(|entry| entry.policies.iter().map(move |pattern| (pattern, entry)));
        let matching = patterns.filter(|(pattern, _)| matches(pattern, id));
        // Of equals the last one counts, so that they are looked at from the end.
        let best = matching.collect::<Vec<_>>().into_iter().rev().max_by_key(|(pattern, _)| weight(pattern));
        best.map(|(_, entry)| &entry.playbook)
    })
}

/// An id beats every pattern; a pattern counts by the letters that it fixes.
fn weight(pattern: &str) -> (bool, usize) {
    (!pattern.contains('*'), pattern.chars().filter(|c| *c != '*').count())
}

/// Whether a text is what the pattern says, in which `*` stands for any text, also an empty one.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut from) = (0, 0);
    // The last star, and where the text went on behind it.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at, from));
            at += 1;
        } else if pattern.get(at) == Some(&text[from]) {
            (at, from) = (at + 1, from + 1);
        } else if let Some((behind, tried)) = star {
            star = Some((behind, tried + 1));
            (at, from) = (behind + 1, tried + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::playbooks::read;

    fn file(entries: &[(&str, &str)]) -> Playbooks {
        let entry = |(policies, title): &(&str, &str)| format!("- {{policies: [{policies}], title: {title}, check: [look]}}");
        let entries = entries.iter().map(entry).collect::<Vec<_>>().join("\n");
        read(format!("version: 1\nplaybooks:\n{entries}").as_bytes()).unwrap()
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, wanted) in [
            ("canary/*", "canary/regressed", true),
            ("canary/*", "canary/", true),
            ("canary/*", "logs/new", false),
            ("*", "", true),
            ("*/new-*s", "logs/new-errors", true),
            ("*/new-*s", "logs/new-error", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("canary", "canary/regressed", false),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern, text), wanted, "{pattern} {text}");
        }
        // Many stars against a long text that almost fits take no time.
        assert!(!matches(&"a*".repeat(60), &format!("{}b", "a".repeat(50))));
    }

    #[test]
    fn the_nearest_playbook_of_the_first_file_counts() {
        let own = file(&[("\"canary/*\"", "own")]);
        let shipped = file(&[("\"*\"", "any"), ("\"canary/*\", \"logs/*\"", "subject"), ("canary/regressed, logs/new", "exact")]);
        let title = |id: &str, files: &[&Playbooks]| playbook_of(id, files).map(|playbook| playbook.title.clone());
        let said = |text: &str| Some(text.to_owned());
        assert_eq!(title("canary/regressed", &[&own, &shipped]), said("own"));
        assert_eq!(title("canary/regressed", &[&shipped]), said("exact"));
        assert_eq!(title("logs/other", &[&own, &shipped]), said("subject"));
        assert_eq!(title("slo/page", &[&own, &shipped]), said("any"));
        assert_eq!(title("slo/page", &[&own]), None);
        let equal = file(&[("\"a/*\"", "first"), ("\"*/b\"", "second")]);
        assert_eq!(title("a/b", &[&equal]), said("first"));
    }
}
