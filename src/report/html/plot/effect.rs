//! How much worse the gray version is: a point with its interval on an axis of relative change, as in a forest plot.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::scale::Scale;
use super::{class, xy};
use crate::decide::Chart;
use crate::facts::{Worse, Zone};
use crate::report::escape::{terminal, xml_text};

const WIDTH: f64 = 300.0;
/// Room beside the axis for half a label, and for the arrow of an interval that goes on.
const SIDE: f64 = 26.0;
const ROW: f64 = 26.0;
const FEET: f64 = 24.0;
/// Three times as much: what lies further away is an arrow, so that one metric does not push all others onto the zero line.
const FARTHEST: f64 = 3.0;

/// The axis that the effects of one or several metrics share, in percent.
#[derive(Debug, Clone, Copy)]
pub(in crate::report::html) struct Axis(Scale);

impl Axis {
    /// An axis that shows zero, the margins, and what of the effects and intervals is not too far away.
    pub(in crate::report::html) fn of<'a>(charts: impl IntoIterator<Item = &'a Chart>) -> Option<Axis> {
        let mut values = vec![0.0];
        for chart in charts {
            let ends = chart.interval.into_iter().flatten().flatten();
            let near = chart.effect.into_iter().chain(ends).map(|value| value.clamp(-FARTHEST, FARTHEST));
            let margin = finite(chart.margin).unwrap_or(0.0).abs().min(FARTHEST) * 1.5;
            values.extend(near.chain([-margin, margin]));
        }
        Scale::of(values.into_iter().map(|value| 100.0 * value), 4).map(Axis)
    }

    fn x(self, change: f64) -> f64 {
        SIDE + self.0.at(100.0 * change) * (WIDTH - 2.0 * SIDE)
    }

    /// Whether a change lies before, on or behind the axis.
    fn side(self, change: f64) -> Ordering {
        let (low, high) = self.0.ends();
        match 100.0 * change {
            percent if percent < low => Ordering::Less,
            percent if percent > high => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }

    /// The labels of the axis, for the head of a column of [`Axis::row`]s.
    pub(in crate::report::html) fn head(self) -> String {
        format!(
            "<svg class=\"effect\" viewBox=\"0 0 {WIDTH} {FEET}\" role=\"img\" aria-label=\"change against the baseline, in percent\">\
             {}</svg>",
            self.labels(16.0)
        )
    }

    /// One metric as a row below a [`Axis::head`].
    pub(in crate::report::html) fn row(self, chart: &Chart) -> String {
        format!(
            "<svg class=\"effect\" viewBox=\"0 0 {WIDTH} {ROW}\" role=\"img\" aria-label=\"{}\">{}</svg>",
            change(chart),
            self.bar(chart, 0.0, ROW)
        )
    }

    /// One metric as a picture of its own, beside its course; `number` makes its ids unique on the page.
    pub(in crate::report::html) fn alone(self, chart: &Chart, number: usize) -> String {
        let (top, bar) = (34.0, 46.0);
        format!(
            "<svg class=\"effect\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-labelledby=\"e{number}t e{number}d\">\n\
             <title id=\"e{number}t\">{}: change against the baseline</title>\n<desc id=\"e{number}d\">{}</desc>\n\
             <text class=\"said\" x=\"{}\" y=\"14\" text-anchor=\"middle\">change against the baseline</text>\n{}{}</svg>\n",
            top + bar + FEET,
            xml_text(&terminal(&chart.title)),
            change(chart),
            xy(WIDTH / 2.0),
            self.bar(chart, top, bar),
            self.labels(top + bar + 16.0),
        )
    }

    fn labels(self, y: f64) -> String {
        let mut out = String::new();
        for (part, label) in self.0.ticks() {
            let sign = if label.starts_with('−') || label.chars().all(|c| matches!(c, '0' | '.')) { "" } else { "+" };
            let x = xy(SIDE + part * (WIDTH - 2.0 * SIDE));
            let _ = write!(out, "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{sign}{label}%</text>", xy(y));
        }
        out
    }

    /// What is accepted as a band, the zero line, the interval and the effect.
    fn bar(self, chart: &Chart, top: f64, height: f64) -> String {
        let (left, right) = (SIDE / 2.0, WIDTH - SIDE / 2.0);
        let margin = finite(chart.margin).unwrap_or(0.0).abs();
        let (from, to) = match chart.worse {
            Worse::Up => (left, self.x(margin)),
            Worse::Down => (self.x(-margin), right),
            Worse::Either => (self.x(-margin), self.x(margin)),
        };
        let (y, middle) = (xy(top), top + height / 2.0);
        let mut out = format!(
            "<rect class=\"accepted\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{}\"/><path class=\"zero\" d=\"M{} {y}v{}\"/>",
            xy(from),
            xy(to - from),
            xy(height),
            xy(self.x(0.0)),
            xy(height)
        );
        let _ = write!(out, "<g class=\"{}\">", class(chart.zone));
        if let Some(ends) = chart.interval {
            let [low, high] = ends.map(|end| end.and_then(finite));
            out.push_str(&self.interval(low, high, middle));
        }
        if let Some(effect) = chart.effect.and_then(finite) {
            out.push_str(&match self.side(effect) {
                Ordering::Equal => point(chart.zone, self.x(effect), middle),
                Ordering::Less => end_mark(left, middle, Ordering::Less),
                Ordering::Greater => end_mark(right, middle, Ordering::Greater),
            });
        }
        out.push_str("</g>");
        out
    }

    /// A line from the lower to the upper end. An end that is open or beyond the axis is an arrow; where the whole interval is beyond
    /// it, there is nothing but the arrow.
    fn interval(self, low: Option<f64>, high: Option<f64>, y: f64) -> String {
        let (left, right) = (SIDE / 2.0, WIDTH - SIDE / 2.0);
        let first = low.map_or(Ordering::Less, |low| self.side(low));
        let last = high.map_or(Ordering::Greater, |high| self.side(high));
        if first == Ordering::Greater {
            return end_mark(right, y, first);
        }
        if last == Ordering::Less {
            return end_mark(left, y, last);
        }
        let start = low.filter(|_| first == Ordering::Equal).map_or(left, |low| self.x(low));
        let end = high.filter(|_| last == Ordering::Equal).map_or(right, |high| self.x(high));
        let line = format!("<path class=\"interval\" d=\"M{} {}H{}\"/>", xy(start), xy(y), xy(end));
        line + &end_mark(start, y, first) + &end_mark(end, y, last)
    }
}

