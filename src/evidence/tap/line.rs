//! What one line of TAP says.

/// A line without the blanks before it.
#[derive(Debug, PartialEq)]
pub(super) enum Line<'l> {
    Version,
    Plan(u64),
    Point(Point),
    Bail(&'l str),
    /// The name of the point around those that follow.
    Subtest(&'l str),
    Comment(&'l str),
}

/// `ok` or `not ok`, and what follows it.
#[derive(Debug, PartialEq, Default)]
pub(super) struct Point {
    pub(super) ok: bool,
    pub(super) number: Option<u64>,
    /// Empty where the point has none.
    pub(super) name: String,
    pub(super) skip: bool,
    pub(super) todo: bool,
    pub(super) seconds: Option<f64>,
}

/// Reads a line; `None` for one that is of no meaning.
pub(super) fn read(line: &str) -> Option<Line<'_>> {
    if let Some(comment) = line.strip_prefix('#') {
        let comment = comment.trim();
        return Some(comment.strip_prefix("Subtest:").map_or(Line::Comment(comment), |name| Line::Subtest(name.trim())));
    }
    if line.starts_with("TAP version ") {
        return Some(Line::Version);
    }
    if let Some(reason) = line.strip_prefix("Bail out!") {
        return Some(Line::Bail(reason.trim()));
    }
    if let Some(plan) = line.strip_prefix("1..") {
        let (count, rest) = plan.split_at(plan.bytes().take_while(u8::is_ascii_digit).count());
        let rest = rest.trim_start();
        return (rest.is_empty() || rest.starts_with('#')).then(|| count.parse().ok().map(Line::Plan))?;
    }
    let (ok, rest) = match line.strip_prefix("not ok") {
        Some(rest) => (false, rest),
        None => (true, line.strip_prefix("ok")?),
    };
    (rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_whitespace())).then(|| Line::Point(point(ok, rest.trim_start())))
}

fn point(ok: bool, rest: &str) -> Point {
    let mut point = Point { ok, ..Point::default() };
    let (digits, behind) = rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
    let mut rest = rest;
    if behind.is_empty() || behind.starts_with(|c: char| c.is_ascii_whitespace()) {
        point.number = digits.parse().ok();
        rest = if digits.is_empty() { rest } else { behind.trim_start() };
    }
    let rest = rest.strip_prefix("- ").or(rest.strip_prefix('-').filter(|rest| rest.is_empty())).unwrap_or(rest);
    let end = marks(rest).find(|at| point.takes(rest[at + 1..].trim())).unwrap_or(rest.len());
    let name = rest[..end].trim();
    point.name = if name.contains('\\') { name.replace("\\#", "#").replace("\\\\", "\\") } else { name.to_owned() };
    point
}

/// Where a `#` stands that may start a directive: at the beginning or behind a blank.
fn marks(text: &str) -> impl Iterator<Item = usize> + '_ {
    let free = |at: &usize| *at == 0 || text.as_bytes()[at - 1].is_ascii_whitespace();
    text.match_indices('#').map(|(at, _)| at).filter(free)
}

impl Point {
    /// Takes a directive over; whether it is one.
    fn takes(&mut self, text: &str) -> bool {
        let starts = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        if starts("skip") {
            self.skip = true;
        } else if starts("todo") {
            self.todo = true;
        } else if let Some(time) = text.strip_prefix("time=").or_else(|| text.strip_prefix("in ")) {
            self.seconds = duration(time);
            return self.seconds.is_some();
        } else {
            return false;
        }
        true
    }
}

/// `12.5ms`, `3 s`.
fn duration(text: &str) -> Option<f64> {
    let (number, unit) = text.split_at(text.find(|c: char| c != '.' && !c.is_ascii_digit())?);
    let factor = match unit.trim() {
        "ms" => 0.001,
        "s" | "sec" => 1.0,
        "m" => 60.0,
        _ => return None,
    };
    number.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number * factor)
}

#[cfg(test)]
mod unit {
    use super::*;

    fn of(line: &str) -> Point {
        match read(line) {
            Some(Line::Point(point)) => point,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn a_point_has_a_number_a_name_and_directives_and_may_lack_each() {
        let named = |line: &str| (of(line).ok, of(line).number, of(line).name);
        assert_eq!(named("ok"), (true, None, String::new()));
        assert_eq!(named("not ok 12 - a - b"), (false, Some(12), "a - b".to_owned()));
        assert_eq!(named("ok - a"), (true, None, "a".to_owned()));
        assert_eq!(named("ok 3 2nd try"), (true, Some(3), "2nd try".to_owned()));
        assert_eq!(named("ok 2nd try"), (true, None, "2nd try".to_owned()));
        assert_eq!(named("ok 1 - issue \\#12 and #13 c\\\\d"), (true, Some(1), "issue #12 and #13 c\\d".to_owned()));
        assert_eq!(named("ok 1 - colour #todo-list # SKIP x"), (true, Some(1), "colour".to_owned()));
    }

    #[test]
    fn directives_are_told_in_any_case() {
        assert!(of("ok 1 # SKIP no network").skip && of("ok 1 - a # skipped").skip);
        assert!(of("not ok 1 - a # todo later").todo);
        assert!(!of("not ok 1 - issue#todo").todo && !of("not ok 1 - a \\# TODO").todo);
        assert_eq!((of("ok 1 - a # time=12.5ms").seconds, of("ok 1 - a # in 3 s").name), (Some(0.0125), "a".to_owned()));
        assert_eq!((of("ok 1 - a # in time").name, of("ok 1 - a # in 3 years").seconds), ("a # in time".to_owned(), None));
    }

    #[test]
    fn other_lines_are_told_apart() {
        assert_eq!(read("1..12"), Some(Line::Plan(12)));
        assert_eq!(read("1..0 # SKIP all"), Some(Line::Plan(0)));
        assert_eq!(read("TAP version 14"), Some(Line::Version));
        assert_eq!(read("Bail out! no database"), Some(Line::Bail("no database")));
        assert_eq!(read("# Subtest: a"), Some(Line::Subtest("a")));
        assert_eq!(read("# pass 3"), Some(Line::Comment("pass 3")));
        for other in ["", "okay", "not okay", "1..", "1..x", "2..3", "1..3 b", "pragma +strict", "1..99999999999999999999"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
