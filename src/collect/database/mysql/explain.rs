//! What the optimizer of MySQL and MariaDB expects.
//!
//! A change of rows cannot be planned in a transaction that can only read; the query that finds its rows is planned instead.

use std::time::Duration;

use super::ask::{Refusal, Session};
use super::plan;
use super::server::Server;
use crate::collect::clock::Stopwatch;
use crate::collect::database::Target;
use crate::collect::database::explain::{ASKING, Asked, NO_TIME, PLANNING, Question, refused};
use crate::error::Result;
use crate::evidence::estimates::Plan;
use crate::facts::SqlDialect;

/// Named as the server knows them: a column, a table, a table of another kind, a function, an index, a database.
const UNKNOWN: [u16; 6] = [1054, 1146, 1109, 1305, 1176, 1049];

pub(in crate::collect::database) async fn explain(
    target: &Target,
    server: &Server,
    asked: &mut Asked,
    deadline: Duration,
) -> Result<()> {
    let mut session = Session::begin(target, server, deadline).await?;
    session.bound(PLANNING.min(deadline)).await?;
    // Only MySQL has the variable; without it the form of a plan depends on the version.
    let _ = session.perhaps("SET SESSION explain_json_format_version = 1", ()).await?;
    asked.server.clone_from(&session.version.words);
    asked.dialect = if session.version.mariadb { SqlDialect::Mariadb } else { SqlDialect::Mysql };
    let (watch, mut answers) = (Stopwatch::start(), Vec::new());
    for (_, question) in &asked.questions {
        let late = watch.elapsed() > deadline.mul_f64(ASKING);
        answers.push(if late { Err(NO_TIME.to_owned()) } else { one(&mut session, question).await? });
    }
    asked.answers = answers;
    session.end().await
}

async fn one(session: &mut Session<'_>, question: &Question) -> Result<std::result::Result<Plan, String>> {
    let text = match &question.finds {
        Some(finds) => finds,
        None if question.writes => return Ok(Err("no query is known that finds the rows which it changes".to_owned())),
        None => &question.text,
    };
    // As a prepared statement: a second one in the text is an error of the server, whatever quotes it hides behind.
    let mut rows = match session.perhaps(&format!("EXPLAIN FORMAT=JSON {text}"), ()).await? {
        Ok(rows) => rows,
        Err(Refusal { code, message }) => return Ok(Err(refused(&message, UNKNOWN.contains(&code)))),
    };
    let Some(row) = rows.first_mut() else { return Ok(Err("the server gave no plan".to_owned())) };
    let json: String = session.cell(row, 0)?;
    Ok(plan::read(&json, question))
}
