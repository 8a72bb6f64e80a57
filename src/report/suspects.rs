//! The suspects of an alert for people.

use std::fmt::Write as _;

use super::escape::terminal;
use crate::analyze::suspects::{Alert, Ranking, Suspect};

/// Reasons that change nothing are left out, except the first.
const MOST_REASONS: usize = 7;

/// The rankings, the earliest alert first, and how much was read for them; what others wrote is made harmless.
#[must_use]
pub fn text(rankings: &[Ranking], not_ranked: u64, entries_read: u64) -> String {
    let mut out = String::new();
    for ranking in rankings {
        one(ranking, &mut out);
        out.push('\n');
    }
    if not_ranked > 0 {
        let _ = writeln!(out, "{not_ranked} more alerts of other services or places were not ranked: give those of one service");
    }
    let _ = writeln!(out, "{entries_read} entries of the ledger were read");
    out
}

fn one(ranking: &Ranking, out: &mut String) {
    let _ = writeln!(out, "{} at {}", terminal(&about(&ranking.alert)), ranking.alert.at);
    if let Some(none) = &ranking.none {
        let _ = writeln!(out, "  {}", terminal(none));
    }
    for (number, suspect) in (1..).zip(&ranking.suspects) {
        let (likelihood, headline) = (suspect.likelihood.word(), terminal(&headline(suspect)));
        let _ = writeln!(out, "{number:>3}. {likelihood:<8} {:>3}  {headline}", suspect.score);
        let weighty =
            suspect.parts.iter().enumerate().filter(|(at, part)| *at == 0 || part.points != 0 || suspect.parts.len() <= 3);
        for (_, part) in weighty.take(MOST_REASONS) {
            let _ = writeln!(out, "       {:>+3}  {}", part.points, terminal(&part.reason));
        }
    }
    let hidden = ranking.compared - ranking.suspects.len() as u64;
    let mut counts = vec![format!("{} changes compared", ranking.compared)];
    if hidden > 0 {
        counts.push(format!("{hidden} less likely ones not shown"));
    }
    if ranking.after > 0 {
        counts.push(format!("{} began after the alert", ranking.after));
    }
    if ranking.none.is_none() {
        let _ = writeln!(out, "  {}", counts.join(", "));
    }
    for gap in &ranking.not_considered {
        let _ = writeln!(out, "  not considered: {}", terminal(gap));
    }
}

fn about(alert: &Alert) -> String {
    let name = if alert.names.is_empty() { "an alert".to_owned() } else { alert.names.join(", ") };
    let service = alert.service.as_ref().map(|service| format!("service={service}"));
    let hidden = |label: &str| label == "alertname" || alert.service.is_some() && label == "service";
    let labels = alert.labels.iter().filter(|(label, _)| !hidden(label)).map(|(label, value)| format!("{label}={value}"));
    let labels: Vec<String> = service.into_iter().chain(labels).collect();
    if labels.is_empty() { name } else { format!("{name} ({})", labels.join(", ")) }
}

/// What was changed, as a person calls it.
fn headline(suspect: &Suspect) -> String {
    let version = match (&suspect.from, &suspect.version) {
        (Some(from), Some(to)) => format!(" {from} → {to}"),
        (None, Some(version)) => format!(" {version}"),
        _ => String::new(),
    };
    let mut more: Vec<String> = suspect.kind.iter().map(|kind| kind.word().to_owned()).collect();
    more.extend(suspect.batch.map(|batch| format!("batch {batch}")));
    more.extend(suspect.region.clone());
    more.extend(suspect.author.as_ref().map(|author| format!("by {author}")));
    let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
    let first = format!("{}: {}{version}{more}", suspect.id, suspect.service);
    [Some(&first), suspect.title.as_ref(), suspect.url.as_ref()].into_iter().flatten().cloned().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::suspects::{Options, Reach, rank};
    use crate::facts::{ChangeRecord, Entry, Record, RolloutType};

    fn ranked(id: &str) -> Ranking {
        let at = "2026-01-10T12:00:00Z".parse().unwrap();
        let labels = [("region".to_owned(), id.to_owned())].into();
        let alert = Alert { names: vec!["Errors".into()], service: Some("pay".into()), at, labels, summary: None };
        let change = ChangeRecord {
            id: id.into(),
            service: "pay".into(),
            kind: RolloutType::Config,
            started_at: "2026-01-10T11:57:00Z".parse().unwrap(),
            ended_at: None,
            title: Some(id.into()),
            version: Some("7".into()),
            region: None,
            author: Some("ann".into()),
            url: None,
            touches: vec![],
            labels: [].into(),
        };
        let entry = Entry { seq: 1, at, prev: String::new(), hash: String::new(), record: Record::Change(change) };
        rank(&alert, &[entry], &Reach::around(Some("pay"), None), &Options::default())
    }

    #[test]
    fn a_ranking_reads_as_sentences() {
        let text = text(&[ranked("c-1")], 0, 7);
        for said in [
            "Errors (service=pay, region=c-1) at 2026-01-10T12:00:00Z\n",
            "  1. likely    54  c-1: pay 7 (config, by ann), c-1\n",
            "        -3  it began 3 min before the alert\n",
            "        +5  config changes cause faults fast\n",
            "  1 changes compared\n",
            "  not considered: there is no catalogue",
            "7 entries of the ledger were read\n",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }

    #[test]
    fn hostile_text_moves_nothing_on_the_terminal() {
        let text = text(&[ranked("\u{1b}[2J\u{202e}x\r\n::error::y")], 3, 1);
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text}");
        assert!(text.lines().all(|line| !line.trim_start().starts_with("::")), "{text}");
        assert!(text.contains("3 more alerts"));
    }
}
