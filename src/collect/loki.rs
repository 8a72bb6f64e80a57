//! Reads log lines from a Loki HTTP API, page by page.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Read};

use jiff::Timestamp;

use super::http::{Endpoint, Method, Request, Session};
use super::prometheus::{Origin, QueryError};
use crate::evidence::loki::{Page, read};
use crate::evidence::prometheus::{AnswerError, Labels};

/// What Loki answers at most, unless it is configured otherwise.
pub const PAGE_LINES: usize = 5000;

/// A LogQL query for lines, and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    pub text: String,
    pub start: Timestamp,
    /// Lines at this time are left out.
    pub end: Timestamp,
    /// Lines of one answer, at least 2; see [`PAGE_LINES`].
    pub page_lines: usize,
}

/// The lines of a query, oldest first. One page at a time is in memory.
#[derive(Debug)]
pub struct Pages {
    session: Session,
    query: LogQuery,
    /// Nanoseconds since 1970.
    next: i64,
    /// The lines that were already handed out at the time `next`.
    seen: BTreeSet<(Labels, String)>,
    over: bool,
    origins: Vec<Origin>,
    warnings: Vec<String>,
}

impl Pages {
    /// Nothing is asked yet; an error is one of the endpoint's description.
    pub fn open(endpoint: &Endpoint, query: LogQuery) -> Result<Pages, QueryError> {
        if query.page_lines < 2 || query.end < query.start {
            return Err(QueryError::Query("a log query needs pages of at least 2 lines, and an end after its start".to_owned()));
        }
        let (session, next) = (Session::open(endpoint)?, nanoseconds(query.start));
        Ok(Pages { session, query, next, seen: BTreeSet::new(), over: false, origins: Vec::new(), warnings: Vec::new() })
    }

    /// The next lines, which come after those of the page before; `None` behind the last ones.
    ///
    /// Time is the only cursor that Loki has, so a page begins where the last one ended and lines that were there already are
    /// dropped. Only a page without any new line ends the log: a server may answer fewer than it was asked for. More lines at one
    /// nanosecond than fit into a page cannot be read and are an error.
    pub fn next_page(&mut self) -> Result<Option<Page>, QueryError> {
        if self.over {
            return Ok(None);
        }
        let outcome = self.session.run(vec![self.request()], |_, outcome| outcome).pop();
        self.over = true;
        let Some(answer) = outcome.transpose()? else { return Ok(None) };
        let url = || answer.url.split('?').next().unwrap_or_default().to_owned();
        let mut page = read(&answer.body).map_err(|error| QueryError::Answer { url: url(), error: AnswerError::from(error) })?;
        self.origins.push(Origin::of(&answer));
        for warning in &page.warnings {
            if !self.warnings.contains(warning) {
                self.warnings.push(warning.clone());
            }
        }
        let asked = page.lines.len();
        page.lines.retain(|line| {
            line.at > self.next
                || (line.at == self.next && !self.seen.contains(&(page.streams[line.stream].clone(), line.text.clone())))
        });
        let Some(last) = page.lines.last().map(|line| line.at) else {
            if asked >= self.query.page_lines {
                let reason = format!("{}: more than {asked} lines at one nanosecond; ask for fewer streams", url());
                return Err(QueryError::Query(reason));
            }
            return Ok(None);
        };
        if last > self.next {
            self.seen.clear();
        }
        let newest = page.lines.iter().filter(|line| line.at == last);
        self.seen.extend(newest.map(|line| (page.streams[line.stream].clone(), line.text.clone())));
        self.next = last;
        self.over = false;
        Ok(Some(page))
    }

    /// The answers so far, one for each page.
    #[must_use]
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// What the server warned of so far: lines may be missing.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn request(&self) -> Request {
        let pairs = [
            ("query", self.query.text.clone()),
            ("start", self.next.to_string()),
            ("end", nanoseconds(self.query.end).to_string()),
            ("limit", self.query.page_lines.to_string()),
            ("direction", "forward".to_owned()),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Request::new(Method::Get, "loki/api/v1/query_range", pairs)
    }
}

