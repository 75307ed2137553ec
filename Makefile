# Every entry point; `make` alone lists them. Recipes are one line; logic is in scripts/.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.SUFFIXES:

PYTHON ?= python3
VENV := .venv
SPARK_VENV := .venv-spark
ARGS ?=
PORT ?= 8080

# `make -f …/Makefile ingest` in another folder runs it in this one. The shell finds the folder, because
# make's own functions split a path at its spaces.
quoted = '$(subst ','\'',$(1))'
ROOT := $(shell cd "$$(dirname "$$(printf %s $(call quoted,$(MAKEFILE_LIST)) | sed "s,^ ,,")")" && pwd -P)
ifneq ($(ROOT),$(shell pwd -P))
from_here = $(if $(filter /% ~%,$(firstword $(1))),$(1),$(CURDIR)/$(1))
PATHS := FILE DATA_DIR STATE_DIR LOG_DIR SCRATCH_DIR EXPORT_DIR ARCHIVE_DIR
GIVEN := $(foreach name,$(PATHS),$(if $($(name)),$(name)=$(call quoted,$(call from_here,$($(name))))))
 .PHONY: there
$(or $(MAKECMDGOALS),$(.DEFAULT_GOAL)): there
	@:
there:
	@$(MAKE) --no-print-directory -C $(call quoted,$(ROOT)) $(GIVEN) $(MAKECMDGOALS)
else

# The settings file. The loader, scripts/embedded and the scripts read it; make doesn't.
ifneq ($(wildcard .env),)
export FITBIT_ENV_FILE ?= $(CURDIR)/.env
endif

# Runs a command. Without PGHOST, it starts the embedded TimescaleDB first.
WITH_DB := $(VENV)/bin/python -m scripts.embedded run --
LOADER := $(WITH_DB) $(VENV)/bin/loader
DBT := $(WITH_DB) $(VENV)/bin/dbt
# Each pytest worker has its own database server.
PARALLEL := --numprocesses=auto --maxprocesses=4 --dist=worksteal
QUICK_TESTS := tests/unit tests/integration/test_main_job.py tests/marts/test_built_twice.py
SPARK := $(VENV)/bin/python -m scripts.spark
SPARK_TESTS := tests/spark
FULL_TESTS := $(if $(FULL),--vars '{full_tests: true}')

##@ Every day
ingest: $(VENV)/.ready ## Load new and changed readings from DATA_DIR into heart_rate (the main job)
	@$(LOADER) ingest $(ARGS)
status: $(VENV)/.ready ## Show what is loaded, how the last run ended, and what to do next
	@$(LOADER) status $(ARGS)
report: $(VENV)/.ready ## Write report/heart_rate.html and, with several participants, report/study.html
	@$(WITH_DB) $(VENV)/bin/python -m scripts.report $(ARGS)
export: $(VENV)/.ready ## Write Parquet or CSV files with a data dictionary into EXPORT_DIR (docs/export.md)
	@$(LOADER) export $(ARGS)
archive: $(VENV)/.ready ## Write what has changed to the Parquet archive in ARCHIVE_DIR (FULL=1: compare and repair all)
	@$(LOADER) archive $(if $(FULL),--full) $(ARGS)
inspect: $(VENV)/.ready ## Describe FILE=… (a file, archive or folder): format, participant, zone, range, rejects
	@$(VENV)/bin/loader inspect $${FILE:+"$$FILE"}
psql: $(VENV)/.ready ## Open psql on the database, or run a script from standard input
	@$(VENV)/bin/python -m scripts.embedded psql $(ARGS)
connect: $(VENV)/.ready ## Print what DBeaver, Grafana, R … need to log in (docs/clients.md)
	@$(VENV)/bin/python -m scripts.embedded connect
cron-install: $(VENV)/.ready ## Install the nightly crontab lines (PRINT=1 only prints them)
	@scripts/cron_install.sh $(ARGS)

##@ Check and repair
verify: $(VENV)/.ready ## Check that heart_rate holds exactly the readings of the files
	@$(LOADER) verify $(ARGS)
archive-verify: $(VENV)/.ready ## Check that the archive in ARCHIVE_DIR holds exactly the readings of heart_rate
	@$(LOADER) archive-verify $(ARGS)
reconcile: $(VENV)/.ready ## Compare every file in full with the ledger and the table; repair differences
	@$(LOADER) ingest --reconcile $(ARGS)
full-refresh: $(VENV)/.ready ## Rebuild everything from the files, atomically for readers
	@$(LOADER) ingest --full-refresh $(ARGS)
forget: $(VENV)/.ready ## Erase PARTICIPANT=… from the database (ARGS=--yes doesn't ask)
	@$(LOADER) forget $(ARGS) -- "$$PARTICIPANT"
reset: $(VENV)/.ready ## Delete the state: the next ingest starts over
	@$(LOADER) reset

