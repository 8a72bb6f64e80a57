//! Finding an answer among the recorded ones, and seeing that a list is whole.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Document, Next};
use crate::evidence::ReadError;
use crate::evidence::text::shown;

/// GitHub's number of elements a page where the query names none.
const PER_PAGE: u64 = 30;

/// The recorded answers, by path.
pub(super) struct Answers<'a> {
    by_path: BTreeMap<&'a str, Vec<&'a Answer>>,
    unanswered: BTreeMap<&'a str, &'a str>,
}

impl<'a> Answers<'a> {
    pub(super) fn of(document: &'a Document) -> Answers<'a> {
        let mut by_path: BTreeMap<&str, Vec<&Answer>> = BTreeMap::new();
        for answer in &document.answers {
            by_path.entry(&answer.path).or_default().push(answer);
        }
        let unanswered = document.unanswered.iter().map(|one| (one.path.as_str(), one.reason.as_str())).collect();
        Answers { by_path, unanswered }
    }

    /// What stands at a path, page by page; the error says why it cannot be used.
    pub(super) fn at(&self, path: &str) -> Result<Vec<&'a Value>, String> {
        if let Some(reason) = self.unanswered.get(path) {
            return Err((*reason).to_owned());
        }
        let Some(answers) = self.by_path.get(path) else { return Err("it was not asked".to_owned()) };
        if let Some(failed) = answers.iter().find(|answer| answer.status != 200) {
            return Err(format!("GitHub answered {}", failed.status));
        }
        whole(answers)
    }

    /// Whether it is on record that there is no answer: GitHub knows no such thing, or it was not asked for.
    pub(super) fn says_none(&self, path: &str) -> bool {
        let of = |path| self.by_path.get(path).into_iter().flatten();
        self.unanswered.contains_key(path) || of(path).all(|answer| answer.status == 404)
    }

    /// As [`at`](Answers::at), for what nothing can be judged without.
    pub(super) fn essential(&self, path: &str) -> Result<Vec<&'a Value>, ReadError> {
        self.at(path).map_err(|reason| ReadError::whole(format!("{}: {reason}", shown(path))))
    }

    /// The paths between a beginning and an end, each with what stands between them.
    pub(super) fn between(&self, beginning: &str, end: &str) -> Vec<(&'a str, &'a str)> {
        let paths = self.by_path.keys().chain(self.unanswered.keys());
        let mut found: Vec<(&str, &str)> =
            paths.filter_map(|path| Some((*path, path.strip_prefix(beginning)?.strip_suffix(end)?))).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The elements of all pages of a list.
pub(super) fn elements<T: for<'de> Deserialize<'de>>(path: &str, pages: &[&Value]) -> Result<Vec<T>, ReadError> {
    let mut all = Vec::new();
    for page in pages {
        all.extend(typed::<Vec<T>>(path, page)?);
    }
    Ok(all)
}

/// An answer of a known shape.
pub(super) fn typed<T: for<'de> Deserialize<'de>>(path: &str, body: &Value) -> Result<T, ReadError> {
    T::deserialize(body).map_err(|error| {
        let error: String = error.to_string().chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        ReadError::whole(format!("the answer to {} is not what GitHub documents: {error}", shown(path)))
    })
}

/// The pages in their order, if they are all there and belong together.
fn whole<'a>(answers: &[&'a Answer]) -> Result<Vec<&'a Value>, String> {
    let mut pages: Vec<(u64, &Answer)> = Vec::with_capacity(answers.len());
    let mut asked: Option<Vec<&str>> = None;
    for answer in answers {
        let mut rest: Vec<&str> = answer.query.split('&').filter(|part| !part.is_empty()).collect();
        let page = rest.iter().find_map(|part| part.strip_prefix("page=")).unwrap_or("1");
        let page = page.parse().map_err(|_| format!("page `{}` is no number", shown(page)))?;
        rest.retain(|part| !part.starts_with("page="));
        if asked.get_or_insert_with(|| rest.clone()) != &rest {
            return Err("it was asked in two ways".to_owned());
        }
        pages.push((page, answer));
    }
    pages.sort_by_key(|(page, _)| *page);
    if let Some((expected, _)) = (1_u64..).zip(&pages).find(|(expected, (page, _))| page != expected) {
        return Err(format!("page {expected} of it is not there exactly once"));
    }
    for (page, answer) in &pages {
        let last = *page == pages.len() as u64;
        let complete = match answer.next {
            Next::None => last,
            Next::Page(next) => !last && next == page + 1,
            Next::Unsaid => last != is_full(answer),
        };
        if !complete {
            return Err(format!("it goes on after page {page}, and the rest is not there"));
        }
    }
    Ok(pages.into_iter().map(|(_, answer)| &answer.body).collect())
}

/// Whether a page is a list that has as many elements as were asked for, so that there may be another.
fn is_full(answer: &Answer) -> bool {
    let per_page = answer.query.split('&').find_map(|part| part.strip_prefix("per_page="));
    let per_page = per_page.and_then(|number| number.parse().ok()).unwrap_or(PER_PAGE);
    answer.body.as_array().is_some_and(|elements| elements.len() as u64 >= per_page)
}
