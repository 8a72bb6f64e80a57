//! The executor `command`: a program of one's own.

use super::call::Call;
use super::plan::{Made, Scene};
use crate::error::Result;
use crate::evidence::recovery::Template;

/// The program with its arguments, each filled in by itself; no shell reads them.
pub(super) fn plan(arguments: &[Template], scene: Scene<'_>) -> Result<Made> {
    let arguments = arguments.iter().map(|argument| scene.fill(argument)).collect::<Result<_>>()?;
    Ok(Made { calls: vec![Call::Program(arguments)], looks: vec![], bounded: false })
}
