"""Prove that the table holds the files' readings, by count and checksum per participant-day.

Plain files are first read by DuckDB's own CSV reader, another way than the loader's and in a third
of its time. If that reads every row, and every day's count and checksum are the table's, the table
holds the files' readings, and no duplicate, because it has a primary key. Otherwise the
files are read as the loader reads them, and that decides.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from loader.commands.opened_store import store_to_read
from loader.commands.verify.typed_reading import typed_days
from loader.compare.deduplicate import days as days_in_files
from loader.compare.deduplicate import readings_of_day
from loader.compare.delta import read_files
from loader.configuration.settings import Settings
from loader.console import Reporter, Step
from loader.database.lock_watch import locks_watched
from loader.database.session import connect, prepare
from loader.find.search import Search
from loader.ledger.retention import read_floor
from loader.ledger.store import Reading, Store
from loader.ledger.table_days import TableDay, from_floor
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
        readings, days: what the files contain.
        differences: the days that differ.
        waiting: files whose last line has no newline yet.
        sample: readings of the sample that are loaded although it is no longer read; they are
            neither compared nor counted as gone.
        floor: the first UTC day that retention keeps; None for all.
        below_floor: readings of the files before that day, which are not compared.
        stored_in: what messages call the place of the readings.
    """

    readings: int = 0
    days: int = 0
    differences: list[DayDifference] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    sample: int = 0
    floor: date | None = None
    below_floor: int = 0
    stored_in: str = "heart_rate"

    @property
    def ok(self) -> bool:
        """Whether every reading of the files is in the table as it is."""
        return not any(difference.wrong for difference in self.differences)


Readings = Sequence[Reading]


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
        store = store_to_read(settings, session, "verify", reporter)
        search = Search(settings, session, Mode.VERIFY, is_ours=store.is_ours)
        plan = search.run()
        plan.findings.require_all()
        with (
            store.days() as loaded,
            Scratch(settings.scratch_dir, settings.duckdb_memory) as scratch,
        ):
            reporter.step(Step.READ, "reading the files")
            in_files = typed_days(plan, scratch, reporter.progress)
            # Now, because a run may have raised it meanwhile.
            floor = read_floor(session)
            kept = from_floor(in_files or [], floor)
            if in_files is None or not set(kept) <= set(loaded.compared_with(kept)):
                reporter.step(Step.READ_AS_LOADED, "reading them as the loader does")
                read_files(search, scratch, store, reporter.progress)
                plan.findings.require_all()
                in_files = days_in_files(scratch)
                kept = from_floor(in_files, floor)
            reporter.step(Step.COMPARE, f"comparing with {store.name}")
            sample = plan.findings.sample_days
            in_table = from_floor(loaded.compared_with(kept), floor)
            others = [day for day in in_table if day not in sample]
            result = _compare(store, scratch, kept, others)
            result.stored_in = store.name
            result.floor = floor
            result.below_floor = sum(count for *_, count, _ in in_files) - result.readings
            result.waiting = plan.findings.waiting
            result.sample = sum(readings for *_, readings, _ in sample.intersection(in_table))
            return result


def _compare(
    store: Store,
    scratch: Scratch,
    days_in_files: Sequence[TableDay],
    days_in_table: Sequence[TableDay],
) -> Verification:
    expected = {(who, day): rest for who, day, *rest in days_in_files}
    held = {(who, day): rest for who, day, *rest in days_in_table}
    result = Verification(readings=sum(count for count, _ in expected.values()), days=len(expected))
    for who, day in sorted(expected.keys() | held.keys()):
        if expected.get((who, day)) == held.get((who, day)):
            continue
        in_files = readings_of_day(scratch, who, day) if (who, day) in expected else []
        in_table = _readings_of_day(store, who, day) if (who, day) in held else []
        result.differences.append(_compare_day(who, day, in_files, in_table))
    return result


def _readings_of_day(store: Store, participant_id: str, day: date) -> Readings:
    start = datetime.combine(day, time(), UTC)
    return store.readings_between(participant_id, start, start + timedelta(days=1))


def _compare_day(who: str, day: date, in_files: Readings, in_table: Readings) -> DayDifference:
    expected = {instant: rest for instant, *rest in in_files}
    held = {instant: rest for instant, *rest in in_table}
    return DayDifference(
        participant_id=who,
        day=day,
        missing=len(expected.keys() - held.keys()),
        different=sum(expected[at] != held[at] for at in expected.keys() & held.keys()),
        gone=len(held.keys() - expected.keys()),
    )
