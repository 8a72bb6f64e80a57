//! The JSON of an answer, read in one pass and within limits.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Data, Labels, MAX_ALL_POINTS, MAX_POINTS, MAX_SERIES, Point, Series, shown_labels};
use crate::evidence::ReadError;
use crate::evidence::text::{beginning, shown};

/// The outermost object; keys that other servers add are stepped over.
#[derive(Deserialize)]
pub(super) struct Raw {
    pub(super) status: Option<String>,
    #[serde(rename = "errorType")]
    pub(super) error_type: Option<String>,
    pub(super) error: Option<String>,
    pub(super) warnings: Option<Vec<String>>,
    pub(super) infos: Option<Vec<String>>,
    /// VictoriaMetrics says it so.
    #[serde(rename = "isPartial")]
    pub(super) is_partial: Option<bool>,
    pub(super) data: Option<RawData>,
}

#[derive(Deserialize)]
pub(super) struct RawData {
    #[serde(rename = "resultType")]
    result_type: String,
    result: Elements,
}

/// The elements of `result`, whose kind only `resultType` tells; it may stand behind them.
struct Elements(Vec<Element>);

enum Element {
    Series(RawSeries),
    Number(f64),
    Text(String),
}

struct RawSeries {
    labels: Labels,
    points: Vec<Point>,
    histogram: bool,
}

/// Reads the bytes; the errors say what came instead of an answer.
pub(super) fn parse(bytes: &[u8]) -> Result<Raw, ReadError> {
    let start = beginning(bytes);
    if start.is_empty() {
        return Err(ReadError::whole("the answer is empty"));
    }
    if start.starts_with(b"<") {
        return Err(ReadError::whole("an HTML page instead of JSON: a proxy, a login, or an address that is not the API's"));
    }
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => ReadError::whole(format!("the answer is cut off after {} bytes", bytes.len())),
        _ => ReadError::whole(format!("not an answer of a Prometheus API: {}", shown(&error.to_string()))),
    })
}

impl RawData {
    pub(super) fn typed(self) -> Result<Data, ReadError> {
        match self.result_type.as_str() {
            "vector" => Ok(Data::Vector(self.series(1)?)),
            "matrix" => Ok(Data::Matrix(self.series(MAX_POINTS)?)),
            "scalar" => match self.result.0.as_slice() {
                [Element::Number(at), Element::Text(value)] => Ok(Data::Scalar(point(*at, value).map_err(ReadError::whole)?)),
                _ => Err(ReadError::whole("expected a scalar as a time and a value")),
            },
            "string" => match self.result.0.into_iter().nth(1) {
                Some(Element::Text(text)) => Ok(Data::Text(text)),
                _ => Err(ReadError::whole("expected a string as a time and a text")),
            },
            other => Err(ReadError::whole(format!("unknown resultType `{}`", shown(other)))),
        }
    }

    fn series(self, most_points: usize) -> Result<Vec<Series>, ReadError> {
        let mut all = Vec::with_capacity(self.result.0.len());
        for element in self.result.0 {
            let Element::Series(raw) = element else { return Err(ReadError::whole("expected a list of series")) };
            let fault = |text: &str| ReadError::whole(format!("the series {} {text}", shown_labels(&raw.labels)));
            if raw.histogram {
                return Err(fault("is a native histogram; ask for a number, for example by histogram_count()"));
            }
            if raw.points.len() > most_points {
                return Err(fault(&format!("has more than {most_points} points")));
            }
            if raw.points.windows(2).any(|pair| pair[0].at >= pair[1].at) {
                return Err(fault("has points out of order"));
            }
            all.push(Series { labels: raw.labels, points: raw.points });
        }
        all.sort_by(|a, b| a.labels.cmp(&b.labels));
        match all.windows(2).find(|pair| pair[0].labels == pair[1].labels) {
            Some(pair) => Err(ReadError::whole(format!("the series {} stands there twice", shown_labels(&pair[0].labels)))),
            None => Ok(all),
        }
    }
}

impl<'de> Deserialize<'de> for Elements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Elements;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of results")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Elements, A::Error> {
                let (mut elements, mut points) = (Vec::new(), 0);
                while let Some(element) = list.next_element()? {
                    if let Element::Series(series) = &element {
                        points += series.points.len();
                    }
                    elements.push(element);
                    if elements.len() > MAX_SERIES {
                        return Err(de::Error::custom(format!("more than {MAX_SERIES} series; aggregate or select fewer")));
                    }
                    if points > MAX_ALL_POINTS {
                        return Err(de::Error::custom(format!("more than {MAX_ALL_POINTS} points; aggregate or select fewer")));
                    }
                }
                Ok(Elements(elements))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyElement)
    }
}

struct AnyElement;

impl<'de> Visitor<'de> for AnyElement {
    type Value = Element;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a series, a time or a value")
    }

    fn visit_f64<E>(self, number: f64) -> Result<Element, E> {
        Ok(Element::Number(number))
    }

    #[expect(clippy::cast_precision_loss, reason = "times are far below 2^53")]
    fn visit_u64<E>(self, number: u64) -> Result<Element, E> {
        Ok(Element::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "times are far below 2^53")]
    fn visit_i64<E>(self, number: i64) -> Result<Element, E> {
        Ok(Element::Number(number as f64))
    }

    fn visit_str<E>(self, text: &str) -> Result<Element, E> {
        Ok(Element::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Element, A::Error> {
        let (mut labels, mut points, mut histogram) = (None, None, false);
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            match key.as_ref() {
                "metric" => labels = Some(map.next_value::<Labels>()?),
                "value" => points = Some(map.next_value::<RawPoint>()?.0.into_iter().collect()),
                "values" => points = Some(map.next_value::<RawPoints>()?.0),
                "histogram" | "histograms" => {
                    histogram = true;
                    map.next_value::<IgnoredAny>()?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let labels = labels.ok_or_else(|| de::Error::missing_field("metric"))?;
        if points.is_none() && !histogram {
            return Err(de::Error::missing_field("value"));
        }
        Ok(Element::Series(RawSeries { labels, points: points.unwrap_or_default(), histogram }))
    }
}

/// `None` when the value is NaN.
struct RawPoint(Option<Point>);

impl<'de> Deserialize<'de> for RawPoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (at, value) = <(f64, Cow<'_, str>)>::deserialize(deserializer)?;
        point(at, &value).map(RawPoint).map_err(de::Error::custom)
    }
}

/// A list of points that ends with an error where it grows beyond what any server sends.
struct RawPoints(Vec<Point>);

impl<'de> Deserialize<'de> for RawPoints {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = RawPoints;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of points")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawPoints, A::Error> {
                let (mut points, mut all) = (Vec::new(), 0);
                while let Some(RawPoint(point)) = list.next_element()? {
                    all += 1;
                    if all > MAX_POINTS {
                        return Err(de::Error::custom(format!("more than {MAX_POINTS} points in one series")));
                    }
                    points.extend(point);
                }
                Ok(RawPoints(points))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

fn point(seconds: f64, value: &str) -> Result<Option<Point>, String> {
    /// The year 5138; before and after it nothing was measured.
    const LAST: f64 = 1e11;
    let value: f64 = value.parse().map_err(|_| format!("`{}` is not a value", shown(value)))?;
    if !(0.0..LAST).contains(&seconds) {
        return Err(format!("{seconds} is not a time in seconds"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    let at = (seconds * 1000.0).round() as i64;
    Ok((!value.is_nan()).then_some(Point { at, value }))
}
