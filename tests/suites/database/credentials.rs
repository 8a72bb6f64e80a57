//! Where a password may come from, and where it may never appear.

use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use super::{refused, run, trial};
use crate::support::mariadb::{self, Mariadb};
use crate::support::postgres::{self, Postgres};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("database::a-password-on-the-command-line-is-refused", on_the_command_line),
        trial("database::an-address-that-cannot-be-used-is-refused-and-not-repeated", addresses),
        trial("database::a-password-comes-from-the-environment-or-a-file-and-certificates-are-checked", || {
            let (pg, my) = (Postgres::start_with_tls(), Mariadb::start_with_tls());
            sources(&pg, &my);
            certificates(&pg, &my);
        }),
        trial("database::a-server-that-is-gone-or-silent-ends-with-2", gone_or_silent),
    ]
}

const SECRET: &str = "s3cret-w0rd";

fn on_the_command_line() {
    for url in [
        format!("postgres://kadian:{SECRET}@127.0.0.1:1/pay"),
        format!("postgres://kadian@127.0.0.1:1/pay?password={SECRET}"),
        format!("mysql://kadian:{SECRET}@127.0.0.1:1/pay"),
        format!("mariadb://kadian@127.0.0.1:1/pay?password={SECRET}"),
        "postgres://kadian:@127.0.0.1:1/pay?password=".to_owned(),
    ] {
        let told = refused(&["--url", &url], &[]);
        assert!(told.contains("--url holds a password") && told.contains("--password-file"), "{told}");
        assert!(!told.contains(SECRET), "{told}");
    }
    // In the environment the same address is fine, and only the server is missing.
    for scheme in ["postgres", "mysql"] {
        let told = refused(&[], &[("KADIAN_DATABASE_URL", &format!("{scheme}://kadian:{SECRET}@127.0.0.1:1/pay"))]);
        assert!(told.contains("kadian@127.0.0.1:1/pay") && !told.contains(SECRET), "{told}");
    }
}

fn addresses() {
    let told = refused(&[], &[]);
    assert!(told.contains("no database is named") && told.contains("KADIAN_DATABASE_URL"), "{told}");
    for (url, wanted) in [
        ("s3cret-w0rd", "starts with none of"),
        ("oracle://kadian:s3cret-w0rd@x/pay", "starts with none of"),
        ("postgres://kadian:s3cret-w0rd", "the address cannot be used"),
        ("postgres://kadian:s3/cret-w0rd@x/pay", "--url holds a password"),
        ("postgres://kadian@x/pay?sslmode=s3cret-w0rd", "its sslmode is none of"),
        ("mysql://kadian:s3/cret-w0rd@x/pay", "the address cannot be used"),
        ("mysql://kadian:12/cret-w0rd@x/pay", "the address cannot be used"),
        ("mysql://kadian:s3@cret-w0rd@x/pay", "--url holds a password"),
        ("mysql://x/pay", "it names no user"),
        ("mysql://kadian@x", "it names no database"),
        ("mysql://kadian@x/pay?ssl-mode=s3cret-w0rd", "its ssl-mode is none of"),
        ("mysql://kadian@x/pay?cret-w0rd=1", "an option that is none of"),
    ] {
        for (arguments, variables) in [(vec!["--url", url], vec![]), (vec![], vec![("KADIAN_DATABASE_URL", url)])] {
            let told = refused(&arguments, &variables);
            let in_environment = wanted.starts_with("--url") && arguments.is_empty();
            assert!(told.contains(wanted) || in_environment, "{url}: {told}");
            assert!(!told.contains("cret-w0rd"), "{url}: {told}");
        }
    }
    assert!(refused(&["--url=mysql://a@b/c", "--timeout=0s"], &[]).contains("expected a time above 0"));
    assert!(refused(&["--url=mysql://a@127.0.0.1/c", "--schema=x"], &[]).contains("a schema is a database there"));
}

