#!/bin/sh
# Resolve pyproject.toml into lock files with hashes and without the address of an index.
set -eu
compile() {
    uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-strip-extras \
        --no-header --python-version 3.11 pyproject.toml "$@"
}
compile --output-file requirements.lock
compile --extra dev --output-file requirements-dev.lock
