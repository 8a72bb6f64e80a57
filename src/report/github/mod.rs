//! What GitHub shows of a decision: annotations in a log, a check run, a comment that stays one, a status, a job's summary.
//!
//! Everything here is text about a decision and sees nothing else but what a [`Scene`] says of the place where it is shown; what is
//! sent where is for `act::github`. Sources: "Workflow commands for GitHub Actions", "REST API endpoints for check runs", "for issue
//! comments" and "for commit statuses".

mod annotations;
mod check_run;
mod commands;
mod comment;
mod conclude;
mod important;
mod status;
mod summary;
#[cfg(test)]
mod tests;

pub use annotations::{Annotation, Level};
pub use check_run::{CheckRun, check_run};
pub(super) use commands::render;
pub use comment::{Marker, comment};
pub use conclude::{Conclusion, Shown, State, shown};
pub use status::description;
pub use summary::summary;

/// What is known of the place where a decision is shown. No part of it changes what the decision says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scene {
    /// The page of the run that decided; shown only if it is an address of plain characters.
    pub run_url: Option<String>,
    /// The page on which the workflow that rolls back is started.
    pub rollback_url: Option<String>,
    /// Whether a merge queue asked: nobody can act there.
    pub is_merge_group: bool,
}

/// Text cut to so many characters, the last of which says so.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// An address that can stand in Markdown as it is: HTTP, a host, and no character that means anything there. The addresses come from
/// the environment of the run, which is not the change's to write; a strange one is left out all the same.
fn link(url: Option<&String>) -> Option<&str> {
    let url = url?.as_str();
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:%?=&,+".contains(&byte);
    (!rest.is_empty() && url.len() <= 500 && rest.bytes().all(plain)).then_some(url)
}
