"""A study in a database: stage readings as a run does, build the marts, look at them."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2
from psycopg2.extras import execute_values

from loader.configuration.settings import PROJECT
from loader.database.session import prepare
from loader.sql import statement
from tests.own_process import as_in_own_process
from tests.pipeline import Pipeline

MARTS = """
select schema_name || '.' || relation_name
from ingest.relations
where schema_name in ('marts', 'intermediate') and kind = 'table'
order by 1
"""
"""Every table that dbt rolls up from the readings."""


class Reading(NamedTuple):
    """One row of the data contract."""

    participant: str
    instant: datetime
    bpm: float
    confidence: int | None = None


class Person(NamedTuple):
    """One row of seeds/participants.csv."""

    participant: str
    time_zone: str | None
    birth_year: int | None = 1985
    enrolled_on: date | None = None
    ended_on: date | None = None


class Marts:
    """The project's tables in a database, and dbt for it."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self.query = pipeline.query

    def rebuild(self, project: Path = PROJECT / "dbt_project") -> None:
        """A full refresh of the marts, from ``heart_rate`` alone."""
        self.dbt("run", "--full-refresh", "--select", "tag:daily", project=project)

    def dbt(self, *arguments: str, project: Path = PROJECT / "dbt_project") -> None:
        """One dbt command in this process; fails the test with dbt's own words."""
        from dbt.cli.main import dbtRunner

        command = [
            *arguments,
            *("--project-dir", str(project)),
            *("--profiles-dir", str(PROJECT / "profiles")),
            *("--log-path", str(self._pipeline.log)),
            *("--log-level", "none", "--log-level-file", "info", "--no-use-colors"),
        ]
        outcome = as_in_own_process(lambda: dbtRunner().invoke(command))
        words = [
            f"{result.node.name}: {result.message}"
            for result in getattr(outcome.result, "results", [])
            if str(result.status) not in ("success", "pass")
        ]
        assert outcome.success, outcome.exception or words

    @property
    def names(self) -> list[str]:
        """Every table that dbt rolls up from the readings, with its schema."""
        return [name for (name,) in self.query(MARTS)]

    def marts(self) -> dict[str, list[Any]]:
        """Every row of every mart."""
        return {
            name: self.query(f"select * from {name} as mart order by mart") for name in self.names
        }

    def row_versions(self) -> dict[str, set[Any]]:
        """Which physical row stands for each row: a rewritten one has another."""
        return {
            name: set(self.query(f"select tableoid, ctid::text, xmin::text from {name}"))
            for name in self.names
        }


class Study(Marts):
    """The project's models on a database of their own, fed without files.

    Args:
        runs: how many the database has had already, which is a copy of another study's.
    """

    def __init__(self, pipeline: Pipeline, people: Iterable[Person] = (), runs: int = 0) -> None:
        super().__init__(pipeline)
        self._runs = runs
        if not runs:
            self._begin(people)

    def _begin(self, people: Iterable[Person]) -> None:
        session = psycopg2.connect(self._pipeline.dsn)
        prepare(session)
        session.close()
        self.dbt("seed")
        self.query("delete from marts.participants")
        for person in people:
            self.query("insert into marts.participants values (%s, %s, %s, %s, %s)", person)

    def run(self, readings: Iterable[Reading]) -> None:
        """Stage these readings and build, as one run of the loader does."""
        self.stage(readings)
        self.build()

    def stage(self, readings: Iterable[Reading]) -> None:
        """Replace what is staged."""
        self._runs += 1
        latest = {(one.participant, one.instant): one for one in readings}
        rows = [latest[key] for key in sorted(latest)]
        session = psycopg2.connect(self._pipeline.dsn, options="-c timezone=UTC")
        with session, session.cursor() as cursor:
            # What the loader's commit of the run before would have recorded.
            cursor.execute(
                "insert into ingest.participants"
                " select participant_id, max(last_timestamp)"
                " from staging.touched_days group by 1"
                " on conflict (participant_id) do update set latest_timestamp ="
                " greatest(participants.latest_timestamp, excluded.latest_timestamp)"
            )
            cursor.execute(statement("stage/empty_staging"))
            cursor.execute(statement("stage/record_batch"), (self._runs, len(rows)))
            execute_values(
                cursor,
                "insert into staging.heart_rate values %s",
                [(row.participant, row.instant, row.bpm, row.confidence) for row in rows],
            )
        session.close()
        self.record_what_is_staged()

    def record_what_is_staged(self) -> None:
        """Record what the loader records of what it stages."""
        self.query(
            """
            insert into staging.touched_days
            select
                participant_id,
                date_trunc('day', timestamp, 'UTC') as day_start,
                date_trunc('day', timestamp, 'UTC') + interval '24 hours',
                count(*),
                max(timestamp)
            from staging.heart_rate
            group by 1, 2
            """
        )
        self.query("update staging.batch set readings = (select count(*) from staging.heart_rate)")

    def build(self, *arguments: str) -> None:
        """``dbt build`` of everything but the seeds, data tests included."""
        self.dbt("build", "--exclude-resource-type", "seed", "unit_test", *arguments)
