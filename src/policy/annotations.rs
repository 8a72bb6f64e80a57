//! OPA's `# METADATA` comments: found, read and tied to what they describe.
//!
//! The form is OPA's (`openpolicyagent.org/docs/policy-language#annotations`): a comment `# METADATA` in column 1, then YAML in
//! comments until the block ends. The engine does not read them, so this module does.

mod custom;

use serde_yaml::{Mapping, Value};

use super::error::PolicyError;
use super::scan::Comment;
use super::source::Origin;
use super::syntax::Module;
use crate::nearest::nearest;

pub(super) use custom::Custom;

/// What an annotation describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// One definition.
    Rule,
    /// Every definition of that name in the package.
    Document,
    Package,
    /// The package and all packages below it.
    Subpackages,
}

/// Something to read about a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelatedResource {
    /// The address.
    pub reference: String,
    pub description: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Annotation {
    /// The line of `# METADATA`.
    pub(super) line: u32,
    pub(super) scope: Scope,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) related_resources: Option<Vec<RelatedResource>>,
    pub(super) custom: Custom,
}

/// The annotations of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Annotations {
    /// With the scope package or subpackages.
    pub(super) package: Vec<Annotation>,
    /// With the scope rule or document, and the index of the definition that follows.
    pub(super) rules: Vec<(usize, Annotation)>,
}

const KEYS: [&str; 10] = [
    "scope",
    "title",
    "description",
    "related_resources",
    "authors",
    "organizations",
    "schemas",
    "entrypoint",
    "compile",
    "custom",
];

/// Reads the annotations of a file; all faults are returned together. A file without annotations has none.
pub(super) fn read(path: &str, origin: Origin, module: &Module, comments: &[Comment]) -> Result<Annotations, Vec<PolicyError>> {
    let mut annotations = Annotations::default();
    let mut errors = Vec::new();
    for block in blocks(comments) {
        let result = Block { path, origin, comments: block }.read().and_then(|(scope, annotation)| {
            let last = block.last().map_or(annotation.line, |comment| comment.line);
            attach(path, module, last, scope, annotation, &mut annotations)
        });
        errors.extend(result.err());
    }
    if errors.is_empty() { Ok(annotations) } else { Err(errors) }
}

/// The runs of comment lines that start with `# METADATA`, the first line included.
fn blocks(comments: &[Comment]) -> Vec<&[Comment]> {
    let mut blocks = Vec::new();
    let mut start = None;
    for (index, comment) in comments.iter().enumerate() {
        let follows = index > 0 && comments[index - 1].line + 1 == comment.line;
        let opens = comment.text.trim() == "METADATA";
        if !follows || opens {
            if let Some(start) = start.take() {
                blocks.push(&comments[start..index]);
            }
            start = opens.then_some(index);
        }
    }
    if let Some(start) = start {
        blocks.push(&comments[start..]);
    }
    blocks
}

/// Ties an annotation to the package or rule that follows its last line.
fn attach(
    path: &str,
    module: &Module,
    last: u32,
    scope: Option<Scope>,
    mut annotation: Annotation,
    into: &mut Annotations,
) -> Result<(), PolicyError> {
    let error = |message: &str| PolicyError::at(path, annotation.line, 1, message);
    let next_rule = module.rules.iter().enumerate().find(|(_, rule)| rule.span.line > last);
    let next_import = module.imports.iter().find(|import| import.span.line > last);
    if module.package_span.line > last {
        annotation.scope = scope.unwrap_or(Scope::Package);
        if matches!(annotation.scope, Scope::Rule | Scope::Document) {
            return Err(error("an annotation of this scope must stand before a rule, not before the package"));
        }
        if annotation.custom.id.is_some() && annotation.scope == Scope::Subpackages {
            return Err(error("an `id` belongs to a rule or a package, not to several packages")
                .hint("Move it before the package or rule."));
        }
        into.package.push(annotation);
        return Ok(());
    }
    if next_import.is_some_and(|import| next_rule.is_none_or(|(_, rule)| import.span.line < rule.span.line)) {
        return Err(error("an annotation must stand before the package or a rule, not before an import"));
    }
    let Some((index, rule)) = next_rule else {
        return Err(error("nothing follows this annotation").hint("Put it right before the rule that it describes."));
    };
    annotation.scope = scope.unwrap_or(Scope::Rule);
    if matches!(annotation.scope, Scope::Package | Scope::Subpackages) {
        return Err(error("an annotation of this scope must stand before the package"));
    }
    let same = |(other, earlier): &&(usize, Annotation)| {
        earlier.scope == annotation.scope
            && match annotation.scope {
                Scope::Document => module.rules[*other].name == rule.name,
                _ => *other == index,
            }
    };
    if let Some((_, earlier)) = into.rules.iter().find(same) {
        return Err(error(&format!("`{}` has this scope's annotation already, in line {}", rule.name, earlier.line)));
    }
    into.rules.push((index, annotation));
    Ok(())
}

