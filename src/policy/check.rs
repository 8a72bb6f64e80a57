//! One check: a rule, or the definitions of it that share an id, with everything that is known about it before it runs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rayon::prelude::*;

use super::annotations::{Annotation, RelatedResource, Scope};
use super::error::PolicyError;
use super::graph::{Graph, Read};
use super::rules;
use super::schema::Step;
use super::source::Origin;
use super::trace::Root;
use super::world::{Definition, File, RuleName, World};
use crate::decide::{Effect, Stage};
use crate::facts::{Kind, Severity};

/// A rule that judges, as `policy list` and the decision see it.
#[derive(Debug, Clone)]
pub struct Check {
    /// The id in the METADATA; otherwise subject and rule, as in `main/deny_no_tests`. Unique in a library.
    pub id: String,
    /// For example `kadian.coverage`.
    pub package: String,
    /// The package without `kadian.`, with `/` for the dots.
    pub subject: String,
    /// The rule's name, for example `deny`.
    pub rule: String,
    /// [`Effect::Deny`], [`Effect::Warn`], [`Effect::Hold`] or [`Effect::Rollback`].
    pub effect: Effect,
    pub title: Option<String>,
    pub description: Option<String>,
    pub related_resources: Vec<RelatedResource>,
    /// From the METADATA; otherwise high for deny and rollback, medium for hold, low for warn.
    pub severity: Severity,
    /// All four where the METADATA is silent.
    pub stages: Vec<Stage>,
    /// The evidence without which it is not evaluated: from the METADATA, otherwise every kind that its package mentions, itself
    /// or through what it uses. Sorted.
    pub needs: Vec<Kind>,
    /// The requirement that it stands for.
    pub requirement: Option<String>,
    pub remedy: Option<String>,
    /// From when on it counts; before, it is the caller's to turn it into a warning.
    pub effective_on: Option<Timestamp>,
    /// Whether a waiver may take the effect of its findings; yes where the METADATA is silent.
    pub waivable: bool,
    pub tags: Vec<String>,
    /// The paths that must not be null, as they are written, for example `input.tests.success_percent`; with `[_]`, in no element.
    /// Sorted.
    pub reads: Vec<String>,
    pub file: String,
    /// The line of its first definition, counted from 1.
    pub line: u32,
    pub origin: Origin,
    /// The same as `reads`, with the conditions under which each is reached.
    pub(super) conditions: Vec<Read>,
    /// The path that the engine evaluates; another one than package and rule where a rule holds several checks.
    pub(super) target: String,
    pub(super) definitions: Vec<Definition>,
}

/// A check before its target is known.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) check: Check,
    /// Whether it is a part of its rule only.
    pub(super) partial: bool,
}

