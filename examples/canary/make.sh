#!/bin/sh
# Records the samples again: runs the shop twice beside a real Prometheus, once with a faulty new version, and asks kadian. Needs
# python3 and prometheus (Debian: apt-get install prometheus), and takes about ten minutes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib.sh"
find_kadian "$here/.."
work=$(mktemp -d)
trap 'kill $shop $prometheus 2>/dev/null || true; rm -rf "$work"' EXIT
shop= prometheus=

cat >"$work/prometheus.yml" <<END
global: {scrape_interval: 1s}
scrape_configs:
END
for instance in old-1 old-2 new-1; do
    cat >>"$work/prometheus.yml" <<END
- {job_name: $instance, metrics_path: /$instance, static_configs: [{targets: ["127.0.0.1:9101"], labels: {instance: $instance, job: shop}}]}
END
done

# $1: share of failures, $2: mean time, $3: seconds to wait, $4: name of the record
record() {
    python3 "$here/shop.py" 9101 "$1" "$2" &
    shop=$!
    prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/$4" --web.listen-address=127.0.0.1:9102 \
        >"$work/prometheus.log" 2>&1 &
    prometheus=$!
    sleep 20
    since=$(date -u +%FT%TZ)
    sleep "$3"
    "$KADIAN" canary judge "$here/slis.yaml" --from 1.4.1 --to 1.4.2 --since "$since" --batch 1 --format text \
        --save "$here/recorded/$4.json" || true
    if [ "$4" = good ]; then
        "$KADIAN" canary judge "$here/slis.yaml" --from 1.4.1 --to 1.4.2 --since "$since" --batch 1 --format text \
            --until "$(date -u -d "$since + 40 sec" +%FT%TZ)" --save "$here/recorded/early.json" || true
    fi
    kill "$shop" "$prometheus"
    wait "$shop" "$prometheus" 2>/dev/null || true
}

record 0.005 0.12 420 good
record 0.02 0.14 60 bad
