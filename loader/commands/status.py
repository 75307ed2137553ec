"""What is loaded and how the last run ended, in a few lines and well under a second."""

import os
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from psycopg2.extensions import connection as Connection

from loader.commands.archive.status import describe_archive
from loader.commands.freshness import Freshness, read_freshness, render_age
from loader.commands.storage import Storage, read_storage
from loader.commands.summary import render_loaded_sample, utc
from loader.configuration.settings import Settings
from loader.configuration.stored_in import StoredIn
from loader.console import Console
from loader.database import query
from loader.database.lock_watch import locks_watched
from loader.database.session import LOCK_KEY, connect, prepare
from loader.find.participants import describe_rule
from loader.ledger import sample
from loader.ledger.archive_id import refuse_other_store
from loader.ledger.data_folder import folder_read_before
from loader.ledger.retention import read_floor
from loader.ledger.state import State, read_state
from loader.names import printable_name
from loader.sql import statement
from loader.transform.marts_settings import other_settings
from loader.wording import counted, shown_lines

INDENT = " " * 13
"""Below the texts of the other lines."""


@dataclass(frozen=True)
class MartStatus:
    """What the marts know; days are participant-days of the last 30 days.

    Attributes:
        first_timestamp: the first reading.
        days: how many there could be.
        with_data, not_valid, with_gaps: how many have readings, were worn too little for a valid
            day, or have the end of a gap.
    """

    first_timestamp: datetime | None
    days: int
    with_data: int
    not_valid: int
    with_gaps: int


@dataclass(frozen=True)
class Status:
    """What ``status`` shows.

    Attributes:
        settings, state: the paths, and the content of the state file.
        marts: what the marts add; None before the first run.
        read_before: the folder that the last run read, if it is not the present one.
        other_settings: a sentence about the marts' settings if they are not the present ones.
        freshness: how old the participants' newest readings are.
        archive: a line about the Parquet archive; None if ``ARCHIVE_DIR`` isn't set.
        storage: what heart_rate takes on disk; None before the first run.
        floor: the first UTC day that retention keeps; None for all.
        last_ok: when the last run that ended well ended.
        latest_timestamp: the latest reading ingested.
        readings, participants, files: how many are loaded, by the ledger; a reading that several
            files contain counts for each.
        rejected: rejected rows in the ledger.
        passed_over: files that no reader claims.
        last_outcome, last_error: how the newest run ended.
        is_running: a run holds the lock; the row of a killed run says "running", but has no lock.
        sample: readings of the sample, if other files are loaded too.
    """

    settings: Settings
    state: State
    marts: MartStatus | None
    read_before: str | None
    other_settings: str | None
    freshness: Freshness
    archive: str | None
    storage: Storage | None
    floor: date | None
    last_ok: datetime | None
    latest_timestamp: datetime | None
    readings: int
    participants: int
    files: int
    rejected: int
    passed_over: int
    last_outcome: str | None
    last_error: str | None
    is_running: bool
    sample: int

    @property
    def errors(self) -> list[str]:
        """One line for each problem; empty if all is well."""
        errors = []
        if self.last_outcome == "failed":
            errors.append(f"the last run failed: {self.last_error}")
        elif self.was_interrupted:
            errors.append("the last run was interrupted — make ingest continues")
        if self.freshness.error:
            errors.append(self.freshness.error)
        return errors

    @property
    def was_interrupted(self) -> bool:
        """Whether the newest run ended before its time; one that was killed can't record that."""
        was_killed = self.last_outcome == "running" and not self.is_running
        return was_killed or self.last_outcome == "interrupted"


def read_status(settings: Settings) -> Status:
    """Ask the ledger.

    Raises:
        DatabaseError: the database can't be reached.
    """
    with (
        connect(os.environ, "status") as session,
        locks_watched(settings.lock_wait, Console().note),
    ):
        prepare(session, settings.lock_wait)
        refuse_other_store(session, settings.stored_in)
        values = {
            "participant": sample.PARTICIPANT,
            "lengths": [file.content.length for file in sample.TRACKED],
            "digests": [bytes(file.content.digests) for file in sample.TRACKED],
            "lock_class": LOCK_KEY[0],
            "lock_object": LOCK_KEY[1],
        }
        row = query.row(session, statement("commands/status"), values)
        marts = _read_marts(session)
        freshness = read_freshness(session, settings.stale_after)
        storage = read_storage(session)
        before = folder_read_before(session, settings.data_dir)
        others = other_settings(session, settings)
        floor = read_floor(session)
        archive = describe_archive(session, settings)
    state = read_state(settings.state_file)
    return Status(settings, state, marts, before, others, freshness, archive, storage, floor, *row)


def _read_marts(session: Connection) -> MartStatus | None:
    if query.value(session, "select to_regclass('marts.heart_rate_coverage')") is None:
        return None
    return MartStatus(*query.row(session, statement("commands/status_marts")))


