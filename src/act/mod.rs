//! Impure writes, each only on an explicit command.

pub mod hook;
