//! Runs the real binary in a clean environment.

use std::path::Path;
use std::process::{Command, Stdio};

/// How a run ended.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs kadian in a folder. No variable of the surrounding CI reaches it; `variables` do.
pub(crate) fn kadian(folder: &Path, arguments: &[&str], variables: &[(&str, &str)], stdin: &str) -> Run {
    use std::io::Write;
    let mut command = Command::new(env!("CARGO_BIN_EXE_kadian"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1");
    command.envs(variables.iter().copied());
    let mut child = command.spawn().expect("the binary starts");
    // A run that fails early closes its input; that is its right.
    let _ = child.stdin.take().expect("stdin is piped").write_all(stdin.as_bytes());
    let output = child.wait_with_output().expect("the binary ends");
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
