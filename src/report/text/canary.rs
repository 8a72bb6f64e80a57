//! The judgement of samples alone, for a person at a terminal.

use super::line::{Line, Paragraph, Tone, paragraph};
use crate::facts::{Canary, CanaryMetric, Evidence, Zone};
use crate::report::Options;
use crate::report::escape::{log_text, terminal};

const INDENT: usize = 12;

/// The metrics, each with its zone, the reason, the figures and what is still needed.
pub(in crate::report) fn render(canary: &Evidence<Canary>, options: &Options) -> String {
    let lines = if let Some(facts) = canary.facts() {
        known(facts, options)
    } else {
        let reason = canary.reason().unwrap_or("nothing is known");
        sentence(0, Tone::Plain, &format!("The samples are {}: {reason}", canary.status().word()), options)
    };
    let mut out = String::new();
    for line in &lines {
        line.write(options.color, &mut out);
    }
    log_text(out.trim_end_matches('\n')).into_owned()
}

fn known(facts: &Canary, options: &Options) -> Vec<Line> {
    let subject = [facts.service.clone(), facts.version.clone(), facts.batch.map(|batch| format!("batch {batch}"))];
    let subject: Vec<String> = subject.into_iter().flatten().collect();
    let subject = if subject.is_empty() { String::new() } else { format!("{}: ", subject.join(", ")) };
    let heading = format!("{subject}{} to {}, judge {}", facts.start, facts.end, facts.judge.word());
    let mut lines = sentence(0, Tone::Strong, &heading, options);
    for metric in &facts.metrics {
        lines.push(Line::new());
        lines.extend(one(metric, options));
    }
    lines.push(Line::new());
    for degraded in &facts.degraded {
        lines.extend(sentence(0, Tone::Wait, &format!("Degraded: {degraded}"), options));
    }
    let of = |zone: Zone| facts.metrics.iter().filter(|metric| metric.zone == zone).count();
    let counted: Vec<String> = [Zone::Regressed, Zone::NoData, Zone::Undecided, Zone::Equivalent]
        .into_iter()
        .filter(|zone| of(*zone) > 0)
        .map(|zone| format!("{} {}", of(zone), spoken(zone)))
        .collect();
    let metrics = if facts.metrics.len() == 1 { "metric" } else { "metrics" };
    lines.extend(sentence(0, Tone::Plain, &format!("{} {metrics}: {}", facts.metrics.len(), counted.join(", ")), options));
    lines
}

fn one(metric: &CanaryMetric, options: &Options) -> Vec<Line> {
    let mut name = metric.name.clone();
    for more in [&metric.api, &metric.segment, &metric.channel].into_iter().flatten() {
        name = format!("{name} ({more})");
    }
    if metric.critical {
        name.push_str(", critical");
    }
    let tone = match metric.zone {
        Zone::Regressed => Tone::Stop,
        Zone::Undecided | Zone::NoData => Tone::Wait,
        Zone::Equivalent => Tone::Good,
    };
    let lead = format!("{:<INDENT$}", spoken(metric.zone).to_uppercase());
    let shape = Paragraph { indent: 0, lead: &lead, lead_tone: tone, tone: Tone::Strong, columns: options.width, most: 4 };
    let mut lines = paragraph(shape, &terminal(&name));
    lines.extend(sentence(INDENT, Tone::Plain, &metric.reason, options));
    if metric.zone != Zone::NoData {
        lines.extend(sentence(INDENT, Tone::Quiet, &figures(metric), options));
    }
    lines
}

fn sentence(indent: usize, tone: Tone, text: &str, options: &Options) -> Vec<Line> {
    let shape = Paragraph { indent, lead: "", lead_tone: Tone::Plain, tone, columns: options.width, most: 8 };
    paragraph(shape, &terminal(text))
}
fn spoken(zone: Zone) -> &'static str {
    match zone {
        Zone::NoData => "no data",
        other => other.word(),
    }
}

/// Change, interval, what is accepted, and the evidence.
fn figures(metric: &CanaryMetric) -> String {
    let mut parts = Vec::new();
    match (metric.effect, metric.interval) {
        (Some(effect), Some([low, high])) => {
            let low = low.map_or_else(|| "no lower bound".to_owned(), percent);
            let high = high.map_or_else(|| "no upper bound".to_owned(), percent);
            parts.push(format!("change {} ({low} to {high})", percent(effect)));
        }
        (Some(effect), None) => parts.push(format!("change {}", percent(effect))),
        (None, _) => {}
    }
    parts.push(format!("accepted {}", percent(metric.margin)));
    if let Some(e) = metric.e_value {
        parts.push(format!("e-value {}", short(e)));
    } else if let Some(p) = metric.p_value {
        parts.push(format!("p-value {}", short(p)));
    }
    parts.join(", ")
}

fn percent(share: f64) -> String {
    format!("{}{} %", if share < 0.0 { "-" } else { "+" }, short(share.abs() * 100.0))
}

/// Three digits are enough for a person.
fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        small if small < 0.001 => format!("{value:.1e}"),
        large if large >= 1e6 => format!("{value:.1e}"),
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        middle if middle >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
