"""Another target than the default one: a developer builds next to production and can't write it."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from loader.configuration.settings import PROJECT
from loader.errors import ExitCode
from tests.pipeline import Pipeline, changed_project, readings, seconds

FIRST_DAY = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(4_000)])
SECOND_DAY = seconds("2024-01-02 23:30:00", [70 + number % 30 for number in range(3_000)])
DEV = {"DBT_TARGET": "dev"}
RELATIONS = """
select
    nspname, relname, relkind::text, pg_class.oid::bigint, relfilenode::bigint, relacl::text,
    obj_description(pg_class.oid, 'pg_class')
from pg_class
inner join pg_namespace on relnamespace = pg_namespace.oid
where nspname in ('public', 'staging', 'ingest', 'marts', 'intermediate')
"""
WRITES = """
select relid::bigint, relname, n_tup_ins, n_tup_upd, n_tup_del, analyze_count
from pg_stat_user_tables
where
    schemaname in ('public', 'staging', 'ingest', 'marts', 'intermediate')
    or (schemaname = '_timescaledb_internal' and relname like '\\_hyper\\_%')
"""
DEV_SCHEMAS = "select nspname from pg_namespace where nspname ~ '^dev_' order by 1"


def production(pipeline: Pipeline) -> dict[Any, Any]:
    """Every relation of the default target, of the ledger and of what is staged, with each version
    of its rows."""
    found: dict[Any, Any] = {}
    for schema, name, kind, *identity in pipeline.query(RELATIONS):
        found[schema, name] = identity
        if kind == "r":
            rows = f'select ctid::text, xmin::text, t::text from {schema}."{name}" as t'
            found[schema, name, "rows"] = sorted(pipeline.query(rows))
    return found


def writes(pipeline: Pipeline) -> dict[int, Any]:
    """How often the server has written to each table, the chunks of hypertables included."""
    pipeline.query("select pg_stat_clear_snapshot()")
    return {relation: rest for relation, *rest in pipeline.query(WRITES)}


def load_two_nights(pipeline: Pipeline) -> None:
    """Load two nights; the second one's delta is still staged."""
    pipeline.write(FIRST_DAY)
    assert pipeline.loader("ingest").returncode == ExitCode.OK
    pipeline.append(SECOND_DAY)
    assert pipeline.loader("ingest").returncode == ExitCode.OK


@pytest.fixture
def loaded(pipeline: Pipeline) -> Iterator[Pipeline]:
    """Two nights, for a test that loads or erases more."""
    load_two_nights(pipeline)
    yield pipeline
    assert pipeline.table() == readings([*FIRST_DAY, *SECOND_DAY])


@pytest.fixture(scope="module")
def two_nights(module_pipeline: Pipeline) -> Pipeline:
    load_two_nights(module_pipeline)
    return module_pipeline


@dataclass(frozen=True)
class Production:
    """The default target's relations and how often the server has written to them."""

    relations: dict[Any, Any]
    writes: dict[int, Any]


@pytest.fixture
def untouched(two_nights: Pipeline) -> Iterator[Pipeline]:
    """Two nights, for a test that must leave production as it is, and no schemas of dev."""
    before = Production(production(two_nights), writes(two_nights))
    yield two_nights
    dev(two_nights, "run-operation", "drop_schemas")
    assert two_nights.query(DEV_SCHEMAS) == []
    assert production(two_nights) == before.relations
    now = writes(two_nights)
    assert {relation: now.get(relation) for relation in before.writes} == before.writes


def in_dev(pipeline: Pipeline, *command: str) -> subprocess.CompletedProcess[str]:
    """A dbt command in the target dev, with a target folder of its own: dbt parses the whole
    project for another target than the last one's."""
    folder = f"{pipeline.environment['DBT_TARGET_PATH']}_dev"
    return pipeline.dbt(*command, **DEV, DBT_TARGET_PATH=folder)


def dev(pipeline: Pipeline, *command: str) -> str:
    """What a dbt command prints, which succeeds in the target dev."""
    done = in_dev(pipeline, *command)
    assert done.returncode == 0, done.stdout
    return done.stdout


def deferred(pipeline: Pipeline, folder: Path) -> list[str]:
    """The options that read what isn't selected from the default target."""
    assert pipeline.dbt("parse", "--target-path", str(folder)).returncode == 0
    return ["--defer", "--state", str(folder)]


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """What a dbt command that failed has printed."""
    assert done.returncode != 0, done.stdout
    return done.stdout


def documented() -> list[list[str]]:
    """The dbt commands of the section in docs/contributing.md."""
    text = (PROJECT / "docs" / "contributing.md").read_text()
    _, _, section = text.partition("### Schemas for development")
    block = section.split("```")[1]
    return [line.partition("#")[0].split()[1:] for line in block.splitlines() if line[:4] == "dbt "]


def test_the_documented_commands_work_and_leave_production_as_it_is(
    untouched: Pipeline, tmp_path: Path
) -> None:
    commands = documented()
    assert [name for name, *_ in commands] == ["parse", "build", "retry", "clone", "run-operation"]
    state = str(tmp_path / "default")
    for name, *options in commands:
        before = production(untouched)
        dev(untouched, name, *(state if word == "target/default" else word for word in options))
        assert production(untouched) == before
        if name == "build":
            days = "select * from {}.heart_rate_day order by day"
            assert untouched.query(days.format("dev_marts")) == untouched.query(
                days.format("marts")
            )
            assert untouched.query("select to_regclass('dev_public.heart_rate')") == [(None,)]
        if name == "clone":
            assert untouched.query("select count(*) from dev_public.heart_rate") == [(7_000,)]
    assert untouched.query(DEV_SCHEMAS) == []


