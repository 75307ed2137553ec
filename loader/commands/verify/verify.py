"""Prove that the table holds what the files give, by count and checksum per participant-day.

Plain files are first read by DuckDB's own CSV reader, another way than the loader's and in a third
of its time. Where that reads every row, and every day's count and checksum are the table's, the
table's readings are the files'; none can stand twice in them, as the table has a key. Otherwise the
files are read as the loader reads them, and that decides.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from psycopg2.extensions import connection as Connection

from loader.compare.delta import DeltaFinder
from loader.configuration.settings import Settings
from loader.console import Reporter, Step
from loader.database.lock_watch import locks_watched
from loader.database.session import connect, prepare
from loader.ledger.table_days import TableDay, table_days_meanwhile, table_readings
from loader.mode import Mode
from loader.read.scratch import Scratch


@dataclass(frozen=True)
class DayDifference:
    """How one participant and UTC day differs between the files and the table.

    Attributes:
        missing: readings of the files that the table lacks.
        different: readings that the table has with another value or confidence.
        gone: readings of the table that are no longer in the files; they stay.
    """

    participant_id: str
    day: date
    missing: int
    different: int
    gone: int

    @property
    def wrong(self) -> bool:
        """Whether the table is not what the files say; readings that are gone are no fault."""
        return bool(self.missing or self.different)


@dataclass
class Verification:
    """What was compared and what differs.

    Attributes:
        readings, days: what the files give.
        differences: the days that differ.
        waiting: files whose last line has no newline yet.
        sample: readings of the sample that are loaded as it gave them, though it is no longer
            read; they are neither compared nor counted as gone.
    """

    readings: int = 0
    days: int = 0
    differences: list[DayDifference] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    sample: int = 0

    @property
    def ok(self) -> bool:
        """Whether every reading of the files is in the table as it is."""
        return not any(difference.wrong for difference in self.differences)


Readings = Sequence[tuple[datetime, float, int | None]]


def verify(settings: Settings, reporter: Reporter) -> Verification:
    """Read every file in full and compare it with the table; changes nothing.

    Raises:
        LoaderError: a file or the database can't be read.
    """
    with (
        connect(os.environ, "verify") as session,
        locks_watched(settings.lock_wait, reporter.note),
    ):
        prepare(session, settings.lock_wait)
        finder = DeltaFinder(settings, session, Mode.VERIFY, reporter.progress)
        finder.plan()
        finder.delta.require_all()
        with (
            table_days_meanwhile("verify") as held,
            Scratch(settings.scratch_dir, settings.duckdb_memory) as scratch,
        ):
            reporter.step(Step.READ, "reading the files")
            given = finder.read_typed(scratch)
            if given is None or not set(given) <= set(held.beside(given)):
                reporter.step(Step.READ_AS_LOADED, "reading them as the loader does")
                given = _read_as_loaded(finder, scratch)
            reporter.step(Step.COMPARE, "comparing with the table")
            sample, table_days = finder.delta.sample_days, held.beside(given)
            others = [day for day in table_days if day not in sample]
            result = _compare(session, scratch, given, others)
            result.waiting = finder.delta.waiting
            result.sample = sum(readings for *_, readings, _ in sample.intersection(table_days))
            return result


def _read_as_loaded(finder: DeltaFinder, scratch: Scratch) -> list[TableDay]:
    """What the files give by day, read as the loader reads them.

    Raises:
        LoaderError: one of them can't be read.
    """
    finder.read_files(scratch)
    finder.delta.require_all()
    return scratch.settled_days()


def _compare(
    session: Connection,
    scratch: Scratch,
    given_days: Sequence[TableDay],
    table_days: Sequence[TableDay],
) -> Verification:
    given = {(who, day): rest for who, day, *rest in given_days}
    held = {(who, day): rest for who, day, *rest in table_days}
    result = Verification(readings=sum(count for count, _ in given.values()), days=len(given))
    for who, day in sorted(given.keys() | held.keys()):
        if given.get((who, day)) == held.get((who, day)):
            continue
        in_files = scratch.settled_readings(who, day) if (who, day) in given else []
        in_table = table_readings(session, who, day) if (who, day) in held else []
        result.differences.append(_compare_day(who, day, in_files, in_table))
    return result


def _compare_day(who: str, day: date, in_files: Readings, in_table: Readings) -> DayDifference:
    given = {instant: rest for instant, *rest in in_files}
    held = {instant: rest for instant, *rest in in_table}
    return DayDifference(
        participant_id=who,
        day=day,
        missing=len(given.keys() - held.keys()),
        different=sum(given[at] != held[at] for at in given.keys() & held.keys()),
        gone=len(held.keys() - given.keys()),
    )
