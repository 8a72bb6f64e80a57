# shellcheck shell=bash
# What the two scripts of the action share. Read with `.`; it does nothing on its own.

# Ends the action as kadian ends when it cannot work: 2. Values belong into messages with %q, so that none begins a line of the log.
fail() {
    local format=$1
    shift
    # shellcheck disable=SC2059
    printf "kadian action: $format\n" "$@" >&2
    exit 2
}

# The lines of $1 without the blanks around them, into the array `list`; empty lines are left out.
lines() {
    local line
    list=()
    while IFS= read -r line || [ -n "$line" ]; do
        line=${line#"${line%%[![:space:]]*}"}
        line=${line%"${line##*[![:space:]]}"}
        [ -z "$line" ] || list+=("$line")
    done <<<"$1"
}

# Whether somebody proposes what is judged: a pull request or an entry of a merge queue.
is_proposal() {
    case ${GITHUB_EVENT_NAME:-} in
        pull_request* | merge_group | workflow_run | issue_comment) return 0 ;;
    esac
    case ${GITHUB_REF:-} in
        refs/pull/* | refs/heads/gh-readonly-queue/*) return 0 ;;
    esac
    [ -n "${KADIAN_IN_PULL_REQUEST:-}" ]
}

# $1: name; $2: value, which is one line.
output() {
    case $2 in
        *$'\n'* | *$'\r'*) fail 'the value of output %s has several lines: %q' "$1" "$2" ;;
    esac
    printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

# The SHA-256 of file $1, in lower case.
digest() {
    if command -v sha256sum >/dev/null; then
        sha256sum <"$1" | cut -c 1-64
    else
        shasum -a 256 <"$1" | cut -c 1-64
    fi
}
