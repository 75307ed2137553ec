"""The README of an export: what it is, when it was made, and how to read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from importlib.resources import files
from pathlib import Path
from string import Template

from loader import __version__
from loader.commands.export.files import ExportedFile
from loader.commands.export.layouts import LAYOUTS
from loader.commands.export.request import ExportRequest, Format
from loader.commands.export.source import Source
from loader.database import query
from loader.sql import statement
from loader.wording import shown

OWN = (
    "Fitbit heart-rate readings, and what was computed from them: minutes, hours, days, gaps, "
    "coverage."
)

READ_R = {
    Format.PARQUET: 'read_parquet("heart_rate_minute.parquet")',
    Format.CSV: 'read_csv_arrow("heart_rate_minute.csv")',
}

READ_PANDAS = {
    Format.PARQUET: 'pandas.read_parquet("heart_rate_minute.parquet")',
    Format.CSV: (
        'pandas.read_csv("heart_rate_minute.csv", '
        'parse_dates=["minute"], dtype={"participant_id": str})'
    ),
}


@dataclass(frozen=True)
class About:
    """What the README says of an export.

    Attributes:
        request: of the command.
        made_at: the time of the snapshot, as text.
        participants: how many.
        settings: the settings of the marts, with their values.
        files: what was written.
    """

    request: ExportRequest
    made_at: str
    participants: int
    settings: Sequence[tuple[str, Sequence[str]]]
    files: Sequence[ExportedFile]

    @classmethod
    def of(cls, request: ExportRequest, source: Source, written: Sequence[ExportedFile]) -> "About":
        """Read the settings in the transaction of the export."""
        of_marts = statement("commands/export/settings_of_marts")
        settings = query.rows(source.session, of_marts, source.values)
        made_at = f"{source.made_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        return cls(request, made_at, len(source.participants), settings, written)


def write_readme(file: Path, about: About) -> None:
    """Write the README."""
    file.write_text(_render(about), encoding="utf-8")


def _render(about: About) -> str:
    request = about.request
    if request.layout is None:
        what = OWN
        reading = _template("readme_own").substitute(
            read_r=READ_R[request.format],
            read_pandas=READ_PANDAS[request.format],
            minutes=f"heart_rate_minute.{request.format}",
        )
    else:
        layout = LAYOUTS[request.layout]
        what = layout.title
        reading = f"{layout.notes}\n\nSource of this layout: {layout.source}\n\n"
    return _template("readme").substitute(
        what=what,
        made_at=about.made_at,
        participants=_participants(about),
        range=_range(request),
        version=__version__,
        files="\n".join(f"| {_cell(file.path)} | {file.rows:,} |" for file in about.files),
        reading=reading,
        settings="\n".join(
            f"| `{name}` | {_cell(', '.join(values))} |" for name, values in about.settings
        ),
    )


def _template(name: str) -> Template:
    return Template((files(__package__) / f"{name}.md").read_text(encoding="utf-8"))


def _participants(about: About) -> str:
    if about.request.participants:
        return f"{about.participants:,}, chosen by name"
    return f"{about.participants:,}: everyone with a reading"


def _range(request: ExportRequest) -> str:
    if request.first_day is None and request.end_day is None:
        return "everything"
    first = "the first one" if request.first_day is None else f"{request.first_day}"
    last = "the last one" if request.end_day is None else f"{request.end_day - timedelta(days=1)}"
    if request.layout is not None:
        return f"{LAYOUTS[request.layout].days} from {first} to {last}"
    return (
        f"days from {first} to {last}: UTC days of readings, minutes, hours and gaps; "
        "local days of files with a column `day`"
    )


def _cell(text: str) -> str:
    """Text in a cell of a table of Markdown."""
    return shown(text).replace("\\", "\\\\").replace("|", "\\|")
