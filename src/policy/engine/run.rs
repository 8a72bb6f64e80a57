//! Evaluation within limits.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde_json::{Map, Value};

use super::Engine;
use super::builtins;
use crate::policy::error::PolicyError;

/// Address space for the stack of a worker. The engine recurses over expressions and documents; only what is used takes memory.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Workers at most, because each takes that much address space.
const MAX_WORKERS: usize = 16;

/// Steps of the engine between two looks at the clock.
const TIMER_STEPS: u32 = 256;

/// What one evaluation may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Wall time for each check.
    pub time: Duration,
    /// Bytes that the process may take beyond what it holds when the evaluation starts, for all checks together.
    pub memory: u64,
}

impl Default for Limits {
    /// Two seconds and 512 MiB: a hundred times what the largest known change needs.
    fn default() -> Self {
        Limits { time: Duration::from_secs(2), memory: 512 * 1024 * 1024 }
    }
}

/// What policies see.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) struct Documents<'a> {
    /// None in tests, which bring their own.
    pub(in crate::policy) input: Option<&'a Value>,
    pub(in crate::policy) settings: &'a Value,
    pub(in crate::policy) now: Timestamp,
}

/// Why a rule has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy) enum Failure {
    Time,
    Memory,
    /// The engine's message, with the place it names.
    Error(PolicyError),
}

/// The value of a rule.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::policy) enum RuleValue {
    Undefined,
    /// The elements of a set, in the engine's order of values.
    Set(Vec<Value>),
    Other(Value),
}

/// Which lines of a file were reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::policy) struct Coverage {
    pub(in crate::policy) path: String,
    pub(in crate::policy) covered: BTreeSet<u32>,
    pub(in crate::policy) not_covered: BTreeSet<u32>,
}

/// The threads that the engine runs on, and the one memory limit of the process.
pub(in crate::policy) struct Workers;

impl Workers {
    /// Runs the work on threads with large stacks while nobody else uses the engine.
    ///
    /// `memory` is how much the process may take in addition; none leaves it unlimited. Fails where threads cannot be started, and
    /// where the work panics.
    pub(in crate::policy) fn run<T: Send>(memory: Option<u64>, work: impl FnOnce() -> T + Send) -> Result<T, PolicyError> {
        static GATE: Mutex<()> = Mutex::new(());
        static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
        let threads = rayon::current_num_threads().min(MAX_WORKERS);
        let pool = POOL.get_or_init(|| ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK_BYTES).build().ok());
        let no_threads = || {
            PolicyError::nowhere("the threads for policy evaluation cannot be started")
                .hint("Raise the limit on threads or address space of the process.")
        };
        let pool = pool.as_ref().ok_or_else(no_threads)?;
        let _gate = GATE.lock().unwrap_or_else(PoisonError::into_inner);
        regorus::set_global_memory_limit(memory.map(|memory| in_use().saturating_add(memory)));
        // From a thread of its own: a caller that is itself a worker of some pool would take up other work while it waits here,
        // and that work may want the same lock.
        let result = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().spawn_scoped(scope, || pool.install(work)).map_err(|_| no_threads())?;
            thread.join().map_err(|_| PolicyError::nowhere("the policy engine broke off; please report it"))
        });
        regorus::set_global_memory_limit(None);
        result
    }
}

/// Bytes that the process holds. The engine tells them only when a limit is passed, so the limit is 0 for a moment.
fn in_use() -> u64 {
    regorus::flush_thread_memory_counters();
    regorus::set_global_memory_limit(Some(0));
    match regorus::check_global_memory_limit() {
        Err(regorus::LimitError::MemoryLimitExceeded { usage, .. }) => usage,
        _ => 0,
    }
}

/// Policies together with the documents that they judge. Call its functions inside [`Workers::run`].
#[derive(Debug, Clone)]
pub(in crate::policy) struct Session {
    inner: regorus::Engine,
}

impl Session {
    /// Brings policies and documents together.
    pub(in crate::policy) fn new(engine: &Engine, documents: Documents<'_>, time: Duration) -> Result<Self, Failure> {
        let set_up = || -> anyhow::Result<regorus::Engine> {
            let mut engine = engine.clone();
            engine.set(documents.settings)?;
            let mut inner = engine.inner;
            let now_ns = i64::try_from(documents.now.as_nanosecond())?;
            builtins::replace(&mut inner, now_ns)?;
            if let Some(input) = documents.input {
                inner.set_input(value(input)?);
            }
            inner.set_gather_prints(true);
            if let Some(check_interval) = NonZeroU32::new(TIMER_STEPS) {
                inner.set_execution_timer_config(regorus::utils::limits::ExecutionTimerConfig { limit: time, check_interval });
            }
            inner.eval_query("true".to_owned(), false)?;
            Ok(inner)
        };
        let inner = set_up().map_err(|error| failure(&error))?;
        Ok(Session { inner })
    }

