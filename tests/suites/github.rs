//! Reviews that GitHub tells, driven from the command line.

use std::sync::{Arc, Mutex};

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::trial;
use crate::support::pay::{EVIDENCE, NOW, Pay, decision, names};
use crate::support::program::{Run, kadian};
use crate::support::web::{Asked, Web};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("github::reviews-are-asked-for-and-replayed-to-the-same-decision", replayed),
        trial("github::a-head-that-moved-or-another-base-branch-holds", moved),
        trial("github::a-server-that-is-away-and-a-token-that-is-lacking-hold", away),
        trial("github::in-a-merge-group-nobody-is-asked-and-nothing-is-expected", group),
        trial("github::a-file-that-is-named-is-believed-and-nobody-asked", filed),
        trial("github::the-rules-of-a-change-ask-nobody", shadow),
    ]
}

const TOKEN: &str = "ghs_s3cretToken";

/// What GitHub says.
#[derive(Debug, Clone)]
struct World {
    away: bool,
    head: String,
    branch: &'static str,
    draft: bool,
    reviews: Vec<(&'static str, &'static str)>,
    permission: &'static str,
    commit_by: &'static str,
}

struct Hosted {
    pay: Pay,
    web: Web,
    world: Arc<Mutex<World>>,
}

impl Hosted {
    fn start() -> Hosted {
        Hosted::with(Pay::new())
    }

    fn with(pay: Pay) -> Hosted {
        let world = World {
            away: false,
            head: pay.head.clone(),
            branch: "main",
            draft: false,
            reviews: vec![("jonas", "APPROVED"), ("priya", "APPROVED")],
            permission: "write",
            commit_by: "mei",
        };
        let world = Arc::new(Mutex::new(world));
        let (shared, base) = (Arc::clone(&world), pay.base.clone());
        let web = Web::start(move |asked| answer(&shared.lock().expect("no other thread failed"), &base, asked));
        Hosted { pay, web, world }
    }

    fn turn(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock().expect("no other thread failed"));
    }

    /// `check merge` as a workflow runs it.
    fn check(&self, more: &[&str], variables: &[(&str, &str)]) -> (Run, Value) {
        let words = [&["check", "merge", "--base", "main", "--now", NOW, "--report", "json"], &EVIDENCE[..6], more].concat();
        let known = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_REF", "refs/pull/7/head"),
            ("GITHUB_BASE_REF", "main"),
            ("GITHUB_REPOSITORY", "acme/pay"),
            ("GITHUB_API_URL", self.web.url.as_str()),
            ("GITHUB_TOKEN", TOKEN),
        ];
        let variables = [&known[..], variables].concat();
        let run = kadian(&self.pay.repo.path(), &words, &variables, "");
        assert!(!run.stdout.contains(TOKEN) && !run.stderr.contains(TOKEN), "{}\n{}", run.stdout, run.stderr);
        let decision = decision(&run);
        (run, decision)
    }
}

fn answer(world: &World, base: &str, asked: &Asked) -> (u16, String) {
    if world.away {
        return (503, "away".to_owned());
    }
    let repository = json!({"full_name": "acme/pay"});
    let body = match asked.path.as_str() {
        "/repos/acme/pay/pulls/7" => json!({
            "number": 7, "state": "open", "merged_at": null, "draft": world.draft, "title": "Refunds", "body": "- [x] tested",
            "user": {"login": "mei"}, "labels": [], "author_association": "MEMBER",
            "head": {"sha": world.head, "ref": "topic", "repo": repository}, "base": {"sha": base, "ref": world.branch, "repo": repository},
            "requested_reviewers": [], "requested_teams": [], "commits": 1}),
        "/repos/acme/pay/pulls/7/reviews" => world.reviews.iter().map(|(by, state)| review(world, by, state)).collect(),
        "/repos/acme/pay/pulls/7/commits" => json!([{"sha": world.head, "author": {"login": world.commit_by}, "committer": null,
            "commit": {"author": {"name": "M", "email": "m@example.org"}, "committer": null, "message": "feat: x"}}]),
        path if path.ends_with("/permission") => json!({"permission": world.permission}),
        path if path.ends_with("/check-runs") => json!({"total_count": 0, "check_runs": []}),
        path if path.ends_with("/status") => json!({"total_count": 0, "statuses": []}),
        path if path.ends_with("/comments") || path.ends_with("/deployments") || path.ends_with("/activity") => json!([]),
        other => return (404, json!({"message": other}).to_string()),
    };
    (200, body.to_string())
}

fn review(world: &World, by: &str, state: &str) -> Value {
    json!({"id": 1, "user": {"login": by}, "state": state, "commit_id": world.head, "submitted_at": "2026-01-01T01:00:00Z",
        "author_association": "MEMBER"})
}

