//! `--publish`: what GitHub gets from the binary, seen by a GitHub of one pull request that remembers it.

use std::sync::{Arc, Mutex};

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::trial;
use crate::support::pay::{EVIDENCE, NOW, Pay, decision};
use crate::support::program::{Run, kadian};
use crate::support::web::{Asked, Web};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("publish::a-check-run-and-one-comment-that-the-next-run-updates", updated),
        trial("publish::a-pass-is-a-green-check-and-no-comment", passed),
        trial("publish::the-pull-request-of-a-fork-falls-back-and-keeps-the-exit-code", fork),
        trial("publish::a-missing-permission-is-named-with-the-line-to-add", permission),
        trial("publish::a-merge-group-that-cannot-be-decided-fails-and-is-not-commented-on", merge_group),
        trial("publish::a-github-that-is-away-changes-nothing", away),
        trial("publish::shadow-mode-asks-nobody-and-writes-nothing", shadow),
        trial("publish::an-unknown-word-ends-with-2-and-names-the-nearest", unknown),
        trial("publish::without-a-token-it-is-told", no_token),
    ]
}

const TOKEN: &str = "ghs_t0psecret0123456789abcdef";
const HEAD: &str = "f0e1d2c3b4a5968778695a4b3c2d1e0ff0e1d2c3";

#[derive(Debug, Default)]
struct World {
    comments: Vec<Value>,
    /// Method, path and body of each write.
    writes: Vec<(String, String, Value)>,
    /// The status and the body of every answer to a write, instead of a success.
    refuses: Option<(u16, &'static str)>,
}

fn answer(world: &mut World, asked: &Asked) -> (u16, String) {
    assert_eq!(asked.headers.iter().find(|(name, _)| name == "authorization").expect("it is there").1, format!("Bearer {TOKEN}"));
    let ok = |status: u16, body: Value| (status, body.to_string());
    if asked.method == "GET" {
        return match asked.path.as_str() {
            "/user" => ok(403, json!({"message": "Resource not accessible by integration"})),
            "/repos/o/r/issues/42/comments" => ok(200, Value::Array(world.comments.clone())),
            other => panic!("nobody asks for {other}"),
        };
    }
    let body: Value = serde_json::from_str(&asked.body).expect("JSON");
    world.writes.push((asked.method.clone(), asked.path.clone(), body.clone()));
    if let Some((status, text)) = world.refuses {
        return (status, text.to_owned());
    }
    if asked.path == "/repos/o/r/check-runs" {
        return ok(201, json!({"id": 7, "app": {"slug": "github-actions"}}));
    }
    if asked.path.starts_with("/repos/o/r/statuses/") {
        return ok(201, json!({"id": 8, "creator": {"login": "github-actions[bot]"}}));
    }
    if asked.path == "/repos/o/r/issues/42/comments" {
        let comment = json!({"id": 900, "user": {"login": "github-actions[bot]", "type": "Bot"}, "body": body["body"]});
        world.comments.push(comment.clone());
        return ok(201, comment);
    }
    assert_eq!(asked.path, "/repos/o/r/issues/comments/900", "only our own comment is touched");
    let ours = world.comments.iter_mut().find(|comment| comment["id"] == 900).expect("our comment");
    ours["body"] = body["body"].clone();
    ok(200, ours.clone())
}

/// A repository, its GitHub, and the files of a runner.
struct Hub {
    pay: Pay,
    web: Web,
    world: Arc<Mutex<World>>,
}

impl Hub {
    fn new() -> Hub {
        let world = Arc::new(Mutex::new(World::default()));
        // Somebody has copied the marker of an earlier comment into one of their own.
        let copy = format!("<!-- kadian:merge head={HEAD} run=1.1 -->\nmine");
        world
            .lock()
            .expect("a world")
            .comments
            .push(json!({"id": 1, "user": {"login": "mallory", "type": "User"}, "body": copy}));
        let shared = Arc::clone(&world);
        let web = Web::start(move |asked| answer(&mut shared.lock().expect("a world"), asked));
        Hub { pay: Pay::new(), web, world }
    }