/// Hands every line to `each`: its time in nanoseconds since 1970, its text, its stream's labels. Returns what [`Pages`] noted.
pub fn for_each_line(
    endpoint: &Endpoint,
    query: LogQuery,
    mut each: impl FnMut(i64, &str, &Labels),
) -> Result<(Vec<Origin>, Vec<String>), QueryError> {
    let mut pages = Pages::open(endpoint, query)?;
    while let Some(page) = pages.next_page()? {
        for line in &page.lines {
            each(line.at, &line.text, &page.streams[line.stream]);
        }
    }
    Ok((pages.origins, pages.warnings))
}

/// The texts of a query's lines as one stream of bytes, each ended by a line break: what reads a log file reads this as well.
#[derive(Debug)]
pub struct LogStream {
    pages: Pages,
    text: Vec<u8>,
    at: usize,
    /// Lines that may still come.
    left: u64,
    most: u64,
}

impl LogStream {
    /// More than `most` lines are an error, because the end of the log would go unread.
    #[must_use]
    pub fn new(pages: Pages, most: u64) -> LogStream {
        LogStream { pages, text: Vec::new(), at: 0, left: most, most }
    }

    /// What is known of the answers so far.
    #[must_use]
    pub fn pages(&self) -> &Pages {
        &self.pages
    }
}

impl Read for LogStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for LogStream {
    /// An error holds the text of the [`QueryError`].
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at >= self.text.len() {
            let Some(page) = self.pages.next_page().map_err(|error| io::Error::other(error.to_string()))? else { break };
            self.text.clear();
            self.at = 0;
            let left = self.left.checked_sub(page.lines.len() as u64);
            self.left = left.ok_or_else(|| {
                io::Error::other(format!("more than {} lines; narrow the query, or raise max_lines", self.most))
            })?;
            for line in page.lines {
                self.text.extend_from_slice(line.text.as_bytes());
                self.text.push(b'\n');
            }
        }
        Ok(self.text.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.at = self.at.saturating_add(amount);
    }
}

