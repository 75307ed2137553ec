"""Servers, roles and environments with other defaults: the result is right, or the run refused."""

import os
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest

from loader.commands.verify.verify import verify
from loader.configuration.settings import Settings
from loader.database.session import SESSION_SETTINGS, connect
from loader.errors import ExitCode
from scripts.embedded.cluster import Cluster
from scripts.embedded.connection import dsn
from tests.integration.test_errors import error_line
from tests.pipeline import Pipeline, QuietReporter, readings, seconds

ROWS = seconds("2024-01-01 00:00:00", [60 + number % 40 + 1 / 3 for number in range(200)])
MORE = seconds("2024-02-03 23:59:00", [70 + number % 30 + 1 / 3 for number in range(100)])

ODD = {
    "timezone": "Asia/Kolkata",
    "datestyle": "German, DMY",
    "intervalstyle": "sql_standard",
    "extra_float_digits": "-3",
    "bytea_output": "escape",
    "standard_conforming_strings": "off",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "statement_timeout": "40ms",
    "lock_timeout": "1ms",
    "idle_in_transaction_session_timeout": "1ms",
    "idle_session_timeout": "20ms",
    "transaction_timeout": "50ms",
    "search_path": "nowhere",
    "client_encoding": "LATIN1",
    "client_min_messages": "error",
}


def test_every_setting_is_tried_with_an_odd_default() -> None:
    assert SESSION_SETTINGS.keys() - ODD.keys() == {"client_connection_check_interval"}


@pytest.fixture
def odd_database(cluster: Cluster, pipeline: Pipeline) -> Iterator[Pipeline]:
    """The loader's role has odd defaults in the pipeline's database."""
    database = pipeline.environment["PGDATABASE"]
    role = f"alter role fitbit_loader in database {database}"
    with closing(psycopg2.connect(dsn(cluster.superuser_environment()))) as administrator:
        administrator.autocommit = True
        with administrator.cursor() as cursor:
            for name, value in ODD.items():
                cursor.execute(f"{role} set {name} = '{value}'")
            yield pipeline
            cursor.execute(f"{role} reset all")


def test_a_role_with_odd_defaults(odd_database: Pipeline) -> None:
    given = {"PGOPTIONS": "-c default_transaction_read_only=off -c statement_timeout=30"}
    environment = {"PGCLIENTENCODING": "LATIN1", "PGTZ": "Asia/Kolkata", "PGDATESTYLE": "German"}
    odd_database.write(ROWS)
    first = odd_database.loader("ingest", **given, **environment)
    odd_database.append(MORE)
    second = odd_database.loader("ingest", **given, **environment)
    verified = odd_database.loader("verify", **environment)

    assert first.returncode == ExitCode.OK, first.stderr
    assert second.returncode == ExitCode.OK, second.stderr
    assert verified.returncode == ExitCode.OK, verified.stdout
    with connect(os.environ, "test") as session, session.cursor() as cursor:
        cursor.execute("select participant_id, timestamp, value from heart_rate")
        assert set(cursor.fetchall()) == readings([*ROWS, *MORE])


def test_a_rejected_row_and_a_path_in_any_script(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "SQL_ASCII")
    pipeline.write([*ROWS, "心率,61"], name="心拍数/hr.csv")

    done = pipeline.loader("ingest", FITBIT_PARTICIPANT="Zoë 心")

    assert done.returncode == ExitCode.OK, done.stderr
    with connect(os.environ, "test") as session, session.cursor() as cursor:
        cursor.execute("select path, raw from ingest.rejected_rows")
        assert cursor.fetchall() == [("心拍数/hr.csv", "心率,61")]
        cursor.execute("select distinct participant_id from heart_rate")
        assert cursor.fetchall() == [("Zoë 心",)]
    assert verify(
        Settings.from_env({**os.environ, "FITBIT_PARTICIPANT": "Zoë 心"}), QuietReporter()
    ).ok


@pytest.fixture(params=["LATIN1", "SQL_ASCII"])
def encoded_otherwise(
    cluster: Cluster, pipeline: Pipeline, request: pytest.FixtureRequest
) -> Iterator[str]:
    """A database in another encoding."""
    name = f"encoded_{os.getpid()}"
    with closing(psycopg2.connect(dsn(cluster.superuser_environment()))) as administrator:
        administrator.autocommit = True
        administrator.cursor().execute(
            f"create database {name} encoding '{request.param}' template template0 locale 'C'"
        )
    pipeline.environment["PGDATABASE"] = name
    yield request.param
    cluster.drop_database(name)


@pytest.mark.parametrize("command", ["ingest", "verify", "status"])
def test_a_database_in_another_encoding_is_refused(
    pipeline: Pipeline, encoded_otherwise: str, command: str
) -> None:
    pipeline.write(ROWS)

    done = pipeline.loader(command)

    line = error_line(done)
    assert done.returncode == ExitCode.DATABASE, line
    assert f"is encoded in {encoded_otherwise}" in line
    assert "create database" in line
    assert "encoding 'UTF8'" in line
    assert "PGDATABASE" in line
