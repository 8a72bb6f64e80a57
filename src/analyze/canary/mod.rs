//! Is the gray version worse than the baseline, how sure are we, and when can we know (requirements C4, C13, C14)?
//!
//! Every metric falls into one of three zones, regressed, equivalent or undecided, or has no data. The statistics stay valid however
//! often somebody looks: counts by an e-process with a look after every step, samples by alpha spending over looks at fixed places.

mod counts;
mod finding;
mod hodges_lehmann;
mod indicators;
mod judge;
pub mod kayenta;
mod measured;
pub mod plan;
pub mod ranks;
mod recent;
mod samples;
mod special;
#[cfg(test)]
mod tests;
mod words;

pub use counts::ln_multinomial_e_value;
pub use hodges_lehmann::shift;
pub use judge::{Options, judge};
pub use kayenta::KayentaOptions;
pub use special::{ln_beta, normal_above, normal_quantile_above, student_above, student_quantile_above};
