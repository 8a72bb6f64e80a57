//! `kadian input`.

use clap::{Args, Subcommand};

use super::args::{GateArgs, MomentArgs, RolloutArgs};
use super::output;
use crate::decide::Stage;
use crate::error::{Error, Result};
use crate::gate;
use crate::report::escape;

#[derive(Debug, Subcommand)]
pub(super) enum Input {
    /// Before a push, on a laptop
    Push(Push),
    /// On a pull request or in a merge queue
    Merge(Merge),
    /// On a release candidate, after it was deployed to pre-release
    Release(Release),
    /// Before a batch of a rollout, while it soaks, or on its plan alone
    Rollout(Rollout),
}

#[derive(Debug, Args)]
pub(super) struct Push {
    #[command(flatten)]
    gate: GateArgs,
    /// Read the refs that are pushed from standard input; several give a list of documents
    #[arg(long)]
    pre_push: bool,
}

#[derive(Debug, Args)]
pub(super) struct Merge {
    #[command(flatten)]
    gate: GateArgs,
}

#[derive(Debug, Args)]
pub(super) struct Release {
    #[command(flatten)]
    gate: GateArgs,
    #[command(flatten)]
    moment: MomentArgs,
}

#[derive(Debug, Args)]
pub(super) struct Rollout {
    #[command(flatten)]
    gate: GateArgs,
    #[command(flatten)]
    rollout: RolloutArgs,
}

impl Input {
    pub(super) fn run(self) -> Result<u8> {
        let request = match self {
            Input::Push(push) => push.gate.request(Stage::Push, push.pre_push)?,
            Input::Merge(merge) => merge.gate.request(Stage::Merge, false)?,
            Input::Release(release) => {
                let mut request = release.gate.request(Stage::Release, false)?;
                request.moment = release.moment.moment(request.now)?;
                request
            }
            Input::Rollout(rollout) => {
                let mut request = rollout.gate.request(Stage::Rollout, false)?;
                request.rollout = Some(rollout.rollout.request());
                request
            }
        };
        let documents = gate::documents(&request)?;
        let text = match documents.as_slice() {
            [one] => serde_json::to_string_pretty(one),
            several => serde_json::to_string_pretty(several),
        };
        let text = text.map_err(|error| Error::new(format!("the input document cannot be written: {error}")))?;
        output::print(&escape::log_json(&text))?;
        Ok(0)
    }
}
