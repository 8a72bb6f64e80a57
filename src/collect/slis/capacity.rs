//! Asks for the figures of the capacity (requirement C8).

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{ask_all, sides};
use crate::collect::prometheus::{Fetched, Origin, Query, QueryError, Span};
use crate::evidence::slis::{CapacityPool, CapacitySpec, Figure, Matcher, Moment, Slis};

/// Asks for all figures at the moment's end, and gives them as a `kadian.capacity/v1` document, whose reader judges them.
///
/// All or nothing: a query that fails, or whose answer is not whole or is several values, is an error. A query without a value (no
/// series, or NaN) leaves its key out: that figure is unknown.
pub fn capacity(slis: &Slis, spec: &CapacitySpec, moment: &Moment, folder: &Path) -> Result<(Value, Vec<Origin>), String> {
    let mut asked: Vec<(usize, &'static str, String)> = Vec::new();
    for (at, pool) in spec.pools.iter().enumerate() {
        for (key, figure) in &pool.figures {
            if let Some(text) = text(slis, figure, moment)? {
                asked.push((at, *key, text));
            }
        }
    }
    let query = |text: &String| Query { text: text.clone(), span: Span::Instant(moment.end) };
    let queries: Vec<(&str, Query)> = asked.iter().map(|(_, _, text)| (spec.source.as_str(), query(text))).collect();
    let mut pools: Vec<Map<String, Value>> = spec.pools.iter().map(stated).collect();
    let mut origins = Vec::new();
    for ((at, key, text), answer) in asked.iter().zip(ask_all(slis, &queries, folder)) {
        let (value, from) = one(answer).map_err(|reason| format!("{key}, {text}: {reason}"))?;
        origins.extend(from);
        if let (Some(value), Some(pool)) = (value, pools.get_mut(*at)) {
            put(pool, key, value);
        }
    }
    let document = json!({
        "schema": "kadian.capacity/v1",
        "service": slis.service,
        "at": moment.end.to_string(),
        "pools": pools,
    });
    Ok((document, origins))
}

/// The query of a figure; none for a number.
fn text(slis: &Slis, figure: &Figure, moment: &Moment) -> Result<Option<String>, String> {
    let side = |gray: bool| -> Result<Vec<Matcher>, String> {
        let sides = sides(slis, moment)?;
        Ok(if gray { sides.gray } else { sides.baseline })
    };
    Ok(match figure {
        Figure::Number(_) => None,
        Figure::Query(query) => Some(query.clone()),
        Figure::Gray(query) => Some(query.filled(&side(true)?)),
        Figure::Baseline(query) => Some(query.filled(&side(false)?)),
    })
}

/// The one value of an answer, if there is any.
fn one(answer: Result<Fetched, QueryError>) -> Result<(Option<f64>, Vec<Origin>), String> {
    let fetched = answer.map_err(|error| error.to_string())?;
    if !fetched.warnings.is_empty() {
        return Err(format!("the answer is not whole: {}", fetched.warnings.join("; ")));
    }
    if fetched.series.len() > 1 {
        return Err(format!("{} series; expected one value: aggregate them, for example with sum()", fetched.series.len()));
    }
    let value = fetched.series.first().and_then(|series| series.points.last()).map(|point| point.value);
    match value {
        Some(value) if !value.is_finite() => Err(format!("the value is {value}")),
        value => Ok((value, fetched.origins)),
    }
}

/// What needs no query.
fn stated(pool: &CapacityPool) -> Map<String, Value> {
    let mut all = Map::new();
    if let Some(region) = &pool.region {
        all.insert("region".to_owned(), region.as_str().into());
    }
    for (key, figure) in &pool.figures {
        if let Figure::Number(number) = figure {
            put(&mut all, key, *number);
        }
    }
    if let Some(tested) = &pool.tested_at {
        inside(&mut all, "bears", "tested_at", tested.as_str().into());
    }
    all
}

/// Puts a value under a key, or under an inner key behind a dot. Averages count instances in fractions: of those that run only whole
/// ones count, and of those that are taken out a fraction is one.
fn put(pool: &mut Map<String, Value>, key: &str, value: f64) {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and the reader refuses what is no number of instances"
    )]
    let value: Value = match key {
        "instances" | "healthy" => (value.floor() as i64).into(),
        "max_unavailable" => (value.ceil() as i64).into(),
        _ => value.into(),
    };
    match key.split_once('.') {
        Some((outer, key)) => inside(pool, outer, key, value),
        None => drop(pool.insert(key.to_owned(), value)),
    }
}

