//! Reports and other texts of a few lines, with what is rare in them: what mutations and the fuzzer start from.

/// By the name of the reader.
pub(crate) static LITERALS: &[(&str, &str)] = &[
    (
        "junit",
        "<testsuite name='a' tests='2' failures='1' timestamp='2026-01-01T10:00:00Z'><properties><property name='kadian.plan' value='p'/></properties><testcase classname='c' name='n' time='1,000.5' file='f' line='3'><failure message='m' type='t'><![CDATA[x]]></failure><rerunFailure/></testcase><testcase name='n'><skipped/><system-out>x</system-out></testcase><error/></testsuite>",
    ),
    (
        "lcov",
        "TN:\nSF:a b\nFN:1,5,f<a,b>\nFNDA:1,f<a,b>\nDA:1,1e3\nDA:2,-1,hash\nBRDA:1,e1,x < 3, y,-\nMCDC:4,2,t,1,0,x\nLF:2\nLH:2\nend_of_record\n",
    ),
    (
        "cobertura",
        "<coverage><sources><source>/a</source></sources><packages><package><classes><class filename='a' line-rate='0.5'><methods><method><lines><line number='1' hits='1'/></lines></method></methods><lines><line number='2' hits='0' branch='true' condition-coverage='50% (1/2)'/></lines></class></classes></package></packages></coverage>",
    ),
    (
        "clover",
        "<coverage generated='1'><project timestamp='1'><package name='a.b'><file name='c.php'><class name='x'><metrics/></class><line num='3' type='method' count='1'/><line num='4' type='cond' truecount='1' falsecount='0'/><metrics statements='1' coveredstatements='1' methods='1' coveredmethods='1'/></file></package></project></coverage>",
    ),
    (
        "jacoco",
        "<report name='r'><group name='g'><package name='p'><class name='p/A'><counter type='LINE' missed='1' covered='2'/></class><sourcefile name='A.java'><line nr='3' mi='0' ci='2' mb='1' cb='1'/><counter type='LINE' missed='0' covered='1'/></sourcefile></package></group></report>",
    ),
    ("go", "mode: count\nx.io/m/a.go:3.20,4.16 2 1\nx.io/m/a.go:4.16,6.3 1 0\nmode: count\n"),
    (
        "sarif",
        "{\"version\":\"2.1.0\",\"runs\":[{\"originalUriBaseIds\":{\"S\":{\"uri\":\"file:///a/\"}},\"artifacts\":[{\"location\":{\"uri\":\"x.c\",\"uriBaseId\":\"S\"}}],\"versionControlProvenance\":[{\"repositoryUri\":\"u\",\"revisionId\":\"abc\"}],\"tool\":{\"driver\":{\"name\":\"t\",\"rules\":[{\"id\":\"r\",\"defaultConfiguration\":{\"level\":\"error\"},\"messageStrings\":{\"d\":{\"text\":\"a {0}\"}}}]},\"extensions\":[{\"name\":\"e\",\"guid\":\"g\",\"rules\":[{\"id\":\"q\"}]}]},\"results\":[{\"ruleIndex\":0,\"rule\":{\"index\":0,\"toolComponent\":{\"index\":0}},\"kind\":\"fail\",\"baselineState\":\"new\",\"partialFingerprints\":{\"k\":\"v\"},\"suppressions\":[{\"kind\":\"inSource\",\"status\":\"accepted\",\"justification\":\"j\"}],\"message\":{\"id\":\"d\",\"arguments\":[\"b\"]},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"index\":0},\"region\":{\"startLine\":1}}}],\"relatedLocations\":[]}]}]}",
    ),
    (
        "alertmanager",
        "[{\"labels\":{\"alertname\":\"a\"},\"annotations\":{},\"startsAt\":\"2026-01-01T00:00:00Z\",\"endsAt\":\"2026-01-01T00:00:00Z\",\"status\":{\"state\":\"active\"},\"fingerprint\":\"f\"}]",
    ),
    ("csv", "time,metric,side,value\n2026-01-01T00:00:00Z,errors,gray,1\n2026-01-01T00:01:00Z,errors,baseline,2\n"),
    (
        "kadian.samples",
        "{\"schema\": \"kadian.samples/v1\", \"service\": \"pay\", \"version\": \"1.4.2\", \"batch\": 1, \"start\": \"2026-01-01T00:00:00Z\", \"step_seconds\": 60, \"metrics\": [{\"name\":\"errors\",\"signal\":\"availability\",\"kind\":\"counts\",\"gray\":{\"total\":[1,2],\"bad\":[0,1]},\"baseline\":{\"total\":[1,2],\"bad\":[0,0]}}]}",
    ),
    (
        "kadian.review",
        "schema: kadian.review/v1\nauthor: a\napprovals:\n- {by: b, at: 2026-01-01T00:00:00Z, commit: abc, state: approved}\n",
    ),
    (
        "gray",
        "2026-01-01T00:00:00Z ERROR a.b: boom\n\tat x.y(Z.java:1)\nCaused by: java.io.IOException\n{\"level\":\"error\",\"msg\":\"m\",\"ts\":1767323045.1}\nE0102 03:04:05.000 1 a.go:3] x\n",
    ),
    ("sql", "BEGIN; ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 1; COMMIT;"),
    (
        "sql-statements",
        "-- x\nCREATE TABLE a (id int primary key, b varchar(9) DEFAULT 'x' CHECK (b <> ''));\nDO $$ BEGIN PERFORM 1; END $$;\nDELIMITER //\nCREATE PROCEDURE p() BEGIN UPDATE t SET a=1 WHERE id IN (1,2); END//\nDELIMITER ;\n/*!40101 SET NAMES utf8 */;\nDELETE FROM a USING b WHERE a.id=b.id LIMIT 5;\nALTER TABLE a MODIFY b int, ALGORITHM=INPLACE, LOCK=NONE;\nCOPY a FROM stdin;\n1\t2\n\\.\nSELECT * FROM a, b ORDER BY 1 LIMIT 5 OFFSET 100000;\n",
    ),
    ("lock-file", "Cargo.lock\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = \"registry+x\"\n"),
    (
        "lock-file",
        "package-lock.json\n{\"lockfileVersion\":3,\"packages\":{\"\":{},\"node_modules/a\":{\"version\":\"1.0.0\",\"resolved\":\"https://x/a.tgz\"}}}",
    ),
    ("lock-file", "yarn.lock\n# yarn lockfile v1\n\na@^1:\n  version \"1.0\"\n  resolved \"https://x\"\n"),
    ("lock-file", "pnpm-lock.yaml\nlockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {integrity: x}\n"),
    ("lock-file", "go.mod\nmodule x\nrequire (\n\ta.b/c v1.0.0 // indirect\n)\nreplace a => b v1\n"),
    ("lock-file", "requirements.txt\na==1.0 --hash=sha256:x\n-e git+https://x#egg=b\n"),
    ("lock-file", "poetry.lock\n[[package]]\nname = 'a'\nversion = '''1'''\n[package.source]\ntype = \"git\"\n"),
    ("lock-file", "Gemfile.lock\nGEM\n  remote: x\n  specs:\n    a (1.0)\n      b (>= 1)\n"),
    ("lock-file", "Pipfile.lock\n{\"default\":{\"a\":{\"version\":\"==1\"}}}"),
    ("lock-file", "composer.lock\n{\"packages\":[{\"name\":\"a/b\",\"version\":\"1\"}]}"),
    ("lock-file", "bun.lock\n{\"packages\":{\"a\":[\"a@1.0.0\",\"\",{},\"x\"],},}"),
    ("lock-file", "gradle.lockfile\na:b:1.0=compileClasspath\nempty=\n"),
    ("changes", "{\"id\":\"1\",\"service\":\"pay\",\"at\":\"2026-01-01T00:00:00Z\",\"kind\":\"deploy\",\"summary\":\"s\"}\n"),
    ("waivers", "waivers:\n- id: w\n  finding: tests/failed\n  reason: r\n  owner: o\n  ticket: T-1\n  expires: 2026-01-01\n"),
    (
        "prometheus",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"a\":\"b\"},\"values\":[[1767323045.1,\"NaN\"],[1,\"+Inf\"]]}]},\"warnings\":[\"w\"]}",
    ),
    (
        "loki",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":{\"a\":\"b\"},\"values\":[[\"1767323045000000000\",\"line\"]]}]}}",
    ),
    (
        "github-event",
        "{\"action\":\"requested_action\",\"repository\":{\"full_name\":\"a/b\",\"default_branch\":\"main\"},\"sender\":{\"login\":\"x\"},\"check_run\":{\"head_sha\":\"abc\",\"external_id\":\"e\"},\"requested_action\":{\"identifier\":\"i\"},\"inputs\":{},\"ref\":\"r\"}",
    ),
    (
        "plan",
        "version: 1\nid: p\nservice: pay\ntype: daily\nfrom: 1.4.1\nto: 1.4.2\nbatches:\n- {region: east, percent: 5, soak: 30m, suites: [core-fvt]}\n",
    ),
    (
        "slis",
        "version: 1\nservice: pay\nsources:\n  prometheus: {url: \"http://p:9090\"}\ngray: {match: {version: \"{to}\"}}\nbaseline: {match: {version: \"{from}\"}}\nstep: 1m\nslis:\n- {name: latency, signal: latency, histogram: 'request_seconds{job=\"pay\"}', threshold: 0.5}\n",
    ),
    ("calendar", "version: 1\nperiods:\n- {name: sale, from: 2026-11-01, to: 2026-11-12, zone: Asia/Shanghai, tiers: [L0]}\n"),
    ("catalogue", "version: 1\nservices:\n- {name: pay, tier: L1, owners: [team]}\n"),
    (
        "openslo",
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec: {service: pay, indicator: {metadata: {name: i}, spec: {ratioMetric: {}}}, timeWindow: [{duration: 30d, isRolling: true}], objectives: [{target: 0.99}]}\n",
    ),
    ("document", "# Design\n\n## Goals\n\n- a\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"),
];
