//! This program once more, as a process of its own.

#![expect(clippy::disallowed_methods, reason = "the one place that starts this program again")]

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Tells the process that it judges by the change's own rules.
const VARIABLE: &str = "KADIAN_SHADOW_RUN";
/// Far more than an answer takes.
const OUTPUT_LIMIT: u64 = 64 << 20;

/// Whether this process was started by [`shadow`].
#[must_use]
pub fn is_shadow() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Runs this program with the same arguments as a shadow, and gives what it printed.
///
/// The rules of a change are hostile: they may overflow a stack or never end. A process of its own bears that. It asks nobody: `documents`
/// are what was answered, each with its `KIND:FORMAT`, and stand for the answers. The error is a sentence: it did not start, it ended
/// abnormally, or it took longer than `limit`.
pub fn shadow(limit: Duration, documents: &[(&str, String)]) -> Result<Vec<u8>, String> {
    let folder = tempfile::tempdir().map_err(|error| format!("there is no place for what was answered: {error}"))?;
    let program = std::env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
    let mut command = Command::new(program);
    command.args(std::env::args_os().skip(1)).env(VARIABLE, "1");
    for (at, (kind, text)) in documents.iter().enumerate() {
        let path = folder.path().join(format!("{at}.json"));
        std::fs::write(&path, text).map_err(|error| format!("what was answered cannot be handed on: {error}"))?;
        command.arg("--evidence").arg(format!("{kind}={}", path.display()));
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("it cannot be started: {error}"))?;
    let Some(output) = child.stdout.take() else { return Err("it has no output".to_owned()) };
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.take(OUTPUT_LIMIT).read_to_end(&mut bytes);
        read.map(|_| bytes)
    });
    wait(&mut child, limit)?;
    match reader.join() {
        Ok(Ok(bytes)) => Ok(bytes),
        _ => Err("its answer cannot be read".to_owned()),
    }
}

fn wait(child: &mut Child, limit: Duration) -> Result<(), String> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.code().is_some() => return Ok(()),
            Ok(Some(_)) => return Err("judging by them ended abnormally".to_owned()),
            Ok(None) if start.elapsed() > limit => {
                // It may have ended by itself meanwhile.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("judging by them took longer than {} s", limit.as_secs()));
            }
            Ok(None) => thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(format!("it cannot be waited for: {error}")),
        }
    }
}
