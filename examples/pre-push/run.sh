#!/bin/sh
# Pushes through the gate's git hook: a commit that was meant to be folded in is stopped, the folded one goes through.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib.sh"

find_kadian "$here/.."
stand_alone
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The hook finds the program as it would on a laptop: by its name.
mkdir "$work/bin"
ln -s "$KADIAN" "$work/bin/kadian"
export PATH="$work/bin:$PATH"

# Shows a command, then runs it.
run() {
    printf '\n$ %s\n' "$*"
    "$@"
}

# $1: what was expected. Ends the script.
differs() {
    echo "expected $1" >&2
    exit 1
}

# Whether the remote has the branch, at the commit that is checked out here.
arrived() {
    [ "$(git -C "$work/remote.git" rev-parse --verify --quiet "refs/heads/$1")" = "$(git rev-parse HEAD)" ]
}

git init --quiet --bare --initial-branch main "$work/remote.git"
git init --quiet --initial-branch main "$work/pay"
cd "$work/pay"
git config user.name 'Mei Lin'
git config user.email mei@example.com
git remote add origin "$work/remote.git"
printf 'def fee(amount):\n    return amount // 100\n' >fees.py
git add fees.py
git commit --quiet --message 'feat: add the fee'
git push --quiet --set-upstream origin main

run kadian init
git add --all
git commit --quiet --message 'chore: add the release gate'
run kadian hook install
run git push --quiet || differs 'the push of main to go through'
arrived main || differs 'main to be at the remote'

git checkout --quiet -b lower-fee
printf 'def fee(amount):\n    return amount // 120\n' >fees.py
git commit --quiet --all --message 'feat: lower the fee'
printf 'def fee(amount):\n<<<<<<< HEAD\n    return amount // 120\n=======\n    return amount // 125\n>>>>>>> rounding\n' >fees.py
run git commit --quiet --all --message 'fix: round the fee'
if run git push --quiet --set-upstream origin lower-fee; then
    differs 'the hook to stop the leftover of a merge conflict'
fi
if arrived lower-fee; then
    differs 'lower-fee not to be at the remote'
fi

printf 'def fee(amount):\n    return amount // 125\n' >fees.py
run git commit --quiet --all --amend --no-edit
run git push --quiet --set-upstream origin lower-fee || differs 'the push of the mended commit to go through'
arrived lower-fee || differs 'lower-fee to be at the remote'
echo
echo 'the leftover of a conflict was stopped, the mended commit went through'
