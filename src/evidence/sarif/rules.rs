//! Which rule a result is about.

use std::collections::{BTreeMap, HashMap};

use super::raw::{Component, Level, Override, Result, Rule};

/// What is kept of a rule.
pub(super) struct KnownRule {
    id: String,
    pub(super) level: Option<Level>,
    /// The `security-severity` property.
    pub(super) score: Option<f64>,
    pub(super) messages: BTreeMap<String, String>,
}

/// The rules of the driver and of the extensions.
pub(super) struct Rules {
    /// The driver first, then the extensions in their order.
    components: Vec<KnownComponent>,
    by_id: HashMap<String, (usize, usize)>,
    overrides: Vec<(String, Level)>,
}

struct KnownComponent {
    name: String,
    guid: Option<String>,
    rules: Vec<KnownRule>,
}

impl Rules {
    pub(super) fn new(driver: Component, extensions: Vec<Component>) -> Rules {
        let components: Vec<KnownComponent> = std::iter::once(driver).chain(extensions).map(known).collect();
        let mut by_id = HashMap::new();
        for (at, component) in components.iter().enumerate() {
            for (index, rule) in component.rules.iter().enumerate() {
                by_id.entry(rule.id.clone()).or_insert((at, index));
            }
        }
        Rules { components, by_id, overrides: Vec::new() }
    }

    /// The result's rule, if the report describes it, and its id (sections 3.27.5 to 3.27.7): by index in its component, then by
    /// id, then by the id without its last parts (`CA1000/1` is a case of `CA1000`).
    pub(super) fn find(&self, result: &Result) -> (Option<&KnownRule>, String) {
        let reference = result.rule.as_ref();
        let stated = result.rule_id.as_ref().or_else(|| reference.and_then(|rule| rule.id.as_ref()));
        let id = stated.map(|id| id.0.clone()).filter(|id| !id.is_empty());
        let index = result.rule_index.filter(|index| *index >= 0).or_else(|| reference.and_then(|rule| rule.index));
        let indexed = self
            .indexed(index, reference.and_then(|rule| rule.tool_component.as_ref()))
            // An index that leads to a rule of another name is a mistake; the name is what people see.
            .filter(|rule| id.as_deref().is_none_or(|id| is_case_of(id, &rule.id)));
        let rule = indexed.or_else(|| id.as_deref().and_then(|id| self.named(id)));
        let id = id.or_else(|| rule.map(|rule| rule.id.clone()));
        (rule, id.unwrap_or_else(|| "(no rule)".to_owned()))
    }

    fn indexed(&self, index: Option<i64>, component: Option<&super::raw::ComponentReference>) -> Option<&KnownRule> {
        let at = component.map_or(Some(0), |component| self.component(component))?;
        self.components.get(at)?.rules.get(usize::try_from(index?).ok()?)
    }

    /// The levels that the invocations set for this rule or for the one that it is a case of: the gravest, because nobody says
    /// under which invocation a result was found. `None` where they set none.
    pub(super) fn overridden(&self, id: &str) -> Option<Level> {
        self.overrides.iter().filter(|(rule, _)| is_case_of(id, rule)).map(|(_, level)| *level).max()
    }

    /// Takes in what an invocation sets (section 3.20.5). An error, as a sentence, where it does not say for which rule.
    pub(super) fn set(&mut self, entry: Override) -> std::result::Result<(), String> {
        let Some(level) = entry.configuration.and_then(|configuration| configuration.level) else { return Ok(()) };
        let rule = entry.descriptor.and_then(|rule| {
            let stated = rule.id.map(|id| id.0).filter(|id| !id.is_empty());
            stated.or_else(|| self.indexed(rule.index, rule.tool_component.as_ref()).map(|rule| rule.id.clone()))
        });
        let rule = rule.ok_or_else(|| "`ruleConfigurationOverrides` sets a level of a rule that it does not name".to_owned())?;
        self.overrides.push((rule, level));
        Ok(())
    }

    fn component(&self, reference: &super::raw::ComponentReference) -> Option<usize> {
        if let Some(index) = reference.index.filter(|index| *index >= 0) {
            return usize::try_from(index).ok().map(|index| index + 1);
        }
        self.components.iter().position(|component| {
            let guid = reference.guid.is_some() && component.guid == reference.guid;
            guid || reference.name.as_ref().is_some_and(|name| name.0 == component.name)
        })
    }

    fn named(&self, id: &str) -> Option<&KnownRule> {
        let mut id = id;
        loop {
            if let Some((at, index)) = self.by_id.get(id) {
                return self.components.get(*at)?.rules.get(*index);
            }
            id = id.rsplit_once('/')?.0;
        }
    }
}

/// Whether the id is the rule's or that of one of its cases: `CA1000/1` is one of `CA1000`.
fn is_case_of(id: &str, rule: &str) -> bool {
    id.strip_prefix(rule).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn known(component: Component) -> KnownComponent {
    let rules = component.rules.unwrap_or_default().into_iter().map(known_rule).collect();
    KnownComponent { name: component.name.0, guid: component.guid, rules }
}

fn known_rule(rule: Rule) -> KnownRule {
    let messages = rule.message_strings.unwrap_or_default().into_iter();
    KnownRule {
        id: rule.id.0,
        level: rule.default_configuration.and_then(|configuration| configuration.level),
        score: rule.properties.and_then(|properties| properties.security_severity).and_then(|score| score.0),
        messages: messages.filter_map(|(key, message)| Some((key, message.text?.0))).collect(),
    }
}
