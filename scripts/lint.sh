#!/bin/sh
# Run every linter, also after one has failed; fail if any of them failed.
cd "$(dirname "$0")/.." || exit 1
bin=.venv/bin failed=0
"$bin/ruff" check . || failed=1
"$bin/ruff" format --check --quiet . || failed=1
"$bin/mypy" || failed=1

# To sqlfluff, a noqa that hides nothing is only a warning, and so is a file that it skips because it can't map
# its Jinja ("Length of templated file mismatch").
lint_sql() {
    said=$("$bin/sqlfluff" lint --disable-progress-bar --processes 2 --warn-unused-ignores "$@" 2>&1) || failed=1
    case $said in *"Unused noqa"* | *[Tt]emplated*) failed=1 ;; esac
    echo "$said"
}
# dbt's macros are linted where the models call them: a file of macros alone renders to nothing.
lint_sql dbt_project/models
lint_sql --config scripts/statements.sqlfluff docker loader scripts tests
exit $failed