/// Groups the definitions that judge into checks.
///
/// Definitions of one rule with different ids are checks of their own; all without an id are one, unless several of them have
/// METADATA: then each of these is a check under the same id. Ids must otherwise be unique.
pub(super) fn groups(world: &World<'_>, graph: &Graph<'_>, judging: &[Definition]) -> Result<Vec<Group>, Vec<PolicyError>> {
    let names = Names::of(world, judging);
    let mut found: BTreeMap<(RuleName, String), Vec<Definition>> = BTreeMap::new();
    for definition in judging {
        let rule = rule_name(world, *definition);
        let id = names.id(world, *definition, &rule);
        found.entry((rule, id)).or_default().push(*definition);
    }
    let mut errors = Vec::new();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let mut parts: Vec<(RuleName, String, Vec<Definition>)> = Vec::new();
    for ((rule, id), definitions) in found {
        let Some(first) = definitions.first() else { continue };
        let file = &world.files[first.0];
        let span = world.rule(*first).name_span;
        if let Some(place) = ids.insert(id.clone(), format!("{}:{}", file.source.path, span.line)) {
            let message = format!("the id `{id}` is taken by the rule at {place}");
            let error = PolicyError::at(&file.source.path, span.line, span.column, message);
            errors.push(error.hint("Give every check an id of its own."));
        }
        let annotated: Vec<Definition> =
            definitions.iter().copied().filter(|definition| Own::of(world, *definition).rule.is_some()).collect();
        match annotated.as_slice() {
            [_, second, ..] if Names::is_stated(world, *second) => errors.push(shared(world, *second, &rule, &id)),
            [_, _, ..] => {
                let rest: Vec<Definition> = definitions.iter().copied().filter(|one| !annotated.contains(one)).collect();
                let own = annotated.iter().map(|one| vec![*one]).chain((!rest.is_empty()).then_some(rest));
                parts.extend(own.map(|definitions| (rule.clone(), id.clone(), definitions)));
            }
            _ => parts.push((rule, id, definitions)),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let rules: Vec<RuleName> = parts.iter().map(|(rule, ..)| rule.clone()).collect();
    let group = |(rule, id, definitions): (RuleName, String, Vec<Definition>)| {
        let partial = rules.iter().filter(|other| **other == rule).count() > 1;
        Group { check: check(world, graph, &rule, id, &definitions), partial }
    };
    Ok(parts.into_par_iter().map(group).collect())
}

fn rule_name(world: &World<'_>, definition: Definition) -> RuleName {
    RuleName { package: world.files[definition.0].package(), name: world.rule(definition).name.clone() }
}

fn shared(world: &World<'_>, second: Definition, rule: &RuleName, id: &str) -> PolicyError {
    let line = world.rule(second).name_span.line;
    let message = format!("two definitions of `{}` have METADATA and share the id `{id}`", rule.name);
    PolicyError::at(&world.files[second.0].source.path, line, 1, message)
        .hint("Give each an `id` under `custom:`, or use `scope: document` in one of them for both.")
}

/// How many rules of each package have no id of their own: an id of the package names the only one, or begins the ids of several.
struct Names(BTreeMap<String, BTreeSet<String>>);

impl Names {
    fn of(world: &World<'_>, judging: &[Definition]) -> Names {
        let mut nameless: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for definition in judging {
            if Own::of(world, *definition).id().is_none() {
                let RuleName { package, name } = rule_name(world, *definition);
                nameless.entry(package).or_default().insert(name);
            }
        }
        Names(nameless)
    }

    fn id(&self, world: &World<'_>, definition: Definition, rule: &RuleName) -> String {
        let own = Own::of(world, definition);
        if let Some(id) = own.id() {
            return id;
        }
        let several = self.0.get(&rule.package).is_some_and(|names| names.len() > 1);
        let package =
            own.wider.iter().filter(|annotation| annotation.scope == Scope::Package).find_map(|one| one.custom.id.clone());
        match package {
            Some(id) if several => format!("{id}/{}", rule.name),
            Some(id) => id,
            None => format!("{}/{}", subject(&rule.package), rule.name),
        }
    }

    /// Whether the definition's id stands in METADATA of its own.
    fn is_stated(world: &World<'_>, definition: Definition) -> bool {
        Own::of(world, definition).id().is_some()
    }
}

/// What a check says without `kadian.`.
pub(super) fn subject(package: &str) -> String {
    package.strip_prefix("kadian.").unwrap_or(package).replace('.', "/")
}

/// The annotations that count for a definition, from the narrowest scope to the widest.
struct Own<'a> {
    rule: Option<&'a Annotation>,
    document: Option<&'a Annotation>,
    wider: Vec<&'a Annotation>,
}

impl<'a> Own<'a> {
    fn of(world: &World<'a>, definition: Definition) -> Self {
        let (file_index, rule_index) = definition;
        let file = &world.files[file_index];
        let name = &file.module.rules[rule_index].name;
        let rule = file
            .annotations
            .rules
            .iter()
            .find(|(index, annotation)| *index == rule_index && annotation.scope == Scope::Rule)
            .map(|(_, annotation)| annotation);
        let same_package = || files(world).filter(|other| other.module.package == file.module.package);
        let document = same_package()
            .flat_map(|other| other.annotations.rules.iter().map(move |(index, annotation)| (other, index, annotation)))
            .find(|(other, index, annotation)| annotation.scope == Scope::Document && other.module.rules[**index].name == *name)
            .map(|(_, _, annotation)| annotation);
        let mut wider: Vec<&Annotation> = same_package().flat_map(|other| &other.annotations.package).collect();
        let mut above: Vec<(usize, &Annotation)> = files(world)
            .filter(|other| {
                let (own, other) = (&file.module.package, &other.module.package);
                own.len() > other.len() && own.starts_with(other)
            })
            .flat_map(|other| other.annotations.package.iter().map(move |annotation| (other.module.package.len(), annotation)))
            .filter(|(_, annotation)| annotation.scope == Scope::Subpackages)
            .collect();
        above.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
        wider.sort_by_key(|annotation| annotation.scope == Scope::Subpackages);
        wider.extend(above.into_iter().map(|(_, annotation)| annotation));
        Own { rule, document, wider }
    }

    /// The id that the rule or its document states.
    fn id(&self) -> Option<String> {
        self.annotations().find_map(|annotation| annotation.custom.id.clone())
    }

    /// Rule, then document.
    fn annotations(&self) -> impl Iterator<Item = &'a Annotation> {
        self.rule.into_iter().chain(self.document)
    }

    fn all(&self) -> impl Iterator<Item = &'a Annotation> {
        self.annotations().chain(self.wider.iter().copied())
    }
}

