//! What the program says: reports, texts and errors, each to where it was asked for.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::act::write;
use crate::collect::terminal;
use crate::decide::Decision;
use crate::error::{Error, Result};
use crate::nearest::nearest;
use crate::report::{self, Format, escape};

/// One report that was asked for; `None` is standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReportRequest {
    format: Format,
    path: Option<PathBuf>,
}

impl ReportRequest {
    /// Reads every `--report`. Text goes to standard output unless another report claims it.
    pub(super) fn parse_all(texts: &[String]) -> Result<Vec<ReportRequest>> {
        let mut reports = texts.iter().map(|text| ReportRequest::parse(text)).collect::<Result<Vec<_>>>()?;
        let on_stdout = reports.iter().filter(|report| report.path.is_none()).count();
        if on_stdout > 1 {
            return Err(Error::new("two reports cannot share standard output")
                .hint("give all but one a path: --report sarif=kadian.sarif"));
        }
        if on_stdout == 0 && !reports.iter().any(|report| report.format == Format::Text) {
            reports.push(ReportRequest { format: Format::Text, path: None });
        }
        Ok(reports)
    }

    fn parse(text: &str) -> Result<ReportRequest> {
        let (name, path) = match text.split_once('=') {
            Some((name, path)) if !path.is_empty() => (name, (path != "-").then(|| PathBuf::from(path))),
            Some((_, _)) => return Err(Error::new(format!("--report `{text}` has an empty path"))),
            None => (text, None),
        };
        let known = Format::ALL.iter().map(|format| format.name());
        let format = Format::ALL.iter().copied().find(|format| format.name() == name).ok_or_else(|| {
            let error = Error::new(format!("--report: unknown format `{name}`"));
            match nearest(name, known.clone()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("known formats: {}", known.collect::<Vec<_>>().join(", "))),
            }
        })?;
        Ok(ReportRequest { format, path })
    }
}

/// The path of the first JSON report that goes into a file.
pub(super) fn first_json(requests: &[ReportRequest]) -> Option<&Path> {
    let mut written = requests.iter().filter(|request| request.format == Format::Json);
    written.find_map(|request| request.path.as_deref())
}

/// Renders every report. All are tried, and none changes the verdict; one that cannot be written is an error in the end.
pub(super) fn reports(decision: &Decision, requests: &[ReportRequest], verbose: bool) -> Result<()> {
    let mut failed = Ok(());
    for request in requests {
        let on_terminal = request.path.is_none() && io::stdout().is_terminal();
        let options =
            report::Options { width: terminal::width(), color: on_terminal && terminal::color(), verbose, anchor: None };
        let written = report::render(request.format, decision, &options).map_err(|error| Error::new(error.to_string()));
        let written = written.and_then(|text| match &request.path {
            Some(path) => write::file(path, text.as_bytes()),
            None => stdout(text.as_bytes()),
        });
        failed = failed.and(written);
    }
    failed
}

/// Prints a text with one line end.
pub(super) fn print(text: &str) -> Result<()> {
    stdout(format!("{}\n", text.trim_end_matches('\n')).as_bytes())
}

/// Prints a text that quotes what others wrote (policies, their names and prints): no hidden characters, no commands to a CI log.
pub(super) fn print_quoting(text: &str) -> Result<()> {
    print(&escape::log_text(&escape::visible(text)))
}

fn stdout(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Gives lines to `write` to print, as many as there may be; whoever closes the pipe early has seen enough.
pub(super) fn lines(write: impl FnOnce(&mut dyn FnMut(&str) -> Result<()>) -> Result<()>) -> Result<()> {
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut closed = false;
    let written = write(&mut |line| match out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")) {
        Ok(()) => Ok(()),
        Err(error) => {
            closed = error.kind() == io::ErrorKind::BrokenPipe;
            Err(Error::new(format!("standard output cannot be written: {error}")))
        }
    });
    let flushed = out.flush();
    match flushed {
        _ if closed => Ok(()),
        Err(error) if written.is_ok() && error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(format!("standard output cannot be written: {error}")))
        }
        _ => written,
    }
}

/// Shows what a person at a terminal or in a log should know beside the reports, on standard error.
pub(super) fn warning(text: &str) {
    aside(&format!("warning: {text}"));
}

/// Shows in one line what is being waited for, on standard error.
pub(super) fn progress(text: &str) {
    aside(text);
}

fn aside(text: &str) {
    let line = format!("{}\n", escape::visible(text));
    // Nobody is left to tell when standard error is gone.
    let _ = io::stderr().lock().write_all(escape::log_text(&line).as_bytes());
}

/// Shows an error and its way out on standard error.
pub(super) fn error(error: &Error) {
    let mut text = format!("error: {}\n", escape::visible(error.message()));
    for hint in error.hints() {
        text.extend(["  hint: ", &escape::visible(hint), "\n"]);
    }
    // Nobody is left to tell when standard error is gone.
    let _ = io::stderr().lock().write_all(escape::log_text(&text).as_bytes());
}
