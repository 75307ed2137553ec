#!/bin/sh
# Install the nightly run and a weekly full comparison in this user's crontab (scripts/cron_install.py).
set -eu
cd "$(dirname "$0")/.."
exec .venv/bin/python -m scripts.cron_install "$@"
