"""The page of one participant."""

from collections import Counter
from datetime import timedelta
from statistics import mean

from loader.wording import counted
from scripts.report.html import document, figure, hours_long, table, text
from scripts.report.study import Study

LIMITS = {
    "own limits": "the wearer's own, as Fitbit computed them",
    "estimate by reserve": "an estimate by reserve (shares of the range from the resting to the "
    "maximum heart rate, 220 − age)",
    "estimate by maximum": "an estimate by maximum (shares of the maximum heart rate, 220 − age)",
}
"""What each ``zone_source`` means."""


def render(study: Study, study_page: str | None = None) -> str:
    """The HTML of the page.

    Args:
        study_page: the address of the study page, seen from this one, if there is one.
    """
    body = _figures(study, study_page) if study.person is not None else _EMPTY
    return document("Heart rate", study.made_at, body + (_runs(study) if study.runs else ""))


_EMPTY = (
    "<h2 id=empty>No readings yet</h2>\n<p>The database holds no heart-rate readings. "
    "Put files into the data folder, run <code>make ingest</code>, then "
    "<code>make report</code>.</p>\n"
)


def _figures(study: Study, study_page: str | None) -> str:
    # Takes half a second, which the page of an empty database doesn't need.
    from scripts.report import figures

    rested = [row.resting_bpm for row in study.days if row.resting_bpm is not None]
    zoned = [row for row in study.days if row.zone_source is not None]
    last = study.minutes[0].minute.date()
    busiest = max(study.hours_of_week, key=lambda row: row.mean_bpm)
    quietest = min(study.hours_of_week, key=lambda row: row.mean_bpm)
    valid = sum(row.is_valid_day for row in study.days)
    parts = [
        f"<p>Participant <strong>{text(study.person.participant_id)}</strong>, times in "
        f"{text(study.person.time_zone)}."
        + (f' <a href="{study_page}">All participants</a>' if study_page else "")
        + "</p>\n",
        _coverage(study),
        figure(
            "resting",
            "Resting heart rate",
            "One point per day, and the median of the week's days with a worn night. "
            f"{_last_month(study)} A cross marks a day with fewer than 2 covered hours from 03:00 "
            "to 07:00: without the night the same person's figure is 5 to 12 bpm higher."
            if rested
            else f"No day has {counted(study.person.resting_minutes, 'covered minute')} in a row.",
            figures.resting(study) if rested else "",
        ),
        figure(
            "day",
            f"A day by the minute: {last:%A, %-d %B %Y}",
            f"The mean of each minute, and its lowest to highest reading; "
            f"{min(row.min_bpm for row in study.minutes):.0f} to "
            f"{max(row.max_bpm for row in study.minutes):.0f} bpm. The line is interrupted where "
            "there are no readings."
            + ("" if figures.limits_of_day(study) else f" {_no_zones(study)}"),
            figures.day(study),
        ),
        figure(
            "week",
            "Hours of the week",
            f"Highest on {_hour(busiest)} ({busiest.mean_bpm:.0f} bpm), lowest on "
            f"{_hour(quietest)} ({quietest.mean_bpm:.0f} bpm).",
            figures.week(study),
        ),
        figure(
            "zones",
            "Time in zones by week",
            _about_zones(study) if zoned else _no_zones(study),
            figures.zones(study) if zoned else "",
        ),
        figure(
            "calendar",
            "Coverage",
            f"{counted(len(study.days), 'day')} with readings, {valid:,} of them valid (worn "
            f"{study.person.valid_day_hours:g} h or more). A cross marks a day without readings.",
            figures.calendar(study),
        ),
        _gaps(study),
    ]
    return "".join(parts)


def _no_zones(study: Study) -> str:
    """What is missing where zones are unknown."""
    if study.person.birth_year is None:
        return "Zones need the year of birth, birth_year in dbt_project/seeds/participants.csv."
    if study.person.zone_rule != "maximum":
        days = counted(study.person.zone_resting_days, "day")
        return f"Zones need a resting heart rate in the last {days}, below 220 − age."
    return "Zones need a maximum heart rate, 220 − age, above zero."


def _about_zones(study: Study) -> str:
    """What the weekly figure shows, by which rule, and what it leaves out."""
    days = Counter(row.zone_source for row in study.days)
    unknown = days.pop(None, 0)
    limits = [LIMITS[source] for source, _ in days.most_common()]
    if len(limits) > 1:
        limits = [
            f"{text} on {counted(count, 'day')}"
            for text, (_, count) in zip(limits, days.most_common(), strict=True)
        ]
    without = counted(unknown, "day without known zones is", "days without known zones are")
    left_out = f" {without} left out." if unknown else ""
    return (
        "Hours in the zones above light, up to the last 53 weeks. The limits are "
        f"{', '.join(limits)}.{left_out}"
    )


def _last_month(study: Study) -> str:
    """The mean of the resting heart rates of the last 30 calendar days."""
    first = study.days[-1].day - timedelta(days=29)
    rates = [
        row.resting_bpm for row in study.days if row.day >= first and row.resting_bpm is not None
    ]
    return f"Last 30 days: {mean(rates):.0f} bpm." if rates else "None in the last 30 days."


def _hour(row: object) -> str:
    from scripts.report.figures import WEEKDAYS

    return f"{WEEKDAYS[row.weekday - 1]} at {row.hour_of_day}:00"  # type: ignore[attr-defined]


def _coverage(study: Study) -> str:
    header = "Participant,First reading,Last reading,Days,Valid days,Longest gap,Arrived,Late"
    return table(
        "participants",
        "Participants",
        header.split(","),
        [
            [
                row.participant_id,
                row.first_reading,
                row.last_reading,
                row.days_with_data,
                row.valid_days,
                hours_long(row.longest_gap_hours),
                row.latest_arrival,
                row.late_readings,
            ]
            for row in study.coverage
        ],
    )


def _gaps(study: Study) -> str:
    return table(
        "gaps",
        "The longest gaps",
        ["From", "To", "Length"],
        [[row.gap_start, row.gap_end, hours_long(row.hours)] for row in study.gaps],
    )


def _runs(study: Study) -> str:
    header = "Run,Started (UTC),Ended,Read,New,Late,Corrected,Unchanged,Duplicate,Rejected,Seconds"
    rows: list[list[object]] = [
        [
            row.run_id,
            row.started_at,
            row.outcome,
            row.rows_read,
            row.rows_new,
            row.rows_late,
            row.rows_corrected,
            row.rows_unchanged,
            row.rows_duplicate,
            row.rows_rejected,
            None if row.seconds is None else f"{row.seconds:.1f}",
        ]
        for row in study.runs
    ]
    return table("runs", "The last runs", header.split(","), rows)
