//! The languages that kadian knows by the ending of a file: which of them are code, and how they comment out a line.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What the ending of a file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Language {
    /// Whether it is source code that ships, rather than configuration or a script of the build.
    pub code: bool,
    /// What starts a comment that goes on to the end of its line.
    pub line_comments: &'static [&'static str],
    /// What looks like such a comment and is not.
    pub not_comments: &'static [&'static str],
}

const fn code(line_comments: &'static [&'static str]) -> Language {
    Language { code: true, line_comments, not_comments: &[] }
}

const fn other(line_comments: &'static [&'static str]) -> Language {
    Language { code: false, line_comments, not_comments: &[] }
}

/// Endings without their dot, in lower case, by language. An ending stands in one row only.
const BY_ENDING: &[(Language, &str)] = &[
    (code(&["//"]), "rs go java kt kts scala sc groovy swift dart zig v cs fs fsx sol proto thrift cr2 d hx pony odin vala"),
    (code(&["//"]), "c h cc cpp cxx c++ hh hpp hxx inl ipp m mm cu cuh ino glsl vert frag wgsl hlsl metal"),
    (code(&["//"]), "js mjs cjs jsx ts mts cts tsx vue svelte astro es6 res"),
    (code(&["//"]), "scss sass less styl"),
    (Language { code: true, line_comments: &["//", "#"], not_comments: &["#["] }, "php phtml"),
    (code(&["#"]), "py pyi pyx pxd rb rake gemspec pl pm t r jl nim cr ex exs awk tcl coffee gd elv star bzl graphql gql"),
    (code(&["#"]), "sh bash zsh ksh fish ps1 psm1 psd1 nu rego cel nix"),
    (code(&["--"]), "lua hs lhs elm purs adb ads vhd vhdl applescript"),
    (code(&["%"]), "erl hrl"),
    (code(&[";"]), "clj cljs cljc el lisp lsp scm ss rkt asm s"),
    (code(&["!"]), "f90 f95 f03 f08"),
    (code(&["'"]), "vb vbs bas"),
    (code(&["*>"]), "cob cbl"),
    (code(&["//", "{"]), "pas pp dpr"),
    (code(&["//"]), "abap apex cls trigger"),
    (code(&["\""]), "vim"),
    (
        code(&[]),
        "css html htm xhtml jsp jspx jinja jinja2 j2 ejs hbs mustache erb haml pug ml mli re wat cshtml razor ftl vm twig",
    ),
    (code(&["::", "REM ", "rem "]), "bat cmd"),
    (code(&["(*"]), "sml"),
    (code(&["#"]), "mk cmake"),
    (other(&["--"]), "sql ddl dml psql pgsql plsql pls pks pkb mysql"),
    (other(&["//"]), "prisma jsonc json5 gradle bicep cue jsonnet libsonnet"),
    (other(&["#", "//"]), "tf tfvars hcl nomad"),
    (other(&["#"]), "yaml yml toml conf cfg env dockerfile editorconfig service timer socket desktop"),
    (other(&["#", "!"]), "properties"),
    (other(&["#", ";"]), "ini"),
];

static ENDINGS: LazyLock<HashMap<&'static str, Language>> = LazyLock::new(|| {
    BY_ENDING.iter().flat_map(|(language, endings)| endings.split(' ').map(|ending| (ending, *language))).collect()
});

/// What the ending of the path tells; `None` for a path without one, or with one that is not known.
pub(super) fn language(path: &str) -> Option<Language> {
    ENDINGS.get(ending(path)?.as_str()).copied()
}

/// The ending of the path's last component in lower case, without the dot; `None` where there is no dot in it. The ending of
/// `.env` is `env`.
pub(super) fn ending(path: &str) -> Option<String> {
    let name = path.rsplit('/').next()?;
    name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_stands_in_one_row_only() {
        let mut endings: Vec<&str> = BY_ENDING.iter().flat_map(|(_, endings)| endings.split(' ')).collect();
        let all = endings.len();
        endings.sort_unstable();
        endings.dedup();
        assert_eq!(endings.len(), all);
        assert!(endings.iter().all(|ending| !ending.is_empty() && *ending == ending.to_lowercase()));
    }

    #[test]
    fn endings_are_those_of_the_last_component() {
        assert_eq!(ending("a.rs/README"), None);
        assert_eq!(ending("src/Main.JAVA").as_deref(), Some("java"));
        assert_eq!(ending(".env").as_deref(), Some("env"));
        assert!(language("src/main.rs").is_some_and(|language| language.code));
        assert!(language("a.tf").is_some_and(|language| !language.code));
    }
}
