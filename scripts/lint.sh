#!/bin/sh
# Run every linter, also after one has failed; fail if any of them failed.
cd "$(dirname "$0")/.." || exit 1
bin=.venv/bin failed=0
"$bin/ruff" check . || failed=1
"$bin/ruff" format --check --quiet . || failed=1
"$bin/mypy" || failed=1
"$bin/sqlfluff" lint --disable-progress-bar dbt_project/models || failed=1
exit $failed
