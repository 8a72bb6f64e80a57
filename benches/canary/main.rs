//! How often the canary judges raise an alarm for nothing, and how soon they find what is there: `cargo bench --bench canary`.
//!
//! A full run rewrites `docs/benchmarks/canary.md` and `.svg`. `-- --runs N` makes a short one that only prints.

#![expect(clippy::print_stdout, reason = "a benchmark tells its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock and writes its report")]
#![expect(clippy::expect_used, reason = "a report that cannot be written has no result")]

mod contest;
mod random;
mod report;
mod rows;
mod scenario;
mod speed;

use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
    let runs = value("--runs").and_then(|runs| runs.parse().ok());
    let only = value("--only").map(String::as_str);
    let start = Instant::now();
    let results: Vec<rows::Outcome> = rows::ROWS
        .iter()
        .enumerate()
        .filter(|(_, row)| only.is_none_or(|only| row.name.contains(only)))
        .map(|(index, row)| {
            let outcome = row.run(index as u64, runs);
            println!("{}", report::line(&outcome));
            outcome
        })
        .collect();
    let speed = if only.is_none_or(|only| only == "speed") { speed::measure() } else { Vec::new() };
    for (what, seconds) in &speed {
        println!("{what}: {seconds:.2} s");
    }
    println!("{:.0} s in all", start.elapsed().as_secs_f64());
    if runs.is_none() && only.is_none() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/benchmarks");
        std::fs::write(format!("{folder}/canary.md"), report::markdown(&results, &speed)).expect("the report is written");
        std::fs::write(format!("{folder}/canary.svg"), report::svg(&results)).expect("the plot is written");
    }
}
