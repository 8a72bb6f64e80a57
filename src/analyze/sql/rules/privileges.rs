//! Who may do what.

use crate::analyze::sql::rule::{MYSQL, POSTGRES, Proof, RULE, Rule, SERVERS, Variant};
use crate::analyze::sql::scene::Scene;
use crate::evidence::sql::{Action, AlterOp};
use crate::facts::{RiskClass, Severity, SqlDialect};

const PG_GRANT: &str = "PostgreSQL manual, GRANT: https://www.postgresql.org/docs/current/sql-grant.html";
const MYSQL_GRANT: &str = "MySQL 8.0 Reference Manual, 15.7.1.6 GRANT: https://dev.mysql.com/doc/refman/8.0/en/grant.html";
const PG_ROLE: &str = "PostgreSQL manual, CREATE ROLE: https://www.postgresql.org/docs/current/sql-createrole.html";
const MYSQL_USER: &str =
    "MySQL 8.0 Reference Manual, 15.7.1.3 CREATE USER: https://dev.mysql.com/doc/refman/8.0/en/create-user.html";
const PG_ROW_SECURITY: &str =
    "PostgreSQL manual, 5.9 Row Security Policies: https://www.postgresql.org/docs/current/ddl-rowsecurity.html";

const PRIVILEGE: Rule = Rule {
    class: RiskClass::Privileges,
    severity: Severity::High,
    dialects: SERVERS,
    spares_new: false,
    source: PG_GRANT,
    proof: Proof::Reason,
    ..RULE
};

/// Grants as `(privileges, object, grantees, with grant option)`.
fn grants<'a>(scene: &Scene<'a>) -> impl Iterator<Item = (&'a [String], &'a str, &'a [String], bool)> + use<'a> {
    scene.actions().filter_map(|action| match action {
        Action::Grant { privileges, object, grantees, with_grant_option } => {
            Some((privileges.as_slice(), object.as_str(), grantees.as_slice(), *with_grant_option))
        }
        _ => None,
    })
}

fn list(words: &[String]) -> String {
    super::first_words(&words.join(", "))
}

pub(super) static GRANT_ALL: Rule = Rule {
    id: "database/grant-all",
    title: "All privileges are granted",
    what: "`GRANT ALL` also gives what nobody meant: TRUNCATE, REFERENCES, TRIGGER; in MySQL DROP, ALTER, CREATE, and on `*.*` the whole server.",
    harmless: "The grantee owns the object anyway.",
    says: "{grantees} may do everything with {object}",
    safe: "GRANT SELECT, INSERT, UPDATE, DELETE ON {object} TO {grantees}; -- only what is used",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "GRANT SELECT, INSERT, UPDATE, DELETE ON {object} TO {grantees}; -- only what is used",
        source: MYSQL_GRANT,
    }],
    finds: &["GRANT ALL PRIVILEGES ON TABLE t TO app;", "mysql: GRANT ALL ON *.* TO 'app'@'%';"],
    passes: &["GRANT SELECT ON TABLE t TO app;"],
    find: |scene, hits| {
        for (privileges, object, grantees, _) in grants(scene) {
            if privileges.iter().any(|privilege| privilege == "ALL" || privilege.starts_with("ALL ")) {
                let hit = hits.plain().fill("grantees", list(grantees)).fill("object", super::first_words(object));
                if object.contains("*.*") {
                    hit.severity(Severity::Critical);
                }
            }
        }
    },
    ..PRIVILEGE
};

pub(super) static GRANT_TO_PUBLIC: Rule = Rule {
    id: "database/grant-to-public",
    title: "Everybody gets a privilege",
    what: "`PUBLIC` is every role there is and every one to come; in MySQL an account of any host (`'app'@'%'`) is left out here, the empty user \
           is meant.",
    harmless: "The object is meant for everybody (USAGE of a schema of functions).",
    says: "everybody, now and later, gets {privileges} on {object}",
    safe: "GRANT {privileges} ON {object} TO <role>;",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "GRANT {privileges} ON {object} TO '<user>'@'<host>';",
        source: MYSQL_GRANT,
    }],
    finds: &["GRANT SELECT ON t TO PUBLIC;"],
    passes: &["GRANT SELECT ON t TO app;"],
    find: |scene, hits| {
        for (privileges, object, grantees, _) in grants(scene) {
            if grantees.iter().any(|grantee| grantee.eq_ignore_ascii_case("public") || grantee.starts_with("''")) {
                hits.plain().fill("privileges", list(privileges)).fill("object", super::first_words(object));
            }
        }
    },
    ..PRIVILEGE
};

