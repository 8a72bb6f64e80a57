//! Rego policies: read, checked before they run, evaluated, tested.
//!
//! The way of a policy through this module: `scan` looks at the bare text, `engine` parses it into `syntax`, `annotations` reads the
//! METADATA, `world` indexes all files, `trace` finds what each rule refers to, `graph` follows that through other rules, `lint`
//! says what is wrong, `check` lists the checks, `split` gives each a rule of its own, `evaluate` asks the engine.

mod absent;
mod annotations;
pub mod bundle;
mod check;
mod engine;
mod error;
mod evaluate;
mod finding;
mod graph;
mod library;
mod lint;
mod rules;
mod scan;
mod schema;
pub mod shipped;
mod source;
mod split;
mod syntax;
mod test;
mod trace;
mod world;

#[cfg(test)]
mod tests;

pub use annotations::RelatedResource;
pub use check::Check;
pub use engine::Limits;
pub use error::{PolicyError, into_error};
pub use evaluate::{Outcome, Request};
pub use library::Library;
pub use source::{Origin, SourceFile, Vocabulary};
pub use test::{LineCoverage, TestOutcome, TestReport, TestRequest, TestResult};
