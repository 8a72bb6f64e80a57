//! How long a change takes to collect. By hand: `cargo test --lib a_large_repository -- --ignored --nocapture`.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::{Scratch, request};
use crate::decide::Stage;

/// A repository with many files in directories of a hundred, and a second commit that edits twenty of them.
fn repository(files: usize) -> Scratch {
    let scratch = Scratch::with_repository();
    let mut stream = "commit refs/heads/main\ncommitter C <c@d> 1700000000 +0000\ndata 1\na\n".to_owned();
    let path = |file: usize| format!("src/area{}/part{}/file{file}.rs", file / 2500, file / 100);
    let body = |file: usize, edit: &str| {
        let mut text = String::new();
        for line in 0..100 {
            writeln!(text, "    let line_{line} = {};", file * line).unwrap();
        }
        text + edit
    };
    for file in 0..files {
        let text = body(file, "");
        writeln!(stream, "M 100644 inline {}\ndata {}\n{text}", path(file), text.len()).unwrap();
    }
    stream += "M 100644 inline .gitattributes\ndata 30\n* text=auto\n*.png -diff -text\n\n";
    stream += "\ncommit refs/heads/main\ncommitter C <c@d> 1700000001 +0000\ndata 1\nb\n";
    for file in (0..files).step_by(files / 20) {
        let text = body(file, "one more line\n");
        writeln!(stream, "M 100644 inline {}\ndata {}\n{text}", path(file), text.len()).unwrap();
    }
    scratch.git_with("work", &["fast-import", "--quiet"], stream.as_bytes());
    scratch.git("work", &["reset", "--quiet", "--hard"]);
    scratch
}

/// The fastest of several runs.
fn fastest(mut run: impl FnMut()) -> Duration {
    let time = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..15).map(|_| time(&mut run)).min().unwrap()
}

#[test]
#[ignore = "a measurement"]
fn a_large_repository_takes_no_longer_than_a_small_one() {
    for files in [5_000, 50_000] {
        let scratch = repository(files);
        let ours = fastest(|| {
            let change = scratch.open("work").change(&request(Stage::Push, Some("HEAD^"), None)).unwrap();
            assert_eq!(change.files.len(), 20);
        });
        let git = fastest(|| drop(scratch.git("work", &["diff", "--numstat", "HEAD^...HEAD"])));
        let start = fastest(|| drop(scratch.git("work", &["--version"])));
        println!("{files} files: kadian {ours:?}, git diff --numstat {git:?} (of which the start of a process {start:?})");
    }
}
