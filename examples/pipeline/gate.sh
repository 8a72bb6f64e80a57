#!/bin/sh
# The gate as a step of any pipeline. kadian knows what GitLab CI, Jenkins, Buildkite and others say about the change; where the
# pipeline is another, set KADIAN_BASE, KADIAN_HEAD and KADIAN_PULL_REQUEST.
#
# Needs the repository with its history up to where the change begins, and the reports of the tests in reports/.
# Ends with kadian's exit code. KADIAN names the program.
set -eu

mkdir -p kadian-reports
status=0
"${KADIAN:-kadian}" check merge \
    --evidence 'tests=reports/*.xml' \
    --report text --report json=kadian-reports/decision.json --report html=kadian-reports/kadian.html \
    "$@" || status=$?

case $status in
    0) echo "gate: it may go on" ;;
    1) echo "gate: a policy forbids it; running this step again changes nothing" ;;
    3) echo "gate: it cannot be decided yet; the report says what would let it, then run this step again" ;;
    4) echo "gate: the running batch should be taken back: kadian rollback" ;;
    *) echo "gate: kadian could not work ($status); nothing was decided" ;;
esac
exit "$status"
