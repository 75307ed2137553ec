"""What the table is said to hold beside what the files give is what it holds."""

import os
from datetime import date

import pytest

from loader.database.session import connect
from loader.ledger.table_days import TableDay, query_table_days, table_days
from tests.pipeline import HEART_RATE, Pipeline

# Chunks of seven days begin on Thursdays, 4 and 11 January 2024 here; the 26th is in a later one.
FILL = """
insert into heart_rate
select 'me', day + n * interval '30 minutes 1 microsecond', 60.5 + n
from generate_series(0, 47) as n,
(
    select generate_series(timestamptz '2024-01-05Z', '2024-01-12Z', interval '1 day') as day
    union all
    select '2024-01-26Z'
) as days
"""
SECOND = "timestamp = '2024-01-07 00:30:00.000001Z'"

CHANGES = {
    "nothing": "select",
    "a value": f"update heart_rate set value = 61 where {SECOND}",
    "a confidence": f"update heart_rate set confidence = 3 where {SECOND}",
    "a reading less": f"delete from heart_rate where {SECOND}",
    "a day less": "delete from heart_rate where timestamp < '2024-01-06 00:00:00+00'",
    "the last day less": "delete from heart_rate where timestamp > '2024-01-20 00:00:00+00'",
    "a reading on the day after": f"""
        with gone as (delete from heart_rate where {SECOND} returning *)
        insert into heart_rate
        select participant_id, timestamp + interval '1 day 1 second', value, confidence from gone
    """,
    "a chunk more": "insert into heart_rate values ('me', '2024-03-01 00:00:00+00', 60.5)",
    "all of a chunk somebody else's": """
        update heart_rate set participant_id = 'P001' where timestamp < '2024-01-11 00:00:00+00'
    """,
    "one reading somebody else's": f"update heart_rate set participant_id = 'P001' where {SECOND}",
    "one reading of somebody later in the alphabet": f"""
        update heart_rate set participant_id = 'zoe' where {SECOND}
    """,
    "everything gone": "delete from heart_rate",
}


@pytest.fixture(params=["7 days", "5 hours", None], ids=["weeks", "hours", "no hypertable"])
def given(request: pytest.FixtureRequest, pipeline: Pipeline) -> list[TableDay]:
    """A table of one wearer, and its days."""
    pipeline.query(HEART_RATE)
    if request.param:
        pipeline.query(
            "select create_hypertable('heart_rate', by_range('timestamp', %s::interval))",
            (request.param,),
        )
    pipeline.query(FILL)
    days = held()
    assert len(days) == 9
    return days


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_said_is_what_the_table_holds(
    pipeline: Pipeline, given: list[TableDay], change: str
) -> None:
    pipeline.query(change)

    with query_table_days("test") as asked:
        assert sorted(asked.compared_with(given)) == held()
        assert sorted(asked.compared_with(given[2:])) == held()
        assert sorted(asked.compared_with([])) == held()


def test_days_that_the_table_lacks_are_not_its_own(given: list[TableDay]) -> None:
    others = [("me", day, 5, 99) for day in (date(2023, 1, 1), date(2024, 1, 20), date(2025, 1, 1))]

    with query_table_days("test") as asked:
        assert sorted(asked.compared_with([*given, *others])) == given


def test_a_total_that_agrees_saves_the_look_into_the_days(
    pipeline: Pipeline, given: list[TableDay]
) -> None:
    with query_table_days("test") as asked:
        assert sorted(asked.compared_with(given)) == given
        pipeline.query("drop table heart_rate")
        assert sorted(asked.compared_with(given)) == given


def test_there_is_no_table_yet(pipeline: Pipeline) -> None:
    with query_table_days("test") as asked:
        assert asked.compared_with([]) == []


def held() -> list[TableDay]:
    """Every day of the table, counted in one go."""
    with connect(os.environ, "test") as session:
        return sorted(table_days(session))
