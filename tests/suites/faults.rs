//! A GitHub that fails: the verdict is right or `hold`, never wrong.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::contract::{approved, job, merge, result, sarif};
use super::trial;
use crate::support::code_host::{CodeHost, Comment, Fault, World, said};
use crate::support::pay::{EVIDENCE, NOW, Pay, decision};
use crate::support::web::{Asked, Reply};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("faults::whatever-fails-the-verdict-is-right-or-hold", matrix),
        trial("faults::reviews-that-change-while-they-are-read-are-all-seen", moving),
        trial("faults::a-server-that-is-silent-is-waited-for-within-a-deadline", silent),
        trial("faults::a-recording-that-is-cut-emptied-or-altered-never-passes", tampered),
        trial("faults::what-cannot-be-published-changes-neither-verdict-nor-exit-code", unpublished),
        trial("faults::a-huge-pull-request-is-judged-and-told-within-bounds", huge),
    ]
}

/// Something that goes wrong with one answer.
struct Failing {
    name: &'static str,
    reply: fn(&Asked, &mut World) -> Option<Reply>,
}

fn plain(status: u16, body: &str) -> Reply {
    Reply { status, headers: Vec::new(), body: body.to_owned(), cut: None }
}

/// What GitHub, or something before it, may do instead of answering.
const FAILURES: [Failing; 9] = [
    Failing { name: "an error", reply: |_, _| Some(plain(500, "{\"message\": \"Server Error\"}")) },
    Failing { name: "a page of a proxy", reply: |_, _| Some(plain(502, "<html><h1>Bad Gateway</h1></html>")) },
    Failing { name: "a page with status 200", reply: |_, _| Some(plain(200, "<html>Sign in</html>")) },
    Failing {
        name: "a primary rate limit",
        reply: |_, _| {
            let reset = jiff::Timestamp::now().as_second() + 3_000;
            let headers = vec![("X-RateLimit-Remaining", "0".to_owned()), ("X-RateLimit-Reset", reset.to_string())];
            Some(Reply { headers, ..plain(403, "{\"message\": \"API rate limit exceeded\"}") })
        },
    },
    Failing {
        name: "a secondary rate limit",
        reply: |_, _| {
            Some(Reply { headers: vec![("Retry-After", "600".to_owned())], ..plain(429, "{\"message\": \"slow down\"}") })
        },
    },
    Failing {
        name: "a secondary rate limit without a time",
        reply: |_, _| Some(plain(403, "{\"message\": \"secondary rate limit\"}")),
    },
    Failing { name: "a revoked token", reply: |_, _| Some(plain(401, "{\"message\": \"Bad credentials\"}")) },
    Failing {
        name: "half a body",
        reply: |_, _| Some(Reply { cut: Some(9), ..plain(200, "[{\"state\": \"APPROVED\", \"user\": null}]") }),
    },
    Failing { name: "an answer of another shape", reply: |_, _| Some(said(200, &json!({"unexpected": []}))) },
];

/// The ends of the paths that kadian reads.
const PLACES: [&str; 8] = ["/pulls/7", "/reviews", "/commits", "/comments", "/check-runs", "/status", "/permission", "/activity"];

/// Makes a world out of one that passes.
type Change = fn(&Pay, &mut World);

/// The worlds: what speaks for the change, and each of the things that speak against it.
fn worlds() -> [(&'static str, Change); 4] {
    [
        ("pass", |_, _| {}),
        ("block", |pay, world| world.reviews.push(("zoe".to_owned(), "CHANGES_REQUESTED", pay.head.clone()))),
        ("block", |_, world| world.reviews.truncate(1)),
        ("block", |_, world| {
            world.permissions.insert("priya".to_owned(), "read");
        }),
    ]
}

fn matrix() {
    let all = (0..worlds().len()).flat_map(|world| (0..PLACES.len()).map(move |place| (world, place)));
    let cells: Vec<(usize, usize, usize)> = all
        .filter(|(world, place)| concerns(*world, PLACES[*place]))
        .flat_map(|(world, place)| (0..FAILURES.len()).map(move |failure| (world, place, failure)))
        .collect();
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    let seen = Mutex::new(std::collections::BTreeSet::new());
    thread::scope(|scope| {
        // Most of the time is spent in waiting for another attempt.
        for _ in 0..16 {
            scope.spawn(|| {
                while let Some(&(world, place, failure)) = cells.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let (right, said) = cell(world, place, failure);
                    seen.lock().expect("no panic").insert(said.clone());
                    if said != right && said != "hold" {
                        let name = format!("{} of {}: {said} instead of {right}", FAILURES[failure].name, PLACES[place]);
                        wrong.lock().expect("no panic").push(name);
                    }
                }
            });
        }
    });
    assert_eq!(wrong.into_inner().expect("no panic"), Vec::<String>::new());
    let seen = seen.into_inner().expect("no panic");
    assert_eq!(seen, ["block", "hold", "pass"].map(str::to_owned).into(), "some failures concern what is not judged");
}

