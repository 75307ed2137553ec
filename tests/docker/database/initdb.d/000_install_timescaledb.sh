#!/bin/sh
# As the official image's script of that name.
set -eu
if [ "${TIMESCALEDB_TELEMETRY:-}" = off ]; then
    echo "timescaledb.telemetry_level = off" >>"$PGDATA/postgresql.conf"
fi
for database in postgres template1 "$POSTGRES_DB"; do
    psql -U "$POSTGRES_USER" -d "$database" -c 'create extension if not exists timescaledb cascade'
done
