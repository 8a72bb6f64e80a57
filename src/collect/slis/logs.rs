//! Asks for the log lines of both sides, and digests them while they arrive (requirement C4).

use std::io::BufRead as _;
use std::path::Path;

use super::{endpoint, sides};
use crate::analyze::logs::{MinedLog, mine, quiet};
use crate::collect::http::Endpoint;
use crate::collect::loki::{LogQuery, LogStream, PAGE_LINES, Pages};
use crate::collect::prometheus::Origin;
use crate::evidence::logs::Side;
use crate::evidence::slis::{LogsSpec, Matcher, Moment, ScopedQuery, Slis};

/// The lines of such an answer show that there are any.
const PROBE_LINES: usize = 2;

/// Asks for the lines of the gray version and of the baseline, at the same time.
///
/// All or nothing: a side that fails, that is not whole, or that has more lines than the definitions allow is an error, and so is one
/// without a single line in its streams: it may write none, and the selector may be wrong. Streams whose lines the query filters out
/// are a log without errors.
pub fn logs(slis: &Slis, spec: &LogsSpec, moment: &Moment, folder: &Path) -> Result<(Vec<MinedLog>, Vec<Origin>), String> {
    let sides = sides(slis, moment)?;
    let source = slis.sources.get(&spec.source).ok_or_else(|| format!("there is no source `{}`", spec.source))?;
    let endpoint = endpoint(source, folder);
    let asking = |side, matchers: &[Matcher]| {
        let name = if side == Side::Gray { "gray" } else { "baseline" };
        log(&endpoint, spec, moment, side, matchers).map_err(|reason| format!("{name}: {reason}"))
    };
    let (gray, baseline) = std::thread::scope(|scope| {
        let baseline = scope.spawn(|| asking(Side::Baseline, &sides.baseline));
        let gray = asking(Side::Gray, &sides.gray);
        (gray, baseline.join().unwrap_or_else(|_| Err("baseline: it was not asked".to_owned())))
    });
    let ((gray, mut sources), (baseline, more)) = (gray?, baseline?);
    sources.extend(more);
    Ok((vec![gray, baseline], sources))
}

fn log(
    endpoint: &Endpoint,
    spec: &LogsSpec,
    moment: &Moment,
    side: Side,
    matchers: &[Matcher],
) -> Result<(MinedLog, Vec<Origin>), String> {
    let open = |query: &ScopedQuery, page_lines| {
        let query = LogQuery { text: query.filled(matchers), start: moment.start, end: moment.end, page_lines };
        Pages::open(endpoint, query).map_err(|error| error.to_string())
    };
    let mut stream = LogStream::new(open(&spec.query, PAGE_LINES)?, spec.max_lines);
    let matched = !stream.fill_buf().map_err(|error| error.to_string())?.is_empty();
    let log = if matched { Some(mine(side, &mut stream).map_err(|error| error.to_string())?) } else { None };
    let pages = stream.pages();
    let (mut sources, mut warnings) = (pages.origins().to_vec(), pages.warnings().to_vec());
    let log = if let Some(log) = log {
        log
    } else {
        let streams = spec.query.stream().ok_or("the query does not start with a stream selector")?;
        let mut probe = open(&streams, PROBE_LINES)?;
        let lines = probe.next_page().map_err(|error| error.to_string())?.map_or(0, |page| page.lines.len() as u64);
        if lines == 0 {
            return Err(format!("{} has no line at all; is the selector right?", streams.filled(matchers)));
        }
        sources.extend_from_slice(probe.origins());
        warnings.extend_from_slice(probe.warnings());
        quiet(side, lines)
    };
    if warnings.is_empty() { Ok((log, sources)) } else { Err(format!("the answer is not whole: {}", warnings.join("; "))) }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::collect::http::server::{Reply, Seen, Server};
    use crate::evidence::slis;

    /// One error of each side a second, from second 60 on.
    fn answer(seen: &Seen, lines: i64) -> Reply {
        let from: i64 = seen.parameter("start").and_then(|start| start.parse().ok()).expect("a start");
        let values: Vec<String> = (60..60 + lines)
            .map(|second| second * 1_000_000_000)
            .filter(|at| *at >= from)
            .map(|at| format!("[\"{at}\",\"ERROR no {at}\"]"))
            .collect();
        let result = format!("{{\"stream\":{{}},\"values\":[{}]}}", values.join(","));
        Reply::new(200, format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"streams\",\"result\":[{result}]}}}}"))
    }

    fn asked(to: &str, handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Result<Vec<(Side, u64)>, String> {
        let server = Server::start(handler);
        let text = format!(
            "version: 1\nservice: pay\nsources: {{loki: {{url: \"{}\", retries: 0}}}}\ngray: {{match: {{v: \"{{to}}\"}}}}\n\
             baseline: {{match: {{v: \"{{from}}\"}}}}\nlogs: {{source: loki, query: '{{$scope}} |= \"ERROR\"', max_lines: 3}}\n\
             slis:\n- {{name: e, signal: availability, total: all, bad: bad}}\n",
            server.url
        );
        let slis = slis::read(text.as_bytes()).expect("readable");
        let time = |seconds| Timestamp::from_second(seconds).expect("a time");
        let (from, to) = ("1".to_owned(), to.to_owned());
        let moment = Moment { from, to, region: None, batch: None, start: time(60), end: time(600) };
        let spec = slis.logs.clone().expect("logs");
        let (mined, sources) = logs(&slis, &spec, &moment, Path::new(".")).map_err(|error| error.replace(&server.url, "URL"))?;
        assert!(!sources.is_empty());
        Ok(mined.iter().map(|log| (log.side(), log.figures().errors)).collect())
    }

    #[test]
    fn both_sides_are_read_whole() {
        let both = asked("2", |seen| answer(seen, if seen.target.contains("v%3D%222%22") { 3 } else { 1 }));
        assert_eq!(both, Ok(vec![(Side::Gray, 3), (Side::Baseline, 1)]));
    }

    #[test]
    fn half_of_a_log_is_none() {
        let many = asked("2", |seen| answer(seen, if seen.target.contains("v%3D%222%22") { 1 } else { 4 }));
        assert_eq!(many, Err("baseline: more than 3 lines; narrow the query, or raise max_lines".to_owned()));
        let partial = "{\"status\":\"success\",\"warnings\":[\"a store is down\"],\"data\":{\"resultType\":\"streams\",\"result\":[\
                       {\"stream\":{},\"values\":[[\"60000000000\",\"ERROR\"]]}]}}";
        assert_eq!(
            asked("2", move |_| Reply::new(200, partial)),
            Err("gray: the answer is not whole: a store is down".to_owned())
        );
        let away = asked("2", |_| Reply::new(503, "")).expect_err("away");
        assert_eq!(away, "gray: URL/loki/api/v1/query_range: status 503");
        let same = asked("1", |seen| answer(seen, 1)).expect_err("one side");
        assert!(same.starts_with("gray and baseline select the same series"), "{same}");
    }
}