    fn path(&self, name: &str) -> String {
        self.pay.repo.outside().join(name).to_str().expect("a path").to_owned()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn refuse(&self, status: u16, body: &'static str) {
        self.world.lock().expect("a world").refuses = Some((status, body));
    }

    /// What was written, and nothing of it twice.
    fn writes(&self) -> Vec<(String, String, Value)> {
        std::mem::take(&mut self.world.lock().expect("a world").writes)
    }

    fn event(&self, fork: bool) -> Value {
        let repository = |name: &str| json!({"id": if name == "o/r" { 1 } else { 2 }, "full_name": name, "fork": name != "o/r"});
        let head = json!({"sha": self.pay.head, "ref": "topic", "repo": repository(if fork { "mallory/r" } else { "o/r" })});
        let base = json!({"sha": self.pay.base, "ref": "main", "repo": repository("o/r")});
        json!({"action": "synchronize", "number": 42, "repository": repository("o/r"),
            "pull_request": {"number": 42, "base": base, "head": head}})
    }

    fn run(&self, event: (&str, &str, &Value), run: &str, more: &[&str]) -> Run {
        let (name, reference, content) = event;
        self.pay.outside("event.json", &content.to_string());
        let files = ["event.json", "summary.md", "output.txt"].map(|name| self.path(name));
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_REF", reference),
            ("GITHUB_SHA", self.pay.head.as_str()),
            ("GITHUB_EVENT_PATH", files[0].as_str()),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_RUN_ID", run),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_API_URL", self.web.url.as_str()),
            ("GITHUB_TOKEN", TOKEN),
            ("GITHUB_STEP_SUMMARY", files[1].as_str()),
            ("GITHUB_OUTPUT", files[2].as_str()),
        ];
        let all = "check-run,comment,status,summary,outputs";
        let words = [&["check", "merge", "--now", NOW, "--publish", all, "--report", "json"], &EVIDENCE[..], more].concat();
        let run = kadian(&self.pay.repo.path(), &words, &variables, "");
        for text in [&run.stdout, &run.stderr, &self.read("summary.md"), &self.read("output.txt")] {
            assert!(!text.contains(TOKEN), "a secret is shown: {text}");
        }
        run
    }

    fn pull_request(&self, run: &str, more: &[&str]) -> Run {
        self.run(("pull_request", "refs/pull/42/merge", &self.event(false)), run, more)
    }
}

/// Blocks: a threshold that no change reaches.
const STRICT: [&str; 2] = ["--evidence", "tests=../failed.xml"];

fn strict(hub: &Hub) {
    let failed = "<testsuite tests='1' failures='1'><testcase classname='pay' name='test_refund'><failure message='@octocat &lt;b&gt; \
        #1'>no</failure></testcase></testsuite>";
    hub.pay.outside("failed.xml", failed);
}

