"""The devices and apps that have readings on a day (``ingest.devices``), for the marts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg2.extensions import connection as Connection

from loader.ledger.known_files import ParticipantDay
from loader.sql import columns, statement


@dataclass(frozen=True)
class DeviceDay:
    """The first and last reading of a participant, UTC day and device in the files read."""

    participant_id: str
    day: date
    device: str
    first_timestamp: datetime
    last_timestamp: datetime


FOUND = ("found_participants", "found_days", "found_devices", "first_timestamps", "last_timestamps")
"""The parameters of ``record_devices.sql`` with the fields of ``DeviceDay``."""


def record_devices(
    session: Connection,
    days: Sequence[ParticipantDay],
    scanned: Sequence[str],
    found: Sequence[DeviceDay],
    *,
    everything: bool,
    floor: date | None,
) -> None:
    """Replace the devices of the days that a run decides.

    Recorded before dbt builds the marts from them. If the run fails after that, the next run
    decides the same days again.

    Args:
        days: the participant-days that the run decides.
        scanned: the names of the files read in full; of other files, the ledger has the devices.
        found: the devices of these days in the files read.
        everything: a bulk load, which replaces the devices of all days by those found.
        floor: the first UTC day that retention keeps; a bulk load leaves earlier days as they are.
    """
    with session, session.cursor() as cursor:
        if everything:
            cursor.execute(statement("ledger/forget_devices"), {"floor": floor})
        cursor.execute(
            statement("ledger/record_devices"),
            {
                "participant_ids": [who for who, _ in days],
                "days": [day for _, day in days],
                "scanned": list(scanned),
                "everything": everything,
                **dict(zip(FOUND, columns(DeviceDay, found), strict=True)),
            },
        )
