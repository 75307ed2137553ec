"""The page of a whole study: who wore the device, when, and how complete the data are."""

from collections.abc import Mapping

from loader.wording import counted
from scripts.report.html import Link, document, figure, table
from scripts.report.overview import Overview

SORT = """<script>
document.querySelectorAll('#participants th').forEach((head, column) => {
  head.tabIndex = 0;
  const sort = () => {
    const rising = head.getAttribute('aria-sort') !== 'ascending';
    document.querySelectorAll('#participants th').forEach(one => one.removeAttribute('aria-sort'));
    head.setAttribute('aria-sort', rising ? 'ascending' : 'descending');
    const value = row => row.cells[column].textContent.replaceAll(',', '');
    const body = document.querySelector('#participants tbody');
    [...body.rows].sort((a, b) => (rising ? 1 : -1) *
      value(a).localeCompare(value(b), 'en', {numeric: true})).forEach(row => body.append(row));
  };
  head.addEventListener('click', sort);
  head.addEventListener('keydown', event => { if (event.key === 'Enter') sort(); });
});
</script>
<style>#participants th { cursor: pointer; } th[aria-sort=ascending]::after { content: " ▲"; }
th[aria-sort=descending]::after { content: " ▼"; }</style>
"""


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
        f"enrolment to end, {valid:,} of them valid. Days are local days.</p>\n",
        figure(
            "wear",
            "Wear by day",
            "Hours worn. Red: a day of the enrolment without readings. Blank: outside of the "
            "enrolment (seeds/participants.csv; else from the first to the last reading).",
            figures.wear(overview),
        ),
        _participants(overview, pages),
        figure(
            "hours",
            "Wear by hour of the day",
            "The share of each hour of the clock that is covered, on the days of the enrolment.",
            figures.yield_by_hour(overview),
        ),
        figure(
            "sensitivity",
            "What the definition of a valid day changes",
            "Valid days and weeks of all participants, by the hours that make a day valid: worn at "
            "any time, or as complete hours in a row.",
            figures.sensitivity(overview),
        ),
        SORT,
    ]
    return document("Heart-rate study", overview.made_at, "".join(parts))


def _participants(overview: Overview, pages: Mapping[str, str]) -> str:
    header = (
        "Participant,First day,Last day,Days,Valid days,Minutes worn,Valid hours,"
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
            f"{100 * row.minute_yield:.0f} %",
            f"{100 * row.hour_yield:.0f} %",
            row.days_since_last_reading,
            row.late_readings,
        ]
        for row in overview.participants
    ]
    return table("participants", "Participants", header.split(","), rows)
