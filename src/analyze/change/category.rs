//! What a file is for, told by its path.
//!
//! The first rule that applies decides:
//!
//! 1. **test**: below a fixture directory (`fixtures`, `testdata`, `__snapshots__` ...);
//! 2. **lock**: a name in [`evidence::lockfile`](crate::evidence::lockfile), which also holds `go.mod` and `requirements*.txt`:
//!    people edit them, but they pin what is built in, and a dependency that moves is not a change of configuration;
//! 3. **test**: below a test directory (`tests`, `src/test`, `__tests__`, `spec` ...), or named as the ecosystems name tests
//!    (`test_*.py`, `*_test.go`, `*.spec.ts`, `FooTest.java`, `*_test.rego` ...);
//! 4. **sql**: an SQL ending, a schema file, or a migration: a file in a `migrations`, `migrate` or `migration` directory whose
//!    name starts with a version as Flyway, Django, Rails, Laravel, Knex and Entity Framework write it, in Alembic's `versions`,
//!    or in a Liquibase change log;
//! 5. **docs**: prose endings, and names such as `README` and `LICENSE`;
//! 6. **config**: the names of build and deployment files (`Dockerfile`, `Makefile`, `Jenkinsfile` ...), dot files, and data
//!    endings (`yaml`, `toml`, `json`, `xml`, `tf` ...);
//! 7. **code**: an ending of a programming, template or style language, see `languages`;
//! 8. **code** again: a file without an ending that is executable or starts with `#!` (see `files`);
//! 9. **other**: everything else; so are links and submodules, which have no lines of their own.
//!
//! `examples/`, `vendor/` and `scripts/` hold whatever their files are.

use super::languages::{ending, language};
use super::path_text::without_quotes;
use crate::evidence::lockfile;
use crate::facts::Category;

const FIXTURE_DIRECTORIES: &[&str] =
    &["fixtures", "fixture", "__fixtures__", "testdata", "test-data", "test_data", "__snapshots__", "snapshots", "__mocks__"];

const TEST_DIRECTORIES: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "spec",
    "specs",
    "e2e",
    "testing",
    "androidtest",
    "integrationtest",
    "integration-tests",
    "integration_tests",
    "functionaltest",
    "unittest",
    "unittests",
    "cypress",
    "testsuite",
    "testfixtures",
];

const DOCS_ENDINGS: &[&str] =
    &["md", "markdown", "mdx", "rst", "adoc", "asciidoc", "txt", "tex", "pdf", "docx", "odt", "org", "textile", "pod"];

const DOCS_NAMES: &[&str] = &[
    "readme",
    "license",
    "licence",
    "copying",
    "notice",
    "authors",
    "contributors",
    "changelog",
    "changes",
    "maintainers",
    "news",
];

const CONFIG_ENDINGS: &[&str] = &[
    "yaml",
    "yml",
    "toml",
    "json",
    "jsonc",
    "json5",
    "ini",
    "cfg",
    "conf",
    "config",
    "properties",
    "env",
    "xml",
    "xsd",
    "plist",
    "tf",
    "tfvars",
    "hcl",
    "nomad",
    "bicep",
    "cue",
    "jsonnet",
    "libsonnet",
    "gradle",
    "dockerfile",
    "tpl",
    "service",
    "timer",
    "socket",
    "desktop",
    "csproj",
    "fsproj",
    "vbproj",
    "vcxproj",
    "sln",
    "props",
    "targets",
    "bzl",
    "star",
    "cmake",
    "mk",
    "gemspec",
    "cabal",
    "editorconfig",
    "pem",
    "crt",
    "csv",
    "reg",
];

