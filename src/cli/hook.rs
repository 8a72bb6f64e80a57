//! `kadian hook`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::output;
use crate::act::hook::{self, Uninstalled};
use crate::collect::git::Repository;
use crate::collect::program;
use crate::error::Result;

#[derive(Debug, Subcommand)]
pub(super) enum Hook {
    /// Run `kadian check push` before every push; a hook that is already there keeps running
    Install(HookArgs),
    /// Take the hook away, and put back the one that was there before
    Uninstall(HookArgs),
}

#[derive(Debug, Args)]
pub(super) struct HookArgs {
    /// Repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
}

impl Hook {
    pub(super) fn run(self) -> Result<u8> {
        let said = match self {
            Hook::Install(arguments) => {
                let hooks = Repository::discover(&arguments.repo)?.hooks_dir()?;
                let done = hook::install(&hooks, program::unless_on_path().as_deref())?;
                let verb = if done.unchanged { "already installed" } else { "installed" };
                let before = done.before.map(|path| format!("\nthe hook that was there runs first: {}", path.display()));
                format!("{verb}: {}{}", done.path.display(), before.unwrap_or_default())
            }
            Hook::Uninstall(arguments) => match hook::uninstall(&Repository::discover(&arguments.repo)?.hooks_dir()?)? {
                Uninstalled::NothingThere => "no hook of kadian's is installed".to_owned(),
                Uninstalled::Removed(path) => format!("removed: {}", path.display()),
                Uninstalled::Restored(path) => format!("removed, and the hook from before is back: {}", path.display()),
            },
        };
        output::print(&said)?;
        Ok(0)
    }
}
