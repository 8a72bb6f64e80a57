//! `kadian check`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::{GateArgs, MomentArgs};
use super::output::{self, ReportRequest};
use crate::act::cache;
use crate::act::deadline::Deadline;
use crate::act::save::{self, Kept};
use crate::decide::{Mode, Stage};
use crate::error::{Error, Result};
use crate::{exit, gate};

#[derive(Debug, Subcommand)]
pub(super) enum Check {
    /// Before a push, on a laptop
    Push(Push),
    /// On a pull request or in a merge queue
    Merge(Merge),
    /// On a release candidate, after it was deployed to pre-release
    Release(Release),
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
struct AnswerArgs {
    /// Write a report: text, json, sarif, junit, markdown or html; may be repeated [default: text]
    #[arg(long, value_name = "FORMAT[=PATH]")]
    report: Vec<String>,
    /// Keep the decision, its input, its policies and what servers said in this folder
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Show everything, however long
    #[arg(long, short)]
    verbose: bool,
}

impl Check {
    pub(super) fn run(self) -> Result<u8> {
        let (request, answer) = match self {
            Check::Push(push) => (push.gate.request(Stage::Push, push.pre_push)?, push.answer),
            Check::Merge(merge) => (merge.gate.request(Stage::Merge, false)?, merge.answer),
            Check::Release(release) => {
                let mut request = release.gate.request(Stage::Release, false)?;
                request.moment = release.moment.moment(request.now)?;
                (request, release.answer)
            }
        };
        let reports = ReportRequest::parse_all(&answer.report)?;
        let deadline = Deadline::start();
        if request.shadow {
            let answer = serde_json::to_string(&gate::shadow::Answer::of(&gate::check(&request)));
            output::print(&answer.map_err(|error| Error::new(format!("the answer cannot be written: {error}")))?)?;
            return Ok(exit::SHADOW);
        }
        let checked = gate::check(&request)?;
        drop(deadline);
        output::reports(&checked.decision, &reports, answer.verbose)?;
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
        Ok(exit::code(checked.decision.verdict, checked.decision.mode))
    }
}
