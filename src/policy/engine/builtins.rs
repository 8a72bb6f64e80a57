//! Which functions policies may call, and the ones that kadian replaces.

use regorus::Value;
use regorus::unstable::BUILTINS;

/// Functions that reach out of the process or answer differently each time.
const REFUSED: [&str; 5] = ["http.send", "net.lookup_ip_addr", "opa.runtime", "rand.intn", "uuid.rfc4122"];

/// Elements that `numbers.range` may make. The engine reserves the memory before its limit can act.
const MAX_RANGE: i64 = 1_000_000;

/// Why a function may not be called; none for all others.
pub(in crate::policy) fn refused(name: &str) -> Option<&'static str> {
    REFUSED.contains(&name).then_some("the same evidence must always give the same decision")
}

/// How many arguments a builtin takes; none when there is no such builtin. `print` takes any number and is not listed here.
pub(in crate::policy) fn arity(name: &str) -> Option<usize> {
    BUILTINS.get(name).map(|(_, arity)| usize::from(*arity))
}

/// The names of the builtins, sorted.
pub(in crate::policy) fn names() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = BUILTINS.keys().copied().filter(|name| !name.starts_with("__")).collect();
    names.sort_unstable();
    names
}

/// Replaces the functions whose own form would not keep what kadian promises.
///
/// `time.now_ns` gives the time of the decision; the range functions and the shift refuse sizes that would end the process.
pub(super) fn replace(engine: &mut regorus::Engine, now_ns: i64) -> anyhow::Result<()> {
    engine.add_extension("time.now_ns".to_owned(), 0, Box::new(move |_: Vec<Value>| Ok(Value::from(now_ns))))?;
    engine.add_extension(
        "numbers.range".to_owned(),
        2,
        Box::new(|args: Vec<Value>| {
            let (first, last) = (integer(&args, 0)?, integer(&args, 1)?);
            range(first, last, if first <= last { 1 } else { -1 })
        }),
    )?;
    engine.add_extension(
        "numbers.range_step".to_owned(),
        3,
        Box::new(|args: Vec<Value>| {
            let (first, last, step) = (integer(&args, 0)?, integer(&args, 1)?, integer(&args, 2)?);
            if step <= 0 {
                anyhow::bail!("the step must be above 0");
            }
            range(first, last, if first <= last { step } else { -step })
        }),
    )?;
    engine.add_extension(
        "bits.lsh".to_owned(),
        2,
        Box::new(|args: Vec<Value>| {
            let (number, bits) = (integer(&args, 0)?, integer(&args, 1)?);
            let factor = if (0..63).contains(&bits) { Some(1_i64 << bits) } else { None };
            match factor.and_then(|factor| number.checked_mul(factor)) {
                Some(shifted) => Ok(Value::from(shifted)),
                None => anyhow::bail!("{number} shifted by {bits} bits does not fit into 64 bits"),
            }
        }),
    )
}

fn integer(args: &[Value], index: usize) -> anyhow::Result<i64> {
    match args.get(index).map(Value::as_i64) {
        Some(Ok(number)) => Ok(number),
        _ => anyhow::bail!("argument {} must be an integer of 64 bits", index + 1),
    }
}

fn range(first: i64, last: i64, step: i64) -> anyhow::Result<Value> {
    let too_many = || anyhow::anyhow!("a range may have at most {MAX_RANGE} elements");
    let distance = last.checked_sub(first).ok_or_else(too_many)?;
    if distance / step >= MAX_RANGE {
        return Err(too_many());
    }
    let count = distance / step + 1;
    Ok(Value::from((0..count).map(|index| Value::from(first + index * step)).collect::<Vec<Value>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_go_both_ways_and_stop_at_their_limit() {
        let text = |value: Value| value.to_json_str().unwrap().split_whitespace().collect::<String>();
        assert_eq!(text(range(1, 3, 1).unwrap()), "[1,2,3]");
        assert_eq!(text(range(3, 1, -1).unwrap()), "[3,2,1]");
        assert_eq!(text(range(0, 5, 2).unwrap()), "[0,2,4]");
        assert!(range(1, 1_000_000_000, 1).is_err());
        assert!(range(i64::MIN, i64::MAX, 1).is_err());
    }

    #[test]
    fn every_refused_builtin_is_refused_and_common_ones_are_known() {
        assert!(refused("http.send").is_some() && refused("sprintf").is_none());
        assert_eq!(arity("sprintf"), Some(2));
        assert_eq!(arity("sprintff"), None);
        assert!(names().contains(&"object.get"));
    }
}
