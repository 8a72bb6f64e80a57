//! Finding and reading, on a real directory.

use std::fs;

use tempfile::TempDir;

use super::*;

const JUNIT: &str = "<testsuite name='s' tests='1'><testcase name='a'/></testsuite>";
const LCOV: &str = "SF:a\nDA:1,1\nend_of_record\n";

#[expect(clippy::disallowed_methods, reason = "the test's own files")]
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn named(directory: &TempDir, kind: &Kind, patterns: &[&str]) -> Vec<File<Report>> {
    let patterns: Vec<_> = patterns.iter().map(|text| Pattern::new(text).unwrap()).collect();
    gather(kind, Search::Named { directory: directory.path(), patterns: &patterns }, now())
}

fn found(directory: &TempDir, kind: &Kind) -> Vec<File<Report>> {
    gather(kind, Search::Conventional { repository: directory.path() }, now())
}

fn paths<T>(files: &[File<T>]) -> Vec<&str> {
    files.iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn globs_find_files_at_any_depth_in_the_order_of_their_paths() {
    let files = [
        ("b/x/r.xml", JUNIT),
        ("a/r.xml", JUNIT),
        ("r.xml", JUNIT),
        ("a/r.txt", JUNIT),
        (".git/r.xml", JUNIT),
        ("a/d.xml/z", ""),
    ];
    let directory = directory(&files);
    assert_eq!(paths(&named(&directory, &Kind::Tests, &["**/*.xml"])), ["a/r.xml", "b/x/r.xml", "r.xml"]);
    assert_eq!(paths(&named(&directory, &Kind::Tests, &["**/**/x/**"])), ["b/x/r.xml"]);
    assert_eq!(paths(&named(&directory, &Kind::Tests, &["{a,b/x}/r.{xml,txt}"])), ["a/r.txt", "a/r.xml", "b/x/r.xml"]);
    assert_eq!(paths(&named(&directory, &Kind::Tests, &["./a/?.xml"])), ["a/r.xml"]);
    assert!(named(&directory, &Kind::Tests, &["a", "a/d.xml", "none.xml", "*/none/*.xml"]).is_empty());
}

#[test]
fn a_plain_name_may_hold_what_means_something_in_a_pattern_and_lie_anywhere() {
    let directory = directory(&[("a[1].xml", JUNIT), ("sub/keep", "")]);
    assert_eq!(paths(&named(&directory, &Kind::Tests, &["a[1].xml"])), ["a[1].xml"]);
    let patterns = [Pattern::new("../*.xml").unwrap()];
    let below = directory.path().join("sub");
    let files = gather(&Kind::Tests, Search::Named { directory: &below, patterns: &patterns }, now());
    assert_eq!(paths(&files), ["../a[1].xml"]);
    let absolute = format!("{}/*.xml", directory.path().display());
    assert_eq!(named(&directory, &Kind::Tests, &[&absolute])[0].path, absolute.replace('*', "a[1]"));
}

#[test]
fn a_file_that_is_reached_twice_is_read_once() {
    let directory = directory(&[("a/r.xml", JUNIT)]);
    std::os::unix::fs::symlink("a/r.xml", directory.path().join("link.xml")).unwrap();
    std::os::unix::fs::symlink(directory.path(), directory.path().join("a/loop")).unwrap();
    assert_eq!(named(&directory, &Kind::Tests, &["a/*.xml", "**/*.xml", "./a/r.xml", "link.xml"]).len(), 1);
}

#[test]
fn what_was_read_is_hashed_and_counted_to_its_end() {
    let text = format!("<nonsense>{}", "x".repeat(300_000));
    let directory = directory(&[("lcov.info", LCOV), ("bad.xml", &text)]);
    let file = &named(&directory, &Kind::Coverage, &["lcov.info"])[0];
    assert_eq!((file.source.bytes, file.source.format.as_str()), (26, "lcov"));
    assert_eq!(file.source.sha256, format!("{:x}", <sha2::Sha256 as sha2::Digest>::digest(LCOV)));
    assert!(file.modified.is_some() && matches!(file.content, Ok(Report::Coverage(_))));
    let mut pattern = Pattern::new("bad.xml").unwrap();
    pattern.format = format_named(&Kind::Tests, "junit");
    let files = gather(&Kind::Tests, Search::Named { directory: directory.path(), patterns: &[pattern] }, now());
    assert_eq!((files[0].source.bytes, files[0].source.format.as_str()), (text.len() as u64, "junit"));
    assert_eq!(files[0].source.sha256, format!("{:x}", <sha2::Sha256 as sha2::Digest>::digest(&text)));
    assert!(files[0].content.as_ref().unwrap_err().starts_with("bad.xml: line 1: the root element is <nonsense>"));
}

#[test]
fn a_named_file_of_no_known_format_is_unreadable() {
    let directory = directory(&[("a.txt", "hello"), ("empty.xml", "")]);
    let files = named(&directory, &Kind::Coverage, &["a.txt", "empty.xml"]);
    assert_eq!(
        files[0].content.as_ref().unwrap_err(),
        "a.txt: the file is of no known format: for coverage kadian reads clover, cobertura, go, jacoco, lcov"
    );
    assert!(files[1].content.as_ref().unwrap_err().contains("the file is empty"));
    assert_eq!(files[0].source.format, "unknown");
}

#[test]
fn conventional_names_are_found_at_the_root_and_one_level_below() {
    let files = [
        ("junit.xml", JUNIT),
        ("build/test-results/unit/deep/TEST-a.xml", JUNIT),
        ("web/junit.xml", JUNIT),
        ("web/test-results/a/b.xml", JUNIT),
        ("web/deep/junit.xml", JUNIT),
        ("node_modules/junit.xml", JUNIT),
        ("lcov.info", LCOV),
        ("web/kadian-review.json", r#"{"schema": "kadian.review/v1", "author": "b", "approvals": []}"#),
        (".kadian/review.json", r#"{"schema": "kadian.review/v1", "author": "a", "approvals": []}"#),
    ];
    let directory = directory(&files);
    let expected = ["build/test-results/unit/deep/TEST-a.xml", "junit.xml", "web/junit.xml", "web/test-results/a/b.xml"];
    assert_eq!(paths(&found(&directory, &Kind::Tests)), expected);
    assert_eq!(paths(&found(&directory, &Kind::Coverage)), ["lcov.info"]);
    assert_eq!(paths(&found(&directory, &Kind::Review)), [".kadian/review.json"]);
    assert!(found(&directory, &Kind::Scan).is_empty());
}

#[test]
fn what_is_discovered_and_something_else_is_left_out_but_an_emptied_or_damaged_report_is_not() {
    let directory = directory(&[("report.xml", "<html/>"), ("junit.xml", ""), ("TEST-a.xml", "garbage"), ("TEST-b.xml", JUNIT)]);
    let files = found(&directory, &Kind::Tests);
    assert_eq!(paths(&files), ["TEST-a.xml", "TEST-b.xml", "junit.xml"]);
    assert_eq!(files.iter().filter(|file| file.content.is_err()).count(), 2);
}

#[test]
fn documents_of_any_shape_are_read_as_json_or_yaml() {
    let directory = directory(&[("a.json", "{\"a\": 1}"), ("b.yaml", "a: 1\n"), ("c.json", "{\"a\": 1, \"a\": 2}")]);
    let patterns = [Pattern::new("*").unwrap()];
    let files = read_json_or_yaml(Search::Named { directory: directory.path(), patterns: &patterns }, now());
    assert_eq!(files[0].content, files[1].content);
    assert_eq!((files[0].source.format.as_str(), files[1].source.format.as_str()), ("json", "yaml"));
    assert!(files[2].content.as_ref().unwrap_err().starts_with("c.json: line 1: the key `a` stands twice"));
}

#[test]
fn the_messages_of_many_logs_are_kept_once() {
    let names: Vec<String> = (10..30).map(|n| format!("{n}.log")).collect();
    let texts: Vec<String> =
        (10..30).map(|n| format!("INFO fine\nERROR wallet {n} is broken\nERROR {}\n", "x".repeat(n))).collect();
    let files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    let directory = directory(&files);
    let mut pattern = Pattern::new("*.log").unwrap();
    pattern.format = format_named(&Kind::Logs, "gray");
    let found = gather(&Kind::Logs, Search::Named { directory: directory.path(), patterns: &[pattern] }, now());
    let logs: Vec<&MinedLog> =
        found.iter().filter_map(|file| if let Ok(Report::Log(log)) = &file.content { Some(log) } else { None }).collect();
    assert_eq!(logs.len(), 20);
    assert!(logs.iter().all(|log| log.figures().errors == 2 && log.figures().quiet == 1));
    assert_eq!((logs[0].len(), logs[1..].iter().all(|log| log.is_empty())), (21, true));
}

#[test]
fn a_pattern_that_is_none_is_named() {
    assert_eq!(Pattern::new("a/{b").unwrap_err().to_string(), "`a/{b` is not a file pattern: a brace is not closed");
    assert!(Pattern::new("a/[").is_err());
    assert!(Pattern::new("").is_err());
    assert!(Pattern::new(&"{a,b}".repeat(20)).unwrap_err().to_string().contains("more than 256"));
}

#[test]
fn a_pipe_is_not_waited_for() {
    let directory = directory(&[("keep", "")]);
    let pipe = directory.path().join("pipe.xml");
    if std::os::unix::net::UnixListener::bind(&pipe).is_ok() {
        let files = named(&directory, &Kind::Tests, &["pipe.xml"]);
        assert_eq!(files[0].content.as_ref().unwrap_err(), "pipe.xml: failed to open: it is not a regular file");
    }
}