const CONFIG_NAMES: &[&str] = &[
    "dockerfile",
    "containerfile",
    "makefile",
    "gnumakefile",
    "cmakelists.txt",
    "jenkinsfile",
    "vagrantfile",
    "procfile",
    "gemfile",
    "rakefile",
    "brewfile",
    "podfile",
    "fastfile",
    "justfile",
    "tiltfile",
    "earthfile",
    "caddyfile",
    "codeowners",
    "build",
    "workspace",
    "robots.txt",
    "setup.py",
    "build.gradle.kts",
    "settings.gradle.kts",
    "build.sbt",
    "meson.build",
    "kustomization",
    "crontab",
    "gradlew",
    "gradlew.bat",
    "mvnw",
    "mvnw.cmd",
];

/// What the file at `path` is for. An empty path is `other`.
#[must_use]
pub fn category(path: &str) -> Category {
    let path = without_quotes(path);
    let lower = path.to_ascii_lowercase();
    let mut directories: Vec<&str> = lower.split('/').collect();
    let name = directories.pop().unwrap_or_default();
    let any = |names: &[&str]| directories.iter().any(|directory| names.contains(directory));
    let ending = ending(name);
    let ending = ending.as_deref().unwrap_or_default();
    let is_code = language(name).is_some_and(|language| language.code);

    if is_below_migrations(&directories, name) || is_wrapped_sql(name) && !any(FIXTURE_DIRECTORIES) && !any(TEST_DIRECTORIES) {
        Category::Sql
    } else if any(FIXTURE_DIRECTORIES) {
        Category::Test
    } else if lockfile::is_lock_file(path) {
        Category::Lock
    } else if any(TEST_DIRECTORIES) || is_code && is_test_name(path, name) {
        Category::Test
    } else if is_sql(&directories, name, ending, is_code) {
        Category::Sql
    } else if !CONFIG_NAMES.contains(&name) && (DOCS_ENDINGS.contains(&ending) || DOCS_NAMES.contains(&stem(name))) && !is_code {
        Category::Docs
    } else if is_config(name, ending, is_code) {
        Category::Config
    } else if is_code {
        Category::Code
    } else {
        Category::Other
    }
}

/// The name up to its first dot that is not its first character.
fn stem(name: &str) -> &str {
    let dot = name.char_indices().skip(1).find(|(_, c)| *c == '.');
    dot.map_or(name, |(at, _)| &name[..at])
}

/// `name` is the last component of `path` in lower case; the case matters only for names such as `FooTest.java`, where `latest.ts`
/// must not look like a test.
fn is_test_name(path: &str, name: &str) -> bool {
    let lower_stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let cased = path.rsplit('/').next().unwrap_or_default();
    let cased_stem = cased.rsplit_once('.').map_or(cased, |(stem, _)| stem);
    let separated = ["_test", "_tests", "_spec", "-test", "-spec", ".test", ".spec", ".tests", ".cy", ".e2e", "_unittest"];
    let camel = ["Test", "Tests", "TestCase", "Spec", "Specs", "IT", "ITCase"];
    let precedes =
        |suffix: &str| cased_stem.strip_suffix(suffix).is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_lowercase()));
    lower_stem.starts_with("test_")
        || matches!(lower_stem, "test" | "tests" | "conftest")
        || separated.iter().any(|suffix| lower_stem.ends_with(suffix))
        || camel.into_iter().any(precedes)
}

/// A tool that runs the folder of migrations runs what lies deeper in it too, be it called `test`.
fn is_below_migrations(directories: &[&str], name: &str) -> bool {
    let deepest = |names: &[&str]| directories.iter().rposition(|directory| names.contains(directory));
    let test =
        directories.iter().position(|directory| TEST_DIRECTORIES.contains(directory) || FIXTURE_DIRECTORIES.contains(directory));
    let migrations = deepest(&["migrations", "migrate", "migration"]);
    let earlier = migrations.zip(test).is_some_and(|(migrations, test)| migrations < test);
    earlier && name.strip_suffix(".sql").is_some() && starts_with_version(name)
}

