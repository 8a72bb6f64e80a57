//! The locks that writers queue at.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use crate::ledger::LedgerError;

/// Two locks of the operating system on empty files beside the ledger: whoever holds the place at the head of the queue waits for the
/// ledger itself, and leaves that place once it has it. They end with the process that holds them.
///
/// With one lock alone, whoever has just let go of it and wants it again is faster than those who wait and have to be woken: some would
/// wait for a very long time.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    files: Files,
    held: bool,
}

#[derive(Debug)]
struct Files {
    queue: File,
    ledger: File,
}

/// The path with an ending added to its name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

impl Files {
    fn open(ledger: &Path) -> Result<Files, LedgerError> {
        let open = |ending: &str| {
            let path = beside(ledger, ending);
            let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
            file.map_err(|error| LedgerError::Unreachable(format!("{} cannot be written: {error}", path.display())))
        };
        Ok(Files { ledger: open("-lock")?, queue: open("-queue")? })
    }

    /// The same locks, held together with these.
    fn again(&self) -> io::Result<Files> {
        Ok(Files { queue: self.queue.try_clone()?, ledger: self.ledger.try_clone()? })
    }

    /// Takes the ledger if nobody has it and nobody waits for it.
    fn try_take(&self) -> io::Result<bool> {
        if !is_free(self.queue.try_lock())? {
            return Ok(false);
        }
        let taken = is_free(self.ledger.try_lock());
        self.queue.unlock()?;
        taken
    }

    /// Waits for the ledger, for as long as it takes.
    fn take(&self) -> io::Result<()> {
        self.queue.lock()?;
        let taken = self.ledger.lock();
        self.queue.unlock()?;
        taken
    }
}

fn is_free(tried: Result<(), TryLockError>) -> io::Result<bool> {
    match tried {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

impl Lock {
    pub(super) fn beside(ledger: &Path) -> Result<Lock, LedgerError> {
        Ok(Lock { files: Files::open(ledger)?, path: ledger.to_owned(), held: false })
    }

    /// Waits its turn, at most for `patience`.
    pub(super) fn take(&mut self, patience: Duration) -> Result<(), LedgerError> {
        if self.held {
            return Ok(());
        }
        let path = self.path.display().to_string();
        let failed = |error: &dyn std::fmt::Display| LedgerError::Unreachable(format!("{path} cannot be locked: {error}"));
        self.held = self.files.try_take().map_err(|error| failed(&error))?;
        if self.held {
            return Ok(());
        }
        // Only a thread can wait in the kernel's queue and be given up on.
        let waiting = self.files.again().map_err(|error| failed(&error))?;
        let (told, answer) = mpsc::channel();
        std::thread::spawn(move || {
            let _ = told.send(waiting.take());
        });
        match answer.recv_timeout(patience) {
            Ok(Ok(())) => {
                self.held = true;
                Ok(())
            }
            Ok(Err(error)) => Err(failed(&error)),
            Err(_) => {
                // The thread still waits with these files; once it gets the locks, it is the last to hold the files and lets go of all.
                self.files = Files::open(&self.path)?;
                Err(failed(&format!("other processes have held it for {} s", patience.as_secs())))
            }
        }
    }

    pub(super) fn release(&mut self) {
        if self.held && self.files.ledger.unlock().is_ok() {
            self.held = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_too_long_gives_up_and_leaves_no_lock_behind() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("ledger.db");
        let (mut first, mut second) = (Lock::beside(&ledger).unwrap(), Lock::beside(&ledger).unwrap());
        first.take(Duration::from_secs(1)).unwrap();
        let error = second.take(Duration::from_millis(50)).unwrap_err().to_string();
        assert!(error.contains("other processes have held it"), "{error}");
        first.release();
        second.take(Duration::from_secs(10)).unwrap();
        assert!(first.take(Duration::from_millis(50)).is_err());
        drop(second);
        first.take(Duration::from_secs(10)).unwrap();
    }
}
