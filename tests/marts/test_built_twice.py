"""Every mart is built twice: an error in its incremental branch shows in the second run only."""

from pathlib import Path

import pytest

from tests.marts.study import Marts
from tests.pipeline import Pipeline, changed_project, readings, seconds

FIRST = seconds("2024-01-01 08:00:00", [60.5 + number % 9 for number in range(300)], step=10)
NEXT = seconds("2024-01-03 08:00:00", [70.5 + number % 9 for number in range(300)], step=10)
LATE = seconds("2024-01-01 07:00:00", [80.5 + number % 9 for number in range(300)], step=10)
OTHERS = "participant_id=P001/hr.csv"


def test_the_second_run_gives_what_a_rebuild_gives(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without a birth year there are no zones.
    born = changed_project(tmp_path, "seeds/participants.csv", "me,,", "me,,1985")
    for name, value in born.items():
        monkeypatch.setenv(name, value)
    pipeline.write(FIRST)
    pipeline.write(FIRST, name=OTHERS)
    pipeline.ingest()
    pipeline.append(NEXT)
    pipeline.append(LATE, name=OTHERS)

    result = pipeline.ingest()

    assert (result.counts.new, result.counts.late) == (300, 300)
    assert pipeline.table() == readings([*FIRST, *NEXT]) | readings([*FIRST, *LATE], "P001")
    marts = Marts(pipeline)
    incremental = marts.marts()
    # hr.csv has no confidence.
    empty = {name for name, rows in incremental.items() if not rows}
    assert empty == {"intermediate.int_heart_rate_day_confidence"}
    marts.rebuild(Path(born["DBT_PROJECT_DIR"]))
    assert marts.marts() == incremental
