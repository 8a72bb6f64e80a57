//! Buttons on GitHub: whether whoever pressed one may, and what a deployment that waits is told.

pub mod button;
pub mod protection;

#[cfg(test)]
mod tests;

use crate::collect::github::Access;
use crate::error::{Error, Result};
pub use crate::evidence::github_event::Received;

/// Refuses an event of another repository: the token, the checkout and the ledger belong to this one.
fn same_repository(access: &Access, received: &Received) -> Result<()> {
    if access.repository.eq_ignore_ascii_case(&received.repository) {
        return Ok(());
    }
    Err(Error::new(format!("the event is about {}, and this is {}", received.repository, access.repository)))
}
