//! What is wrong with policies before they run: names, packages, rules that nobody would evaluate.

mod silent;

use std::collections::BTreeSet;

use serde_json::Value;

use super::error::PolicyError;
use super::graph::{Called, Graph};
use super::rules;
use super::schema::{Step, follow};
use super::source::{Origin, Vocabulary};
use super::syntax::{Module, Rule, RuleKind, Span};
use super::trace::{Place, Root};
use super::world::{Definition, File, Named, RuleName, SETTINGS, World};
use crate::nearest::nearest;

pub(super) use silent::{judging_tests, near_names, shadows};

/// Whether rules of the package judge: packages below `kadian`, and those that a namespace names.
pub(super) fn is_judged(package: &str, namespaces: &[String]) -> bool {
    let inside = |namespace: &str| package.strip_prefix(namespace).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    package.starts_with("kadian.") || namespaces.iter().any(|namespace| inside(namespace))
}

fn error(file: &File, span: Span, message: impl Into<String>) -> PolicyError {
    PolicyError::at(&file.source.path, span.line, span.column, message)
}

/// Namespaces must name something.
pub(super) fn namespaces(world: &World<'_>, namespaces: &[String]) -> Vec<PolicyError> {
    let packages: Vec<&String> = world.packages().map(|(package, _)| package).collect();
    let names = |namespace: &String| {
        packages
            .iter()
            .any(|package| package.strip_prefix(namespace.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    };
    namespaces
        .iter()
        .filter(|namespace| !names(namespace))
        .map(|namespace| {
            let near = nearest(namespace, packages.iter().map(|package| package.as_str()));
            PolicyError::nowhere(format!("the namespace `{namespace}` names no loaded package")).hint(match near {
                Some(near) => format!("Did you mean `{near}`?"),
                None => "Check `policies.namespaces` against the `package` lines of the files in `policies.paths`.".to_owned(),
            })
        })
        .collect()
}

/// Packages may not lie over the settings or under a rule, and a user may not add to a shipped one.
pub(super) fn packages(world: &World<'_>, files: &[File]) -> Vec<PolicyError> {
    let mut errors = Vec::new();
    let shipped: BTreeSet<String> =
        files.iter().filter(|file| file.source.origin == Origin::Shipped && !file.source.is_test()).map(File::package).collect();
    let mut paths = BTreeSet::new();
    for file in files {
        let at = |message: String| error(file, file.module.package_span, message);
        let Module { package, rules, .. } = &file.module;
        if !paths.insert(&file.source.path) {
            errors.push(at("two files have this path".to_owned()).hint("Give every policy file a path of its own."));
        }
        if package.iter().map(String::as_str).take(2).eq(SETTINGS) {
            errors.push(
                at("`kadian.settings` is where the settings stand; a package there would replace them".to_owned())
                    .hint("Put values under `settings:` in kadian.yaml, and rules into another package."),
            );
        }
        if *package == ["kadian"] {
            for rule in rules.iter().filter(|rule| rule.name == SETTINGS[1]) {
                errors.push(error(file, rule.name_span, "this rule would replace the settings").hint("Give it another name."));
            }
        }
        if file.source.origin == Origin::User && !file.source.is_test() && shipped.contains(&file.package()) {
            let message = format!("the package `{}` is shipped with kadian, and this file would change it", file.package());
            errors.push(at(message).hint(format!(
                "Name a package of your own, for example `package kadian.team_{}`, or switch the shipped policies off.",
                package.last().map_or("x", String::as_str)
            )));
        }
        for length in 1..package.len() {
            let rule = RuleName { package: package[..length].join("."), name: package[length].clone() };
            if let Some(definition) = world.definitions(&rule).first() {
                let other = &world.files[definition.0].source.path;
                let message = format!("`{}` is both a package and, in {other}, a rule", package[..=length].join("."));
                errors.push(at(message).hint("Rename one of them."));
            }
        }
    }
    errors
}

/// All definitions of a rule must be of one kind, and of a function, take as many arguments.
pub(super) fn kinds(world: &World<'_>) -> Vec<PolicyError> {
    let kind = |rule: &Rule| if rule.kind == RuleKind::Default { RuleKind::Value } else { rule.kind };
    let mut errors = Vec::new();
    for (_, rules) in world.packages() {
        for (name, definitions) in rules {
            let Some((first, rest)) = definitions.split_first() else { continue };
            let first_rule = world.rule(*first);
            for other in rest {
                let rule = world.rule(*other);
                let place = format!("{}:{}", world.files[first.0].source.path, first_rule.name_span.line);
                if kind(rule) != kind(first_rule) {
                    let message = format!("`{name}` is defined in another manner at {place}: as a set, a value or a function");
                    errors.push(error(&world.files[other.0], rule.name_span, message).hint("Give one of them another name."));
                } else if rule.args.len() != first_rule.args.len() {
                    let message = format!("`{name}` takes another number of arguments at {place}");
                    errors.push(error(&world.files[other.0], rule.name_span, message).hint("Give one of them another name."));
                }
            }
        }
    }
    errors
}

/// The definitions that judge; those that look like it but cannot are errors.
pub(super) fn judging(world: &World<'_>, namespaces: &[String]) -> (Vec<Definition>, Vec<PolicyError>) {
    let mut judging = Vec::new();
    let mut errors = Vec::new();
    for (package, rules) in world.packages().filter(|(package, _)| is_judged(package, namespaces)) {
        for (name, definitions) in rules {
            for definition in definitions {
                let file = &world.files[definition.0];
                let rule = world.rule(*definition);
                if rules::is_exception(name) {
                    let message = format!("`{name}` rules of Conftest are not known here, in package `{package}`");
                    errors.push(
                        error(file, rule.name_span, message)
                            .hint("Use a waiver: it names an owner, a reason and a last day (see `waivers` in kadian.yaml)."),
                    );
                } else if rules::effect(name).is_some() {
                    if rule.kind == RuleKind::Set && rule.head_parts.is_empty() {
                        judging.push(*definition);
                    } else {
                        let message = format!("`{name}` must be a set of reasons, and this is none");
                        errors
                            .push(error(file, rule.name_span, message).hint(format!("Write `{name} contains msg if {{ .. }}`.")));
                    }
                }
            }
        }
    }
    (judging, errors)
}

/// Rules and files that nobody would evaluate: most of them are typing errors in a package or a rule.
pub(super) fn unused(world: &World<'_>, graph: &Graph<'_>, judging: &[Definition], namespaces: &[String]) -> Vec<PolicyError> {
    let reached = graph.reachable(judging);
    let mut errors = Vec::new();
    for (index, file) in world.files.iter().enumerate().filter(|(_, file)| !file.source.is_test()) {
        let package = file.package();
        for rule in &file.module.rules {
            let name = RuleName { package: package.clone(), name: rule.name.clone() };
            if rule.kind != RuleKind::Set || reached.contains(&name) || !is_judged(&package, namespaces) {
                continue;
            }
            if let Some(meant) = rules::meant(&rule.name).map(|meant| rules::malformed(&rule.name).unwrap_or(meant)) {
                let message = format!("`{}` is used nowhere and judges nothing", rule.name);
                errors.push(error(file, rule.name_span, message).hint(format!("Did you mean `{meant}`?")));
            }
        }
        let judges = judging.iter().any(|definition| definition.0 == index || world.files[definition.0].package() == package);
        let helps = reached.iter().any(|rule| rule.package == package) || is_imported(world, judging, &reached, &package);
        let told = errors.iter().any(|error| error.file == file.source.path);
        if !judges && !helps && !told {
            errors.push(idle(file, &package, namespaces));
        }
    }
    errors
}

/// Whether a file that judges, or that one of those leads to, imports the package.
fn is_imported(world: &World<'_>, judging: &[Definition], reached: &BTreeSet<RuleName>, package: &str) -> bool {
    let used = |file: &File| reached.iter().any(|rule| rule.package == file.package());
    let path: Vec<&str> = package.split('.').collect();
    world.files.iter().enumerate().any(|(index, file)| {
        let counts = judging.iter().any(|definition| definition.0 == index) || used(file);
        counts
            && file.module.imports.iter().any(|import| import.path[0] == "data" && path.starts_with(&as_strs(&import.path[1..])))
    })
}

fn as_strs(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

fn idle(file: &File, package: &str, namespaces: &[String]) -> PolicyError {
    let span = file.module.package_span;
    if is_judged(package, namespaces) {
        let message = format!("no rule of the package `{package}` judges, and no package that judges uses it");
        let near = file.module.rules.iter().find_map(|rule| rules::meant(&rule.name).map(|meant| (rule, meant)));
        return match near {
            Some((rule, meant)) => error(file, rule.name_span, message).hint(format!("Did you mean `{meant}`?")),
            None => {
                error(file, span, message).hint("Name a rule `deny`, `warn`, `hold` or `rollback`, or `deny_NAME` and so on.")
            }
        };
    }
    let message = format!("the package `{package}` does not judge, and no package that judges uses it");
    let first = package.split('.').next().unwrap_or_default();
    let typo = first != "kadian" && strsim::osa_distance(first, "kadian") <= 2;
    let hint = match package.split_once('.') {
        Some((_, rest)) if typo => format!("Did you mean `package kadian.{rest}`?"),
        _ => format!("Add `{package}` to `policies.namespaces`, or name it `package kadian.NAME`."),
    };
    error(file, span, message).hint(hint)
}

/// Faults in names and calls, and paths that no schema knows.
pub(super) fn references(world: &World<'_>, graph: &Graph<'_>, vocabulary: &Vocabulary, tests: bool) -> Vec<PolicyError> {
    let mut errors = imports(world, vocabulary, tests);
    for (definition, traced) in graph.traced() {
        let file = &world.files[definition.0];
        if file.source.is_test() != tests {
            continue;
        }
        for fault in &traced.faults {
            errors.push(error(file, fault.span, fault.message.clone()).maybe_hint(fault.hint.clone()));
        }
        for mention in &traced.mentions {
            errors.extend(unknown_place(file, mention.span, &mention.place, vocabulary));
        }
    }
    if graph.cycles().is_empty() {
        let calls = graph.calls();
        let inside = |called: &&Called| world.files[called.definition.0].source.is_test() == tests;
        for called in calls.places.iter().filter(inside) {
            errors.extend(unknown_place(&world.files[called.definition.0], called.span, &called.place, vocabulary));
        }
        if calls.too_many {
            let message = "functions call each other with more different paths than can be followed";
            errors.push(PolicyError::nowhere(message).hint("Let fewer functions hand on parts of what they were given."));
        }
    }
    errors
}

/// The error for a place that its document's schema does not know. Of a parameter, nothing is known outside a call.
fn unknown_place(file: &File, span: Span, place: &Place, vocabulary: &Vocabulary) -> Option<PolicyError> {
    match place.root {
        Root::Input => unknown_path(file, span, place, &vocabulary.input),
        Root::Settings => unknown_path(file, span, place, &vocabulary.settings),
        Root::Parameter(_) => None,
    }
}

/// The error for a path that the schema does not know.
fn unknown_path(file: &File, span: Span, place: &Place, schema: &Value) -> Option<PolicyError> {
    let unknown = follow(schema, &place.steps).err()?;
    let known = Place { root: place.root, steps: place.steps[..unknown.step].to_vec() };
    let upto = Place { root: place.root, steps: place.steps[..=unknown.step].to_vec() };
    let message = format!("`{}` is not in the schema", upto.written());
    let hint = match unknown.nearest {
        Some(near) => {
            let mut meant = known;
            meant.steps.push(Step::Key(near));
            format!("Did you mean `{}`?", meant.written())
        }
        None if place.root == Root::Settings => format!("`kadian schema config` prints what `{}` holds.", known.written()),
        None => format!("`kadian schema input` prints what `{}` holds.", known.written()),
    };
    Some(error(file, span, message).hint(hint))
}

/// Imports must name something, whether they are used or not.
fn imports(world: &World<'_>, vocabulary: &Vocabulary, tests: bool) -> Vec<PolicyError> {
    let mut errors = Vec::new();
    for file in world.files.iter().filter(|file| file.source.is_test() == tests) {
        for import in &file.module.imports {
            let Some((root, rest)) = import.path.split_first() else { continue };
            let parts: Vec<Option<&str>> = rest.iter().map(|part| Some(part.as_str())).collect();
            let steps = |path: &[String]| path.iter().map(|part| Step::Key(part.clone())).collect();
            match (root.as_str(), world.named(&parts)) {
                ("input", _) => {
                    let place = Place { root: Root::Input, steps: steps(rest) };
                    errors.extend(unknown_path(file, import.span, &place, &vocabulary.input));
                }
                ("data", Named::Settings) => {
                    let place = Place { root: Root::Settings, steps: steps(&rest[2..]) };
                    errors.extend(unknown_path(file, import.span, &place, &vocabulary.settings));
                }
                ("data", Named::Nothing(near)) => {
                    let message = format!("`{}` names no package, rule or setting", import.path.join("."));
                    let hint = near.map(|near| format!("Did you mean `{near}`?"));
                    errors.push(error(file, import.span, message).maybe_hint(hint));
                }
                _ => {}
            }
        }
    }
    errors
}

/// Two tests of one name would be one rule, which holds when either does: one would hide the other's failure.
pub(super) fn duplicate_tests(world: &World<'_>) -> Vec<PolicyError> {
    let rules = world.packages().flat_map(|(_, rules)| rules);
    let tests = rules.filter(|(name, _)| name.starts_with("test_"));
    let again = tests.flat_map(|(name, definitions)| definitions.iter().skip(1).map(move |definition| (name, definition)));
    again
        .filter(|(_, definition)| world.files[definition.0].source.is_test())
        .map(|(name, definition)| {
            let span = world.rule(*definition).name_span;
            error(&world.files[definition.0], span, format!("the test `{name}` is defined twice"))
                .hint("Give each test a name of its own.")
        })
        .collect()
}
