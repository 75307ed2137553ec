"""The page of a whole study: who wore the device, when, and how complete the data are."""

from collections.abc import Mapping

from loader.wording import counted
from scripts.report.html import Link, document, figure, script, table
from scripts.report.overview import Overview


def render(overview: Overview, pages: Mapping[str, str]) -> str:
    """The HTML of the page.

    Args:
        pages: the names of the files with the pages of participants, by participant.
    """
    # Takes half a second, which the other page doesn't always need.
    from scripts.report import overview_figures as figures

    days = sum(row.days for row in overview.participants)
    valid = sum(row.valid_days for row in overview.participants)
    parts = [
        f"<p>{counted(len(overview.participants), 'participant')}, {counted(days, 'day')} from "
        f"enrolment to end, {valid:,} of them valid. Days are local days.</p>\n"
    ]
    if overview.days:
        parts.append(figure("wear", "Wear by day", _WEAR, *figures.wear(overview)))
    parts.append(_participants(overview, pages))
    if overview.days:
        parts += [
            figure("hours", "Wear by hour of the day", _HOURS, *figures.yield_by_hour(overview)),
            figure(
                "sensitivity",
                "What the definition of a valid day changes",
                _SENSITIVITY,
                figures.sensitivity(overview),
            ),
        ]
    return document("Heart-rate study", overview.made_at, "UTC", "".join(parts) + script("sort.js"))


_WEAR = (
    "Hours worn. Red: a day of the enrolment without readings. Blank: outside of the enrolment "
    "(enrolled_on and ended_on in dbt_project/seeds/participants.csv; without them, from the first "
    "to the last day with readings)."
)
_HOURS = (
    "The mean share of each hour of the local clock that is covered, over all days of the "
    "enrolment. Red: never covered."
)
_SENSITIVITY = (
    "The share of days and weeks of all participants that are valid, by the hours that make a day "
    "valid: worn at any time of the day, or as complete hours in a row. The weeks are all calendar "
    "weeks with a day of an enrolment; one with fewer days than a valid week needs can't be valid."
)


def _participants(overview: Overview, pages: Mapping[str, str]) -> str:
    header = (
        "Participant,First day,Last day,Days,Valid days,Minute yield,Hour yield,"
        "Days since last reading,Late readings"
    )
    rows: list[list[object]] = [
        [
            Link(row.participant_id, pages[row.participant_id])
            if row.participant_id in pages
            else row.participant_id,
            row.first_day,
            row.last_day,
            row.days,
            row.valid_days,
            _percent(row.minute_yield),
            _percent(row.hour_yield),
            row.days_since_last_reading,
            row.late_readings,
        ]
        for row in overview.participants
    ]
    return table("participants", "Participants", header.split(","), rows, _about(overview))


def _about(overview: Overview) -> str:
    """What the columns of the table mean."""
    latest = overview.participants[0].latest_day_with_readings
    since = (
        f" Days since the last reading are counted up to {latest:%-d %B %Y}, the latest day with "
        "readings."
        if latest
        else ""
    )
    return (
        "<p class=muted>First and last day of the enrolment. Yields are means over its days, days "
        "without readings included: the share of a day's minutes that are covered, and of its "
        f"hours that are valid.{since} "
        "<span class=screen>Click on a column's name to sort.</span></p>\n"
    )


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.1f} %"
