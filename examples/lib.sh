# What the examples share. Each of them reads it with `.`; it does nothing on its own.
# shellcheck shell=sh

# Sets KADIAN to the absolute path of the program: the caller's KADIAN, or else a release build of this repository.
# $1: the directory of the examples.
find_kadian() {
    if [ -z "${KADIAN:-}" ]; then
        root=$(cd "$1/.." && pwd)
        target=${CARGO_TARGET_DIR:-target}
        case $target in /*) ;; *) target=$root/$target ;; esac
        KADIAN=$target/release/kadian
        echo "KADIAN is not set: building $KADIAN (the first time takes some minutes)" >&2
        (cd "$root" && cargo build --release --locked)
    fi
    found=$(command -v "$KADIAN") || {
        echo "cannot run $KADIAN: set KADIAN to the program, or unset it to build one" >&2
        exit 1
    }
    KADIAN=$(cd "$(dirname "$found")" && pwd)/$(basename "$found")
    export KADIAN
}

# Keeps what surrounds the script out of its answer: the user's git configuration, a git command that started it, and the pull
# request that a CI job runs for.
stand_alone() {
    for name in $(git rev-parse --local-env-vars) CI $(env | sed -n -e 's/^\(GITHUB_[A-Z_]*\)=.*/\1/p' -e 's/^\(KADIAN_[A-Z_]*\)=.*/\1/p'); do
        unset "$name"
    done
    export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
}
