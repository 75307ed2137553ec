# Sourced by the scripts here: adds the settings of .env to the environment, which wins over it.
if [ -x "$(dirname "$0")/../.venv/bin/python" ]; then
    settings=$(cd "$(dirname "$0")/.." && .venv/bin/python -m scripts.embedded settings) || exit
    eval "$settings"
fi
