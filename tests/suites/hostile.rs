//! Text that someone else wrote reaches no report as anything but text.
//!
//! One change carries the same traps in file names, a commit message, test names, a scanner's messages and a reviewer's name. Each
//! of the six reports is read back as what it is, and no trap may have become live in it.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;

use libtest_mimic::Trial;
use quick_xml::events::Event;

use super::trial;
use crate::support::pay::{EVIDENCE, NOW, Pay};
use crate::support::repo::Repo;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("hostile::no-trap-is-live-in-any-report", every_report),
        trial("hostile::no-trap-is-live-at-a-push", at_push),
        trial("hostile::errors-are-escaped-too", errors),
        trial("hostile::what-policies-print-is-only-text", policies),
        trial("hostile::a-file-name-that-is-not-text-does-not-pass-silently", not_text),
    ]
}

/// A terminal's escapes: colour, a title, a clickable link; a carriage return that hides a line; a turned-around text.
const TERMINAL: &str =
    "\u{1b}[31mred\u{1b}[0m\u{1b}]0;title\u{7}\u{1b}]8;;http://evil.example\u{7}\rhidden\u{202e}turned\u{200b}";
/// Commands that CI systems take from lines of their log.
const COMMANDS: &str = "\n::error file=x::owned\n::set-output name=x::y\n##[error]owned\n##vso[task.complete]";
/// Markdown and HTML.
const MARKUP: &str = "</testcase><script>alert(1)</script><img src=x onerror=alert(1)> ![i](http://evil.example/p.png) \
[click](http://evil.example) @everyone #1 `` ` `` | x | <!-- c --> &amp; ]]>";

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a string")
}

fn xml(text: &str) -> String {
    // XML 1.0 cannot hold control characters; the other traps are written as references, newlines too.
    text.chars().filter(|c| !c.is_control() || *c == '\n').fold(String::new(), |mut out, c| {
        let _ = write!(out, "&#{};", u32::from(c));
        out
    })
}

fn traps() -> Pay {
    let all = format!("{TERMINAL}{COMMANDS}{MARKUP}");
    let file = format!("src/a{}.py", all.replace('/', "_"));
    let file: String = file.chars().take(200).collect();
    let second = format!("src/<img src=x onerror=alert(1)>[click](http:x)@everyone|`.py{TERMINAL}.py").replace("//", "_");
    let conflict = "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n";
    let mut pay = Pay::with(&[], &[(&file, conflict), (&second, conflict)]);
    pay.repo.write("src/pay.py", "def total(items):\n    return 1\n");
    pay.head = pay.repo.commit(&format!("WIP: x {all}\n\nReviewed-by: {all}"));
    let name = xml(&all);
    pay.outside(
        "junit.xml",
        &format!(
            "<testsuite name='{name}' tests='1'><testcase classname='{name}' name='{name}'>\
             <failure message='{name}'>{name}</failure></testcase></testsuite>"
        ),
    );
    let (text, uri) = (json(&all), json(&second.replace(['\n', '\r'], "")));
    pay.outside(
        "scan.sarif",
        &format!(
            r#"{{"version": "2.1.0", "runs": [{{"tool": {{"driver": {{"name": {text}}}}}, "results": [
            {{"ruleId": {text}, "level": "error", "message": {{"text": {text}}}, "locations": [{{"physicalLocation":
            {{"artifactLocation": {{"uri": "src/pay.py"}}, "region": {{"startLine": 2}}}}}}]}},
            {{"ruleId": {text}, "level": "error", "message": {{"text": {text}}}, "locations": [{{"physicalLocation":
            {{"artifactLocation": {{"uri": {uri}}}, "region": {{"startLine": 2}}}}}}]}}]}}]}}"#
        ),
    );
    pay.outside(
        "review.json",
        &format!(
            r#"{{"schema": "kadian.review/v1", "author": {text}, "approvals": [
            {{"by": {text}, "at": "2026-01-01T01:00:00Z", "commit": {}, "state": "changes_requested"}}]}}"#,
            json(&pay.head)
        ),
    );
    pay
}

