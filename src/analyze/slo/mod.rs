//! Service level objectives: how fast they lose their budgets, and what availability means (requirements D3 to D6).

pub mod availability;
pub mod burn;
pub mod detectable;
pub mod lint;
mod objective;
pub mod rollout;
mod windows;

pub use objective::{assess, rule_budget_used};
pub use windows::Windows;
