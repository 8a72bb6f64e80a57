//! Globs over paths in the repository, as configuration and waivers write them.

use globset::{Glob, GlobBuilder};

/// Reads a glob: `*` and `?` stay within a directory, `**` does not. The error says what is wrong with it and does not repeat it.
pub fn parse(text: &str) -> Result<Glob, String> {
    GlobBuilder::new(text).literal_separator(true).build().map_err(|error| error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_star_stays_within_its_directory_and_two_do_not() {
        let matches = |glob: &str, path: &str| parse(glob).unwrap().compile_matcher().is_match(path);
        assert!(matches("src/*.rs", "src/a.rs"));
        assert!(!matches("src/*.rs", "src/a/b.rs"));
        assert!(matches("src/**", "src/a/b.rs"));
        assert!(parse("a[").is_err());
    }
}
