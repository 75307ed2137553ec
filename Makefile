# Every entry point; `make` alone lists them. Recipes are one line: logic lives in scripts/.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.SUFFIXES:

PYTHON ?= python3
VENV := .venv
ARGS ?=
PORT ?= 8080

# `make -f …/Makefile ingest` in another folder runs it in this one. By the shell, because make's own
# functions take a path with a space in it for two.
quoted = '$(subst ','\'',$(1))'
ROOT := $(shell cd "$$(dirname "$$(printf %s $(call quoted,$(MAKEFILE_LIST)) | sed "s,^ ,,")")" && pwd -P)
ifneq ($(ROOT),$(shell pwd -P))
from_here = $(if $(filter /% ~%,$(firstword $(1))),$(1),$(CURDIR)/$(1))
PATHS := FILE DATA_DIR STATE_DIR LOG_DIR SCRATCH_DIR
GIVEN := $(foreach name,$(PATHS),$(if $($(name)),$(name)=$(call quoted,$(call from_here,$($(name))))))
 .PHONY: there
$(or $(MAKECMDGOALS),$(.DEFAULT_GOAL)): there
	@:
there:
	@$(MAKE) --no-print-directory -C $(call quoted,$(ROOT)) $(GIVEN) $(MAKECMDGOALS)
else

# The settings file; scripts/embedded, the loader and the scripts read it, not make.
ifneq ($(wildcard .env),)
export FITBIT_ENV_FILE ?= $(CURDIR)/.env
endif

# With PGHOST set this runs the command as it is; else it starts the embedded TimescaleDB first.
WITH_DB := $(VENV)/bin/python -m scripts.embedded run --
LOADER := $(WITH_DB) $(VENV)/bin/loader
DBT := $(WITH_DB) $(VENV)/bin/dbt
# Each of pytest's processes has a database server of its own.
PARALLEL := --numprocesses=auto --maxprocesses=4 --dist=worksteal
FULL_TESTS := $(if $(FULL),--vars '{full_tests: true}')

##@ Every day
ingest: $(VENV)/.ready ## Load what is new in DATA_DIR into heart_rate (the main job)
	@$(LOADER) ingest $(ARGS)
status: $(VENV)/.ready ## Say what is in, how the last run went, and what to do
	@$(LOADER) status $(ARGS)
report: $(VENV)/.ready ## Write report/heart_rate.html: figures, coverage, the last runs
	@$(WITH_DB) $(VENV)/bin/python -m scripts.report $(ARGS)
inspect: $(VENV)/.ready ## Describe FILE=… (a file, archive or folder): format, participant, zone, range, rejects
	@$(VENV)/bin/loader inspect $${FILE:+"$$FILE"}
psql: $(VENV)/.ready ## Open psql on the database (a script on standard input works too)
	@$(VENV)/bin/python -m scripts.embedded psql $(ARGS)
connect: $(VENV)/.ready ## Print what DBeaver, Grafana, R … need to log in (docs/clients.md)
	@$(VENV)/bin/python -m scripts.embedded connect
cron-install: $(VENV)/.ready ## Install the nightly crontab lines (PRINT=1 only prints them)
	@scripts/cron_install.sh $(ARGS)

##@ To be sure
verify: $(VENV)/.ready ## Prove that heart_rate holds exactly what the files give
	@$(LOADER) verify $(ARGS)
reconcile: $(VENV)/.ready ## Compare every file in full with ledger and table; repair what differs
	@$(LOADER) ingest --reconcile $(ARGS)
full-refresh: $(VENV)/.ready ## Rebuild everything from the files, atomically for readers
	@$(LOADER) ingest --full-refresh $(ARGS)
forget: $(VENV)/.ready ## Erase PARTICIPANT=… from the database (ARGS=--yes does not ask)
	@$(LOADER) forget $(ARGS) -- "$$PARTICIPANT"
reset: $(VENV)/.ready ## Delete the state: the next ingest starts over
	@$(LOADER) reset

