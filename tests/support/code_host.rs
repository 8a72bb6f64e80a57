//! A GitHub that remembers what it is told, and can be made to fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use super::web::{Asked, Reply, Web};

/// The only repository and its only pull request.
pub(crate) const REPOSITORY: &str = "acme/pay";
pub(crate) const NUMBER: u64 = 7;

/// Elements on a page: few, so that lists have several.
const PAGE: usize = 2;

/// What GitHub knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) base: String,
    pub(crate) head: String,
    pub(crate) author: String,
    pub(crate) body: String,
    /// Who said what, and about which commit.
    pub(crate) reviews: Vec<(String, &'static str, String)>,
    /// Commits and their authors.
    pub(crate) commits: Vec<(String, String)>,
    pub(crate) comments: Vec<Comment>,
    /// What accounts may do; others may write.
    pub(crate) permissions: BTreeMap<String, &'static str>,
    /// The check runs, as they are now.
    pub(crate) check_runs: BTreeMap<u64, Value>,
    pub(crate) statuses: Vec<Value>,
    pub(crate) annotations: usize,
    /// Method and address of every request.
    pub(crate) log: Vec<String>,
    /// The App whose token is used.
    pub(crate) app: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) by: String,
    pub(crate) body: String,
    pub(crate) edited: bool,
}

/// Says instead of GitHub what is answered to a request, which is the so-manyth to its path; `None` lets GitHub answer.
pub(crate) type Fault = dyn Fn(&Asked, usize, &mut World) -> Option<Reply> + Send + Sync;

#[derive(Debug, Clone)]
pub(crate) struct CodeHost {
    pub(crate) web: Web,
    world: Arc<Mutex<World>>,
}

impl CodeHost {
    pub(crate) fn start(world: World) -> CodeHost {
        CodeHost::failing(world, Box::new(|_, _, _| None))
    }

    pub(crate) fn failing(world: World, fault: Box<Fault>) -> CodeHost {
        let world = Arc::new(Mutex::new(World { app: "github-actions", ..world }));
        let shared = Arc::clone(&world);
        let web = Web::serve(move |asked| {
            let mut world = shared.lock().expect("no other thread failed");
            let begins = format!("{} {}", asked.method, asked.path);
            let before = world.log.iter().filter(|line| line.split('?').next() == Some(&begins)).count();
            let page = asked.get("page");
            world.log.push(if page.is_empty() { begins } else { format!("{begins}?page={page}") });
            fault(asked, before, &mut world).unwrap_or_else(|| answer(&mut world, asked))
        });
        CodeHost { web, world }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("no other thread failed")
    }
}

/// A plain answer.
pub(crate) fn said(status: u16, body: &Value) -> Reply {
    let headers = vec![("Content-Type", "application/json; charset=utf-8".to_owned())];
    Reply { status, headers, body: body.to_string(), cut: None }
}

fn answer(world: &mut World, asked: &Asked) -> Reply {
    let Some(path) = asked.path.strip_prefix(&format!("/repos/{REPOSITORY}")) else {
        return said(404, &json!({"message": "Not Found"}));
    };
    match asked.method.as_str() {
        "GET" => read(world, path, asked),
        _ => write(world, path, asked),
    }
}

fn read(world: &World, path: &str, asked: &Asked) -> Reply {
    let pull = format!("/pulls/{NUMBER}");
    if let Some(login) = path.strip_prefix("/collaborators/").and_then(|rest| rest.strip_suffix("/permission")) {
        let role = world.permissions.get(login).copied().unwrap_or("write");
        return said(200, &json!({"permission": role, "role_name": role, "user": user(login)}));
    }
    match path {
        path if path == pull => said(200, &pull_request(world)),
        path if path == format!("{pull}/reviews") => page(asked, &world.reviews.iter().map(review).collect::<Vec<_>>()),
        path if path == format!("{pull}/commits") => page(asked, &world.commits.iter().map(commit).collect::<Vec<_>>()),
        path if path == format!("/issues/{NUMBER}/comments") => {
            page(asked, &world.comments.iter().enumerate().map(|(at, comment)| told(at, comment)).collect::<Vec<_>>())
        }
        path if path.ends_with("/check-runs") => said(200, &json!({"total_count": 0, "check_runs": []})),
        path if path.ends_with("/status") => {
            said(200, &json!({"state": "pending", "statuses": [], "sha": world.head, "total_count": 0}))
        }
        "/actions/runs/42" => said(
            200,
            &json!({
                "id": 42, "event": "workflow_dispatch", "head_branch": "main", "created_at": "2026-01-01T23:59:00Z",
                "run_started_at": "2026-01-01T23:59:00Z", "triggering_actor": user("jonas"), "head_repository": {"full_name": REPOSITORY}
            }),
        ),
        "/actions/runs/42/approvals" => {
            said(200, &json!([{"state": "approved", "comment": "", "environments": [], "user": user("priya")}]))
        }
        "/deployments" | "/activity" => page(asked, &[]),
        _ => said(404, &json!({"message": "Not Found"})),
    }
}

