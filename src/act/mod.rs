//! Impure writes, each only on an explicit command.

pub mod deadline;
pub mod hook;
pub mod save;
pub mod write;
