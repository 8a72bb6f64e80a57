#!/bin/sh
# Asks the gate about one change as four pipelines would: GitLab CI, Jenkins, Buildkite, and one that sets plain variables. The
# answer has to be the same, before its tests are mended and after.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib.sh"

find_kadian "$here/.."
stand_alone
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

git init --quiet --initial-branch main "$work/pay"
cd "$work/pay"
git config user.name 'Mei Lin'
git config user.email mei@example.com

# $1: date; $2: subject. Commits everything.
commit() {
    git add --all
    GIT_AUTHOR_DATE=$1 GIT_COMMITTER_DATE=$1 git commit --quiet --message "$2"
}

cat >kadian.yaml <<'END'
version: 1
service: {name: pay, tier: L2}
stages: {merge: {expect: [change, tests]}}
END
printf 'def fee(amount):\n    return amount // 100\n' >fees.py
commit 2026-01-05T09:00:00Z 'feat: add the fee'
base=$(git rev-parse HEAD)
git update-ref refs/remotes/origin/main "$base"
git checkout --quiet -b lower-fee
printf 'def fee(amount):\n    return amount // 120\n' >fees.py
# The change would judge itself more gently. It is not asked.
printf 'settings: {tests: {success_percent: 10}}\n' >>kadian.yaml
commit 2026-01-06T09:00:00Z 'feat: lower the fee'
head=$(git rev-parse HEAD)

# $1: whether the second test fails.
report() {
    mkdir -p "$work/reports"
    cat >"$work/reports/junit.xml" <<END
<testsuite name="pytest" tests="2" failures="$([ -n "$1" ] && echo 1 || echo 0)" timestamp="2026-01-06T09:30:00+00:00">
<testcase classname="fees" name="test_fee"/><testcase classname="fees" name="test_rounding">$1</testcase>
</testsuite>
END
}

# $1: the pipeline; then its variables. Prints the exit code and the findings, and shows what the pipeline says.
ask() {
    name=$1
    shift
    mkdir -p "$work/$name"
    rm -rf "$work/$name/reports"
    cp -R "$work/reports" "$work/$name/reports"
    status=0
    # Nothing of a pipeline that runs this script itself gets through.
    (cd "$work/$name" && env -i "PATH=$PATH" "HOME=$work" "KADIAN=$KADIAN" "$@" "$here/gate.sh" --repo "$work/pay" --now 2026-01-06T12:00:00Z) >"$work/$name/log" 2>&1 || status=$?
    sed -n -e 1p -e '$p' "$work/$name/log" >&2
    printf '%s ' "$status"
    tr -d '\n ' <"$work/$name/kadian-reports/decision.json" | sed -e 's/.*"findings":\(\[.*\]\),"id":"[0-9a-f]\{64\}".*/\1/'
    echo
}

# Asks as the pipeline $1 would: with the variables that it sets for a pull request.
of() {
    case $1 in
        gitlab)
            ask gitlab CI=true GITLAB_CI=true CI_MERGE_REQUEST_IID=7 CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main \
                "CI_MERGE_REQUEST_DIFF_BASE_SHA=$base" CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=lower-fee "CI_COMMIT_SHA=$head"
            ;;
        jenkins)
            ask jenkins CI=true JENKINS_URL=https://jenkins.example/ CHANGE_ID=7 CHANGE_TARGET=main CHANGE_BRANCH=lower-fee \
                BRANCH_NAME=PR-7 "GIT_COMMIT=$head"
            ;;
        buildkite)
            ask buildkite CI=true BUILDKITE=true BUILDKITE_PULL_REQUEST=7 BUILDKITE_PULL_REQUEST_BASE_BRANCH=main \
                BUILDKITE_BRANCH=lower-fee "BUILDKITE_COMMIT=$head"
            ;;
        plain) ask plain CI=true "KADIAN_BASE=$base" "KADIAN_HEAD=$head" KADIAN_PULL_REQUEST=7 ;;
    esac
}

# $1: the exit code that every pipeline has to get.
all() {
    expected=
    for pipeline in gitlab jenkins buildkite plain; do
        echo "== $pipeline" >&2
        answer=$(of "$pipeline")
        if [ "${answer%% *}" != "$1" ]; then
            echo "$pipeline: expected exit code $1, got ${answer%% *}" >&2
            exit 1
        fi
        if [ "$answer" != "${expected:=$answer}" ]; then
            printf '%s answers\n%s\ninstead of\n%s\n' "$pipeline" "$answer" "$expected" >&2
            exit 1
        fi
    done
    echo "the same verdict four times: exit code $1"
}

report '<failure message="119 is not 120"/>'
all 1
report ''
all 0
