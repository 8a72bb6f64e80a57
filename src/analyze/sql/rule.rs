//! What a rule is: everything that a report, a page of documentation and a proof need to know of it, and how it is found.

use super::hit::Hits;
use super::scene::Scene;
use crate::facts::{Blocks, RiskClass, Severity, SqlDialect};

/// One thing that goes wrong, and what to do instead.
///
/// Texts may hold `{placeholders}`, which the statement fills: `{table}`, `{column}`, `{name}` and what the rule's own search names.
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own that reports show")]
#[derive(Debug)]
pub struct Rule {
    /// `database/` and words in kebab case.
    pub id: &'static str,
    pub title: &'static str,
    pub class: RiskClass,
    pub severity: Severity,
    /// The first one is what the texts speak of unless a [`Variant`] does.
    pub dialects: &'static [SqlDialect],
    /// What happens, for how long, and to whom.
    pub what: &'static str,
    /// The lock as the server names it; `None` where none matters.
    pub lock: Option<&'static str>,
    pub blocks: Blocks,
    /// Whether the table is written anew, and whether all of it is read, while the lock is held.
    pub rewrites: bool,
    pub scans: bool,
    /// Whether the harm grows with the table, so that a small one is harmless.
    pub weighed_by_size: bool,
    /// Whether a table that the same change creates, or a temporary one, is harmless.
    pub spares_new: bool,
    /// When it does no harm, as a sentence.
    pub harmless: &'static str,
    /// The message of a finding, without a full stop.
    pub says: &'static str,
    /// What to do instead, as SQL or as a sentence.
    pub safe: &'static str,
    /// The section of the vendor's documentation: its title and its address.
    pub source: &'static str,
    /// What is otherwise in other dialects.
    pub variants: &'static [Variant],
    pub proof: Proof,
    /// The rules of squawk that find the same.
    pub squawk: &'static [&'static str],
    pub pack: Pack,
    /// Statements that the rule finds, in the first dialect; each is a script of its own.
    pub finds: &'static [&'static str],
    /// Statements that are close and that it does not find, or finds harmless.
    pub passes: &'static [&'static str],
    pub find: fn(&Scene<'_>, &mut Hits),
}

/// What is otherwise in a dialect that is not the rule's first.
#[derive(Debug)]
pub struct Variant {
    pub dialects: &'static [SqlDialect],
    pub lock: Option<&'static str>,
    pub safe: &'static str,
    pub source: &'static str,
}

/// Who says that it is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A server of the tests shows it.
    Server,
    /// The manual says so, and no server of the tests can show it.
    Manual,
    /// It follows from what the statement says.
    Reason,
}

/// What is switched on and off together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pack {
    Core,
    /// Naming and design.
    Design,
}

impl Rule {
    /// The words for a dialect: lock, safe way, source.
    #[must_use]
    pub fn words(&self, dialect: SqlDialect) -> (Option<&'static str>, &'static str, &'static str) {
        self.variants
            .iter()
            .find(|variant| variant.dialects.contains(&dialect))
            .map_or((self.lock, self.safe, self.source), |variant| (variant.lock, variant.safe, variant.source))
    }
}

pub(super) const POSTGRES: &[SqlDialect] = &[SqlDialect::Postgres];
/// MySQL and MariaDB.
pub(super) const MYSQL: &[SqlDialect] = &[SqlDialect::Mysql, SqlDialect::Mariadb];
pub(super) const ONLY_MYSQL: &[SqlDialect] = &[SqlDialect::Mysql];
pub(super) const ONLY_MARIADB: &[SqlDialect] = &[SqlDialect::Mariadb];
pub(super) const SQLITE: &[SqlDialect] = &[SqlDialect::Sqlite];
pub(super) const SERVERS: &[SqlDialect] = &[SqlDialect::Postgres, SqlDialect::Mysql, SqlDialect::Mariadb];
pub(super) const ALL: &[SqlDialect] = &[SqlDialect::Postgres, SqlDialect::Mysql, SqlDialect::Mariadb, SqlDialect::Sqlite];

/// What most rules have in common.
pub(super) const RULE: Rule = Rule {
    id: "",
    title: "",
    class: RiskClass::Lock,
    severity: Severity::Medium,
    dialects: &[],
    what: "",
    lock: None,
    blocks: Blocks::Nothing,
    rewrites: false,
    scans: false,
    weighed_by_size: false,
    spares_new: true,
    harmless: "",
    says: "",
    safe: "",
    source: "",
    variants: &[],
    proof: Proof::Manual,
    squawk: &[],
    pack: Pack::Core,
    finds: &[],
    passes: &[],
    find: |_, _| {},
};
