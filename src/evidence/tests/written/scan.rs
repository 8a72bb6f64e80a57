//! What a scanner found.

use crate::facts::Severity;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Found {
    pub(crate) findings: Vec<Finding>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) path: String,
    /// The first and the last line.
    pub(crate) lines: (u32, u32),
}

/// Two dozen findings in three files.
pub(crate) fn typical() -> Found {
    let scale = [Severity::Note, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    let finding = |number: u32| Finding {
        rule: format!("rule-{}", number % 6),
        severity: scale[number as usize % 5],
        message: format!("finding {number} of the scan"),
        path: format!("src/{}.rs", ["cart", "pay", "ship"][number as usize / 8]),
        lines: (10 + number, 10 + number + number % 3),
    };
    Found { findings: (0..24).map(finding).collect() }
}

/// Everything.
pub(crate) fn told(found: Found) -> Found {
    found
}

/// No finding is graver than this.
pub(crate) fn at_most(mut found: Found, most: Severity) -> Found {
    found.findings.iter_mut().for_each(|finding| finding.severity = finding.severity.min(most));
    found
}

/// No finding is lighter than this.
pub(crate) fn at_least(mut found: Found, least: Severity) -> Found {
    found.findings.iter_mut().for_each(|finding| finding.severity = finding.severity.max(least));
    found
}

/// The findings of each file that stand next to each other.
pub(crate) fn by_file(found: &Found) -> impl Iterator<Item = &[Finding]> {
    found.findings.chunk_by(|one, next| one.path == next.path)
}