pub(super) static GRANT_OPTION: Rule = Rule {
    id: "database/grant-option",
    title: "A role may give its privileges on",
    what: "`WITH GRANT OPTION` and `WITH ADMIN OPTION` let the grantee give the privilege to anybody: who has it is no longer decided here.",
    harmless: "Never: who gets it later is not said.",
    says: "{grantees} may give {privileges} on to anybody",
    safe: "GRANT {privileges} ON {object} TO {grantees};",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "GRANT {privileges} ON {object} TO {grantees};",
        source: MYSQL_GRANT,
    }],
    finds: &["GRANT SELECT ON t TO app WITH GRANT OPTION;"],
    passes: &["GRANT SELECT ON t TO app;"],
    find: |scene, hits| {
        for (privileges, object, grantees, with_option) in grants(scene) {
            if with_option {
                hits.plain()
                    .fill("grantees", list(grantees))
                    .fill("privileges", list(privileges))
                    .fill("object", super::first_words(object));
            }
        }
    },
    ..PRIVILEGE
};

pub(super) static SUPERUSER: Rule = Rule {
    id: "database/superuser",
    title: "A role becomes all-powerful",
    severity: Severity::Critical,
    what: "SUPERUSER, BYPASSRLS, CREATEROLE and REPLICATION (MySQL: SUPER, SYSTEM_USER, all privileges on `*.*`) pass by every check, and can give \
           themselves what they lack.",
    harmless: "Never.",
    says: "{name} may do everything on the server",
    safe: "CREATE ROLE {name} NOSUPERUSER NOBYPASSRLS; -- and grant what is used",
    source: PG_ROLE,
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "GRANT <only what is used> ON <database>.* TO {name};",
        source: MYSQL_GRANT,
    }],
    finds: &["CREATE ROLE admin SUPERUSER;", "ALTER ROLE app BYPASSRLS;", "mysql: GRANT SUPER ON *.* TO 'app'@'%';"],
    passes: &["CREATE ROLE app LOGIN;", "ALTER ROLE app NOSUPERUSER;"],
    find: |scene, hits| {
        const STRONG: &[&str] = &["SUPERUSER", "BYPASSRLS", "CREATEROLE", "REPLICATION"];
        for action in scene.actions() {
            let (name, superuser, text) = match action {
                Action::CreateUser { name, superuser, .. } => (name, *superuser, scene.statement.text.as_str()),
                Action::AlterUser { name, superuser, what, .. } => (name, *superuser, what.as_str()),
                _ => continue,
            };
            let strong = scene.dialect() == SqlDialect::Postgres
                && text
                    .split(|c: char| !c.is_ascii_alphanumeric())
                    .any(|word| STRONG.contains(&word.to_ascii_uppercase().as_str()));
            if superuser || strong {
                hits.plain().fill("name", super::first_words(name));
            }
        }
        for (privileges, object, grantees, _) in grants(scene) {
            let strong = privileges
                .iter()
                .any(|word| ["SUPER", "SYSTEM_USER", "SYSTEM_VARIABLES_ADMIN", "FILE", "SHUTDOWN"].contains(&word.as_str()));
            let member = scene.dialect() == SqlDialect::Postgres
                && privileges.iter().any(|word| {
                    ["PG_WRITE_ALL_DATA", "PG_EXECUTE_SERVER_PROGRAM", "PG_WRITE_SERVER_FILES", "PG_READ_SERVER_FILES"]
                        .contains(&word.to_ascii_uppercase().as_str())
                });
            if (strong && object.contains('*')) || member {
                hits.plain().fill("name", list(grantees));
            }
        }
    },
    ..PRIVILEGE
};

