#!/bin/sh
# Make or update the Python environment from a lock: PYTHON VENV LOCK.
set -eu
python=$1 venv=$2 lock=$3

if [ ! -x "$venv/bin/python" ]; then
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
