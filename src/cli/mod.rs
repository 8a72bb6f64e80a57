//! The command line: one file per subcommand, and no logic of its own.

mod args;
mod baseline;
mod canary;
mod check;
mod completions;
mod db;
mod doctor;
mod explain;
mod freeze;
mod github;
mod hook;
mod init;
mod input;
mod ledger;
mod output;
mod policy;
mod publish;
mod rollback;
mod schema;
mod slo;
mod waiting;
mod waiver;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::{Error, Result};
use crate::exit;

/// A policy-as-code release gate: collects evidence about a change, evaluates Rego policies over it, and answers pass, hold,
/// block or roll back.
#[derive(Debug, Parser)]
#[command(name = "kadian", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes:\n  0  pass (or any verdict in warn or shadow mode)\n  1  block\n  2  kadian itself could not work: \
usage, configuration, an unreadable policy\n  3  hold: it cannot be decided yet, and the report says what would let it\n  4  roll back";

#[derive(Debug, Subcommand)]
enum Command {
    /// Decide whether the change may go on
    #[command(subcommand)]
    Check(check::Check),
    /// Print the input document that the policies would see
    #[command(subcommand)]
    Input(input::Input),
    /// Show which record of which report a fact came from
    #[command(subcommand)]
    Explain(explain::Explain),
    /// Tell how coverage reports were joined to the repository, and what became of each file of the change
    Doctor(doctor::Doctor),
    /// List, show, check and test policies
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Keep the findings that are there, so that later changes answer for new ones only
    #[command(subcommand)]
    Baseline(baseline::Baseline),
    /// Judge the gray version beside the baseline
    #[command(subcommand)]
    Canary(canary::Canary),
    /// Check the definitions of service level objectives
    #[command(subcommand)]
    Slo(slo::Slo),
    /// Take a rollout back as a decision recommends
    Rollback(rollback::Rollback),
    /// Record, look up, move and verify what happened to production
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Look at databases and at the SQL that changes them
    #[command(subcommand)]
    Db(db::Db),
    /// Tell when the freeze calendar asks for care
    #[command(subcommand)]
    Freeze(freeze::Freeze),
    /// Answer what is pressed and what waits on GitHub
    #[command(subcommand)]
    Github(github::Github),
    /// List and check the waivers: dated, owned, reasoned exceptions
    #[command(subcommand)]
    Waiver(waiver::Waiver),
    /// Print the JSON Schema of a document
    Schema(schema::Schema),
    /// Write a commented kadian.yaml
    Init(init::Init),
    /// Install or remove the git pre-push hook
    #[command(subcommand)]
    Hook(hook::Hook),
    /// Print a shell's completion script
    Completions(completions::Completions),
}

/// Runs the program with these arguments, the first being its own name, and gives the documented exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(exit::ERROR);
            return if error.print().is_ok() { ExitCode::from(code) } else { ExitCode::from(exit::ERROR) };
        }
    };
    match cli.run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            output::error(&error);
            ExitCode::from(exit::ERROR)
        }
    }
}

impl Cli {
    fn run(self) -> Result<u8> {
        match self.command {
            Command::Check(command) => command.run(),
            Command::Input(command) => command.run(),
            Command::Explain(command) => command.run(),
            Command::Doctor(command) => command.run(),
            Command::Policy(command) => command.run(),
            Command::Baseline(command) => command.run(),
            Command::Canary(command) => command.run(),
            Command::Slo(command) => command.run(),
            Command::Rollback(command) => command.run(),
            Command::Ledger(command) => command.run(),
            Command::Db(command) => command.run(),
            Command::Freeze(command) => command.run(),
            Command::Github(command) => command.run(),
            Command::Waiver(command) => command.run(),
            Command::Schema(command) => command.run(),
            Command::Init(command) => command.run(),
            Command::Hook(command) => command.run(),
            Command::Completions(command) => command.run(),
        }
    }
}

/// The help of every command, as one Markdown page: the reference is generated from it.
pub fn reference() -> Result<String> {
    let mut command = <Cli as clap::CommandFactory>::command();
    command.build();
    let mut page = String::from("# The commands\n\nGenerated from the program's own help; a test keeps it true.\n");
    describe(&mut command, "", &mut page)?;
    Ok(page)
}

fn describe(command: &mut clap::Command, parent: &str, page: &mut String) -> Result<()> {
    let name = format!("{parent}{}", command.get_name());
    let mut own = command.clone().term_width(100).color(clap::ColorChoice::Never);
    let help = own.render_long_help().to_string();
    if help.is_empty() {
        return Err(Error::new(format!("`{name}` has no help")));
    }
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    page.extend(["\n## `", &name, "`\n\n```text\n", help.join("\n").trim_end(), "\n```\n"]);
    for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
        describe(sub, &format!("{name} "), page)?;
    }
    Ok(())
}
