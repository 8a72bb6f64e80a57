//! What is planned for every verdict and event, and what a GitHub that refuses, forgets and holds copies is sent.

use std::cell::RefCell;

use serde_json::{Value, json};

use super::{Api, Context, Method, Plan, Refused, Target, Write, apply, plan};
use crate::collect::ci::{CiContext, Run};
use crate::decide::{Decision, Effect, Finding, Mode, Stage, Verdict};
use crate::report::sample;

const HEAD: &str = "f0e1d2c3b4a5968778695a4b3c2d1e0ff0e1d2c3";
const JUDGED: &str = "aaaabbbbccccddddeeeeffff0000111122223333";

fn pull_request() -> Context {
    Context {
        repository: Some("o/r".into()),
        event: "pull_request".into(),
        is_pull_request: true,
        is_merge_ref: true,
        pull_request: Some(42),
        pull_request_head: Some(HEAD.into()),
        head: Some(JUDGED.into()),
        run: (17, 1),
        run_url: Some("https://github.com/o/r/actions/runs/17".into()),
        ..Context::default()
    }
}

fn decision(verdict: Verdict) -> Decision {
    let mut decision = match verdict {
        Verdict::Pass => sample::pass(),
        Verdict::Hold => sample::hold(),
        Verdict::Block => sample::block(),
        Verdict::Rollback => sample::rollback(),
    };
    decision.stage = Stage::Merge;
    decision.subject.head = Some(JUDGED.into());
    decision.subject.pull_request_head = Some(HEAD.into());
    decision
}

/// What a plan would write, in short.
fn kinds(plan: &Plan) -> Vec<&'static str> {
    let kind = |write: &Write| match write {
        Write::CheckRun(_) => "check-run",
        Write::Status { .. } => "status",
        Write::Comment(_) => "comment",
    };
    plan.writes.iter().map(kind).collect()
}

const ALL: [Verdict; 4] = [Verdict::Pass, Verdict::Hold, Verdict::Block, Verdict::Rollback];

#[test]
fn each_verdict_has_its_conclusion_and_state_on_each_event() {
    for verdict in ALL {
        for group in [false, true] {
            let context = Context { is_merge_group: group, is_pull_request: !group, ..pull_request() };
            let plan = plan(&decision(verdict), &Target::ALL, &context);
            assert_eq!(kinds(&plan), if group { vec!["check-run", "status"] } else { vec!["check-run", "status", "comment"] });
            let sha = if group { JUDGED } else { HEAD };
            let Write::CheckRun(run) = &plan.writes[0] else { panic!("{plan:?}") };
            let (conclusion, state) = match (verdict, group) {
                (Verdict::Pass, _) => ("success", "success"),
                (Verdict::Hold, false) => ("action_required", "pending"),
                _ => ("failure", "failure"),
            };
            assert_eq!((&run.body["conclusion"], &run.body["head_sha"]), (&json!(conclusion), &json!(sha)));
            assert!(run.body["name"].as_str().unwrap().starts_with("kadian / "));
            let Write::Status { path, body } = &plan.writes[1] else { panic!("{plan:?}") };
            assert_eq!(path, &format!("/repos/o/r/statuses/{sha}"));
            assert_eq!((&body["state"], &body["context"]), (&json!(state), &run.body["name"]));
        }
    }
}

#[test]
fn a_report_goes_to_the_commit_that_people_see() {
    let mut other = decision(Verdict::Block);
    other.subject.pull_request_head = None;
    let of = |context: Context| context.target(&other);
    assert_eq!(pull_request().target(&decision(Verdict::Block)).as_deref(), Some(HEAD));
    assert_eq!(of(pull_request()), None, "the event is about another commit");
    let group = Context { is_merge_group: true, is_pull_request: false, ..pull_request() };
    assert_eq!(of(group.clone()).as_deref(), Some(JUDGED));
    assert_eq!(of(Context { head: Some(HEAD.into()), ..group }), None, "another group was judged");
    let commented = Context { pull_request_head: None, event: "issue_comment".into(), ..pull_request() };
    assert_eq!(of(commented.clone()), None, "a trial merge is seen by nobody");
    let plan = plan(&other, &[Target::CheckRun, Target::Comment], &commented);
    assert_eq!(kinds(&plan), ["comment"]);
    assert_eq!(plan.unpublished.len(), 1);
    assert_eq!(of(Context { is_merge_ref: false, ..commented }).as_deref(), Some(JUDGED));
    let pushed = Context { is_pull_request: false, head: Some(HEAD.into()), ..pull_request() };
    assert_eq!(of(pushed).as_deref(), Some(JUDGED), "a candidate's verdict is about the candidate");
}

