//! `kadian ledger export`, `import`, `verify` and `prune`.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::WhereArgs;
use super::look::{Format, moment};
use crate::act::write;
use crate::cli::output;
use crate::collect::clock::{self, Stopwatch};
use crate::error::{Error, Result};
use crate::exit;
use crate::gate::ledger;
use crate::ledger::{Anchor, Verified};

#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// The file to make; it must not be there yet [default: standard output]
    file: Option<PathBuf>,
    /// The only format so far: an entry of JSON on each line, with its place in the chain
    #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
    format: ExportFormat,
    /// Only entries with a larger number: what an earlier export does not have
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    after: u64,
    #[command(flatten)]
    place: WhereArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    Jsonl,
}

/// Entries of an exported ledger keep their numbers and their chain: into an empty ledger, or where this one ends. Changes are appended.
/// What is there already is left out, so that an import that was cut off is run again from the beginning.
#[derive(Debug, Args)]
pub(in crate::cli) struct Import {
    /// JSON lines or CSV; `-` is standard input
    file: PathBuf,
    /// The time to record, instead of the clock
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
    #[command(flatten)]
    place: WhereArgs,
}

/// Exit codes: 0 when the chain is whole, 1 when it is not, 2 when the ledger cannot be read.
#[derive(Debug, Args)]
pub(in crate::cli) struct Verify {
    /// A place in the chain that an earlier run printed and that was kept elsewhere; it finds an end that was cut off, and a chain that was
    /// written anew
    #[arg(long, value_name = "SEQ:HASH")]
    expect: Option<Anchor>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    place: WhereArgs,
}

/// Writes the entries into the archive first, then removes them and appends a checkpoint that stands for them. Without --yes it only tells
/// what would go.
#[derive(Debug, Args)]
pub(in crate::cli) struct Prune {
    /// What was recorded before this time or day (UTC) goes [default: what is older than `settings.history.retention`]
    #[arg(long, value_name = "TIME")]
    before: Option<String>,
    /// The file to make; `kadian ledger import` reads it
    #[arg(long, value_name = "FILE")]
    archive: PathBuf,
    /// Do it
    #[arg(long)]
    yes: bool,
    /// The time to record, and to count back from, instead of the clock
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
    #[command(flatten)]
    place: WhereArgs,
}

impl Export {
    pub(in crate::cli) fn run(self) -> Result<u8> {
        let ExportFormat::Jsonl = self.format;
        let place = self.place.place();
        match self.file {
            None => output::lines(|sink| ledger::export(&place, self.after, None, sink).map(|_| ()))?,
            Some(path) => {
                let mut count = 0;
                write::new_file(&path, &mut |file| {
                    count = ledger::export(&place, self.after, None, &mut |line| put(file, line))?;
                    Ok(())
                })?;
                output::print_quoting(&format!("{count} entries are in {}", path.display()))?;
            }
        }
        Ok(0)
    }
}

fn put(file: &mut dyn Write, line: &str) -> Result<()> {
    let written = file.write_all(line.as_bytes()).and_then(|()| file.write_all(b"\n"));
    written.map_err(|error| Error::new(format!("the file cannot be written: {error}")))
}

impl Import {
    pub(in crate::cli) fn run(self) -> Result<u8> {
        let watch = Stopwatch::start();
        let now = self.now.unwrap_or_else(clock::now);
        let done = ledger::import(&self.place.place(), &self.file, now, &mut |progress| {
            output::progress(&format!("{} read, {} recorded, {} s", progress.read, progress.recorded, watch.elapsed().as_secs()));
        })?;
        let mut text = format!("{} records read: {} recorded, {} there already", done.read, done.recorded, done.known);
        if done.renewed > 0 {
            text.extend(["; ", &done.renewed.to_string(), " of the recorded ones renew an id that was known"]);
        }
        output::print(&text)?;
        Ok(0)
    }
}

impl Verify {
    pub(in crate::cli) fn run(self) -> Result<u8> {
        let verified = ledger::verify(&self.place.place(), self.expect.as_ref())?;
        match self.format {
            Format::Text => output::print_quoting(&text(&verified))?,
            Format::Json => {
                let json = serde_json::to_string_pretty(&verified);
                output::print(&json.map_err(|error| Error::new(format!("the answer cannot be written: {error}")))?)?;
            }
        }
        Ok(if verified.fault.is_some() { exit::NOT_SOUND } else { 0 })
    }
}

fn text(verified: &Verified) -> String {
    let mut lines = Vec::new();
    match &verified.fault {
        Some(fault) => {
            let place = fault.seq.map_or(String::new(), |seq| format!("entry {seq}: "));
            lines.push(format!("not sound: {place}{}", fault.reason));
            lines.push(format!("{} entries before it are sound", verified.entries));
            return lines.join("\n");
        }
        None => lines.push(format!("sound: {} entries", verified.entries)),
    }
    if let Some(last) = verified.pruned_to {
        lines.push(format!("entries 1 to {last} were pruned; a checkpoint stands for them"));
    }
    if let Some(head) = &verified.head {
        lines.push(format!("head: {}", head.anchor()));
        lines.push("keep the head elsewhere: `--expect` finds with it what no chain tells by itself".to_owned());
    }
    lines.join("\n")
}

impl Prune {
    pub(in crate::cli) fn run(self) -> Result<u8> {
        let (place, now) = (self.place.place(), self.now.unwrap_or_else(clock::now));
        let before = match &self.before {
            Some(text) => moment("--before", text)?,
            None => ledger::retained_since(&place, now)?,
        };
        let Some(mut pruning) = ledger::prune(&place, before)? else {
            output::print(&format!("nothing was recorded before {before}"))?;
            return Ok(0);
        };
        let last = pruning.last.clone();
        if !self.yes {
            output::print(&format!(
                "entries up to {} (recorded at {}) would go; say --yes to archive and remove them",
                last.seq, last.at
            ))?;
            return Ok(0);
        }
        let mut count = 0;
        write::new_file(&self.archive, &mut |file| {
            count = pruning.archive(&mut |line| put(file, line))?;
            Ok(())
        })?;
        let reason = format!("recorded before {before}");
        let checkpoint = pruning
            .apply(now, &reason)
            .map_err(|error| error.hint(format!("nothing was removed; the archive {} stays", self.archive.display())))?;
        output::print_quoting(&format!(
            "{count} entries up to {} are in {} and gone from the ledger; entry {} stands for them",
            last.seq,
            self.archive.display(),
            checkpoint.seq
        ))?;
        Ok(0)
    }
}
