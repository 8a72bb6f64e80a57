//! Lengths of time as monitoring systems write them: `90s`, `5m`, `1h30m`, `30d`, `4w`.

/// The seconds of a length of time: whole numbers with a unit each, `s`, `m`, `h`, `d` or `w`, without blanks, each unit once at
/// most and larger ones first. `None` for anything else, for nothing, and for more than a hundred years.
pub(super) fn seconds(text: &str) -> Option<u64> {
    const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];
    const CENTURY: u64 = 36_525 * 86_400;
    let (mut rest, mut total, mut units) = (text, 0_u64, UNITS.as_slice());
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let at = units.iter().position(|(name, _)| *name == unit)?;
        total = total.checked_add(number.checked_mul(units[at].1)?)?;
        units = &units[at + 1..];
        rest = &rest[digits + unit.len_utf8()..];
    }
    (1..=CENTURY).contains(&total).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_in_seconds() {
        for (text, expected) in [("90s", 90), ("5m", 300), ("1h30m", 5400), ("30d", 2_592_000), ("4w", 2_419_200)] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_length_is_none() {
        for text in ["", "5", "m", "-5m", "5 m", "1.5h", "5m5m", "1m1h", "0m", "5x", "5м", "99999999999999999999s", "200000d"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
