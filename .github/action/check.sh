#!/usr/bin/env bash
# One run of `kadian check` with all its reports. The exit code is the program's: 0 pass, 1 block, 2 error, 3 hold, 4 roll back.
#
# Inputs arrive as variables KADIAN_IN_*. Each value becomes one argument `--option=value`, so that none is taken for an option.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Objects are read as they are: no replacements, and no patterns in paths.
export GIT_NO_REPLACE_OBJECTS=1 GIT_LITERAL_PATHSPECS=1

commit_of() {
    git rev-parse --verify --quiet --end-of-options "$1^{commit}"
}

# The commit of exactly this ref: git itself would go on to refs/tags/refs/heads/main and the like.
commit_at() {
    git show-ref --verify --quiet -- "$1" && commit_of "$1"
}

# The commit that a name from the inputs means on a proposal. git would prefer a tag to a branch of the same name, and whoever may push
# tags does not choose who judges: branches come first, and a tag that says something else is refused.
commit_named() {
    local name=${1%%[~^:]*} ref id tagged
    name=${name%%@\{*}
    case $name in
        '' | @ | HEAD | *_HEAD | refs/*) ;;
        *)
            if [[ $name =~ ^([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$ ]]; then
                commit_of "$1"
                return
            fi
            for ref in "refs/remotes/$name" "refs/remotes/origin/$name" "refs/heads/$name"; do
                id=$(commit_at "$ref") || continue
                if tagged=$(commit_at "refs/tags/$name") && [ "$tagged" != "$id" ]; then
                    fail 'base %q is a branch and a tag, and they name different commits: write %q' "$1" "$ref"
                fi
                commit_of "$ref${1#"$name"}"
                return
            done
            ;;
    esac
    case $name in
        refs/*) git show-ref --verify --quiet -- "$name" || return 1 ;;
    esac
    commit_of "$1"
}

# The commit whose configuration and policies judge a pull request: the one that kadian measures the change against.
base_commit() {
    if [ -n "$KADIAN_IN_BASE" ]; then
        commit_named "$KADIAN_IN_BASE" || fail 'base %q is no commit of this clone: check out with fetch-depth: 0' "$KADIAN_IN_BASE"
        return
    fi
    case ${GITHUB_REF:-} in
        refs/pull/*/merge)
            if [ -z "$KADIAN_IN_HEAD" ] && [ "$(commit_of HEAD)" = "${GITHUB_SHA:-}" ] && [ "${GITHUB_SHA:-}" != "$KADIAN_EVENT_HEAD" ]; then
                commit_of HEAD^1 || fail 'the base of the pull request is not in this clone: check out with fetch-depth: 0'
                return
            fi
            ;;
    esac
    [ -z "${GITHUB_BASE_REF:-}" ] || ! commit_at "refs/remotes/origin/$GITHUB_BASE_REF" || return 0
    [ -z "$KADIAN_EVENT_BASE" ] || ! commit_of "$KADIAN_EVENT_BASE" || return 0
    fail 'the base is not in this clone, and config and policy are read from it: check out with fetch-depth: 0, or give the input base'
}

# Whether a path stays below where it starts.
is_inside() {
    case /$1/ in
        *//* | */../* | */./*) return 1 ;;
    esac
}

# Refuses a path of which a part is a symbolic link. $1: input; $2: folder that it starts from; $3: path.
no_links() {
    local at=$2 rest=$3/
    while [ -n "$rest" ]; do
        at=$at/${rest%%/*}
        rest=${rest#*/}
        [ ! -L "$at" ] || fail '%s: %q is a symbolic link' "$1" "${at#"$2"/}"
    done
}

