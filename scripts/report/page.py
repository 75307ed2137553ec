"""The HTML page with the figures: no scripts, no network, light and dark, and printable."""

from collections.abc import Sequence
from datetime import date, datetime
from html import escape
from statistics import mean

from loader.wording import counted, shown
from scripts.report.study import Study

STYLE = """
:root { --ink: #1b1f24; --muted: #5d6673; --grid: #e3e6ea; --paper: #ffffff; --series: #0b5fa5;
  --band: #9cc3e6; --fat-burn: #f0c64a; --cardio: #d9822b; --peak: #7a2048;
  color-scheme: light dark; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --muted: #a3abb6; --grid: #343a42; --paper: #16191d; --series: #7cc0ff;
    --band: #4b83b5; --fat-burn: #f0c64a; --cardio: #e08a3a; --peak: #d46a9a; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin: 0; } h2 { margin: 2.5rem 0 0.25rem; font-size: 1.2rem; }
p { margin: 0.25rem 0 0.75rem; } .muted, figcaption { color: var(--muted); }
figure { margin: 0; } svg { display: block; width: 100%; height: auto; }
svg text { font-family: inherit; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 0.85rem; }
th, td { padding: 0.3rem 0.5rem; border-bottom: 1px solid var(--grid); text-align: right;
  white-space: nowrap; }
th { color: var(--muted); font-weight: 600; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
/* On a phone a figure stays large enough to read, and scrolls sideways. */
@media screen and (max-width: 45rem) { svg { width: 42rem; } }
@page { margin: 12mm; }
@media print { body { max-width: none; margin: 0; padding: 0; font-size: 10pt; line-height: 1.4; }
  h1 { font-size: 1.5rem; } h2 { margin-top: 1.1rem; font-size: 1.1rem; break-after: avoid; }
  section:not(.long), tr { break-inside: avoid; } .wide { overflow: visible; }
  table { font-size: 7.5pt; } th, td { padding: 0.15rem 0.3rem; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""


ROWS_KEPT_TOGETHER = 20
"""A longer table may continue on the next printed page."""


def render(study: Study) -> str:
    """The HTML of the page."""
    body = _figures(study) if study.person is not None else _EMPTY
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Heart rate</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>Heart rate</h1>\n<p class=muted>Made {study.made_at:%Y-%m-%d %H:%M} UTC</p>\n"
        f"{body}{_runs(study)}</body>\n</html>\n"
    )


_EMPTY = (
    "<h2 id=empty>No readings yet</h2>\n<p>The database holds no heart-rate readings. "
    "Put files into the data folder, run <code>make ingest</code>, then "
    "<code>make report</code>.</p>\n"
)


def _figures(study: Study) -> str:
    # Takes half a second, which the page of an empty database doesn't need.
    from scripts.report import figures

    rested = [row.resting_bpm for row in study.days if row.resting_bpm is not None]
    last = study.minutes[0].minute.date()
    busiest = max(study.hours_of_week, key=lambda row: row.mean_bpm)
    quietest = min(study.hours_of_week, key=lambda row: row.mean_bpm)
    valid = sum(row.is_valid_day for row in study.days)
    parts = [
        f"<p>Participant <strong>{_text(study.person.participant_id)}</strong>, times in "
        f"{_text(study.person.time_zone)}.</p>\n",
        _coverage(study),
        _figure(
            "resting",
            "Resting heart rate",
            f"One point per day, and the median of the week around it. Last 30 days: "
            f"{mean(rested[-30:]):.0f} bpm."
            if rested
            else f"No day has {counted(study.person.resting_minutes, 'covered minute')} in a row.",
            figures.resting(study) if rested else "",
        ),
        _figure(
            "day",
            f"A day by the minute: {last:%A, %-d %B %Y}",
            f"The mean of each minute, and its lowest to highest reading; "
            f"{min(row.min_bpm for row in study.minutes):.0f} to "
            f"{max(row.max_bpm for row in study.minutes):.0f} bpm. The line is interrupted where "
            "there are no readings.",
            figures.day(study),
        ),
        _figure(
            "week",
            "Hours of the week",
            f"Highest on {_hour(busiest)} ({busiest.mean_bpm:.0f} bpm), lowest on "
            f"{_hour(quietest)} ({quietest.mean_bpm:.0f} bpm).",
            figures.week(study),
        ),
        _figure(
            "zones",
            "Time in zones by week",
            "Hours above rest in Fitbit's zones, up to the last 53 weeks.",
            figures.zones(study),
        ),
        _figure(
            "calendar",
            "Coverage",
            f"{counted(len(study.days), 'day')} with readings, {valid:,} of them valid (worn "
            f"{study.person.valid_day_hours:g} h or more). A cross marks a day without readings.",
            figures.calendar(study),
        ),
        _gaps(study),
    ]
    return "".join(parts)


def _figure(name: str, title: str, caption: str, svg: str) -> str:
    return (
        f'<section>\n<h2>{_text(title)}</h2>\n<figure id={name} role="img" '
        f'aria-label="{_text(title)}. {_text(caption)}">\n'
        f"<figcaption>{_text(caption)}</figcaption>\n<div class=wide>{svg}</div>\n"
        "</figure>\n</section>\n"
    )


def _hour(row: object) -> str:
    from scripts.report.figures import WEEKDAYS

    return f"{WEEKDAYS[row.weekday - 1]} at {row.hour_of_day}:00"  # type: ignore[attr-defined]


def _coverage(study: Study) -> str:
    header = "Participant,First reading,Last reading,Days,Valid days,Longest gap,Arrived,Late"
    return _table(
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
                _hours(row.longest_gap_hours),
                row.latest_arrival,
                row.late_readings,
            ]
            for row in study.coverage
        ],
    )


def _gaps(study: Study) -> str:
    return _table(
        "gaps",
        "The longest gaps",
        ["From", "To", "Length"],
        [[row.gap_start, row.gap_end, _hours(row.hours)] for row in study.gaps],
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
    return _table("runs", "The last runs", header.split(","), rows)


def _table(name: str, title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return f"<h2>{title}</h2>\n<p id={name} class=muted>None.</p>\n"
    head = "".join(f"<th scope=col>{cell}</th>" for cell in header)
    body = "".join(
        f"<tr>{''.join(f'<td>{_text(_cell(cell))}</td>' for cell in row)}</tr>\n" for row in rows
    )
    fits_a_page = len(rows) <= ROWS_KEPT_TOGETHER
    return (
        f"<section{'' if fits_a_page else ' class=long'}>\n<h2>{title}</h2>\n"
        f"<div class=wide><table id={name}>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}</tbody>\n</table></div>\n</section>\n"
    )


def _text(text: str) -> str:
    """Text for the page: unprintable characters and markup are escaped."""
    return escape(shown(text))


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _hours(hours: float | None) -> str | None:
    if hours is None:
        return None
    if hours < 2:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"