##@ dbt (ARGS="--select heart_rate" is passed on)
load: $(VENV)/.ready ## Only stage what is new, for a dbt run by hand
	@$(LOADER) load $(ARGS)
dbt-run: $(VENV)/.ready ## dbt run
	@$(DBT) run $(ARGS)
dbt-test: $(VENV)/.ready ## dbt test on what is staged (FULL=1 on everything)
	@$(DBT) test $(FULL_TESTS) $(ARGS)
dbt-build: $(VENV)/.ready ## dbt build
	@$(DBT) build $(FULL_TESTS) $(ARGS)
# status makes the ledger's tables where nothing was loaded yet: dbt looks into them.
docs: $(VENV)/.ready ## Build the dbt docs as one page and serve it on http://127.0.0.1:8080 (PORT=…)
	@$(LOADER) status >/dev/null && $(DBT) docs generate --static $(ARGS) && $(VENV)/bin/python -m scripts.serve_docs --port $(PORT)

##@ The embedded database
db-start: $(VENV)/.ready ## Start it (every command that needs it does)
	@$(VENV)/bin/python -m scripts.embedded start
db-stop: $(VENV)/.ready ## Stop it
	@$(VENV)/bin/python -m scripts.embedded stop
db-remove: $(VENV)/.ready ## Stop it and delete its data; the files and the state stay
	@$(VENV)/bin/python -m scripts.embedded remove

##@ Containers and backups
env: ## Write .env for docker compose, with random passwords
	@scripts/make_env_file.sh
up: ## docker compose up --build -d
	@docker compose up --build --detach
down: ## Stop the containers; the data stays
	@docker compose down
backup: $(VENV)/.ready ## Dump the database into backups/
	@scripts/backup.sh
restore: $(VENV)/.ready ## Put a dump back (ARGS=FILE, else the newest in backups/)
	@scripts/restore.sh $(ARGS)

##@ Development
test: $(VENV)/.ready-dev ## Run every test against a real TimescaleDB and the real dbt
	@$(VENV)/bin/python -m pytest $(PARALLEL) $(ARGS)
test-faults: $(VENV)/.ready-dev ## The long version: every fault many times, Hypothesis for longer
	@scripts/test_faults.sh $(PARALLEL) $(ARGS)
test-docker: $(VENV)/.ready-dev ## Build and run the containers for real (an engine is started if none runs)
	@RUN_DOCKER_TESTS=1 $(VENV)/bin/python -m pytest tests/docker $(ARGS)
benchmark: $(VENV)/.ready ## Measure against psql by hand, write docs/benchmarks.md (REPEATS=3, BENCHMARK_DAYS=366)
	@$(VENV)/bin/python -m scripts.benchmark $(ARGS)
lint: $(VENV)/.ready-dev ## ruff, mypy --strict, sqlfluff
	@scripts/lint.sh
lock: ## Resolve pyproject.toml into the two lock files
	@scripts/lock.sh
clean: ## Delete the environment and what tools left; never data, state or the database
	@rm -rf $(VENV) dbt_project/target dbt_project/logs .mypy_cache .ruff_cache .pytest_cache .hypothesis
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Made for another folder (this one was moved or copied) or a Python that is gone: it is made anew.
HERE := $(CURDIR) $(realpath $(VENV)/bin/python)
STALE := $(if $(filter-out $(HERE),$(shell cat $(VENV)/made-for 2>/dev/null)),stale-environment)
$(VENV)/.ready: requirements.lock pyproject.toml $(STALE)
	@scripts/make_environment.sh $(PYTHON) $(VENV) requirements.lock $@
$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@scripts/make_environment.sh $(PYTHON) $(VENV) requirements-dev.lock $@
stale-environment: # no file: what needs it is made

.PHONY: ingest status report inspect psql connect cron-install verify reconcile full-refresh forget reset load \
	dbt-run dbt-test dbt-build docs db-start db-stop db-remove env up down backup restore test test-faults \
	test-docker benchmark lint lock clean help

endif
