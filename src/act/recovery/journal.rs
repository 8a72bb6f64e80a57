//! The journal of a run beside the ledger: a recovery does not wait for a ledger that cannot be reached.
//!
//! `.kadian/recovery/RUN.jsonl`: one line for what was recorded together, durable before anything goes on. `RUN.lock` is held while
//! a `kadian` carries the run out, and `RUN.N.lock` by step N itself: a step whose lock is free is no longer running, and one without
//! the file never ran here.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::facts::Record;

/// No run has more than a few hundred records.
const LARGEST: u64 = 64 << 20;

/// The folder of the journals, below the root.
const FOLDER: &str = ".kadian/recovery";

#[derive(Debug)]
pub(super) struct Journal {
    folder: PathBuf,
    run: String,
    file: File,
    /// How long the file is with all that is known to be in it whole.
    end: u64,
    records: Vec<Record>,
    /// Held as long as the run is carried out here.
    _lock: File,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    records: Vec<Record>,
}

/// What is known of a step from this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trace {
    /// It never ran here.
    None,
    /// It, or something that it started, still runs.
    Running,
    /// It ran, and runs no more.
    Ended,
}

impl Journal {
    /// Opens the journal of a run, and makes it where there is none; `None` when another `kadian` is at it.
    pub(super) fn open(root: &Path, run: &str) -> Result<Option<Journal>> {
        let folder = root.join(FOLDER);
        let failed = |what: &Path, error: &std::io::Error| {
            Error::new(format!("{} cannot be used: {error}", what.display()))
                .hint("a recovery records what it does there before it does it, so that nothing runs twice")
        };
        std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
        let path = folder.join(format!("{run}.lock"));
        let lock = options().open(&path).map_err(|error| failed(&path, &error))?;
        if !taken(&lock).map_err(|error| failed(&path, &error))? {
            return Ok(None);
        }
        let path = folder.join(format!("{run}.jsonl"));
        let mut file = options().open(&path).map_err(|error| failed(&path, &error))?;
        let records = read(&mut file).map_err(|error| failed(&path, &error))?;
        // The names of new files are durable once their folder is.
        let made = open_folder(&folder).and_then(|folder| folder.sync_all());
        made.map_err(|error| failed(&folder, &error))?;
        let end = file.metadata().map_err(|error| failed(&path, &error))?.len();
        Ok(Some(Journal { folder, run: run.to_owned(), file, end, records, _lock: lock }))
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(format!("{}.jsonl", self.run))
    }

    /// Everything that was recorded here, in order.
    pub(super) fn records(&self) -> &[Record] {
        &self.records
    }

    /// Records together; they are durable when this returns.
    pub(super) fn append(&mut self, records: &[Record]) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(&Line { records: records.to_vec() })?;
        line.push(b'\n');
        if self.file.seek(SeekFrom::End(0))? != self.end {
            // What an earlier failure left behind: half a line would hide the next one.
            self.file.set_len(self.end)?;
            self.file.seek(SeekFrom::Start(self.end))?;
        }
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            let _ = self.file.set_len(self.end);
            return Err(error);
        }
        self.end += line.len() as u64;
        self.records.extend_from_slice(records);
        Ok(())
    }

    /// The lock of a step that is about to run, for the step to hold.
    pub(super) fn begin(&self, step: u64) -> std::io::Result<File> {
        let file = options().open(self.step(step))?;
        if !taken(&file)? {
            return Err(std::io::Error::other("the step still runs"));
        }
        open_folder(&self.folder).and_then(|folder| folder.sync_all())?;
        Ok(file)
    }

    /// What this machine knows of a step that was begun.
    pub(super) fn trace(&self, step: u64) -> std::io::Result<Trace> {
        match OpenOptions::new().read(true).write(true).open(self.step(step)) {
            Ok(file) => Ok(if taken(&file)? { Trace::Ended } else { Trace::Running }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Trace::None),
            Err(error) => Err(error),
        }
    }

    fn step(&self, step: u64) -> PathBuf {
        self.folder.join(format!("{}.{step}.lock", self.run))
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options
}

