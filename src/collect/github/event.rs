//! The event that set this job off, and the run that it is.

use crate::collect::tree::read_file;
use crate::error::{Error, Result};

/// The name and the bytes of an event: of the file and name that the caller gives, else of `GITHUB_EVENT_PATH` and `GITHUB_EVENT_NAME`.
#[expect(clippy::disallowed_methods, reason = "reads the environment for the rest of the program")]
pub fn event_file(file: Option<&std::path::Path>, name: Option<&str>) -> Result<(String, Vec<u8>)> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let name = name.map(str::to_owned).or_else(|| variable("GITHUB_EVENT_NAME")).ok_or_else(|| {
        Error::new("nobody says which event this is").hint("run it in a workflow, or give --event-name and --event")
    })?;
    let path =
        file.map(std::path::Path::to_owned).or_else(|| variable("GITHUB_EVENT_PATH").map(Into::into)).ok_or_else(|| {
            Error::new("there is no event").hint("run it in a workflow, where GITHUB_EVENT_PATH names it, or give --event FILE")
        })?;
    let bytes = read_file(&path)?.ok_or_else(|| Error::new(format!("the event {} does not exist", path.display())))?;
    Ok((name, bytes))
}

/// The number of the workflow's run that this job belongs to, where it is one.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "reads the environment for the rest of the program")]
pub fn running() -> Option<u64> {
    std::env::var("GITHUB_RUN_ID").ok()?.parse().ok()
}
