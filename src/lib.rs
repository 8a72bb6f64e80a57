//! kadian: a policy-as-code release gate.
//!
//! The flow is the layout: [`collect`] reads the world, [`evidence`] and [`analyze`] understand what was read, [`facts`] is the
//! vocabulary, [`input`] the document, [`policy`] judges it, [`decide`] weighs the judgements, [`report`] says it, [`act`] writes,
//! [`ledger`] remembers.
//! [`gate`] puts them in their order; `ARCHITECTURE.md` says why they are apart.

pub mod act;
pub mod analyze;
pub mod cli;
pub mod collect;
pub mod config;
pub mod decide;
pub mod digest;
pub mod error;
pub mod evidence;
pub mod exit;
pub mod facts;
pub mod gate;
pub mod input;
pub mod ledger;
pub mod nearest;
pub mod path_glob;
pub mod policy;
pub mod report;
pub mod schema;
