//! Who may do what.

use super::Refusal;
use crate::analyze::sql::schema::words::normal;
use crate::analyze::sql::schema::{Object, ObjectKey, ObjectKind, Part, Schema};
use crate::evidence::sql::{Action, Name};

impl Schema {
    /// `GRANT` and `REVOKE`. That nobody had before what is granted, and had what is revoked, is taken for granted.
    pub(super) fn privileges(&mut self, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::Grant { privileges, object, grantees, with_grant_option } => {
                for (key, _) in self.keys(privileges, object, grantees) {
                    let definition = Part::Known(with_grant_option.to_string());
                    let owner = Part::Known(String::new());
                    self.gone.remove(&key);
                    self.objects.insert(key, Object { definition: vec![definition], owner, fresh: true, maybe: false });
                }
                Ok(())
            }
            Action::Revoke { privileges, object, grantees, .. } => {
                for (key, suffix) in self.keys(privileges, object, grantees) {
                    let all = key.name.name.starts_with("all ");
                    let held: Vec<ObjectKey> = if all {
                        let of = |key: &&ObjectKey| key.kind == ObjectKind::Privilege && key.name.name.ends_with(&suffix);
                        self.objects.keys().filter(of).cloned().collect()
                    } else {
                        Vec::new()
                    };
                    if held.is_empty() {
                        self.drop_object(&key, false, false)?;
                        continue;
                    }
                    if !held.contains(&key) {
                        self.note(format!("{} also takes what was granted before{suffix}", self.line));
                    }
                    for key in held {
                        self.objects.remove(&key);
                        self.gone.insert(key);
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A key for each privilege and grantee, with what all privileges on the same object to the same grantee end with.
    fn keys(&self, privileges: &[String], object: &str, grantees: &[String]) -> Vec<(ObjectKey, String)> {
        let object = normal(object, self.dialect);
        let object = object.strip_prefix("table ").unwrap_or(&object);
        let mut keys = Vec::new();
        for privilege in privileges {
            for grantee in grantees {
                let suffix = format!(" on {object} to {}", grantee.to_lowercase());
                let mut privilege = privilege.to_lowercase();
                if privilege == "all privileges" {
                    "all".clone_into(&mut privilege);
                }
                let name = Name::plain(&format!("{privilege}{suffix}"));
                keys.push((ObjectKey { kind: ObjectKind::Privilege, name, table: None }, suffix));
            }
        }
        keys
    }
}