pub(super) static PASSWORD: Rule = Rule {
    id: "database/password-in-script",
    title: "A password stands in the script",
    severity: Severity::Critical,
    what: "Whoever reads the repository, the logs of the migration or the server's own logs has it, for as long as they are kept. kadian shows it \
           nowhere.",
    harmless: "Never; it is changed at once.",
    says: "the password of {name} stands in the script",
    safe: "Make the account in the tool that keeps secrets, and let the script grant rights only",
    source: PG_ROLE,
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "Make the account in the tool that keeps secrets, and let the script grant rights only",
        source: MYSQL_USER,
    }],
    finds: &[
        "CREATE USER app PASSWORD 'x';",
        "ALTER ROLE app PASSWORD 'x';",
        "mysql: CREATE USER 'app'@'%' IDENTIFIED BY 'x';",
        "mysql: SET PASSWORD FOR 'app'@'%' = 'x';",
    ],
    passes: &["CREATE USER app;", "ALTER ROLE app PASSWORD NULL;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::CreateUser { name, has_password: true, .. } | Action::AlterUser { name, has_password: true, .. } =
                action
            {
                hits.plain().fill("name", super::first_words(name));
            }
        }
        if scene.head.starts_with("SET PASSWORD ") && scene.statement.text.contains(['\'', '"']) {
            hits.plain().fill("name", "an account");
        }
    },
    ..PRIVILEGE
};

pub(super) static ROW_SECURITY_OFF: Rule = Rule {
    id: "database/row-security-changed",
    title: "Row security is switched",
    dialects: POSTGRES,
    what: "`DISABLE` and `NO FORCE ROW LEVEL SECURITY` show every row to everybody who may read the table. `ENABLE` without a policy hides every \
           row from everybody but the owner: the running version finds nothing.",
    harmless: "The same change creates the table.",
    spares_new: true,
    says: "row security of {table}: {what}",
    safe: "CREATE POLICY <name> ON {table} USING (<condition>); -- the policies first, then, in the same transaction, ENABLE",
    source: PG_ROW_SECURITY,
    squawk: &["ban-alter-row-level-security"],
    finds: &["ALTER TABLE t DISABLE ROW LEVEL SECURITY;", "ALTER TABLE t ENABLE ROW LEVEL SECURITY;"],
    passes: &["CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::RowSecurity { what } = operation {
                let hit = hits.on(&alter.name).fill("what", super::first_words(&what.to_lowercase()));
                if what.starts_with("ENABLE") || what.starts_with("FORCE") {
                    hit.severity(Severity::Medium);
                }
            }
        }
    },
    ..PRIVILEGE
};

pub(super) static POLICY: Rule = Rule {
    id: "database/row-policy-changed",
    title: "A policy of row security comes, goes or changes",
    severity: Severity::Medium,
    dialects: POSTGRES,
    what: "A permissive policy more shows more rows, a restrictive one or one less shows fewer: the running version sees other rows than it \
           expects, and somebody may see another tenant's.",
    harmless: "The same change creates the table.",
    spares_new: true,
    says: "which rows of {table} somebody sees changes with the policy {name}",
    safe: "-- count the rows that each role sees before and after, in a copy of production",
    source: PG_ROW_SECURITY,
    squawk: &["ban-create-policy", "ban-drop-policy", "ban-alter-policy-condition", "ban-alter-policy-roles"],
    finds: &["CREATE POLICY p ON t USING (true);", "DROP POLICY p ON t;", "ALTER POLICY p ON t USING (true);"],
    passes: &["CREATE TABLE t (a int); CREATE POLICY p ON t USING (a = 1);"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::CreateRule { kind, name, table, .. } | Action::DropRule { kind, name, table } = action
                && kind == "policy"
            {
                hits.on_some(table.as_ref()).fill("name", super::first_words(name));
            }
        }
        if !scene.head.starts_with("ALTER POLICY ") {
            return;
        }
        let words: Vec<&str> = scene.statement.text.split_whitespace().take(5).collect();
        if let [alter, policy, name, on, table] = words.as_slice()
            && alter.eq_ignore_ascii_case("alter")
            && policy.eq_ignore_ascii_case("policy")
            && on.eq_ignore_ascii_case("on")
        {
            let (name, table) = (name.trim_matches('"'), table.trim_matches('"').trim_end_matches(';'));
            let table = match table.split_once('.') {
                Some((schema, table)) => crate::evidence::sql::Name { schema: Some(schema.to_owned()), name: table.to_owned() },
                None => crate::evidence::sql::Name::plain(table),
            };
            hits.on(&table).fill("name", super::first_words(name));
        }
    },
    ..PRIVILEGE
};