# Goes to the working directory of a proposal and says in `prefix` where in the repository that is. Both come from the input's own text:
# a link, a submodule or a repository inside the repository would let the change choose another place of the base.
enter_proposal() {
    local folder=$1 rest at=. is_checkout=false
    while [ "$folder" != "${folder#./}" ]; do
        folder=${folder#./}
    done
    folder=${folder%/}
    [ "$folder" != . ] || folder=
    prefix=
    [ ! -e .git ] || is_checkout=true
    if [ -n "$folder" ]; then
        is_inside "$folder" || fail 'working-directory %q has to be a path in the workspace' "$1"
        no_links working-directory . "$folder"
        rest=$folder/
        while [ -n "$rest" ]; do
            at=$at/${rest%%/*}
            if "$is_checkout"; then
                prefix=$prefix${rest%%/*}/
            elif [ -e "$at/.git" ]; then
                is_checkout=true
            fi
            rest=${rest#*/}
        done
        CDPATH='' cd -- "./$folder" || fail 'working-directory %q is not there' "$1"
    fi
    if "$is_checkout"; then
        at=$(git rev-parse --show-prefix) || fail 'git does not read the repository of working-directory %q' "$1"
        [ "$at" = "$prefix" ] || fail 'working-directory %q belongs to a repository inside the repository' "$1"
    elif [ -n "$folder$KADIAN_IN_CONFIG$KADIAN_IN_POLICY$KADIAN_IN_BASE" ]; then
        fail 'working-directory %q is in no checkout' "$1"
    fi
}

# The working directory is one of the base, too.
is_folder_at_base() {
    local listing=$RUNNER_TEMP/kadian-listing entry
    git ls-tree -z --full-tree "$base" -- "${prefix%/}" >"$listing" || fail 'the base %s cannot be read' "$base"
    IFS= read -r -d '' entry <"$listing" || return 1
    [ "${entry%% *}" = 040000 ] && [ "${entry#*$'\t'}" = "${prefix%/}" ]
}

# $1: object; $2: file.
write_blob() {
    # Where names differ in case only, one would silently replace the other.
    [ ! -e "$2" ] || fail '%q is there twice' "$2"
    mkdir -p "$(dirname "$2")"
    git cat-file blob "$1" >"$2" || fail 'object %s cannot be read' "$1"
}

# $1: input; $2: mode; $3: path. Links and submodules point to what somebody else may change.
refuse() {
    case $2 in
        120000) fail '%s: %q is a symbolic link at the base' "$1" "$3" ;;
        *) fail '%s: %q is no file at the base (mode %s)' "$1" "$3" "$2" ;;
    esac
}

# Writes what the base holds at a path. $1: input; $2: path, relative to the working directory. Prints the copy's place.
from_base() {
    local path=${2#./} listing=$RUNNER_TEMP/kadian-listing entry name mode object file
    path=${path%/}
    is_inside "$path" || fail '%s: %q has to be a path in the repository: on a pull request it is read at the base' "$1" "$2"
    git ls-tree -z --full-tree "$base" -- "$prefix$path" >"$listing" || fail 'the base %s cannot be read' "$base"
    IFS= read -r -d '' entry <"$listing" || fail '%s: %q does not exist at the base %s' "$1" "$2" "$base"
    read -r mode _ object <<<"${entry%%$'\t'*}"
    [ "${entry#*$'\t'}" = "$prefix$path" ] || fail '%s: %q does not exist at the base %s' "$1" "$2" "$base"
    case $mode in
        100644 | 100755) write_blob "$object" "$copies/$path" ;;
        040000)
            [ "$1" = policy ] || fail '%s: %q is a folder at the base' "$1" "$2"
            git ls-tree -r -z --full-tree "$object" >"$listing" || fail '%s: folder %q cannot be read at the base' "$1" "$2"
            while IFS= read -r -d '' entry; do
                name=${entry#*$'\t'}
                read -r mode _ file <<<"${entry%%$'\t'*}"
                is_inside "$name" || fail '%s: %q is no path' "$1" "$name"
                case $mode in
                    100644 | 100755) ;;
                    *) refuse "$1" "$mode" "$path/$name" ;;
                esac
                case $name in
                    *.[rR][eE][gG][oO]) write_blob "$file" "$copies/$path/$name" ;;
                esac
            done <"$listing"
            [ -e "$copies/$path" ] || fail '%s: %q holds no .rego file at the base %s' "$1" "$2" "$base"
            ;;
        *) refuse "$1" "$mode" "$2" ;;
    esac
    printf '%s\n' "$copies/$path"
}

