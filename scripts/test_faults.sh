#!/bin/sh
# The long version of the proofs: every fault FAULT_ROUNDS times (docs/reliability.md is made anew),
# and Hypothesis with its long profile.
set -eu
cd "$(dirname "$0")/.."
HYPOTHESIS_PROFILE=long .venv/bin/python -m pytest tests/properties "$@"
.venv/bin/python -m pytest tests/faults -m faults "$@"
