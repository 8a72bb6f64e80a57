//! The files through which a step tells GitHub's runner something.

#![expect(clippy::disallowed_methods, reason = "reads which files the runner named")]

use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::decide::{Decision, Mode};
use crate::report::escape::is_hidden;
use crate::report::github;

/// What one step may say in its summary: GitHub drops all of a larger one.
const MOST_OF_A_SUMMARY: u64 = 1024 * 1024;

/// Appends the decision to the job's summary, with what could not be published elsewhere. Shadow mode publishes nothing.
///
/// # Errors
/// Why it is not there, as a sentence.
pub fn summary(decision: &Decision, unpublished: &[String]) -> Result<(), String> {
    write_summary(std::env::var_os("GITHUB_STEP_SUMMARY").as_deref().map(Path::new), decision, unpublished)
}

/// Hands verdict, decision and the path of the first JSON report on to the steps that follow. Shadow mode publishes nothing.
///
/// # Errors
/// Why they are not there, as a sentence.
pub fn outputs(decision: &Decision, report: Option<&Path>) -> Result<(), String> {
    write_outputs(std::env::var_os("GITHUB_OUTPUT").as_deref().map(Path::new), decision, report)
}

fn write_summary(file: Option<&Path>, decision: &Decision, unpublished: &[String]) -> Result<(), String> {
    if decision.mode == Mode::Shadow {
        return Ok(());
    }
    let file = named(file, "GITHUB_STEP_SUMMARY", "the job's summary")?;
    let there = std::fs::metadata(file).map_or(0, |meta| meta.len());
    let room = usize::try_from(MOST_OF_A_SUMMARY.saturating_sub(there + 2)).unwrap_or(0);
    let text = github::summary(decision, unpublished, room);
    if text.len() > room {
        return Err("the job's summary was not written: this step has said as much as GitHub takes (1 MiB)".to_owned());
    }
    append(file, &text).map_err(|error| format!("the job's summary was not written: {error}"))
}

fn write_outputs(file: Option<&Path>, decision: &Decision, report: Option<&Path>) -> Result<(), String> {
    if decision.mode == Mode::Shadow {
        return Ok(());
    }
    let file = named(file, "GITHUB_OUTPUT", "the step's outputs")?;
    let mut text = String::new();
    let report = report.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    for (name, value) in [("verdict", decision.verdict.word()), ("decision", &decision.id), ("report", &report)] {
        // A line end would begin an output of its own.
        if value.contains(is_hidden) {
            return Err(format!("the step's outputs were not written: `{name}` would not be one plain line"));
        }
        text.extend([name, "=", value, "\n"]);
    }
    append(file, &text).map_err(|error| format!("the step's outputs were not written: {error}"))
}

fn named<'a>(file: Option<&'a Path>, variable: &str, what: &str) -> Result<&'a Path, String> {
    file.filter(|path| !path.as_os_str().is_empty())
        .ok_or_else(|| format!("{what} cannot be written: {variable} is not set, as it is by GitHub's runner"))
}

/// Adds text behind what others wrote, on a line of its own.
fn append(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let mut last = [b'\n'];
    if file.metadata()?.is_file() && file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let lead = if last == [b'\n'] { "" } else { "\n" };
    file.write_all(format!("{lead}{text}").as_bytes())?;
    file.flush()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make and read files")]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn outputs_are_lines_of_their_own_and_only_plain_ones() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("output");
        std::fs::write(&file, "before=1").unwrap();
        write_outputs(Some(&file), &sample::block(), Some(Path::new("out/a=b<<c.json"))).unwrap();
        let id = sample::block().id;
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text, format!("before=1\nverdict=block\ndecision={id}\nreport=out/a=b<<c.json\n"));
        for path in ["a\nverdict=pass", "a\rb", "a\u{2028}b"] {
            write_outputs(Some(&file), &sample::block(), Some(Path::new(path))).unwrap_err();
        }
        let shadow = Decision { mode: Mode::Shadow, ..sample::block() };
        write_outputs(Some(&file), &shadow, None).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        assert!(write_outputs(None, &sample::block(), None).unwrap_err().contains("GITHUB_OUTPUT is not set"));
    }

    #[test]
    fn a_summary_leaves_room_for_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("summary");
        let read = || std::fs::read_to_string(&file).unwrap();
        write_summary(Some(&file), &sample::block(), &["a reason".into()]).unwrap();
        assert!(read().starts_with("### ❌ kadian: BLOCK") && read().contains("- a reason\n"), "{}", read());
        let full = "x".repeat(1024 * 1024 - 2_000);
        std::fs::write(&file, &full).unwrap();
        write_summary(Some(&file), &sample::many(), &[]).unwrap();
        assert!(read().len() <= 1024 * 1024 && read().contains("more findings are not shown here"));
        std::fs::write(&file, format!("{full}{}", "x".repeat(1_990))).unwrap();
        let there = read();
        write_summary(Some(&file), &sample::many(), &[]).unwrap_err();
        assert_eq!(read(), there);
    }
}
