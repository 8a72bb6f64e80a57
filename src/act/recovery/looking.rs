//! Looks at things, and does them.

use std::fs::File;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::call::{Call, Look, Wants};
use super::http;
use super::process::{self, End};
use super::secrets::Secrets;

/// The pauses between two looks at the same thing.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// Lines of a program's output that are shown.
const LINES: usize = 20;

/// Characters of one of them.
const COLUMNS: usize = 400;

/// Where programs run, and which secrets there are.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) root: &'a Path,
    pub(super) secrets: Secrets,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Done {
    /// In a few words, for the record.
    pub(super) what: String,
    /// What was printed or answered, in lines.
    pub(super) lines: Vec<String>,
}

impl World<'_> {
    /// Does one thing, once. The error says what came of it instead.
    pub(super) fn call(&self, call: &Call, lock: Option<&File>, limit: Duration) -> Result<Done, Done> {
        match call {
            Call::Program(arguments) => {
                let ran = process::run(arguments, self.root, lock, limit);
                let name = arguments.first().map_or("", String::as_str);
                let done = Done { what: format!("{name} {}", ran.end.words()), lines: self.lines(&ran.output) };
                if ran.end == End::Exit(0) { Ok(done) } else { Err(done) }
            }
            Call::Http(call) => {
                let answer = http::send(call, &self.secrets, limit);
                match answer {
                    Ok(answer) => {
                        let what = format!("{} answered {}", call.method, answer.status);
                        let done = Done { what, lines: self.lines(&String::from_utf8_lossy(&answer.body)) };
                        if call.accepts.contains(&answer.status) { Ok(done) } else { Err(done) }
                    }
                    Err(reason) => Err(Done { what: format!("{} had no answer: {reason}", call.method), lines: vec![] }),
                }
            }
        }
    }

    /// Looks once; the error says what was found instead.
    pub(super) fn look(&self, look: &Look, limit: Duration) -> Result<(), String> {
        match (&look.call, &look.wants) {
            (Call::Program(arguments), Wants::Exit(code)) => {
                let ran = process::run(arguments, self.root, None, limit);
                if ran.end == End::Exit(i32::from(*code)) {
                    return Ok(());
                }
                let last = self.lines(&ran.output).pop().map(|line| format!(" ({line})"));
                Err(format!("it {}{}", ran.end.words(), last.unwrap_or_default()))
            }
            (Call::Http(call), Wants::Answer { status, equals }) => {
                let answer = http::send(call, &self.secrets, limit)?;
                if answer.status != *status {
                    return Err(format!("it answers {}", answer.status));
                }
                let Some((pointer, wanted)) = equals else { return Ok(()) };
                match answer.at(pointer) {
                    Some(found) if found == *wanted => Ok(()),
                    Some(found) => Err(self.cut(&format!("{found} stands at {pointer}"))),
                    None => Err(format!("nothing stands at {pointer}")),
                }
            }
            _ => Err("it cannot be looked at".to_owned()),
        }
    }

    /// Looks again and again until it is so, or its time is over; the error is what was found last.
    #[expect(clippy::disallowed_methods, reason = "a limit is measured")]
    pub(super) fn wait(&self, look: &Look) -> Result<(), String> {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let left = look.limit.saturating_sub(begun.elapsed());
            let found = match self.look(look, left) {
                Ok(()) => return Ok(()),
                Err(found) => found,
            };
            let left = look.limit.saturating_sub(begun.elapsed());
            if left <= pause {
                return Err(format!("{}, but {found} after {} s", look.shown(), begun.elapsed().as_secs()));
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }

    /// The last lines of a text, without secrets and without what would move a cursor.
    fn lines(&self, text: &str) -> Vec<String> {
        let hidden = self.secrets.hide(text);
        let lines: Vec<&str> = hidden.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        lines[lines.len().saturating_sub(LINES)..].iter().map(|line| self.cut(line)).collect()
    }

    fn cut(&self, text: &str) -> String {
        let hidden = self.secrets.hide(text);
        let mut out = String::new();
        let mut characters = hidden.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                // The colours of programs that take everything for a terminal.
                '\u{1b}' if characters.peek() == Some(&'[') => {
                    characters.next();
                    while characters.next_if(|c| !('@'..='~').contains(c)).is_some() {}
                    characters.next();
                }
                '\t' => out.push(' '),
                c if c.is_control() => {}
                c => out.push(c),
            }
        }
        out.truncate(out.trim_end().len());
        if out.chars().count() > COLUMNS {
            out = out.chars().take(COLUMNS).chain(['…']).collect();
        }
        out
    }
}
