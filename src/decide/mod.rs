//! From findings to a verdict. Pure: it sees findings, waivers and modes, and nothing else.

mod decision;
mod finding;
mod verdict;

pub use decision::{DECISION_SCHEMA, Decision, Engine, EvidenceRecord, NotApplicable, PolicyDigest, Shadow, Subject, Undecided};
pub use finding::{Effect, Finding, WaiverNote};
pub use verdict::{Mode, Stage, Verdict};
