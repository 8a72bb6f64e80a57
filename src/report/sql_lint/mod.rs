//! What `kadian db lint` found: for a person, and for an editor.

mod lsp;
mod text;

pub use lsp::lsp;
pub use text::text;