/// The status and the reason of the reviews.
fn state(decision: &Value) -> (&str, &str) {
    let evidence = decision["evidence"].as_array().expect("a list");
    let review = evidence.iter().find(|one| one["kind"] == "review").expect("reviews");
    (review["status"].as_str().unwrap_or_default(), review["reason"].as_str().unwrap_or_default())
}

fn replayed() {
    type Change = fn(&mut World);
    let worlds: [(Change, &str); 5] = [
        (|_| {}, "pass"),
        (|world| world.permission = "read", "block"),
        (|world| world.commit_by = "priya", "block"),
        (|world| world.reviews.push(("zoe", "CHANGES_REQUESTED")), "block"),
        (|world| world.draft = true, "hold"),
    ];
    for (change, verdict) in worlds {
        let hosted = Hosted::start();
        hosted.turn(change);
        let saved = hosted.pay.repo.outside().join("saved");
        let saved = saved.to_str().expect("UTF-8");
        let (run, live) = hosted.check(&["--save", saved], &[]);
        assert_eq!(live["verdict"], verdict, "{}", run.stdout);
        assert_eq!(state(&live).0, "known");
        let asked = hosted.web.requests();
        let named = format!("review:github={saved}/review.json");
        let (again, replay) = hosted.check(&["--evidence", &named], &[]);
        assert_eq!((again.code, hosted.web.requests()), (run.code, asked));
        for key in ["verdict", "findings", "passed", "undecided", "not_applicable", "next_look_at", "notes"] {
            assert_eq!(replay[key], live[key], "{key}");
        }
        let digest = |decision: &Value| {
            decision
                .pointer("/evidence")
                .and_then(Value::as_array)
                .and_then(|all| all.iter().find(|one| one["kind"] == "review").map(|one| one["sources"][0]["sha256"].clone()))
        };
        assert_eq!(digest(&replay), digest(&live));
    }
}

fn moved() {
    let hosted = Hosted::start();
    hosted.turn(|world| world.branch = "release");
    let (run, decision) = hosted.check(&[], &[]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert_eq!(state(&decision).0, "stale");
    assert!(state(&decision).1.contains("now to be merged into release"), "{}", state(&decision).1);
    hosted.turn(|world| (world.branch, world.head) = ("main", "a".repeat(40)));
    let (run, decision) = hosted.check(&[], &[]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(state(&decision).1.contains("head is now aaaaaaa"), "{}", state(&decision).1);
}

fn away() {
    let hosted = Hosted::start();
    hosted.turn(|world| world.away = true);
    let (run, decision) = hosted.check(&[], &[]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert_eq!(state(&decision).0, "missing");
    assert!(state(&decision).1.contains("503"), "{}", state(&decision).1);
    let asked = hosted.web.requests();
    let (run, decision) = hosted.check(&[], &[("GITHUB_TOKEN", "")]);
    assert_eq!((run.code, hosted.web.requests()), (3, asked), "{}", run.stdout);
    assert!(state(&decision).1.contains("set GITHUB_TOKEN"), "{}", state(&decision).1);
    assert!(run.stdout.contains("pull-requests: read"), "{}", run.stdout);
}

fn group() {
    let hosted = Hosted::start();
    let group = [
        ("GITHUB_EVENT_NAME", "merge_group"),
        ("GITHUB_REF", "refs/heads/gh-readonly-queue/main/pr-7-x"),
        ("GITHUB_BASE_REF", ""),
    ];
    let (run, decision) = hosted.check(&[], &group);
    assert_eq!((run.code, hosted.web.requests()), (0, 0), "{}", run.stdout);
    assert!(names(&decision, "notes", None).iter().any(|note| note.contains("merge group")), "{}", run.stdout);
    let (run, _) = hosted.check(&EVIDENCE[6..], &group);
    assert_eq!(run.code, 0, "{}", run.stdout);
}

fn filed() {
    let hosted = Hosted::start();
    let (run, _) = hosted.check(&EVIDENCE[6..], &[]);
    assert_eq!((run.code, hosted.web.requests()), (0, 0), "{}", run.stdout);
}

fn shadow() {
    let changed = [("kadian.yaml", "version: 1\nservice: {name: pay, tier: L3}\n")];
    let hosted = Hosted::with(Pay::with(&[], &changed));
    let (run, decision) = hosted.check(&[], &[]);
    // They judge by what GitHub answered the gate: the reviews are as known to them.
    assert_eq!(decision.pointer("/shadow/verdict"), Some(&decision["verdict"]), "{}", run.stdout);
    assert_eq!(decision.pointer("/shadow/appearing"), Some(&json!([])), "{}", decision["shadow"]);
    let once = hosted.web.requests();
    let plain = Hosted::start();
    plain.check(&[], &[]);
    assert_eq!(once, plain.web.requests());
}
