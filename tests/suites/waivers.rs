//! Waivers by comment, through the program: whose comments count, and that nothing else does.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::trial;
use crate::support::pay::{Pay, decision};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("waivers::a-comment-waives-where-its-author-may", whose),
        trial("waivers::a-comment-counts-at-merge-and-for-its-own-pull-request", where_it_counts),
        trial("waivers::a-waiver-of-the-head-of-a-pull-request-has-no-effect", of_the_head),
        trial("waivers::uses-are-counted-in-the-ledger", uses),
    ]
}

const REPORTS: [&str; 10] = [
    "--evidence",
    "tests=../junit.xml",
    "--evidence",
    "coverage=../lcov.info",
    "--evidence",
    "scan=../scan.sarif",
    "--evidence",
    "review:github=../github.json",
    "--report",
    "json",
];
const FAILED: &str = r#"<testsuite name="x" tests="1"><testcase name="a"><failure/></testcase></testsuite>"#;
const COMMANDS: &str = "Fine with me.\n\n/kadian waive tests/failed reason=\"a flaky host\" until=2026-01-12 ticket=PAY-1\r\n\
    /kadian waive tests/success-rate reason=a flaky host until=2026-01-12";

/// A change whose tests fail.
fn failing() -> Pay {
    let pay = Pay::new();
    pay.outside("junit.xml", FAILED);
    pay
}

fn answer(path: &str, body: &Value) -> Value {
    json!({"path": path, "query": "per_page=100&page=1", "status": 200, "body": body, "next": null})
}

/// What GitHub says of the pull request: approved by two, pushed at half past midnight, with one comment after that.
fn recording(pay: &Pay, number: u64, by: &str, role: &str, text: &str) -> Value {
    let (head, base) = (&pay.head, &pay.base);
    let at = |path: &str| format!("/repos/acme/pay/pulls/{number}{path}");
    let review = |login: &str| {
        json!({"id": 1, "user": {"login": login, "type": "User"}, "state": "APPROVED", "commit_id": head,
            "submitted_at": "2026-01-01T01:00:00Z", "author_association": "MEMBER", "body": ""})
    };
    let permission = |login: &str, role: &str| {
        let path = format!("/repos/acme/pay/collaborators/{login}/permission");
        json!({"path": path, "query": "", "status": 200, "next": null,
            "body": {"permission": role, "role_name": role, "user": {"login": login}}})
    };
    let person = json!({"name": "Mei", "email": "mei@example.org"});
    json!({
        "schema": "kadian.github/v1", "api": "https://api.github.com", "repository": "acme/pay", "pull_request": number, "head": head,
        "collected_at": "2026-01-01T03:00:00Z",
        "answers": [
            {"path": at(""), "query": "", "status": 200, "next": null, "body": {
                "number": number, "state": "open", "merged_at": null, "draft": false, "title": "feat: refunds", "body": "",
                "user": {"login": "mei"}, "labels": [], "author_association": "MEMBER",
                "head": {"sha": head, "ref": "topic", "repo": {"full_name": "acme/pay"}},
                "base": {"sha": base, "ref": "main", "repo": {"full_name": "acme/pay"}},
                "requested_reviewers": [], "requested_teams": [], "commits": 1}},
            answer(&at("/reviews"), &json!([review("jonas"), review("priya")])),
            answer(&at("/commits"), &json!([{"sha": head, "author": {"login": "mei"}, "committer": {"login": "mei"},
                "commit": {"author": person, "committer": person, "message": "feat: refunds"}}])),
            answer("/repos/acme/pay/activity", &json!([{"after": head, "timestamp": "2026-01-01T00:30:00Z", "activity_type": "push",
                "actor": {"login": "mei"}}])),
            answer(&format!("/repos/acme/pay/issues/{number}/comments"), &json!([{"id": 5, "user": {"login": by},
                "created_at": "2026-01-01T02:00:00Z", "updated_at": "2026-01-01T02:00:00Z", "body": text,
                "html_url": "https://github.com/acme/pay/pull/7#issuecomment-5"}])),
            permission("jonas", "write"),
            permission("priya", "write"),
            permission(by, role),
        ],
        "unanswered": []
    })
}

/// The decision about the failing change, with one comment.
fn judged(pay: &Pay, recording: &Value, more: &[&str]) -> Value {
    pay.outside("github.json", &recording.to_string());
    decision(&pay.merge(&[&REPORTS, more].concat()))
}

