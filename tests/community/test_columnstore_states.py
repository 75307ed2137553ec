"""What keeps old chunks from being compressed, is said and made up for; nothing else is lost."""

import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection

from loader.errors import DbtFailedError
from loader.mode import Mode
from loader.run import Request
from tests.large_delta import every_delta_is_large
from tests.pipeline import Pipeline, readings, seconds
from tests.preloaded import Command

pytestmark = pytest.mark.without_marts

OLD = seconds("2024-01-04 00:00:00", [60.5 + n % 40 for n in range(14 * 48)], 1800)
"""Of two chunks."""
NEW = seconds("2024-06-01 00:00:00", [70.5] * 20, 60)
LATE = seconds("2024-01-05 00:10:00", [90.5] * 10, 60)

CHUNKS = """
    select
        format('%I.%I', chunk_schema, chunk_name), is_compressed,
        pg_relation_size(format('%I.%I', chunk_schema, chunk_name)::regclass) > 0
    from timescaledb_information.chunks
    where hypertable_name = 'heart_rate'
    order by range_start
"""
SETTINGS = """
    select segmentby, orderby
    from timescaledb_information.hypertable_compression_settings
    where hypertable = 'heart_rate'::regclass
"""
COLUMNSTORE = """
    select compression_enabled
    from timescaledb_information.hypertables
    where hypertable_name = 'heart_rate'
"""
OF_DBT = [("participant_id", '"timestamp"')]


@pytest.fixture
def loaded(pipeline: Pipeline) -> Pipeline:
    """Two compressed chunks and a new one."""
    pipeline.write([*OLD, *NEW])
    pipeline.ingest()
    assert states(pipeline) == [True, True, False]
    return pipeline


def states(pipeline: Pipeline) -> list[bool]:
    """Which chunks are compressed, without a reading left in rows."""
    pipeline.query("vacuum heart_rate")
    return [
        is_compressed and not is_in_rows for _, is_compressed, is_in_rows in pipeline.query(CHUNKS)
    ]


def other_session(pipeline: Pipeline) -> closing[Connection]:
    return closing(psycopg2.connect(pipeline.dsn))


def own_project(pipeline: Pipeline, tmp_path: Path, old: str, new: str) -> dict[str, str]:
    """The variables that lead to a copy of the project with another text in dbt_project.yml."""
    copy = tmp_path / "changed"
    shutil.copytree(os.environ["DBT_PROJECT_DIR"], copy)
    file = copy / "dbt_project.yml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    return {"DBT_PROJECT_DIR": str(copy), "DBT_TARGET_PATH": str(tmp_path / "changed_target")}


def test_a_chunk_that_somebody_reads_is_left_for_the_next_night(loaded: Pipeline) -> None:
    loaded.write([*OLD, *LATE, *NEW])
    with other_session(loaded) as reader, reader.cursor() as cursor:
        cursor.execute("select count(*) from heart_rate where timestamp < '2024-01-11'")

        loaded.ingest()

        assert loaded.table() == readings([*OLD, *LATE, *NEW])
        assert states(loaded) == [False, True, False]
        (note,) = loaded.reporter.notes
        assert note.startswith("1 old chunk in use by another session and not compressed")

    loaded.write([*OLD, *LATE, *NEW, *seconds("2024-06-02 00:00:00", [71.5], 60)])
    loaded.ingest()
    assert loaded.reporter.notes == []
    assert states(loaded) == [True, True, False]


def test_a_failure_is_said_and_fails_no_run(pipeline: Pipeline) -> None:
    pipeline.write([*OLD[:48], *OLD[-48:]])
    pipeline.ingest()
    ((first, *_), *_) = pipeline.query(CHUNKS)
    pipeline.query("select _timescaledb_functions.freeze_chunk(%s)", (first,))
    pipeline.append(NEW)

    result = pipeline.ingest()

    assert result.outcome == "ok"
    assert pipeline.table() == readings([*OLD[:48], *OLD[-48:], *NEW])
    assert states(pipeline) == [False, False, False]
    (note,) = pipeline.reporter.notes
    assert note.startswith("old readings could not be compressed: ")


def test_readers_of_old_readings_go_on_while_they_are_compressed(pipeline: Pipeline) -> None:
    pipeline.write([*OLD[:100], *NEW])
    pipeline.ingest()
    pipeline.write([*OLD, *NEW])
    ended = Event()

    def read() -> set[int]:
        counts = set()
        with other_session(pipeline) as session:
            session.autocommit = True
            with session.cursor() as cursor:
                while not ended.is_set():
                    cursor.execute("select count(*) from heart_rate where timestamp < '2024-02-01'")
                    counts |= {count for (count,) in cursor.fetchall()}
        return counts

    with ThreadPoolExecutor() as readers:
        reading = readers.submit(read)
        try:
            pipeline.ingest()
        finally:
            ended.set()
        assert reading.result() == {100, len(OLD)}
    assert pipeline.table() == readings([*OLD, *NEW])


