# Sourced by these scripts: adds the settings of .env to the environment, which takes precedence.
if [ -x "$(dirname "$0")/../.venv/bin/python" ]; then
    settings=$(cd "$(dirname "$0")/.." && .venv/bin/python -m scripts.embedded settings) || exit
    eval "$settings"
fi
