use super::*;

fn read(text: &str) -> Vec<RawFile> {
    parse(text.as_bytes()).unwrap().files
}

fn one(text: &str) -> RawFile {
    let mut files = read(text);
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

fn numbers(file: &RawFile) -> (Vec<u32>, Vec<u32>) {
    (file.added.numbers().collect(), file.removed.clone())
}

fn error(text: &str) -> String {
    parse(text.as_bytes()).unwrap_err().to_string()
}

const SIMPLE: &str = "diff --git a/src/a.rs b/src/a.rs\nindex 1..2 100644\n--- a/src/a.rs\n+++ b/src/a.rs\n\
    @@ -1,3 +1,4 @@ fn main\n one\n-two\n+TWO\n+more\n three\n@@ -10 +11,0 @@\n-ten\n";

#[test]
fn lines_are_numbered_on_both_sides() {
    let file = one(SIMPLE);
    assert_eq!((file.path.as_str(), file.status), ("src/a.rs", FileStatus::Modified));
    assert_eq!((file.mode, file.old_mode), (Some(0o100_644), Some(0o100_644)));
    assert_eq!(numbers(&file), (vec![2, 3], vec![2, 10]));
    assert_eq!(file.added.iter().next(), Some((2, b"TWO".as_slice())));
}

#[test]
fn a_text_with_crlf_line_ends_says_the_same() {
    assert_eq!(read(&SIMPLE.replace('\n', "\r\n")), read(SIMPLE));
}

#[test]
fn a_missing_line_end_is_no_line() {
    let text = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n\\ No newline at end of file\n";
    assert_eq!(numbers(&one(text)), (vec![1], vec![1]));
}

#[test]
fn renames_copies_and_modes_are_read_from_the_header() {
    let files = read(
        "diff --git a/old name b/new name\nsimilarity index 90%\nrename from old name\nrename to new name\n\
         diff --git a/s b/t\nsimilarity index 100%\ncopy from s\ncopy to t\n\
         diff --git a/run b/run\nold mode 100644\nnew mode 100755\n\
         diff --git a/empty b/empty\nnew file mode 100644\nindex 0000000..e69de29\n\
         diff --git a/gone b/gone\ndeleted file mode 100644\nindex 1..0\n--- a/gone\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n",
    );
    let shown: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.old_path.as_deref(), file.status)).collect();
    assert_eq!(
        shown,
        [
            ("empty", None, FileStatus::Added),
            ("gone", None, FileStatus::Deleted),
            ("new name", Some("old name"), FileStatus::Renamed),
            ("run", None, FileStatus::Modified),
            ("t", Some("s"), FileStatus::Copied),
        ]
    );
    assert_eq!((files[1].mode, files[1].old_mode, numbers(&files[1]).1), (None, Some(0o100_644), vec![1, 2]));
    assert_eq!((files[3].mode, files[3].old_mode), (Some(0o100_755), Some(0o100_644)));
}

#[test]
fn paths_may_hold_what_the_header_is_made_of() {
    assert_eq!(one("diff --git a/x b/y b/x b/y\nold mode 100644\nnew mode 100755\n").path, "x b/y");
    assert_eq!(one("diff --git a/b/ b/ b/b/ b/\nnew file mode 100644\n").path, "b/ b/");
    assert_eq!(one("diff --git \"a/\\345\\215\\241\" \"b/\\345\\215\\241\"\nnew file mode 100644\n").path, "卡");
    assert_eq!(one("diff --git \"a/\\377\" \"b/\\377\"\nnew file mode 100644\n").path, "\"\\377\"");
    assert_eq!(one("diff --git a/t x b/t x\n--- a/t x\t\n+++ b/t x\t\n@@ -0,0 +1 @@\n+a\n").path, "t x");
    assert_eq!(one("diff --git same same\nnew file mode 100644\n").path, "same");
}