@pytest.mark.parametrize(
    "commands",
    [
        ["build", "build", "build --full-refresh", "test --vars {full_tests:true}"],
        ["seed --full-refresh", "run --empty", "docs generate", "source freshness"],
        ["clone --state STATE", "build --select heart_rate_minute+ --state STATE --defer"],
    ],
    ids=["everything", "parts", "on clones"],
)
def test_production_is_not_written(
    untouched: Pipeline, tmp_path: Path, commands: list[str]
) -> None:
    deferred(untouched, tmp_path)
    before = production(untouched)
    for command in commands:
        done = in_dev(untouched, *command.replace("STATE", str(tmp_path)).split())
        assert "source" in command or done.returncode == 0, done.stdout
        assert production(untouched) == before
    assert untouched.query(DEV_SCHEMAS)


def test_a_retry_stays_in_the_target_of_the_command(untouched: Pipeline, tmp_path: Path) -> None:
    options = deferred(untouched, tmp_path)
    wrong = ("--select", "heart_rate_gap+", "--vars", "{gap_minutes: 1}", *options)
    assert "gap_minutes is 1" in refusal(untouched.dbt("build", *wrong, **DEV))
    retried = untouched.dbt("retry", "--vars", "{gap_minutes: 10}")
    assert retried.returncode == 0, retried.stdout
    assert "dev_marts.heart_rate_gap" in retried.stdout


def test_what_is_staged_for_a_bulk_load_is_left_to_the_default_target(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    pipeline.write(FIRST_DAY)
    hook = '"{{ refuse_to_lose_history(this) }}"'
    broken = changed_project(tmp_path, "models/core/heart_rate.sql", hook, '"select 1 / 0"')
    assert pipeline.loader("ingest", **broken).returncode == ExitCode.DBT_FAILED
    staged = "select count(*) from staging.heart_rate_bulk_load"
    assert pipeline.query(staged) == [(4_000,)]
    before = production(pipeline)

    dev(pipeline, "build", "--full-refresh")
    for operation in ("make_bulk_load_table", "complete_bulk_load_table"):
        refused = refusal(in_dev(pipeline, "run-operation", operation))
        assert f"{operation} is for the target default, not for dev" in refused

    assert production(pipeline) == before
    assert pipeline.dbt("build").returncode == 0
    assert pipeline.table() == readings(FIRST_DAY)


def test_a_full_refresh_of_production_carries_over_what_reads_it(
    loaded: Pipeline, tmp_path: Path
) -> None:
    options = deferred(loaded, tmp_path)
    dev(loaded, "clone", *options[1:])
    dev(loaded, "build", "--select", "int_heart_rate_day_statistics+", *options)

    refreshed = loaded.loader("ingest", "--full-refresh")

    assert refreshed.returncode == ExitCode.OK, refreshed.stderr
    assert loaded.query("select count(*) from dev_public.heart_rate") == [(7_000,)]
    days = "select day, readings from {}.heart_rate_yield join {}.heart_rate_day using (day)"
    assert loaded.query(days.format("dev_marts", "dev_marts")) == loaded.query(
        days.format("marts", "marts")
    )


def test_the_loader_ignores_the_target_of_the_shell(pipeline: Pipeline) -> None:
    pipeline.write(FIRST_DAY)
    for rows in ([], SECOND_DAY):
        pipeline.append(rows)
        assert pipeline.loader("ingest", **DEV).returncode == ExitCode.OK
    assert pipeline.table() == readings([*FIRST_DAY, *SECOND_DAY])
    assert pipeline.query("select count(*) from marts.heart_rate_day") == [(3,)]
    assert pipeline.query(DEV_SCHEMAS) == []


def test_a_profile_with_another_target_stops_the_loader(loaded: Pipeline, tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "profiles", tmp_path / "profiles")
    profile = tmp_path / "profiles" / "profiles.yml"
    profile.write_text(profile.read_text().replace("target: default", "target: dev"))
    loaded.append(["2024-01-05 00:00:00,61"])
    edited = {"DBT_PROFILES_DIR": str(profile.parent)}

    for command in (["ingest"], ["ingest", "--full-refresh"]):
        refused = loaded.loader(*command, **edited)
        assert refused.returncode == ExitCode.DBT_FAILED
        assert "is for the target default, not for dev" in refused.stderr
    assert loaded.query(DEV_SCHEMAS) == []


def test_what_is_for_another_target_is_refused_in_the_default_one(
    untouched: Pipeline, tmp_path: Path
) -> None:
    deferred(untouched, tmp_path)
    for command in (["clone", "--state", str(tmp_path)], ["run-operation", "drop_schemas"]):
        assert "is not for the target default: say --target dev" in refusal(untouched.dbt(*command))
    dev(untouched, "clone", "--state", str(tmp_path))
    again = in_dev(untouched, "clone", "--full-refresh", "--state", str(tmp_path))
    assert "run-operation drop_schemas --target dev" in refusal(again)


def test_who_is_forgotten_is_erased_from_the_copies(loaded: Pipeline, tmp_path: Path) -> None:
    loaded.write(SECOND_DAY, name="participant_id=P1/hr.csv")
    loaded.ingest()
    dev(loaded, "build")
    loaded.query(
        "create schema own_marts; create table own_marts.survey as select 'P1' as participant_id"
    )
    assert loaded.query("select count(*) from dev_public.heart_rate") == [(3_000,)]
    shutil.rmtree(loaded.data / "participant_id=P1")

    assert loaded.loader("forget", "--yes", "P1").returncode == ExitCode.OK

    for table in ("public.heart_rate", "marts.heart_rate_minute", "marts.heart_rate_participant"):
        of = f"select count(*) from dev_{table} where participant_id = 'P1'"
        assert loaded.query(of) == [(0,)]
    assert loaded.query("select * from own_marts.survey") == [("P1",)]
