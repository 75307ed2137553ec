#!/bin/sh
# Checks that fitbit-db is usable: over TCP at its own address, with the password (its socket and, in the
# official image, its loopback don't ask for one), and with TimescaleDB in the database.
set -eu
export PGPASSWORD="$POSTGRES_PASSWORD" PGCONNECT_TIMEOUT=5
found=$(psql --no-psqlrc --no-align --tuples-only --no-password \
    --host="$(hostname)" --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
    --command="select extversion from pg_extension where extname = 'timescaledb'" 2>&1) || {
    echo "$found"
    exit 1
}
if [ -z "$found" ]; then
    echo "the extension timescaledb is missing from the database $POSTGRES_DB"
    exit 1
fi
echo "TimescaleDB $found"