    /// The value of a rule, by its full path (`data.kadian.tests.deny`), evaluated afresh.
    pub(in crate::policy) fn rule(&self, path: &str) -> Result<RuleValue, Failure> {
        let mut engine = self.inner.clone();
        caught(move || read(&mut engine, path))
    }

    /// As [`Session::rule`], and also what was printed and which lines were reached.
    pub(in crate::policy) fn observed(&self, path: &str) -> (Result<RuleValue, Failure>, Vec<String>, Vec<Coverage>) {
        let mut engine = self.inner.clone();
        engine.set_enable_coverage(true);
        let value = caught(AssertUnwindSafe(|| read(&mut engine, path)));
        let prints = engine.take_prints().unwrap_or_default();
        let report = engine.get_coverage_report().map(|report| report.files).unwrap_or_default();
        let coverage = report
            .into_iter()
            .map(|file| Coverage { path: file.path, covered: file.covered, not_covered: file.not_covered })
            .collect();
        (value, prints, coverage)
    }
}

/// A panic inside the engine is a failure like any other: it must never look like a rule that found nothing.
fn caught<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Failure::Error(PolicyError::nowhere("the policy engine broke off; please report it"))))
}

/// The engine's value of a document. What stands below its keys is made in parallel: most of a large input is two of its parts.
fn value(document: &Value) -> anyhow::Result<regorus::Value> {
    let Value::Object(parts) = document else { return converted(document, DEPTH, &mut Keys::new()) };
    let parts: Vec<(&String, &Value)> = parts.iter().collect();
    let part = |(key, part): &(&String, &Value)| -> anyhow::Result<_> {
        Ok((regorus::Value::from(key.as_str()), converted(part, DEPTH, &mut Keys::new())?))
    };
    let parts = parts.par_iter().map(part).collect::<anyhow::Result<BTreeMap<_, _>>>()?;
    Ok(regorus::Value::from(parts))
}

/// The keys that were seen: the elements of a list have the same ones.
type Keys<'d> = HashMap<&'d str, regorus::Value>;

/// From so many parts on a value is looked at for its memory; a look takes as long as a few small values.
const MANY: usize = 64;

/// How deep a value may be nested, as the engine itself limits what it reads: it goes down into values with its stack.
const DEPTH: usize = 127;

/// The engine's value of what is JSON, as the engine itself would read it from its text. It ends where memory does, and `depth` levels
/// below.
fn converted<'d>(json: &'d Value, depth: usize, keys: &mut Keys<'d>) -> anyhow::Result<regorus::Value> {
    let parts = json.as_array().map(Vec::len).or(json.as_object().map(Map::len));
    if parts.is_some_and(|parts| parts >= MANY) {
        regorus::check_global_memory_limit()?;
    }
    let deeper = || depth.checked_sub(1).ok_or_else(|| anyhow::anyhow!("the input is nested more than {DEPTH} deep"));
    Ok(match json {
        Value::Null => regorus::Value::Null,
        Value::Bool(truth) => regorus::Value::from(*truth),
        Value::String(text) => regorus::Value::from(text.as_str()),
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(whole), ..) => regorus::Value::from(whole),
            (None, Some(negative), _) => regorus::Value::from(negative),
            (None, None, Some(fraction)) => regorus::Value::from(fraction),
            (None, None, None) => regorus::Value::from_numeric_string(&number.to_string())?,
        },
        Value::Array(elements) => {
            let depth = deeper()?;
            let elements = elements.iter().map(|element| converted(element, depth, keys)).collect::<anyhow::Result<Vec<_>>>()?;
            regorus::Value::from(elements)
        }
        Value::Object(fields) => {
            let depth = deeper()?;
            let field = |(key, value): (&'d String, &'d Value)| -> anyhow::Result<_> {
                let value = converted(value, depth, keys)?;
                let key = keys.entry(key).or_insert_with(|| regorus::Value::from(key.as_str()));
                Ok((key.clone(), value))
            };
            let fields = fields.iter().map(field).collect::<anyhow::Result<BTreeMap<_, _>>>()?;
            regorus::Value::from(fields)
        }
    })
}

fn read(engine: &mut regorus::Engine, path: &str) -> Result<RuleValue, Failure> {
    let value = engine.eval_rule(path.to_owned()).map_err(|error| failure(&error))?;
    let json = |value: &regorus::Value| {
        serde_json::to_value(value)
            .map_err(|error| Failure::Error(PolicyError::nowhere(format!("the value of {path} is not JSON: {error}"))))
    };
    match &value {
        regorus::Value::Undefined => Ok(RuleValue::Undefined),
        regorus::Value::Set(set) => Ok(RuleValue::Set(set.iter_sorted().map(json).collect::<Result<_, _>>()?)),
        other => Ok(RuleValue::Other(json(other)?)),
    }
}