fn inside(pool: &mut Map<String, Value>, outer: &str, key: &str, value: Value) {
    if let Value::Object(map) = pool.entry(outer).or_insert_with(|| Value::Object(Map::new())) {
        map.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::files::{Report, understand};
    use crate::collect::http::server::{Reply, Server};
    use crate::evidence::slis;
    use crate::facts::Kind;

    fn answer(values: &[&str]) -> Reply {
        let one = |(at, value): (usize, &&str)| format!("{{\"metric\":{{\"n\":\"{at}\"}},\"value\":[0,\"{value}\"]}}");
        let result: Vec<String> = values.iter().enumerate().map(one).collect();
        let result = result.join(",");
        Reply::new(200, format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"vector\",\"result\":[{result}]}}}}"))
    }

    fn asked(values: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Result<Value, String> {
        let server = Server::start(move |seen| values(&seen.parameter("query").expect("a query")));
        let text = format!(
            "version: 1
service: pay
sources: {{prometheus: {{url: \"{}\", retries: 0}}}}
gray: {{match: {{version: \"{{to}}\"}}}}
baseline: {{match: {{version: \"{{from}}\"}}}}
slis:
- {{name: errors, signal: availability, total: requests_total, bad: errors_total}}
capacity:
  pools:
  - region: east
    instances: running
    rate: rate
    response_time: 0.2
    bears: {{concurrency: 8, tested_at: 2025-12-01}}
    throughput: 'each{{$scope}}'
    max_unavailable: out
",
            server.url
        );
        let slis = slis::read(text.as_bytes()).expect("definitions");
        let time = "1970-01-01T00:10:00Z".parse().expect("a time");
        let moment = Moment { from: "1".into(), to: "2".into(), region: None, batch: None, start: time, end: time };
        capacity(&slis, slis.capacity.as_ref().expect("a section"), &moment, Path::new(".")).map(|(document, _)| document)
    }

    #[test]
    fn figures_become_a_document_that_is_read_as_a_file() {
        let document = asked(|query| match query {
            "running" => answer(&["40.9"]),
            "rate" => answer(&["1000"]),
            "out" => answer(&["1.5"]),
            "each{version=\"2\"}" => answer(&[]),
            "each{version=\"1\"}" => answer(&["12.5"]),
            other => panic!("{other}"),
        })
        .unwrap();
        let expected = json!({"schema": "kadian.capacity/v1", "service": "pay", "at": "1970-01-01T00:10:00Z", "pools": [{
            "region": "east", "instances": 40, "rate": 1000.0, "response_time": 0.2, "max_unavailable": 2,
            "bears": {"concurrency": 8.0, "tested_at": "2025-12-01"}, "throughput": {"old": 12.5}}]});
        assert_eq!(document, expected);
        let read = understand(&Kind::Capacity, "kadian.capacity", document.to_string().as_bytes());
        assert!(matches!(read, Ok(Report::Capacity(_))), "{read:?}");
    }

    #[test]
    fn no_value_is_unknown_and_nothing_becomes_zero() {
        let document = asked(|query| if query == "rate" { answer(&["NaN"]) } else { answer(&[]) }).unwrap();
        let pool = document["pools"][0].as_object().unwrap();
        let keys: Vec<&str> = pool.keys().map(String::as_str).collect();
        assert_eq!(keys, ["bears", "region", "response_time"]);
    }

    #[test]
    fn an_answer_that_is_not_one_whole_value_is_an_error() {
        for (reply, wanted) in [
            (answer(&["1", "2"]), "rate, rate: 2 series; expected one value"),
            (answer(&["+Inf"]), "rate, rate: the value is inf"),
            (Reply::new(500, "no"), "rate, rate: "),
            (
                Reply::new(
                    200,
                    "{\"status\":\"success\",\"warnings\":[\"half\"],\"data\":{\"resultType\":\"vector\",\"result\":[]}}",
                ),
                "not whole: half",
            ),
        ] {
            let error = asked(move |query| if query == "rate" { reply.clone() } else { answer(&["1"]) }).unwrap_err();
            assert!(error.contains(wanted), "{error}");
        }
        let zero = asked(|_| answer(&["0"])).unwrap();
        let read =
            understand(&Kind::Capacity, "kadian.capacity", zero.to_string().as_bytes()).map_err(|error| error.contains("is 0;"));
        assert_eq!(read.map(drop), Err(true));
    }
}
