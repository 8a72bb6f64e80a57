//! Who made the commits of a pull request, and whether a reviewer is one of them.

use std::collections::{BTreeMap, BTreeSet};

use super::account;
use crate::evidence::{CommitPerson, PullRequestRecord, PushRecord};
use crate::facts::Committer;

/// The account under which GitHub itself commits what people do on its pages, and its addresses. As the committer beside an author it
/// hides nobody; as the author it hides who made the commit.
const GITHUB: &str = "web-flow";
const ADDRESSES: [&str; 2] = ["noreply@github.com", "web-flow@users.noreply.github.com"];

/// The people of the commits.
#[derive(Debug, Default)]
pub(in crate::analyze) struct Committers {
    /// Accounts as they are compared.
    accounts: BTreeSet<String>,
    /// Names without an account.
    names: BTreeSet<String>,
    pub(super) listed: Vec<Committer>,
}

impl Committers {
    /// Reads them from the commits and from the last push. Whoever commits as GitHub is unknown. An address that belongs to an account in one commit belongs to it in all.
    pub(in crate::analyze) fn of(record: &PullRequestRecord) -> Committers {
        let everyone =
            || record.commits.iter().flat_map(|commit| [&commit.author, &commit.committer].into_iter().chain(&commit.co_authors));
        let mut accounts: BTreeMap<String, &str> = BTreeMap::new();
        for person in everyone().filter(|person| !person.email.is_empty() && !is_github(person)) {
            if let Some(account) = &person.account {
                accounts.entry(person.email.to_lowercase()).or_insert(account);
            }
        }
        let mut found = Committers::default();
        let mut counts: BTreeMap<(Option<String>, String, String), u64> = BTreeMap::new();
        for commit in &record.commits {
            let mut once = BTreeSet::new();
            let committer = Some(&commit.committer).filter(|person| !is_github(person));
            for person in [&commit.author].into_iter().chain(committer).chain(&commit.co_authors) {
                let by_address = || accounts.get(&person.email.to_lowercase()).map(|known| (*known).to_owned());
                let known = if is_github(person) { None } else { person.account.clone().or_else(by_address) };
                match &known {
                    Some(known) => found.accounts.insert(account(known)),
                    None => found.names.insert(account(&person.name)),
                };
                once.insert((known, person.name.clone(), person.email.clone()));
            }
            for person in once {
                *counts.entry(person).or_default() += 1;
            }
        }
        if let Some(by) = last_push(record).and_then(|push| push.by.as_ref()) {
            found.accounts.insert(account(by));
        }
        let committer = |((account, name, email), commits)| Committer { account, name, email, commits };
        found.listed = counts.into_iter().map(committer).collect();
        found
    }

    pub(in crate::analyze) fn include(&self, reviewer: &str) -> bool {
        let reviewer = account(reviewer);
        self.accounts.contains(&reviewer) || self.names.contains(&reviewer)
    }
}

/// Whether GitHub stands there in the place of a person: by its account, or where no account is known by its address.
fn is_github(person: &CommitPerson) -> bool {
    match &person.account {
        Some(known) => account(known) == GITHUB,
        None => ADDRESSES.iter().any(|address| person.email.eq_ignore_ascii_case(address)),
    }
}

/// The push that brought the branch to its newest commit.
pub(super) fn last_push(record: &PullRequestRecord) -> Option<&PushRecord> {
    record.pushes.as_ref()?.iter().filter(|push| push.commit.eq_ignore_ascii_case(&record.head)).max_by_key(|push| push.at)
}
