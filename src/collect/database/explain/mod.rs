//! What the planner of a live database expects of statements, without carrying any of them out.

mod question;

use std::time::Duration;

use jiff::Timestamp;

pub(super) use question::{Question, question};

use super::literals::Quoting;
use super::target::{Place, Target};
use super::{mysql, postgres};
use crate::digest::sha256;
use crate::evidence::estimates::{Estimate, EstimatesReport, Plan};
use crate::facts::SqlDialect;

/// How long one statement may be planned.
pub(super) const PLANNING: Duration = Duration::from_secs(5);

/// The share of the deadline in which statements are asked about; the rest is for what they need.
pub(super) const ASKING: f64 = 0.8;

/// Said of those that were not asked about by then.
pub(super) const NO_TIME: &str = "there was no time left to ask about it: give the estimates more time";

/// Said of a statement whose values are not there.
pub(super) const PLACEHOLDERS: &str = "it has placeholders, and their values decide how it is carried out";

/// What is known of the statements so far.
pub(super) struct Asked {
    pub(super) questions: Vec<(String, Question)>,
    pub(super) server: String,
    pub(super) dialect: SqlDialect,
    /// In the order of the questions; shorter while they are still asked.
    pub(super) answers: Vec<Result<Plan, String>>,
}

/// Asks the planner about each statement. `now` becomes the time of the estimates.
///
/// A statement of another dialect, one that is none to plan, one that names what is not there, and all of them where the server cannot be
/// reached or takes longer than the deadline: each has its reason, and no plan. Nothing is changed: the transaction can only read and is
/// rolled back, and each text is asked as one prepared statement, so that a second one cannot hide in it.
#[must_use]
pub fn estimates(target: &Target, statements: &[(String, SqlDialect)], deadline: Duration, now: Timestamp) -> EstimatesReport {
    let quoting = match &target.place {
        Place::Postgres(_) => Quoting::Postgres,
        Place::Mysql(_) => Quoting::Mysql,
    };
    let fits = |dialect: SqlDialect| match quoting {
        Quoting::Postgres => dialect == SqlDialect::Postgres,
        Quoting::Mysql => dialect.is_mysql(),
    };
    let own = if quoting == Quoting::Postgres { SqlDialect::Postgres } else { SqlDialect::Mysql };
    let mut asked = Asked { questions: Vec::new(), server: String::new(), dialect: own, answers: Vec::new() };
    let mut done = Vec::new();
    for (text, dialect) in statements {
        let digest = sha256(text);
        let read = if fits(*dialect) {
            question(text, quoting)
        } else {
            Err(format!("it is written for {}, and the database is one of {}", dialect.word(), own.word()))
        };
        match read {
            Ok(Question { inserts: Some(rows), .. }) => done.push(planned(digest, Ok(Plan { rows, reads: Vec::new() }))),
            Ok(question) => asked.questions.push((digest, question)),
            Err(reason) => done.push(planned(digest, Err(reason))),
        }
    }
    let failed = ask(target, &mut asked, deadline).err();
    let mut answers = asked.answers.into_iter();
    for (digest, _) in asked.questions {
        let missing = || Err(failed.clone().unwrap_or_else(|| "nobody answered".to_owned()));
        done.push(planned(digest, answers.next().unwrap_or_else(missing)));
    }
    let database = target.database().to_owned();
    let mut report =
        EstimatesReport { dialect: asked.dialect, server: asked.server, database, collected_at: now, statements: done };
    report.order();
    report
}

fn planned(sha256: String, answer: Result<Plan, String>) -> Estimate {
    match answer {
        Ok(plan) => Estimate { sha256, plan: Some(plan), failed: None },
        Err(reason) => Estimate { sha256, plan: None, failed: Some(reason) },
    }
}

fn ask(target: &Target, asked: &mut Asked, deadline: Duration) -> Result<(), String> {
    if asked.questions.is_empty() {
        return Ok(());
    }
    let asking = async {
        match &target.place {
            Place::Postgres(server) => postgres::explain(target, server, asked, deadline).await,
            Place::Mysql(server) => mysql::explain(target, server, asked, deadline).await,
        }
    };
    super::within(target, deadline, asking).map_err(|error| error.message().to_owned())
}

/// Why a server refuses to plan, in words: what the change makes is not there yet.
pub(super) fn refused(message: &str, unknown_name: bool) -> String {
    let message = crate::evidence::text::first_line(message, 300);
    if unknown_name {
        return format!("{message}; the change may make it, so that nobody can plan the statement yet");
    }
    message
}
