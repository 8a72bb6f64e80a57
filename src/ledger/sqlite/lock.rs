//! The lock that writers queue at.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use crate::ledger::LedgerError;

/// A lock of the operating system on an empty file beside the ledger. It ends with the process that holds it.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: File,
    held: bool,
}

/// The path with an ending added to its name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

fn open(path: &Path) -> Result<File, LedgerError> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
    file.map_err(|error| LedgerError::Unreachable(format!("{} cannot be written: {error}", path.display())))
}

impl Lock {
    pub(super) fn beside(ledger: &Path) -> Result<Lock, LedgerError> {
        let path = beside(ledger, "-lock");
        let file = open(&path)?;
        Ok(Lock { path, file, held: false })
    }

    /// Waits its turn, at most for `patience`.
    pub(super) fn take(&mut self, patience: Duration) -> Result<(), LedgerError> {
        if self.held {
            return Ok(());
        }
        let failed = |error: &dyn std::fmt::Display| {
            LedgerError::Unreachable(format!("{} cannot be locked: {error}", self.path.display()))
        };
        match self.file.try_lock() {
            Ok(()) => {
                self.held = true;
                return Ok(());
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        // Only a thread can wait in the kernel's queue and be given up on.
        let waiting = self.file.try_clone().map_err(|error| failed(&error))?;
        let (told, answer) = mpsc::channel();
        std::thread::spawn(move || {
            let _ = told.send(waiting.lock());
        });
        match answer.recv_timeout(patience) {
            Ok(Ok(())) => {
                self.held = true;
                Ok(())
            }
            Ok(Err(error)) => Err(failed(&error)),
            Err(_) => {
                let error = failed(&format!("another process has held it for {} s", patience.as_secs()));
                // The thread still waits on this file; once it gets the lock, it is the last to hold the file and lets go of both.
                self.file = open(&self.path)?;
                Err(error)
            }
        }
    }

    pub(super) fn release(&mut self) {
        if self.held && self.file.unlock().is_ok() {
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
        assert!(error.contains("another process has held it"), "{error}");
        first.release();
        second.take(Duration::from_secs(10)).unwrap();
        assert!(first.take(Duration::from_millis(50)).is_err());
        drop(second);
        first.take(Duration::from_secs(10)).unwrap();
    }
}