fn updated() {
    let hub = Hub::new();
    strict(&hub);
    let run = hub.pull_request("17", &STRICT);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert_eq!(run.stderr, "");
    let writes = hub.writes();
    let paths: Vec<String> = writes.iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    let status = format!("POST /repos/o/r/statuses/{}", hub.pay.head);
    assert_eq!(paths, ["POST /repos/o/r/check-runs", &status, "POST /repos/o/r/issues/42/comments"]);
    let check = &writes[0].2;
    assert_eq!((check["name"].as_str(), check["conclusion"].as_str()), (Some("kadian / merge"), Some("failure")));
    assert_eq!((check["head_sha"].as_str(), &check["external_id"]), (Some(hub.pay.head.as_str()), &decision(&run)["id"]));
    assert_eq!(check["details_url"], "https://github.com/o/r/actions/runs/17");
    assert_eq!((writes[1].2["state"].as_str(), writes[1].2["context"].as_str()), (Some("failure"), Some("kadian / merge")));
    let body = writes[2].2["body"].as_str().expect("a body");
    assert!(body.starts_with(&format!("<!-- kadian:merge head={} run=17.1 -->\n❌ **kadian: BLOCK**", hub.pay.head)), "{body}");
    assert!(body.contains("tests/failed") && body.contains("`@octocat") && !body.contains(" @octocat"), "{body}");
    let id = decision(&run)["id"].as_str().expect("an id").to_owned();
    assert_eq!(hub.read("output.txt"), format!("verdict=block\ndecision={id}\nreport=\n"));
    assert!(hub.read("summary.md").starts_with("### ❌ kadian: BLOCK"));

    let run = hub.pull_request("18", &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let writes = hub.writes();
    assert_eq!((writes[0].2["conclusion"].as_str(), writes[1].2["state"].as_str()), (Some("success"), Some("success")));
    assert_eq!((writes[2].0.as_str(), writes[2].1.as_str()), ("PATCH", "/repos/o/r/issues/comments/900"));
    assert!(writes[2].2["body"].as_str().expect("a body").contains("run=18.1 -->\n✅ **kadian: PASS**"));
    let late = hub.pull_request("17", &STRICT);
    assert_eq!((late.code, hub.writes().len()), (1, 2), "an older run overwrites no comment");
    let world = hub.world.lock().expect("a world");
    assert_eq!((world.comments.len(), world.comments[0]["body"].as_str().expect("a body").ends_with("mine")), (2, true));
}

fn passed() {
    let hub = Hub::new();
    let run = hub.pull_request("17", &["--report", "json=../decision.json"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert_eq!(hub.writes().len(), 2);
    assert!(hub.read("output.txt").ends_with("\nreport=../decision.json\n"), "{}", hub.read("output.txt"));
    assert_eq!(hub.world.lock().expect("a world").comments.len(), 1);
}

const NOT: &str = r#"{"message": "Resource not accessible by integration"}"#;

fn fork() {
    let hub = Hub::new();
    strict(&hub);
    hub.refuse(403, NOT);
    let run = hub.run(("pull_request", "refs/pull/42/merge", &hub.event(true)), "17", &STRICT);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    assert!(run.stderr.starts_with("warning: not published: check run, commit status, comment. The token of"), "{}", run.stderr);
    assert!(!run.stderr.contains("permissions:"), "{}", run.stderr);
    let summary = hub.read("summary.md");
    assert!(summary.contains("BLOCK") && summary.contains("- not published: check run"), "{summary}");
    assert!(hub.read("output.txt").starts_with("verdict=block\n"));
}

fn permission() {
    let hub = Hub::new();
    strict(&hub);
    hub.refuse(403, NOT);
    let run = hub.pull_request("17", &STRICT);
    assert_eq!((run.code, hub.writes().len()), (1, 3), "{}", run.stderr);
    for line in ["permissions:\n  checks: write\n", "permissions:\n  statuses: write\n", "permissions:\n  pull-requests: write\n"]
    {
        assert!(run.stderr.contains(line), "{}", run.stderr);
    }
    assert!(hub.read("summary.md").contains("\n    checks: write\n"));
}

fn merge_group() {
    let hub = Hub::new();
    let group = json!({"merge_group": {"base_sha": hub.pay.base, "base_ref": "refs/heads/main", "head_sha": hub.pay.head}});
    let reference = "refs/heads/gh-readonly-queue/main/pr-42-f0e1";
    hub.pay.outside("scan.sarif", "{");
    let run = hub.run(("merge_group", reference, &group), "17", &[]);
    assert_eq!((run.code, run.stderr.as_str()), (3, ""), "{}", run.stdout);
    let writes = hub.writes();
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert_eq!((&writes[0].2["conclusion"], &writes[0].2["head_sha"]), (&json!("failure"), &json!(hub.pay.head)));
    assert_eq!(writes[1].2["state"], "failure");
    assert!(writes[0].2["output"]["summary"].as_str().expect("a summary").contains("Nobody can act in a merge queue"));
    let held = hub.pull_request("18", &[]);
    assert_eq!(held.code, 3);
    let writes = hub.writes();
    assert_eq!((&writes[0].2["conclusion"], &writes[1].2["state"]), (&json!("action_required"), &json!("pending")));
}

fn away() {
    let hub = Hub::new();
    hub.refuse(502, "<html>bad gateway</html>");
    let run = hub.pull_request("17", &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let posts = hub.writes();
    assert_eq!(posts.len(), 2, "a write is sent once: {posts:?}");
    assert!(run.stderr.contains("warning: the check run may not have been published, and is not sent again"), "{}", run.stderr);
}

fn shadow() {
    let hub = Hub::new();
    strict(&hub);
    let run = hub.pull_request("17", &[&STRICT[..], &["--mode", "shadow"]].concat());
    assert_eq!((run.code, run.stderr.as_str(), hub.web.requests()), (0, "", 0));
    assert_eq!((hub.read("summary.md"), hub.read("output.txt")), (String::new(), String::new()));
}

fn unknown() {
    let pay = Pay::new();
    let run = pay.merge(&["--publish", "summary,coment"]);
    assert_eq!(run.code, 2);
    assert_eq!(run.stderr, "error: --publish: nothing is called `coment`\n  hint: did you mean `comment`?\n");
}

fn no_token() {
    let pay = Pay::new();
    let variables = [("GITHUB_REPOSITORY", "o/r")];
    let words = [&["check", "merge", "--base", "main", "--now", NOW, "--publish", "check-run"], &EVIDENCE[..]].concat();
    let run = kadian(&pay.repo.path(), &words, &variables, "");
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(
        run.stderr.starts_with("warning: nothing is published on GitHub: no token for GitHub's API: set GITHUB_TOKEN"),
        "{}",
        run.stderr
    );
}
