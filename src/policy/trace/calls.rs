//! Calls: the function must exist, be allowed, and be given as many arguments as it takes. The engine itself looks only when it
//! gets there, so a fault in a body that is not reached would stay hidden.

use super::{Fault, Walk};
use crate::policy::engine;
use crate::policy::syntax::Span;
use crate::policy::world::Called;

/// Builtins that kadian replaces; the engine gives those no output argument.
const WITHOUT_OUTPUT: [&str; 4] = ["time.now_ns", "numbers.range", "numbers.range_step", "bits.lsh"];

impl Walk<'_, '_> {
    /// Records what is wrong with a call.
    pub(super) fn check_call(&mut self, called: &Called, name: &str, given: usize, span: Span) {
        if self.silent || name == "print" {
            return;
        }
        let (message, hint) = match called {
            _ if engine::refused(name).is_some() => {
                let why = engine::refused(name).unwrap_or_default();
                (
                    format!("`{name}` may not be called: {why}"),
                    Some("Bring what it returns as evidence: `custom.NAME`.".to_owned()),
                )
            }
            Called::Unknown(nearest) => {
                let hint = nearest.as_ref().map(|nearest| format!("Did you mean `{nearest}`?"));
                (format!("there is no function `{name}`"), hint)
            }
            Called::Rule(rule) if !self.tracer.world.is_function(rule) => {
                (format!("`{name}` is a rule, not a function"), Some(format!("Write `{name}` without parentheses.")))
            }
            Called::Rule(rule) => {
                let definitions = self.tracer.world.definitions(rule);
                let takes = definitions.first().map_or(0, |first| self.tracer.world.rule(*first).args.len());
                if takes == given {
                    return;
                }
                (arguments(name, takes, given), None)
            }
            Called::Builtin(takes) => {
                let output = usize::from(!WITHOUT_OUTPUT.contains(&name));
                if (*takes..=takes + output).contains(&given) {
                    return;
                }
                (arguments(name, *takes, given), None)
            }
        };
        self.out.faults.push(Fault { span, message, hint });
    }
}

impl Walk<'_, '_> {
    /// Records names that would hide the documents: what is read through them is no evidence.
    pub(super) fn check_names(&mut self, names: &[String], span: Span) {
        for name in names.iter().filter(|name| !self.silent && matches!(name.as_str(), "input" | "data")) {
            let message = format!("the name `{name}` would hide the document of that name");
            self.out.faults.push(Fault { span, message, hint: Some("Give it another name.".to_owned()) });
        }
    }
}

fn arguments(name: &str, takes: usize, given: usize) -> String {
    let plural = if takes == 1 { "" } else { "s" };
    format!("`{name}` takes {takes} argument{plural}, and is given {given}")
}
