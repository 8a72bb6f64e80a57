//! Many requests to GitHub, within one deadline.

use std::sync::Arc;

use serde_json::Value;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::access::Access;
use super::exchange::{Ask, Exchange};
use super::failure::{Failure, FailureKind};
use crate::collect::http::Limits;

/// A way to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    Post,
    Patch,
}

/// Something to read: a path below the API's address and the parameters of the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Get {
    pub path: String,
    pub query: Vec<(String, String)>,
}

impl Get {
    #[must_use]
    pub fn new(path: impl Into<String>, query: &[(&str, String)]) -> Get {
        Get { path: path.into(), query: query.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect() }
    }
}

/// A whole answer with a status of success.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Below the API's address: `/repos/o/r/pulls/7`.
    pub path: String,
    /// As it was sent: `per_page=100&page=2`; empty without parameters.
    pub query: String,
    pub status: u16,
    /// Null where the answer has no body.
    pub body: Value,
    /// What tells whether it has changed since.
    pub etag: Option<String>,
    /// The number of the page after this one.
    pub next: Option<u64>,
}

/// GitHub, being asked. The deadline runs from [`GitHub::open`] on, over everything.
#[derive(Debug)]
pub struct GitHub {
    exchange: Arc<Exchange>,
    /// Taken out only when the session ends.
    runtime: Option<Runtime>,
}

impl GitHub {
    /// Makes the client; the first request connects.
    ///
    /// # Errors
    /// Always of [`FailureKind::Setup`]; one of them is to be called inside of other asynchronous work.
    pub fn open(access: &Access, limits: &Limits) -> Result<GitHub, Failure> {
        let failed = |detail: String| Failure::new(FailureKind::Setup, access.api.clone(), detail);
        if Handle::try_current().is_ok() {
            return Err(failed("GitHub is asked outside of other asynchronous work".to_owned()));
        }
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed(format!("the network cannot be used: {error}")))?;
        let now = Instant::now();
        let deadline = now.checked_add(limits.deadline).unwrap_or(now);
        let exchange = {
            let _inside = runtime.enter();
            Arc::new(Exchange::new(access, limits, deadline)?)
        };
        Ok(GitHub { exchange, runtime: Some(runtime) })
    }

    /// Reads one thing.
    pub fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Answer, Failure> {
        self.run(&Ask::read(&Get::new(path, query)))
    }

    /// Reads several things at the same time; one outcome for each, in their order.
    #[must_use]
    pub fn get_all(&self, requests: &[Get]) -> Vec<Result<Answer, Failure>> {
        let Some(runtime) = &self.runtime else { return requests.iter().map(|get| Err(unsent(&get.path))).collect() };
        let mut outcomes: Vec<Option<Result<Answer, Failure>>> = requests.iter().map(|_| None).collect();
        let free = Arc::new(Semaphore::new(self.exchange.limits.concurrency.max(1)));
        runtime.block_on(async {
            let mut under_way = JoinSet::new();
            for (at, get) in requests.iter().enumerate() {
                let (exchange, ask, free) = (Arc::clone(&self.exchange), Ask::read(get), Arc::clone(&free));
                under_way.spawn(async move {
                    let _place = free.acquire_owned().await;
                    (at, exchange.perform(&ask).await)
                });
            }
            while let Some(done) = under_way.join_next().await {
                if let Ok((at, outcome)) = done
                    && let Some(slot) = outcomes.get_mut(at)
                {
                    *slot = Some(outcome);
                }
            }
        });
        outcomes.into_iter().zip(requests).map(|(outcome, get)| outcome.unwrap_or_else(|| Err(unsent(&get.path)))).collect()
    }

    /// Reads a list to its end, page after page; more than `most` pages are [`FailureKind::TooLarge`].
    pub fn pages(&self, path: &str, query: &[(&str, String)], most: usize) -> Result<Vec<Answer>, Failure> {
        let mut pages: Vec<Answer> = Vec::new();
        let mut page = 1_u64;
        loop {
            let mut parameters: Vec<(&str, String)> = query.to_vec();
            parameters.push(("page", page.to_string()));
            let answer = self.get(path, &parameters)?;
            let next = answer.next;
            pages.push(answer);
            match next {
                None => return Ok(pages),
                Some(next) if next <= page => {
                    let detail = format!("after page {page} comes page {next}: the list has no end");
                    return Err(Failure::new(FailureKind::Broken, format!("GET {path}"), detail));
                }
                Some(_) if pages.len() >= most => {
                    let detail = format!("the list has more than {most} pages");
                    return Err(Failure::new(FailureKind::TooLarge, format!("GET {path}"), detail));
                }
                Some(next) => page = next,
            }
        }
    }

    /// Whether an answer still stands. GitHub does not count such a request where it does.
    pub fn unchanged(&self, answer: &Answer) -> Result<bool, Failure> {
        let again = self.run(&Ask::again(answer))?;
        Ok(again.status == 304 || again.body == answer.body)
    }

    /// Writes. What may have been done is not done again: only an answer that shows that nothing was done is followed by another attempt.
    pub fn send(&self, method: Write, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.run(&Ask::write(method, path, body.clone()))
    }

    fn run(&self, ask: &Ask) -> Result<Answer, Failure> {
        let runtime = self.runtime.as_ref().ok_or_else(|| unsent(&ask.path))?;
        runtime.block_on(self.exchange.perform(ask))
    }
}

impl Drop for GitHub {
    /// Does not wait for name look-ups that hang: they cannot be interrupted.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn unsent(path: &str) -> Failure {
    Failure::new(FailureKind::Broken, path, "the request was given up")
}
