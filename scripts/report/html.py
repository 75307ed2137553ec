"""The parts of the report's pages: self-contained HTML, light and dark, and printable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from html import escape
from importlib.resources import files
from zoneinfo import ZoneInfo

from loader.wording import shown

ROWS_KEPT_TOGETHER = 20
"""A longer table may continue on the next printed page."""


@dataclass(frozen=True)
class Link:
    """A cell that leads to another page."""

    text: str
    page: str


def document(title: str, made_at: datetime, time_zone: str, body: str) -> str:
    """A page, with the time it was made at on the clock of the zone."""
    made = f"{local(made_at, time_zone):%Y-%m-%d %H:%M} ({text(time_zone)})"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{file_text('page.css')}</style>\n</head>\n<body>\n"
        f"<h1>{title}</h1>\n<p class=muted>Made {made}</p>\n"
        f"{body}</body>\n</html>\n"
    )


@cache
def file_text(name: str) -> str:
    """The content of a style sheet or script in this folder."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def script(name: str) -> str:
    """A script of this folder, which runs when the page is complete."""
    return f"<script type=module>\n{file_text(name)}</script>\n"


def local(instant: datetime | None, time_zone: str) -> datetime | None:
    """An instant on the clock of a zone."""
    return None if instant is None else instant.astimezone(ZoneInfo(time_zone))


def figure(name: str, title: str, caption: str, *svgs: str) -> str:
    """A figure with its title and caption; one of several parts may go over printed pages."""
    parts = "".join(f"<div class=wide>{svg}</div>\n" for svg in svgs if svg)
    return (
        f"<section{' class=long' if len(svgs) > 1 else ''}>\n<h2>{text(title)}</h2>\n"
        f'<figure id={name} role="img" aria-label="{text(title)}. {text(caption)}">\n'
        f"<figcaption>{text(caption)}</figcaption>\n{parts}</figure>\n</section>\n"
    )


def table(
    name: str,
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    about: str = "",
) -> str:
    """A table with its title.

    Args:
        about: HTML between the title and the table; without rows, instead of the table.
    """
    if not rows:
        none = about or "<p class=muted>None.</p>\n"
        return f"<section>\n<h2>{title}</h2>\n<div id={name}>{none}</div>\n</section>\n"
    head = "".join(f"<th scope=col>{text(cell)}</th>" for cell in header)
    body = "".join(
        f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>\n" for row in rows
    )
    fits_a_page = len(rows) <= ROWS_KEPT_TOGETHER
    return (
        f"<section{'' if fits_a_page else ' class=long'}>\n<h2>{title}</h2>\n{about}"
        f"<div class=wide><table id={name}>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}</tbody>\n</table></div>\n</section>\n"
    )


def text(content: str) -> str:
    """Text for the page: unprintable characters and markup are escaped."""
    return escape(shown(content))


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, Link):
        return f'<a href="{escape(value.page)}">{text(value.text)}</a>'
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return f"{value:,}" if isinstance(value, int) else text(str(value))


def hours_long(hours: float | None) -> str | None:
    """A length of time in the unit that fits it."""
    if hours is None:
        return None
    if hours < 2:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"