# The folder $1 as an absolute path without surprises in it.
folder_of() {
    case $1 in
        *[[:cntrl:]]*) fail 'reports %q has control characters' "$1" ;;
        /*) printf '%s\n' "$1" ;;
        *) printf '%s\n' "$PWD/$1" ;;
    esac
}

# Refuses a folder to write to that the change of a proposal may have led elsewhere. $1: input; $2: folder.
own_folder() {
    is_proposal || return 0
    case $2 in
        "$GITHUB_WORKSPACE"/*) no_links "$1" "$GITHUB_WORKSPACE" "${2#"$GITHUB_WORKSPACE"/}" ;;
        /*) ;;
        *) no_links "$1" . "$2" ;;
    esac
}

case $KADIAN_IN_STAGE in
    push | merge | release | rollout) ;;
    *) fail 'stage %q is none of push, merge, release, rollout, none' "$KADIAN_IN_STAGE" ;;
esac
CDPATH='' cd -- "$GITHUB_WORKSPACE"
if is_proposal; then
    enter_proposal "${KADIAN_IN_WORKING_DIRECTORY:-.}"
else
    CDPATH='' cd -- "./${KADIAN_IN_WORKING_DIRECTORY:-.}" || fail 'working-directory %q is not there' "$KADIAN_IN_WORKING_DIRECTORY"
fi

arguments=(check "$KADIAN_IN_STAGE")
base=

# $1: option; $2: value. An empty value is no option.
option() {
    [ -z "$2" ] || arguments+=("--$1=$2")
}

# $1: option; $2: values, one a line.
options() {
    local value
    lines "$2"
    for value in ${list[@]+"${list[@]}"}; do
        arguments+=("--$1=$value")
    done
}

# $1: option; $2: `true` or `false`.
flag() {
    case $2 in
        true) arguments+=("--$1") ;;
        false | '') ;;
        *) fail '%s %q is neither true nor false' "$1" "$2" ;;
    esac
}

if is_proposal; then
    if [ -n "$prefix$KADIAN_IN_CONFIG$KADIAN_IN_POLICY$KADIAN_IN_BASE" ]; then
        base=$(base_commit)
    fi
    if [ -n "$prefix" ]; then
        is_folder_at_base || fail 'working-directory %q is no folder at the base %s' "$KADIAN_IN_WORKING_DIRECTORY" "$base"
    fi
    if [ -n "$KADIAN_IN_CONFIG$KADIAN_IN_POLICY$KADIAN_IN_BASE" ]; then
        arguments+=("--base=$base")
    fi
    copies=$RUNNER_TEMP/kadian-base/${base:-none}
    rm -rf "$RUNNER_TEMP/kadian-base"
    mkdir -p "$copies"
    if [ -n "$KADIAN_IN_CONFIG" ]; then
        copy=$(from_base config "$KADIAN_IN_CONFIG")
        arguments+=("--config=$copy")
    fi
    lines "$KADIAN_IN_POLICY"
    for policy in ${list[@]+"${list[@]}"}; do
        copy=$(from_base policy "$policy")
        arguments+=("--policy=$copy")
    done
else
    option base "$KADIAN_IN_BASE"
    option config "$KADIAN_IN_CONFIG"
    options policy "$KADIAN_IN_POLICY"
fi
option head "$KADIAN_IN_HEAD"
option pull-request "$KADIAN_IN_PULL_REQUEST"
options evidence "$KADIAN_IN_EVIDENCE"
options set "$KADIAN_IN_SET"
option mode "$KADIAN_IN_MODE"
option plan "$KADIAN_IN_PLAN"
option batch "$KADIAN_IN_BATCH"
option phase "$KADIAN_IN_PHASE"
option wait "$KADIAN_IN_WAIT"
option from "$KADIAN_IN_FROM"
option to "$KADIAN_IN_TO"
option since "$KADIAN_IN_SINCE"
option until "$KADIAN_IN_UNTIL"
option region "$KADIAN_IN_REGION"
option save "$KADIAN_IN_SAVE"
flag record "$KADIAN_IN_RECORD"
flag verbose "$KADIAN_IN_VERBOSE"

# The text goes to the log, everything else to files.
own_folder report-folder "$KADIAN_IN_REPORT_FOLDER"
own_folder save "$KADIAN_IN_SAVE"
reports=$(folder_of "${KADIAN_IN_REPORT_FOLDER:-$RUNNER_TEMP/kadian/$KADIAN_IN_STAGE}")
mkdir -p "$reports"
annotations=$RUNNER_TEMP/kadian-annotations
rm -f "$annotations"
arguments+=(--report=text "--report=json=$reports/decision.json")
lines "$KADIAN_IN_REPORTS"
for format in ${list[@]+"${list[@]}"}; do
    case $format in
        sarif) arguments+=("--report=sarif=$reports/kadian.sarif") ;;
        junit) arguments+=("--report=junit=$reports/kadian.xml") ;;
        markdown) arguments+=("--report=markdown=$reports/kadian.md") ;;
        html) arguments+=("--report=html=$reports/kadian.html") ;;
        json) ;;
        *) fail 'reports: %q is none of sarif, junit, markdown, html' "$format" ;;
    esac
done
case $KADIAN_IN_ANNOTATIONS in
    true) arguments+=("--report=github=$annotations") ;;
    false) ;;
    *) fail 'annotations %q is neither true nor false' "$KADIAN_IN_ANNOTATIONS" ;;
esac
publish=$KADIAN_IN_PUBLISH
if [ "$publish" = auto ]; then
    case ${GITHUB_EVENT_NAME:-} in
        pull_request*) publish=check-run,comment,summary ;;
        merge_group) publish=check-run,summary ;;
        *) publish=summary ;;
    esac
fi
[ "$publish" != none ] || publish=
case ,$publish, in
    *,outputs,*) ;;
    *) publish=${publish:+$publish,}outputs ;;
esac
arguments+=("--publish=$publish")
output reports "$reports"

# What the program says quotes the change: names, titles, logs. Until the runner sees the token again, it takes no line for a command.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '::stop-commands::%s\n' "$token"
status=0
"$KADIAN_PROGRAM" "${arguments[@]}" 2>&1 || status=$?
printf '\n::%s::\n' "$token"
if [ -s "$annotations" ]; then
    cat "$annotations"
fi
exit "$status"
