#!/bin/sh
# Create or update a Python environment from a lock, and touch READY: PYTHON VENV LOCK READY [PROJECT]. PROJECT is a folder
# whose package is installed, too.
set -eu
python=$1 venv=$2 lock=$3 ready=$4 project=${5:-}
log=$venv/install.log

# Exists from before the first change until the last: an environment with this file is incomplete and recreated.
unfinished=$venv/unfinished
trap 'exit 130' INT # some shells would go on, and treat an interrupted pip as a failed one

# The folder (whose path is in the environment's programs) and the Python that it was created for.
made_for=$venv/made-for

fail() {
    echo "error: $1" >&2
    exit 69
}

here() {
    pwd -P
    "$venv/bin/python" -c 'import os, sys; print(os.path.realpath(sys.executable))'
}

is_usable() {
    { [ ! -e "$unfinished" ] && [ "$(cat "$made_for")" = "$(here)" ]; } 2>/dev/null
}

one_at_a_time() { # cron's first command may start at the same time as a manual one
    mkdir -p "$venv"
    exec 9>"$venv/lock"
    if ! command -v flock >/dev/null; then
        return # not on Linux
    fi
    if ! flock -n 9; then
        echo "waiting for another command that installs the Python packages" >&2
        flock 9
        if [ "$ready" -nt "$lock" ] && [ "$ready" -nt pyproject.toml ] && is_usable; then
            exit 0
        fi
    fi
}

recreate() {
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        fail "$python is missing or older than 3.11 — install Python 3.11 or newer, or: make PYTHON=python3.12 …"
    touch "$unfinished"
    find "$venv" -mindepth 1 ! -path "$venv/lock" ! -path "$unfinished" -delete
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        fail "$python can't create a virtual environment — Debian and Ubuntu: apt install python3-venv"
    fi
}

pip_install() {
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@" >>"$log" 2>&1
}

install_project() {
    [ -z "$project" ] || pip_install --no-deps --no-build-isolation --no-index --editable "$project"
}

install() {
    echo "installing the Python packages of $lock …" >&2
    touch "$unfinished"
    : >"$log"
    if ! pip_install --require-hashes --requirement "$lock" || ! install_project; then
        rm "$unfinished" # pip failed by itself and left nothing half-installed
        grep -v '^WARNING' "$log" | tail -n 5 >&2
        fail "the Python packages could not be installed — see $log; a package index must be reachable (PIP_INDEX_URL)"
    fi
    here >"$made_for"
    rm "$unfinished"
    touch "$ready"
}

one_at_a_time
is_usable || recreate
install
