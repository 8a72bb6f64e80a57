//! Impure reads: bytes and plain facts about the world come in, nothing is judged.

pub mod ci;
pub mod git;