/// A stroke where an interval ends on the axis, an arrow where it goes on before or behind it.
fn end_mark(x: f64, y: f64, side: Ordering) -> String {
    let back = match side {
        Ordering::Equal => return format!("<path class=\"interval\" d=\"M{} {}v10\"/>", xy(x), xy(y - 5.0)),
        Ordering::Less => xy(x + 6.0),
        Ordering::Greater => xy(x - 6.0),
    };
    format!("<path class=\"interval\" d=\"M{back} {}L{} {}L{back} {}\"/>", xy(y - 5.0), xy(x), xy(y), xy(y + 5.0))
}

/// The effect, in a shape that tells the zone: a square for regressed, a disc for equivalent, a hollow disc for the others.
fn point(zone: Zone, x: f64, y: f64) -> String {
    match zone {
        Zone::Regressed => {
            format!("<rect class=\"point\" x=\"{}\" y=\"{}\" width=\"11\" height=\"11\"/>", xy(x - 5.5), xy(y - 5.5))
        }
        Zone::Equivalent => format!("<circle class=\"point\" cx=\"{}\" cy=\"{}\" r=\"5.5\"/>", xy(x), xy(y)),
        Zone::Undecided | Zone::NoData => format!("<circle class=\"point hollow\" cx=\"{}\" cy=\"{}\" r=\"5\"/>", xy(x), xy(y)),
    }
}

/// The effect, its interval and what is accepted, in words: `+210 % (+85 % to +400 %), accepted up to +10 %`.
pub(in crate::report::html) fn change(chart: &Chart) -> String {
    let mut out = chart.effect.and_then(finite).map_or_else(|| "change not known".to_owned(), percent);
    if let Some([low, high]) = chart.interval {
        let _ = match (low.and_then(finite), high.and_then(finite)) {
            (Some(low), Some(high)) => write!(out, " ({} to {})", percent(low), percent(high)),
            (Some(low), None) => write!(out, " ({} or more)", percent(low)),
            (None, Some(high)) => write!(out, " ({} or less)", percent(high)),
            (None, None) => write!(out, " (not bounded yet)"),
        };
    }
    let margin = finite(chart.margin).unwrap_or(0.0).abs();
    let _ = match chart.worse {
        Worse::Up => write!(out, ", accepted up to {}", percent(margin)),
        Worse::Down => write!(out, ", accepted down to {}", percent(-margin)),
        Worse::Either => write!(out, ", accepted from {} to {}", percent(-margin), percent(margin)),
    };
    out
}

