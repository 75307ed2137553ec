#!/bin/sh
# The long tests: every fault FAULT_ROUNDS times (which rewrites the table in docs/reliability.md), and
# Hypothesis with its long profile.
set -eu
cd "$(dirname "$0")/.."
HYPOTHESIS_PROFILE=long .venv/bin/python -m pytest tests/properties "$@"
.venv/bin/python -m pytest tests/faults -m faults "$@"