/// What may stand in no report, whatever its form: characters that are not seen, and lines that a CI system obeys.
fn inert(format: &str, text: &str) {
    let hidden = text.chars().find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{202e}' | '\u{200b}'));
    assert_eq!(hidden, None, "{format}: {text:?}");
    for line in text.lines().map(str::trim_start) {
        let obeyed = line.starts_with("::") || line.contains("##[") || line.contains("##vso[");
        assert!(!obeyed, "{format}: a CI system obeys {line:?}");
    }
}

fn every_report() {
    let pay = traps();
    for (format, live) in [
        ("text", markup_free as fn(&str)),
        ("json", is_json),
        ("sarif", is_json),
        ("junit", is_xml),
        ("markdown", is_tame_markdown),
        ("html", is_tame_html),
    ] {
        for verbose in [&[][..], &["--verbose"]] {
            let run = pay.merge(&[&EVIDENCE[..], &["--report", format], verbose].concat());
            assert_eq!(run.code, 1, "{format}: {}{}", run.stdout, run.stderr);
            assert!(run.stdout.contains("evil.example") || format == "text", "{format} shows the traps: {}", run.stdout);
            inert(format, &run.stdout);
            live(&run.stdout);
            inert("standard error", &run.stderr);
        }
    }
    let run = pay.kadian(&[&["input", "merge", "--base", "main"][..], &EVIDENCE].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    inert("input", &run.stdout);
    is_json(&run.stdout);
}

/// Markup is only text on a terminal; nothing more to look for.
fn markup_free(text: &str) {
    assert!(text.starts_with("BLOCK"), "{text}");
}

fn is_json(text: &str) {
    let _: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
}

/// The elements are those of a `JUnit` report and no others.
fn is_xml(text: &str) {
    const KNOWN: &[&str] = &[
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "error",
        "skipped",
        "properties",
        "property",
        "system-out",
        "system-err",
    ];
    for (name, _) in elements(text) {
        assert!(KNOWN.contains(&name.as_str()), "<{name}> in {text}");
    }
}

/// The elements of a text that is well-formed XML, with the names of their attributes; no comment and no instruction stands in it.
fn elements(text: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}: {text}")) {
            Event::Start(element) | Event::Empty(element) => {
                let names =
                    element.attributes().map(|one| one.unwrap_or_else(|error| panic!("{error}: {text}")).key.as_ref().to_owned());
                found.push((element.name().as_ref().to_owned(), names.collect()));
            }
            Event::Comment(_) | Event::PI(_) => panic!("{text}"),
            Event::Eof => return found,
            _ => {}
        }
    }
}

/// Nothing on the page runs, loads or leads anywhere.
fn is_tame_html(text: &str) {
    assert!(text.starts_with("<!DOCTYPE html>\n<html"), "{text}");
    assert!(text.contains("default-src &apos;none&apos;"), "{text}");
    for (name, attributes) in elements(text) {
        let live = [
            "script", "img", "a", "link", "iframe", "object", "embed", "form", "base", "audio", "video", "image", "use",
            "testcase",
        ];
        assert!(!live.contains(&name.as_str()), "<{name}> in {text}");
        let harmful = |name: &String| {
            name.starts_with("on") || ["src", "href", "xlink:href", "action", "style", "srcset"].contains(&name.as_str())
        };
        assert!(!attributes.iter().any(harmful), "{attributes:?} in <{name}>");
    }
    assert!(!text.contains("<!--"), "{text}");
}

/// Outside code spans no tag, image, link or mention of the traps is live.
fn is_tame_markdown(text: &str) {
    let outside = without_code(text);
    for live in ["<script", "<img", "</testcase", "<!-- c", "![i](", "[click](", "](http://evil"] {
        assert!(!outside.contains(live), "{live} is live in {outside}");
    }
    for (at, _) in outside.match_indices("@everyone") {
        let before = outside.get(..at).unwrap_or_default();
        assert!(before.ends_with('\\') || before.ends_with('\u{2060}') || before.ends_with("&#64;"), "a mention in {outside}");
    }
}

