//! The baseline of findings, through the program: written, reviewed, judged by.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::trial;
use crate::support::program::{Run, kadian};
use crate::support::repo::Repo;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("baseline::the-same-findings-make-the-same-file", same_file),
        trial("baseline::what-was-there-before-may-move-but-not-multiply", moves),
        trial("baseline::the-change-does-not-choose-its-baseline", of_the_base),
        trial("baseline::findings-that-are-not-known-make-none", unknown),
    ]
}

const CONFIG: &str = "version: 1\nservice: {name: pay, tier: L2, owners: [team-pay]}\nbaseline: .kadian/baseline.json\n\
    stages: {merge: {expect: [change, scan]}}\n";
const BEFORE: &str = "one\ntwo\n\nbegin\n    eval(x)\nend\n\nthree\nfour\n";
const MOVED: &str = "begin\n    eval(x)\nend\n\none\ntwo\n\nthree\nfour\n";

/// A repository whose main branch holds one finding and the baseline that lists it.
fn repository() -> Repo {
    let mut repo = Repo::new();
    repo.write("kadian.yaml", CONFIG);
    repo.write("src/pay.py", BEFORE);
    repo.commit("chore: start");
    scanned(&repo);
    let written = run(&repo, &["baseline", "write", "--evidence", "scan=../scan.sarif", "--now", "2026-01-03T00:00:00Z"]);
    assert_eq!(written.code, 0, "{}", written.stderr);
    assert!(written.stdout.contains("1 findings of lint 1.0"), "{}", written.stdout);
    repo.commit("chore: baseline");
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo
}

/// Scans the working tree: every `eval` is a finding, whose message counts.
fn scanned(repo: &Repo) {
    let text = std::fs::read_to_string(repo.path().join("src/pay.py")).expect("the file is there");
    let lines = (1..).zip(text.lines()).filter(|(_, line)| line.contains("eval"));
    let results: Vec<Value> = lines
        .map(|(line, _)| {
            let place = json!({"artifactLocation": {"uri": "src/pay.py"}, "region": {"startLine": line}});
            json!({"ruleId": "E1", "level": "error", "message": {"text": format!("eval at line {line}")},
                "locations": [{"physicalLocation": place}]})
        })
        .collect();
    let driver = json!({"name": "lint", "version": "1.0"});
    let log = json!({"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]});
    std::fs::write(repo.outside().join("scan.sarif"), log.to_string()).expect("the report is written");
}

fn run(repo: &Repo, arguments: &[&str]) -> Run {
    kadian(&repo.path(), arguments, &[], "")
}

/// The decision about the working tree, committed and scanned.
fn decision(repo: &mut Repo, text: &str) -> (i32, Value) {
    repo.write("src/pay.py", text);
    repo.commit("feat: more");
    scanned(repo);
    let arguments =
        ["check", "merge", "--base", "main", "--trust", "base", "--evidence", "scan=../scan.sarif", "--report", "json"];
    let checked = run(repo, &arguments);
    (checked.code, serde_json::from_str(&checked.stdout).unwrap_or_else(|error| panic!("{error}: {}", checked.stderr)))
}

fn ids(decision: &Value) -> Vec<&str> {
    decision["findings"].as_array().into_iter().flatten().filter_map(|finding| finding["id"].as_str()).collect()
}

fn same_file() {
    let mut repo = repository();
    let path = repo.path().join(".kadian/baseline.json");
    let first = std::fs::read_to_string(&path).expect("it is written");
    repo.write("src/pay.py", format!("zero\n\n{BEFORE}"));
    repo.commit("feat: a line in front");
    scanned(&repo);
    let again = run(&repo, &["baseline", "write", "--evidence", "scan=../scan.sarif", "--now", "2026-01-04T00:00:00Z"]);
    assert!(again.stdout.contains("0 more, 0 fewer"), "{}", again.stdout);
    let second = std::fs::read_to_string(&path).expect("it is written");
    let apart: Vec<&str> =
        first.lines().zip(second.lines()).filter(|(a, b)| a != b).filter_map(|(a, _)| a.split(':').next()).collect();
    assert_eq!(apart, ["  \"made_at\"", "  \"made_for\""]);
}

fn moves() {
    let (code, passed) = decision(&mut repository(), MOVED);
    assert_eq!((code, ids(&passed)), (0, vec![]));
    let (code, blocked) = decision(&mut repository(), &[MOVED, "\nbegin\n    eval(x)\nend\n"].concat());
    assert_eq!((code, ids(&blocked)), (1, vec!["scan/new-finding", "scan/ratchet"]));
    let (code, fixed) = decision(&mut repository(), "one\ntwo\n\nthree\nfour\n");
    assert_eq!((code, ids(&fixed)), (0, vec!["scan/baseline-too-high"]));
}

fn of_the_base() {
    let mut repo = repository();
    let path = ".kadian/baseline.json";
    let stored = std::fs::read_to_string(repo.path().join(path)).expect("it is written");
    // The change lists its own finding as old, and breaks the file at that.
    repo.write(path, &stored[..stored.len() / 2]);
    let (code, blocked) = decision(&mut repo, &[BEFORE, "eval(y)\n"].concat());
    assert_eq!((code, ids(&blocked)), (1, vec!["scan/new-finding", "scan/ratchet", "change/gate-files"]));
    let own = run(&repo, &["check", "merge", "--base", "main", "--trust", "worktree", "--evidence", "scan=../scan.sarif"]);
    assert_eq!(own.code, 2);
    assert!(own.stderr.contains(".kadian/baseline.json: line") && own.stderr.contains("kadian baseline write"), "{}", own.stderr);
}

fn unknown() {
    let mut repo = repository();
    let absent = run(&repo, &["baseline", "write", "--evidence", "scan=../none.sarif"]);
    assert_eq!(absent.code, 2);
    assert!(absent.stderr.contains("no file matches ../none.sarif"), "{}", absent.stderr);
    std::fs::write(repo.outside().join("scan.sarif"), "{\"version\": \"2.1.0\", \"runs\": [").expect("the report is written");
    let cut = run(&repo, &["baseline", "write", "--evidence", "scan=../scan.sarif"]);
    assert!(cut.code == 2 && cut.stderr.contains("the findings of HEAD are not known"), "{}", cut.stderr);
    repo.write("kadian.yaml", "version: 1\n");
    repo.commit("chore: nobody");
    scanned(&repo);
    let ownerless = run(&repo, &["baseline", "write", "--evidence", "scan=../scan.sarif"]);
    assert!(ownerless.code == 2 && ownerless.stderr.contains("nobody answers for these findings"), "{}", ownerless.stderr);
    let owned = run(&repo, &["baseline", "write", "--evidence", "scan=../scan.sarif", "--owner", "mei"]);
    assert!(
        owned.code == 0 && owned.stdout.contains("`baseline: .kadian/baseline.json` makes this one count"),
        "{}",
        owned.stdout
    );
}
