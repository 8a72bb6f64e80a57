//! Runs a program within its time, with all that it starts.

use std::fs::File;
use std::io::Read;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// Bytes kept of the beginning and of the end of what a program prints.
const KEPT: usize = 8 << 10;

/// From the polite request to end to the end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What a program that has ended may leave in its pipes is waited for this long: what it started may hold them for ever.
const REST: Duration = Duration::from_millis(500);

/// How a program ended, and what it printed: at most 16 KiB, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ran {
    pub(super) end: End,
    pub(super) output: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Exit(i32),
    Signal(i32),
    /// It and all that it started were ended.
    TimedOut(Duration),
    NotStarted(String),
}

impl End {
    /// As a sentence goes on after the program's name.
    pub(super) fn words(&self) -> String {
        match self {
            End::Exit(code) => format!("ended with {code}"),
            End::Signal(signal) => format!("was ended by signal {signal}"),
            End::TimedOut(limit) => format!("was ended after {} s", limit.as_millis().div_ceil(1000)),
            End::NotStarted(reason) => format!("could not be started: {reason}"),
        }
    }
}

/// Runs the program in a process group of its own, without input. The lock is handed down: the program holds it together with everything
/// that it starts, for as long as any of that runs, even when nobody is left to wait for it.
#[expect(clippy::disallowed_methods, reason = "runs what the recovery file names")]
pub(super) fn run(arguments: &[String], folder: &Path, lock: Option<&File>, limit: Duration) -> Ran {
    let not_started = |reason: String| Ran { end: End::NotStarted(reason), output: String::new() };
    let Some((program, rest)) = arguments.split_first() else { return not_started("it has no name".to_owned()) };
    let begun = Instant::now();
    let mut command = Command::new(program);
    command.args(rest).current_dir(folder).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let held = match lock.map(handed_down).transpose() {
        Ok(held) => held,
        Err(error) => return not_started(format!("its lock cannot be handed down: {error}")),
    };
    let spawned = command.spawn();
    drop(held);
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => return not_started(error.to_string()),
    };
    let kept = Arc::new(Mutex::new(Kept::default()));
    let (done, ended) = channel();
    if let Some(pipe) = child.stdout.take() {
        keep(pipe, Arc::clone(&kept), done.clone());
    }
    if let Some(pipe) = child.stderr.take() {
        keep(pipe, Arc::clone(&kept), done.clone());
    }
    drop(done);
    let end = wait(&mut child, begun, limit);
    // Both pipes are at their end once nobody holds the other side of the channel.
    let until = Instant::now() + REST;
    while ended.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
    let output = kept.lock().unwrap_or_else(PoisonError::into_inner).text();
    Ran { end, output }
}

/// The same lock under another number, which programs inherit.
fn handed_down(lock: &File) -> std::io::Result<File> {
    let held = lock.try_clone()?;
    rustix::io::fcntl_setfd(&held, rustix::io::FdFlags::empty())?;
    Ok(held)
}

fn wait(child: &mut Child, begun: Instant, limit: Duration) -> End {
    let mut pause = Duration::from_millis(2);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                return match (status.code(), status.signal()) {
                    (Some(code), _) => End::Exit(code),
                    (None, Some(signal)) => End::Signal(signal),
                    (None, None) => End::NotStarted("nobody knows how it ended".to_owned()),
                };
            }
            Ok(None) => {}
            Err(error) => return End::NotStarted(format!("nobody knows how it ended: {error}")),
        }
        let left = limit.saturating_sub(begun.elapsed());
        if left.is_zero() {
            end(child);
            return End::TimedOut(limit);
        }
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Ends the program's whole group. The program is not waited for before the end, so that its number still belongs to it.
fn end(child: &mut Child) {
    let group = Pid::from_child(child);
    // A group that is gone needs no signal.
    let _ = kill_process_group(group, Signal::TERM);
    thread::sleep(LAST_WORDS);
    let _ = kill_process_group(group, Signal::KILL);
    let _ = child.wait();
}

