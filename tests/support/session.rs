//! A client of a server that stays connected.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Something of a session's own, so that the end of a statement is told from its answer.
const MARK: &str = "-- the end of the answer --";

/// A connection through the server's own client. It ends, and what it began is rolled back, when it is dropped.
pub(crate) struct Session {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Session {
    /// Starts a client that reads statements from its input and prints bare answers.
    pub(crate) fn start(mut command: Command) -> Session {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the client starts");
        let input = child.stdin.take().expect("stdin is piped");
        let output = BufReader::new(child.stdout.take().expect("stdout is piped"));
        Session { child, input, output }
    }

    /// Runs statements, and waits for their answers. One that fails answers nothing.
    pub(crate) fn ask(&mut self, statements: &str) -> String {
        self.send(&format!("{statements};\nSELECT '{MARK}';\n"));
        self.answer()
    }

    /// Sends statements without waiting for their answers.
    pub(crate) fn send(&mut self, statements: &str) {
        self.input.write_all(statements.as_bytes()).and_then(|()| self.input.flush()).expect("the client listens");
    }

    /// The answers up to the mark that [`Session::ask`] sends.
    fn answer(&mut self) -> String {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).expect("the client answers");
            assert!(read > 0, "the client went away: {lines:?}");
            if line.trim_end() == MARK {
                return lines.join("\n");
            }
            lines.push(line.trim_end().to_owned());
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
