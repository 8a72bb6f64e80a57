//! The caller's reports, read while git is asked for the change: neither waits for the other.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::thread::{self, JoinHandle};

use super::Request;
use super::reports::{CALLER, by_caller};
use crate::collect::files::{self, File, Report, Search};
use crate::facts::Kind;

/// The kinds whose reports may be large.
const KINDS: [Kind; 3] = [Kind::Tests, Kind::Coverage, Kind::Scan];

/// The files of each kind that is read ahead, until somebody takes them.
#[derive(Debug, Default)]
pub(super) struct ReadAhead {
    reading: RefCell<BTreeMap<Kind, JoinHandle<Vec<File<Report>>>>>,
}

impl ReadAhead {
    /// Starts to read what the caller names. What cannot be started, or is named wrongly, is left to whoever asks for it.
    pub(super) fn start(request: &Request) -> ReadAhead {
        let start = |kind: Kind| {
            let patterns = by_caller(request, &kind).ok().filter(|patterns| !patterns.is_empty())?;
            let (of, now) = (kind.clone(), request.now);
            let read = move || files::gather(&of, Search::Named { directory: Path::new(CALLER), patterns: &patterns }, now);
            Some((kind, thread::Builder::new().spawn(read).ok()?))
        };
        ReadAhead { reading: RefCell::new(KINDS.into_iter().filter_map(start).collect()) }
    }

    /// The files of a kind, once; `None` where they were not read ahead.
    pub(super) fn take(&self, kind: &Kind) -> Option<Vec<File<Report>>> {
        self.reading.borrow_mut().remove(kind)?.join().ok()
    }
}