/// SQL in another form (`a.sql.gz`, `a.sql.erb`, `a.sql.tmpl`, `a.sql `): something makes SQL of it before it runs.
fn is_wrapped_sql(name: &str) -> bool {
    name.split_once(".sql")
        .is_some_and(|(stem, rest)| !stem.is_empty() && (rest.starts_with('.') || rest.trim().is_empty() && !rest.is_empty()))
}

fn is_sql(directories: &[&str], name: &str, ending: &str, is_code: bool) -> bool {
    let by_ending = language(name).is_some_and(|language| !language.code && language.line_comments == ["--"]);
    let parent = directories.last().copied().unwrap_or_default();
    let has = |directory: &str| directories.contains(&directory);
    let migration = is_code
        && (matches!(parent, "migrations" | "migrate" | "migration" | "seeds") || has("migrations") && parent != "versions")
        && starts_with_version(name);
    let alembic = ending == "py" && parent == "versions" && name != "__init__.py" && (has("alembic") || has("migrations"));
    let data = matches!(ending, "xml" | "yaml" | "yml" | "json");
    let liquibase = data
        && (has("changelog")
            || has("changelogs")
            || has("liquibase")
            || name.contains("changelog-")
            || name.starts_with("changelog.")
            || name.contains(".changelog"));
    by_ending || migration || alembic || liquibase || ending == "prisma" || parent == "db" && name == "schema.rb"
}

/// Whether the name starts with a version as migration tools write it: three digits or more (`0001_a.py`, `20240101_a.rb`),
/// `m2022..` (`SeaORM`), `V1__`, `U1__`, `R__` (Flyway), `Version2024..` (Doctrine).
fn starts_with_version(name: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let flyway = name.starts_with("r__")
        || matches!(name.as_bytes().first(), Some(b'v' | b'u' | b'b')) && digits(&name[1..]) > 0 && name.contains("__");
    flyway
        || digits(name) >= 3
        || name.strip_prefix('m').is_some_and(|rest| digits(rest) >= 8)
        || name.strip_prefix("version").is_some_and(|rest| digits(rest) >= 8)
}

fn is_config(name: &str, ending: &str, is_code: bool) -> bool {
    CONFIG_NAMES.contains(&name)
        || CONFIG_ENDINGS.contains(&ending)
        || ["dockerfile.", "containerfile.", "makefile.", "jenkinsfile.", ".env."].iter().any(|start| name.starts_with(start))
        || name.starts_with('.') && !is_code
        || is_tool_config(name)
}

