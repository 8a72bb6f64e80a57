//! Two series over time.

use std::fmt::Write as _;

use super::scale::{Scale, times};
use super::xy;
use crate::decide::Chart;
use crate::report::escape::{terminal, xml_text};

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 233.0;
const TOP: f64 = 34.0;
const RIGHT: f64 = 14.0;
const BOTTOM: f64 = 31.0;
/// Of one character of a label, where the page is narrow and letters are larger.
const LETTER: f64 = 8.8;
/// With more values than this, marks would touch; what stands alone between gaps keeps its own.
const MOST_MARKS: usize = 45;
/// A unit longer than this is cut.
const MOST_OF_A_UNIT: usize = 20;

/// The gray version and the baseline over time; `number` makes the ids of the picture unique on the page. Steps without data are
/// gaps in the lines. Empty when neither side has a value.
pub(in crate::report::html) fn series(chart: &Chart, number: usize) -> String {
    let values = chart.gray.iter().chain(&chart.baseline).copied().flatten();
    let Some(scale) = Scale::of(values, 4) else { return String::new() };
    let steps = chart.gray.len().max(chart.baseline.len()).max(2);
    let ticks = scale.ticks();
    let widest = ticks.iter().map(|(_, label)| label.chars().count()).max().unwrap_or(0);
    let left = LETTER * small(widest) + 12.0;
    let plane = Plane { left, scale, steps };

    let dense = if steps > 2 * MOST_MARKS { " dense" } else { "" };
    let mut out = format!(
        "<svg class=\"series{dense}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"c{number}t c{number}d\">\n\
         <title id=\"c{number}t\">{}: gray version and baseline over time</title>\n<desc id=\"c{number}d\">{}</desc>\n",
        xml_text(&terminal(&chart.title)),
        describe(chart),
    );
    for (part, label) in ticks {
        let y = down(part);
        let _ = writeln!(
            out,
            "<path class=\"grid\" d=\"M{} {y}H{}\"/><text x=\"{}\" y=\"{y}\" dy=\"0.32em\" text-anchor=\"end\">{label}</text>",
            xy(left),
            xy(WIDTH - RIGHT),
            xy(left - 6.0)
        );
    }
    let step = i128::from(chart.step_seconds.max(1));
    let from = i128::from(chart.start.as_second());
    let to = i128::try_from(steps - 1).map_or(i128::MAX, |steps| step.saturating_mul(steps)).saturating_add(from);
    for (part, label) in times(from, to, 6) {
        let x = plane.across(part);
        let bottom = HEIGHT - BOTTOM;
        let _ = writeln!(
            out,
            "<path class=\"tick\" d=\"M{x} {}v5\"/><text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
            xy(bottom),
            xy(bottom + 21.0)
        );
    }
    out.push_str(&legend(&unit(chart, scale)));
    out.push_str(&line("old", &chart.baseline, plane));
    out.push_str(&line("new", &chart.gray, plane));
    out.push_str("</svg>\n");
    out
}

/// Where values stand in the picture.
#[derive(Debug, Clone, Copy)]
struct Plane {
    left: f64,
    scale: Scale,
    steps: usize,
}

impl Plane {
    fn across(self, part: f64) -> String {
        xy(self.left + part * (WIDTH - RIGHT - self.left))
    }

    fn point(self, step: usize, value: f64) -> (String, String) {
        (self.across(small(step) / small(self.steps - 1)), down(self.scale.at(value)))
    }
}

fn down(part: f64) -> String {
    xy(HEIGHT - BOTTOM - part * (HEIGHT - BOTTOM - TOP))
}

/// One side: a line for each run of values, and marks where there is room for them or where a value stands alone.
fn line(class: &str, values: &[Option<f64>], plane: Plane) -> String {
    let known: Vec<Option<(String, String)>> = values
        .iter()
        .enumerate()
        .map(|(step, value)| value.filter(|value| value.is_finite()).map(|value| plane.point(step, value)))
        .collect();
    let few = known.iter().flatten().count() <= MOST_MARKS;
    let (mut path, mut marks) = (String::new(), String::new());
    for run in known.split(Option::is_none) {
        for (index, (x, y)) in run.iter().flatten().enumerate() {
            if run.len() > 1 {
                let _ = write!(path, "{}{x} {y}", if index == 0 { "M" } else { "L" });
            }
            if few || run.len() == 1 {
                // A filled disc, and a hollow square that stands on its corner.
                let _ = match class {
                    "new" => write!(marks, "<circle cx=\"{x}\" cy=\"{y}\" r=\"2.6\"/>"),
                    _ => write!(marks, "<path d=\"M{x} {y}m0-3.6l3.6 3.6l-3.6 3.6l-3.6-3.6z\"/>"),
                };
            }
        }
    }
    let mut out = String::new();
    if !path.is_empty() {
        let _ = writeln!(out, "<path class=\"line {class}\" d=\"{path}\"/>");
    }
    if !marks.is_empty() {
        let _ = writeln!(out, "<g class=\"mark {class}\">{marks}</g>");
    }
    out
}

