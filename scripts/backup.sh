#!/bin/sh
# Dump the database into backups/. The file name contains TimescaleDB's version, which a restore needs.
# Staged readings are left out. Loading can go on meanwhile.
set -eu
umask 077
. "$(dirname "$0")/settings.sh"
cd "$(dirname "$0")/.."
database=${PGDATABASE:-fitbit}

version=$(scripts/superuser.sh psql --no-psqlrc -At --dbname="$database" \
    --command="select extversion from pg_extension where extname = 'timescaledb'")
mkdir -p backups
file=backups/$database-$(date -u +%Y%m%dT%H%M%SZ)-timescaledb-$version.dump
trap 'rm -f "$file.partial"' EXIT
echo "backing up the database $database of $(scripts/superuser.sh) …" >&2
# pg_dump warns about circular foreign keys between TimescaleDB's own tables; the restore handles these.
attempt=1
until scripts/superuser.sh pg_dump --format=custom --encoding=UTF8 --no-unlogged-table-data --dbname="$database" \
    >"$file.partial" 2>"$file.messages"; do
    # dbt replaces views and small tables; pg_dump fails if one disappears while it lists them.
    if [ $attempt -lt 5 ] && grep -q "could not open relation\|does not exist" "$file.messages"; then
        attempt=$((attempt + 1))
        sleep 2
        continue
    fi
    cat "$file.messages" >&2
    rm -f "$file.messages"
    echo "error: pg_dump failed — see its message above" >&2
    exit 69
done
rm -f "$file.messages"
mv "$file.partial" "$file"
echo "wrote $file ($(wc -c <"$file") bytes); make restore ARGS=$file restores it" >&2
