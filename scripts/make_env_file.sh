#!/bin/sh
# Write .env from .env.example, with random passwords and the user whose files these are. To a .env that
# has no passwords yet (make cron-install writes one) they are added.
set -eu
umask 077
cd "$(dirname "$0")/.."
if grep -qs '^POSTGRES_PASSWORD=.' .env; then
    echo "error: .env is there already — its passwords are in the database; edit it, or delete it and the volume (docker compose down --volumes)" >&2
    exit 73
fi
password() { LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c 32; }

# Jobs never run as root: where root itself asks, they get a user, and the folders that they write.
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
