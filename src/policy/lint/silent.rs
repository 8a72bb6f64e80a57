//! Rules that look as if they judged and never would: by their names, their files, or what their names hide.

use std::collections::BTreeSet;

use super::{error, is_judged};
use crate::policy::error::PolicyError;
use crate::policy::graph::Graph;
use crate::policy::rules;
use crate::policy::syntax::{Key, Rule, RuleKind};
use crate::policy::world::{File, RuleName, World};

/// Rules of judged packages whose names are close to one that judges and that nothing else names, neither a rule nor a test.
pub(in crate::policy) fn near_names(world: &World<'_>, whole: &Graph<'_>, namespaces: &[String]) -> Vec<PolicyError> {
    let named = whole.named();
    let mut errors = Vec::new();
    for file in world.files.iter().filter(|file| !file.source.is_test() && is_judged(&file.package(), namespaces)) {
        for rule in &file.module.rules {
            let name = RuleName { package: file.package(), name: rule.name.clone() };
            if rules::effect(&rule.name).is_none() && !rules::is_exception(&rule.name) && !named.contains(&name) {
                errors.extend(near_name(file, rule));
            }
        }
    }
    errors
}

fn near_name(file: &File, rule: &Rule) -> Option<PolicyError> {
    let told = |message: String, hint: String| Some(error(file, rule.name_span, message).hint(hint));
    let name = &rule.name;
    let inner = rule.head_parts.iter().find_map(|part| match &part.key {
        Key::Name(inner) => rules::effect(inner).map(|_| inner),
        Key::Computed(_) => None,
    });
    if let Some(inner) = inner {
        let message = format!("`{name}.{inner}` is a part of the rule `{name}`, which is used nowhere and judges nothing");
        return told(message, format!("Write `{inner} contains ..`, if need be in `package {}.{name}`.", file.package()));
    }
    if let Some(meant) = rules::malformed(name) {
        let message = format!("`{name}` starts like a rule that judges, but is used nowhere and judges nothing");
        return told(message, format!("Write `{meant}`; further words of letters and digits follow one `_` each."));
    }
    if rule.kind != RuleKind::Function
        && let Some(meant) = rules::near(name)
    {
        let message = format!("`{name}` is used nowhere and judges nothing");
        return told(message, format!("Did you mean `{meant}`? If not, give it another name, or take it out."));
    }
    None
}

/// Rules that judge, in files of tests: the file is never asked for a verdict.
pub(in crate::policy) fn judging_tests(files: &[File], namespaces: &[String]) -> Vec<PolicyError> {
    let mut errors = Vec::new();
    for file in files.iter().filter(|file| file.source.is_test() && is_judged(&file.package(), namespaces)) {
        for rule in file.module.rules.iter().filter(|rule| rule.kind == RuleKind::Set && rules::effect(&rule.name).is_some()) {
            let message = format!("`{}` judges nothing here: a file that ends in `_test.rego` holds tests", rule.name);
            errors.push(error(file, rule.name_span, message).hint("Move the rule into a file of another name."));
        }
    }
    errors
}

/// Imports whose names hide a document, or a rule of their own package: it is open which of them a rule would read.
pub(in crate::policy) fn shadows(files: &[File]) -> Vec<PolicyError> {
    let mut errors = Vec::new();
    for file in files {
        let sees =
            |other: &&File| other.module.package == file.module.package && (file.source.is_test() || !other.source.is_test());
        let own: BTreeSet<&str> =
            files.iter().filter(sees).flat_map(|other| other.module.rules.iter().map(|rule| rule.name.as_str())).collect();
        for import in file.module.imports.iter().filter(|import| matches!(import.path[0].as_str(), "input" | "data")) {
            let alias = import.alias.as_str();
            let hidden = match alias {
                "input" | "data" if import.path.len() > 1 => "the document of that name",
                _ if own.contains(alias) => "the rule of that name",
                _ => continue,
            };
            let message = format!("the import `{alias}` would hide {hidden}");
            errors.push(error(file, import.span, message).hint(format!("Name it: `import {} as ..`.", import.path.join("."))));
        }
    }
    errors
}
