#!/bin/sh
# Make or update the Python environment from a lock, and touch READY: PYTHON VENV LOCK READY.
set -eu
python=$1 venv=$2 lock=$3 ready=$4
log=$venv/install.log

# Is there from before anything is changed until all is: nothing is kept of what was ended in between.
unfinished=$venv/unfinished
trap 'exit 130' INT # some shells would go on, and take a pip that was interrupted for one that failed

# Says for which folder, which its programs name, and for which Python it was made.
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

one_at_a_time() { # cron's first command may come beside one by hand
    mkdir -p "$venv"
    exec 9>"$venv/lock"
    if ! command -v flock >/dev/null; then
        return # elsewhere than on Linux
    fi
    if ! flock -n 9; then
        echo "waiting for another command that installs the Python packages" >&2
        flock 9
        if [ "$ready" -nt "$lock" ] && [ "$ready" -nt pyproject.toml ] && is_usable; then
            exit 0
        fi
    fi
}

make_anew() {
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        fail "$python is missing or older than 3.11 — install Python 3.11 or newer, or: make PYTHON=python3.12 …"
    touch "$unfinished"
    find "$venv" -mindepth 1 ! -path "$venv/lock" ! -path "$unfinished" -delete
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        fail "$python can't make a virtual environment — Debian and Ubuntu: apt install python3-venv"
    fi
}

pip_install() {
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@" >>"$log" 2>&1
}

install() {
    echo "installing the Python packages of $lock …" >&2
    touch "$unfinished"
    : >"$log"
    if ! pip_install --require-hashes --requirement "$lock" ||
        ! pip_install --no-deps --no-build-isolation --no-index --editable .; then
        rm "$unfinished" # pip ended by itself, and in order
        grep -v '^WARNING' "$log" | tail -n 5 >&2
        fail "the Python packages could not be installed — see $log; a package index must be reachable (PIP_INDEX_URL)"
    fi
    here >"$made_for"
    rm "$unfinished"
    touch "$ready"
}

one_at_a_time
is_usable || make_anew
install
