//! `kadian github`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::output;
use super::rollback::Rollback;
use crate::act::protection as answer;
use crate::collect::clock;
use crate::collect::github::{self, Access, GitHub, Limits, event_file};
use crate::config::parse_override;
use crate::error::{Error, Result};
use crate::facts::Span;
use crate::gate::github::protection::{self, Reply};
use crate::gate::github::{Received, button};
use crate::gate::ledger::Where;

/// What runs in a workflow when somebody pressed a button, or a deployment waits.
#[derive(Debug, Subcommand)]
pub(super) enum Github {
    /// Carry out the rollback that a started workflow or a check run's button asks for
    HandleEvent(HandleEvent),
    /// Tell a deployment that waits what a decision about its commit says
    ProtectionRule(ProtectionRule),
}

const PRESSED: &str = "Verifies who pressed, where and when, then does what `kadian rollback --yes` does.\n\nExit codes:\n  0  the old \
version is back, and verified\n  1  a step or the verification failed\n  2  it could not begin, or the press does not count\n  3  it waits: \
for approval, or because somebody else carries it out";

const ANSWERED: &str = "Exit codes:\n  0  the deployment was let go on\n  1  it was refused\n  2  nothing could be answered, and it goes on \
waiting\n  3  the decision is to hold, and it goes on waiting";

/// What presses a button.
#[derive(Debug, Args)]
#[command(after_help = PRESSED)]
pub(super) struct HandleEvent {
    #[command(flatten)]
    event: EventArgs,
    /// Verify the press, print exactly what would run, and run nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: PlaceArgs,
    /// Override a setting, for example `recovery.press_permission=maintain`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// What answers a deployment.
#[derive(Debug, Args)]
#[command(after_help = ANSWERED)]
pub(super) struct ProtectionRule {
    #[command(flatten)]
    event: EventArgs,
    /// The decision: a file that `--report json` wrote, its id, or the beginning of its id [default: the ledger's newest one about
    /// releasing the commit]
    #[arg(long, value_name = "FILE|ID")]
    decision: Option<String>,
    /// How old the decision may be
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    max_age: Span,
    /// Print what would be answered, and answer nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct EventArgs {
    /// The event's file [default: `GITHUB_EVENT_PATH`]
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    /// The event's name [default: `GITHUB_EVENT_NAME`]
    #[arg(long, value_name = "NAME")]
    event_name: Option<String>,
}

impl EventArgs {
    fn read(&self) -> Result<Received> {
        let (name, bytes) = event_file(self.event.as_deref(), self.event_name.as_deref())?;
        Received::read(&name, &bytes).map_err(Error::new)
    }
}

#[derive(Debug, Args)]
struct PlaceArgs {
    /// Where the ledger is: `sqlite:PATH` or `postgres://USER@HOST/DATABASE` [default: `KADIAN_LEDGER`, else `ledger:` of kadian.yaml]
    #[arg(long, value_name = "ADDRESS")]
    ledger: Option<String>,
    /// Configuration file [default: kadian.yaml in the repository]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// The time to decide for, instead of the clock
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
}

impl PlaceArgs {
    fn place(&self) -> Where {
        Where { ledger: self.ledger.clone(), config: self.config.clone(), repo: self.repo.clone() }
    }
}

impl Github {
    pub(super) fn run(self) -> Result<u8> {
        let access = github::access().map_err(Error::new)?;
        match self {
            Github::HandleEvent(handle) => handle.run(&access),
            Github::ProtectionRule(rule) => rule.run(&access),
        }
    }
}

impl HandleEvent {
    fn run(self, access: &Access) -> Result<u8> {
        let received = self.event.read()?;
        let overrides = self.set.iter().map(|text| parse_override(text)).collect::<Result<Vec<_>>>()?;
        let settings = button::settings(&self.place.place(), &overrides)?;
        let github = GitHub::open(access, &Limits::default()).map_err(|failure| Error::new(failure.to_string()))?;
        let now = self.place.now.unwrap_or_else(clock::now);
        let pressed = button::pressed(&github, access, &received, github::running(), &settings, now)?;
        for note in &pressed.notes {
            output::warning(note);
        }
        output::print_quoting(&format!("asked for or approved by {}", pressed.by.join(", ")))?;
        let PlaceArgs { ledger, config, repo, now } = self.place;
        let rollback = Rollback {
            decision: pressed.decision,
            dry_run: self.dry_run,
            yes: !self.dry_run,
            by: pressed.by,
            retry_step: Vec::new(),
            skip_step: Vec::new(),
            take_over: false,
            give_up: false,
            ledger,
            config,
            repo,
            set: self.set,
            now,
        };
        rollback.run()
    }
}

impl ProtectionRule {
    fn run(self, access: &Access) -> Result<u8> {
        let received = self.event.read()?;
        let request = protection::Request {
            decision: self.decision,
            place: self.place.place(),
            max_age: self.max_age,
            now: self.place.now.unwrap_or_else(clock::now),
        };
        match protection::reply(access, &received, &request)? {
            Reply::Wait { said } => {
                output::print_quoting(&said)?;
                Ok(3)
            }
            Reply::Answer { path, body, approved, said } => {
                if !self.dry_run {
                    answer::answer(access, &path, &body).map_err(|failure| {
                        let error = Error::new(format!("the deployment was not answered, and goes on waiting: {failure}"));
                        if failure.is_forbidden() {
                            error.hint(
                                "a GitHub App answers, with the permission `deployments: write`; it has to be the rule's own App",
                            )
                        } else {
                            error
                        }
                    })?;
                }
                output::print_quoting(&said)?;
                Ok(u8::from(!approved))
            }
        }
    }
}