fn states(decision: &Value) -> Vec<(String, String)> {
    let waivers = decision["waivers"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    waivers.iter().map(|waiver| (text(&waiver["id"]), text(&waiver["state"]))).collect()
}

fn whose() {
    let pay = failing();
    let granted = judged(&pay, &recording(&pay, 7, "olga", "maintain", COMMANDS), &["--pull-request", "7"]);
    assert_eq!(granted["verdict"], "pass", "{granted:#}");
    let waived = granted["findings"]
        .as_array()
        .expect("it is there")
        .iter()
        .find(|finding| finding["id"] == "tests/failed")
        .expect("it is there");
    assert_eq!(waived["waiver"]["owner"], "olga");
    assert_eq!(waived["waiver"]["source"], "https://github.com/acme/pay/pull/7#issuecomment-5");
    assert_eq!(granted["waivers"][0]["state"], "used");
    for (by, role, text, state, said) in [
        ("olga", "write", COMMANDS.to_owned(), "pending", "permission `maintain`"),
        ("0lga", "read", COMMANDS.to_owned(), "pending", "permission `read`"),
        ("mei", "admin", COMMANDS.to_owned(), "pending", "proposed the change"),
        ("olga", "admin", COMMANDS.replace("2026-01-12", "2026-03-09"), "refused", "too far away"),
        ("olga", "admin", COMMANDS.replace("failed", "faild").replace("success-rate", "succes-rate"), "refused", "did you mean"),
        ("olga", "admin", COMMANDS.replace("reason=", "resaon="), "refused", "did you mean `reason=`?"),
    ] {
        let decision = judged(&pay, &recording(&pay, 7, by, role, &text), &["--pull-request", "7"]);
        assert_eq!(decision["verdict"], "block", "{by} {role}");
        assert!(states(&decision).iter().all(|(_, is)| is == state), "{:?}", states(&decision));
        assert!(decision["waivers"][0]["why"].as_str().expect("it is there").contains(said), "{:#}", decision["waivers"]);
    }
    for text in [format!("> {COMMANDS}").replace('\n', "\n> "), format!("```\n{COMMANDS}\n```"), "no command".to_owned()] {
        let decision = judged(&pay, &recording(&pay, 7, "olga", "admin", &text), &["--pull-request", "7"]);
        assert_eq!((decision["verdict"].as_str(), states(&decision)), (Some("block"), vec![]), "{text}");
    }
    let mut late = recording(&pay, 7, "olga", "admin", COMMANDS);
    late["answers"][3]["body"][0]["timestamp"] = json!("2026-01-01T02:00:01Z");
    assert_eq!(judged(&pay, &late, &["--pull-request", "7"])["verdict"], "block", "pushed after the comment");
    let mut edited = recording(&pay, 7, "olga", "admin", COMMANDS);
    edited["answers"][4]["body"][0]["updated_at"] = json!("2026-01-01T02:00:01Z");
    assert_eq!(judged(&pay, &edited, &["--pull-request", "7"])["verdict"], "block", "edited");
}

fn where_it_counts() {
    let pay = failing();
    let good = recording(&pay, 7, "olga", "maintain", COMMANDS);
    assert_eq!(judged(&pay, &good, &["--pull-request", "7"])["verdict"], "pass");
    let other = judged(&pay, &good, &["--pull-request", "8"]);
    assert_ne!(other["verdict"], "pass", "the comments of another pull request");
    assert_eq!(states(&other), []);
    pay.outside("github.json", &good.to_string());
    let release = pay.kadian(&[&["check", "release", "--base", "main", "--now", "2026-01-02T00:00:00Z"], &REPORTS[..]].concat());
    assert_eq!(states(&decision(&release)), [], "only at merge");
}

fn of_the_head() {
    let waivers = "version: 1\nwaivers:\n- {id: tests/failed, reason: r, owner: mei, expires: 2026-01-20}\n\
        - {id: tests/success-rate, reason: r, owner: mei, expires: 2026-01-20}\n";
    let config = "version: 1\nservice: {name: pay, tier: L1}\nwaivers: .kadian/waivers.yaml\n";
    let pay = Pay::with(&[], &[("kadian.yaml", config), (".kadian/waivers.yaml", waivers)]);
    pay.outside("junit.xml", FAILED);
    let decision = judged(&pay, &recording(&pay, 7, "olga", "read", "hello"), &["--pull-request", "7"]);
    assert_eq!((decision["verdict"].as_str(), states(&decision)), (Some("block"), vec![]));
    let edited = decision["shadow"]["files"].as_array().expect("it is there");
    assert!(edited.contains(&json!("kadian.yaml")), "{edited:?}");
}

fn uses() {
    let config = "version: 1\nservice: {name: pay, tier: L1}\nledger: sqlite:../ledger.db\nwaivers: w.yaml\n";
    let waivers = "version: 1\nwaivers:\n- {id: tests/failed, reason: r, owner: mei, expires: 2026-02-20}\n\
        - {id: tests/success-rate, reason: r, owner: mei, expires: 2026-02-20}\n\
        - {id: scan/new-finding, reason: r, owner: mei, expires: 2026-02-20}\n";
    let pay = Pay::with(&[("kadian.yaml", config), ("w.yaml", waivers)], &[]);
    pay.outside("junit.xml", FAILED);
    let passed = judged(&pay, &recording(&pay, 7, "olga", "read", "hello"), &["--record"]);
    assert_eq!(passed["verdict"], "pass", "{passed:#}");
    let listed = pay.kadian(&["waiver", "list", "--format", "json", "--now", "2026-01-02T00:00:00Z"]);
    let listed: Value = serde_json::from_str(&listed.stdout).expect("it is there");
    let uses: Vec<(&str, Option<u64>)> = listed["waivers"]
        .as_array()
        .expect("it is there")
        .iter()
        .map(|waiver| (waiver["id"].as_str().expect("it is there"), waiver["uses"].as_u64()))
        .collect();
    assert_eq!(listed["ledger_error"], Value::Null);
    assert_eq!(uses, [("scan/new-finding", Some(0)), ("tests/failed", Some(1)), ("tests/success-rate", Some(1))]);
    let text = pay.kadian(&["waiver", "list", "--now", "2026-01-02T00:00:00Z"]);
    assert!(text.stdout.contains("never"), "{}", text.stdout);
}
