#!/bin/sh
# Resolve pyproject.toml, Spark's environment, and the other loaders of the benchmark, into lock files with hashes and without
# the address of an index.
set -eu
compile() {
    uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-strip-extras \
        --no-header --python-version 3.11 "$@"
}
compile pyproject.toml --output-file requirements.lock
compile pyproject.toml --extra dev --output-file requirements-dev.lock
compile requirements-spark.in --output-file requirements-spark.lock
compile scripts/benchmark/peers/requirements.in --output-file scripts/benchmark/peers/requirements.lock
