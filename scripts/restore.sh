#!/bin/sh
# Replace the database by a dump of backup.sh: [FILE], by default the newest one in backups/.
# The dump is restored into a new database; the two are swapped only if that has succeeded.
set -eu
. "$(dirname "$0")/settings.sh"
cd "$(dirname "$0")/.."
database=${PGDATABASE:-fitbit}
file=${1:-}
if [ -z "$file" ]; then
    # Only dumps of this database: fitbit-2 isn't fitbit. The newest is the last by name, because the names
    # contain the time of the dump; a copied file has a newer date than its dump.
    day='[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]' time='[0-9][0-9][0-9][0-9][0-9][0-9]'
    for dump in "backups/$database"-${day}T${time}Z-timescaledb-*.dump; do
        if [ -f "$dump" ]; then file=$dump; fi
    done
fi
if [ ! -f "$file" ]; then
    echo "error: there is no dump ${file:-of the database $database in backups/} — make backup writes one" >&2
    exit 66
fi
version=$(expr "$file" : '.*-timescaledb-\([0-9.]*\)\.dump$') || {
    echo "error: the name of $file does not end in -timescaledb-VERSION.dump — rename it to the name that make backup gave it" >&2
    exit 65
}
new=${database}_restored old=${database}_replaced

# psql in database $1, with a script on standard input.
run() {
    scripts/superuser.sh psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 \
        --set="db=$database" --set="new=$new" --set="old=$old" --set="version=$version" \
        --dbname="$1" --file=-
}

discard() {
    echo "error: $file was not restored; the database $database is as it was — see the message above" >&2
    run postgres <<'SQL'
set client_min_messages = error;
select format('alter database %I allow_connections true', datname)
from pg_database where datname = :'db' and not datallowconn \gexec
drop database if exists :"new" with (force);
SQL
}

running=$(run postgres <<'SQL'
select count(*) from pg_stat_activity
where datname = :'db' and application_name ~ '^fitbit-loader (ingest|load|forget),';
SQL
)
if [ "$running" != 0 ]; then
    echo "error: a run is going on in the database $database — restore after it has ended" >&2
    exit 75
fi

echo "restoring $file as the database $database of $(scripts/superuser.sh) …" >&2
trap discard EXIT
run postgres <<'SQL'
set client_min_messages = error;
drop database if exists :"new" with (force);
drop database if exists :"old" with (force);
create database :"new" template template0;
SQL
run "$new" >/dev/null <<'SQL'
create extension timescaledb version :'version';
select timescaledb_pre_restore();
SQL
scripts/superuser.sh pg_restore --exit-on-error --dbname="$new" <"$file"
run "$new" >/dev/null <<'SQL'
select timescaledb_post_restore();
analyze;
SQL
# A dump contains neither the privileges on the database itself nor the loader's password. The server keeps
# that password; in the container, roles.sql sets it from .env.
run "$new" <scripts/roles.sql

# Both databases are renamed in one transaction. TimescaleDB's background workers would block it. TimescaleDB
# warns at each statement that they have to be restarted, which is the last step.
run postgres >/dev/null <<'SQL'
set client_min_messages = error;
select format('alter database %I allow_connections false', datname)
from pg_database where datname in (:'db', :'new') \gexec
select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname in (:'db', :'new');
begin;
select format('alter database %I rename to %I', datname, :'old')
from pg_database where datname = :'db' \gexec
alter database :"new" rename to :"db";
commit;
alter database :"db" allow_connections true;
SQL
trap - EXIT
run postgres >/dev/null <<'SQL'
set client_min_messages = error;
drop database if exists :"old" with (force);
SQL
echo 'select _timescaledb_functions.start_background_workers();' | run "$database" >/dev/null
echo "restored the database $database from $file; next: make verify" >&2
