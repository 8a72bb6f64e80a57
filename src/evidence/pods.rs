//! What `kubectl get pods -o json` prints: the pods of a selection and how they are. YAML is read as well.
//!
//! The fields are those of the Kubernetes API, core/v1 `PodStatus` and `ContainerStatus`.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Deserialize;

use super::document::read_document;
use super::health::{HealthReport, InstanceRecord};
use super::text::{contains, shown};
use super::{Format, ReadError, Reader};
use crate::facts::Kind;

pub(super) const FORMAT: Format = Format {
    name: "kubernetes.pods",
    kind: Kind::Health,
    conventional: &["pods.json"],
    recognises: |_, head| contains(head, "apiVersion") && (contains(head, "items") || contains(head, "Pod")),
    read: Reader::Health(read),
};

/// A list of pods, or one pod.
#[derive(Deserialize)]
struct List {
    kind: String,
    #[serde(default)]
    items: Option<Vec<Pod>>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
struct Pod {
    /// A list of one kind leaves it out of its items.
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    name: String,
    #[serde(default)]
    namespace: Option<String>,
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    deletion_timestamp: Option<String>,
    /// Of a list: where the next part of it begins.
    #[serde(default, rename = "continue")]
    next_part: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default)]
    phase: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    conditions: Option<Vec<Condition>>,
    #[serde(default)]
    init_container_statuses: Option<Vec<Container>>,
    #[serde(default)]
    container_statuses: Option<Vec<Container>>,
}

#[derive(Deserialize)]
struct Condition {
    r#type: String,
    status: String,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    restart_count: u64,
    #[serde(default)]
    state: State,
    #[serde(default)]
    last_state: State,
}

#[derive(Deserialize, Default)]
struct State {
    #[serde(default)]
    waiting: Option<Reason>,
    #[serde(default)]
    terminated: Option<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    #[serde(default)]
    reason: Option<String>,
}

/// Reads the pods. Pods that have done their work (`Succeeded`) and pods that are being deleted are left out: neither takes traffic,
/// nor should. A list in which no pod is left, and objects of another kind, are errors.
fn read(input: &mut dyn BufRead) -> Result<HealthReport, ReadError> {
    let list: List = read_document(input)?;
    if list.metadata.next_part.as_ref().is_some_and(|next| !next.is_empty()) {
        return Err(ReadError::whole("the list goes on (metadata.continue): expected all pods of the selection"));
    }
    let pods = match (list.kind.as_str(), list.items) {
        ("List" | "PodList", Some(items)) => items,
        ("Pod", None) => vec![Pod { kind: None, metadata: list.metadata, status: list.status }],
        (kind, _) => return Err(ReadError::whole(format!("kind `{}`: expected a list of pods", shown(kind)))),
    };
    let mut instances = Vec::with_capacity(pods.len());
    for pod in pods {
        if let Some(kind) = pod.kind.as_deref().filter(|kind| *kind != "Pod") {
            return Err(ReadError::whole(format!("an item of kind `{}`: expected pods only", shown(kind))));
        }
        if pod.metadata.deletion_timestamp.is_none() && pod.status.phase.as_deref() != Some("Succeeded") {
            instances.push(instance(pod));
        }
    }
    HealthReport::new(None, instances)
}

