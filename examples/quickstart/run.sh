#!/bin/sh
# Asks the gate about the two branches of pay.bundle: `topic` must be blocked, `mended` must pass.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib.sh"

find_kadian "$here/.."
stand_alone
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
git -c init.defaultBranch=main clone --quiet --branch main "$here/pay.bundle" "$work/pay"
git -C "$work/pay" branch --quiet topic origin/topic
git -C "$work/pay" branch --quiet mended origin/mended

# The evidence is named relative to the current directory, as anyone would type it.
cd "$here"
wrong=0

# $1: the branch; $2: the exit code that it must get; $3: its name.
check() {
    reports=reports/$1
    cat <<END

\$ kadian check merge --repo pay --base main --head $1 --trust worktree \\
    --evidence tests=$reports/junit.xml --evidence coverage=$reports/coverage.xml \\
    --evidence scan=$reports/bandit.sarif --evidence review=$reports/review.json

END
    status=0
    "$KADIAN" check merge --repo "$work/pay" --base main --head "$1" --trust worktree \
        --evidence "tests=$reports/junit.xml" --evidence "coverage=$reports/coverage.xml" \
        --evidence "scan=$reports/bandit.sarif" --evidence "review=$reports/review.json" || status=$?
    if [ "$status" -ne "$2" ]; then
        echo "$1: expected exit code $2 ($3), got $status" >&2
        wrong=1
    fi
}

check topic 1 block
check mended 0 pass
exit "$wrong"
