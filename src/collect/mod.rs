//! Impure reads: bytes and plain facts about the world come in, nothing is judged.

pub mod again;
pub mod alertmanager;
pub mod cache;
pub mod ci;
pub mod clock;
pub mod database;
pub mod environment;
pub mod files;
pub mod git;
pub mod github;
pub(crate) mod go_modules;
pub mod http;
pub mod loki;
pub mod program;
pub mod prometheus;
pub mod slis;
pub mod stdin;
pub mod stream;
pub mod terminal;
pub mod tree;
