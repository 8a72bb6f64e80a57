//! What PostgreSQL's planner expects.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, Type};

use super::Server;
use super::ask::{Refusal, Session};
use super::plan::{self, Planned};
use super::tables;
use crate::collect::clock::Stopwatch;
use crate::collect::database::Target;
use crate::collect::database::explain::{ASKING, Asked, NO_TIME, PLACEHOLDERS, PLANNING, Question, refused};
use crate::error::Result;

/// `EXPLAIN` without `ANALYZE` carries nothing out. Functions that say of themselves that they are `IMMUTABLE` may be called while planning,
/// in a transaction that can only read.
const EXPLAIN: &str = "EXPLAIN (VERBOSE, FORMAT JSON) ";

pub(in crate::collect::database) async fn explain(
    target: &Target,
    server: &Server,
    asked: &mut Asked,
    deadline: Duration,
) -> Result<()> {
    let session = Session::begin(target, server, deadline).await?;
    session.run(&format!("SET LOCAL statement_timeout = {}", PLANNING.min(deadline).as_millis().max(1))).await?;
    let version: String = session.one("SELECT pg_catalog.version()").await?;
    version.split(" on ").next().unwrap_or(&version).clone_into(&mut asked.server);
    let (watch, mut plans) = (Stopwatch::start(), Vec::new());
    for (_, question) in &asked.questions {
        let late = watch.elapsed() > deadline.mul_f64(ASKING);
        plans.push(if late { Err(NO_TIME.to_owned()) } else { one(&session, question).await? });
    }
    // Nothing that a user of the database made stands in for what is asked for.
    session.run("SET LOCAL search_path = pg_catalog").await?;
    let names: BTreeSet<(String, String)> = plans.iter().flatten().flat_map(Planned::tables).collect();
    let rows = tables::rows(&session, &names).await?;
    asked.answers = plans.into_iter().map(|plan| plan.map(|plan| plan.with_rows(&rows))).collect();
    session.run("ROLLBACK").await
}

async fn one(session: &Session<'_>, question: &Question) -> Result<std::result::Result<Planned, String>> {
    let mut answer = planned(session, &question.text).await?;
    if let (Err(refusal), Some(finds)) = (&answer, &question.finds)
        && may_not_write(refusal)
    {
        answer = planned(session, finds).await?;
    }
    let unknown = [
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::UNDEFINED_OBJECT,
        SqlState::INVALID_SCHEMA_NAME,
    ];
    let placeholders = [SqlState::UNDEFINED_PARAMETER, SqlState::PROTOCOL_VIOLATION];
    if matches!(&answer, Err(refusal) if placeholders.contains(&refusal.code)) {
        return Ok(Err(PLACEHOLDERS.to_owned()));
    }
    Ok(answer.unwrap_or_else(|refusal| Err(refused(&refusal.message, unknown.contains(&refusal.code)))))
}

/// Who may only read, and what can only be read, may still be asked for the rows.
fn may_not_write(refusal: &Refusal) -> bool {
    let codes = [
        SqlState::INSUFFICIENT_PRIVILEGE,
        SqlState::READ_ONLY_SQL_TRANSACTION,
        // A replica takes no lock for writing.
        SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
    ];
    codes.contains(&refusal.code)
}

type Answer = std::result::Result<std::result::Result<Planned, String>, Refusal>;

async fn planned(session: &Session<'_>, text: &str) -> Result<Answer> {
    // As a prepared statement: a second one in the text is an error of the server, whatever quotes it hides behind.
    let rows = match session.perhaps(&format!("{EXPLAIN}{text}"), &[]).await? {
        Ok(rows) => rows,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(row) = rows.first() else { return Ok(Ok(Err("the server gave no plan".to_owned()))) };
    let Json(json) = session.cell(row, 0)?;
    Ok(Ok(plan::read(&json)))
}

/// A text of the type `json`.
struct Json(String);

impl<'a> FromSql<'a> for Json {
    fn from_sql(_: &Type, raw: &'a [u8]) -> std::result::Result<Json, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Json(std::str::from_utf8(raw)?.to_owned()))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::JSON | Type::TEXT)
    }
}
