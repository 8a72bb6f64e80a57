//! Documents that a change links: its design (requirement A6).

use schemars::JsonSchema;
use serde::Serialize;

/// The documents that the change links or brings, by path.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Documents {
    pub designs: Vec<Document>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Document {
    /// The path in the repository, as it was linked.
    pub path: String,
    /// Where the link was found, for example `commit 1a2b3c4` or `changed in this change`.
    pub linked_from: String,
    /// Whether the repository has it at the head.
    pub exists: bool,
    /// Its headings; empty when it does not exist.
    pub sections: Vec<Section>,
}

/// A heading of a Markdown document and what stands below it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Section {
    /// The heading's text, lower-cased, with runs of anything but letters and digits as one space.
    pub title: String,
    pub line: u32,
    /// Words below the heading up to the next one of the same or a higher level; template comments do not count.
    pub words: u64,
}
