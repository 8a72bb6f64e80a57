//! From findings to a verdict. Pure: it sees findings, waivers and modes, and nothing else.

mod chart;
mod decision;
mod finding;
mod judgement;
mod verdict;
mod waiver;
mod weigh;

pub use chart::Chart;
pub use decision::{
    Carried, DECISION_SCHEMA, Decision, Engine, EvidenceRecord, NotApplicable, PolicyDigest, RolloutSubject, Shadow, Subject,
    Undecided,
};
pub use finding::{Effect, Finding, WaiverNote};
pub use judgement::{Judgement, Outcome, Reason, Rule};
pub use verdict::{Mode, Stage, Verdict};
pub use waiver::{Presence, Waiver, WaiverRecord, WaiverState, WaiverSubject, Waiving};
pub use weigh::{Head, Judged, Terms, decide};
