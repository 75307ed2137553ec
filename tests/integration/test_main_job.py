"""The main job as a user sees it: first load, second run, an appended day, reset, full refresh."""

import json
from datetime import UTC, datetime

import pytest

from loader.mode import Mode
from loader.run import Request
from tests.pipeline import Pipeline, readings, seconds

pytestmark = pytest.mark.artefacts

HYPERTABLES = (
    "select hypertable_name from timescaledb_information.hypertables"
    " where hypertable_schema = 'public'"
)
DAY_ONE = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(5000)])
DAY_TWO = seconds("2024-01-02 00:00:00", [70 + number % 30 for number in range(3000)])


def test_first_load_gives_a_hypertable_with_its_key_that_equals_the_file(
    pipeline: Pipeline,
) -> None:
    pipeline.write(DAY_ONE)

    result = pipeline.ingest()

    assert pipeline.table() == readings(DAY_ONE)
    assert (result.counts.read, result.counts.new) == (5000, 5000)
    assert pipeline.query(HYPERTABLES) == [("heart_rate",)]
    assert pipeline.query(
        "select attname from pg_index"
        " join pg_attribute on attrelid = indrelid and attnum = any(indkey)"
        " where indrelid = 'heart_rate'::regclass and indisprimary order by attnum"
    ) == [("participant_id",), ("timestamp",)]


def test_state_names_the_latest_timestamp_in_utc(pipeline: Pipeline) -> None:
    pipeline.write(DAY_ONE)

    pipeline.ingest()

    state = json.loads(pipeline.state_file.read_text())
    assert state == {"last_OK_run": "2024-01-01T01:23:19+00:00"}
    assert pipeline.state_file.stat().st_mode & 0o077 == 0


def test_second_run_starts_no_dbt_and_rewrites_nothing(pipeline: Pipeline) -> None:
    pipeline.write(DAY_ONE)
    pipeline.ingest()
    before = pipeline.row_versions()

    result = pipeline.ingest()

    assert result.outcome == "nothing new"
    assert "dbt" not in result.seconds
    assert result.counts.read == 0
    assert pipeline.row_versions() == before


def test_an_appended_day_arrives_and_nothing_else_is_read(pipeline: Pipeline) -> None:
    pipeline.write(DAY_ONE)
    pipeline.ingest()
    before = pipeline.row_versions()
    pipeline.append(DAY_TWO)

    result = pipeline.ingest()

    assert (result.counts.read, result.counts.new, result.counts.late) == (3000, 3000, 0)
    assert pipeline.table() == readings([*DAY_ONE, *DAY_TWO])
    assert before < pipeline.row_versions()
    assert result.last_ok_run == datetime(2024, 1, 2, 0, 49, 59, tzinfo=UTC)


def test_reset_starts_over_and_rewrites_no_row(pipeline: Pipeline) -> None:
    pipeline.write(DAY_ONE)
    pipeline.ingest()
    before = pipeline.row_versions()
    pipeline.state_file.unlink()

    result = pipeline.ingest()

    assert (result.counts.read, result.counts.unchanged) == (5000, 5000)
    assert pipeline.row_versions() == before
    assert json.loads(pipeline.state_file.read_text()) == {
        "last_OK_run": "2024-01-01T01:23:19+00:00"
    }


def test_reset_finds_rows_that_were_deleted_from_the_table(pipeline: Pipeline) -> None:
    pipeline.write(DAY_ONE)
    pipeline.ingest()
    pipeline.query("delete from heart_rate where timestamp < '2024-01-01 00:01:00+00'")
    pipeline.state_file.unlink()

    result = pipeline.ingest()

    assert pipeline.table() == readings(DAY_ONE)
    assert result.counts.late == 60


def test_an_old_state_file_with_a_new_database_loads_everything(pipeline: Pipeline) -> None:
    pipeline.write(DAY_ONE)
    pipeline.state_file.parent.mkdir()
    pipeline.state_file.write_text('{"last_OK_run": "2024-01-01T01:23:19+00:00"}')

    pipeline.ingest()

    assert pipeline.table() == readings(DAY_ONE)
    assert any("going by the database" in note for note in pipeline.reporter.notes)


@pytest.mark.parametrize("statement", ["drop table heart_rate", "truncate heart_rate"])
def test_a_table_that_was_emptied_is_loaded_again(pipeline: Pipeline, statement: str) -> None:
    pipeline.write(DAY_ONE)
    pipeline.ingest()
    pipeline.query(statement)

    pipeline.ingest()

    assert pipeline.table() == readings(DAY_ONE)


def test_full_refresh_gives_the_same_table(pipeline: Pipeline) -> None:
    pipeline.write(DAY_ONE)
    pipeline.ingest()
    pipeline.append(DAY_TWO)
    pipeline.ingest()

    pipeline.ingest(Request(mode=Mode.REBUILD))

    assert pipeline.table() == readings([*DAY_ONE, *DAY_TWO])
    assert pipeline.query(HYPERTABLES) == [("heart_rate",)]


def test_bare_full_refresh_that_would_lose_history_is_refused(pipeline: Pipeline) -> None:
    pipeline.write(DAY_ONE)
    pipeline.ingest()
    pipeline.append(DAY_TWO)
    pipeline.ingest()

    refused = pipeline.dbt("run", "--full-refresh")

    assert refused.returncode != 0
    assert "make full-refresh" in refused.stdout
    assert "5000 of the 8000 readings" in refused.stdout
    assert pipeline.table() == readings([*DAY_ONE, *DAY_TWO])


def test_verify_proves_file_and_table_equal_and_names_what_differs(pipeline: Pipeline) -> None:
    pipeline.write(DAY_ONE)
    pipeline.ingest()
    assert pipeline.loader("verify").returncode == 0

    pipeline.query(
        "update heart_rate set value = value + 1e-9 where timestamp = '2024-01-01 00:00:07+00'"
    )
    pipeline.query("delete from heart_rate where timestamp = '2024-01-01 00:00:09+00'")
    verified = pipeline.loader("verify")

    assert verified.returncode == 1
    assert "missing 1  different 1" in verified.stdout
