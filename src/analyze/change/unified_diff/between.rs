//! What may stand between the files of a diff.

use crate::evidence::ReadError;

/// Where the reader stands outside of the files. In front of the first one, and of the first one of each further commit, there may be
/// any text; behind a file only what the tools write there. A file that nobody recognises would otherwise be one that nobody sees.
#[derive(Debug, Default)]
pub(super) struct Between {
    place: Place,
    /// The line of a header of plain `diff` or Subversion, until its file follows.
    announced: Option<u64>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Place {
    /// The message of a commit or mail.
    #[default]
    Preamble,
    AfterFile,
    /// Behind the `-- ` that ends a mail: one line, git's version.
    Signature,
    Signed,
}

impl Between {
    pub(super) fn after_file(&mut self) {
        self.place = Place::AfterFile;
        self.announced = None;
    }

    /// Takes in a line outside of any file. The error is a sentence.
    pub(super) fn line(&mut self, text: &str, number: u64) -> Result<(), String> {
        if text.starts_with('\u{1b}') {
            return Err("the diff is coloured: write it with `git diff --no-color`".to_owned());
        }
        if self.place == Place::Preamble || starts_commit(text) {
            self.place = Place::Preamble;
            return Ok(());
        }
        if self.place == Place::Signature {
            self.place = Place::Signed;
            return Ok(());
        }
        if text == "-- " || text == "--" {
            self.place = Place::Signature;
        } else if text.starts_with("Index: ") || text.starts_with("diff ") {
            self.announced = Some(number);
        } else if text.starts_with("Binary files ") && text.ends_with(" differ") {
            self.announced = None;
        } else if !is_known(text) {
            return Err("the line belongs to no file: expected the header of the next one".to_owned());
        }
        Ok(())
    }

    /// An error where a header was read whose file does not follow.
    pub(super) fn end(&self) -> Result<(), ReadError> {
        match self.announced {
            Some(line) => Err(ReadError::at_line(line, "the header of a file without its lines; the diff may be cut off")),
            None => Ok(()),
        }
    }
}

/// The first line of the next commit in `git log -p` and `git format-patch --stdout`.
fn starts_commit(text: &str) -> bool {
    let id = text.strip_prefix("commit ").or_else(|| text.strip_prefix("From "));
    let id = id.and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_known(text: &str) -> bool {
    let ruler = text.len() >= 10 && text.bytes().all(|byte| byte == b'=');
    let only = text.starts_with("Only in ") && text.contains(": ");
    text.trim().is_empty() || ruler || only || text.starts_with("\\ ") || text.starts_with("Common subdirectories: ")
}
