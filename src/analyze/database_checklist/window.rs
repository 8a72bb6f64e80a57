//! Whether the window of a change is open, and whether it can open at all.

use jiff::Timestamp;

use super::{ChangeWindow, ChecklistQuestion, Contradictions, Disagreement, Told};
use crate::facts::ChecklistWindow;

/// Whether a window is open now, when it opens and when it closes; `None` for one in words.
#[must_use]
pub fn window_open(window: &ChangeWindow, now: Timestamp) -> Option<ChecklistWindow> {
    if matches!(window, ChangeWindow::Words(_)) {
        return None;
    }
    let around = window.around(now);
    if let Some((_, closes)) = around.iter().find(|(opens, closes)| *opens <= now && now < *closes) {
        return Some(ChecklistWindow { open: true, opens_at: None, closes_at: Some(*closes) });
    }
    let next = around.iter().find(|(opens, _)| *opens > now);
    Some(ChecklistWindow { open: false, opens_at: next.map(|(opens, _)| *opens), closes_at: next.map(|(_, closes)| *closes) })
}

pub(super) fn seen(told: &Told<ChangeWindow>, now: Timestamp, found: &mut Contradictions) -> Option<ChecklistWindow> {
    let window = window_open(&told.value, now);
    let (message, certain) = match &window {
        None => ("the window is in words that no clock can be compared with; write day, hours and zone".to_owned(), false),
        Some(window) if !window.open && window.opens_at.is_none() => {
            ("the window has closed, and does not open again".to_owned(), true)
        }
        Some(_) => return window,
    };
    let (declared, question) = (shown(&told.value), ChecklistQuestion::Window);
    found.add(Disagreement { question, line: told.line, message, declared, found: format!("it is {now}"), certain });
    window
}

pub(super) fn shown(window: &ChangeWindow) -> String {
    match window {
        ChangeWindow::Words(text) => text.clone(),
        ChangeWindow::Once { from, to } => format!("{from} to {to}"),
        ChangeWindow::Weekly { days, from, to, zone } => {
            let days: Vec<String> =
                days.iter().map(|day| format!("{day:?}").chars().take(3).collect::<String>().to_lowercase()).collect();
            let zone = zone.iana_name().unwrap_or("UTC");
            format!("{} {} to {} {zone}", days.join(", "), from.strftime("%H:%M"), to.strftime("%H:%M"))
        }
    }
}
