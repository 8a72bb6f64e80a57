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