fn nanoseconds(time: Timestamp) -> i64 {
    i64::try_from(time.as_nanosecond()).unwrap_or(if time < Timestamp::UNIX_EPOCH { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::collect::http::Limits;
    use crate::collect::http::server::{Reply, Seen, Server};

    /// Lines as (time, pod, text). Loki keeps equal ones once.
    type Log = BTreeSet<(i64, String, String)>;

    /// Answers as Loki does: from start to before the end, oldest first, at most `limit`.
    fn answer(log: &Log, seen: &Seen) -> Reply {
        let number = |name| seen.parameter(name).and_then(|value| value.parse::<i64>().ok()).expect("a number");
        let (start, end, limit) = (number("start"), number("end"), usize::try_from(number("limit")).expect("a size"));
        assert_eq!(seen.parameter("direction").as_deref(), Some("forward"));
        let lines = log.iter().filter(|(at, _, _)| (start..end).contains(at)).take(limit);
        let streams = lines.map(|(at, pod, text)| format!(r#"{{"stream":{{"pod":"{pod}"}},"values":[["{at}","{text}"]]}}"#));
        let result = streams.collect::<Vec<_>>().join(",");
        Reply::new(200, format!(r#"{{"status":"success","data":{{"resultType":"streams","result":[{result}]}}}}"#))
    }

    fn query(page_lines: usize) -> LogQuery {
        let time = |nanoseconds| Timestamp::from_nanosecond(nanoseconds).expect("a time");
        LogQuery { text: "{app=\"pay\"}".to_owned(), start: time(0), end: time(1000), page_lines }
    }

    fn endpoint(server: &Server) -> Endpoint {
        let limits = Limits { retries: 1, backoff: Duration::from_millis(1), ..Limits::default() };
        let headers = vec![("X-Scope-OrgID".to_owned(), "pay".to_owned())];
        Endpoint { headers, limits, ..Endpoint::new(&server.url) }
    }

    fn read_all(server: &Server, page_lines: usize) -> Result<Vec<(i64, String, String)>, QueryError> {
        let mut lines = Vec::new();
        for_each_line(&endpoint(server), query(page_lines), |at, text, labels| {
            lines.push((at, labels["pod"].clone(), text.to_owned()));
        })?;
        Ok(lines)
    }

    fn log(lines: &[(i64, &str, &str)]) -> Log {
        lines.iter().map(|(at, pod, text)| (*at, (*pod).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn lines_that_share_a_time_are_neither_lost_nor_repeated_between_pages() {
        let lines =
            log(&[(1, "a", "x"), (5, "a", "x"), (5, "a", "y"), (5, "b", "x"), (5, "b", "y"), (9, "a", "x"), (1000, "a", "end")]);
        let wanted: Vec<_> = lines.iter().filter(|(at, _, _)| *at < 1000).cloned().collect();
        for page_lines in [5, 6, 7, 100] {
            let lines = lines.clone();
            let server = Server::start(move |seen| answer(&lines, seen));
            assert_eq!(read_all(&server, page_lines).expect("lines"), wanted, "{page_lines}");
            assert_eq!(server.seen()[0].header("x-scope-orgid"), Some("pay"));
        }
    }

    #[test]
    fn more_lines_at_one_time_than_fit_into_a_page_are_an_error() {
        let lines = log(&[(5, "a", "x"), (5, "a", "y"), (5, "b", "x"), (5, "b", "y")]);
        let server = Server::start(move |seen| answer(&lines, seen));
        let error = read_all(&server, 3).expect_err("an error").to_string();
        assert!(error.ends_with("more than 3 lines at one nanosecond; ask for fewer streams"), "{error}");
    }

    #[test]
    fn a_server_that_answers_less_than_it_was_asked_for_is_read_to_its_end() {
        let lines: Log = (0..50).map(|at| (at, "a".to_owned(), "x".to_owned())).collect();
        let wanted: Vec<_> = lines.iter().cloned().collect();
        let server = Server::start(move |seen| {
            let from = seen.parameter("start").and_then(|start| start.parse::<i64>().ok()).expect("a start");
            let few: Log = lines.iter().filter(|(at, _, _)| *at >= from).take(7).cloned().collect();
            answer(&few, seen)
        });
        assert_eq!(read_all(&server, 5000).expect("lines"), wanted);
    }

    #[test]
    fn what_fails_in_the_middle_is_an_error_and_no_end() {
        let lines: Log = (0..50).map(|at| (at, "a".to_owned(), "x".to_owned())).collect();
        let server =
            Server::start(
                move |seen| if seen.number < 2 { answer(&lines, seen) } else { Reply::new(400, "too many outstanding requests") },
            );
        let error = read_all(&server, 10).expect_err("an error").to_string();
        assert!(error.ends_with("/loki/api/v1/query_range: status 400: too many outstanding requests"), "{error}");
    }

    #[test]
    fn a_log_is_read_like_a_file() {
        let lines: Log = (0..50).map(|at| (at, "a".to_owned(), format!("line {at}"))).collect();
        let server = Server::start(move |seen| answer(&lines, seen));
        let pages = Pages::open(&endpoint(&server), query(9)).expect("pages");
        let mut stream = LogStream::new(pages, 50);
        let texts: Vec<String> = io::BufRead::lines(&mut stream).map(|line| line.expect("a line")).collect();
        assert_eq!(texts, (0..50).map(|at| format!("line {at}")).collect::<Vec<_>>());
        assert_eq!(stream.pages().origins().len(), server.seen().len());
        let pages = Pages::open(&endpoint(&server), query(9)).expect("pages");
        let all: io::Result<Vec<String>> = io::BufRead::lines(LogStream::new(pages, 49)).collect();
        assert!(all.is_err_and(|error| error.to_string().starts_with("more than 49 lines")));
    }

    #[test]
    fn a_query_that_cannot_be_asked_is_refused() {
        let server = Server::start(|seen| answer(&Log::new(), seen));
        assert!(Pages::open(&endpoint(&server), query(1)).is_err());
        let backwards = LogQuery { start: Timestamp::MAX, ..query(5) };
        assert!(Pages::open(&endpoint(&server), backwards).is_err());
        assert_eq!(read_all(&server, 5).expect("no lines"), []);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn every_line_comes_once_and_in_order(lines in proptest::collection::btree_set((0_i64..8, "[ab]", "[xy]"), 0..32)) {
            let (wanted, page_lines): (Vec<_>, _) = (lines.iter().cloned().collect(), 5);
            let server = Server::start(move |seen| answer(&lines, seen));
            prop_assert_eq!(read_all(&server, page_lines).expect("lines"), wanted);
        }
    }
}