/// What the lines are, above the plane, and the unit of the values.
fn legend(unit: &str) -> String {
    format!(
        "<text x=\"4\" y=\"14\">{unit}</text>\n\
         <path class=\"line new\" d=\"M228 10h28\"/><g class=\"mark new\"><circle cx=\"242\" cy=\"10\" r=\"2.6\"/></g>\
         <text class=\"said\" x=\"262\" y=\"14\">gray (new)</text>\n\
         <path class=\"line old\" d=\"M354 10h28\"/><g class=\"mark old\"><path d=\"M368 10m0-3.6l3.6 3.6l-3.6 3.6l-3.6-3.6z\"/></g>\
         <text class=\"said\" x=\"388\" y=\"14\">baseline (old)</text>\n"
    )
}

/// The unit with the power of ten that the labels leave out.
fn unit(chart: &Chart, scale: Scale) -> String {
    let mut parts = Vec::new();
    if scale.factor() != 0 {
        parts.push(format!("×10<tspan dy=\"-0.4em\" font-size=\"80%\">{}</tspan>", scale.factor().to_string().replace('-', "−")));
    }
    if let Some(unit) = &chart.unit {
        let line = terminal(unit);
        let cut: String = line.chars().take(MOST_OF_A_UNIT).collect();
        let dots = if cut.len() < line.len() { "…" } else { "" };
        let back = if parts.is_empty() { "" } else { " dy=\"0.32em\"" };
        parts.push(format!("<tspan{back}>{}{dots}</tspan>", xml_text(&cut)));
    }
    parts.join(" ")
}

/// The picture in words: how many values each side has, and between which they lie.
fn describe(chart: &Chart) -> String {
    let side = |name: &str, values: &[Option<f64>]| {
        let known: Vec<f64> = values.iter().copied().flatten().filter(|value| value.is_finite()).collect();
        let ends = known.iter().copied().reduce(f64::min).zip(known.iter().copied().reduce(f64::max));
        let gaps = values.len() - known.len();
        ends.map_or_else(
            || format!("{name}: no values"),
            |(low, high)| format!("{name}: {} values from {} to {}, {gaps} gaps", known.len(), plain(low), plain(high)),
        )
    };
    format!(
        "{}. {}. A value {} from {} on.",
        side("Gray", &chart.gray),
        side("Baseline", &chart.baseline),
        super::every(chart.step_seconds),
        chart.start
    )
}

/// A number with at most four digits, or with an exponent where that would be long.
fn plain(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e6).contains(&size) {
        return format!("{value:.3e}");
    }
    let decimals = if size >= 1_000.0 {
        0
    } else if size >= 10.0 {
        1
    } else {
        4
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A count that is small enough for every digit of it to survive: that of points in a picture or letters in a label.
fn small(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn drawn(gray: &[Option<f64>]) -> String {
        let chart = Chart { gray: gray.to_vec(), baseline: vec![], ..sample::charts(1).remove(0) };
        series(&chart, 1)
    }

    /// The line of the gray version, without the legend's.
    fn path(svg: &str) -> &str {
        let lines: Vec<&str> = svg.split("class=\"line new\" d=\"").skip(2).collect();
        lines.first().map_or("", |rest| rest.split('"').next().unwrap())
    }

    #[test]
    fn a_gap_in_the_data_is_a_gap_in_the_line() {
        let whole = drawn(&[Some(1.0), Some(2.0), Some(3.0), Some(2.0)]);
        assert_eq!((path(&whole).matches('M').count(), path(&whole).matches('L').count()), (1, 3));
        let broken = drawn(&[Some(1.0), Some(2.0), None, Some(3.0), Some(2.0)]);
        assert_eq!((path(&broken).matches('M').count(), path(&broken).matches('L').count()), (2, 2));
        let odd = drawn(&[Some(1.0), Some(2.0), Some(f64::NAN), Some(3.0), Some(f64::INFINITY)]);
        assert_eq!((path(&odd).matches('M').count(), path(&odd).matches('L').count()), (1, 1));
    }

    #[test]
    fn a_value_alone_between_gaps_is_seen_however_many_there_are() {
        let alone: Vec<Option<f64>> = (0..200_i32).map(|n| (n % 2 == 0).then(|| f64::from(n))).collect();
        let svg = drawn(&alone);
        assert_eq!((path(&svg), svg.matches("<circle").count()), ("", 101));
        let dense: Vec<Option<f64>> = (0..200_i32).map(|n| Some(f64::from(n))).collect();
        assert_eq!(drawn(&dense).matches("<circle").count(), 1);
    }

    #[test]
    fn without_a_value_there_is_no_picture() {
        assert_eq!(drawn(&[]), "");
        assert_eq!(drawn(&[None, Some(f64::NAN)]), "");
    }

    #[test]
    fn the_greatest_value_stands_at_the_top_and_the_last_at_the_right() {
        let svg = drawn(&[Some(0.0), Some(4.0)]);
        assert!(path(&svg).starts_with("M20.8 202.0L506.0 34.0"), "{svg}");
    }

    #[test]
    fn numbers_in_words_are_short() {
        for (number, text) in
            [(0.0, "0"), (1234.56, "1235"), (12.34, "12.3"), (0.0625, "0.0625"), (1.2e-7, "1.200e-7"), (-3e9, "-3.000e9")]
        {
            assert_eq!(plain(number), text);
        }
    }
}
