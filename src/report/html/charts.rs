//! The metrics of the gray version beside the baseline: all at one glance, then each with its course.

use std::fmt::Write as _;

use super::{plot, section, text};
use crate::decide::Chart;
use crate::facts::Zone;

/// Rows of the overview.
const MOST_ROWS: usize = 500;
/// Metrics whose course is drawn.
const MOST_DRAWN: usize = 100;

/// The worst zone first, otherwise in the record's order. Several metrics get an overview on one axis.
pub(super) fn of(charts: &[Chart]) -> String {
    let mut sorted: Vec<&Chart> = charts.iter().collect();
    sorted.sort_by_key(|chart| rank(chart.zone));
    let mut body = String::new();
    if sorted.len() > 1 {
        body.push_str(&overview(&sorted));
    }
    for (index, chart) in sorted.iter().take(MOST_DRAWN).enumerate() {
        body.push_str(&figure(chart, index + 1));
    }
    if let left @ 1.. = sorted.len().saturating_sub(MOST_DRAWN) {
        let _ = writeln!(body, "<p class=\"left\">The course of {left} more is not drawn: see the decision record.</p>");
    }
    section("charts", "Gray version against baseline", &body)
}

fn rank(zone: Zone) -> u8 {
    match zone {
        Zone::Regressed => 0,
        Zone::NoData => 1,
        Zone::Undecided => 2,
        Zone::Equivalent => 3,
    }
}

/// A forest plot: each metric's change on one axis.
fn overview(charts: &[&Chart]) -> String {
    let Some(axis) = plot::Axis::of(charts.iter().copied()) else { return String::new() };
    let mut out = format!(
        "<div class=\"wide\"><table class=\"forest\">\n<thead><tr><th scope=\"col\">metric</th>\
         <th scope=\"col\">{}</th></tr></thead>\n<tbody>\n",
        axis.head()
    );
    for (index, chart) in charts.iter().take(MOST_ROWS).enumerate() {
        let name = text(&chart.title);
        let name = if index < MOST_DRAWN { format!("<a href=\"#chart-{}\">{name}</a>", index + 1) } else { name };
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{name}<br/>{}, <span class=\"quiet\">{}</span></th><td>{}</td></tr>",
            zone(chart.zone),
            chart.effect.filter(|effect| effect.is_finite()).map_or_else(|| "change not known".to_owned(), plot::percent),
            axis.row(chart),
        );
    }
    out.push_str("</tbody>\n</table></div>\n");
    if let left @ 1.. = charts.len().saturating_sub(MOST_ROWS) {
        let _ = writeln!(out, "<p class=\"left\">… and {left} more</p>");
    }
    out.push_str(
        "<p class=\"quiet\">The band is the change that is accepted, the line in it no change. A square is regressed, a disc \
         equivalent, a ring not decided; an arrow goes on beyond the axis.</p>\n",
    );
    out
}

/// One metric: zone and reason, its course, and its change.
fn figure(chart: &Chart, number: usize) -> String {
    let course = plot::series(chart, number);
    let course = if course.is_empty() { "<p class=\"nothing\">Neither side has a value.</p>\n".to_owned() } else { course };
    let effect = plot::Axis::of([chart]).map(|axis| axis.alone(chart, number)).unwrap_or_default();
    format!(
        "<figure id=\"chart-{number}\">\n<figcaption><h3>{} {}</h3>\n<p class=\"said\">{}</p></figcaption>\n\
         <div class=\"plots\">\n{course}{effect}</div>\n<p class=\"quiet\">{} (the band). \
         A value {every} \
         from <time datetime=\"{start}\">{start}</time> on; times are in UTC.</p>\n</figure>\n",
        text(&chart.title),
        zone(chart.zone),
        text(&chart.reason),
        plot::change(chart),
        start = chart.start,
        every = plot::every(chart.step_seconds),
    )
}

/// The zone as a sign and a word.
fn zone(zone: Zone) -> String {
    format!("<span class=\"zone {}\">{} {}</span>", plot::class(zone), plot::mark(zone), plot::word(zone))
}
