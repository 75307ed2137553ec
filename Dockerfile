# The image of fitbit-ingestion: Debian's Python with the locked packages, the loader, dbt and cron.
# Layers that rarely change come first, so that a change in the code doesn't reinstall the packages.

ARG BASE_IMAGE=debian:trixie-slim
FROM ${BASE_IMAGE}

# ca-certificates    for pip, in a network with its own certificate authority
# make               for docker compose exec fitbit-ingestion make …
# postgresql-client  psql, for make psql
# python3-venv       Python, and the environment with the packages of requirements.lock
# tini               process 1: forwards SIGTERM, reaps the orphans of a killed job
# tzdata             for TZ, the schedule's time zone
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates make postgresql-client python3-venv tini tzdata \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin

WORKDIR /app

# The secret is a pip.conf with the address of your package index. Without it, pip uses PyPI.
COPY requirements.lock ./
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    python3 -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --no-input --disable-pip-version-check \
        --require-hashes --requirement requirements.lock

COPY pyproject.toml README.md Makefile crontab.txt ./
COPY profiles profiles
COPY scripts scripts
COPY docker docker
COPY dbt_project dbt_project
COPY loader loader

# .ready is touched last: it must be newer than the lock, otherwise make would reinstall everything.
RUN .venv/bin/pip install --quiet --no-input --disable-pip-version-check \
        --no-deps --no-build-isolation --no-index --editable . \
    && .venv/bin/python -m compileall -q loader scripts docker \
    && chmod -R a+rX,go-w Makefile README.md crontab.txt pyproject.toml profiles scripts docker \
        dbt_project loader \
    && mkdir data state logs \
    && touch .venv/.ready

# The container's root is read-only, so dbt writes its target to the tmpfs /tmp, which is also HOME for a
# user without a home. /var/tmp is a volume, because a run's scratch files are larger than memory.
ENV PATH=/app/.venv/bin:$PATH \
    LANG=C.UTF-8 \
    HOME=/tmp \
    DATA_DIR=/app/data \
    STATE_DIR=/app/state \
    LOG_DIR=/app/logs \
    SCRATCH_DIR=/var/tmp \
    DBT_PROJECT_DIR=/app/dbt_project \
    DBT_PROFILES_DIR=/app/profiles \
    DBT_TARGET_PATH=/tmp/dbt_target \
    DBT_LOG_PATH=/app/logs

USER 1000:1000
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "docker.cron", "crontab.txt"]