/// One block, and the errors that name its lines.
struct Block<'a> {
    path: &'a str,
    origin: Origin,
    comments: &'a [Comment],
}

impl Block<'_> {
    fn line(&self) -> u32 {
        self.comments.first().map_or(0, |comment| comment.line)
    }

    /// An error at the line that holds the key.
    fn error(&self, key: &str, message: impl Into<String>) -> PolicyError {
        let holds = |comment: &&Comment| {
            let text = comment.text.trim_start().trim_start_matches("- ");
            text.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'))
        };
        let line = self.comments.iter().skip(1).find(holds).map_or(self.line(), |comment| comment.line);
        PolicyError::at(self.path, line, 1, message)
    }

    fn read(&self) -> Result<(Option<Scope>, Annotation), PolicyError> {
        let lines: Vec<&str> = self.comments.iter().skip(1).map(|comment| comment.text.as_str()).collect();
        let yaml = lines.join("\n");
        let value: Value = serde_yaml::from_str(&yaml).map_err(|error| {
            let offset = error.location().map_or(0, |location| u32::try_from(location.line()).unwrap_or(0));
            PolicyError::at(self.path, self.line() + offset, 1, format!("the METADATA is not YAML: {error}"))
                .hint("Indent every line of the block alike after the `#`, and put a blank line after it.")
        })?;
        let map = match value {
            Value::Null => Mapping::new(),
            Value::Mapping(map) => map,
            _ => return Err(self.error("METADATA", "expected `key: value` lines in the METADATA")),
        };
        for key in map.keys() {
            let key = key.as_str().unwrap_or_default();
            if KEYS.contains(&key) {
                continue;
            }
            let error = self.error(key, format!("unknown key `{key}` in the METADATA"));
            return Err(if custom::KEYS.contains(&key) {
                error.hint(format!("`{key}` stands under `custom:`."))
            } else {
                error.maybe_hint(nearest(key, KEYS).map(|near| format!("Did you mean `{near}`?")))
            });
        }
        let scope = match self.text(&map, "scope")?.as_deref() {
            None => None,
            Some("rule") => Some(Scope::Rule),
            Some("document") => Some(Scope::Document),
            Some("package") => Some(Scope::Package),
            Some("subpackages") => Some(Scope::Subpackages),
            Some(other) => {
                return Err(
                    self.error("scope", format!("unknown scope `{other}`: expected rule, document, package or subpackages"))
                );
            }
        };
        let annotation = Annotation {
            line: self.line(),
            scope: Scope::Rule,
            title: self.text(&map, "title")?,
            description: self.text(&map, "description")?,
            related_resources: self.related(&map)?,
            custom: custom::read(self, &map)?,
        };
        Ok((scope, annotation))
    }

    fn text(&self, map: &Mapping, key: &str) -> Result<Option<String>, PolicyError> {
        match map.get(key) {
            None => Ok(None),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.trim_end().to_owned())),
            Some(_) => Err(self.error(key, format!("expected a text at `{key}` in the METADATA"))),
        }
    }

    fn texts(&self, map: &Mapping, key: &str) -> Result<Option<Vec<String>>, PolicyError> {
        let error = || self.error(key, format!("expected a list of texts at `{key}` in the METADATA"));
        match map.get(key) {
            None => Ok(None),
            Some(Value::Sequence(items)) => {
                let texts = items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(error));
                texts.collect::<Result<_, _>>().map(Some)
            }
            Some(_) => Err(error()),
        }
    }

    /// A list of addresses, or of `ref` with `description`.
    fn related(&self, map: &Mapping) -> Result<Option<Vec<RelatedResource>>, PolicyError> {
        let error = || {
            self.error("related_resources", "expected a list of addresses, or of `ref` and `description`, at `related_resources`")
        };
        match map.get("related_resources") {
            None => Ok(None),
            Some(Value::Sequence(items)) => {
                let resource = |item: &Value| match item {
                    Value::String(reference) => Ok(RelatedResource { reference: reference.clone(), description: None }),
                    Value::Mapping(map) => Ok(RelatedResource {
                        reference: self.text(map, "ref")?.ok_or_else(error)?,
                        description: self.text(map, "description")?,
                    }),
                    _ => Err(error()),
                };
                items.iter().map(resource).collect::<Result<_, _>>().map(Some)
            }
            Some(_) => Err(error()),
        }
    }
}
