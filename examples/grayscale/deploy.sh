#!/bin/sh
# Puts a version on so many percent of a region's instances, and the version before on the rest: deploy.sh REGION PERCENT NEW OLD
set -eu
region=$1 percent=$2 new=$3 old=$4
for number in 1 2 3 4 5; do
    if [ $((number * 20)) -le "$percent" ]; then version=$new; else version=$old; fi
    printf '%s\n' "$version" >"${FLEET:?}/$region-$number"
done