/// The page without its code spans and fenced blocks, as `CommonMark` tells them: a run of backticks ends at the next run as long.
fn without_code(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '\\']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if from.starts_with('\\') {
            let end = from.char_indices().nth(2).map_or(from.len(), |(end, _)| end);
            out.push_str(&from[..end]);
            rest = &from[end..];
            continue;
        }
        let run = from.len() - from.trim_start_matches('`').len();
        let (open, after) = from.split_at(run);
        let mut search = 0;
        let close = loop {
            let Some(found) = after[search..].find(open).map(|found| found + search) else { break None };
            let length = after[found..].len() - after[found..].trim_start_matches('`').len();
            if length == run {
                break Some(found + run);
            }
            search = found + length;
        };
        if let Some(end) = close {
            rest = &after[end..];
        } else {
            out.push_str(open);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn at_push() {
    let pay = traps();
    for format in ["text", "json", "sarif", "junit", "markdown", "html"] {
        let run = pay.kadian(&["check", "push", "--base", "main", "--now", NOW, "--report", format, "--verbose"]);
        assert_eq!(run.code, 1, "{format}: {}{}", run.stdout, run.stderr);
        inert(format, &run.stdout);
    }
}

/// What the caller and the files of the change say comes back in messages of errors, too.
fn errors() {
    let pay = Pay::new();
    let trap = format!("x{TERMINAL}{COMMANDS}");
    pay.outside("typo.yaml", &format!("version: 1\n{}: 1\n", json(&trap)));
    pay.outside("bad.rego", &format!("package kadian.own\n\n{trap}\n"));
    let evidence = format!("{trap}=x");
    for words in [
        &["check", "merge", "--base", &trap][..],
        &["check", "merge", "--base", "main", "--evidence", &evidence],
        &["check", "merge", "--base", "main", "--set", &evidence],
        &["check", "merge", "--base", "main", "--config", "../typo.yaml"],
        &["check", "merge", "--base", "main", "--policy", "../bad.rego"],
        &["check", "merge", "--base", "main", "--report", &trap],
        &["policy", "show", &trap],
    ] {
        let run = pay.kadian(words);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{words:?}: {}", run.stderr);
        inert("standard error", &run.stderr);
    }
}

/// A policy under test prints what it likes, and is called what it likes.
fn policies() {
    let pay = Pay::new();
    let trap = json(&format!("x{TERMINAL}{COMMANDS}"));
    pay.outside(
        "own/own.rego",
        &format!("package kadian.own\n\n# METADATA\n# title: {trap}\ndeny contains {trap} if input.change.size.files > 9\n"),
    );
    pay.outside(
        "own/own_test.rego",
        &format!("package kadian.own_test\n\ntest_x if {{\n\tprint({trap})\n\t{trap} == \"y\"\n}}\n"),
    );
    for (words, code) in [
        (&["policy", "test", "../own"][..], 1),
        (&["policy", "test", "../own", "--format", "json"], 1),
        (&["policy", "list", "--policy", "../own"], 0),
        (&["policy", "list", "--policy", "../own", "--format", "json"], 0),
        (&["policy", "show", "own/deny", "--policy", "../own"], 0),
    ] {
        let run = pay.kadian(words);
        assert_eq!(run.code, code, "{words:?}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains("own"), "{}", run.stdout);
        inert(&words.join(" "), &run.stdout);
    }
}

/// A path of arbitrary bytes is a path like any other: its conflict marker is found.
fn not_text() {
    let mut repo = Repo::new();
    repo.write("a.txt", "1\n");
    let base = repo.commit("chore: base");
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9\x1b[31m.py");
    std::fs::write(repo.path().join(name), "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n").expect("the file is written");
    repo.commit("feat: a file");
    let run = crate::support::program::kadian(&repo.path(), &["check", "push", "--base", &base, "--report", "json"], &[], "");
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("change/conflict"), "{}", run.stdout);
    inert("json", &run.stdout);
}
