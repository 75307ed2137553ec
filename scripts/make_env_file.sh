#!/bin/sh
# Write .env from .env.example, with random passwords and the owner of these files. If .env exists but has
# no passwords yet (make cron-install can create it), add them.
set -eu
umask 077
cd "$(dirname "$0")/.."
if grep -qs '^POSTGRES_PASSWORD=.' .env; then
    echo "error: .env already exists — the database has its passwords; edit .env, or delete it and the volume (docker compose down --volumes)" >&2
    exit 73
fi
password() { LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c 32; }

# Jobs never run as root. If root runs this script, they get another user, which owns the folders they write to.
user=${SUDO_UID:-$(id -u)} group=${SUDO_GID:-$(id -g)}
if [ "$user" = 0 ]; then user=1000 group=1000; fi
mkdir -p state logs
if [ "$(id -u)" = 0 ]; then chown "$user:$group" state logs; fi

passwords="POSTGRES_PASSWORD FITBIT_LOADER_PASSWORD FITBIT_READER_PASSWORD"
if [ -e .env ]; then
    {
        grep -v '^\(POSTGRES_PASSWORD\|FITBIT_[A-Z]*_PASSWORD\|PUID\|PGID\)=$' .env || true
        for name in $passwords; do
            grep -q "^$name=." .env || echo "$name=$(password)"
        done
        grep -q '^PUID=.' .env || echo "PUID=$user"
        grep -q '^PGID=.' .env || echo "PGID=$group"
    } >.env.new
    mv .env.new .env
else
    for name in $passwords; do echo "s/^$name=\$/&$(password)/"; done |
        sed -e "s/^PUID=\$/&$user/" -e "s/^PGID=\$/&$group/" -f - .env.example >.env
fi
if [ -n "${SUDO_UID:-}" ]; then chown "$user:$group" .env; fi
echo "wrote .env; next: docker compose up --build -d" >&2
