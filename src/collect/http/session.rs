//! Many requests to one endpoint, within one deadline.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};

use super::client::Client;
use super::endpoint::Endpoint;
use super::failure::{Failure, FailureKind};
use super::request::{Answer, Request};
use super::retry;

/// An endpoint that is being asked. The deadline runs from [`Session::open`] on, over all calls of [`Session::run`].
#[derive(Debug)]
pub struct Session {
    client: Arc<Client>,
    deadline: Instant,
    /// Taken out only when the session ends.
    runtime: Option<Runtime>,
}

impl Session {
    /// Reads what the endpoint's description names (secret, certificates). The first request connects.
    ///
    /// Every error is of [`FailureKind::Setup`]; one of them is to be called inside of another asynchronous runtime.
    pub fn open(endpoint: &Endpoint) -> Result<Session, Failure> {
        if Handle::try_current().is_ok() {
            return Err(endpoint.setup_failure("evidence is collected outside of other asynchronous work"));
        }
        let client = Arc::new(Client::new(endpoint)?);
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| endpoint.setup_failure(format!("the network cannot be used: {error}")))?;
        let deadline = {
            let now = Instant::now();
            now.checked_add(endpoint.limits.deadline).unwrap_or(now)
        };
        Ok(Session { client, deadline, runtime: Some(runtime) })
    }

    /// Sends the requests and hands each outcome to `read` as it arrives, so that only what `read` keeps stays in memory.
    ///
    /// What it returns is in the order of the requests, one for each.
    pub fn run<T>(&self, requests: Vec<Request>, mut read: impl FnMut(usize, Result<Answer, Failure>) -> T) -> Vec<T> {
        let requests: Arc<[Request]> = requests.into();
        let mut outcomes: Vec<Option<T>> = requests.iter().map(|_| None).collect();
        if let Some(runtime) = &self.runtime {
            runtime.block_on(async {
                let mut arriving = self.send(&requests);
                while let Some((at, outcome)) = arriving.recv().await {
                    if let Some(slot) = outcomes.get_mut(at) {
                        *slot = Some(read(at, outcome));
                    }
                }
            });
        }
        let unfinished = |at: usize| {
            let request = &requests[at];
            Err(self.client.failure(request, FailureKind::Broken, "the request was given up"))
        };
        outcomes.into_iter().enumerate().map(|(at, outcome)| outcome.unwrap_or_else(|| read(at, unfinished(at)))).collect()
    }

    /// Starts as many workers as requests may be under way; each takes the next request when it is free.
    fn send(&self, requests: &Arc<[Request]>) -> mpsc::Receiver<(usize, Result<Answer, Failure>)> {
        let (sender, receiver) = mpsc::channel(1);
        let next = Arc::new(AtomicUsize::new(0));
        for _ in 0..self.client.limits.concurrency.clamp(1, requests.len().max(1)) {
            let (client, requests, next) = (Arc::clone(&self.client), Arc::clone(requests), Arc::clone(&next));
            let (sender, deadline) = (sender.clone(), self.deadline);
            tokio::spawn(async move {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(request) = requests.get(at) else { return };
                    let outcome = perform(&client, request, deadline).await;
                    if sender.send((at, outcome)).await.is_err() {
                        return;
                    }
                }
            });
        }
        receiver
    }
}

impl Drop for Session {
    /// Does not wait for name look-ups that hang: they cannot be interrupted.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Sends one request until it succeeds, cannot succeed, was tried often enough, or the time is over.
async fn perform(client: &Client, request: &Request, deadline: Instant) -> Result<Answer, Failure> {
    let mut attempts = 1;
    loop {
        let outcome = if Instant::now() < deadline {
            timeout_at(deadline, client.attempt(request)).await
        } else {
            timeout_at(deadline, std::future::pending()).await
        };
        let failure = match outcome {
            Ok(Ok(answer)) => return Ok(Answer { attempts, ..answer }),
            Ok(Err(failure)) => Failure { attempts, ..failure },
            Err(_) => {
                let detail = format!("the {:?} for all queries together are over", client.limits.deadline);
                return Err(Failure { attempts, ..client.failure(request, FailureKind::Deadline, &detail) });
            }
        };
        if !failure.is_transient() || attempts > client.limits.retries {
            return Err(failure);
        }
        let pause = retry::pause(client.limits.backoff, attempts, failure.retry_after);
        if Instant::now().checked_add(pause).is_none_or(|then| then >= deadline) {
            let detail = format!("{}; no time is left for another attempt", failure.detail);
            return Err(Failure { detail, ..failure });
        }
        sleep(pause).await;
        attempts += 1;
    }
}