def test_a_run_that_is_killed_between_merge_and_compression(
    loaded: Pipeline, tmp_path: Path
) -> None:
    late = seconds("2024-01-05 00:05:30", [90.5] * 200, 60)
    loaded.write([*OLD, *late, *NEW])
    waits = own_project(loaded, tmp_path, "{{ compress_old_chunks() }}", "select pg_sleep(600)")
    command = Command(
        ["loader", "ingest"],
        Path.cwd(),
        {**os.environ, **waits},
        tmp_path / "out",
        tmp_path / "err",
    )
    sleeping = (
        "select pid from pg_stat_activity"
        " where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()"
    )
    deadline = time.monotonic() + 120
    while not (found := loaded.query(sleeping)):
        assert time.monotonic() < deadline, (tmp_path / "err").read_text()
        time.sleep(0.05)
    os.kill(command.pid, signal.SIGKILL)
    loaded.query("select pg_terminate_backend(%s)", found[0])
    assert states(loaded) == [False, True, False]

    loaded.ingest()

    assert loaded.table() == readings([*OLD, *late, *NEW])
    assert states(loaded) == [True, True, False]


def test_a_full_refresh_compresses_what_it_loads(loaded: Pipeline) -> None:
    loaded.ingest(Request(mode=Mode.REBUILD))

    assert loaded.table() == readings([*OLD, *NEW])
    assert loaded.query(SETTINGS) == OF_DBT
    assert states(loaded) == [True, True, False]


def test_a_large_delta_keeps_compressed_readings(loaded: Pipeline) -> None:
    loaded.write([*OLD[:50], *OLD[52:], *LATE, *NEW])
    with every_delta_is_large():
        loaded.ingest()

    # Two readings that the file had before stay.
    assert loaded.table() == readings([*OLD, *LATE, *NEW])
    assert states(loaded) == [True, True, False]


def test_settings_of_others_outlive_a_full_refresh(loaded: Pipeline) -> None:
    theirs = [("participant_id", '"timestamp" DESC')]
    loaded.query("alter table heart_rate set (timescaledb.orderby = 'timestamp desc')")
    assert loaded.query(SETTINGS) == theirs

    loaded.ingest(Request(mode=Mode.REBUILD))

    assert loaded.query(SETTINGS) == theirs
    assert loaded.table() == readings([*OLD, *NEW])


@pytest.mark.parametrize(
    ("create", "named"),
    [
        (
            "create materialized view weekly with (timescaledb.continuous) as select"
            " time_bucket('7 days', timestamp) as week, count(*) from heart_rate group by 1",
            "continuous aggregate public.weekly",
        ),
        ("call add_columnstore_policy('heart_rate', interval '1 year')", "TimescaleDB's job"),
        ("select add_retention_policy('heart_rate', interval '100 years')", "TimescaleDB's job"),
    ],
)
def test_what_cannot_be_kept_stops_a_full_refresh(
    loaded: Pipeline, create: str, named: str
) -> None:
    loaded.query(create)

    refused = loaded.loader("ingest", "--full-refresh")

    assert refused.returncode == 4
    assert named in refused.stderr
    assert loaded.table() == readings([*OLD, *NEW])
    # A night goes on, also one whose delta is large.
    loaded.write([*OLD, *LATE, *NEW])
    with every_delta_is_large():
        loaded.ingest()
    assert loaded.table() == readings([*OLD, *LATE, *NEW])


def test_never_then_the_default(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = own_project(pipeline, tmp_path, "_after: 30 days", "_after: never")
    for name, value in never.items():
        monkeypatch.setenv(name, value)
    pipeline.write([*OLD, *NEW])

    pipeline.ingest()

    assert states(pipeline) == [False, False, False]
    assert pipeline.query(COLUMNSTORE) == [(False,)]

    # As after an upgrade.
    for name in never:
        monkeypatch.setenv(name, pipeline.environment[name])
    pipeline.append(seconds("2024-06-02 00:00:00", [71.5], 60))
    pipeline.ingest()
    assert pipeline.query(SETTINGS) == OF_DBT
    assert states(pipeline) == [True, True, False]


def test_a_misspelt_duration_stops_the_run(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty = own_project(pipeline, tmp_path, "_after: 30 days", "_after: off")
    for name, value in faulty.items():
        monkeypatch.setenv(name, value)
    pipeline.write(NEW)

    with pytest.raises(DbtFailedError, match="a duration such as 30 days, or never, not False"):
        pipeline.ingest()


def test_retention_drops_compressed_chunks(
    loaded: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETENTION", "60 days")
    loaded.append(["2024-06-01 01:00:00,75.5"])

    result = loaded.ingest()

    assert result.dropped is not None
    assert result.dropped.chunks == 2
    assert loaded.table() == readings([*NEW, "2024-06-01 01:00:00,75.5"])
    assert loaded.loader("verify").returncode == 0
