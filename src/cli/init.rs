//! `kadian init`.

use std::path::PathBuf;

use clap::Args;

use super::output;
use crate::act::write;
use crate::collect::tree;
use crate::error::{Error, Result};

#[derive(Debug, Args)]
pub(super) struct Init {
    /// Repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// Overwrite an existing kadian.yaml
    #[arg(long)]
    force: bool,
}

/// What `kadian init` writes. A test reads it back, with its comments taken away too.
pub(super) const TEMPLATE: &str = include_str!("init.yaml");

impl Init {
    pub(super) fn run(self) -> Result<u8> {
        let path = self.repo.join("kadian.yaml");
        if !self.force && tree::exists(&path) {
            return Err(Error::new(format!("{} is already there", path.display())).hint("--force overwrites it"));
        }
        write::file(&path, TEMPLATE.as_bytes())?;
        output::print(&format!("wrote {}\nnext: kadian check merge, and kadian hook install", path.display()))?;
        Ok(0)
    }
}
