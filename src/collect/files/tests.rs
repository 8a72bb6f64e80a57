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
        "a.txt: the file is of no known format: for coverage kadian reads clover, cobertura, coverage.py, go, istanbul, jacoco, lcov, llvm-cov"
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

#[expect(clippy::disallowed_methods, reason = "the test's own files")]
fn write(directory: &TempDir, name: &str, bytes: &[u8]) {
    fs::write(directory.path().join(name), bytes).unwrap();
}

fn gz(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// An archive of these entries, in this order.
fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn error<T>(file: &File<T>) -> &str {
    file.content.as_ref().err().unwrap()
}

#[test]
fn a_compressed_report_is_read_and_its_digest_is_that_of_the_file() {
    let directory = directory(&[("junit.xml", JUNIT)]);
    let packed = gz(JUNIT);
    write(&directory, "r.xml.gz", &packed);
    let files = named(&directory, &Kind::Tests, &["junit.xml", "r.xml.gz"]);
    assert_eq!(files[0].content, files[1].content);
    assert!(files[1].content.is_ok());
    assert_eq!((files[1].source.format.as_str(), files[1].source.bytes), ("junit", packed.len() as u64));
    assert_eq!(files[1].source.sha256, crate::digest::sha256(&packed));
}

#[test]
fn half_a_compressed_report_and_what_was_appended_to_it_are_errors() {
    let directory = directory(&[]);
    let packed = gz(LCOV);
    for (name, bytes) in [
        ("cut.info.gz", packed[..packed.len() - 1].to_vec()),
        ("longer.info.gz", [packed.as_slice(), b"SF:b\n"].concat()),
        ("sum.info.gz", {
            let mut flipped = packed.clone();
            let at = flipped.len() - 8;
            flipped[at] ^= 1;
            flipped
        }),
        ("twice.info.gz", {
            use std::io::Write as _;
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(&packed).unwrap();
            encoder.finish().unwrap()
        }),
    ] {
        write(&directory, name, &bytes);
        let files = named(&directory, &Kind::Coverage, &[name]);
        assert!(files[0].content.is_err(), "{name}");
    }
    // Two members in a row are one file to gzip, and to kadian.
    write(&directory, "two.info.gz", &[packed.as_slice(), &gz("SF:b\nDA:2,0\nend_of_record\n")].concat());
    let files = named(&directory, &Kind::Coverage, &["two.info.gz"]);
    let Ok(Report::Coverage(report)) = &files[0].content else { panic!("{:?}", files[0].content) };
    assert_eq!(report.files.len(), 2);
}

#[test]
fn other_packings_are_named() {
    let directory = directory(&[]);
    write(&directory, "a.zst", b"\x28\xb5\x2f\xfd\0\0\0\0");
    write(&directory, "a.tar.gz", &gz(&format!("{}ustar\0{}", "a".repeat(257), "b".repeat(300))));
    let files = named(&directory, &Kind::Coverage, &["a.*"]);
    assert!(error(&files[0]).contains("packed with tar"), "{:?}", files[0]);
    assert!(error(&files[1]).contains("packed with zstd"), "{:?}", files[1]);
}

#[test]
fn an_archive_gives_its_reports_and_leaves_out_the_rest() {
    let directory = directory(&[]);
    let packed = gz(JUNIT);
    let archive = zipped(&[
        ("z/TEST-b.xml", JUNIT.as_bytes()),
        ("a/junit.xml", JUNIT.as_bytes()),
        ("a/more.xml.gz", &packed),
        ("cov/lcov.info", LCOV.as_bytes()),
        ("shot.png", b"\x89PNG\r\n"),
        ("index.html", b"<html></html>"),
    ]);
    write(&directory, "artifact.zip", &archive);
    let files = named(&directory, &Kind::Tests, &["*.zip"]);
    assert_eq!(paths(&files), ["artifact.zip!/a/junit.xml", "artifact.zip!/a/more.xml.gz", "artifact.zip!/z/TEST-b.xml"]);
    assert!(files.iter().all(|file| file.content.is_ok() && file.on_disk == "artifact.zip"));
    assert_eq!(files[0].source.sha256, crate::digest::sha256(JUNIT.as_bytes()));
    assert_eq!(paths(&named(&directory, &Kind::Coverage, &["artifact.zip"])), ["artifact.zip!/cov/lcov.info"]);
    assert_eq!(paths(&named(&directory, &Kind::Tests, &["artifact.zip!/a/*.xml"])), ["artifact.zip!/a/junit.xml"]);
    let none = named(&directory, &Kind::Scan, &["artifact.zip"]);
    assert!(error(&none[0]).contains("holds no report"), "{none:?}");
    let none = named(&directory, &Kind::Tests, &["artifact.zip!/b/**"]);
    assert!(error(&none[0]).contains("no entry of the archive matches"), "{none:?}");
}

#[test]
fn a_damaged_report_in_an_archive_is_not_left_out() {
    let directory = directory(&[("r.xml", JUNIT)]);
    let whole = zipped(&[("TEST-a.xml", b""), ("ok.xml", JUNIT.as_bytes()), ("cut.xml", &JUNIT.as_bytes()[..30])]);
    write(&directory, "a.zip", &whole);
    let files = named(&directory, &Kind::Tests, &["a.zip"]);
    assert_eq!(paths(&files), ["a.zip!/TEST-a.xml", "a.zip!/cut.xml", "a.zip!/ok.xml"]);
    assert!(error(&files[0]).contains("is empty") && files[1].content.is_err() && files[2].content.is_ok(), "{files:?}");
    for cut in [whole.len() - 1, whole.len() / 2, 4] {
        write(&directory, "cut.zip", &whole[..cut]);
        let files = named(&directory, &Kind::Tests, &["cut.zip"]);
        assert!(files.len() == 1 && files[0].content.is_err(), "{cut}: {files:?}");
    }
    let files = named(&directory, &Kind::Tests, &["r.zip!/a.xml", "r.xml"]);
    assert_eq!(paths(&files), ["r.xml"]);
}

#[test]
fn an_archive_that_two_programs_may_read_differently_is_refused() {
    let directory = directory(&[]);
    let good = zipped(&[("a.xml", JUNIT.as_bytes()), ("b.xml", JUNIT.as_bytes())]);
    let renamed = |from: &str, to: &str, times: usize| {
        let text = good.clone();
        let mut out = text.clone();
        let places: Vec<usize> = memchr::memmem::find_iter(&text, from).collect();
        assert_eq!(places.len(), 2);
        for at in places.into_iter().take(times) {
            out[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
        out
    };
    for (what, bytes) in [
        ("two entries of one name", renamed("b.xml", "a.xml", 2)),
        ("a local header with another name", renamed("b.xml", "c.xml", 1)),
        ("an absolute path", renamed("b.xml", "/.xml", 2)),
        ("a path that leads out", renamed("b.xml", "../ml", 2)),
    ] {
        write(&directory, "a.zip", &bytes);
        let files = named(&directory, &Kind::Tests, &["a.zip"]);
        assert!(files.len() == 1 && files[0].content.is_err(), "{what}: {files:?}");
    }
}

#[test]
fn what_unpacks_to_more_than_is_read_is_an_error() {
    use std::io::Read as _;
    let left = std::cell::Cell::new(1000);
    let packed = gz(&"a".repeat(100_000));
    let error = packed::gunzip(packed.as_slice(), &left).read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::FileTooLarge);
}
