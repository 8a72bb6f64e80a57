//! The files through which a step talks to the runner.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The files of one step.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    pub(super) fn new(folder: &Path) -> Files {
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder).expect("the folder of a step");
        for (_, name) in NAMES {
            std::fs::write(folder.join(name), "").expect("a file of the runner");
        }
        Files { folder: folder.to_owned() }
    }

    /// The variables that name them.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, PathBuf)> {
        NAMES.into_iter().map(|(variable, name)| (variable, self.folder.join(name)))
    }

    /// Writes the script and gives its place.
    pub(super) fn script(&self, text: &str) -> PathBuf {
        let path = self.folder.join("script.sh");
        std::fs::write(&path, text).expect("the script is written");
        path
    }

    /// `name=value` lines, and values between `name<<WORD` and `WORD`.
    pub(super) fn outputs(&self) -> BTreeMap<String, String> {
        let text = std::fs::read_to_string(self.folder.join("output")).expect("the outputs");
        let (mut outputs, mut lines) = (BTreeMap::new(), text.lines());
        while let Some(line) = lines.next() {
            if let Some((name, word)) = line.split_once("<<").filter(|(name, _)| !name.contains('=')) {
                let value: Vec<&str> = lines.by_ref().take_while(|line| *line != word).collect();
                outputs.insert(name.to_owned(), value.join("\n"));
            } else {
                let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("the runner refuses the output `{line}`"));
                outputs.insert(name.to_owned(), value.to_owned());
            }
        }
        outputs
    }

    pub(super) fn summary(&self) -> String {
        std::fs::read_to_string(self.folder.join("summary")).expect("the summary")
    }
}

const NAMES: [(&str, &str); 4] =
    [("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary"), ("GITHUB_ENV", "env"), ("GITHUB_PATH", "path")];
