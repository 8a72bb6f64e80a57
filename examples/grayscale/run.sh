#!/bin/sh
# A rollout of a shop in three batches. The second one goes bad: kadian stops it, and one command brings the old version back.
#
# With prometheus and python3 on the machine (Debian: apt-get install prometheus) everything is real and takes about two minutes;
# without them, or with RECORDED=1, the servers' recorded answers are judged at the time that they were recorded at (make.sh).
# $1: the page for people about the bad batch.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib.sh"
page=${1:-}

find_kadian "$here/.."
stand_alone
work=$(mktemp -d)
fleet=
prometheus=
stop() {
    for pid in $fleet $prometheus; do kill "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 1' HUP INT TERM
page=${page:-$work/page.html}

ln -s "$KADIAN" "$work/kadian"
PATH="$work:$PATH"
FLEET=$work/fleet
export PATH FLEET
mkdir "$FLEET"
cp -R "$here/shop" "$work/shop"
cp "$here/deploy.sh" "$here/runs.sh" "$work/shop/"
cd "$work/shop"
for region in east west; do ./deploy.sh "$region" 0 1.4.2 1.4.1; done

live=
if [ -z "${RECORDED:-}" ] && command -v prometheus >/dev/null && command -v python3 >/dev/null; then live=1; fi
# A record asks nobody.
if [ -z "$live" ]; then sed -i '/^slis:/d' kadian.yaml; fi

git init --quiet --initial-branch main
git config user.name 'Mei Lin'
git config user.email mei@example.com
printf '.kadian/\n' >.gitignore
printf 'def checkout(cart):\n    return pay(sum(cart))\n' >checkout.py
date='2026-11-20T12:00:00Z'
git add . && GIT_COMMITTER_DATE=$date git commit --quiet --date "$date" --message 'feat: a shop' && git tag 1.4.1
printf 'def checkout(cart):\n    with connection() as line:\n        return pay(line, sum(cart))\n' >checkout.py
git add . && GIT_COMMITTER_DATE=$date git commit --quiet --date "$date" --message 'feat: a connection for each request' && git tag 1.4.2

if [ -n "$live" ]; then
    echo 'A fleet of ten instances, and a Prometheus that watches them, are starting.'
    python3 "$here/fleet.py" 9111 "$FLEET" &
    fleet=$!
    {
        echo 'global: {scrape_interval: 1s}'
        echo 'scrape_configs:'
        for region in east west; do
            for number in 1 2 3 4 5; do
                echo "- {job_name: $region-$number, metrics_path: /$region-$number, static_configs: [{targets: ['127.0.0.1:9111'], labels: {instance: $region-$number, job: shop}}]}"
            done
        done
    } >"$work/prometheus.yml"
    prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" --web.listen-address=127.0.0.1:9112 \
        >"$work/prometheus.log" 2>&1 &
    prometheus=$!
    sleep 15
else
    echo 'There is no prometheus or no python3 here: what they said once is judged again, at the time that they said it.'
fi

# Sets `when` to the options that say what time it is: none where the clock does, else the time recorded under this name.
at() {
    when=
    if [ -z "$live" ]; then
        when="--now $(sed -n "s/^$1 //p" "$here/recorded/times")"
    elif [ -n "${RECORD:-}" ]; then
        echo "$1 $(date -u +%FT%TZ)" >>"$RECORD/times"
    fi
}

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

# Judges the soak of a batch, asking Prometheus or its record. $1: exit code, $2: number of the batch, then more options.
soak() {
    wanted=$1 batch=$2
    shift 2
    if [ -n "$live" ]; then
        kept=${RECORD:-$work}/soak-$batch
        expect "$wanted" kadian check rollout --plan plan.yaml --batch "$batch" --phase soak --wait 2m \
            --evidence tests="$work/fvt-$batch.xml" --save "$kept" "$@"
        at "soak-$batch"
    else
        at "soak-$batch"
        # shellcheck disable=SC2086
        expect "$wanted" kadian check rollout --plan plan.yaml --batch "$batch" --phase soak $when \
            --evidence tests="$here/recorded/fvt-$batch.xml" --evidence canary="$here/recorded/soak-$batch/samples.json" "$@"
    fi
}

# Puts a batch out, as a pipeline would. $1: its number, $2: region, $3: percent
deploy() {
    at "started-$1"
    # shellcheck disable=SC2086
    expect 0 kadian ledger record batch --plan plan.yaml --batch "$1" --state started $when
    ./deploy.sh "$2" "$3" 1.4.2 1.4.1
    at "done-$1"
    # shellcheck disable=SC2086
    expect 0 kadian ledger record batch --plan plan.yaml --batch "$1" --state done $when
    if [ -n "$live" ]; then
        instances=
        for number in 1 2 3 4 5; do
            if [ $((number * 20)) -le "$3" ]; then instances="$instances $2-$number"; fi
        done
        # shellcheck disable=SC2086
        python3 "$here/fvt.py" 9111 "$1" 1.4.2 $instances >"$work/fvt-$1.xml"
        if [ -n "${RECORD:-}" ]; then cp "$work/fvt-$1.xml" "$RECORD/"; fi
    fi
}

printf '\nThe first batch: one instance of ten.\n'
at before-1
# shellcheck disable=SC2086
expect 0 kadian check rollout --plan plan.yaml --batch 1 $when
deploy 1 east 20
soak 0 1

printf '\nThe second batch: the whole east. It waits until the first one has soaked.\n'
if [ -n "$live" ]; then
    expect 0 kadian check rollout --plan plan.yaml --batch 2 --wait 1m --evidence tests="$work/fvt-1.xml"
    at before-2
else
    at before-2
    # shellcheck disable=SC2086
    expect 0 kadian check rollout --plan plan.yaml --batch 2 $when \
        --evidence tests="$here/recorded/fvt-1.xml" --evidence canary="$here/recorded/soak-1/samples.json"
fi
deploy 2 east 100
soak 4 2 --report html="$page" --report text

printf '\nThe way back: first what would run, then for real.\n'
at back
# shellcheck disable=SC2086
expect 0 kadian rollback --dry-run $when
# shellcheck disable=SC2086
expect 0 kadian rollback --yes $when
expect 0 ./runs.sh 1.4.1

printf '\nThe third batch does not start, and the times are on record.\n'
at before-3
# shellcheck disable=SC2086
expect 1 kadian check rollout --plan plan.yaml --batch 3 $when
expect 0 kadian ledger metrics
expect 0 kadian ledger verify
