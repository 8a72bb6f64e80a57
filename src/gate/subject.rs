//! What is judged: the repository, the change or changes, and who may judge them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::judge::{Chosen, Judge};
use super::read_ahead::ReadAhead;
use super::{Request, Trust};
use crate::analyze::change::{RawChange, unified_diff};
use crate::collect::ci::{self, CiContext};
use crate::collect::git::{self, GitError, PushedRef, RangeRequest, Repository};
use crate::collect::tree::{Tree, read_file};
use crate::config::Config;
use crate::decide::{self, Stage};
use crate::error::{Error, Result};
use crate::facts::Revision;

/// 2000-01-01T00:00:00Z, in seconds since 1970: git is younger, and imported histories that go back further are not reviewed.
const FIRST_SECOND: i64 = 946_684_800;

/// From so many changed files on it pays to open the repository again.
const MANY_FILES: usize = 64;

/// Said where a CI system runs that kadian cannot ask whether it builds a pull request.
const UNKNOWN_SYSTEM: &str = "CI is set, but by no system that kadian knows: nobody told whether this is a pull request, and so the \
     working tree's configuration and policies judge; give --trust base (or --pull-request N) where it is one";

/// The change under review and where it lives.
#[derive(Debug)]
pub(super) struct Subject {
    /// Absent when only a diff was given and there is no repository around it.
    pub(super) repository: Option<Repository>,
    /// The folder that relative configuration and discovery start from.
    pub(super) root: PathBuf,
    pub(super) ci: CiContext,
    /// One for each ref that is judged; usually one.
    pub(super) changes: Vec<RawChange>,
    /// Why the diff that was given cannot be read.
    pub(super) broken_diff: Option<String>,
    /// Why nobody knows which commits a rollout carries: there is no repository around it, or nothing in it names the versions.
    pub(super) unknown_change: Option<String>,
    /// The diff's file, with its bytes.
    pub(super) diff: Option<(PathBuf, Vec<u8>)>,
    /// Whether a pull request, merge request or merge group is judged.
    pub(super) pull_request: bool,
    pub(super) number: Option<u64>,
    /// The newest commit of the base branch, which judges.
    base_tip: Option<String>,
    notes: Vec<String>,
    /// Reports that are read while the change is.
    pub(super) ahead: ReadAhead,
}

impl Subject {
    /// Opens the repository and takes the change; `versions` are those of the rollout, the one to return to first.
    ///
    /// A rollout may be judged where there is no repository; what needs one is then the finding's matter, not an error.
    pub(super) fn open(request: &Request, versions: Option<(String, String)>) -> Result<Subject> {
        let ci = ci::context();
        let number = request.pull_request.or(ci.pull_request);
        let mut subject = Subject {
            repository: None,
            root: request.repo.clone(),
            pull_request: request.pull_request.is_some() || ci.is_pull_request_or_merge_group,
            ci,
            changes: Vec::new(),
            broken_diff: None,
            unknown_change: None,
            diff: None,
            number,
            base_tip: None,
            notes: Vec::new(),
            ahead: ReadAhead::default(),
        };
        match (&request.diff, Repository::discover(&request.repo)) {
            (None, Err(GitError::NotARepository { .. })) if named_nothing(request) => {
                subject.unknown_change = Some("there is no repository here; give --repo, or --diff FILE".to_owned());
                return Ok(subject);
            }
            (None, Err(error)) => return Err(error.into()),
            (Some(_), Err(_)) => {}
            (_, Ok(repository)) => {
                subject.root = repository.workdir().unwrap_or_else(|| request.repo.clone());
                subject.repository = Some(repository);
            }
        }
        match &request.diff {
            Some(path) => subject.take_diff(path)?,
            None => subject.take_history(request, versions)?,
        }
        Ok(subject)
    }

    fn take_diff(&mut self, path: &Path) -> Result<()> {
        let bytes = read_file(path)?.ok_or_else(|| Error::new(format!("--diff {}: no such file", path.display())))?;
        match unified_diff::parse(&bytes) {
            Ok(change) => self.changes.push(change),
            Err(error) => self.broken_diff = Some(format!("{}: {error}", path.display())),
        }
        self.diff = Some((path.to_owned(), bytes));
        Ok(())
    }

