//! The options that `check` and `input` share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::collect::environment::PlainChange;
use crate::collect::{again, ci, clock, environment, stdin};
use crate::config::{parse_kind, parse_override};
use crate::decide::{Mode, Stage};
use crate::error::{Error, Result};
use crate::facts::Phase;
use crate::gate::{Moment, NamedEvidence, Request, RolloutRequest, Trust};

/// What is judged, by what, and with which evidence.
#[derive(Debug, Args)]
pub(super) struct GateArgs {
    /// Configuration file [default: kadian.yaml in the repository, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// Revision that the change starts from [default: `KADIAN_BASE`, what CI says, the upstream, origin's default branch]
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Newest revision of the change [default: `KADIAN_HEAD`, else HEAD]
    #[arg(long, value_name = "REV")]
    head: Option<String>,
    /// Take the change from a unified diff instead of the repository's history
    #[arg(long, value_name = "FILE", conflicts_with_all = ["base", "head"])]
    diff: Option<PathBuf>,
    /// Number of the pull request that is judged [default: `KADIAN_PULL_REQUEST`, else what CI says]
    #[arg(long, value_name = "N")]
    pull_request: Option<u64>,
    /// Where reports are found; may be repeated, and replaces discovery for its kind
    #[arg(long, value_name = "KIND[:FORMAT]=GLOB")]
    evidence: Vec<String>,
    /// Policies to use beside the configured ones: a folder, a .rego file or a bundle (.tar.gz)
    #[arg(long, value_name = "DIR|BUNDLE")]
    policy: Vec<PathBuf>,
    /// Override a threshold, for example `coverage.patch_percent=85`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The time to decide for, instead of the clock
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
    /// How much the verdict binds; warn and shadow exit with 0
    #[arg(long, value_enum)]
    mode: Option<ModeArg>,
    /// Whose configuration and policies judge: those of the base, or those of the working tree
    #[arg(long, value_enum, default_value = "auto")]
    trust: TrustArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ModeArg {
    /// The verdict is the exit code
    Enforce,
    /// Show the verdict, exit with 0
    Warn,
    /// As warn, and publish nothing
    Shadow,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TrustArg {
    /// Base where CI or --pull-request show a pull request or merge group, else worktree
    Auto,
    /// The base of the change
    Base,
    /// The working tree
    Worktree,
}

impl GateArgs {
    /// Checks the words and reads the clock; with `pre_push` also standard input.
    pub(super) fn request(self, stage: Stage, pre_push: bool) -> Result<Request> {
        // What is pushed and what a diff says names its own ends.
        let plain = if pre_push || self.diff.is_some() { PlainChange::default() } else { environment::plain_change()? };
        Ok(Request {
            stage,
            config: self.config,
            repo: self.repo,
            base: self.base.or(plain.base),
            head: self.head.or(plain.head),
            diff: self.diff,
            pull_request: self.pull_request.or(plain.pull_request),
            evidence: self.evidence.iter().map(|text| named(text)).collect::<Result<_>>()?,
            policies: self.policy,
            overrides: self.set.iter().map(|text| parse_override(text)).collect::<Result<_>>()?,
            now: self.now.unwrap_or_else(clock::now),
            mode: self.mode.map(|mode| match mode {
                ModeArg::Enforce => Mode::Enforce,
                ModeArg::Warn => Mode::Warn,
                ModeArg::Shadow => Mode::Shadow,
            }),
            trust: match self.trust {
                TrustArg::Auto => Trust::Auto,
                TrustArg::Base => Trust::Base,
                TrustArg::Worktree => Trust::Worktree,
            },
            pre_push: if pre_push { Some(stdin::read()?) } else { None },
            moment: None,
            rollout: None,
            record: false,
            ledger: environment::ledger(),
            shadow: again::is_shadow(),
            remote: ci::pushed_remote(),
        })
    }
}

/// Which two versions run side by side, and since when.
#[derive(Debug, Args)]
pub(super) struct MomentArgs {
    /// The version that runs beside the gray one: the old one
    #[arg(long, value_name = "VERSION", requires = "to")]
    from: Option<String>,
    /// The gray version: the new one
    #[arg(long, value_name = "VERSION", requires_all = ["from", "since"])]
    to: Option<String>,
    /// Since when the gray version takes traffic
    #[arg(long, value_name = "RFC3339", requires = "to")]
    since: Option<Timestamp>,
    /// Until when to look [default: now]
    #[arg(long, value_name = "RFC3339", requires = "to")]
    until: Option<Timestamp>,
    /// The region of the batch, for definitions that say {region}
    #[arg(long, value_name = "NAME", requires = "to")]
    region: Option<String>,
    /// The number of the batch, for definitions that say {batch}
    #[arg(long, value_name = "N", requires = "to")]
    batch: Option<u64>,
}

impl MomentArgs {
    /// The moment, where it was stated. A time to come is an error: nobody can have measured it.
    pub(super) fn moment(self, now: Timestamp) -> Result<Option<Moment>> {
        let (Some(from), Some(to), Some(start)) = (self.from, self.to, self.since) else { return Ok(None) };
        let end = self.until.unwrap_or(now);
        if end > now {
            return Err(Error::new(format!("--until {end} lies after the time of the decision, {now}")));
        }
        Ok(Some(Moment { from, to, region: self.region, batch: self.batch, start, end }))
    }
}

/// Which part of which rollout is judged.
#[derive(Debug, Args)]
pub(super) struct RolloutArgs {
    /// The plan of the rollout
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// The number of the batch, from 1; without it the plan itself is judged
    #[arg(long, value_name = "N")]
    batch: Option<u64>,
    /// Whether the batch may start, or whether it is sound while it soaks [default: before]
    #[arg(long, value_enum, requires = "batch")]
    phase: Option<PhaseArg>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PhaseArg {
    /// Whether the batch may start
    Before,
    /// Whether the batch is sound while it soaks
    Soak,
}

impl RolloutArgs {
    pub(super) fn request(self) -> RolloutRequest {
        let phase = match (self.batch, self.phase) {
            (None, _) => Phase::Plan,
            (Some(_), Some(PhaseArg::Soak)) => Phase::Soak,
            (Some(_), Some(PhaseArg::Before) | None) => Phase::Before,
        };
        RolloutRequest { plan: self.plan, batch: self.batch, phase }
    }
}

pub(super) fn named(text: &str) -> Result<NamedEvidence> {
    let Some((kind, glob)) = text.split_once('=').filter(|(_, glob)| !glob.is_empty()) else {
        return Err(Error::new(format!("--evidence `{text}` is not KIND[:FORMAT]=GLOB"))
            .hint("for example --evidence tests=build/junit/*.xml or --evidence coverage:lcov=cov.info"));
    };
    let (kind, format) = match kind.split_once(':') {
        Some((kind, format)) => (kind, Some(format.to_owned())),
        None => (kind, None),
    };
    Ok(NamedEvidence { kind: parse_kind("--evidence", kind)?, format, glob: glob.to_owned() })
}