pub(super) static DEFINER: Rule = Rule {
    id: "database/definer-without-search-path",
    title: "A function with its owner's rights looks names up in the caller's path",
    dialects: POSTGRES,
    what: "A SECURITY DEFINER function runs with the rights of its owner. Without a `SET search_path` of its own the caller decides which tables and \
           operators its names mean, and runs code with the owner's rights.",
    harmless: "Never.",
    says: "{name} runs with its owner's rights and the caller's search path",
    safe: "CREATE FUNCTION {name}(..) .. SECURITY DEFINER SET search_path = <its schema>, pg_temp ..",
    source: "PostgreSQL manual, CREATE FUNCTION, Writing SECURITY DEFINER Functions Safely: https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY",
    finds: &["CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"],
    passes: &["CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = app AS 'SELECT 1';"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::CreateRoutine { name, security_definer: true, sets_search_path: false, .. } = action {
                hits.plain().fill("name", super::first_words(&name.to_string()));
            }
        }
    },
    ..PRIVILEGE
};

pub(super) static REVOKE: Rule = Rule {
    id: "database/revoke",
    title: "A privilege is taken away",
    class: RiskClass::Compatibility,
    severity: Severity::Medium,
    what: "The running version fails with the first statement that needs the privilege.",
    harmless: "The same change grants it, or nobody who runs uses it (REVOKE .. FROM PUBLIC after a grant to those who do).",
    says: "{grantees} lose {privileges} on {object} while the running version may need it",
    safe: "-- first release a version that does not need it; then, in a later change, this statement",
    source: "PostgreSQL manual, REVOKE: https://www.postgresql.org/docs/current/sql-revoke.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "-- first release a version that does not need it; then, in a later change, this statement",
        source: "MySQL 8.0 Reference Manual, 15.7.1.8 REVOKE: https://dev.mysql.com/doc/refman/8.0/en/revoke.html",
    }],
    squawk: &["ban-revoke"],
    finds: &["REVOKE SELECT ON t FROM app;"],
    passes: &["GRANT SELECT ON t TO app;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::Revoke { privileges, object, grantees, .. } = action {
                hits.plain()
                    .fill("grantees", list(grantees))
                    .fill("privileges", list(privileges))
                    .fill("object", super::first_words(object));
            }
        }
    },
    ..PRIVILEGE
};

pub(super) static OWNER: Rule = Rule {
    id: "database/owner-changed",
    title: "An object gets another owner",
    severity: Severity::Medium,
    dialects: POSTGRES,
    what: "Only the owner alters or drops an object: the running version and later migrations may lose that right; functions with their owner's \
           rights get those of the new one.",
    harmless: "The same change creates the table.",
    spares_new: true,
    says: "{object} belongs to {owner} from now on",
    safe: "GRANT <what is needed> ON {object} TO {owner};",
    source: "PostgreSQL manual, 5.7 Privileges: https://www.postgresql.org/docs/current/ddl-priv.html",
    finds: &["ALTER TABLE t OWNER TO app;"],
    passes: &["CREATE TABLE t (a int); ALTER TABLE t OWNER TO app;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::OwnerTo { owner } = operation {
                hits.on(&alter.name)
                    .fill("object", super::first_words(&alter.name.to_string()))
                    .fill("owner", super::first_words(owner));
            }
        }
        for action in scene.actions() {
            if let Action::OwnerTo { object, owner } = action {
                hits.plain().fill("object", super::first_words(object)).fill("owner", super::first_words(owner));
            }
        }
        if let Some(rest) = scene.head.strip_prefix("REASSIGN OWNED BY ") {
            let role = rest.split(' ').next().unwrap_or_default().to_lowercase();
            hits.plain().fill("object", format!("everything of {}", super::first_words(&role))).fill("owner", "another role");
        }
    },
    ..PRIVILEGE
};

