//! `kadian policy`.

mod test;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::output;
use crate::error::{Error, Result};
use crate::gate::library::{self, Selection};
use crate::nearest::nearest;
use crate::report::escape;

#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    /// List every check: id, effect, severity, stages, the evidence it needs, title
    List(List),
    /// Show a check: what it asks for, where it stands, and its text
    Show(Show),
    /// Check policies without evaluating them
    Check(Check),
    /// Run the test_ rules of the policies
    Test(test::Test),
}

/// Which policies are meant.
#[derive(Debug, Args)]
struct SelectionArgs {
    /// Configuration file [default: kadian.yaml in the repository, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// Policies beside the configured ones: a folder, a .rego file or a bundle (.tar.gz)
    #[arg(long, value_name = "DIR|BUNDLE")]
    policy: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    selection: SelectionArgs,
    /// How to print it
    #[arg(long, value_enum, default_value = "text")]
    format: ListFormat,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// The check's id, for example coverage/patch
    id: String,
    #[command(flatten)]
    selection: SelectionArgs,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Policies to check instead of the configured ones: folders, .rego files or bundles
    paths: Vec<PathBuf>,
    #[command(flatten)]
    selection: SelectionArgs,
}

impl SelectionArgs {
    fn selection(&self, paths: &[PathBuf]) -> Selection {
        Selection { config: self.config.clone(), repo: self.repo.clone(), beside: self.policy.clone(), instead: paths.to_vec() }
    }
}

impl Policy {
    pub(super) fn run(self) -> Result<u8> {
        match self {
            Policy::List(list) => list.run(),
            Policy::Show(show) => show.run(),
            Policy::Check(check) => check.run(),
            Policy::Test(test) => test.run(),
        }
    }
}

impl List {
    fn run(self) -> Result<u8> {
        let loaded = library::load(&self.selection.selection(&[]))?;
        let checks = loaded.library.checks();
        if self.format == ListFormat::Json {
            let rows: Vec<_> = checks.iter().map(library::as_json).collect();
            let text = serde_json::to_string_pretty(&rows);
            let text = text.map_err(|error| Error::new(format!("the list cannot be written: {error}")))?;
            output::print(&escape::log_json(&text))?;
            return Ok(0);
        }
        let width = checks.iter().map(|check| check.id.len()).max().unwrap_or(0);
        let rows = checks.iter().map(|check| {
            let stages: Vec<&str> = check.stages.iter().map(|stage| stage.word()).collect();
            let stages = if stages.len() == 4 { "every stage".to_owned() } else { stages.join(",") };
            let title = check.title.as_deref().unwrap_or("");
            format!("{:width$}  {:8}  {:8}  {stages:12}  {title}", check.id, check.effect.word(), check.severity.word())
                .trim_end()
                .to_owned()
        });
        output::print_quoting(&rows.collect::<Vec<_>>().join("\n"))?;
        Ok(0)
    }
}

impl Show {
    fn run(self) -> Result<u8> {
        let loaded = library::load(&self.selection.selection(&[]))?;
        let ids: Vec<&str> = loaded.library.checks().iter().map(|check| check.id.as_str()).collect();
        let found: Vec<_> =
            loaded.library.checks().iter().filter(|check| check.id == self.id || check.subject == self.id).collect();
        if found.is_empty() {
            let error = Error::new(format!("no policy is called `{}`", self.id));
            return Err(match nearest(&self.id, ids.iter().copied()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("`kadian policy list` shows all of them"),
            });
        }
        let pages: Vec<String> = found.iter().map(|check| library::describe(check, &loaded.files)).collect();
        output::print_quoting(&pages.join("\n\n"))?;
        Ok(0)
    }
}

impl Check {
    fn run(self) -> Result<u8> {
        let loaded = library::load(&self.selection.selection(&self.paths))?;
        let checks = loaded.library.checks().len();
        let policies = loaded.files.iter().filter(|file| !file.is_test()).count();
        output::print(&format!("{policies} files, {checks} checks, no fault"))?;
        Ok(0)
    }
}
