//! Which series are those of the gray version, and which those of the baseline.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::selector::{Matcher, Operator};
use crate::evidence::text::shown;

/// What the definitions leave open: the rollout and the time that they are asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The version before.
    pub from: String,
    /// The gray version.
    pub to: String,
    pub region: Option<String>,
    /// The number of the batch, from 1.
    pub batch: Option<u64>,
    pub start: Timestamp,
    pub end: Timestamp,
}

impl Moment {
    /// Whether no time has passed in it: nothing of the gray version can be known.
    #[must_use]
    pub fn is_point(&self) -> bool {
        self.start >= self.end
    }
}

/// The labels that single out a side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope(pub(super) Vec<(String, Vec<Template>)>);

impl Scope {
    /// The conditions of this scope at a moment, at least one.
    ///
    /// It is an error when the moment lacks what the scope refers to, or when a value is empty: an empty value would select the
    /// series that lack the label.
    pub fn matchers(&self, moment: &Moment) -> Result<Vec<Matcher>, String> {
        let matcher = |(label, templates): &(String, Vec<Template>)| {
            let values: Vec<String> = templates.iter().map(|template| template.filled(moment)).collect::<Result<_, _>>()?;
            if values.iter().any(String::is_empty) {
                return Err(format!("the value of the label `{label}` is empty; it would select what has no such label"));
            }
            Ok(match values.as_slice() {
                [value] => Matcher::equal(label, value),
                _ => Matcher::one_of(label, values.iter().map(String::as_str)),
            })
        };
        self.0.iter().map(matcher).collect()
    }

    /// The labels that have a single value at a moment, with these values, and whether those are all the scope's labels.
    ///
    /// Nothing where the moment lacks what the scope refers to. A label with alternatives is left out, so that the rest describes
    /// more than the scope does.
    #[must_use]
    pub fn single_values(&self, moment: &Moment) -> (BTreeMap<String, String>, bool) {
        let matchers = self.matchers(moment).unwrap_or_default();
        let single = matchers.iter().filter(|matcher| matcher.operator == Operator::Equal);
        let values: BTreeMap<_, _> = single.map(|matcher| (matcher.label.clone(), matcher.value.clone())).collect();
        let whole = values.len() == self.0.len();
        (values, whole)
    }
}

/// A text with `{to}`, `{from}`, `{region}` and `{batch}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    To,
    From,
    Region,
    Batch,
}

impl Template {
    /// Reads a text; `{{` and `}}` stand for braces.
    pub(super) fn parse(text: &str) -> Result<Template, String> {
        let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
                plain.push_str(&rest[..1]);
                rest = after;
                continue;
            }
            let name = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
            let Some((name, after)) = name else {
                return Err(format!("a brace without its other half in `{}`; write {{{{ or }}}} for one", shown(text)));
            };
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(match name {
                "to" => Piece::To,
                "from" => Piece::From,
                "region" => Piece::Region,
                "batch" => Piece::Batch,
                _ => {
                    return Err(format!(
                        "unknown placeholder `{{{}}}`; expected {{to}}, {{from}}, {{region}} or {{batch}}",
                        shown(name)
                    ));
                }
            });
            rest = after;
        }
        plain.push_str(rest);
        pieces.push(Piece::Text(plain));
        Ok(Template(pieces))
    }

    fn filled(&self, moment: &Moment) -> Result<String, String> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::To => text.push_str(&moment.to),
                Piece::From => text.push_str(&moment.from),
                Piece::Region => text.push_str(moment.region.as_deref().ok_or("`{region}` is used, but no region is known")?),
                Piece::Batch => {
                    text.push_str(
                        &moment.batch.ok_or("`{batch}` is used, but the number of the batch is not known")?.to_string(),
                    );
                }
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment() -> Moment {
        let time = Timestamp::UNIX_EPOCH;
        Moment { from: "1.0".to_owned(), to: "{from}\"".to_owned(), region: None, batch: Some(2), start: time, end: time }
    }

    fn filled(text: &str) -> Result<String, String> {
        Template::parse(text)?.filled(&moment())
    }

    #[test]
    fn placeholders_are_filled_in_once() {
        assert_eq!(filled("v{to}-{from}.{batch}"), Ok("v{from}\"-1.0.2".to_owned()));
        assert_eq!(filled("a{{to}}"), Ok("a{to}".to_owned()));
        assert_eq!(filled(""), Ok(String::new()));
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for (text, wanted) in [
            ("{version}", "unknown placeholder `{version}`"),
            ("{to", "a brace without its other half"),
            ("to}", "a brace without its other half"),
            ("{region}", "`{region}` is used, but no region is known"),
        ] {
            let error = filled(text).expect_err(text);
            assert!(error.starts_with(wanted), "{text}: {error}");
        }
    }

    #[test]
    fn one_value_is_compared_and_several_are_alternatives() {
        let template = |text| Template::parse(text).expect("a template");
        let scope = Scope(vec![
            ("version".to_owned(), vec![template("{to}")]),
            ("instance".to_owned(), vec![template("a.b:1"), template("c:2")]),
        ]);
        let texts: Vec<String> = scope.matchers(&moment()).expect("matchers").iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["version=\"{from}\\\"\"", "instance=~\"a\\\\.b:1|c:2\""]);
        let version = ("version".to_owned(), "{from}\"".to_owned());
        assert_eq!(scope.single_values(&moment()), ([version].into(), false));
        let empty = Scope(vec![("version".to_owned(), vec![template("")])]);
        assert!(empty.matchers(&moment()).is_err());
        assert_eq!(empty.single_values(&moment()), (BTreeMap::new(), false));
    }
}