/// A relative change in percent with its sign and about three digits.
pub(in crate::report::html) fn percent(change: f64) -> String {
    let percent = (100.0 * change).clamp(f64::MIN, f64::MAX);
    let size = percent.abs();
    let text = if size >= 1e6 {
        format!("{size:.1e}")
    } else if size >= 99.95 {
        format!("{size:.0}")
    } else if size >= 0.995 {
        format!("{size:.1}")
    } else {
        format!("{size:.2}")
    };
    let text = if text.contains('.') && !text.contains('e') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let sign = match percent {
        _ if text == "0" => "",
        p if p < 0.0 => "−",
        _ => "+",
    };
    // A number and its sign do not part at the end of a line.
    format!("{sign}{text}\u{a0}%")
}

fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn chart(effect: f64, interval: [Option<f64>; 2]) -> Chart {
        Chart { effect: Some(effect), interval: Some(interval), ..sample::charts(1).remove(0) }
    }

    #[test]
    fn changes_are_said_in_percent_with_few_digits() {
        for (change, text) in [
            (0.0, "0\u{a0}%"),
            (0.25, "+25\u{a0}%"),
            (-0.0123, "−1.2\u{a0}%"),
            (0.00456, "+0.46\u{a0}%"),
            (-0.000_001, "0\u{a0}%"),
            (2.104, "+210\u{a0}%"),
            (0.9999, "+100\u{a0}%"),
            (1e9, "+1.0e11\u{a0}%"),
            (f64::MIN, "−1.8e308\u{a0}%"),
        ] {
            assert_eq!(percent(change), text);
        }
    }

    #[test]
    fn an_interval_is_said_with_its_open_ends() {
        assert_eq!(
            change(&chart(2.1, [Some(0.85), Some(4.0)])),
            "+210\u{a0}% (+85\u{a0}% to +400\u{a0}%), accepted up to +10\u{a0}%"
        );
        assert_eq!(change(&chart(2.1, [Some(0.85), None])), "+210\u{a0}% (+85\u{a0}% or more), accepted up to +10\u{a0}%");
        let open = Chart { worse: Worse::Either, effect: None, ..chart(0.0, [None, None]) };
        assert_eq!(change(&open), "change not known (not bounded yet), accepted from −10\u{a0}% to +10\u{a0}%");
        assert_eq!(
            change(&Chart { worse: Worse::Down, interval: None, ..open }),
            "change not known, accepted down to −10\u{a0}%"
        );
    }

    #[test]
    fn zero_and_the_margin_are_always_on_the_axis_and_one_giant_does_not_hide_the_others() {
        let small = chart(0.02, [Some(-0.03), Some(0.07)]);
        let giant = chart(900.0, [Some(200.0), Some(4_000.0)]);
        for charts in [vec![&small], vec![&giant], vec![&small, &giant]] {
            let (low, high) = Axis::of(charts.iter().copied()).unwrap().0.ends();
            assert!(low <= -10.0 && (10.0..=400.0).contains(&high), "{low} to {high}");
        }
        // The ends of the small one are strokes around a point; of the giant there are only arrows.
        let axis = Axis::of([&small, &giant]).unwrap();
        let drawn = |chart| (axis.row(chart).matches("v10").count(), axis.row(chart).matches("\"point").count());
        assert_eq!((drawn(&small), drawn(&giant)), ((2, 1), (0, 0)));
        let turned = chart(-900.0, [Some(-4_000.0), Some(-200.0)]);
        assert_eq!((drawn(&turned), axis.row(&turned).matches("\"interval").count()), ((0, 0), 2));
    }

    #[test]
    fn what_is_no_number_is_not_drawn() {
        let odd = Chart { margin: f64::NAN, ..chart(f64::NAN, [Some(f64::NAN), Some(f64::INFINITY)]) };
        let svg = Axis::of([&odd]).unwrap().alone(&odd, 1);
        assert!(!svg.contains("NaN") && !svg.contains("inf") && !svg.contains("\"point"), "{svg}");
    }
}