#[test]
fn shadow_mode_publishes_nothing_and_misses_nothing() {
    for verdict in ALL {
        let decision = Decision { mode: Mode::Shadow, ..decision(verdict) };
        assert_eq!(plan(&decision, &Target::ALL, &pull_request()), Plan::default());
        assert_eq!(plan(&decision, &Target::ALL, &Context::default()), Plan::default());
    }
    let warn = Decision { mode: Mode::Warn, ..decision(Verdict::Rollback) };
    let Write::CheckRun(run) = &plan(&warn, &[Target::CheckRun], &pull_request()).writes[0] else { panic!() };
    assert_eq!(run.body["conclusion"], "neutral");
}

#[test]
fn a_repository_that_is_none_is_told_and_nothing_is_sent() {
    for name in ["", "o", "o/r/x", "../r", "o/..", "o/r?x", "o/r r"] {
        let context = Context { repository: Some(name.into()), ..pull_request() };
        let plan = plan(&decision(Verdict::Block), &Target::ALL, &context);
        assert!(plan.writes.is_empty() && plan.unpublished.len() == 1, "{name}");
    }
    assert_eq!(plan(&decision(Verdict::Block), &[Target::Summary, Target::Outputs], &Context::default()), Plan::default());
}

#[test]
fn five_thousand_findings_are_ten_requests() {
    let mut decision = decision(Verdict::Block);
    decision.findings = (0..5_000)
        .map(|n| Finding { file: Some(format!("src/{n}.py")), line: Some(1), ..sample::finding("scan/new", Effect::Deny, "bad") })
        .collect();
    let plan = plan(&decision, &[Target::CheckRun], &pull_request());
    let Write::CheckRun(run) = &plan.writes[0] else { panic!() };
    let sizes: Vec<usize> = std::iter::once(&run.body)
        .chain(&run.more)
        .map(|body| body["output"]["annotations"].as_array().map_or(0, Vec::len))
        .collect();
    assert_eq!(sizes, [50; 10]);
    assert!(run.more.iter().all(|body| body["output"]["summary"] == run.body["output"]["summary"]));
    let github = Fake::default();
    assert_eq!(apply(&plan, &github, false), [""; 0]);
    assert_eq!(github.calls.borrow().len(), 10);
}

#[test]
fn the_environment_says_where_a_run_stands() {
    let url = "https://git.corp.example/o/r/actions/runs/17";
    let ci = CiContext {
        event: Some("merge_group".into()),
        is_pull_request_or_merge_group: true,
        is_merge_group: true,
        run: Some(Run { id: 17, attempt: 2, url: url.into() }),
        ..CiContext::default()
    };
    let of = |workflow: &'static str| {
        let pairs = [
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_SERVER_URL", "https://git.corp.example/"),
            ("KADIAN_ROLLBACK_WORKFLOW", workflow),
        ];
        Context::of(&ci, move |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    };
    let context = of("rollback.yml");
    assert_eq!((context.run, context.run_url.as_deref()), ((17, 2), Some(url)));
    let link = |context: &Context, decision: &Decision| context.scene(decision).rollback_url;
    let named = Some("https://git.corp.example/o/r/actions/workflows/rollback.yml".to_owned());
    assert_eq!(link(&context, &sample::block()), named);
    let mut configured = sample::rollback();
    assert_eq!(link(&of(""), &configured), None);
    if let Some(rollback) = &mut configured.rollback {
        rollback.workflow = Some("rollback.yml".to_owned());
    }
    assert_eq!(link(&of(""), &configured), named, "the configuration's word, where the environment has none");
    assert!(context.is_merge_group && !context.is_pull_request && !context.is_fork);
    assert_eq!(link(&of("../../x"), &sample::block()), None);
}

/// A GitHub of one pull request.
#[derive(Debug, Default)]
struct Fake {
    comments: RefCell<Vec<Value>>,
    calls: RefCell<Vec<String>>,
    /// Who the token speaks for; an app's unless it is said.
    person: Option<&'static str>,
    /// The app whose name the answers give.
    app: Option<&'static str>,
    /// Path endings and the statuses that they are answered with.
    refuses: Vec<(&'static str, u16, &'static str)>,
}

fn refused(status: u16, message: &str) -> Refused {
    Refused { status: Some(status), message: message.into(), detail: format!("status {status}: {message}"), sent: true }
}

impl Fake {
    fn login(&self) -> String {
        self.person.map_or_else(|| format!("{}[bot]", self.app.unwrap_or("github-actions")), str::to_owned)
    }

    fn answers(&self, path: &str) -> Result<(), Refused> {
        match self.refuses.iter().find(|(end, ..)| path.ends_with(end)) {
            Some((_, status, message)) => Err(refused(*status, message)),
            None => Ok(()),
        }
    }

