//! `kadian baseline`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::args::named;
use super::output;
use crate::act::write;
use crate::collect::clock;
use crate::error::Result;
use crate::gate::baseline::{self, Asked, Written};

#[derive(Debug, Subcommand)]
pub(super) enum Baseline {
    /// Write what scanners find at HEAD as the findings that were there before
    Write(Write),
}

/// Reads the reports that scanners made of HEAD and lists their findings in a file, without the suppressed ones. A person reviews the file
/// and commits it; `baseline: FILE` in kadian.yaml makes it count, from the base of the next change on. The same findings make the same
/// file, but for its date and commit. Exit codes: 0, or 2 where the findings are not known or nobody answers for them.
#[derive(Debug, Args)]
pub(super) struct Write {
    /// Configuration file [default: kadian.yaml in the repository, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// Where reports are found, as in `kadian check`; may be repeated
    #[arg(long, value_name = "scan[:FORMAT]=GLOB")]
    evidence: Vec<String>,
    /// Who answers for these findings [default: the service's owners]
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// The file to write [default: what kadian.yaml names, else .kadian/baseline.json]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The time to write into it [default: the clock]
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
}

impl Baseline {
    pub(super) fn run(self) -> Result<u8> {
        let Baseline::Write(asked) = self;
        let written = baseline::baseline(&Asked {
            config: asked.config,
            repo: asked.repo,
            evidence: asked.evidence.iter().map(|text| named(text)).collect::<Result<_>>()?,
            owner: asked.owner,
            output: asked.output,
            now: asked.now.unwrap_or_else(clock::now),
        })?;
        write::file(&written.path, written.text.as_bytes())?;
        output::print_quoting(&said(&written))?;
        Ok(0)
    }
}

/// What was written, a line for each severity that there is, and what to do next.
fn said(written: &Written) -> String {
    let baseline = &written.baseline;
    let total: u64 = baseline.counts.iter().map(|count| count.count).sum();
    let tools: Vec<String> = baseline.tools.iter().map(|tool| named_version(&tool.name, tool.version.as_deref())).collect();
    let mut lines = vec![format!("wrote {}: {total} findings of {}", written.path.display(), tools.join(", "))];
    let mut severities: Vec<_> = baseline.counts.iter().map(|count| count.severity).collect();
    severities.sort_unstable_by(|a, b| b.cmp(a));
    severities.dedup();
    for severity in severities {
        let count: u64 = baseline.counts.iter().filter(|count| count.severity == severity).map(|count| count.count).sum();
        lines.push(format!("  {:<8} {count}", severity.word()));
    }
    if let Some((more, fewer)) = written.against_the_last {
        lines.push(format!("against the file that it replaces: {more} more, {fewer} fewer"));
    }
    lines.extend(written.notes.iter().cloned());
    lines.push("review it and commit it: it counts from the base of the next change on".to_owned());
    lines.join("\n")
}

fn named_version(name: &str, version: Option<&str>) -> String {
    version.map_or_else(|| name.to_owned(), |version| format!("{name} {version}"))
}
