//! All loaded files together: which packages and rules there are, and what a name in a file stands for.

use std::collections::BTreeMap;

use super::annotations::Annotations;
use super::engine;
use super::source::SourceFile;
use super::syntax::{Module, Rule, RuleKind};
use crate::nearest::nearest;

/// The path of the settings, which no package may touch.
pub(super) const SETTINGS: [&str; 2] = ["kadian", "settings"];

/// A file that has been parsed.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) source: SourceFile,
    pub(super) module: Module,
    pub(super) annotations: Annotations,
}

impl File {
    /// The package with dots.
    pub(super) fn package(&self) -> String {
        self.module.package.join(".")
    }
}

/// A rule by its package and its first name; all its definitions together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RuleName {
    pub(super) package: String,
    pub(super) name: String,
}

/// Where one definition stands: the index of the file and of the rule in it.
pub(super) type Definition = (usize, usize);

/// The files, or those of them that judge, with an index over them.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) files: &'a [File],
    packages: BTreeMap<String, BTreeMap<String, Vec<Definition>>>,
}

/// What a path under `data` names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A rule; so many components of the path lead to it.
    Rule(RuleName, usize),
    /// Every rule of these packages.
    Packages(Vec<String>),
    /// The settings; two components lead to them.
    Settings,
    /// Nothing; the nearest path, if one is near.
    Nothing(Option<String>),
}

impl<'a> World<'a> {
    /// Indexes the files. Tests see everything; policies do not see tests.
    pub(super) fn new(files: &'a [File], with_tests: bool) -> Self {
        let mut packages: BTreeMap<String, BTreeMap<String, Vec<Definition>>> = BTreeMap::new();
        for (index, file) in files.iter().enumerate() {
            if file.source.is_test() && !with_tests {
                continue;
            }
            let rules = packages.entry(file.package()).or_default();
            for (rule, definition) in file.module.rules.iter().enumerate() {
                rules.entry(definition.name.clone()).or_default().push((index, rule));
            }
        }
        World { files, packages }
    }

    pub(super) fn packages(&self) -> impl Iterator<Item = (&String, &BTreeMap<String, Vec<Definition>>)> {
        self.packages.iter()
    }

    pub(super) fn has_package(&self, package: &str) -> bool {
        self.packages.contains_key(package)
    }

    /// The rules of a package; none when there is no such package.
    pub(super) fn rules(&self, package: &str) -> impl Iterator<Item = RuleName> + use<> {
        let package = package.to_owned();
        let names: Vec<String> = self.packages.get(&package).map(|rules| rules.keys().cloned().collect()).unwrap_or_default();
        names.into_iter().map(move |name| RuleName { package: package.clone(), name })
    }

    /// The definitions of a rule; empty when there is no such rule.
    pub(super) fn definitions(&self, rule: &RuleName) -> &[Definition] {
        self.packages.get(&rule.package).and_then(|rules| rules.get(&rule.name)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn rule(&self, definition: Definition) -> &'a Rule {
        &self.files[definition.0].module.rules[definition.1]
    }

    pub(super) fn is_function(&self, rule: &RuleName) -> bool {
        self.definitions(rule).first().is_some_and(|first| self.rule(*first).kind == RuleKind::Function)
    }

    /// What a path under `data` names; a component that is not constant is none.
    pub(super) fn named(&self, path: &[Option<&str>]) -> Named {
        let constant: Vec<&str> = path.iter().map_while(|part| *part).collect();
        if constant.starts_with(&SETTINGS) {
            return Named::Settings;
        }
        let package = (1..=constant.len()).rev().find(|length| self.has_package(&constant[..*length].join(".")));
        if let Some(length) = package {
            let package = constant[..length].join(".");
            match constant.get(length) {
                Some(name) => {
                    let rule = RuleName { package, name: (*name).to_owned() };
                    if !self.definitions(&rule).is_empty() {
                        return Named::Rule(rule, length + 1);
                    }
                }
                None => return Named::Packages(self.below(&constant)),
            }
        }
        let below = self.below(&constant);
        if !below.is_empty() || constant == ["kadian"] || constant.is_empty() {
            return Named::Packages(below);
        }
        Named::Nothing(self.nearest(&constant))
    }

    /// The packages at and below a path.
    fn below(&self, path: &[&str]) -> Vec<String> {
        let prefix = path.join(".");
        let inside = |package: &&String| {
            prefix.is_empty() || package.strip_prefix(&prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.packages.keys().filter(inside).cloned().collect()
    }

    fn nearest(&self, path: &[&str]) -> Option<String> {
        let mut known: Vec<String> = vec!["kadian.settings".to_owned()];
        for (package, rules) in &self.packages {
            known.push(package.clone());
            known.extend(rules.keys().map(|rule| format!("{package}.{rule}")));
        }
        let written = path.join(".");
        nearest(&written, known.iter().map(String::as_str).filter(|name| *name != written)).map(|name| format!("data.{name}"))
    }

    /// The function that a call in a file means: a rule, or a builtin by its name.
    pub(super) fn function(&self, file: &File, written: &str) -> Called {
        let (first, rest) = written.split_once('.').map_or((written, None), |(first, rest)| (first, Some(rest)));
        let mut path: Option<Vec<String>> = None;
        if first == "data" {
            path = Some(Vec::new());
        } else if let Some(import) = file.module.imports.iter().find(|import| import.alias == first && import.path[0] == "data") {
            path = Some(import.path[1..].to_vec());
        } else if rest.is_none() {
            let local = RuleName { package: file.package(), name: written.to_owned() };
            if !self.definitions(&local).is_empty() {
                return Called::Rule(local);
            }
        }
        if let Some(mut path) = path {
            path.extend(rest.into_iter().flat_map(|rest| rest.split('.')).map(str::to_owned));
            let parts: Vec<Option<&str>> = path.iter().map(|part| Some(part.as_str())).collect();
            return match self.named(&parts) {
                Named::Rule(rule, length) if length == path.len() => Called::Rule(rule),
                Named::Nothing(nearest) => Called::Unknown(nearest),
                _ => Called::Unknown(None),
            };
        }
        if let Some(arity) = engine::arity(written) {
            return Called::Builtin(arity);
        }
        let local = self.rules(&file.package()).filter(|rule| self.is_function(rule)).map(|rule| rule.name);
        let names: Vec<String> = local.chain(engine::builtin_names().into_iter().map(str::to_owned)).collect();
        Called::Unknown(nearest(written, names.iter().map(String::as_str)).map(str::to_owned))
    }
}

/// What a call calls.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Called {
    Rule(RuleName),
    /// With so many arguments.
    Builtin(usize),
    /// Nothing; the nearest name, if one is near.
    Unknown(Option<String>),
}
