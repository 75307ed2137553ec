"""The marts keep their rows of dropped readings, and are what they would be without retention."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from loader.mode import Mode
from loader.run import Request
from tests.marts.study import Marts
from tests.pipeline import Pipeline, seconds

BEFORE = seconds("2024-01-10 08:00:00", [60.5 + n % 9 for n in range(300)], 10)
TO_THE_FLOOR = seconds("2024-03-31 20:00:00", [60.5 + n % 9 for n in range(300)], 20)
"""The last reading is at 21:39:40, in another local day (Europe/Berlin) than the floor but one."""
AFTER = seconds("2024-04-01 09:00:00", [60.5 + n % 9 for n in range(300)], 20)
NEW = seconds("2024-06-01 08:00:00", [70.5 + n % 9 for n in range(300)], 20)
LATE = seconds("2024-04-01 00:30:00", [80.5 + n % 9 for n in range(60)], 20)
"""In the gap and in the local day that the floor divides."""
LATER = seconds("2024-06-02 08:00:00", [70.5 + n % 9 for n in range(60)], 20)


@pytest.fixture
def loaded(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """A first load of three participants, one with confidences, one who ended before the floor."""
    monkeypatch.setenv("RETENTION", "60 days")
    monkeypatch.setenv("FITBIT_TIMEZONE", "Europe/Berlin")
    pipeline.write([*BEFORE, *TO_THE_FLOOR, *AFTER, *NEW])
    pipeline.write(BEFORE, name="participant_id=P001/hr.csv")
    path = pipeline.data / "participant_id=P002" / "heart_rate.json"
    path.parent.mkdir()
    path.write_text(json.dumps(with_confidences("2024-03-31 20:00:00", 400)))
    result = pipeline.ingest()
    assert result.dropped is not None
    assert len(pipeline.table()) == result.counts.new - 600
    return pipeline


def with_confidences(start: str, number: int) -> list[dict[str, object]]:
    """Readings every minute across the floor, with every confidence."""
    first = datetime.fromisoformat(start)
    return [
        {
            "dateTime": f"{first + timedelta(minutes=place):%m/%d/%y %H:%M:%S}",
            "value": {"bpm": 60 + place % 50, "confidence": place % 4},
        }
        for place in range(number)
    ]


def of_readings(marts: Marts) -> dict[str, list[Any]]:
    """Every row of every mart, without when and how often readings came late."""
    found = marts.marts()
    columns = "participant_id, first_reading, last_reading, days_with_data, valid_days, longest_gap"
    found["marts.heart_rate_coverage"] = marts.query(
        f"select {columns} from marts.heart_rate_coverage order by 1"
    )
    return found


def test_the_marts_are_what_they_are_without_retention(
    loaded: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    marts = Marts(loaded)
    before = of_readings(marts)
    assert before["intermediate.int_heart_rate_day_confidence"]

    # What dbt by hand is staged with must not make it compute old days from nothing.
    marts.dbt("run", "--select", "tag:daily")
    assert of_readings(marts) == before
    marts.rebuild()
    assert of_readings(marts) == before
    loaded.ingest(Request(mode=Mode.REBUILD))
    assert of_readings(marts) == before

    loaded.append([*LATE, *LATER])
    assert loaded.ingest().counts.below_retention == 0
    incremental = of_readings(marts)
    assert incremental != before
    marts.dbt("test", "--vars", "full_tests: true")
    marts.rebuild()
    assert of_readings(marts) == incremental

    # The reference: everything is loaded again, and the marts are built without a floor.
    monkeypatch.setenv("RETENTION", "never")
    loaded.ingest(Request(mode=Mode.RECONCILE, load_dropped=True))
    assert of_readings(marts) == incremental
    marts.rebuild()
    assert of_readings(marts) == incremental
    loaded.query("delete from ingest.retention")
    marts.rebuild()
    assert of_readings(marts) == incremental

    # A column that can't be computed below a floor: as if a new version of the mart had it.
    loaded.query("insert into ingest.retention values ('2024-04-01', '2024-04-01')")
    loaded.query("alter table marts.heart_rate_minute drop column max_bpm")
    kept = loaded.query("select count(*) from marts.heart_rate_minute")
    with pytest.raises(AssertionError, match=r"(?s)has no column max_bpm.*rename the table"):
        marts.rebuild()
    assert loaded.query("select count(*) from marts.heart_rate_minute") == kept
