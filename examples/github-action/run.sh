#!/bin/sh
# Runs the action's own script as GitHub's runner would, on a pull request and in the merge queue, with a token that may do nothing:
# what the log shows, what the outputs and the summary hold. GitHub is not asked.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib.sh"

find_kadian "$here/.."
stand_alone
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
action=$(cd "$here/../.." && pwd)

git init --quiet --initial-branch main "$work/pay"
cd "$work/pay"
git config user.name 'Mei Lin'
git config user.email mei@example.com
printf 'version: 1\nservice: {name: pay, tier: L2}\nstages: {merge: {expect: [change, tests]}}\n' >kadian.yaml
mkdir rules
printf '%s\n' '# METADATA' '# title: Fees are a hundredth' '# custom: {id: team/fee, severity: high, requirement: A1, remedy: Ask the bank first}' \
    'package kadian.team' '' 'deny contains {"msg": "fees.py is changed"} if {' '    some file in input.change.files' \
    '    file.path == "fees.py"' '}' >rules/team.rego
printf 'def fee(amount):\n    return amount // 100\n' >fees.py
git add --all
git commit --quiet --message 'feat: add the fee'
base=$(git rev-parse HEAD)
git checkout --quiet -b lower-fee
printf 'def fee(amount):\n    return amount // 120\n' >fees.py
# The change would remove what judges it. The base's rules judge.
git rm --quiet -r rules
git commit --quiet --all --message 'feat: lower the fee'
head=$(git rev-parse HEAD)
git checkout --quiet --detach main
git merge --quiet --no-ff --message 'Merge lower-fee into main' lower-fee
mkdir "$work/reports"
printf '<testsuite name="pytest" tests="1"><testcase classname="fees" name="test_fee"/></testsuite>\n' >"$work/reports/junit.xml"

# $1: event; $2: ref; $3: the event's file. Runs the step `Check` of action.yml with the inputs of merge.yml and a folder of policies.
action() {
    mkdir -p "$work/$1/temp"
    : >"$work/$1/output"
    : >"$work/$1/summary"
    printf '%s\n' "$3" >"$work/$1/event.json"
    # Every variable that the step sets, empty unless it is given below.
    empty=$(sed -n -e 's/^      \(KADIAN_[A-Z_]*\): .*/\1=/p' "$action/action.yml")
    # shellcheck disable=SC2086
    env -i $empty "PATH=$PATH" "HOME=$work" GIT_CONFIG_NOSYSTEM=1 CI=true GITHUB_ACTIONS=true "GITHUB_EVENT_NAME=$1" "GITHUB_REF=$2" \
        "GITHUB_SHA=$(git rev-parse HEAD)" "GITHUB_EVENT_PATH=$work/$1/event.json" "GITHUB_WORKSPACE=$work/pay" \
        "GITHUB_OUTPUT=$work/$1/output" "GITHUB_STEP_SUMMARY=$work/$1/summary" "RUNNER_TEMP=$work/$1/temp" \
        "GITHUB_ACTION_PATH=$action" "KADIAN_PROGRAM=$KADIAN" KADIAN_IN_STAGE=merge KADIAN_IN_ANNOTATIONS=true \
        KADIAN_IN_PUBLISH=summary KADIAN_IN_POLICY=rules "KADIAN_IN_EVIDENCE=tests=$work/reports/junit.xml" \
        "KADIAN_EVENT_BASE=$base" "KADIAN_EVENT_HEAD=$head" \
        bash "$action/.github/action/check.sh"
}

# $1: what was expected. Ends the script.
differs() {
    echo "expected $1" >&2
    exit 1
}

for event in pull_request merge_group; do
    printf '\n== %s\n' "$event"
    case $event in
        pull_request)
            reference=refs/pull/7/merge
            payload='{"number": 7, "pull_request": {"number": 7, "base": {"ref": "main", "sha": "'$base'"}, "head": {"ref": "lower-fee", "sha": "'$head'"}}}'
            ;;
        merge_group)
            reference=refs/heads/gh-readonly-queue/main/pr-7-$base
            payload='{"merge_group": {"base_ref": "refs/heads/main", "base_sha": "'$base'", "head_sha": "'$(git rev-parse HEAD)'"}}'
            ;;
    esac
    status=0
    action "$event" "$reference" "$payload" || status=$?
    [ "$status" -eq 1 ] || differs "exit code 1 (block), got $status"
    grep -q '^verdict=block$' "$work/$event/output" || differs 'the output verdict=block'
    [ -s "$work/$event/summary" ] || differs 'a summary'
done
printf '\nblocked twice by the rule that the change removes\n'
