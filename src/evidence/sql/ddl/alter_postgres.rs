//! Operations of `ALTER TABLE` that only PostgreSQL has.

use super::alter::cascade;
use super::table::bounds;
use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::statement::{AlterOp, AlterTable};

pub(super) fn operation(c: &mut Cursor<'_>, table: &mut AlterTable) -> bool {
    let from = c.at;
    match read(c) {
        Some(op) => table.operations.push(op),
        None => c.at = from,
    }
    c.at > from
}

fn read(c: &mut Cursor<'_>) -> Option<AlterOp> {
    if c.take("validate constraint") {
        return Some(AlterOp::ValidateConstraint { name: c.ident()? });
    }
    if c.take("alter constraint") {
        let name = c.ident()?;
        return Some(AlterOp::AlterConstraint { name, what: c.up_to_comma().to_ascii_uppercase() });
    }
    if c.take("attach partition") {
        let partition = c.name()?;
        let start = c.at;
        if !c.take("default") {
            bounds(c);
        }
        let bounds = (c.at > start).then(|| c.since(start).to_owned());
        return Some(AlterOp::AttachPartition { partition, bounds });
    }
    if c.take("detach partition") {
        let partition = c.name()?;
        let concurrently = c.take("concurrently");
        return Some(AlterOp::DetachPartition { partition, concurrently, finalize: c.take("finalize") });
    }
    if c.take("owner to") {
        return Some(AlterOp::OwnerTo { owner: c.ident()? });
    }
    if c.take("set schema") {
        return Some(AlterOp::SetSchema { schema: c.ident()? });
    }
    if c.take("set tablespace") {
        let tablespace = c.ident()?;
        c.take("nowait");
        return Some(AlterOp::SetTablespace { tablespace });
    }
    if let Some(words) = c.take_any(&["set logged", "set unlogged"]) {
        return Some(AlterOp::SetLogged { logged: words == "set logged" });
    }
    if c.take("set access method") {
        c.ident()?;
        return Some(AlterOp::SetAccessMethod);
    }
    if c.take("set without cluster") {
        return Some(AlterOp::ClusterOn { index: None });
    }
    if c.take("cluster on") {
        return Some(AlterOp::ClusterOn { index: Some(c.ident()?) });
    }
    if (c.is("set") || c.is("reset")) && c.is_op_at(1, "(") {
        let start = c.at;
        c.step();
        c.skip();
        return Some(AlterOp::StorageParameters { what: c.since(start).to_owned() });
    }
    if c.take("replica identity") {
        return Some(AlterOp::ReplicaIdentity { what: c.up_to_comma().to_owned() });
    }
    if c.is("inherit") || c.are("no inherit") {
        let inherit = c.take("inherit");
        c.take("no inherit");
        return Some(AlterOp::Inherit { parent: c.name()?, inherit });
    }
    switch(c).or_else(|| rarer(c))
}

/// `ENABLE` and `DISABLE` of triggers, rules and row security.
fn switch(c: &mut Cursor<'_>) -> Option<AlterOp> {
    let start = c.at;
    if c.take_any(&[
        "enable row level security",
        "disable row level security",
        "force row level security",
        "no force row level security",
    ])
    .is_some()
    {
        return Some(AlterOp::RowSecurity { what: c.since(start).to_ascii_uppercase() });
    }
    let enable = c.is("enable");
    if !c.take("enable") && !c.take("disable") {
        return None;
    }
    c.take_any(&["replica", "always"]);
    c.take_any(&["trigger", "rule"])?;
    let name = match c.take_any(&["all", "user"]) {
        Some(word) => word.to_ascii_uppercase(),
        None => c.ident()?,
    };
    Some(AlterOp::Trigger { enable, name })
}

fn rarer(c: &mut Cursor<'_>) -> Option<AlterOp> {
    let start = c.at;
    if c.take_any(&["set with oids", "set without oids", "not of"]).is_some() || c.take("of") && c.name().is_some() {
        return Some(AlterOp::Other { words: c.since(start).to_owned() });
    }
    None
}

/// What PostgreSQL says of a column beside its type, default and null.
pub(super) fn column(c: &mut Cursor<'_>, column: String) -> Option<AlterOp> {
    let start = c.at;
    if c.take("add generated") {
        c.take_any(&["always", "by default"])?;
        c.take("as identity").then_some(())?;
        if c.is_op("(") {
            c.skip();
        }
        return Some(AlterOp::AddIdentity { column });
    }
    if c.take("drop identity") {
        c.take("if exists");
        return Some(AlterOp::DropIdentity { column });
    }
    if c.take("drop expression") {
        c.take("if exists");
        return Some(AlterOp::DropExpression { column });
    }
    if c.take("set expression as") {
        // PostgreSQL 17: every row gets a new value.
        c.skip();
        return Some(AlterOp::Other { words: format!("ALTER COLUMN {column} {}", c.since(start)) });
    }
    let options = [
        "set statistics",
        "set storage",
        "set compression",
        "set generated",
        "restart",
        "set start",
        "set increment",
        "set cache",
        "set maxvalue",
        "set minvalue",
        "set no",
        "set cycle",
    ];
    let parameters = (c.is("set") || c.is("reset")) && c.is_op_at(1, "(");
    if parameters || options.iter().any(|words| c.are(words)) {
        let what = c.up_to_comma().to_owned();
        return Some(AlterOp::ColumnOption { column, what });
    }
    cascade(c);
    None
}

impl<'a> Cursor<'a> {
    /// Steps to the next comma outside of parentheses, and says what stood before it.
    pub(super) fn up_to_comma(&mut self) -> &'a str {
        let from = self.at;
        while !self.done() && !self.is_op(",") {
            self.skip();
        }
        self.since(from)
    }

    /// The text of the token before this place.
    pub(super) fn before(&self) -> &'a str {
        self.between(self.at.saturating_sub(1), self.at)
    }
}
