//! Impure writes, each only on an explicit command.

pub mod cache;
pub mod deadline;
pub mod github;
pub mod hook;
pub mod protection;
pub mod recovery;
pub mod save;
pub mod write;
