//! Reports on disk: found by globs, read once, hashed on the way.

mod find;
mod hash;
mod read;

pub use find::{Place, conventional, expand};
pub use read::{Contents, Found, Report, document, read_all};
