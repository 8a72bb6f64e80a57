#!/bin/sh
# Lints the migrations of a shop by themselves and by the sizes of its tables, then asks the gate about a change that would stop the shop,
# and about the same change mended. The sizes are a made-up table-stats.json as `kadian db snapshot` writes it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib.sh"

find_kadian "$here/.."
stand_alone
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

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

# $1: the message. Commits everything at the time of the example.
commit() {
    git add --all
    GIT_AUTHOR_DATE="$now" GIT_COMMITTER_DATE="$now" git commit --quiet --message "$1"
}

mkdir "$work/bin"
ln -s "$KADIAN" "$work/bin/kadian"
export PATH="$work/bin:$PATH"
now='2026-11-20T08:00:00Z'

git init --quiet --initial-branch main "$work/shop"
cp "$here/table-stats.json" "$work/"
cd "$work/shop"
git config user.name 'Mei Lin'
git config user.email mei@example.com
cp -R "$here/shop/." .
commit 'feat: the shop'
git checkout --quiet -b status
cp -R "$here/change/." .

echo 'Nobody tells how large the tables are: both indexes are judged as those of large ones.'
expect 1 kadian db lint db/migration/V2__status.sql

echo
echo 'With their sizes only the one on 48 million orders is:'
expect 1 kadian db lint --stats ../table-stats.json db/migration/V2__status.sql

commit 'feat(orders): a status'
echo
echo 'The gate also finds the code that still names what goes, and asks for the checklist of a data correction:'
expect 1 kadian check merge --base main --now "$now" --evidence database=../table-stats.json

git checkout --quiet -b status-mended main
cp -R "$here/mended/." .
commit 'feat(orders): a status'
echo
echo 'Mended: the index is built while others write, and what goes waits for a release that does not name it.'
expect 0 kadian check merge --base main --now "$now" --evidence database=../table-stats.json