/// Whether a place matters to a world: the first passes and the second is blocked by reviews, and every place is tried with both; the others
/// rest on few places.
fn concerns(world: usize, place: &str) -> bool {
    match world {
        0 | 1 => true,
        2 => place == "/reviews",
        _ => matches!(place, "/permission" | "/reviews"),
    }
}

/// The right verdict and the one that is given.
fn cell(world: usize, place: usize, failure: usize) -> (String, String) {
    let pay = Pay::new();
    let (right, change) = worlds()[world];
    let mut facts = approved(&pay);
    change(&pay, &mut facts);
    let fault: Box<Fault> = Box::new(move |asked, _, world| {
        let concerned = asked.method == "GET" && asked.path.ends_with(PLACES[place]);
        if concerned { (FAILURES[failure].reply)(asked, world) } else { None }
    });
    let host = CodeHost::failing(facts, fault);
    let run = asked(&pay, &host);
    (right.to_owned(), decision(&run)["verdict"].as_str().expect("a verdict").to_owned())
}

/// `check merge` without publishing.
fn asked(pay: &Pay, host: &CodeHost) -> crate::support::program::Run {
    let words = ["check", "merge", "--now", NOW, "--report", "json"];
    job(pay, &host.web.url, &[&words[..], &EVIDENCE[..6]].concat(), &[])
}

/// Between two pages somebody asks for changes, and the list moves by one.
fn moving() {
    let pay = Pay::new();
    let mut facts = approved(&pay);
    facts.reviews.push(("ines".to_owned(), "COMMENTED", pay.head.clone()));
    let refused = ("zoe".to_owned(), "CHANGES_REQUESTED", pay.head.clone());
    let once = refused.clone();
    let fault: Box<Fault> = Box::new(move |asked, before, world| {
        // The first page was read: the newest review now stands before everything that was.
        if asked.path.ends_with("/reviews") && before == 1 {
            world.reviews.insert(0, once.clone());
        }
        None
    });
    let host = CodeHost::failing(facts.clone(), fault);
    assert_eq!(decision(&asked(&pay, &host))["verdict"], "block", "{:?}", host.world().log);
    // It never stands still.
    let fault: Box<Fault> = Box::new(move |asked, before, world| {
        if asked.path.ends_with("/reviews") {
            world.reviews[0] = (format!("one{before}"), "COMMENTED", "0".repeat(40));
        }
        None
    });
    let host = CodeHost::failing(facts, fault);
    let said = decision(&asked(&pay, &host));
    assert_eq!(said["verdict"], "hold");
    assert!(said["findings"].to_string().contains("changes while it is read"), "{said}");
}

/// Reviews are asked for and nothing comes: it ends by itself, with a reason, and without a pass.
fn silent() {
    let pay = Pay::new();
    let fault: Box<Fault> = Box::new(|asked, _, _| {
        if asked.path.ends_with("/reviews") {
            // Longer than one attempt may take.
            thread::sleep(std::time::Duration::from_secs(12));
        }
        None
    });
    let host = CodeHost::failing(approved(&pay), fault);
    let said = decision(&asked(&pay, &host));
    assert_eq!(said["verdict"], "hold", "{said}");
    let findings = said["findings"].to_string();
    assert!(findings.contains("within 10s") || findings.contains("for all requests together are over"), "{findings}");
}

/// Every answer that is judged by is taken away, emptied and turned into an error, one at a time, and the recording is cut.
fn tampered() {
    let pay = Pay::new();
    let host = CodeHost::start(approved(&pay));
    let saved = pay.repo.outside().join("saved");
    let words = ["check", "merge", "--now", NOW, "--report", "json", "--save", saved.to_str().expect("UTF-8")];
    let live = job(&pay, &host.web.url, &[&words[..], &EVIDENCE[..6]].concat(), &[]);
    assert_eq!(live.code, 0, "{live:?}");
    let text = std::fs::read_to_string(saved.join("review.json")).expect("the recording");
    let whole: Value = serde_json::from_str(&text).expect("JSON");
    let verdict = |recording: &str| {
        pay.outside("recording.json", recording);
        let words = ["check", "merge", "--now", NOW, "--report", "json", "--evidence", "review:github=../recording.json"];
        let run = job(&pay, &host.web.url, &[&words[..], &EVIDENCE[..6]].concat(), &[]);
        decision(&run)["verdict"].as_str().expect("a verdict").to_owned()
    };
    assert_eq!(verdict(&text), "pass");
    for part in 0..20 {
        let end = text.len() * part / 20;
        assert_eq!(verdict(&text[..end]), "hold", "cut after {end} of {} bytes", text.len());
    }
    let mut tried = 0;
    for (at, answer) in whole["answers"].as_array().expect("answers").iter().enumerate() {
        let path = answer["path"].as_str().expect("a path");
        if !["/pulls/7", "/reviews", "/commits", "/permission"].iter().any(|end| path.ends_with(end)) {
            continue;
        }
        let mut gone = whole.clone();
        gone["answers"].as_array_mut().expect("answers").remove(at);
        let altered = |key: &str, value: Value| {
            let mut altered = whole.clone();
            altered["answers"][at][key] = value;
            altered
        };
        let empty = if answer["body"].is_array() { json!([]) } else { json!({}) };
        for (what, recording) in [
            ("gone", gone),
            ("empty", altered("body", empty)),
            ("null", altered("body", Value::Null)),
            ("an error", altered("status", json!(500))),
            ("elsewhere", altered("path", json!(format!("{path}x")))),
        ] {
            assert_ne!(verdict(&recording.to_string()), "pass", "{path} is {what}");
            tried += 1;
        }
    }
    assert!(tried >= 25, "{tried}");
    let other_head = text.replace(&pay.head, &"f".repeat(40));
    assert_eq!(verdict(&other_head), "hold", "a recording of another commit");
}

