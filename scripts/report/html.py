"""The parts of the report's pages: self-contained HTML, light and dark, and printable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape

from loader.wording import shown

STYLE = """
:root { --ink: #1b1f24; --muted: #5d6673; --grid: #e3e6ea; --paper: #ffffff; --series: #0b5fa5;
  --band: #9cc3e6; --moderate: #f0c64a; --vigorous: #d9822b; --peak: #7a2048;
  color-scheme: light dark; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --muted: #a3abb6; --grid: #343a42; --paper: #16191d; --series: #7cc0ff;
    --band: #4b83b5; --moderate: #f0c64a; --vigorous: #e08a3a; --peak: #d46a9a; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin: 0; } h2 { margin: 2.5rem 0 0.25rem; font-size: 1.2rem; }
p { margin: 0.25rem 0 0.75rem; } .muted, figcaption { color: var(--muted); }
figure { margin: 0; } svg { display: block; width: 100%; height: auto; }
svg text { font-family: inherit; } svg image { image-rendering: pixelated; }
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
  section:not(.long), figure .wide, tr { break-inside: avoid; } .wide { overflow: visible; }
  .screen { display: none; }
  table { font-size: 7.5pt; } th, td { padding: 0.15rem 0.3rem; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""


ROWS_KEPT_TOGETHER = 20
"""A longer table may continue on the next printed page."""


@dataclass(frozen=True)
class Link:
    """A cell that leads to another page."""

    text: str
    page: str


def document(title: str, made_at: datetime, body: str) -> str:
    """A page."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{title}</h1>\n<p class=muted>Made {made_at:%Y-%m-%d %H:%M} UTC</p>\n"
        f"{body}</body>\n</html>\n"
    )


def figure(name: str, title: str, caption: str, *svgs: str) -> str:
    """A figure with its title and caption; one of several parts may go over printed pages."""
    parts = "".join(f"<div class=wide>{svg}</div>\n" for svg in svgs)
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
        about: HTML between the title and the table.
    """
    if not rows:
        return f"<h2>{title}</h2>\n<p id={name} class=muted>None.</p>\n"
    head = "".join(f"<th scope=col>{cell}</th>" for cell in header)
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
