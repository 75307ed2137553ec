"""A full refresh: what it may replace, and that it never loses a reading unasked."""

import pytest

from loader.errors import ShrinkRefusedError
from loader.mode import Mode
from loader.run import Request
from tests.pipeline import Pipeline, readings, seconds

pytestmark = pytest.mark.without_marts

MONDAY = seconds("2024-01-01 23:59:30", [60.5 + n % 9 for n in range(60)])
"""Half of it is on Tuesday."""
FRIDAY = seconds("2024-03-01 08:00:00", [70.5 + n % 9 for n in range(50)])
OTHERS = seconds("2024-02-01 08:00:00", [80.5 + n % 9 for n in range(40)])

REBUILD = Request(mode=Mode.REBUILD)


@pytest.fixture
def loaded(pipeline: Pipeline) -> Pipeline:
    """Two participants, four participant-days."""
    pipeline.write([*MONDAY, *FRIDAY])
    pipeline.write(OTHERS, name="participant_id=P001/hr.csv")
    pipeline.ingest()
    return pipeline


def test_every_missing_reading_is_counted_and_no_other(loaded: Pipeline) -> None:
    corrected = f"{FRIDAY[3].split(',')[0]},99.5"
    loaded.write([*MONDAY[:-7], *FRIDAY[:3], corrected, *FRIDAY[5:]])
    loaded.write(OTHERS[3:], name="participant_id=P001/hr.csv")
    before = loaded.row_versions()

    with pytest.raises(ShrinkRefusedError) as refused:
        loaded.ingest(REBUILD)

    assert "the files contain 139 readings, the table holds 150, and 11 of" in str(refused.value)
    assert loaded.row_versions() == before


def test_corrections_and_new_readings_do_not_stop_it(loaded: Pipeline) -> None:
    rows = [*MONDAY[:5], f"{MONDAY[5].split(',')[0]},99.5", *MONDAY[6:], *FRIDAY, *OTHERS]
    loaded.write(rows)

    loaded.ingest(REBUILD)

    assert loaded.table() == readings(rows) | readings(OTHERS, "P001")


def test_a_participant_that_only_the_table_has_stops_it(loaded: Pipeline) -> None:
    loaded.query(
        "insert into heart_rate select 'P002', timestamp, value, confidence from heart_rate"
        " where participant_id = 'P001'"
    )
    with pytest.raises(ShrinkRefusedError, match="and 40 of those are no longer in the files"):
        loaded.ingest(REBUILD)


def test_dbt_by_hand_is_stopped_by_what_is_not_staged(loaded: Pipeline) -> None:
    loaded.append(seconds("2024-03-01 09:00:00", [70.0] * 10))
    loaded.ingest()
    before = loaded.row_versions()

    done = loaded.dbt("run", "--full-refresh", "--select", "heart_rate")

    # Only the ten that were appended are staged.
    assert done.returncode != 0
    assert "would lose 150 of the 160 readings" in done.stdout.replace("\n", " ")
    assert loaded.row_versions() == before


def test_a_full_comparison_knows_each_participants_latest_reading(loaded: Pipeline) -> None:
    loaded.query("update ingest.participants set latest_timestamp = '2030-01-01 00:00:00+00'")

    loaded.ingest(REBUILD)

    assert loaded.query(
        "select participant_id, latest_timestamp::text from ingest.participants order by 1"
    ) == [("P001", "2024-02-01 08:00:39+00"), ("me", "2024-03-01 08:00:49+00")]
