//! Where a password comes from: never from the command line.
//!
//! In this order: the file that is named, `KADIAN_DATABASE_PASSWORD`, the address of `KADIAN_DATABASE_URL`, what the server's own client
//! reads (`PGPASSWORD`, `PGPASSFILE` or `~/.pgpass`; `MYSQL_PWD`).

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::postgres::Server;
use crate::error::{Error, Result};

/// No password is longer, and a file of passwords neither.
const MAX_FILE: u64 = 1 << 20;

/// The variables of a process, by name.
type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The password for a PostgreSQL server; `None` where its address holds one, or nobody knows one.
pub(super) fn postgres(server: &Server, file: Option<&Path>, environment: Environment<'_>) -> Result<Option<String>> {
    if let Some(password) = own(file, environment)? {
        return Ok(Some(password));
    }
    if server.has_password() {
        return Ok(None);
    }
    if let Some(password) = environment("PGPASSWORD") {
        return Ok(Some(password));
    }
    let named = environment("PGPASSFILE").map(PathBuf::from);
    let conventional = || environment("HOME").map(|home| Path::new(&home).join(".pgpass")).filter(|path| path.is_file());
    let Some(path) = named.or_else(conventional) else { return Ok(None) };
    let text = read(&path)?;
    let Some(password) = server.doors().iter().find_map(|door| in_passfile(&text, door)) else { return Ok(None) };
    if is_open(&path) {
        // The server's own client does not use it either, and says so only in passing.
        return Err(Error::new(format!("{}: other users may read it, so it is not used", path.display()))
            .hint(format!("chmod 600 {}", path.display())));
    }
    Ok(Some(password))
}

/// The password for a MySQL or MariaDB server; `None` where its address holds one, or nobody knows one.
pub(super) fn mysql(has_password: bool, file: Option<&Path>, environment: Environment<'_>) -> Result<Option<String>> {
    let own = own(file, environment)?;
    Ok(own.or_else(|| if has_password { None } else { environment("MYSQL_PWD") }))
}

/// What kadian's own words name, for every kind of server.
fn own(file: Option<&Path>, environment: Environment<'_>) -> Result<Option<String>> {
    let Some(path) = file else { return Ok(environment("KADIAN_DATABASE_PASSWORD")) };
    let text = read(path)?;
    let password = text.lines().next().unwrap_or_default();
    if password.is_empty() {
        return Err(Error::new(format!("{}: its first line is empty; expected the password", path.display())));
    }
    Ok(Some(password.to_owned()))
}

/// Host, port, database and user, as a line of `.pgpass` names them.
pub(super) type Door = [String; 4];

/// The password of the first line that fits. `\` takes the meaning from the next character; `*` alone fits everything.
fn in_passfile(text: &str, door: &Door) -> Option<String> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let (password, names) = fields.split_last()?;
        let fits = names.len() == door.len() && names.iter().zip(door).all(|(name, wanted)| name == "*" || name == wanted);
        (fits && !password.is_empty()).then(|| password.clone())
    })
}

/// The five fields of a line; what follows the fourth colon is the password, further colons included.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut escaped) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            ':' if !escaped && fields.len() < 5 => fields.push(String::new()),
            _ => fields.last_mut().into_iter().for_each(|field| field.push(c)),
        }
        escaped = false;
    }
    fields
}

#[expect(clippy::disallowed_methods, reason = "a password may lie in a file")]
fn read(path: &Path) -> Result<String> {
    let failed = |what: String| Error::new(format!("{}: the password cannot be read: {what}", path.display()));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| failed(error.to_string()))?;
    file.take(MAX_FILE).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| failed("it is not UTF-8 text".to_owned()))
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_password_file_fits_as_libpq_reads_it() {
        let door = |host: &str| [host, "5432", "pay:1", "kadian"].map(str::to_owned);
        let text = "# a:b:c:d:e\n\nshort:line\ndb:5432:*:other:wrong\ndb:5432:pay\\:1:kadian:se\\:c\\\\re:t\n*:*:*:*:last\n";
        assert_eq!(in_passfile(text, &door("db")).as_deref(), Some("se:c\\re:t"));
        assert_eq!(in_passfile(text, &door("elsewhere")).as_deref(), Some("last"));
        assert_eq!(in_passfile("db:5432:pay\\:1:kadian:\n", &door("db")), None, "no password is none");
        assert_eq!(in_passfile("d*:5432:*:kadian:x\n", &door("db")), None, "a star alone fits");
    }
}
