//! What lies between two commits, asked once for each pair: a push of a thousand refs to one commit measures it once.

use std::collections::BTreeMap;

use super::backend::Backend;
use super::{Files, GitError};
use crate::analyze::change::RawCommit;

/// An older commit, or none for the empty tree, and a newer one.
type Pair = (Option<String>, String);

/// The answers so far. They depend on object ids alone, so that they hold whichever reader gave them.
#[derive(Debug, Default)]
pub(super) struct Measured {
    /// Whether anybody asks again: a large difference is not copied to no end.
    keeps: bool,
    commits: BTreeMap<Pair, (Vec<RawCommit>, bool)>,
    files: BTreeMap<Pair, Files>,
}

impl Measured {
    /// For so many questions.
    pub(super) fn of(questions: usize) -> Self {
        Measured { keeps: questions > 1, ..Measured::default() }
    }

    /// As [`Backend::commits`].
    pub(super) fn commits(
        &mut self,
        reader: &dyn Backend,
        base: Option<&str>,
        head: &str,
    ) -> Result<(Vec<RawCommit>, bool), GitError> {
        let pair = (base.map(str::to_owned), head.to_owned());
        if let Some(known) = self.commits.get(&pair) {
            return Ok(known.clone());
        }
        let found = reader.commits(base, head)?;
        if self.keeps {
            self.commits.insert(pair, found.clone());
        }
        Ok(found)
    }

    /// As [`Backend::files`], sorted by path.
    pub(super) fn files(&mut self, reader: &dyn Backend, base: Option<&str>, head: &str) -> Result<Files, GitError> {
        let pair = (base.map(str::to_owned), head.to_owned());
        if let Some(known) = self.files.get(&pair) {
            return Ok(known.clone());
        }
        let mut found = reader.files(base, head)?;
        found.files.sort_by(|one, two| one.path.cmp(&two.path));
        if self.keeps {
            self.files.insert(pair, found.clone());
        }
        Ok(found)
    }
}
