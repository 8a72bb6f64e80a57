//! The reviews of the change: out of a file, or from GitHub.

use jiff::Timestamp;

use super::gather::pick;
use super::reports::{Bound, Search};
use super::running::LiveDocument;
use crate::analyze::review::{self, Head, Judged};
use crate::collect::ci::Provider;
use crate::collect::files::{self, Report};
use crate::collect::github::review::{Question, collect};
use crate::collect::github::{Access, Limits, access};
use crate::decide::Stage;
use crate::digest::sha256;
use crate::error::Result;
use crate::evidence::{PullRequestRecord, ReviewReport};
use crate::facts::{ChangedFile, Evidence, Kind, Review, Source, Status};

/// Said where a merge group is judged.
pub(super) const IN_A_GROUP: &str =
    "a merge group is judged: nobody can act on a review there, and each of its pull requests had its own";

/// What is known of the reviews.
#[derive(Debug)]
pub(super) struct Reviewed {
    pub(super) evidence: Evidence<Review>,
    /// What a code host said, where the evidence is known.
    pub(super) pull_request: Option<Box<PullRequestRecord>>,
    /// What GitHub answered just now.
    pub(super) live: Option<LiveDocument>,
}

impl Reviewed {
    fn without(evidence: Evidence<Review>) -> Reviewed {
        Reviewed { evidence, pull_request: None, live: None }
    }
}

/// A review that was understood, and why it does not count after all.
struct Understood {
    review: Review,
    pull_request: Option<Box<PullRequestRecord>>,
    unfit: Option<String>,
    remarks: Vec<String>,
}

impl Search<'_> {
    /// The reviews: of the file that the caller or the configuration names; else of GitHub, which is asked about a pull request that is to
    /// be merged; else of a file under a conventional name.
    ///
    /// The process that judges by the change's own rules asks nobody.
    pub(super) fn review(&self, changed: &[ChangedFile], notes: &mut Vec<String>) -> Result<Reviewed> {
        if self.in_a_group() {
            return Ok(Reviewed::without(Evidence::missing(IN_A_GROUP)));
        }
        let question = self.asked_about();
        let refused = match question.map(|number| (number, access())) {
            Some((number, Ok(access))) => return Ok(self.live_review(&access, number, changed, notes)),
            // Elsewhere nobody may want to ask GitHub.
            Some((_, Err(reason))) => {
                Some(reason).filter(|_| self.subject.ci.provider.is_none_or(|provider| provider == Provider::GitHub))
            }
            None => None,
        };
        let found = self.evidence(&Kind::Review, notes, |bound| self.understand(bound))?;
        let reviewed = Self::weighed(found, notes);
        Ok(match refused.filter(|_| reviewed.evidence.status() == Status::Missing) {
            Some(reason) => {
                Reviewed::without(Evidence::missing(format!("no review file was found, and GitHub cannot be asked: {reason}")))
            }
            None => reviewed,
        })
    }

    /// Whether a merge group is judged. A pull request that the caller names is one all the same.
    pub(super) fn in_a_group(&self) -> bool {
        self.subject.ci.is_merge_group && self.request.pull_request.is_none()
    }

    /// The pull request that GitHub is asked about; `None` where it is not.
    fn asked_about(&self) -> Option<u64> {
        let named = self.request.evidence.iter().any(|named| named.kind == Kind::Review);
        let filed = named || self.judge.config.evidence.contains_key(&Kind::Review);
        let elsewhere = self.subject.ci.is_of_github() == Some(false);
        let asks = self.request.stage == Stage::Merge && !filed && !elsewhere && !self.request.shadow;
        self.subject.number.filter(|_| asks)
    }

    fn live_review(&self, access: &Access, number: u64, changed: &[ChangedFile], notes: &mut Vec<String>) -> Reviewed {
        let teams = self.owning_teams(changed);
        let question = Question { number, teams: &teams, now: self.request.now };
        let document = match collect(access, question, &Limits::default()) {
            Ok(document) => document,
            Err(reason) => return Reviewed::without(Evidence::missing(reason)),
        };
        let live = LiveDocument { kind: Kind::Review, document };
        let text = live.text();
        let sources = vec![source(access, number, &text, self.request.now)];
        let understood = files::understand(&Kind::Review, "github", text.as_bytes())
            .and_then(|content| self.understand(vec![Bound { content, path: String::new(), modified: None, root: None }]));
        let found = match understood {
            Ok(understood) => Evidence::known(sources, understood),
            Err(reason) => Evidence::unreadable(sources, reason),
        };
        Reviewed { live: Some(live), ..Self::weighed(found, notes) }
    }

    /// Teams that own a changed file and whose members the settings do not name.
    fn owning_teams(&self, changed: &[ChangedFile]) -> Vec<String> {
        let settings = &self.judge.config.settings.review;
        if !settings.require_code_owners {
            return Vec::new();
        }
        let named = |team: &str| settings.teams.keys().any(|known| known.eq_ignore_ascii_case(team));
        let owners = changed.iter().flat_map(|file| file.owners.iter().chain(&file.old_owners));
        let mut teams: Vec<String> =
            owners.filter(|owner| owner.starts_with('@') && owner.contains('/') && !named(owner)).cloned().collect();
        teams.sort();
        teams.dedup();
        teams
    }

    fn understand(&self, bound: Vec<Bound<Report>>) -> std::result::Result<Understood, String> {
        let mut reports: Vec<ReviewReport> = pick(bound, |report| match report {
            Report::Review(review) => Some(review),
            _ => None,
        });
        let (Some(report), true) = (reports.pop(), reports.is_empty()) else {
            return Err("several review files were found; one is expected".to_owned());
        };
        let (commits, committed_at) = (self.target.commits, self.target.committed_at);
        let base_branch = self.subject.ci.base_branch.as_deref().filter(|_| self.subject.pull_request);
        let repository = self.subject.ci.repository.as_deref();
        let judged = Judged { repository, commits, base_branch, number: self.subject.number };
        Ok(Understood {
            unfit: review::unfit(&report, judged),
            remarks: review::remarks(&report),
            pull_request: report.pull_request.clone(),
            review: review::review(report, Head { commits, committed_at }),
        })
    }

    /// Reviews of another commit or another branch are stale.
    fn weighed(found: Evidence<Understood>, notes: &mut Vec<String>) -> Reviewed {
        let sources = found.sources().to_vec();
        let reason = found.reason().unwrap_or_default().to_owned();
        let status = found.status();
        match (status, found.into_facts()) {
            (Status::Known, Some(Understood { unfit: Some(unfit), .. })) => Reviewed::without(Evidence::stale(sources, unfit)),
            (Status::Known, Some(understood)) => {
                notes.extend(understood.remarks);
                let evidence = Evidence::known(sources, understood.review);
                Reviewed { evidence, pull_request: understood.pull_request, live: None }
            }
            (Status::Stale, _) => Reviewed::without(Evidence::stale(sources, reason)),
            (Status::Missing, _) => Reviewed::without(Evidence::missing(reason)),
            _ => Reviewed::without(Evidence::unreadable(sources, reason)),
        }
    }
}

/// Where the answers come from: the pull request's address in the API, and the digest of the document that was made of them.
fn source(access: &Access, number: u64, text: &str, now: Timestamp) -> Source {
    Source {
        path: None,
        url: Some(format!("{}/repos/{}/pulls/{number}", access.api, access.repository)),
        sha256: sha256(text.as_bytes()),
        bytes: text.len() as u64,
        format: "github".to_owned(),
        collected_at: now,
    }
}
