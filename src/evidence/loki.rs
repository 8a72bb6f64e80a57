//! Answers of the Loki HTTP API: `/loki/api/v1/query_range` for log lines.
//!
//! Source: grafana.com/docs/loki/latest/reference/loki-http-api.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::ReadError;
use super::prometheus::Labels;
use super::text::{beginning, shown};

/// The lines of one answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The labels of each stream, no two the same.
    pub streams: Vec<Labels>,
    /// By time, then by the labels of their streams; lines of one stream and time keep their order.
    pub lines: Vec<Line>,
    /// Lines may be missing, says the server.
    pub warnings: Vec<String>,
}

/// One entry of a log; its text may hold line breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Nanoseconds since 1970.
    pub at: i64,
    /// An index of [`Page::streams`].
    pub stream: usize,
    pub text: String,
}

#[derive(Deserialize)]
struct Raw {
    status: Option<String>,
    warnings: Option<Vec<String>>,
    data: Option<RawData>,
}

#[derive(Deserialize)]
struct RawData {
    #[serde(rename = "resultType")]
    result_type: String,
    result: Vec<RawStream>,
}

#[derive(Deserialize)]
struct RawStream {
    #[serde(default)]
    stream: Option<Labels>,
    #[serde(default)]
    values: Vec<RawLine>,
}

struct RawLine(i64, String);

/// Reads an answer. No stream is an answer: no line matched.
///
/// Refused are other forms (HTML, cut JSON, plain text), another status than success, and the answers to metric queries, which
/// hold no lines.
pub fn read(bytes: &[u8]) -> Result<Page, ReadError> {
    let start = beginning(bytes);
    if start.starts_with(b"<") {
        return Err(ReadError::whole("an HTML page instead of JSON: a proxy, a login, or an address that is not the API's"));
    }
    let raw: Raw = serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => ReadError::whole(format!("the answer is cut off after {} bytes", bytes.len())),
        _ => ReadError::whole(format!("not an answer of Loki with log lines: {}", shown(&error.to_string()))),
    })?;
    let (Some("success"), Some(data)) = (raw.status.as_deref(), raw.data) else {
        return Err(ReadError::whole("not an answer of Loki: expected `status`: `success` and `data`"));
    };
    if data.result_type != "streams" {
        return Err(ReadError::whole(format!("the query yields `{}`; expected log lines", shown(&data.result_type))));
    }
    let mut streams: Vec<(Labels, Vec<RawLine>)> = Vec::with_capacity(data.result.len());
    for stream in data.result {
        let labels = stream.stream.ok_or_else(|| ReadError::whole("not an answer of Loki: a stream without its labels"))?;
        streams.push((labels, stream.values));
    }
    streams.sort_by(|a, b| a.0.cmp(&b.0));
    let mut page = Page::default();
    for (labels, lines) in streams {
        if page.streams.last() != Some(&labels) {
            page.streams.push(labels);
        }
        let stream = page.streams.len() - 1;
        page.lines.extend(lines.into_iter().map(|RawLine(at, text)| Line { at, stream, text }));
    }
    page.lines.sort_by_key(|line| (line.at, line.stream));
    page.warnings = raw.warnings.unwrap_or_default().iter().map(|warning| shown(warning)).collect();
    Ok(page)
}

impl<'de> Deserialize<'de> for RawLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair;
        impl<'de> Visitor<'de> for Pair {
            type Value = RawLine;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time in nanoseconds and a line")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawLine, A::Error> {
                let time: Cow<'_, str> = list.next_element()?.ok_or_else(|| de::Error::invalid_length(0, &self))?;
                let at =
                    time.parse().map_err(|_| de::Error::custom(format!("`{}` is not a time in nanoseconds", shown(&time))))?;
                let text = list.next_element()?.ok_or_else(|| de::Error::invalid_length(1, &self))?;
                // Structured metadata may follow.
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(RawLine(at, text))
            }
        }
        deserializer.deserialize_seq(Pair)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streams(result: &str) -> String {
        format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"streams\",\"result\":[{result}],\"stats\":{{}}}}}}")
    }

    #[test]
    fn lines_of_all_streams_are_in_the_order_of_time() {
        let text = streams(
            r#"{"stream":{"pod":"b"},"values":[["2","b2"],["3","b3"]]},
               {"stream":{"pod":"a"},"values":[["1","a1",{"trace":"x"}],["2","a2"],["2","a2 again"]]},
               {"stream":{"pod":"b"},"values":[["1","b1"]]}"#,
        );
        let page = read(text.as_bytes()).expect("readable");
        let lines: Vec<_> = page.lines.iter().map(|line| (line.at, line.stream, line.text.as_str())).collect();
        assert_eq!(lines, [(1, 0, "a1"), (1, 1, "b1"), (2, 0, "a2"), (2, 0, "a2 again"), (2, 1, "b2"), (3, 1, "b3")]);
        assert_eq!((page.streams.len(), page.streams[1]["pod"].as_str()), (2, "b"));
        assert_eq!(read(streams("").as_bytes()), Ok(Page::default()));
    }

    #[test]
    fn warnings_are_kept() {
        let text = streams("").replacen('{', "{\"warnings\":[\"a querier is away\"],", 1);
        assert_eq!(read(text.as_bytes()).map(|page| page.warnings), Ok(vec!["a querier is away".to_owned()]));
    }

    #[test]
    fn everything_else_is_refused() {
        let whole = streams(r#"{"stream":{"pod":"b"},"values":[["2","b2"]]}"#);
        for (text, wanted) in [
            ("", "the answer is cut off after 0 bytes"),
            (&whole[..whole.len() - 3], "the answer is cut off"),
            ("<html>", "an HTML page"),
            ("parse error", "not an answer of Loki"),
            ("{}", "not an answer of Loki: expected `status`"),
            (&whole.replace("streams", "matrix"), "the query yields `matrix`; expected log lines"),
            (&whole.replace("\"2\"", "\"now\""), "not an answer of Loki with log lines: `now` is not a time"),
            (&whole.replace(",\"b2\"", ""), "not an answer of Loki"),
            (&whole.replace("\"stream\"", "\"metric\""), "not an answer of Loki: a stream without its labels"),
        ] {
            let error = read(text.as_bytes()).expect_err(text).to_string();
            assert!(error.starts_with(wanted), "{text}: {error}");
        }
    }
}