fn write(world: &mut World, path: &str, asked: &Asked) -> Reply {
    let body: Value = serde_json::from_str(&asked.body).expect("a write has JSON");
    let annotations = body.pointer("/output/annotations").and_then(Value::as_array).map_or(0, Vec::len);
    if path == "/check-runs" {
        world.annotations += annotations;
        let id = 1_000 + world.check_runs.len() as u64;
        let mut run = body;
        run["id"] = id.into();
        run["app"] = json!({"slug": world.app});
        world.check_runs.insert(id, run.clone());
        return said(201, &run);
    }
    if let Some(id) = path.strip_prefix("/check-runs/").and_then(|id| id.parse().ok()) {
        world.annotations += annotations;
        let Some(run) = world.check_runs.get_mut(&id) else { return said(404, &json!({"message": "Not Found"})) };
        run.as_object_mut().expect("a run").extend(body.as_object().expect("an object").clone());
        return said(200, run);
    }
    if path.starts_with("/statuses/") {
        world.statuses.push(body.clone());
        return said(201, &json!({"id": 1, "state": body["state"], "context": body["context"], "creator": bot(world)}));
    }
    if path == format!("/issues/{NUMBER}/comments") {
        let comment = Comment { by: bot_name(world), body: text(&body["body"]), edited: false };
        world.comments.push(comment.clone());
        return said(201, &told(world.comments.len() - 1, &comment));
    }
    if let Some(at) = path.strip_prefix("/issues/comments/").and_then(|id| id.parse::<usize>().ok()) {
        let Some(comment) = world.comments.get_mut(at.wrapping_sub(1)) else {
            return said(404, &json!({"message": "Not Found"}));
        };
        comment.body = text(&body["body"]);
        let comment = comment.clone();
        return said(200, &told(at - 1, &comment));
    }
    if path.ends_with("/deployment_protection_rule") {
        world.statuses.push(body);
        return Reply { status: 204, headers: Vec::new(), body: String::new(), cut: None };
    }
    said(404, &json!({"message": "Not Found"}))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A page of a list, with the address of the next.
fn page(asked: &Asked, all: &[Value]) -> Reply {
    let at: usize = asked.get("page").parse().unwrap_or(1);
    let end = (at * PAGE).min(all.len());
    let part: Vec<Value> = all[((at - 1) * PAGE).min(end)..end].to_vec();
    let mut reply = said(200, &part.into());
    if end < all.len() {
        let next = format!("<https://api.github.com{}?per_page=100&page={}>; rel=\"next\"", asked.path, at + 1);
        reply.headers.push(("Link", next));
    }
    reply
}

fn user(login: &str) -> Value {
    json!({"login": login, "id": 1, "type": if login.ends_with("[bot]") { "Bot" } else { "User" }})
}

fn bot_name(world: &World) -> String {
    format!("{}[bot]", world.app)
}

fn bot(world: &World) -> Value {
    user(&bot_name(world))
}

fn pull_request(world: &World) -> Value {
    let repository = json!({"id": 1, "full_name": REPOSITORY});
    json!({
        "number": NUMBER, "state": "open", "merged_at": null, "draft": false, "title": "Refunds", "body": world.body,
        "user": user(&world.author), "labels": [], "author_association": "MEMBER", "commits": world.commits.len(),
        "head": {"sha": world.head, "ref": "topic", "repo": repository},
        "base": {"sha": world.base, "ref": "main", "repo": repository},
        "requested_reviewers": [], "requested_teams": []
    })
}

fn review((by, state, commit): &(String, &'static str, String)) -> Value {
    json!({"id": 1, "user": user(by), "state": state, "commit_id": commit, "submitted_at": "2026-01-01T01:00:00Z",
        "author_association": "MEMBER", "body": ""})
}

fn commit((sha, by): &(String, String)) -> Value {
    let person = json!({"name": by, "email": format!("{by}@example.org"), "date": "2026-01-01T00:00:00Z"});
    json!({"sha": sha, "author": user(by), "committer": user(by), "commit": {"author": person, "committer": person, "message": "feat: x"}})
}

fn told(at: usize, comment: &Comment) -> Value {
    let updated = if comment.edited { "2026-01-01T03:00:00Z" } else { "2026-01-01T02:00:00Z" };
    json!({"id": at + 1, "user": user(&comment.by), "body": comment.body, "created_at": "2026-01-01T02:00:00Z", "updated_at": updated,
        "html_url": format!("https://github.com/{REPOSITORY}/pull/{NUMBER}#issuecomment-{}", at + 1), "author_association": "MEMBER"})
}