    fn with(comments: &[(&str, &str, String)]) -> Fake {
        let comments = comments.iter().enumerate();
        let comments =
            comments.map(|(id, (login, kind, body))| json!({"id": id, "user": {"login": login, "type": kind}, "body": body}));
        Fake { comments: RefCell::new(comments.collect()), ..Fake::default() }
    }

    fn bodies(&self) -> Vec<String> {
        self.comments.borrow().iter().map(|comment| comment["body"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl Api for Fake {
    fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Refused> {
        self.calls.borrow_mut().push(format!("GET {path}"));
        self.answers(path)?;
        if path == "/user" {
            return match self.person {
                Some(login) => Ok(json!({"login": login})),
                None => Err(refused(403, "Resource not accessible by integration")),
            };
        }
        assert_eq!(path, "/repos/o/r/issues/42/comments");
        let of = |name: &str| query.iter().find(|(known, _)| *known == name).unwrap().1.parse::<usize>().unwrap();
        let (page, size) = (of("page"), of("per_page"));
        Ok(Value::Array(self.comments.borrow().iter().skip((page - 1) * size).take(size).cloned().collect()))
    }

    fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, Refused> {
        self.calls.borrow_mut().push(format!("{method:?} {path}"));
        self.answers(path)?;
        let (login, app) = (self.login(), self.app.unwrap_or("github-actions"));
        if path.ends_with("/check-runs") {
            return Ok(json!({"id": 7, "app": {"slug": app}}));
        }
        if path.contains("/statuses/") {
            return Ok(json!({"creator": {"login": login}}));
        }
        let mut comments = self.comments.borrow_mut();
        if path.ends_with("/comments") {
            let kind = if self.person.is_some() { "User" } else { "Bot" };
            let id = comments.len();
            comments.push(json!({"id": id, "user": {"login": login, "type": kind}, "body": body["body"]}));
        } else if let Some(id) = path.strip_prefix("/repos/o/r/issues/comments/") {
            comments[id.parse::<usize>().unwrap()]["body"] = body["body"].clone();
        }
        Ok(json!({"id": 1}))
    }
}

fn published(github: &Fake, verdict: Verdict, targets: &[Target], run: (u64, u64)) -> Vec<String> {
    let context = Context { run, ..pull_request() };
    apply(&plan(&decision(verdict), targets, &context), github, false)
}

fn marked(head: &str, run: &str) -> String {
    format!("<!-- kadian:merge head={head} run={run} -->\nold words\n")
}

#[test]
fn one_comment_is_made_updated_in_place_and_left_alone_when_nothing_changed() {
    let github = Fake::default();
    assert!(published(&github, Verdict::Pass, &[Target::Comment], (1, 1)).is_empty());
    assert!(github.bodies().is_empty(), "nobody is told of a first pass");
    assert!(published(&github, Verdict::Block, &[Target::Comment], (2, 1)).is_empty());
    assert_eq!(github.bodies().len(), 1);
    let calls = github.calls.borrow().len();
    assert!(published(&github, Verdict::Block, &[Target::Comment], (2, 1)).is_empty());
    assert!(github.calls.borrow()[calls..].iter().all(|call| call.starts_with("GET ")), "{:?}", github.calls);
    assert!(published(&github, Verdict::Pass, &[Target::Comment], (2, 2)).is_empty());
    assert_eq!(github.bodies().len(), 1);
    assert!(github.bodies()[0].contains("**kadian: PASS**"), "{:?}", github.bodies());
}

#[test]
fn an_older_run_overwrites_nothing() {
    for (there, ours, written) in [("9.1", (8, 3), false), ("9.2", (9, 1), false), ("9.1", (9, 2), true), ("9.9", (10, 1), true)]
    {
        let github = Fake::with(&[("github-actions[bot]", "Bot", marked(HEAD, there))]);
        assert!(published(&github, Verdict::Block, &[Target::Comment], ours).is_empty());
        assert_eq!(github.bodies().len(), 1);
        assert_eq!(!github.bodies()[0].contains("old words"), written, "{there} {ours:?}");
    }
}

#[test]
fn a_copy_of_the_marker_by_another_account_is_never_written_to() {
    let copies = [
        ("mallory", "User", marked(HEAD, "1.1")),
        ("github-actions", "User", marked(HEAD, "1.1")),
        ("github-actions[bot]", "Bot", format!("hello\n{}", marked(HEAD, "1.1"))),
        ("github-actions[bot]", "Bot", marked(HEAD, "1.1").replace("kadian:merge", "kadian:release")),
    ];
    for (person, app) in [(None, None), (None, Some("gatekeeper")), (Some("release-robot"), None)] {
        for targets in [&[Target::Comment][..], &[Target::CheckRun, Target::Comment], &[Target::Status, Target::Comment]] {
            if app.is_some() && targets.len() == 1 || person.is_some() && targets[0] == Target::CheckRun {
                continue;
            }
            let github = Fake { person, app, ..Fake::with(&copies) };
            assert!(published(&github, Verdict::Block, targets, (2, 1)).is_empty());
            assert!(published(&github, Verdict::Hold, targets, (3, 1)).is_empty());
            let bodies = github.bodies();
            assert_eq!(bodies.len(), 5, "one of our own: {bodies:?}");
            assert!(bodies[..4].iter().all(|body| body.contains("old words")) && bodies[4].contains("HOLD"), "{bodies:?}");
        }
    }
}

#[test]
fn where_nobody_can_tell_whose_a_comment_is_it_stays() {
    let github = Fake { app: Some("gatekeeper"), ..Fake::with(&[("gatekeeper[bot]", "Bot", marked(HEAD, "1.1"))]) };
    let said = published(&github, Verdict::Block, &[Target::Comment], (2, 1));
    assert!(said[0].contains("gatekeeper[bot]") && said[0].contains("`check-run`"), "{said:?}");
    assert!(github.bodies()[0].contains("old words"));
    assert!(published(&github, Verdict::Block, &[Target::CheckRun, Target::Comment], (2, 1)).is_empty());
    assert!(!github.bodies()[0].contains("old words"), "the check run's answer tells who we are");
}

#[test]
fn a_comment_is_looked_for_on_so_many_pages_and_not_made_twice() {
    let chatter = |n| vec![("someone", "User", "words".to_owned()); n];
    let mut late = chatter(250);
    late.push(("github-actions[bot]", "Bot", marked(HEAD, "1.1")));
    let github = Fake::with(&late);
    assert!(published(&github, Verdict::Block, &[Target::Comment], (2, 1)).is_empty());
    assert!(!github.bodies()[250].contains("old words"));
    let github = Fake::with(&chatter(4_000));
    let said = published(&github, Verdict::Block, &[Target::Comment], (2, 1));
    assert!(said[0].contains("so many comments") && github.bodies().len() == 4_000, "{said:?}");
}

#[test]
fn a_missing_permission_is_named_with_the_line_to_add() {
    const NOT: &str = "Resource not accessible by integration";
    let github = Fake {
        refuses: vec![("/check-runs", 403, NOT), (HEAD, 403, NOT), ("/42/comments", 404, "Not Found")],
        ..Fake::default()
    };
    let said = published(&github, Verdict::Block, &Target::ALL, (2, 1));
    let wanted = ["permissions:\n  checks: write", "permissions:\n  statuses: write", "permissions:\n  pull-requests: write"];
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said.iter().zip(wanted).all(|(said, wanted)| said.ends_with(wanted)), "{said:?}");
    let posts = github.calls.borrow().iter().filter(|call| call.starts_with("Post ")).count();
    assert_eq!(posts, 2, "each is tried once: {:?}", github.calls);
}

#[test]
fn a_forks_token_is_read_only_and_no_line_would_help() {
    const NOT: &str = "Resource not accessible by integration";
    let github =
        Fake { refuses: vec![("/check-runs", 403, NOT), (HEAD, 403, NOT), ("/42/comments", 403, NOT)], ..Fake::default() };
    let said = apply(&plan(&decision(Verdict::Block), &Target::ALL, &pull_request()), &github, true);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("not published: check run, commit status, comment. ") && !said[0].contains("permissions:"));
}

#[test]
fn any_other_failure_is_told_once_and_nothing_is_sent_again() {
    for (status, words) in [(500, "may not have been published"), (422, "was not published"), (401, "does not know the token")] {
        let refuses = vec![("/check-runs", status, "No"), (HEAD, status, "No"), ("/comments", status, "No")];
        let github = Fake { refuses, ..Fake::default() };
        let said = published(&github, Verdict::Block, &Target::ALL, (2, 1));
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said.iter().all(|said| said.contains(words)), "{said:?}");
        assert_eq!(github.calls.borrow().iter().filter(|call| call.contains("check-runs")).count(), 1);
    }
    let app = vec![("/check-runs", 403, "You must authenticate via a GitHub App.")];
    let said =
        published(&Fake { refuses: app, person: Some("me"), ..Fake::default() }, Verdict::Block, &[Target::CheckRun], (2, 1));
    assert!(said[0].contains("workflow's own token or one of a GitHub App"), "{said:?}");
}

#[test]
fn only_the_check_of_another_app_than_the_workflows_has_a_button() {
    for (app, patches) in [(None, 0), (Some("gatekeeper"), 1)] {
        let github = Fake { app, ..Fake::default() };
        assert!(published(&github, Verdict::Rollback, &[Target::CheckRun], (2, 1)).is_empty());
        assert_eq!(github.calls.borrow().iter().filter(|call| call.starts_with("Patch ")).count(), patches);
    }
}