    fn take_history(&mut self, request: &Request, versions: Option<(String, String)>) -> Result<()> {
        let Some(repository) = &self.repository else { return Err(Error::new("there is no repository to take the change from")) };
        if let Some(lines) = &request.pre_push {
            let refs: Vec<PushedRef> = git::parse_pre_push(lines)?;
            let pushed = git::changes_of_push(repository, request.remote.as_deref().unwrap_or("origin"), &refs)?;
            self.changes = pushed.changes;
            self.notes.extend(pushed.notes);
            return Ok(());
        }
        let range = RangeRequest {
            stage: request.stage,
            base: request.base.clone(),
            head: request.head.clone(),
            ci: self.ci.clone(),
            versions,
        };
        self.changes = match repository.change(&range) {
            Err(GitError::NoBase { reason }) if named_nothing(request) => {
                self.unknown_change =
                    Some(format!("{reason}; tag the plan's versions in the repository, or give --base and --head"));
                return Ok(());
            }
            change => vec![change?],
        };
        self.base_tip = repository.base_tip(&range)?;
        // What was unpacked for a large difference is of no use any more, and would stay in memory while the rest is done.
        if self.changes.iter().any(|change| change.files.len() >= MANY_FILES) {
            self.repository = Some(Repository::discover(&request.repo)?);
        }
        Ok(())
    }

    /// Who judges: the base on a pull request, unless the caller says otherwise; else the working tree.
    pub(super) fn judge(&self, request: &Request) -> Result<Judge> {
        let chosen = Chosen { config: request.config.as_deref(), policies: &request.policies, overrides: &request.overrides };
        if let (true, Some(tree)) = (request.shadow, self.head_tree()) {
            return Judge::load(&tree, "the change", chosen);
        }
        if !self.judged_by_base(request) {
            let mut judge = Judge::load(&self.worktree(), "the working tree", chosen)?;
            if request.trust == Trust::Auto && self.ci.is_unknown_system {
                judge.notes.push(UNKNOWN_SYSTEM.to_owned());
            }
            return Ok(judge);
        }
        let (Some(repository), Some(base)) = (&self.repository, &self.base_tip) else {
            return Err(Error::new("--trust base needs a repository and a base to read the configuration and policies from")
                .hint("give --base, or --trust worktree where the working tree may judge"));
        };
        let place = format!("the base {}", short(base));
        let mut judge = Judge::load(&Tree::Commit { repository, commit: base.clone() }, &place, chosen)?;
        judge.notes.push(format!("configuration and policies come from {place}: a change does not choose its judge"));
        Ok(judge)
    }

    /// Whether the base judges.
    pub(super) fn judged_by_base(&self, request: &Request) -> bool {
        match request.trust {
            Trust::Auto => self.pull_request,
            Trust::Base => true,
            Trust::Worktree => false,
        }
    }

