"""The limits of the wearers' zones that the files have (``ingest.zone_limits``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from psycopg2.extensions import connection as Connection

from loader.database import query
from loader.sql import columns, statement


@dataclass(frozen=True)
class FileLimits:
    """The limits that one file has for a participant and local day, in beats per minute."""

    name: str
    participant_id: str
    rank: int
    day: date
    moderate_from: float
    vigorous_from: float
    peak_from: float


def record_zone_limits(
    session: Connection,
    scanned: Sequence[str],
    missing: Sequence[str],
    limits: Sequence[FileLimits],
) -> None:
    """Replace the limits of files that were read in full, and of missing files on their days.

    Recorded before dbt builds the marts from them. Changed days stay in ``ingest.changed_limits``
    until a run has succeeded, so that a run that fails in between is made up for.

    Args:
        scanned: the files' names.
        missing: the names of files that are no longer there.
        limits: everything that the scanned files have.
    """
    # If a file names a day twice, the last one counts, as for readings.
    last = {(each.name, each.participant_id, each.day): each for each in limits}
    with session, session.cursor() as cursor:
        cursor.execute(
            statement("ledger/record_zone_limits"),
            (list(scanned), list(missing), *columns(FileLimits, list(last.values()))),
        )


def files_with_limits(session: Connection) -> list[str]:
    """The names of the files whose limits are recorded, also of files that are no longer there."""
    return [name for (name,) in query.rows(session, statement("ledger/files_with_limits"))]


def limits_are_waiting(session: Connection) -> bool:
    """Whether a run recorded limits that the marts don't have yet."""
    return bool(query.value(session, "select exists (select 1 from ingest.changed_limits)"))
