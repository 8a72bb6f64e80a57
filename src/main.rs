//! The `kadian` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    kadian::cli::run(std::env::args_os())
}