fn files<'a>(world: &World<'a>) -> impl Iterator<Item = &'a File> {
    world.files.iter().filter(|file| !file.source.is_test())
}

fn check(world: &World<'_>, graph: &Graph<'_>, rule: &RuleName, id: String, definitions: &[Definition]) -> Check {
    // The definition with METADATA speaks for the others.
    let first = definitions.first().copied().unwrap_or_default();
    let speaker = definitions.iter().copied().find(|definition| Own::of(world, *definition).rule.is_some()).unwrap_or(first);
    let own = Own::of(world, speaker);
    let file = &world.files[first.0];
    let effect = rules::effect(&rule.name).unwrap_or(Effect::Deny);
    let severity = match effect {
        Effect::Deny | Effect::Rollback => Severity::High,
        Effect::Hold => Severity::Medium,
        Effect::Warn | Effect::Note => Severity::Low,
    };
    let conditions: Vec<Read> = graph.reads(definitions).into_iter().filter(|read| !read.place.steps.is_empty()).collect();
    let mut reads: Vec<String> = conditions.iter().map(|read| read.place.written()).collect();
    reads.sort();
    reads.dedup();
    let mut needs =
        own.all().find_map(|annotation| annotation.custom.needs.clone()).unwrap_or_else(|| mentioned(world, graph, rule));
    needs.sort();
    needs.dedup();
    Check {
        subject: subject(&rule.package),
        title: own.annotations().find_map(|annotation| annotation.title.clone()),
        description: own.annotations().find_map(|annotation| annotation.description.clone()),
        related_resources: own.all().find_map(|annotation| annotation.related_resources.clone()).unwrap_or_default(),
        severity: own.all().find_map(|annotation| annotation.custom.severity).unwrap_or(severity),
        stages: own.all().find_map(|annotation| annotation.custom.stages.clone()).unwrap_or_else(|| Stage::ALL.to_vec()),
        requirement: own.all().find_map(|annotation| annotation.custom.requirement.clone()),
        remedy: own.all().find_map(|annotation| annotation.custom.remedy.clone()),
        effective_on: own.all().find_map(|annotation| annotation.custom.effective_on),
        waivable: own.all().find_map(|annotation| annotation.custom.waivable).unwrap_or(true),
        tags: own.all().find_map(|annotation| annotation.custom.tags.clone()).unwrap_or_default(),
        needs,
        reads,
        conditions,
        file: file.source.path.clone(),
        line: world.rule(first).name_span.line,
        origin: file.source.origin,
        target: format!("data.{}.{}", rule.package, rule.name),
        definitions: definitions.to_vec(),
        package: rule.package.clone(),
        rule: rule.name.clone(),
        effect,
        id,
    }
}

/// The kinds of evidence that a package mentions, itself or through what it uses.
fn mentioned(world: &World<'_>, graph: &Graph<'_>, rule: &RuleName) -> Vec<Kind> {
    let definitions: Vec<Definition> = world.rules(&rule.package).flat_map(|rule| world.definitions(&rule).to_vec()).collect();
    let kind = |steps: &[Step]| match steps {
        [Step::Key(first), Step::Key(name), ..] if first == "custom" => format!("custom.{name}").parse().ok(),
        [Step::Key(first), ..] => first.parse().ok(),
        _ => None,
    };
    let places = graph.places(&definitions).into_iter();
    places.filter(|place| place.root == Root::Input).filter_map(|place| kind(&place.steps)).collect()
}
