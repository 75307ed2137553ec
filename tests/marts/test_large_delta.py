"""After a delta that replaces heart_rate the incremental marts equal a rebuild."""

from tests.large_delta import every_delta_is_large
from tests.marts.study import Marts
from tests.pipeline import Pipeline, seconds

HISTORY = seconds("2024-01-01 22:00:00", [60.5 + n % 40 for n in range(900)], step=20)
LATE = seconds("2023-12-30 08:00:00", [70.5 + n % 20 for n in range(300)], step=30)
NEWER = seconds("2024-01-02 03:00:00", [80.5 + n % 60 for n in range(700)], step=60)


def test_the_marts_after_large_deltas(pipeline: Pipeline) -> None:
    pipeline.write(HISTORY)
    pipeline.ingest()
    with every_delta_is_large():
        pipeline.append(NEWER)
        pipeline.write(LATE, name="participant_id=P001/hr.csv")
        pipeline.ingest()
        pipeline.write([*LATE, *HISTORY], name="participant_id=P001/hr.csv")
        pipeline.ingest()
    marts = Marts(pipeline)
    incremental = marts.marts()
    assert pipeline.query("select sum(readings) from marts.heart_rate_day") == [(2800,)]

    marts.rebuild()

    assert marts.marts() == incremental
