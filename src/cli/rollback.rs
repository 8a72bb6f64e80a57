//! `kadian rollback`.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::output;
use crate::act::recovery::{self, Order, Outcome, Plan};
use crate::collect::clock;
use crate::config::parse_override;
use crate::error::{Error, Result};
use crate::gate::ledger::Where;
use crate::gate::rollback::{self, Ready, Request};

/// Exit codes: 0 when the old version is back and verified, 1 when a step or the verification failed, 2 when it could not begin,
/// 3 when it waits: for approval, or because somebody else carries it out.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct Rollback {
    /// The decision: a file that `--report json` wrote, its id, or the beginning of its id [default: the service's newest one that
    /// asks for a rollback]
    #[arg(long, value_name = "FILE|ID")]
    pub(super) decision: Option<String>,
    /// Print exactly what would run, and run nothing
    #[arg(long, conflicts_with_all = ["yes", "give_up"])]
    pub(super) dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
    /// Who approves; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) by: Vec<String>,
    /// Run this step again, although it failed or nobody knows what became of it; may be repeated
    #[arg(long, value_name = "N")]
    pub(super) retry_step: Vec<u64>,
    /// Go on without this step: its work is done, or need not be; may be repeated
    #[arg(long, value_name = "N", conflicts_with = "give_up")]
    pub(super) skip_step: Vec<u64>,
    /// Take the run from whoever carries it out elsewhere: only if you know that nobody does any more
    #[arg(long)]
    pub(super) take_over: bool,
    /// End the run without finishing it, so that another one may begin
    #[arg(long, conflicts_with = "retry_step")]
    pub(super) give_up: bool,
    /// Where the ledger is: `sqlite:PATH` or `postgres://USER@HOST/DATABASE` [default: `KADIAN_LEDGER`, else `ledger:` of kadian.yaml]
    #[arg(long, value_name = "ADDRESS")]
    pub(super) ledger: Option<String>,
    /// Configuration file [default: kadian.yaml in the repository]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(super) repo: PathBuf,
    /// Override a setting, for example `recovery.max_age=1d`
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// The time to decide for and to record, instead of the clock
    #[arg(long, value_name = "RFC3339")]
    pub(super) now: Option<Timestamp>,
}

/// Exit codes that verdicts have, too: what they mean to a pipeline is the same.
const RECOVERED: u8 = 0;
const FAILED: u8 = 1;
const WAITING: u8 = 3;

impl Rollback {
    pub(super) fn run(self) -> Result<u8> {
        let request = Request {
            decision: self.decision.clone(),
            place: Where { ledger: self.ledger.clone(), config: self.config.clone(), repo: self.repo.clone() },
            overrides: self.set.iter().map(|text| parse_override(text)).collect::<Result<_>>()?,
            now: self.now.unwrap_or_else(clock::now),
        };
        let ready = rollback::ready(&request)?;
        for note in &ready.notes {
            output::warning(note);
        }
        let plan = recovery::plan(&ready.recovery, &ready.rollback, &ready.decision)?;
        if self.dry_run {
            output::print_quoting(&recovery::dry_run(&plan))?;
            return Ok(RECOVERED);
        }
        if let Err(missing) = recovery::approval(&plan.rollback.approvals, &self.by)
            && !self.give_up
        {
            output::print_quoting(&missing)?;
            return Ok(WAITING);
        }
        if !self.yes && !agreed(&plan, self.give_up)? {
            return Err(Error::new("nothing was run").hint("`--dry-run` prints what would run"));
        }
        self.carry_out(&ready, &plan)
    }

    fn carry_out(&self, ready: &Ready, plan: &Plan) -> Result<u8> {
        let order = Order {
            root: &ready.root,
            ledger: &ready.ledger,
            ledger_root: &ready.ledger_root,
            now: self.now,
            by: &self.by,
            retry: &self.retry_step,
            skip: &self.skip_step,
            take_over: self.take_over,
        };
        // What cannot be shown does not keep anything from being taken back.
        let mut say = |line: &str| drop(output::print_quoting(line));
        let outcome =
            if self.give_up { recovery::give_up(plan, order, &mut say)? } else { recovery::run(plan, order, &mut say)? };
        let (text, code) = match outcome {
            Outcome::Recovered => {
                let rollback = &plan.rollback;
                let text = format!("{} runs {} again: every step is done, and verified", rollback.service, rollback.return_to);
                (text, RECOVERED)
            }
            Outcome::Stopped(text) if self.give_up => (text, RECOVERED),
            Outcome::Stopped(text) => (format!("stopped: {text}"), FAILED),
            Outcome::Waiting(text) => (format!("waiting: {text}"), WAITING),
        };
        output::print_quoting(&text)?;
        Ok(code)
    }
}

/// Shows what would run and asks; without a terminal nobody could answer.
fn agreed(plan: &Plan, give_up: bool) -> Result<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Error::new("nobody can be asked here, so that nothing was run")
            .hint("give --yes where that is decided elsewhere; --dry-run prints what would run"));
    }
    output::print_quoting(&recovery::dry_run(plan))?;
    let question = if give_up { "Give this run up, as it stands?" } else { "Run this now?" };
    let asked = write!(io::stderr(), "\n{question} Type `yes`: ").and_then(|()| io::stderr().flush());
    let mut answer = String::new();
    let read = asked.and_then(|()| io::stdin().lock().read_line(&mut answer));
    read.map_err(|error| Error::new(format!("nobody could be asked: {error}")))?;
    Ok(answer.trim() == "yes")
}