/// Takes a lock, unless somebody else holds it. A process that was just ended may hold it for another moment, and so may one that is
/// being started.
fn taken(file: &File) -> std::io::Result<bool> {
    const PAUSE: Duration = Duration::from_millis(20);
    const TRIES: u32 = 25;
    for _ in 1..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

#[expect(clippy::disallowed_methods, reason = "a folder is opened to make its entries durable")]
fn open_folder(folder: &Path) -> std::io::Result<File> {
    File::open(folder)
}

/// The records of the journal. A last line without its end was never acknowledged, and is taken away.
fn read(file: &mut File) -> std::io::Result<Vec<Record>> {
    let invalid = |message: String| std::io::Error::new(std::io::ErrorKind::InvalidData, message);
    let mut text = Vec::new();
    file.take(LARGEST).read_to_end(&mut text)?;
    if text.len() as u64 == LARGEST {
        return Err(invalid(format!("it is larger than {LARGEST} bytes")));
    }
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < text.len() {
        file.set_len(whole as u64)?;
        file.sync_data()?;
    }
    let mut records = Vec::new();
    for (line, number) in text[..whole].split(|byte| *byte == b'\n').zip(1_u64..) {
        if !line.is_empty() {
            let line: Line = serde_json::from_slice(line).map_err(|error| invalid(format!("line {number}: {error}")))?;
            records.extend(line.records);
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{RecoveryRecord, RecoveryState};

    fn record(step: u64) -> Record {
        Record::Recovery(RecoveryRecord {
            run: "r".into(),
            plan: "p".into(),
            service: "pay".into(),
            decision: None,
            step: Some(step),
            name: None,
            state: RecoveryState::Started,
            detail: Some("two\nlines".into()),
            claim: None,
            happened_at: None,
        })
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test damages the file")]
    fn what_was_recorded_is_read_back_and_half_a_line_is_not() {
        let root = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(root.path(), "r").unwrap().unwrap();
        journal.append(&[record(1), record(2)]).unwrap();
        journal.append(&[record(3)]).unwrap();
        drop(journal);
        let path = root.path().join(".kadian/recovery/r.jsonl");
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut journal = Journal::open(root.path(), "r").unwrap().unwrap();
            let kept = journal.records().len();
            assert!(kept == 0 || kept == 2, "what was recorded together stays together");
            journal.append(&[record(4)]).unwrap();
            drop(journal);
            let journal = Journal::open(root.path(), "r").unwrap().unwrap();
            assert_eq!(journal.records().last(), Some(&record(4)), "cut at {cut}");
            assert_eq!(journal.records().len(), kept + 1);
        }
        std::fs::write(&path, b"{\"records\": 1}\n").unwrap();
        assert!(Journal::open(root.path(), "r").is_err(), "what was altered is not taken for nothing");
    }

    #[test]
    fn one_at_a_time_carries_a_run_out() {
        let root = tempfile::tempdir().unwrap();
        let first = Journal::open(root.path(), "r").unwrap().unwrap();
        assert!(Journal::open(root.path(), "r").unwrap().is_none());
        assert!(Journal::open(root.path(), "other").unwrap().is_some());
        drop(first);
        assert!(Journal::open(root.path(), "r").unwrap().is_some());
    }

    #[test]
    fn a_step_is_seen_while_it_runs_and_after_it_ran() {
        let root = tempfile::tempdir().unwrap();
        let journal = Journal::open(root.path(), "r").unwrap().unwrap();
        assert_eq!(journal.trace(1).unwrap(), Trace::None);
        let lock = journal.begin(1).unwrap();
        assert_eq!(journal.trace(1).unwrap(), Trace::Running);
        assert!(journal.begin(1).is_err());
        drop(lock);
        assert_eq!(journal.trace(1).unwrap(), Trace::Ended);
        assert_eq!(journal.trace(2).unwrap(), Trace::None);
    }
}