#[test]
fn binary_files_and_submodules_have_no_lines() {
    let binary = one("diff --git a/i.png b/i.png\nindex 1..2 100644\nBinary files a/i.png and b/i.png differ\n");
    assert!(binary.binary && binary.added.is_empty());
    let patch = one(
        "diff --git a/i b/i\nindex 1..2 100644\nGIT binary patch\nliteral 3\nKcmZQzU|?ckU|?Wk\n\nliteral 1\nIcmZPo000310\n\n",
    );
    assert!(patch.binary);
    let module =
        one("diff --git a/m b/m\nindex 1..2 160000\n--- a/m\n+++ b/m\n@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n");
    assert_eq!((module.mode, numbers(&module)), (Some(SUBMODULE), (vec![], vec![])));
}

#[test]
fn a_change_of_type_is_one_file() {
    let file = one("diff --git a/l b/l\ndeleted file mode 100644\n--- a/l\n+++ /dev/null\n@@ -1 +0,0 @@\n-text\n\
         diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+target\n\\ No newline at end of file\n");
    assert_eq!((file.status, file.old_mode, file.mode), (FileStatus::TypeChanged, Some(0o100_644), Some(0o120_000)));
    assert_eq!(numbers(&file), (vec![1], vec![1]));
}

#[test]
fn plain_diffs_name_their_files_in_many_ways() {
    let hunk = "@@ -1 +1 @@\n-a\n+b\n";
    for (old, new, path) in [
        ("x.c\t2024-01-01 00:00:00", "x.c\t2024-01-02 00:00:00", "x.c"),
        ("old/src/x.c", "new/src/x.c", "src/x.c"),
        ("a/src/x.c", "b/src/x.c", "src/x.c"),
        ("x.c.orig", "x.c", "x.c"),
        ("src/x.c", "src/x.c", "src/x.c"),
    ] {
        assert_eq!(one(&format!("diff -u r\n--- {old}\n+++ {new}\n{hunk}")).path, path);
    }
    let added = one("--- x\t1970-01-01 00:00:00 +0000\n+++ x\t2024-01-01 00:00:00 +0000\n@@ -0,0 +1 @@\n+a\n");
    assert_eq!(added.status, FileStatus::Added);
    assert_eq!(one("--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n").status, FileStatus::Deleted);
}

#[test]
fn the_message_of_a_commit_is_not_the_diff() {
    let text = format!("From 1 Mon\nSubject: x\n\n---\n--- not a header\n src/a.rs | 3 +-\n\n{SIMPLE}-- \n2.47.3\n");
    assert_eq!(read(&text), read(SIMPLE));
}

#[test]
fn what_a_plain_diff_does_not_show_is_noted() {
    let change =
        parse(b"Only in new: x\nBinary files old/y and new/y differ\n--- old/a\n+++ new/a\n@@ -1 +1 @@\n-a\n+b\n").unwrap();
    assert_eq!(change.notes.len(), 2);
    assert!(change.notes[0].starts_with("line 1: ") && change.notes[0].contains("Only in new: x"), "{:?}", change.notes);
}

#[test]
fn a_hunk_that_breaks_off_is_named_by_its_line() {
    let lines: Vec<&str> = SIMPLE.lines().collect();
    for end in [6, 7, 8, 9] {
        let text = lines[..end].join("\n");
        assert!(error(&text).starts_with("line 5: the diff breaks off"), "{end}: {}", error(&text));
    }
    assert!(error(&lines[..lines.len() - 1].join("\n")).starts_with("line 11: the diff breaks off"));
    for end in [2, 3, 4] {
        let text = lines[..end].join("\n");
        assert!(error(&text).starts_with(&format!("line {end}: the diff breaks off")), "{}", error(&text));
    }
    let next = format!("{}\ndiff --git a/b b/b\n", lines[..8].join("\n"));
    assert!(error(&next).starts_with("line 9: the line does not belong"), "{}", error(&next));
}

#[test]
fn a_hunk_with_more_lines_than_it_announces_is_an_error() {
    assert!(error(&SIMPLE.replace("+1,4", "+1,3")).contains("more lines than it announces"));
    for extra in ["+b", "-b", " b"] {
        assert!(error(&format!("--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n{extra}\n")).starts_with("line 5: "));
    }
}

