#!/bin/sh
# Install the nightly run (and a weekly full comparison) in this user's crontab, or print the lines
# where there is no crontab or PRINT is set. Running it again replaces them.
set -eu
folder=$(cd "$(dirname "$0")/.." && pwd)
tag="# fitbit-heart-rate $folder"
# In a crontab a percent sign ends the command.
escaped=$(printf '%s' "$folder" | sed "s/'/'\\\\''/g; s/%/\\\\%/g")
line() {
    printf "%s cd '%s' && mkdir -p logs && umask 077 && make --silent %s >> logs/%s.log 2>&1 %s\n" \
        "$1" "$escaped" "$2" "$2" "$tag"
}
lines=$(
    line "${CRON_INGEST:-17 3 * * *}" ingest
    line "${CRON_RECONCILE:-47 4 * * 0}" reconcile
)
if [ -n "${PRINT:-}" ] || ! command -v crontab >/dev/null; then
    printf '%s\n' "$lines"
    exit 0
fi
{
    crontab -l 2>/dev/null | grep -vF "$tag" || true
    printf '%s\n' "$lines"
} | crontab -
echo "installed; a run that meets another one says so and ends, so they never overlap:"
printf '%s\n' "$lines"
