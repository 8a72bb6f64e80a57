//! Who reviewed a change.

use jiff::Timestamp;

use crate::evidence::pull_request::PullRequestRecord;
use crate::facts::{Association, ReviewState};

/// Who reviewed a change, as a file says it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewReport {
    pub author: String,
    /// In the order of the file.
    pub approvals: Vec<ApprovalRecord>,
    /// What the code host says beside the reviews; `None` where only they are known.
    pub pull_request: Option<Box<PullRequestRecord>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ApprovalRecord {
    pub by: String,
    pub at: Timestamp,
    /// The commit that was reviewed, in hexadecimal.
    pub commit: Option<String>,
    pub state: ReviewState,
    /// What the reviewer is to the repository; `None` where the source is silent.
    pub association: Option<Association>,
}