#[test]
fn what_is_not_one_diff_is_an_error() {
    for (text, part) in [
        ("", "the diff is empty"),
        (" \n\r\n", "the diff is empty"),
        ("hello\nworld\n", "not a unified diff"),
        ("@@ -1 +1 @@\n-a\n+b\n", "line 1: a hunk without a file header"),
        ("diff --cc x\nindex 1,2..3\n--- a/x\n+++ b/x\n@@@ -1,1 -1,1 +1,2 @@@\n", "line 1: this is a combined diff"),
        ("diff --git a/x b/x\n@@@ -1 -1 +1 @@@\n", "line 2: this is a combined diff"),
        ("--- a/x\n+++ b/x\n", "line 2: a file header without a hunk"),
        ("--- a/x\n+++ b/x\n@@ -1,x +1 @@\n", "line 3: expected a hunk header"),
        ("--- a/x\n+++ b/x\n@@ -4294967295,9 +1 @@\n", "line 3: expected a hunk header"),
        ("diff --git a/x b/y\n", "line 1: cannot tell the file's path"),
        ("diff --git a/x b/x\nold mode rwx\n", "line 2: expected a file mode"),
        ("--- /dev/null\n+++ /dev/null\n@@ -0,0 +1 @@\n+a\n", "line 1: both sides"),
    ] {
        assert!(error(text).contains(part), "{text:?}: {}", error(text));
    }
    let hunk = "@@ -5 +5 @@\n-a\n+b\n";
    assert!(error(&format!("--- a/x\n+++ b/x\n{hunk}{hunk}")).contains("out of order"));
    let twice = format!("--- a/x\n+++ b/x\n{hunk}--- a/x\n+++ b/x\n{hunk}");
    assert!(error(&twice).starts_with("line 6: x comes twice"), "{}", error(&twice));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in proptest::collection::vec(
        proptest::sample::select(SIMPLE.lines().chain(["", "\\", "+", "@@ -0,0 +0,0 @@", "\"", "diff --git \"a"]).collect::<Vec<_>>()), 0..30)) {
        let _ = parse(text.join("\n").as_bytes());
    }
}

#[test]
fn text_behind_a_file_that_is_no_header_is_an_error() {
    let end = SIMPLE.lines().count() + 1;
    for text in ["text", "+++ evil", "index 1..2", "@@@", "*** a"] {
        assert!(error(&format!("{SIMPLE}\n{text}\n")).starts_with(&format!("line {}: ", end + 1)), "{text}");
    }
    assert!(error(&format!("{SIMPLE}Index: src/q.py\n=============\n")).contains("without its lines"));
    assert!(error(&format!("{SIMPLE}-- \n2.47.3\n\nmore\n")).contains("belongs to no file"));
    let second = "--- x\n+++ x\n@@ -1 +1 @@\n-a\n+b\n";
    for header in ["", "\n", "diff -u x x\n", "Index: x\n=============\n", "Only in new: x\n"] {
        assert_eq!(read(&format!("{SIMPLE}{header}{second}")).len(), 2, "{header}");
    }
    let mail = format!("-- \n2.47.3\n\nFrom {} Mon Sep 17\nSubject: y\n\n---\n", "0a".repeat(20));
    assert_eq!(read(&format!("{SIMPLE}{mail}{second}-- \n2.47.3\n\n")).len(), 2);
}

#[test]
fn a_coloured_diff_is_an_error() {
    let coloured = "\u{1b}[1mdiff --git a/q.py b/q.py\u{1b}[m\n";
    assert!(error(coloured).starts_with("line 1: the diff is coloured"));
    assert!(error(&format!("{SIMPLE}{coloured}")).contains("--no-color"));
}

#[test]
fn a_file_has_one_path_and_it_stays_in_the_repository() {
    let hunk = "@@ -1 +1 @@\n-a\n+b\n";
    let text = format!("diff --git a/src/n.py b/src/n.py\n--- a/src/n.py\n+++ b/docs/a.md\n{hunk}");
    assert!(error(&text).contains("expected one path"));
    for path in ["../../etc/passwd", "/etc/passwd"] {
        assert!(error(&format!("--- {path}\n+++ {path}\n{hunk}")).contains("no path in a repository"), "{path}");
    }
}
