//! What a finding's playbook says, as lines with what each is about.

use crate::facts::Playbook;

/// Steps of the check that a short report names.
const FIRST: usize = 2;

/// The title and the first checks, for a report that has a line for it.
pub(super) fn short(playbook: &Playbook) -> String {
    let checks: Vec<&str> = playbook.check.iter().take(FIRST).map(|check| check.trim_end_matches('.')).collect();
    let more = match playbook.check.len().saturating_sub(FIRST) {
        0 => String::new(),
        more => format!("; {more} more"),
    };
    format!("{}: {}{more}", playbook.title, checks.join("; "))
}

/// All of it in the order in which it is done, without the title; what the playbook does not say is left out.
pub(super) fn lines(playbook: &Playbook) -> Vec<(&'static str, String)> {
    let each = |what: &'static str, items: &[String]| items.iter().map(|item| (what, item.clone())).collect::<Vec<_>>();
    let mut lines = each("check", &playbook.check);
    lines.extend(each("save first", &playbook.save));
    lines.extend(playbook.recovery.iter().map(|recovery| ("recovery", recovery.clone())));
    if !playbook.approvers.is_empty() {
        lines.push(("must agree", playbook.approvers.join(", ")));
    }
    lines.extend(playbook.url.iter().map(|url| ("in full", url.clone())));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Format, Options, render, sample};

    #[test]
    fn a_short_report_names_the_title_and_the_first_checks_and_a_long_one_all_of_it() {
        let decision = sample::rollback();
        let playbook = decision.findings[0].playbook.as_ref().unwrap();
        assert_eq!(
            short(playbook),
            "The new version is worse than the one beside it: Which API or region is worse; What the batch changed there; 1 more"
        );
        let said = lines(playbook);
        assert_eq!(said.iter().filter(|(what, _)| *what == "check").count(), 3);
        assert!(said.contains(&("must agree", "the owner on call, the incident's lead".into())));
        for (format, verbose) in [(Format::Text, true), (Format::Markdown, false), (Format::Html, false), (Format::Json, false)] {
            let options = Options { verbose, width: 200, ..Options::default() };
            let text = render(format, &decision, &options).unwrap();
            for (_, line) in &said {
                let parts: Vec<&str> = line.split(", ").collect();
                let line = line.replace('\'', "&#39;");
                assert!(text.contains(&line) || parts.iter().all(|part| text.contains(part)), "{format}: {line}: {text}");
            }
        }
    }

    #[test]
    fn a_playbook_that_says_little_has_few_lines() {
        let playbook = Playbook {
            title: "Look".into(),
            check: vec!["at it.".into()],
            recovery: None,
            approvers: vec![],
            save: vec![],
            url: None,
        };
        assert_eq!(short(&playbook), "Look: at it");
        assert_eq!(lines(&playbook), [("check", "at it.".to_owned())]);
    }
}
