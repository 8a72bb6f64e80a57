#!/bin/sh
# Records the run again: needs prometheus and python3, and takes about two minutes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$here/recorded"
mkdir "$here/recorded"
RECORD=$here/recorded "$here/run.sh"
# Only the samples are judged again; the decisions are made anew.
for folder in "$here"/recorded/soak-*; do
    find "$folder" -mindepth 1 ! -name samples.json -delete
done
