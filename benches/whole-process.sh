#!/bin/sh
# Whole-process times of `kadian check`, side by side with git in the same run. Read the ratios, not the figures.
#
#   benches/whole-process.sh [PROGRAM]        default: target/release/kadian
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
kadian=${1:-$here/target/release/kadian}
[ -x "$kadian" ] || { echo "no program at $kadian: cargo build --release --locked" >&2; exit 1; }
kadian=$(cd "$(dirname "$kadian")" && pwd)/$(basename "$kadian")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
unset CI GITHUB_ACTIONS GITHUB_EVENT_NAME 2>/dev/null || true

# $1: files in all, $2: changed files, $3: lines added to each; makes the repository $work/$1-$2.
repository() {
    python3 - "$1" "$2" "$3" <<'PY' > "$work/stream"
import sys
files, changed, lines = map(int, sys.argv[1:])
out = sys.stdout.buffer
def data(text): return b"data %d\n%s\n" % (len(text), text)
def path(n): return b"src/a%d/b%d/file%d.py" % (n % 50, n // 50 % 100, n)
body = b"".join(b"value_%d = %d\n" % (n, n) for n in range(40))
out.write(b"blob\nmark :1\n" + data(body))
out.write(b"commit refs/heads/main\nmark :2\ncommitter a <a@example.com> 1767225600 +0000\n" + data(b"chore: base"))
for n in range(files): out.write(b"M 100644 :1 " + path(n) + b"\n")
out.write(b"\ncommit refs/heads/topic\ncommitter a <a@example.com> 1767225660 +0000\n" + data(b"feat: change") + b"from :2\n")
for n in range(changed):
    text = body + b"".join(b"added_%d_%d = %d\n" % (n, k, k) for k in range(lines))
    out.write(b"M 100644 inline " + path(n * (files // changed)) + b"\n" + data(text))
out.write(b"\ndone\n")
PY
    git init -q -b main "$work/$1-$2"
    git -C "$work/$1-$2" fast-import --quiet --done < "$work/stream"
    git -C "$work/$1-$2" checkout -q topic
    git -C "$work/$1-$2" gc -q
}

# Prints the best of 15 runs in milliseconds, and the largest memory in MiB.
measure() {
    python3 - "$@" <<'PY'
import resource, subprocess, sys, time
best = float("inf")
for _ in range(15):
    start = time.perf_counter()
    subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    best = min(best, time.perf_counter() - start)
print("%8.1f ms %6.1f MiB" % (best * 1000, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024))
PY
}

for files in 5000 50000; do
    repository "$files" 20 10
    cd "$work/$files-20"
    printf '%6d files, 20 changed    git diff --numstat  ' "$files"; measure git diff --numstat main...topic
    printf '%6d files, 20 changed    kadian check push   ' "$files"; measure "$kadian" check push --base main
done
repository 4000 2000 100
cd "$work/4000-2000"
python3 - <<'PY'
with open("../lcov.info", "w") as out:
    for n in range(4000):
        out.write("SF:src/a%d/b%d/file%d.py\n" % (n % 50, n // 50 % 100, n))
        out.writelines("DA:%d,1\n" % line for line in range(1, 141))
        out.write("LF:140\nLH:140\nend_of_record\n")
with open("../junit.xml", "w") as out:
    out.write('<testsuite name="s" tests="5000">')
    out.writelines('<testcase classname="c" name="t%d" time="0.01"/>' % n for n in range(5000))
    out.write("</testsuite>")
open("../scan.sarif", "w").write('{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[]}]}')
PY
printf '2000 changed files           git diff --numstat  '; measure git diff --numstat main...topic
printf '2000 changed, all policies   kadian check merge  '
measure "$kadian" check merge --base main --evidence tests=../junit.xml --evidence coverage=../lcov.info --evidence scan=../scan.sarif
