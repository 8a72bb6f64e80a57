//! SQL judged by itself, without a change around it: what `kadian db lint` tells.
//!
//! The shipped policy judges risks at a gate; [`Judging`] says the same for a single file, and a test holds the two together.

use std::collections::BTreeMap;

use crate::facts::{Direction, RiskClass, Severity, SqlFile, SqlRisk};

/// What a risk does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LintEffect {
    /// Harmless here, or switched off.
    Off,
    Warn,
    /// A DBA has to look.
    Hold,
    Deny,
}

impl LintEffect {
    /// The word in reports; that of the decision's findings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            LintEffect::Off => "harmless",
            LintEffect::Warn => "warn",
            LintEffect::Hold => "hold",
            LintEffect::Deny => "deny",
        }
    }
}

/// How risks are judged, as the settings say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judging {
    /// From this severity on a risk blocks; `None` for never.
    pub block: Option<Severity>,
    /// What single rules do, by id.
    pub rules: BTreeMap<String, LintEffect>,
    /// Whether rules of naming and design are judged.
    pub design: bool,
}

impl Judging {
    #[must_use]
    pub fn effect(&self, risk: &SqlRisk) -> LintEffect {
        let named = self.rules.get(&risk.rule).copied();
        match (risk.harmless.is_some(), risk.class, named) {
            (true, ..) | (_, _, Some(LintEffect::Off)) => LintEffect::Off,
            (_, RiskClass::Unparsed, _) => LintEffect::Hold,
            (_, _, Some(named)) => named,
            (_, RiskClass::Design, None) if !self.design => LintEffect::Off,
            (_, RiskClass::Design, None) => LintEffect::Warn,
            _ if risk.direction == Direction::Down => LintEffect::Warn,
            _ if self.block.is_some_and(|block| risk.severity >= block) => LintEffect::Deny,
            _ => LintEffect::Warn,
        }
    }
}

/// A file and what was found in it.
#[derive(Debug, Clone, PartialEq)]
pub struct LintedFile {
    pub file: SqlFile,
    /// Empty where it could not be read.
    pub text: String,
    /// By place.
    pub risks: Vec<(LintEffect, SqlRisk)>,
}

/// The worst that was found: an unread file holds.
#[must_use]
pub fn worst(files: &[LintedFile]) -> LintEffect {
    let unread = files.iter().any(|file| file.file.unread.is_some()).then_some(LintEffect::Hold);
    let risks = files.iter().flat_map(|file| &file.risks).map(|(effect, _)| *effect);
    risks.chain(unread).max().unwrap_or(LintEffect::Off)
}
