# Source this, from bash, zsh or sh, in any folder:   . path/to/scripts/activate.sh
#
# Sets up the shell so that you can run `dbt`, `psql` and `python` yourself: the virtual environment, the
# settings of .env, PGHOST PGPORT PGDATABASE PGUSER PGPASSWORD of the database (without PGHOST, of the
# embedded one, which is started if necessary), and the paths of dbt's project and profile.

_fitbit_root() {
    # Prints the checkout's folder. Only bash and zsh tell a sourced script its own name; in other
    # shells it is the file that the shell has open.
    if [ -n "${BASH_VERSION:-}" ]; then
        eval '_fitbit_script=${BASH_SOURCE[0]}'
    elif [ -n "${ZSH_VERSION:-}" ]; then
        eval '_fitbit_script=${(%):-%x}'
    else
        for _fitbit_script in /proc/$$/fd/*; do
            _fitbit_script=$(readlink "$_fitbit_script")
            case $_fitbit_script in */scripts/activate.sh) break ;; esac
        done
    fi
    case $_fitbit_script in
        */activate.sh | activate.sh)
            (CDPATH= cd "$(dirname "$_fitbit_script")/.." && pwd -P)
            ;;
    esac
}

_fitbit_activate() {
    _fitbit_here=$(_fitbit_root)
    if [ ! -f "$_fitbit_here/scripts/activate.sh" ]; then
        echo "error: can't determine the path of activate.sh — do: source it from bash or zsh" >&2
        return 1
    fi
    if [ ! -f "$_fitbit_here/.venv/bin/activate" ]; then
        echo "error: there is no $_fitbit_here/.venv — do: install the project first (README.md)" >&2
        return 1
    fi
    _fitbit_exports=$(cd "$_fitbit_here" && .venv/bin/python -m scripts.embedded env) || return 1
    export DBT_PROFILES_DIR="$_fitbit_here/profiles"
    export DBT_PROJECT_DIR="$_fitbit_here/dbt_project"
    eval "$_fitbit_exports"
    . "$_fitbit_here/.venv/bin/activate" || return 1
    echo "active: $_fitbit_here/.venv, PGHOST=$PGHOST PGPORT=${PGPORT:-} PGDATABASE=${PGDATABASE:-}" >&2
}

if _fitbit_activate; then
    unset -f _fitbit_root _fitbit_activate
    unset _fitbit_script _fitbit_here _fitbit_exports
else
    unset -f _fitbit_root _fitbit_activate
    unset _fitbit_script _fitbit_here _fitbit_exports
    false
fi