fn sources(pg: &Postgres, my: &Mariadb) {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
        path.to_string_lossy().into_owned()
    };
    let (port, right) = (pg.port, postgres::PASSWORD);
    assert_eq!(right, mariadb::PASSWORD);
    let pg_url = format!("postgres://kadian@127.0.0.1:{port}/postgres");
    let my_url = my.open_address();
    let file = write("password", &format!("{right}\nmore"), 0o644);
    let pass =
        write("pgpass", &format!("# x\nelsewhere:*:*:*:wrong\n127.0.0.1:{port}:post\\gres:*:{right}\n*:*:*:*:wrong\n"), 0o600);
    let open = write("open", &format!("*:*:*:*:{right}\n"), 0o640);
    let with_password = |url: &str| url.replace("kadian@", &format!("kadian:{right}@"));
    let (own_pg, own_my) = (with_password(&pg_url), my.address());
    let wrong = ("KADIAN_DATABASE_PASSWORD", "wrong");
    for (arguments, variables) in [
        (vec!["--url", &pg_url, "--password-file", &file], vec![wrong]),
        (vec!["--url", &my_url, "--password-file", &file], vec![wrong]),
        (vec!["--url", &pg_url], vec![("KADIAN_DATABASE_PASSWORD", right), ("PGPASSWORD", "wrong")]),
        (vec!["--url", &my_url], vec![("KADIAN_DATABASE_PASSWORD", right), ("MYSQL_PWD", "wrong")]),
        (vec![], vec![("KADIAN_DATABASE_URL", &own_pg), ("PGPASSWORD", "wrong")]),
        (vec![], vec![("KADIAN_DATABASE_URL", &own_my), ("MYSQL_PWD", "wrong")]),
        (vec!["--url", &pg_url], vec![("PGPASSWORD", right), ("PGPASSFILE", "none")]),
        (vec!["--url", &my_url], vec![("MYSQL_PWD", right)]),
        (vec!["--url", &pg_url], vec![("PGPASSFILE", &pass)]),
    ] {
        let (run, _folder) = run(&arguments, &variables);
        assert_eq!(run.code, 0, "{arguments:?} {variables:?}: {}", run.stderr);
        assert!(!format!("{}{}", run.stdout, run.stderr).contains(right));
    }
    for (arguments, variables, wanted) in [
        (vec!["--url", &pg_url], vec![wrong], "password authentication failed"),
        (vec!["--url", &my_url], vec![wrong], "Access denied"),
        (vec!["--url", &pg_url], vec![], "password"),
        // The password of another address is not sent to this server.
        (vec!["--url", &pg_url], vec![("KADIAN_DATABASE_URL", &*own_pg)], "password"),
        (vec!["--url", &pg_url], vec![("PGPASSFILE", &*open)], "other users may read it"),
        (vec!["--url", &pg_url, "--password-file", "none"], vec![], "the password cannot be read"),
    ] {
        let told = refused(&arguments, &variables);
        assert!(told.contains(wanted), "{arguments:?}: {told}");
        assert!(!told.contains(right) && !told.contains("'wrong'"), "{told}");
    }
    let empty = write("empty", "\n", 0o600);
    assert!(refused(&["--url", &my_url, "--password-file", &empty], &[]).contains("its first line is empty"));
}

fn certificates(pg: &Postgres, my: &Mariadb) {
    let password = ("KADIAN_DATABASE_PASSWORD", mariadb::PASSWORD);
    let ask = |url: &str| run(&["--url", url], &[password]).0;
    let pg_url = format!("postgres://kadian@127.0.0.1:{}/postgres", pg.port);
    my.sql("ALTER USER kadian@'%' REQUIRE SSL");
    for (url, roots, checked, unchecked, none) in [
        (&pg_url, "sslrootcert", "sslmode=verify-full", "sslmode=require", "sslmode=disable"),
        (&my.open_address(), "ssl-ca", "ssl-mode=VERIFY_IDENTITY", "ssl-mode=REQUIRED", "ssl-mode=DISABLED"),
    ] {
        let (certificate, other) =
            if roots == "ssl-ca" { (my.certificate(), pg.certificate()) } else { (pg.certificate(), my.certificate()) };
        let trusting = |path: &std::path::Path| ask(&format!("{url}?{checked}&{roots}={}", path.display()));
        assert_eq!(trusting(&certificate).code, 0, "{}", trusting(&certificate).stderr);
        assert_eq!(ask(&format!("{url}?{unchecked}")).code, 0);
        let refused = [ask(&format!("{url}?{checked}")), trusting(&other)];
        assert!(refused.iter().all(|run| run.code == 2 && run.stderr.contains("certificate")), "{refused:?}");
        let missing = trusting(std::path::Path::new("none.pem"));
        assert!(missing.stderr.contains("none.pem"), "{}", missing.stderr);
        // PostgreSQL here lets everybody in without TLS, MariaDB does not.
        assert_eq!(ask(&format!("{url}?{none}")).code, if roots == "ssl-ca" { 2 } else { 0 });
    }
    assert_eq!(ask(&format!("{}?ssl-mode=PREFERRED", my.open_address())).code, 0);
}

/// Nobody listens, somebody listens and says nothing, and somebody talks nonsense.
fn gone_or_silent() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    thread::spawn(move || silent.incoming().flatten().collect::<Vec<_>>());
    let nonsense = TcpListener::bind("127.0.0.1:0").expect("a port");
    let noisy = nonsense.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut stream in nonsense.incoming().flatten() {
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
            let _ = stream.read(&mut [0; 64]);
        }
    });
    for scheme in ["postgres", "mysql"] {
        let begin = Instant::now();
        let told = refused(&["--url", &format!("{scheme}://kadian@127.0.0.1:{port}/pay"), "--timeout=1s"], &[]);
        assert!(told.contains("no answer within 1 s") || told.contains("timed out"), "{told}");
        assert!(begin.elapsed() < Duration::from_secs(10), "{told}");
        let told = refused(&["--url", &format!("{scheme}://kadian@127.0.0.1:1/pay")], &[]);
        assert!(told.contains("refused"), "{told}");
        let told = refused(&["--url", &format!("{scheme}://kadian@127.0.0.1:{noisy}/pay"), "--timeout=5s"], &[]);
        assert!(told.contains(&format!("{scheme}://kadian@127.0.0.1:{noisy}/pay: ")), "{told}");
    }
}
