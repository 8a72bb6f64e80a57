#!/bin/sh
# Writes pay.bundle and reports/ again: the history from source/, the reports by the real tools in the versions that
# source/base/requirements.txt pins. The commits are the same each time; the reports carry the time of their run.
# Needs Linux (unshare), git and Python 3.11 or newer, and the package index for pip.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib.sh"

# JUnit reports name the host. This one is called `ci`, whatever machine writes them.
if [ "$(uname -n)" != ci ]; then
    cd "$here"
    exec unshare --map-root-user --uts sh -c 'hostname ci && exec ./make.sh'
fi

stand_alone
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

source=$here/source
git init --quiet --initial-branch main "$work/pay"
cd "$work/pay"

# $1: name; $2: account; $3: date; $4: subject. Commits what is in the index.
commit() {
    GIT_AUTHOR_NAME=$1 GIT_AUTHOR_EMAIL=$2@example.com GIT_AUTHOR_DATE=$3 \
        GIT_COMMITTER_NAME=$1 GIT_COMMITTER_EMAIL=$2@example.com GIT_COMMITTER_DATE=$3 git commit --quiet --message "$4"
}

# $1: the new branch; its commits are the patches in the folder of the same name.
branch() {
    git checkout --quiet -b "$1"
    GIT_COMMITTER_NAME='Mei Lin' GIT_COMMITTER_EMAIL=mei@example.com \
        git am --quiet --committer-date-is-author-date "$source/$1"/*.patch
}

cp -R "$source/base/." .
git add --all
git reset --quiet -- docs/design/partial-refunds.md
commit 'Jonas Weber' jonas 2026-11-09T11:30:00+01:00 'feat: take payments and give them back'
git add --all
commit 'Mei Lin' mei 2026-11-12T14:05:00+01:00 'docs(design): partial refunds'
branch topic
branch mended
git checkout --quiet main
# One thread, so that the same git writes the same bytes.
git -c pack.threads=1 bundle create --quiet "$here/pay.bundle" HEAD main topic mended

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --requirement requirements.txt
PATH=$work/venv/bin:$PATH

# $1: the branch. Pytest and Bandit exit with 1 when they find something, which is not a failure here.
report() {
    git checkout --quiet "$1"
    out=$here/reports/$1
    mkdir -p "$out/lcov"
    coverage run -m pytest --quiet --junitxml="$out/junit.xml" || [ $? -eq 1 ]
    coverage xml --quiet -o "$out/coverage.xml"
    coverage lcov --quiet -o "$out/lcov/lcov.info"
    bandit --quiet --recursive src --format sarif --output "$out/bandit.sarif" || [ $? -eq 1 ]
}

# $1: the branch; then for each approval who, when, and for which commit.
review() {
    out=$here/reports/$1/review.json
    shift
    {
        printf '{\n  "schema": "kadian.review/v1",\n  "author": "mei",\n  "approvals": ['
        comma=
        while [ $# -gt 0 ]; do
            commit=$(git rev-parse --verify "$3^{commit}")
            printf '%s\n    {"by": "%s", "at": "%s", "commit": "%s", "state": "approved"}' "$comma" "$1" "$2" "$commit"
            comma=,
            shift 3
        done
        printf '\n  ]\n}\n'
    } >"$out"
}

report topic
report mended
# Jonas looked before the last two commits were pushed, and Mei is the author: neither counts.
review topic jonas 2026-11-17T12:10:00+01:00 topic~2 mei 2026-11-18T09:05:00+01:00 topic
review mended jonas 2026-11-19T09:30:00+01:00 mended priya 2026-11-19T10:12:00+01:00 mended