fn instance(pod: Pod) -> InstanceRecord {
    let Pod { metadata, status, .. } = pod;
    let mut containers = status.init_container_statuses.unwrap_or_default();
    containers.extend(status.container_statuses.unwrap_or_default());
    let mut conditions = status.conditions.unwrap_or_default();
    conditions.retain(|condition| condition.r#type == "Ready");
    // A condition may lag behind its containers, and of two that contradict each other the worse one counts.
    let waits = containers.iter().any(|container| container.state.waiting.is_some());
    let ready = !conditions.is_empty() && !waits && conditions.iter().all(|condition| condition.status == "True");
    let condition = conditions.into_iter().find(|condition| condition.status != "True");
    let ends = || containers.iter().flat_map(|container| [&container.state, &container.last_state]);
    let killed = ends().filter(|state| state.terminated_for("OOMKilled")).count();
    let not_ready = || {
        let waiting = containers.iter().find_map(|container| container.state.waiting.as_ref()?.reason.clone());
        waiting
            .or(status.reason)
            .or_else(|| ends().find_map(|state| state.terminated.as_ref()?.reason.clone()))
            .or_else(|| condition.and_then(|condition| condition.reason))
            .or(status.phase)
    };
    InstanceRecord {
        reason: if killed > 0 && ready {
            Some("OOMKilled".to_owned())
        } else if ready {
            None
        } else {
            not_ready()
        },
        name: match metadata.namespace {
            Some(namespace) if !metadata.name.is_empty() => format!("{namespace}/{}", metadata.name),
            _ => metadata.name,
        },
        ready,
        restarts: containers.iter().fold(0, |sum: u64, container| sum.saturating_add(container.restart_count)),
        oom_kills: killed as u64,
        labels: metadata.labels.unwrap_or_default(),
    }
}

impl State {
    fn terminated_for(&self, reason: &str) -> bool {
        self.terminated.as_ref().and_then(|end| end.reason.as_deref()) == Some(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEALTHY: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pay-1", "namespace": "shop", "labels": {"version": "2"}},
        "spec": {"containers": [{"name": "app"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Initialized", "status": "True"}, {"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "app", "ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}, "lastState": {}}]}}"#;

    fn list(pods: &[&str]) -> String {
        format!(
            r#"{{"apiVersion": "v1", "items": [{}], "kind": "List", "metadata": {{"resourceVersion": ""}}}}"#,
            pods.join(", ")
        )
    }

    fn parse(text: &str) -> Result<HealthReport, ReadError> {
        read(&mut text.as_bytes())
    }

    fn one(status: &str) -> InstanceRecord {
        let pod = format!(r#"{{"kind": "Pod", "metadata": {{"name": "p"}}, "status": {status}}}"#);
        parse(&list(&[&pod])).unwrap().instances.remove(0)
    }

    #[test]
    fn a_healthy_pod_is_ready() {
        let report = parse(&list(&[HEALTHY])).unwrap();
        let pod = &report.instances[0];
        assert_eq!((pod.name.as_str(), pod.ready, pod.restarts, pod.oom_kills), ("shop/pay-1", true, 0, 0));
        assert_eq!((pod.reason.as_deref(), pod.labels["version"].as_str()), (None, "2"));
        assert_eq!(parse(HEALTHY).unwrap(), report, "a single pod is a list of one");
    }

    #[test]
    fn restarts_of_init_containers_count_and_a_container_killed_twice_counts_twice() {
        let pod =
            one(r#"{"phase": "Running", "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}],
            "initContainerStatuses": [{"restartCount": 2}],
            "containerStatuses": [{"restartCount": 5, "state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}},
                "lastState": {"terminated": {"reason": "OOMKilled"}}}]}"#);
        assert_eq!((pod.ready, pod.restarts, pod.oom_kills), (false, 7, 2));
        assert_eq!(pod.reason.as_deref(), Some("OOMKilled"));
    }

    #[test]
    fn a_pod_that_recovered_from_an_oom_kill_is_ready_and_still_tells() {
        let pod = one(r#"{"conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"restartCount": 1, "lastState": {"terminated": {"reason": "OOMKilled"}}}]}"#);
        assert_eq!((pod.ready, pod.oom_kills, pod.reason.as_deref()), (true, 1, Some("OOMKilled")));
    }

    #[test]
    fn a_pod_that_is_not_ready_says_why() {
        let crash = r#"{"phase": "Running", "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}],
            "containerStatuses": [{"restartCount": 4, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"reason": "Error"}}}]}"#;
        assert_eq!(one(crash).reason.as_deref(), Some("CrashLoopBackOff"));
        assert_eq!(one(r#"{"phase": "Failed", "reason": "Evicted"}"#).reason.as_deref(), Some("Evicted"));
        let lost =
            r#"{"phase": "Running", "conditions": [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}]}"#;
        assert_eq!((one(lost).ready, one(lost).reason.as_deref()), (false, Some("NodeStatusUnknown")));
        assert_eq!(
            (one(r#"{"phase": "Pending"}"#).ready, one(r#"{"phase": "Pending"}"#).reason.as_deref()),
            (false, Some("Pending"))
        );
        assert_eq!((one("{}").ready, one("{}").reason), (false, None));
    }

    #[test]
    fn finished_and_leaving_pods_are_left_out_and_nothing_left_is_an_error() {
        let done = r#"{"kind": "Pod", "metadata": {"name": "job"}, "status": {"phase": "Succeeded"}}"#;
        let leaving =
            r#"{"kind": "Pod", "metadata": {"name": "old", "deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {}}"#;
        assert_eq!(parse(&list(&[done, HEALTHY, leaving])).unwrap().instances.len(), 1);
        for pods in [&[][..], &[done, leaving]] {
            assert!(parse(&list(pods)).unwrap_err().to_string().contains("nothing was seen"));
        }
    }

    #[test]
    fn what_is_no_list_of_pods_is_refused() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
        assert!(error(r#"{"kind": "Service"}"#).contains("kind `Service`"));
        assert!(error(&list(&[r#"{"kind": "Node"}"#])).contains("kind `Node`"));
        assert!(error(&list(&[r#"{"kind": "Pod", "status": {}}"#])).contains("without a name"));
        let broken = r#"{"metadata": {"name": "p"}, "status": {"containerStatuses": [{"name": "app"}]}}"#;
        assert!(error(&list(&[broken])).contains("restartCount"));
        assert!(error(&list(&[HEALTHY, HEALTHY])).contains("stands twice"));
        let text = list(&[HEALTHY]);
        for end in 0..text.len() {
            assert!(parse(&text[..end]).is_err(), "{end}");
        }
    }
}
