//! Dated, owned, reasoned exceptions.

use globset::GlobMatcher;
use jiff::civil::Date;

use super::{Finding, WaiverNote};

/// An exception for findings of one id.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// The finding's id.
    pub id: String,
    /// The files that it holds for; everywhere when absent.
    pub path: Option<GlobMatcher>,
    /// The one finding that it holds for; all of the id when absent.
    pub fingerprint: Option<String>,
    pub reason: String,
    pub owner: String,
    /// The last day on which it holds, in UTC.
    pub expires: Date,
}

impl Waiver {
    /// Whether it speaks of the finding, in force or not.
    #[must_use]
    pub fn covers(&self, finding: &Finding) -> bool {
        let path = match (&self.path, &finding.file) {
            (None, _) => true,
            (Some(glob), Some(file)) => glob.is_match(file),
            (Some(_), None) => false,
        };
        self.id == finding.id && path && self.fingerprint.as_ref().is_none_or(|print| *print == finding.fingerprint)
    }

    #[must_use]
    pub fn note(&self) -> WaiverNote {
        WaiverNote { reason: self.reason.clone(), owner: self.owner.clone(), expires: self.expires }
    }
}