def render_status(status: Status, width: int | None = None) -> str:
    """The lines for a person.

    Args:
        width: the columns of the terminal; None to keep each fact on one line.
    """
    first, *further = status.freshness.render()
    lines = shown_lines(
        [
            f"last OK run  {_last_ok(status)}",
            f"last run     {_last_run(status)}",
            f"readings     {status.readings:,} from {counted(status.files, 'file')}, "
            f"of {counted(status.participants, 'participant')}",
            f"range        {_range(status)}",
            f"freshness    {first}",
            *(f"{INDENT}{line}" for line in further),
            f"last month   {_recent(status.marts)}",
            f"marts        {_marts(status)}",
            f"storage      {_storage(status)}",
            f"retention    {_retention(status)}",
            f"rejected     {_rejected(status.rejected)}",
            *([f"archive      {status.archive}"] if status.archive else []),
            f"data folder  {_data_folder(status)}",
            f"state file   {_state(status)}",
            f"passed over  {_passed_over(status.passed_over)}",
            *([f"sample       {render_loaded_sample(status.sample)}"] if status.sample else []),
            f"participant  {describe_rule(status.settings)}",
            f"local times  {_zone(status.settings)}",
        ]
    )
    return lines if width is None else "\n".join(_wrapped(lines.splitlines(), width))


def _wrapped(lines: Iterable[str], width: int) -> Iterator[str]:
    """The lines for a terminal; a path that is too long stays whole, so that it can be copied."""
    for line in lines:
        yield from textwrap.wrap(
            line,
            width,
            subsequent_indent=INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _last_run(status: Status) -> str:
    if status.was_interrupted:
        return "interrupted: make ingest continues"
    error = f": {status.last_error}" if status.last_error else ""
    return f"{status.last_outcome or 'none'}{error}"


def _data_folder(status: Status) -> str:
    folder = printable_name(str(status.settings.data_dir))
    if status.read_before is None:
        return folder
    return (
        f"{folder}, and the last run read {status.read_before}: the next one stops, or "
        "make ingest ARGS=--new-data-dir"
    )


def _marts(status: Status) -> str:
    if status.settings.stored_in is StoredIn.ARCHIVE:
        return "none in the database (STORE=archive)"
    if status.marts is None:
        return "none yet"
    return status.other_settings or "built with the present settings"


def _retention(status: Status) -> str:
    wanted = status.settings.retention
    if status.floor is None:
        return f"{wanted}: the next run drops older readings" if wanted else "all readings are kept"
    if wanted is None:
        return (
            f"readings before {status.floor} (UTC) were dropped; they stay so, or "
            "make reconcile ARGS=--load-dropped"
        )
    return f"{wanted}: readings before {status.floor} (UTC) are dropped"


def _storage(status: Status) -> str:
    if status.settings.stored_in is StoredIn.ARCHIVE:
        return "none: the readings are in the archive"
    return status.storage.render() if status.storage else "none yet"


def _passed_over(count: int) -> str:
    if not count:
        return "none"
    return f"{counted(count, 'file')}: make psql, then select path from ingest.passed_over;"


def _zone(settings: Settings) -> str:
    text = f"{settings.time_zone} (FITBIT_TIMEZONE)" if settings.time_zone else "no zone is set"
    return f"the participant's zone in seeds/participants.csv, else {text}"


def _last_ok(status: Status) -> str:
    if status.last_ok is None:
        return "never: make ingest" if status.last_outcome is None else "never"
    ago = datetime.now(UTC) - status.last_ok
    hint = "" if ago < timedelta(days=2) else "; is cron running? make cron-install"
    return f"{utc(status.last_ok)} ({render_age(ago)} ago{hint})"


def _range(status: Status) -> str:
    first = status.marts.first_timestamp if status.marts else None
    if status.latest_timestamp is None:
        return "none: put files into DATA_DIR, then make ingest"
    return (f"{utc(first)} to " if first else "up to ") + utc(status.latest_timestamp)


def _recent(marts: MartStatus | None) -> str:
    if marts is None or not marts.days:
        return "nothing yet"
    if not marts.with_data:
        return "no readings: export and copy newer files into DATA_DIR, then make ingest"
    empty = marts.days - marts.with_data
    text = (
        f"{empty:,} of {counted(marts.days, 'day')} without readings, {marts.with_gaps:,} with gaps"
    )
    text += f", {marts.not_valid:,} worn too little"
    if empty:
        text += "; not worn, or not exported? make report shows which days"
    return text


def _rejected(count: int) -> str:
    if not count:
        return "none"
    return f"{counted(count, 'row')}: make psql, then select * from ingest.rejected_rows;"


def _state(status: Status) -> str:
    if not status.state.exists:
        next_ingest = (
            "the first run that ends well writes it"
            if status.last_ok is None
            else "the next ingest starts over"
        )
        return f"none at {status.settings.state_file}: {next_ingest}"
    return (
        status.state.complaint or f"{utc(status.state.last_ok_run)} ({status.settings.state_file})"
    )
