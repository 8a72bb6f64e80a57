//! Privileges and users.

use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::lex::Kind;
use crate::evidence::sql::statement::Action;

/// An account as it is written, without quotes: `name` or `name@host`.
pub(super) fn account(c: &mut Cursor<'_>) -> Option<String> {
    let mut name = match c.kind(0)? {
        Kind::Text => c.string()?,
        Kind::Param => {
            let text = c.peek(0).to_owned();
            c.step();
            text
        }
        _ => c.ident()?,
    };
    if c.is_op("(") {
        // `CURRENT_USER()`.
        c.skip();
    }
    if c.is_mysql() && c.kind(0) == Some(Kind::Param) && c.peek(0).starts_with('@') {
        name.push_str(&c.peek(0).replace(['\'', '"', '`'], ""));
        c.step();
    }
    Some(name)
}

fn accounts(c: &mut Cursor<'_>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    loop {
        c.take_any(&["group", "role"]);
        names.push(account(c)?);
        identified(c);
        if !c.op(",") {
            return Some(names);
        }
    }
}

/// `IDENTIFIED BY 'x'` and the like; whether a password stands there.
fn identified(c: &mut Cursor<'_>) -> bool {
    if !c.take("identified") {
        return false;
    }
    let mut password = false;
    // `WITH` behind a password belongs to the grant.
    if c.take("with") {
        c.skip();
    }
    while let Some(word) = c.take_any(&["by password", "by random password", "by", "via", "as", "using", "or"]) {
        password |= matches!(word, "by password" | "by" | "as" | "using") && c.kind(0) == Some(Kind::Text);
        if word != "by random password" {
            c.skip();
            if c.is_op("(") {
                c.skip();
            }
        }
    }
    password
}

/// `GRANT` and `REVOKE`.
pub(super) fn grant(c: &mut Cursor<'_>) -> Option<Action> {
    let revoke = c.is("revoke");
    c.step();
    let mut admin = c.take_any(&["grant option for", "admin option for", "inherit option for", "set option for"]).is_some();
    c.take("if exists");
    let privileges = privileges(c)?;
    let object = if c.take("on") {
        let from = c.at;
        while !c.done() && !c.is("to") && !c.is("from") {
            c.skip();
        }
        c.since(from).to_owned()
    } else {
        String::new()
    };
    if !c.take(if revoke { "from" } else { "to" }) {
        return None;
    }
    let grantees = accounts(c)?;
    let mut cascade = false;
    loop {
        identified(c);
        if c.take_any(&["with grant option", "with admin option", "with admin true"]).is_some() {
            admin = true;
        } else if c.take("cascade") {
            cascade = true;
        } else if c.take("granted by") {
            account(c);
        } else if c.take_any(&["restrict", "ignore unknown user"]).is_none() {
            break;
        }
    }
    if c.take_any(&["require", "with", "as"]).is_some() {
        admin |= (c.at..c.tokens.len()).any(|at| (Cursor { at, ..c.clone() }).are("grant option"));
        c.rest();
    }
    Some(if revoke {
        Action::Revoke { privileges, object, grantees, cascade }
    } else {
        Action::Grant { privileges, object, grantees, with_grant_option: admin }
    })
}

/// Words up to `ON`, `TO` or `FROM`, apart at the commas; lists of columns are left out.
fn privileges(c: &mut Cursor<'_>) -> Option<Vec<String>> {
    let mut privileges = Vec::new();
    loop {
        let from = c.at;
        while !c.done() && !c.is_op(",") && !c.is_op("(") && !["on", "to", "from"].iter().any(|word| c.is(word)) {
            c.step();
        }
        let words = c.since(from).split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_uppercase();
        if words.is_empty() {
            return None;
        }
        privileges.push(if words == "ALL PRIVILEGES" { "ALL".to_owned() } else { words });
        if c.is_op("(") {
            c.skip();
        }
        if !c.op(",") {
            return Some(privileges);
        }
    }
}

/// Options of a user: whether a password stands there, and whether they make it all-powerful.
fn options(c: &mut Cursor<'_>) -> (bool, bool) {
    let (mut password, mut superuser) = (false, false);
    while !c.done() {
        if identified(c) {
            password = true;
        } else if c.take("password") {
            password |= c.kind(0) == Some(Kind::Text);
        } else {
            superuser |= c.is("superuser");
            c.skip();
        }
    }
    (password, superuser)
}

/// `CREATE USER`, `CREATE ROLE`; the cursor stands behind `CREATE`.
pub(super) fn create(c: &mut Cursor<'_>) -> Option<Action> {
    if c.are("user mapping") {
        return None;
    }
    c.take_any(&["user", "role", "group"])?;
    c.take("if not exists");
    let name = account(c)?;
    let (has_password, superuser) = options(c);
    Some(Action::CreateUser { name, has_password, superuser })
}

/// `ALTER USER`, `ALTER ROLE`; the cursor stands behind `ALTER`.
pub(super) fn alter(c: &mut Cursor<'_>) -> Option<Action> {
    if c.take("default privileges") {
        c.rest();
        return Some(Action::AlterDefaultPrivileges);
    }
    if c.are("user mapping") {
        return None;
    }
    c.take_any(&["user", "role", "group"])?;
    c.take("if exists");
    let name = account(c)?;
    let from = c.at;
    let (has_password, superuser) = options(&mut c.clone());
    // A password must not be shown.
    let what = if has_password { "password".to_owned() } else { c.rest().to_ascii_uppercase() };
    c.at = c.tokens.len().max(from);
    Some(Action::AlterUser { name, has_password, superuser, what })
}
