//! Several lists, read at the same time, page after page.

use serde_json::Value;

use super::super::client::{Answer, Get, GitHub};
use super::super::failure::{Failure, FailureKind};

/// Elements of a page; GitHub gives no more.
const PER_PAGE: usize = 100;

/// Whether something can be judged without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Essential,
    Optional,
}

/// A list of GitHub's, and what of it was read.
#[derive(Debug)]
pub(super) struct List {
    pub(super) path: String,
    /// Further parameters of the query.
    query: Vec<(&'static str, String)>,
    /// Pages that are read at most; a longer list is a failure, or with `newest` just cut.
    most: usize,
    newest: bool,
    need: Need,
    /// What of a page is kept.
    pub(super) trim: fn(&Value) -> Value,
    pub(super) answers: Vec<Answer>,
    pub(super) failure: Option<Failure>,
    next: Option<u64>,
}

impl List {
    pub(super) fn new(path: String, most: usize, need: Need, trim: fn(&Value) -> Value) -> List {
        let query = Vec::new();
        List { path, query, most, newest: false, need, trim, answers: Vec::new(), failure: None, next: Some(1) }
    }

    /// Only the newest page, with a further parameter.
    pub(super) fn newest(mut self, name: &'static str, value: &str) -> List {
        self.newest = true;
        self.query.push((name, value.to_owned()));
        self
    }

    /// The same list before anything was read.
    pub(super) fn unread(&self) -> List {
        let list = List::new(self.path.clone(), self.most, self.need, self.trim);
        List { query: self.query.clone(), newest: self.newest, ..list }
    }

    fn request(&self) -> Option<Get> {
        let page = self.next.filter(|_| self.failure.is_none())?;
        let mut query = self.query.clone();
        query.push(("per_page", PER_PAGE.to_string()));
        if !self.newest {
            query.push(("page", page.to_string()));
        }
        Some(Get::new(self.path.clone(), &query))
    }

    fn take(&mut self, outcome: Result<Answer, Failure>) {
        let mut answer = match outcome {
            Ok(answer) => answer,
            Err(failure) => {
                self.failure = Some(failure);
                return;
            }
        };
        let page = self.next.unwrap_or(1);
        // A full page may be the last one; a proxy may also have lost the header that says so.
        let full = answer.body.as_array().is_some_and(|elements| elements.len() >= PER_PAGE);
        self.next = answer.next.or(full.then_some(page + 1)).filter(|_| !self.newest);
        answer.next = self.next;
        self.answers.push(answer);
        let failed = |kind, detail| Some(Failure::new(kind, format!("GET {}", self.path), detail));
        match self.next {
            Some(next) if next != page + 1 => {
                self.failure = failed(FailureKind::Broken, format!("after page {page} comes page {next}"));
            }
            Some(_) if self.answers.len() >= self.most => {
                self.failure = failed(FailureKind::TooLarge, format!("the list has more than {} pages", self.most));
            }
            _ => {}
        }
    }
}

/// Reads the lists to their ends; the first failure of one that is essential.
pub(super) fn read(github: &GitHub, lists: &mut [List]) -> Result<(), Failure> {
    loop {
        let mut open: Vec<(&mut List, Get)> = lists.iter_mut().filter_map(|list| list.request().map(|get| (list, get))).collect();
        if open.is_empty() {
            return Ok(());
        }
        let gets: Vec<Get> = open.iter().map(|(_, get)| get.clone()).collect();
        for ((list, _), outcome) in open.iter_mut().zip(github.get_all(&gets)) {
            list.take(outcome);
        }
        let essential = lists.iter().find(|list| list.need == Need::Essential && list.failure.is_some());
        if let Some(failure) = essential.and_then(|list| list.failure.clone()) {
            return Err(failure);
        }
    }
}