##@ dbt (ARGS="--select heart_rate" is passed on)
load: $(VENV)/.ready ## Only stage new and changed readings, to run dbt yourself
	@$(LOADER) load $(ARGS)
dbt-run: $(VENV)/.ready ## dbt run
	@$(DBT) run $(ARGS)
dbt-test: $(VENV)/.ready ## dbt test on the staged rows (FULL=1: on all rows)
	@$(DBT) test $(FULL_TESTS) $(ARGS)
dbt-build: $(VENV)/.ready ## dbt build
	@$(DBT) build $(FULL_TESTS) $(ARGS)
# dbt reads the ledger's tables; status creates them if nothing has been loaded yet, and fails with 1 if a run failed.
docs: $(VENV)/.ready ## Build the dbt docs as one page and serve it on http://127.0.0.1:8080 (PORT=…)
	@$(LOADER) status >/dev/null || [ $$? = 1 ] && $(DBT) docs generate --static $(ARGS) && $(VENV)/bin/python -m scripts.serve_docs --port $(PORT)

##@ Spark, for more wearers than one database holds (docs/spark.md)
spark-env: $(VENV)/.ready $(SPARK_VENV)/.ready ## Create Spark's Python environment, and check that there is a Java
	@$(SPARK) check
spark-build: $(VENV)/.ready $(SPARK_VENV)/.ready ## Build the marts with Spark from the archive in ARCHIVE_DIR (FULL=1: from the beginning)
	@$(SPARK) build $(if $(FULL),--full) $(if $(ARGS),-- $(ARGS))
spark-test: $(VENV)/.ready-dev ## Compare the marts of Spark with those of TimescaleDB (not part of make test)
	@$(VENV)/bin/python -m pytest $(SPARK_TESTS) $(ARGS)

##@ The embedded database
db-start: $(VENV)/.ready ## Start it (commands that need it start it themselves)
	@$(VENV)/bin/python -m scripts.embedded start
db-stop: $(VENV)/.ready ## Stop it
	@$(VENV)/bin/python -m scripts.embedded stop
db-remove: $(VENV)/.ready ## Stop it and delete its data; your files and the state stay
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
restore: $(VENV)/.ready ## Restore a dump (ARGS=FILE; default: the newest in backups/)
	@scripts/restore.sh $(ARGS)

##@ Development
test: $(VENV)/.ready-dev ## Run every test against a real TimescaleDB and the real dbt
	@$(VENV)/bin/python -m pytest $(PARALLEL) --ignore=$(SPARK_TESTS) $(ARGS)
test-quick: $(VENV)/.ready-dev ## Run the unit tests and one pass of the main job: less than two minutes
	@$(VENV)/bin/python -m pytest $(PARALLEL) $(QUICK_TESTS) $(ARGS)
test-faults: $(VENV)/.ready-dev ## Run the long tests: every fault many times, Hypothesis for longer
	@scripts/test_faults.sh $(PARALLEL) $(ARGS)
test-docker: $(VENV)/.ready-dev ## Test the real containers (starts a Docker engine if none is running)
	@RUN_DOCKER_TESTS=1 $(VENV)/bin/python -m pytest tests/docker $(ARGS)
benchmark: $(VENV)/.ready ## Compare with psql \copy, write docs/benchmarks.md (REPEATS=3, BENCHMARK_DAYS=366)
	@$(VENV)/bin/python -m scripts.benchmark $(ARGS)
lint: $(VENV)/.ready-dev ## Run ruff, mypy --strict and sqlfluff
	@scripts/lint.sh
lock: ## Resolve pyproject.toml and Spark's requirements into the lock files
	@scripts/lock.sh
clean: ## Delete the environment and caches; never data, state or the database
	@rm -rf $(VENV) $(SPARK_VENV) dbt_project/target dbt_project/logs .mypy_cache .ruff_cache .pytest_cache .hypothesis
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# An environment for another folder (this one was moved or copied) or for a missing Python is recreated.
here = $(CURDIR) $(realpath $(1)/bin/python)
stale = $(if $(filter-out $(call here,$(1)),$(shell cat $(1)/made-for 2>/dev/null)),stale-environment)
$(VENV)/.ready: requirements.lock pyproject.toml $(call stale,$(VENV))
	@scripts/make_environment.sh $(PYTHON) $(VENV) requirements.lock $@ .
$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@scripts/make_environment.sh $(PYTHON) $(VENV) requirements-dev.lock $@ .
$(SPARK_VENV)/.ready: requirements-spark.lock $(call stale,$(SPARK_VENV))
	@scripts/make_environment.sh $(PYTHON) $(SPARK_VENV) requirements-spark.lock $@
stale-environment: # not a file, so targets that depend on it are always rebuilt

.PHONY: ingest status report export archive archive-verify inspect psql connect cron-install verify reconcile full-refresh forget reset load \
	dbt-run dbt-test dbt-build docs spark-env spark-build spark-test db-start db-stop db-remove env up down backup restore test test-quick test-faults \
	test-docker benchmark lint lock clean help

endif