/// Writing is refused, or fails, or is answered with nonsense.
fn unpublished() {
    let refusals: [(&str, u16, &str); 5] = [
        ("read-only", 403, "{\"message\": \"Resource not accessible by integration\"}"),
        ("away", 502, "<html>"),
        ("revoked", 401, "{\"message\": \"Bad credentials\"}"),
        ("unprocessable", 422, "{\"message\": \"Validation Failed\"}"),
        ("nonsense", 200, "[]"),
    ];
    for (name, status, body) in refusals {
        for world in [0, 1] {
            let pay = Pay::new();
            let (right, change) = worlds()[world];
            let mut facts = approved(&pay);
            change(&pay, &mut facts);
            let fault: Box<Fault> = Box::new(move |asked, _, _| (asked.method != "GET").then(|| plain(status, body)));
            let host = CodeHost::failing(facts, fault);
            let run = merge(&pay, &host.web.url, &[]);
            assert_eq!(decision(&run)["verdict"], right, "{name}");
            assert_eq!(run.code, i32::from(right == "block"), "{name}: {run:?}");
            assert!(run.stderr.contains("warning"), "{name}: {run:?}");
            let summary =
                std::fs::read_to_string(pay.repo.outside().join("summary")).expect("the summary is written all the same");
            assert!(summary.contains("kadian") || summary.contains("PASS") || summary.contains("BLOCK"), "{name}: {summary}");
            let writes = host.world().log.iter().filter(|line| !line.starts_with("GET")).count();
            assert!(writes <= 8, "{name}: a write that failed is not repeated: {:?}", host.world().log);
        }
    }
}

/// 3,000 files and 5,000 findings.
fn huge() {
    let files: Vec<(String, String)> =
        (0..3_000).map(|at| (format!("src/pay/part{:02}/file{at:04}.py", at % 50), format!("A = {at}\nB = {at}\n"))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let pay = Pay::with(&[], &files);
    let mut facts = approved(&pay);
    facts.comments =
        (0..300).map(|at| Comment { by: format!("user{at}"), body: "a comment".to_owned(), edited: false }).collect();
    let host = CodeHost::start(facts);
    let results: Vec<Value> = (0..5_000).map(|at| result(files[at % 3_000].0, 1 + at / 3_000)).collect();
    pay.outside("many.sarif", &sarif(&results));
    let run = merge(&pay, &host.web.url, &["--evidence", "scan=../many.sarif", "--report", "github=../commands"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let world = host.world();
    let (reads, writes): (Vec<&String>, Vec<&String>) = world.log.iter().partition(|line| line.starts_with("GET"));
    // A hundred and fifty pages of comments at two a page, twice: for commands, and for our own.
    assert!(reads.len() < 340 && writes.len() < 25, "{} reads, {} writes", reads.len(), writes.len());
    let kept = world.check_runs.values().next().expect("a check run");
    let summary = kept.pointer("/output/summary").and_then(Value::as_str).expect("a summary");
    assert!(summary.chars().count() <= 65_535 && summary.contains("more"), "{summary}");
    assert!((50..=1_000).contains(&world.annotations), "{}", world.annotations);
    let comment = &world.comments.last().expect("our comment").body;
    assert!(comment.chars().count() <= 65_536 && comment.lines().count() < 60, "{comment}");
    let commands = std::fs::read_to_string(pay.repo.outside().join("commands")).expect("the commands");
    assert!(commands.lines().filter(|line| line.starts_with("::error")).count() <= 10, "{commands}");
    let job_summary = std::fs::read(pay.repo.outside().join("summary")).expect("a summary");
    assert!(job_summary.len() <= 1 << 20, "{}", job_summary.len());
}
