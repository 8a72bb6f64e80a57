#!/usr/bin/env bash
# Where the program comes from.
#
#   program.sh choose   takes the caller's program or a release asset, or says that it has to be built
#   program.sh build    takes what the cache brought, or builds the action's own source
#
# Whatever it takes, it says which. A checksum that does not fit ends the action: nothing else is tried then.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

folder=$RUNNER_TEMP/kadian-program
program=$folder/kadian
wanted=$(printf '%s' "${KADIAN_IN_CHECKSUM:-}" | tr '[:upper:]' '[:lower:]')

# $1: file; $2: the checksum that it must have; $3: who says so; $4: what the file is. One that differs is removed.
verify() {
    local found
    found=$(digest "$1")
    [ "$found" != "$2" ] || return 0
    rm -f "$folder/download" "$program"
    fail '%s has the SHA-256 %s, but %s says %s: it is not used' "$4" "${found:-?}" "$3" "$2"
}

# The release asset's name on this runner; nothing where there is none.
asset() {
    case ${RUNNER_OS:-}-${RUNNER_ARCH:-} in
        Linux-X64) echo "kadian-$1-x86_64-unknown-linux-gnu" ;;
        Linux-ARM64) echo "kadian-$1-aarch64-unknown-linux-gnu" ;;
        macOS-X64) echo "kadian-$1-x86_64-apple-darwin" ;;
        macOS-ARM64) echo "kadian-$1-aarch64-apple-darwin" ;;
    esac
}

# $1: address; $2: file.
download() {
    command -v curl >/dev/null || return 1
    curl --disable --globoff --fail --silent --show-error --location --proto '=https,file' --proto-redir '=https' \
        --connect-timeout 20 --max-time 300 --max-filesize 300000000 --retry 2 --output "$2" --url "$1"
}

# Takes the asset of version $1; fails without an end where it cannot be had.
release() {
    local name address said_by=checksum
    name=$(asset "$1")
    [ -n "$name" ] || return 1
    address=${KADIAN_IN_MIRROR:-}
    [ -n "$address" ] || address=$KADIAN_ACTION_SERVER/$KADIAN_ACTION_REPOSITORY/releases/download/v$1
    case $address in
        https://* | file://*) ;;
        *) fail 'mirror %q is neither https:// nor file://' "$address" ;;
    esac
    download "${address%/}/$name" "$folder/download" || return 1
    if [ -z "$wanted" ]; then
        said_by="the release's own checksum file"
        download "${address%/}/$name.sha256" "$folder/download.sha256" ||
            fail '%s is there, but %s.sha256 is not: it is not used' "$name" "$name"
        wanted=$(head -c 64 "$folder/download.sha256" | tr '[:upper:]' '[:lower:]')
        [[ $wanted =~ ^[0-9a-f]{64}$ ]] || fail '%s.sha256 does not begin with a SHA-256' "$name"
    fi
    verify "$folder/download" "$wanted" "$said_by" "$name"
    chmod 755 "$folder/download" && mv "$folder/download" "$program" || fail '%s cannot be put into %q' "$name" "$folder"
    echo "kadian action: the program is the release asset $name (SHA-256 $wanted, as $said_by says)"
}

# The digest of all that a build depends on, so that a change of it makes another entry in the cache.
sources() {
    local sum=(shasum -a 256)
    ! command -v sha256sum >/dev/null || sum=(sha256sum)
    (cd "$GITHUB_ACTION_PATH" && find Cargo.toml Cargo.lock src policies -type f -print0 | LC_ALL=C sort -z | xargs -0 "${sum[@]}") >"$folder/sources"
    digest "$folder/sources"
}

# Whether an entry of the cache may be used. Whoever runs code for a pull request or on a branch can write entries that its later
# jobs find first, and this program judges them: without a checksum only a protected branch's entries are believed.
may_cache() {
    [ -z "$wanted" ] || return 0
    ! is_proposal && { [ "${GITHUB_EVENT_NAME:-}" = schedule ] || [ "${KADIAN_REF_PROTECTED:-}" = true ]; }
}

