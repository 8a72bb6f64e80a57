//! On a pull request, configuration and policies that the inputs name are the base's.

use libtest_mimic::Trial;
use serde_json::json;

use super::Setting;
use crate::suites::trial;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("action::configuration-and-policies-are-read-at-the-base", at_the_base),
        trial("action::outside-a-pull-request-they-are-the-working-trees", in_the_working_tree),
        trial("action::what-the-base-does-not-hold-as-a-file-is-refused", refused),
        trial("action::attributes-and-links-of-the-change-have-no-say", no_say),
        trial("action::a-base-that-is-not-in-the-clone-is-asked-for", no_base),
    ]
}

const FILES: [(&str, &str); 4] = [
    ("gate/strict.yaml", "version: 1 # base\n"),
    ("gate/rules/a.rego", "package kadian.a # base\n"),
    ("gate/rules/deep er/b.rego", "package kadian.b # base\n"),
    ("gate/rules/readme.md", "words\n"),
];

const CHANGED: [(&str, &str); 3] = [
    ("gate/strict.yaml", "version: 1 # change\n"),
    ("gate/rules/a.rego", "package kadian.a # change\n"),
    ("gate/rules/c.rego", "package kadian.c # change\n"),
];

fn at_the_base() {
    let setting = Setting::new(&FILES, &CHANGED);
    let group = json!({"merge_group": {"base_sha": setting.base}});
    let here = json!({});
    let jobs = [
        ("pull request", setting.pull_request()),
        ("merge group", setting.job("merge_group", "refs/heads/gh-readonly-queue/main/pr-7-a", &group)),
        (
            "by number",
            setting.job("workflow_dispatch", "refs/heads/topic", &here).with("pull-request", "7").with("base", "origin/main"),
        ),
        ("a branch of a folder", setting.pull_request().with("working-directory", "gate")),
    ];
    for (what, job) in jobs {
        let inside = what == "a branch of a folder";
        let (config, policy) = if inside { ("strict.yaml", "./rules/") } else { ("./gate/strict.yaml", "gate/rules") };
        let _ = std::fs::remove_dir_all(setting.stub.join("policy"));
        let ended = job.with("config", config).with("policy", format!("{policy}\n")).run();
        assert_eq!(ended.code, 0, "{what}\n{}", ended.log);
        let arguments = setting.arguments().expect("a call");
        assert!(arguments.contains(&format!("--base={}", setting.base)), "{what}: {arguments:?}");
        assert_eq!(setting.noted("config"), "version: 1 # base\n", "{what}");
        assert_eq!(setting.noted("policy/a.rego"), "package kadian.a # base\n", "{what}");
        assert_eq!(setting.noted("policy/deep er/b.rego"), "package kadian.b # base\n", "{what}");
        assert!(!setting.stub.join("policy/c.rego").exists() && !setting.stub.join("policy/readme.md").exists(), "{what}");
    }
}

fn in_the_working_tree() {
    let setting = Setting::new(&FILES, &CHANGED);
    let ended =
        setting.job("push", "refs/heads/main", &json!({})).with("config", "gate/strict.yaml").with("policy", "gate/rules").run();
    assert_eq!(ended.code, 0, "{}", ended.log);
    assert_eq!(setting.noted("config"), "version: 1 # change\n");
    assert!(setting.stub.join("policy/c.rego").exists());
}

