//! `kadian check`.

use std::mem;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::{GateArgs, MomentArgs, RolloutArgs};
use super::output::{self, ReportRequest};
use super::{publish, waiting};
use crate::act::cache;
use crate::act::deadline::Deadline;
use crate::act::save::{self, Kept};
use crate::decide::{Mode, Stage};
use crate::error::{Error, Result};
use crate::gate::Request;
use crate::{exit, gate};

#[derive(Debug, Subcommand)]
pub(super) enum Check {
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
#[expect(clippy::struct_field_names, reason = "a field is called like its option")]
pub(super) struct Push {
    #[command(flatten)]
    gate: GateArgs,
    /// Read the refs that are pushed from standard input, as git gives them to a pre-push hook
    #[arg(long)]
    pre_push: bool,
    #[command(flatten)]
    answer: AnswerArgs,
}

#[derive(Debug, Args)]
pub(super) struct Merge {
    #[command(flatten)]
    gate: GateArgs,
    #[command(flatten)]
    answer: AnswerArgs,
}

#[derive(Debug, Args)]
pub(super) struct Release {
    #[command(flatten)]
    gate: GateArgs,
    #[command(flatten)]
    moment: MomentArgs,
    #[command(flatten)]
    answer: AnswerArgs,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_field_names, reason = "a field is called like its option")]
pub(super) struct Rollout {
    #[command(flatten)]
    gate: GateArgs,
    #[command(flatten)]
    rollout: RolloutArgs,
    /// Look again until the verdict is no longer hold, for so long at most, for example `30m`
    #[arg(long, value_name = "DURATION", conflicts_with = "now")]
    wait: Option<String>,
    #[command(flatten)]
    answer: AnswerArgs,
}

#[derive(Debug, Args)]
struct AnswerArgs {
    /// Write a report: text, json, sarif, junit, markdown, html or github; may be repeated [default: text]
    #[arg(long, value_name = "FORMAT[=PATH]")]
    report: Vec<String>,
    /// Publish the decision on GitHub: check-run, comment, status, summary, outputs
    #[arg(long, value_name = "WHAT[,WHAT]")]
    publish: Vec<String>,
    /// Keep the decision, its input, its policies and what servers said in this folder
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Record the decision in the ledger; a rollout's always is
    #[arg(long)]
    record: bool,
    /// Show everything, however long
    #[arg(long, short)]
    verbose: bool,
}

impl Check {
    pub(super) fn run(self) -> Result<u8> {
        let mut wait = None;
        let (mut request, answer) = match self {
            Check::Push(push) => (push.gate.request(Stage::Push, push.pre_push)?, push.answer),
            Check::Merge(merge) => (merge.gate.request(Stage::Merge, false)?, merge.answer),
            Check::Release(release) => {
                let mut request = release.gate.request(Stage::Release, false)?;
                request.moment = release.moment.moment(request.now)?;
                (request, release.answer)
            }
            Check::Rollout(rollout) => {
                let mut request = rollout.gate.request(Stage::Rollout, false)?;
                request.rollout = Some(rollout.rollout.request());
                wait = rollout.wait.as_deref().map(|text| waiting::patience("--wait", text)).transpose()?;
                (request, rollout.answer)
            }
        };
        request.record = answer.record;
        let reports = ReportRequest::parse_all(&answer.report)?;
        let publish = publish::targets(&answer.publish)?;
        if request.shadow {
            let _deadline = Deadline::start();
            let answer = serde_json::to_string(&gate::shadow::Answer::of(&gate::check(&request)));
            output::print(&answer.map_err(|error| Error::new(format!("the answer cannot be written: {error}")))?)?;
            return Ok(exit::SHADOW);
        }
        let checked = match wait {
            Some(patience) => waiting::until_certain(request, patience, decide)?,
            None => decide(&request)?,
        };
        output::reports(&checked.decision, &reports, answer.verbose)?;
        if let Some(reason) = &checked.unrecorded {
            output::warning(&format!("the decision is not in the ledger: {reason}"));
        }
        if let Some(folder) = answer.save {
            let policies: Vec<(&str, &str)> =
                checked.policies.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
            let evidence: Vec<(String, String)> = checked.live.iter().map(|live| (live.file_name(), live.text())).collect();
            let gate::Checked { decision, documents, settings, .. } = &checked;
            save::write(&folder, Kept { decision, documents, settings, policies: &policies, evidence: &evidence })?;
        }
        if checked.decision.mode != Mode::Shadow {
            for (path, document) in checked.cached() {
                cache::write(&path, &document)?;
            }
        }
        publish::publish(&checked.decision, &publish, &reports);
        let code = exit::code(checked.decision.verdict, checked.decision.mode);
        // The process ends: taking large documents apart would only delay the answer.
        mem::forget(checked);
        Ok(code)
    }
}

/// One look, which has to end in time.
fn decide(request: &Request) -> Result<gate::Checked> {
    let _deadline = Deadline::start();
    gate::decide(request)
}
