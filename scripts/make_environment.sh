#!/bin/sh
# Make or update the Python environment from a lock, and touch READY: PYTHON VENV LOCK READY.
set -eu
python=$1 venv=$2 lock=$3 ready=$4

# One after the other: cron's first command may come beside one by hand. flock is Linux's; elsewhere
# they are on their own.
mkdir -p "$venv"
exec 9>"$venv/lock"
if command -v flock >/dev/null && ! flock -n 9; then
    echo "waiting for another command that installs the Python packages" >&2
    flock 9
    if [ "$ready" -nt "$lock" ] && [ "$ready" -nt pyproject.toml ]; then
        exit 0
    fi
fi

# pip is what comes last into an environment: without it, somebody ended the making of this one.
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "error: $python is missing or older than 3.11 — install Python 3.11 or newer, or: make PYTHON=python3.12 …" >&2
        exit 69
    fi
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        echo "error: $python can't make a virtual environment — Debian and Ubuntu: apt install python3-venv" >&2
        exit 69
    fi
fi
echo "installing the Python packages of $lock …" >&2
log=$venv/install.log
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --require-hashes --requirement "$lock" >"$log" 2>&1 ||
    ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
        --no-deps --no-build-isolation --no-index --editable . >>"$log" 2>&1; then
    grep -v '^WARNING' "$log" | tail -n 5 >&2
    echo "error: the Python packages could not be installed — see $log; a package index must be reachable (PIP_INDEX_URL)" >&2
    exit 69
fi
touch "$ready"
