"""The data of the study page: every participant's wear, from the marts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loader.database.session import connect
from scripts.report.queries import rows_of, snapshot


@dataclass(frozen=True)
class Overview:
    """The rows of the queries ``sql/study_*.sql``.

    Attributes:
        made_at: the server's time, with its zone.
        participants: one row per participant.
        days: one row per participant and local calendar day from enrolment to end.
        hours: one row per participant and hour of the clock.
        sensitivity: one row per criterion and number of hours.
    """

    made_at: datetime
    participants: list[Any]
    days: list[Any]
    hours: list[Any]
    sensitivity: list[Any]


def read_overview(environ: Mapping[str, str]) -> Overview:
    """Read the study page's data from the database, whose marts are built.

    Raises:
        DatabaseError: it can't be reached.
    """
    with connect(environ, "report") as session, snapshot(session) as cursor:
        return Overview(
            rows_of(cursor, "state")[0].made_at,
            rows_of(cursor, "study_participants"),
            rows_of(cursor, "study_days"),
            rows_of(cursor, "study_hours"),
            rows_of(cursor, "study_sensitivity"),
        )
