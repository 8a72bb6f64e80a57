//! From a raw difference to the facts of a change.

mod raw;

pub use raw::{Contents, RawChange, RawCommit, RawFile, Side};
