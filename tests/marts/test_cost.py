"""What a night costs goes by its delta, not by the history: counted in pages, not in seconds."""

from datetime import UTC, datetime, timedelta

from tests.marts.study import Person, Reading, Study
from tests.pipeline import Pipeline

NOW = datetime(2024, 1, 1, tzinfo=UTC)

PAGES = """
    select sum(heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit)
    from pg_statio_user_tables
    where schemaname in ('public', 'marts', 'intermediate', '_timescaledb_internal')
"""


def test_a_day_after_five_years_costs_what_it_costs_after_a_month(pipeline: Pipeline) -> None:
    study = Study(pipeline, [Person("me", "UTC")])
    stage_history(study, NOW - timedelta(days=30), NOW)
    study.build()
    after_a_month = pages_of_a_day(study, NOW)
    stage_history(study, NOW - timedelta(days=5 * 365), NOW - timedelta(days=30))
    study.build()

    after_five_years = pages_of_a_day(study, NOW + timedelta(days=1))

    assert study.query("select days_with_data from marts.heart_rate_coverage") == [(1827,)]
    assert after_five_years < 1.25 * after_a_month, (after_a_month, after_five_years)


def pages_of_a_day(study: Study, start: datetime) -> int:
    """How many pages of the tables a run looks at that brings one day."""
    study.stage(
        Reading("me", start + timedelta(seconds=10 * number), 60 + number % 7)
        for number in range(8640)
    )
    before = study.query(PAGES)[0][0]
    study.build()
    return int(study.query(PAGES)[0][0] - before)


def stage_history(study: Study, start: datetime, end: datetime) -> None:
    """Stage one reading every five minutes from ``start`` to ``end``."""
    study.stage([])
    study.query(
        """
        insert into staging.heart_rate
        select 'me', instant, 60.5
        from generate_series(%s, %s - interval '5 minutes', interval '5 minutes') as instant
        """,
        (start, end),
    )
    study.record_what_is_staged()
