//! How far the reading of reports is, for somebody who waits at a terminal.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::collect::clock::Stopwatch;
use crate::facts::Kind;

/// Who waits less does not wonder.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reports of several kinds are read at a time, each with a bar in a line of its own.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// A bar on standard error that appears after a while, if that is a terminal, and goes away with the last who holds it. It shows the kind
/// of the reports and never their names, which are not kadian's.
#[derive(Debug, Clone)]
pub(super) struct Progress(Option<Arc<Shown>>);

#[derive(Debug)]
struct Shown {
    bar: ProgressBar,
    since: Stopwatch,
    drawn: AtomicBool,
}

impl Progress {
    /// Of reports of a kind that have so many bytes together.
    pub(super) fn of(kind: &Kind, bytes: u64) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::hidden());
        let line = format!("reading {kind}: {{bytes}} of {{total_bytes}} {{wide_bar}}");
        if let Ok(style) = ProgressStyle::with_template(&line) {
            bar.set_style(style.progress_chars("=> "));
        }
        Progress(Some(Arc::new(Shown { bar, since: Stopwatch::start(), drawn: AtomicBool::new(false) })))
    }

    /// For what is read so that nobody waits.
    pub(super) fn none() -> Progress {
        Progress(None)
    }

    fn passed(&self, bytes: usize) {
        let Some(Shown { bar, since, drawn }) = self.0.as_deref() else { return };
        bar.inc(bytes as u64);
        if !drawn.load(Ordering::Relaxed) && since.elapsed() > PATIENCE && !drawn.swap(true, Ordering::Relaxed) {
            BARS.add(bar.clone());
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A file whose bytes are counted as they are read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) file: File,
    pub(super) progress: Progress,
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.progress.passed(count);
        Ok(count)
    }
}

impl Seek for Reading {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
