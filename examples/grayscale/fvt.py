"""The core functional tests after a batch: python3 fvt.py PORT BATCH VERSION INSTANCE... >report.xml"""

import datetime
import sys
import urllib.request

port, batch, version, instances = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
cases, failures = [], 0
for name in instances:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/checkout/{name}", timeout=5) as answer:
        said = answer.read().decode().strip()
    good = said == f"bought at {version}"
    failures += not good
    cases.append(f'<testcase classname="core-fvt" name="{name} sells" time="0.01">{"" if good else f"<failure message={said!r}/>"}</testcase>')
now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
print(f"""<testsuites>
<testsuite name="core-fvt" tests="{len(cases)}" failures="{failures}" errors="0" skipped="0" timestamp="{now}">
<properties>
<property name="kadian.plan" value="shop-1.4.2"/><property name="kadian.batch" value="{batch}"/><property name="kadian.version" value="{version}"/>
</properties>
{chr(10).join(cases)}
</testsuite>
</testsuites>""")