pub(super) static DEFAULT_PRIVILEGES: Rule = Rule {
    id: "database/default-privileges",
    title: "Objects to come get other privileges",
    severity: Severity::Medium,
    dialects: POSTGRES,
    what: "`ALTER DEFAULT PRIVILEGES` decides who may use objects that are created later, by this role only, and is seen in none of the \
           statements that create them.",
    harmless: "Never: what comes later is not known.",
    says: "objects that this role creates later get other privileges than before",
    safe: "GRANT <what is used> ON <object> TO <role>; -- beside the statement that creates it",
    source: "PostgreSQL manual, ALTER DEFAULT PRIVILEGES: https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html",
    finds: &["ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO reader;"],
    passes: &["GRANT SELECT ON t TO reader;"],
    find: |scene, hits| {
        if scene.actions().any(|action| matches!(action, Action::AlterDefaultPrivileges)) {
            hits.plain();
        }
    },
    ..PRIVILEGE
};

pub(super) static DROP_USER: Rule = Rule {
    id: "database/drop-user",
    title: "An account is dropped",
    what: "Whoever logs in with it fails from then on; in MySQL views and procedures that it defined fail too.",
    harmless: "The same change creates the account.",
    says: "{name} cannot log in any more",
    safe: "ALTER ROLE {name} NOLOGIN; -- and drop it when nobody has missed it",
    source: "PostgreSQL manual, DROP ROLE: https://www.postgresql.org/docs/current/sql-droprole.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "ALTER USER {name} ACCOUNT LOCK; -- and drop it when nobody has missed it",
        source: "MySQL 8.0 Reference Manual, 15.7.1.5 DROP USER: https://dev.mysql.com/doc/refman/8.0/en/drop-user.html",
    }],
    finds: &["DROP ROLE app;", "mysql: DROP USER 'app'@'%';"],
    passes: &["CREATE ROLE app; DROP ROLE app;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::DropUser { names } = action else { continue };
            for name in names {
                hits.plain()
                    .fill("name", super::first_words(name))
                    .harmless_if(scene.state.makes("user", name), "the same change creates it");
            }
        }
    },
    ..PRIVILEGE
};

pub(super) static ROLE_OPTIONS: Rule = Rule {
    id: "database/role-changed",
    title: "An account changes",
    severity: Severity::Medium,
    what: "Another password, NOLOGIN, a limit of connections, an expiry date or a setting of its own: the running version is logged in with it, and \
           may not be able to again.",
    harmless: "The same change creates the account.",
    says: "the account {name} changes under those who are logged in with it",
    safe: "Make a second account, release the version that uses it, and lock the first in a later change",
    source: "PostgreSQL manual, ALTER ROLE: https://www.postgresql.org/docs/current/sql-alterrole.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "Make a second account, release the version that uses it, and lock the first in a later change",
        source: "MySQL 8.0 Reference Manual, 15.7.1.1 ALTER USER: https://dev.mysql.com/doc/refman/8.0/en/alter-user.html",
    }],
    squawk: &["ban-alter-role-options"],
    finds: &["ALTER ROLE app NOLOGIN;"],
    passes: &["CREATE ROLE app; ALTER ROLE app NOLOGIN;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::AlterUser { name, .. } = action {
                let hit = hits
                    .plain()
                    .fill("name", super::first_words(name))
                    .harmless_if(scene.state.makes("user", name), "the same change creates it");
                if super::says_one_of(scene, &["NOLOGIN", "ACCOUNT LOCK", "CONNECTION LIMIT", "RENAME TO", "ROLE ALL "]) {
                    hit.severity(Severity::High);
                }
            }
        }
    },
    ..PRIVILEGE
};
