//! `kadian schema`.

use clap::{Args, ValueEnum};

use super::output;
use crate::error::{Error, Result};
use crate::schema::{self, Document};

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// The document
    #[arg(value_enum)]
    document: DocumentArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DocumentArg {
    /// What policies see as `input`
    Input,
    /// What --report json prints
    Decision,
    /// kadian.yaml
    Config,
    /// What policies see as `data.kadian.settings`
    Settings,
    /// A rollout plan
    Plan,
    /// The freeze calendar
    Calendar,
    /// The recovery file
    Recovery,
    /// The baseline of findings
    Baseline,
}

impl Schema {
    pub(super) fn run(self) -> Result<u8> {
        let schema = schema::of(match self.document {
            DocumentArg::Input => Document::Input,
            DocumentArg::Decision => Document::Decision,
            DocumentArg::Config => Document::Config,
            DocumentArg::Settings => Document::Settings,
            DocumentArg::Plan => Document::Plan,
            DocumentArg::Calendar => Document::Calendar,
            DocumentArg::Recovery => Document::Recovery,
            DocumentArg::Baseline => Document::Baseline,
        });
        let text = serde_json::to_string_pretty(&schema);
        output::print(&text.map_err(|error| Error::new(format!("the schema cannot be written: {error}")))?)?;
        Ok(0)
    }
}
