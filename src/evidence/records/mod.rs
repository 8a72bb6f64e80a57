//! What the formats of one kind have in common, a file for each kind.

mod case_ids;
mod cases;
mod coverage;
mod review;
mod scan;
mod tests;

pub use case_ids::{CaseId, CaseIds};
pub use cases::{Cases, SLOWEST, SlowCase};
pub(crate) use cases::{OpenCases, Room};
pub use coverage::{Collector, CoverageReport, FileLines, LineBranches, Repeated};
pub use review::{ApprovalRecord, ReviewReport};
pub(crate) use scan::{NO_ENTRY, Rare, Record, TextId};
pub use scan::{ScanPlace, ScanPosition, ScanReport, ScanResult, ScanResults, ScanView};
pub use tests::{CaseResult, TestCaseRecord, TestReport, TestSuiteRecord};
