#!/bin/sh
# Judges a new version of a shop beside the old one: too early, good, and faulty; then asks the release gate with everything that is
# known of the faulty one. The samples were recorded from a real Prometheus (make.sh). $1: where the page for people goes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib.sh"
page=${1:-}

find_kadian "$here/.."
stand_alone
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
page=${page:-$work/page.html}

# $1: the exit code that is expected; then a command, which is shown and run.
expect() {
    wanted=$1
    shift
    printf '\n$ %s\n' "$*"
    code=0
    "$@" || code=$?
    [ "$code" -eq "$wanted" ] || {
        echo "expected exit code $wanted, not $code" >&2
        exit 1
    }
}

ln -s "$KADIAN" "$work/kadian"
PATH="$work:$PATH"
export PATH
cp -R "$here/recorded" "$work/recorded"
cd "$work"

echo 'Forty seconds after the new version took its first requests, nothing is proven:'
expect 3 kadian canary judge recorded/early.json --format text

echo
echo 'Seven minutes after, it is:'
expect 0 kadian canary judge recorded/good.json --format text

echo
echo 'Another new version fails four times as often, which a minute shows:'
expect 1 kadian canary judge recorded/bad.json --format text

echo
echo 'The release gate, with the logs and the pods of the faulty version beside its samples:'
git init --quiet --initial-branch main shop
cd shop
git config user.name 'Mei Lin'
git config user.email mei@example.com
mkdir shop
date='2026-11-20T12:00:00Z'
printf 'def total(cart):\n    return sum(cart)\n' >shop/cart.py
git add . && GIT_COMMITTER_DATE=$date git commit --quiet --date "$date" --message 'feat: a shop'
printf 'def total(cart):\n    return sum(line.price for line in cart)\n' >shop/cart.py
git add . && GIT_COMMITTER_DATE=$date git commit --quiet --date "$date" --message 'feat: carts have lines'
# The samples are fresh at the time that they were made for.
expect 1 kadian check release --base HEAD^ --now 2026-11-22T03:15:00Z \
    --evidence 'tests=../recorded/tests.xml' \
    --evidence 'canary=../recorded/bad.json' \
    --evidence 'logs:gray=../recorded/new.log' --evidence 'logs:baseline=../recorded/old.log' \
    --evidence 'health=../recorded/pods.json' \
    --report html="$page" --report text