choose() {
    local version=${KADIAN_IN_VERSION#v} ref=${KADIAN_ACTION_REF:-} why=
    rm -rf "$folder"
    mkdir -p "$folder"
    [[ -z $wanted || $wanted =~ ^[0-9a-f]{64}$ ]] || fail 'checksum %q is not a SHA-256 (64 hexadecimal digits)' "$wanted"
    output path "$program"
    if [ -n "$KADIAN_IN_BINARY" ]; then
        case $KADIAN_IN_BINARY in
            /*) ;;
            *) fail 'binary %q is not an absolute path: a relative one might be a file of the change' "$KADIAN_IN_BINARY" ;;
        esac
        [ -f "$KADIAN_IN_BINARY" ] && [ -x "$KADIAN_IN_BINARY" ] || fail 'binary %q is not a program' "$KADIAN_IN_BINARY"
        [ -z "$wanted" ] || verify "$KADIAN_IN_BINARY" "$wanted" checksum "the binary"
        ln -s "$KADIAN_IN_BINARY" "$program"
        output build false
        printf "kadian action: the program is %q, as the workflow says\n" "$KADIAN_IN_BINARY"
        return
    fi
    case $KADIAN_IN_SOURCE in
        auto | release | build) ;;
        *) fail 'source %q is none of auto, release, build' "$KADIAN_IN_SOURCE" ;;
    esac
    if [ -z "$version" ] && [[ $ref =~ ^v?[0-9]+\.[0-9]+\.[0-9]+ ]]; then
        version=${ref#v}
    elif [ -n "$version" ] && [ -z "$wanted" ] && [[ $ref =~ ^[0-9a-f]{40}$ ]]; then
        fail 'the action is pinned to a commit, but version %q is not pinned to anything: give its checksum, too' "$version"
    fi
    if [ -n "$version" ] && ! [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$ ]]; then
        fail 'version %q is not like 1.2.3' "$version"
    fi
    if [ "$KADIAN_IN_SOURCE" != build ]; then
        if [ -n "$version" ] && release "$version"; then
            output build false
            return
        fi
        why="there is no release asset of kadian ${version:-for ${ref:-this action}} for ${RUNNER_OS:-?} ${RUNNER_ARCH:-?}"
        [ "$KADIAN_IN_SOURCE" = auto ] || fail '%s, and source says release' "$why"
    fi
    printf 'kadian action: %s is built from its own source\n' "${why:+$why; }kadian"
    output build true
    if may_cache; then
        output cache true
        output key "kadian-${RUNNER_OS:-unknown}-${RUNNER_ARCH:-unknown}-${ImageOS:-unknown}-$(sources)"
    else
        output cache false
        echo "kadian action: no cache is used: what judges a pull request must not come from where its jobs can write." \
            "Give the input checksum (of a release asset, or the one that is printed below) to be faster"
    fi
}

build() {
    if [ -f "$program" ] && { [ -z "$wanted" ] || [ "$(digest "$program")" = "$wanted" ]; } && "$program" --version >/dev/null 2>&1; then
        output built false
        echo "kadian action: the program is from the cache, built from this action's source (SHA-256 $(digest "$program"))"
        return
    fi
    rm -f "$program"
    command -v cargo >/dev/null ||
        fail 'there is no cargo to build with: install Rust 1.95 or later (rustup) before this step, or give the input version or binary'
    # In the action's own folder: cargo and rustup read configuration from where they are started, and the workspace is the change's.
    (cd "$GITHUB_ACTION_PATH" && cargo build --locked --release --bin kadian --target-dir "$folder/target")
    cp "$folder/target/release/kadian" "$program"
    [ -z "$wanted" ] || verify "$program" "$wanted" checksum "what was built"
    output built true
    echo "kadian action: the program was built from this action's source (SHA-256 $(digest "$program"))"
}

case ${1:-} in
    choose) choose ;;
    build) build ;;
    *) fail 'program.sh choose or build, not %q' "${1:-}" ;;
esac