/// The configuration files of known tools that are written in JavaScript. Any other `x.config.js` may hold what ships.
fn is_tool_config(name: &str) -> bool {
    const TOOLS: &[&str] = &[
        "astro",
        "babel",
        "commitlint",
        "cypress",
        "esbuild",
        "eslint",
        "jest",
        "karma",
        "metro",
        "next",
        "nuxt",
        "playwright",
        "postcss",
        "prettier",
        "rollup",
        "stylelint",
        "svelte",
        "tailwind",
        "tsup",
        "vite",
        "vitest",
        "webpack",
    ];
    let tool = name.split_once(".config.").filter(|(_, ending)| matches!(*ending, "js" | "ts" | "mjs" | "cjs" | "mts" | "cts"));
    let rc = name.strip_prefix('.').and_then(|rest| rest.strip_suffix("rc.js").or_else(|| rest.strip_suffix("rc.cjs")));
    tool.map(|(tool, _)| tool).or(rc).is_some_and(|tool| TOOLS.contains(&tool))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_are(category_wanted: Category, paths: &str) {
        for path in paths.split_whitespace() {
            assert_eq!(category(path), category_wanted, "{path}");
        }
    }

    #[test]
    fn code_is_code_wherever_it_lies() {
        all_are(
            Category::Code,
            "src/main.rs examples/a.go vendor/x/y.c app/models/user.rb web/app.tsx a.py scripts/run.sh policies/coverage.rego",
        );
        all_are(
            Category::Code,
            "src/latest.ts src/contest.py src/AUDIT.java src/migrations/runner.rs src/attest.go web/index.html src/versions/a.py",
        );
        all_are(
            Category::Code,
            "src/testimonials.ts core/manifest.go db/migrations/__init__.py src/Protest.java.kt lib/.hidden.rs",
        );
    }

    #[test]
    fn tests_are_found_by_the_conventions_of_the_ecosystems() {
        all_are(
            Category::Test,
            "tests/a.rs src/test/java/a/Foo.java pkg/a_test.go web/a.spec.ts web/a.test.jsx a/__tests__/b.js test_a.py a/conftest.py",
        );
        all_are(
            Category::Test,
            "src/PayTest.java src/PayIT.java policies/coverage_test.rego spec/models/user_spec.rb tests/data/x.json tests/a.sql",
        );
        all_are(
            Category::Test,
            "pkg/testdata/go.mod tests/fixtures/Cargo.lock src/facts/tests.rs a/__snapshots__/b.snap cypress/a.js",
        );
    }

    #[test]
    fn sql_and_migrations_are_sql() {
        all_are(
            Category::Sql,
            "db/V1__a.sql a.sql a.ddl shop/migrations/0001_initial.py db/migrate/20240101120000_a.rb alembic/versions/ab12_x.py",
        );
        all_are(
            Category::Sql,
            "database/migrations/2014_10_12_000000_a.php src/main/java/db/migration/V2__a.java db/changelog/db.changelog-master.yaml",
        );
        all_are(
            Category::Sql,
            "prisma/migrations/2024_a/migration.sql Migrations/20240101_Init.cs priv/repo/migrations/20240101_a.exs db/schema.rb schema.prisma",
        );
    }

    #[test]
    fn what_a_migration_tool_finds_deeper_and_sql_in_another_form_are_sql() {
        all_are(Category::Sql, "db/migrations/test/V2__x.sql migrations/spec/0001_x.sql a/V2__x.sql.gz m/a.sql.erb m/a.sql.tmpl");
        all_are(Category::Sql, "db/changelog.json migrations/changelog.yaml");
        assert_eq!(category("migrations/V2__x.sql "), Category::Sql);
        assert_eq!(
            category(&super::super::path_text(b"migrations/V2__pr\xe9nom.sql")),
            Category::Sql,
            "a name that is not UTF-8"
        );
        all_are(Category::Test, "src/test/resources/db/migration/V1__x.sql tests/a.sql.gz spec/migrations/0001_x.sql");
        all_are(Category::Docs, "docs/a.sqlite.md");
    }

    #[test]
    fn configuration_is_what_builds_and_deploys() {
        all_are(
            Category::Config,
            "kadian.yaml package.json .github/workflows/ci.yml Dockerfile deploy/Dockerfile.prod k8s/a.yaml chart/templates/_helpers.tpl",
        );
        all_are(
            Category::Config,
            "main.tf app.properties Cargo.toml .env .env.prod .gitignore Makefile pom.xml build.gradle.kts setup.py CMakeLists.txt",
        );
        all_are(Category::Config, "CODEOWNERS .github/CODEOWNERS vite.config.ts application.yml settings.ini");
    }

    #[test]
    fn lock_files_are_told_from_other_configuration() {
        all_are(
            Category::Lock,
            "Cargo.lock web/package-lock.json yarn.lock pnpm-lock.yaml go.sum go.mod requirements-dev.txt uv.lock flake.lock",
        );
        all_are(Category::Docs, "docs/requirements.md");
    }

    #[test]
    fn prose_is_docs_and_the_rest_is_other() {
        all_are(Category::Docs, "README.md README LICENSE docs/a.rst CHANGELOG.txt docs/design/pay.md LICENSE-MIT.txt");
        all_are(Category::Other, "logo.png a.bin data/model.onnx noending");
        assert_eq!(category(""), Category::Other);
    }
}