/// Reads a pipe to its end, however much comes, and keeps little of it.
fn keep(mut pipe: impl Read + Send + 'static, kept: Arc<Mutex<Kept>>, done: Sender<()>) {
    thread::spawn(move || {
        let mut buffer = vec![0; 16 << 10];
        while let Ok(read @ 1..) = pipe.read(&mut buffer) {
            kept.lock().unwrap_or_else(PoisonError::into_inner).add(&buffer[..read]);
        }
        drop(done);
    });
}

/// The beginning and the end of what was printed.
#[derive(Default)]
struct Kept {
    first: Vec<u8>,
    last: Vec<u8>,
    left_out: u64,
}

impl Kept {
    fn add(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(KEPT - self.first.len()));
        self.first.extend_from_slice(first);
        self.last.extend_from_slice(rest);
        let over = self.last.len().saturating_sub(KEPT);
        self.last.drain(..over);
        self.left_out += over as u64;
    }

    fn text(&self) -> String {
        let (first, last) = (String::from_utf8_lossy(&self.first), String::from_utf8_lossy(&self.last));
        match self.left_out {
            0 => format!("{first}{last}"),
            left_out => format!("{first}\n… {left_out} bytes left out …\n{last}"),
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests measure time")]
mod tests {
    use super::*;

    fn sh(script: &str, limit: Duration) -> Ran {
        run(&["/bin/sh".to_owned(), "-c".to_owned(), script.to_owned()], Path::new("/"), None, limit)
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn a_program_ends_as_it_ends() {
        assert_eq!(sh("echo out; echo err >&2; exit 3", LONG).end, End::Exit(3));
        assert_eq!(sh("kill -9 $$", LONG).end, End::Signal(9));
        let missing = run(&["/does/not/exist".to_owned()], Path::new("/"), None, LONG);
        assert!(matches!(missing.end, End::NotStarted(_)), "{missing:?}");
        assert!(matches!(run(&[], Path::new("/"), None, LONG).end, End::NotStarted(_)));
    }

    #[test]
    fn arguments_arrive_as_they_are() {
        let hostile = ["a b", "$(touch x)", "it's \"quoted\"", "new\nline", "", "-n", "*"];
        let mut arguments = ["/bin/sh", "-c", "for a in \"$@\"; do printf '<%s>' \"$a\"; done", "sh"].map(str::to_owned).to_vec();
        arguments.extend(hostile.map(str::to_owned));
        let ran = run(&arguments, Path::new("/"), None, LONG);
        assert_eq!(ran.output, hostile.map(|argument| format!("<{argument}>")).concat());
    }

    #[test]
    fn what_takes_too_long_is_ended_with_all_that_it_started() {
        let mark = format!("987{}", std::process::id());
        let begun = Instant::now();
        let ran = sh(&format!("trap '' TERM; (trap '' TERM; sleep {mark}) & sleep {mark}"), Duration::from_millis(300));
        assert_eq!(ran.end, End::TimedOut(Duration::from_millis(300)));
        assert!(begun.elapsed() < Duration::from_secs(10));
        let left = sh(&format!("ps -eo args | grep -c '^sleep {mark}$'"), LONG);
        assert_eq!(left.output.trim(), "0", "a child is still there");
    }

    #[test]
    fn a_program_that_leaves_something_behind_does_not_hold_the_recovery_up() {
        let begun = Instant::now();
        assert_eq!(sh("sleep 5 & echo done", LONG).end, End::Exit(0));
        assert!(begun.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn endless_output_is_read_and_cut() {
        let ran = sh("echo first; head -c 10000000 /dev/zero | tr '\\0' x; echo last", LONG);
        assert_eq!(ran.end, End::Exit(0));
        assert!(ran.output.len() < 3 * KEPT && ran.output.starts_with("first\n") && ran.output.ends_with("last\n"));
        assert!(ran.output.contains("bytes left out"));
    }
}
