#!/bin/sh
# Whether every instance of the fleet runs this version: runs.sh VERSION
set -eu
for instance in "${FLEET:?}"/*; do
    read -r version <"$instance"
    [ "$version" = "$1" ] || { echo "${instance##*/} runs $version" >&2; exit 1; }
done
