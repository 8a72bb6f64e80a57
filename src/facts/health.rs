//! Whether the instances of the gray version live (requirement C9).

use schemars::JsonSchema;
use serde::Serialize;

/// The instances of the batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Health {
    /// By name; never empty.
    pub instances: Vec<Instance>,
    /// Instances that take traffic.
    pub ready: u64,
    /// Instances that do not.
    pub not_ready: u64,
    /// Restarts of all instances together.
    pub restarts: u64,
    /// How often the system killed one of them for want of memory.
    pub oom_kills: u64,
}

/// One instance: a pod, a virtual machine, a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Instance {
    pub name: String,
    pub ready: bool,
    /// Since it was created; since the gray version takes traffic, where a server was asked.
    pub restarts: u64,
    /// Over the same time, as far as the source remembers: Kubernetes keeps each container's present and last state only.
    pub oom_kills: u64,
    /// Why it is not ready or how it last ended, for example `CrashLoopBackOff`; null when the source does not say.
    pub reason: Option<String>,
}
