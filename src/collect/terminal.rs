//! What the terminal is like.

/// Columns for text: `COLUMNS` where it is set and sensible, else 80; never more than 120, which is as far as an eye follows.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "COLUMNS says how wide the terminal is")]
pub fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse::<usize>().ok());
    columns.filter(|columns| *columns >= 40).unwrap_or(80).min(120)
}

/// Whether colour is wanted on a terminal: `NO_COLOR`, `CLICOLOR` and `TERM=dumb` say no.
#[must_use]
pub fn color() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}