/// The kind of failure. The engine passes on some errors as text only, so the text is looked at, too.
fn failure(error: &anyhow::Error) -> Failure {
    let message = error.to_string();
    match error.downcast_ref::<regorus::LimitError>() {
        Some(regorus::LimitError::TimeLimitExceeded { .. }) => Failure::Time,
        Some(regorus::LimitError::MemoryLimitExceeded { .. }) => Failure::Memory,
        _ if message.contains("execution exceeded time limit") => Failure::Time,
        _ if message.contains("execution exceeded memory limit") => Failure::Memory,
        // The engine counts a tab as four columns, and a renamed rule moves its line: the line alone is certain.
        _ => Failure::Error(PolicyError { column: 0, ..super::placed("", "", &message) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn evaluate(text: &str, limits: Limits) -> Result<RuleValue, Failure> {
        Workers::run(Some(limits.memory), || {
            let mut engine = Engine::new();
            engine.add("a.rego", text).unwrap();
            let now = "2026-01-02T03:04:05Z".parse().unwrap();
            let documents = Documents { input: Some(&json!({})), settings: &json!({"n": 3}), now };
            Session::new(&engine, documents, limits.time)?.rule("data.a.x")
        })
        .unwrap()
    }

    #[test]
    fn the_clock_is_the_time_of_the_decision_and_tests_may_replace_it() {
        let value = evaluate("package a\nx := time.now_ns()\n", Limits::default());
        assert_eq!(value, Ok(RuleValue::Other(json!(1_767_323_045_000_000_000_i64))));
        let value = evaluate("package a\ny := time.now_ns()\nx := z if z := y with time.now_ns as 5\n", Limits::default());
        assert_eq!(value, Ok(RuleValue::Other(json!(5))));
    }

    #[test]
    fn a_document_is_what_the_engine_would_read_from_its_text() {
        let numbers = "[0,-0.0,-1,1.5,1e300,-9223372036854775808,18446744073709551615,18446744073709551616,1e-7,0.1,100.0,1E2]";
        let text =
            format!("{{\"a\":{numbers},\"b\":[{{\"x\":null,\"y\":\"\\u0000é\"}},{{\"y\":true,\"x\":{{}}}},[]],\"c\":\"\"}}");
        let document: Value = serde_json::from_str(&text).unwrap();
        let read = regorus::Value::from_json_str(&document.to_string()).unwrap();
        assert_eq!(value(&document).unwrap(), read);
        assert_eq!(value(&document).unwrap().to_json_str().unwrap(), read.to_json_str().unwrap());
        assert_eq!(value(&document["a"]).unwrap(), read["a"]);
    }

    #[test]
    fn settings_are_data_and_a_rule_that_does_not_hold_is_undefined() {
        assert_eq!(evaluate("package a\nx := data.kadian.settings.n\n", Limits::default()), Ok(RuleValue::Other(json!(3))));
        assert_eq!(evaluate("package a\nx := 1 if input.y\n", Limits::default()), Ok(RuleValue::Undefined));
        assert_eq!(evaluate("package a\nx contains 1 if input.y\n", Limits::default()), Ok(RuleValue::Set(Vec::new())));
    }

    #[test]
    fn a_failing_builtin_is_a_failure_with_its_place() {
        let Err(Failure::Error(error)) =
            evaluate("package a\nx contains m if {\n\tm := to_number(\"y\")\n}\n", Limits::default())
        else {
            panic!("no failure")
        };
        assert_eq!((error.file.as_str(), error.line), ("a.rego", 3), "{error}");
    }

    #[test]
    fn endless_work_ends_at_the_time_limit() {
        let text =
            "package a\nx := count([1 | some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i + j < 0])\n";
        let limits = Limits { time: Duration::from_millis(100), ..Limits::default() };
        assert_eq!(evaluate(text, limits), Err(Failure::Time));
    }

    #[test]
    fn huge_values_end_at_the_memory_limit() {
        let limits = Limits { time: Duration::from_mins(1), memory: 64 * 1024 * 1024 };
        let arrays = "package a\nx := [[i, j] | some i in numbers.range(1, 100000); some j in numbers.range(1, 100000)]\n";
        assert_eq!(evaluate(arrays, limits), Err(Failure::Memory));
        let doubled: Vec<String> = (0..40).map(|i| format!("s{} := concat(\"\", [s{i}, s{i}])", i + 1)).collect();
        let strings = format!("package a\ns0 := \"0123456789abcdef\"\n{}\nx := s40\n", doubled.join("\n"));
        assert_eq!(evaluate(&strings, limits), Err(Failure::Memory));
    }

    #[test]
    fn sizes_that_would_end_the_process_are_failures() {
        for text in [
            "package a\nx := numbers.range(1, 1000000000000000)\n",
            "package a\nx := numbers.range_step(1, 1000000000000000, 2)\n",
            "package a\nx := bits.lsh(1, 1000000000000000)\n",
        ] {
            assert!(matches!(evaluate(text, Limits::default()), Err(Failure::Error(_))), "{text}");
        }
    }
}