fn refused() {
    let mut setting = Setting::new(&FILES, &[("new.yaml", "version: 1\n")]);
    let outside = setting.repo.outside().join("outside.yaml");
    std::fs::write(&outside, "version: 1\n").expect("a file outside");
    setting.repo.git(&["checkout", "-q", "main"]);
    for (link, target) in [
        ("link.yaml", "gate/strict.yaml"),
        ("away.yaml", "../outside.yaml"),
        ("folder", "gate"),
        ("linked/a.rego", "../gate/rules/a.rego"),
    ] {
        let place = setting.repo.path().join(link);
        std::fs::create_dir_all(place.parent().expect("a parent")).expect("a folder");
        std::os::unix::fs::symlink(target, place).expect("a link");
    }
    let submodule = format!("160000,{},module", setting.base);
    setting.repo.git(&["add", "-A"]);
    setting.repo.git(&["update-index", "--add", "--cacheinfo", &submodule]);
    setting.repo.git(&["commit", "-q", "-m", "chore: links"]);
    setting.repo.git(&["rev-parse", "HEAD"]).trim().clone_into(&mut setting.base);
    setting.repo.git(&["checkout", "-q", "--detach", "main"]);
    setting.repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "topic"]);
    let cases = [
        ("config", "link.yaml", "symbolic link at the base"),
        ("config", "away.yaml", "symbolic link at the base"),
        ("config", "folder/strict.yaml", "does not exist at the base"),
        ("config", "new.yaml", "does not exist at the base"),
        ("config", "gate", "is a folder at the base"),
        ("config", "module", "is no file at the base"),
        ("config", "../outside.yaml", "has to be a path in the repository"),
        ("config", "gate/../gate/strict.yaml", "has to be a path in the repository"),
        ("config", "/etc/hostname", "has to be a path in the repository"),
        ("config", "gate//strict.yaml", "has to be a path in the repository"),
        ("config", "gate/*.yaml", "does not exist at the base"),
        ("config", ":(glob)gate/strict.yaml", "does not exist at the base"),
        ("policy", "linked", "symbolic link at the base"),
        ("policy", "folder", "symbolic link at the base"),
        ("policy", "module", "is no file at the base"),
        ("policy", "gate/rules/readme.md/", "kadian"),
        ("policy", "gate/none", "does not exist at the base"),
    ];
    for (input, value, said) in cases {
        let ended = setting.pull_request().with(input, value).run();
        if said == "kadian" {
            // A file is handed on as it is: what it is worth the program says.
            assert_eq!(ended.code, 0, "{}", ended.log);
            setting.arguments();
            continue;
        }
        assert_eq!((ended.code, setting.arguments()), (2, None), "{input} {value}\n{}", ended.log);
        assert!(ended.log.contains(said), "{input} {value}\n{}", ended.log);
    }
}

/// `git archive` and a checkout would ask the change's attributes; objects have none.
fn no_say() {
    let attributes = ("gate/.gitattributes", "*.rego export-ignore\n*.yaml export-subst filter=evil\n");
    let files = [FILES[0], FILES[1], ("gate/strict.yaml", "version: 1 # $Format:%H$\n"), attributes];
    let setting = Setting::new(&files, &CHANGED);
    let marker = setting.repo.outside().join("filtered");
    setting.repo.git(&["config", "filter.evil.smudge", &format!("touch {}", marker.display())]);
    // A replacement would show other content under the same id.
    let blob = setting.repo.git(&["rev-parse", &format!("{}:gate/rules/a.rego", setting.base)]);
    setting.repo.write("other", "package kadian.evil\n");
    let other = setting.repo.git(&["hash-object", "-w", "other"]);
    setting.repo.git(&["replace", blob.trim(), other.trim()]);
    let ended = setting.pull_request().with("config", "gate/strict.yaml").with("policy", "gate/rules").run();
    assert_eq!(ended.code, 0, "{}", ended.log);
    assert_eq!(setting.noted("config"), "version: 1 # $Format:%H$\n");
    assert_eq!(setting.noted("policy/a.rego"), "package kadian.a # base\n");
    assert!(!marker.exists(), "no filter runs");
}

fn no_base() {
    let setting = Setting::new(&FILES, &[]);
    let gone = "1".repeat(40);
    let payload = json!({"pull_request": {"number": 7, "base": {"ref": "gone", "sha": gone}, "head": {"ref": "topic", "sha": setting.head}}});
    let ended = setting.job("pull_request_target", "refs/heads/main", &payload).with("config", "gate/strict.yaml").run();
    assert_eq!((ended.code, setting.arguments()), (2, None), "{}", ended.log);
    assert!(ended.log.contains("fetch-depth: 0"), "{}", ended.log);
    let ended = setting.pull_request().with("config", "gate/strict.yaml").with("base", "--output=x").run();
    assert_eq!((ended.code, setting.arguments()), (2, None), "{}", ended.log);
}
