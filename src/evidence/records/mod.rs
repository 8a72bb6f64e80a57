//! What the formats of one kind have in common, a file for each kind.

mod cases;
mod coverage;
mod review;
mod scan;
mod tests;

pub use cases::{CaseId, Cases, SLOWEST, SlowCase};
pub(crate) use cases::{OpenCases, Room};
pub use coverage::{Collector, CoverageReport, FileLines, LineBranches, Repeated};
pub use review::{ApprovalRecord, ReviewReport};
pub(crate) use scan::{NO_ENTRY, Rare, Record, TextId};
pub use scan::{ScanPlace, ScanPosition, ScanReport, ScanResult, ScanResults, ScanView};
pub use tests::{CaseResult, TestCaseRecord, TestReport, TestSuiteRecord};
