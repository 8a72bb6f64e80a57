//! Numbers as a tired reader takes them in.

/// Three significant digits, without zeros at the end.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "an unknown number".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = libm::floor(libm::log10(value.abs()));
    if !(-6.0..15.0).contains(&magnitude) {
        return format!("{value:.2e}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 and 8")]
    let decimals = (2.0 - magnitude).clamp(0.0, 8.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A factor: two digits are enough where it is large.
pub(super) fn times(factor: f64) -> String {
    if factor >= 10.0 { whole(factor) } else { number(libm::round(factor * 100.0) / 100.0) }
}

/// A count; fractions, which come from rates, are rounded.
pub(super) fn whole(count: f64) -> String {
    if count > 0.0 && count < 9.95 && libm::fabs(count - libm::round(count)) > 0.05 {
        return format!("{count:.1}");
    }
    if count >= 1e15 { format!("{count:.2e}") } else { format!("{count:.0}") }
}

/// A relative change in percent, with its sign.
pub(super) fn change(share: f64) -> String {
    let percent = 100.0 * share;
    let sign = if percent > 0.0 { "+" } else { "" };
    if percent.abs() >= 100.0 { format!("{sign}{}%", whole_signed(percent)) } else { format!("{sign}{}%", number(percent)) }
}

fn whole_signed(value: f64) -> String {
    if value.abs() >= 1e15 { format!("{value:.2e}") } else { format!("{value:.0}") }
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    format!("{}%", number(100.0 * share))
}

/// A time span in its largest sensible unit.
pub(super) fn span(seconds: f64) -> String {
    match seconds {
        _ if !seconds.is_finite() => "an unknown time".to_owned(),
        _ if seconds < 120.0 => format!("{:.0} s", seconds.ceil()),
        _ if seconds < 7_200.0 => format!("{:.0} min", (seconds / 60.0).ceil()),
        _ if seconds < 172_800.0 => format!("{:.0} h", (seconds / 3_600.0).ceil()),
        _ if seconds < 31_536_000.0 => format!("{:.0} days", (seconds / 86_400.0).ceil()),
        _ => "more than a year".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown: Vec<String> = [0.0, 1.1, 0.012_345, 1_234.5, 0.1 + 0.2, 1e-9, -2.5, 1e20].into_iter().map(number).collect();
        assert_eq!(shown, ["0", "1.1", "0.0123", "1234", "0.3", "1.00e-9", "-2.5", "1.00e20"]);
        assert_eq!([times(1.234), times(59.6), times(0.004)], ["1.23", "60", "0"]);
        assert_eq!([whole(45.0), whole(4.5), whole(9_909.2)], ["45", "4.5", "9909"]);
        assert_eq!([change(0.25), change(-0.031), change(11.0), change(0.0)], ["+25%", "-3.1%", "+1100%", "0%"]);
        assert_eq!([span(30.0), span(600.0), span(7_200.0), span(864_000.0)], ["30 s", "10 min", "2 h", "10 days"]);
        // As policies/canary.rego says the distance: rounded up, so that nobody looks too early.
        assert_eq!([span(29.1), span(5_401.0), span(22_140.0), span(172_801.0)], ["30 s", "91 min", "7 h", "3 days"]);
    }
}