    /// The working tree; of a bare repository the head commit.
    fn worktree(&self) -> Tree<'_> {
        match &self.repository {
            Some(repository) if repository.workdir().is_none() => self.head_tree().unwrap_or(Tree::Folder(self.root.clone())),
            _ => Tree::Folder(self.root.clone()),
        }
    }

    /// The tree of the head commit; `None` when only a diff was given.
    pub(super) fn head_tree(&self) -> Option<Tree<'_>> {
        let repository = self.repository.as_ref()?;
        let commit = self.changes.first()?.head.as_ref()?.commit.clone();
        Some(Tree::Commit { repository, commit })
    }

    /// The commit that CODEOWNERS is read from: the newest of the base branch, else the merge base.
    pub(super) fn owners_commit(&self, change: &RawChange) -> Option<String> {
        self.base_tip.clone().or_else(|| change.base.as_ref().map(|base| base.commit.clone()))
    }

    /// The pull request's newest commit as CI names it, where that is what is judged: the head itself, or a parent of the merge that was made
    /// to try it. An event about another commit says nothing about this one.
    pub(super) fn tried(&self, change: &RawChange) -> Option<&str> {
        let (named, head) = (self.ci.pull_request_head.as_deref()?, &change.head.as_ref()?.commit);
        let merge = change.commits.iter().find(|commit| commit.id == *head);
        // The first parent of a trial merge is the target.
        let parents = merge.into_iter().flat_map(|commit| commit.parents.iter().skip(1));
        (named == head || parents.into_iter().any(|parent| parent == named)).then_some(named)
    }

    /// Every changed path, old names too.
    pub(super) fn changed_paths(&self) -> impl Iterator<Item = &str> {
        let files = self.changes.iter().flat_map(|change| &change.files);
        files.flat_map(|file| [Some(file.path.as_str()), file.old_path.as_deref()]).flatten()
    }

    /// The text of a line of the changed tree, for fingerprints; `cache` keeps the files that were read.
    pub(super) fn line(&self, cache: &mut BTreeMap<String, Option<Vec<u8>>>, file: &str, line: u32) -> Option<String> {
        let added = self.changes.iter().flat_map(|change| &change.files).filter(|changed| changed.path == file);
        for (number, text) in added.flat_map(|changed| changed.added.iter()) {
            if number == line {
                return Some(String::from_utf8_lossy(text).into_owned());
            }
        }
        let tree = self.head_tree()?;
        let bytes = cache.entry(file.to_owned()).or_insert_with(|| tree.read(file).ok().flatten());
        let at = usize::try_from(line).ok()?.checked_sub(1)?;
        bytes.as_ref()?.split(|byte| *byte == b'\n').nth(at).map(|text| String::from_utf8_lossy(text).into_owned())
    }

    /// The subject as the decision names it.
    pub(super) fn record(&self, config: &Config) -> decide::Subject {
        let refs: BTreeSet<String> = self.changes.iter().filter_map(|change| change.branch.clone()).collect();
        let one = if let [one] = self.changes.as_slice() { Some(one) } else { None };
        decide::Subject {
            service: config.service.name.clone(),
            tier: config.service.tier.word().to_owned(),
            base: one.and_then(|change| change.base.as_ref()).map(|base| base.commit.clone()),
            head: one.and_then(|change| change.head.as_ref()).map(|head| head.commit.clone()),
            refs: refs.into_iter().collect(),
            pull_request: self.number,
            pull_request_head: one.and_then(|change| self.tried(change)).map(str::to_owned),
            carries: None,
            rollout: None,
        }
    }

    /// What the reader should know about how the change was taken.
    pub(super) fn notes(&self) -> impl Iterator<Item = String> {
        let bases = self.changes.iter().map(|change| format!("base: {}", change.base_reason));
        let timeless = self.changes.iter().filter_map(|change| timeless(change.head.as_ref()?));
        bases.chain(self.changes.iter().flat_map(|change| change.notes.clone())).chain(timeless).chain(self.notes.clone())
    }
}

/// Whether this is a rollout whose commits nobody named.
fn named_nothing(request: &Request) -> bool {
    request.stage == Stage::Rollout && request.base.is_none() && request.head.is_none()
}

/// What there is to say of a head whose committer time cannot be meant: reports of any age are younger than it.
fn timeless(head: &Revision) -> Option<String> {
    (head.committed_at.as_second() < FIRST_SECOND).then(|| {
        format!(
            "commit {} has no usable committer date ({}): times cannot show that a report or an approval was made for it; \
             commit again with the right date, or use reports that name their commit",
            short(&head.commit),
            head.committed_at
        )
    })
}

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_head_without_a_usable_date_is_said_to_have_none() {
        for (seconds, said) in [(0, true), (-5, true), (FIRST_SECOND - 1, true), (FIRST_SECOND, false)] {
            let committed_at = Timestamp::from_second(seconds).unwrap();
            let head = Revision { rev: "HEAD".to_owned(), commit: "1".repeat(40), committed_at };
            assert_eq!(timeless(&head).is_some(), said, "{seconds}");
        }
    }
}
