"""DuckDB and Postgres compute the same checksum of the same day, and another one of another."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values

from loader.compare.deduplicate import days, deduplicate
from loader.ledger.table_days import table_days
from loader.read.scratch import Scratch
from scripts.embedded.cluster import Cluster
from scripts.embedded.connection import dsn
from tests.databases import SHARED_DATABASE, TEMPLATE
from tests.pipeline import HEART_RATE

Reading = tuple[str, datetime, float, int | None]
Day = tuple[str, date, int, int]

NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)

anytime = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(
    lambda instant: instant.replace(tzinfo=UTC)
)
one_day = st.integers(0, 86_400 * 1_000_000 - 1).map(
    lambda microseconds: NEW_YEAR + timedelta(microseconds=microseconds)
)
epochs = st.tuples(
    st.sampled_from([datetime(1970, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)]),
    st.integers(-(10**9), 10**9),
).map(lambda part: part[0] + timedelta(microseconds=part[1]))
values = st.floats(0.25, 300) | st.floats(0, 300, exclude_min=True)
readings = st.dictionaries(
    st.tuples(st.sampled_from(["me", "P001", "é'"]), one_day | epochs | anytime),
    st.tuples(values, st.none() | st.integers(0, 3)),
    min_size=1,
    max_size=30,
).map(lambda by_key: [(*key, *rest) for key, rest in by_key.items()])


class BothDatabases:
    """The same readings in Postgres' heart_rate and in a run's scratch database."""

    def __init__(self, session: Connection, scratch: Scratch) -> None:
        self._session = session
        self._scratch = scratch

    def days(self, given_readings: list[Reading]) -> tuple[list[Day], list[Day]]:
        """What each says of every participant-day."""
        return self._in_postgres(given_readings), self._in_scratch(given_readings)

    def _in_postgres(self, given_readings: list[Reading]) -> list[Day]:
        with self._session.cursor() as cursor:
            cursor.execute("truncate heart_rate")
            execute_values(cursor, "insert into heart_rate values %s", given_readings)
        return sorted(table_days(self._session))

    def _in_scratch(self, given_readings: list[Reading]) -> list[Day]:
        self._scratch.clear()
        people = sorted({who for who, *_ in given_readings})
        self._scratch.fill("sources", [(n, 0, who, "") for n, who in enumerate(people)])
        self._scratch.fill(
            "readings",
            [
                (
                    people.index(who),
                    instant.replace(tzinfo=None),
                    {"value": value, "confidence": confidence},
                )
                for who, instant, value, confidence in given_readings
            ],
        )
        deduplicate(self._scratch)
        return sorted(days(self._scratch))


@pytest.fixture(scope="module")
def both(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BothDatabases]:
    name = SHARED_DATABASE
    cluster.create_database(name, TEMPLATE)
    variables = cluster.loader_environment(name)
    session = psycopg2.connect(dsn(variables), options="-c timezone=UTC")
    session.autocommit = True
    with session.cursor() as cursor:
        cursor.execute(HEART_RATE)
    folder: Path = tmp_path_factory.mktemp("scratch")
    with Scratch(folder, "256MB") as scratch:
        yield BothDatabases(session, scratch)
    session.close()
    cluster.drop_database(name)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(readings)
@example([("me", datetime(1969, 12, 31, 23, 59, 59, 999999, UTC), 0.25, 0)])
@example([("me", datetime(1999, 12, 31, 23, 59, 59, 999999, UTC), 300.0, 3)])
@example([("me", datetime(1900, 1, 1, 0, 0, 0, 1, UTC), 101.4608, None)])
def test_both_databases_agree(both: BothDatabases, given_readings: list[Reading]) -> None:
    in_postgres, in_scratch = both.days(given_readings)
    assert in_postgres == in_scratch
    assert sum(count for _, _, count, _ in in_postgres) == len(given_readings)


@pytest.mark.parametrize("year", [1900, 1969, 2112, 2199])
@pytest.mark.parametrize("microsecond", [0, 1, 123_457, 999_999])
def test_they_agree_on_every_year(both: BothDatabases, year: int, microsecond: int) -> None:
    instants = [datetime(year, month, 2, 3, 4, 5, microsecond, UTC) for month in range(1, 13)]
    in_postgres, in_scratch = both.days([("me", instant, 61.5, None) for instant in instants])
    assert in_postgres == in_scratch


def one_second_apart(count: int) -> list[Reading]:
    return [
        ("me", NEW_YEAR + timedelta(seconds=second), 60 + second % 41 + 0.4608, second % 4)
        for second in range(count)
    ]


def changed(day: list[Reading], number: int, other: Reading) -> list[Reading]:
    return [*day[:number], other, *day[number + 1 :]]


@pytest.mark.parametrize("number", [0, 137, 299])
def test_the_least_change_of_one_reading_changes_the_checksum(
    both: BothDatabases, number: int
) -> None:
    day = one_second_apart(300)
    who, instant, value, confidence = day[number]
    others: list[Reading] = [
        (who, instant + timedelta(microseconds=1), value, confidence),
        (who, instant, value + 2**-46, confidence),
        (who, instant, value - 2**-46, confidence),
        (who, instant, value + 1, confidence),
        (who, instant, value, None),
        (who, instant, value, ((confidence or 0) + 1) % 4),
    ]
    seen = {both.days(changed(day, number, other))[0][0][3] for other in others}
    seen.add(both.days(day)[0][0][3])
    assert len(seen) == len(others) + 1


def test_two_readings_that_exchange_their_values_change_the_checksum(both: BothDatabases) -> None:
    day = one_second_apart(300)
    (who, first, low, mark), (_, second, high, other) = day[3], day[17]
    exchanged = changed(changed(day, 3, (who, first, high, mark)), 17, (who, second, low, other))
    assert both.days(exchanged)[0] != both.days(day)[0]


def test_the_order_of_the_rows_plays_no_part(both: BothDatabases) -> None:
    day = one_second_apart(300)
    assert both.days(day[::-1]) == both.days(day)
