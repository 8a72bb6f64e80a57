//! On a pull request, configuration and policies that the inputs name are the base's.

use std::path::Path;

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
        trial("action::a-working-directory-that-the-change-leads-elsewhere-is-refused", led_elsewhere),
        trial("action::a-tag-does-not-take-the-place-of-the-base", tags),
        trial("action::the-change-does-not-choose-where-reports-go", reports),
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

/// Merges what the working tree holds into a new commit, as GitHub makes it, and goes back to the setting's own one afterwards.
fn with_change(setting: &Setting, change: impl FnOnce(&Path), then: impl FnOnce()) {
    let merged = setting.repo.git(&["rev-parse", "HEAD"]);
    setting.repo.git(&["checkout", "-q", "--detach", &setting.head]);
    change(&setting.repo.path());
    setting.repo.git(&["add", "-A"]);
    setting.repo.git(&["commit", "-q", "-m", "feat: elsewhere"]);
    let head = setting.repo.git(&["rev-parse", "HEAD"]);
    setting.repo.git(&["checkout", "-q", "--detach", "main"]);
    setting.repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", head.trim()]);
    then();
    setting.repo.git(&["checkout", "-q", "-f", "--detach", merged.trim()]);
}

fn led_elsewhere() {
    let files = [
        ("services/pay/kadian.yaml", "version: 1 # strict\n"),
        ("services/pay/rules/a.rego", "package kadian.a # strict\n"),
        ("examples/toy/kadian.yaml", "version: 1 # lax\n"),
        ("examples/toy/rules/a.rego", "package kadian.a # lax\n"),
        ("examples/services/pay/kadian.yaml", "version: 1 # lax\n"),
    ];
    let setting = Setting::new(&files, &[("new/kadian.yaml", "version: 1\n")]);
    let refused = |folder: &str, said: &str| {
        for (input, value) in [("config", "kadian.yaml"), ("policy", "rules"), ("config", "")] {
            let ended = setting.pull_request().with("working-directory", folder).with(input, value).run();
            assert_eq!((ended.code, setting.arguments()), (2, None), "{folder} {input} {value:?}\n{}", ended.log);
            assert!(ended.log.contains(said), "{folder} {input} {value:?}\n{}", ended.log);
        }
    };
    for folder in ["services/pay", "./services/pay/"] {
        let ended = setting.pull_request().with("working-directory", folder).with("config", "kadian.yaml").run();
        assert_eq!(ended.code, 0, "{folder}\n{}", ended.log);
        assert!(setting.arguments().is_some() && setting.noted("config") == "version: 1 # strict\n", "{folder}");
    }
    refused("new", "is no folder at the base");
    refused("gone", "is not there");
    refused("app.py", "is not there");
    let whole = setting.repo.path().join("services/pay").display().to_string();
    for folder in ["../repo/services/pay", "services/../services/pay", "services//pay", "services/./pay", "..", whole.as_str()] {
        refused(folder, "has to be a path in the workspace");
    }
    let link = |from: &'static str, to: &'static str| {
        move |root: &Path| {
            std::fs::remove_dir_all(root.join(from)).expect("a folder gives way");
            std::os::unix::fs::symlink(to, root.join(from)).expect("a link");
        }
    };
    with_change(&setting, link("services/pay", "../examples/toy"), || refused("services/pay", "is a symbolic link"));
    with_change(&setting, link("services", "examples/services"), || refused("services/pay", "is a symbolic link"));
    // What looks like a repository is one to git, with its own branches.
    let bare = |root: &Path| {
        let place = root.join("services/pay");
        setting.repo.git(&["clone", "-q", "--bare", ".", &place.join("kept").display().to_string()]);
        for name in ["HEAD", "config", "objects", "refs", "packed-refs"] {
            std::fs::rename(place.join("kept").join(name), place.join(name)).expect("a part of the repository");
        }
        std::fs::write(place.join("refs/kept"), "").expect("git keeps no empty folder");
    };
    with_change(&setting, bare, || refused("services/pay", "repository inside the repository"));
}

fn tags() {
    let setting = Setting::new(&FILES, &CHANGED);
    setting.repo.git(&["update-ref", "refs/remotes/origin/v1", &setting.base]);
    for tag in ["main", "origin/main", "refs/remotes/origin/next", "refs/heads/next", "lone"] {
        setting.repo.git(&["update-ref", &format!("refs/tags/{tag}"), &setting.head]);
    }
    setting.repo.git(&["update-ref", "refs/tags/v1", &setting.base]);
    let ask = |base: &str| setting.pull_request().with("config", "gate/strict.yaml").with("base", base).run();
    for base in ["main", "origin/main", "main~0"] {
        let ended = ask(base);
        assert_eq!((ended.code, setting.arguments()), (2, None), "{base}\n{}", ended.log);
        assert!(ended.log.contains("a branch and a tag"), "{base}\n{}", ended.log);
    }
    for base in ["refs/remotes/origin/next", "refs/heads/next", "next"] {
        let ended = ask(base);
        assert_eq!((ended.code, setting.arguments()), (2, None), "{base}\n{}", ended.log);
        assert!(ended.log.contains("is no commit of this clone"), "{base}\n{}", ended.log);
    }
    // The same commit, a full name, an id, and a tag alone are clear.
    let clear = [("v1", &setting.base), ("refs/remotes/origin/main", &setting.base), (&setting.base, &setting.base)];
    for (base, commit) in clear.into_iter().chain([("HEAD^1", &setting.base), ("lone", &setting.head)]) {
        let ended = ask(base);
        assert_eq!(ended.code, 0, "{base}\n{}", ended.log);
        assert!(setting.arguments().expect("a call").contains(&format!("--base={commit}")), "{base}");
    }
    // Without configuration and policies, too, the program is told the commit and not the name.
    let ended = setting.pull_request().with("base", "main").run();
    assert_eq!((ended.code, setting.arguments()), (2, None), "{}", ended.log);
    setting.repo.git(&["update-ref", "-d", "refs/tags/main"]);
    setting.repo.git(&["update-ref", "refs/heads/main", &setting.head]);
    let ended = setting.pull_request().with("base", "main").run();
    assert_eq!(ended.code, 0, "{}", ended.log);
    let arguments = setting.arguments().expect("a call");
    assert!(arguments.contains(&format!("--base={}", setting.base)), "the remote's branch comes first: {arguments:?}");
}

fn reports() {
    let setting = Setting::new(&FILES, &[]);
    let away = setting.repo.outside().join("away");
    std::fs::create_dir(&away).expect("a folder");
    std::os::unix::fs::symlink(&away, setting.repo.path().join("out")).expect("a link");
    let whole = setting.repo.path().join("out/merge").display().to_string();
    for (input, folder) in [("report-folder", "out"), ("report-folder", "./out/deep"), ("report-folder", &whole), ("save", "out")]
    {
        let ended = setting.pull_request().with(input, folder).run();
        assert_eq!((ended.code, setting.arguments()), (2, None), "{input} {folder}\n{}", ended.log);
        assert!(ended.log.contains("is a symbolic link"), "{input} {folder}\n{}", ended.log);
    }
    assert_eq!(std::fs::read_dir(&away).expect("the folder").count(), 0);
    let ended = setting.pull_request().with("report-folder", "reports/merge").run();
    assert_eq!(ended.code, 0, "{}", ended.log);
}
