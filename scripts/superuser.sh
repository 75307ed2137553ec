#!/bin/sh
# Run one of PostgreSQL's programs as the superuser of this project's database: PROGRAM ARGUMENTS….
# Without a program, print which server that is.
#
# If PGHOST is set, it names the server, as everywhere here, and PGUSER has to be its superuser.
# Otherwise the server is the container fitbit-db if it is running, or the embedded server.
set -eu
. "$(dirname "$0")/settings.sh"
if [ -n "${PGHOST:-}" ] && [ "${EMBEDDED_DB_EXPORTED:-}" != "$PGHOST:${PGPORT:-}" ]; then
    if [ $# = 0 ]; then
        echo "$PGHOST"
    else
        exec "$@"
    fi
elif [ -z "${PGHOST:-}" ] &&
    [ "$(docker inspect --format '{{.State.Running}}' fitbit-db 2>/dev/null)" = true ]; then
    if [ $# = 0 ]; then
        echo "the container fitbit-db"
    else
        exec docker exec --interactive --user postgres --env PGUSER=postgres fitbit-db "$@"
    fi
elif [ $# = 0 ]; then
    echo "the embedded server"
else
    cd "$(dirname "$0")/.."
    exec .venv/bin/python -c '
import os, sys
from pathlib import Path
from scripts.embedded.__main__ import running
from scripts.embedded.connection import client_environment
from scripts.embedded.programs import Programs
server = running()
program = str(Programs(Path(server.programs)).path(sys.argv[1]))
os.execve(program, sys.argv[1:], client_environment(server.superuser("postgres")))
' "$@"
fi
