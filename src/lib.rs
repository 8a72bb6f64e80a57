//! kadian: a policy-as-code release gate.

pub mod act;
pub mod analyze;
pub mod config;
pub mod collect;
pub mod config;
pub mod decide;
pub mod error;
pub mod evidence;
pub mod exit;
pub mod facts;
pub mod report;
pub mod policy;
pub mod nearest;
