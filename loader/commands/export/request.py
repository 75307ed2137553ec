"""The request for an export."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path


class Format(StrEnum):
    """The format of the files; the value is their suffix."""

    PARQUET = "parquet"
    CSV = "csv"


@dataclass(frozen=True)
class ExportRequest:
    """What to export.

    Attributes:
        folder: the folder to create.
        format: of the files of the project's own layout.
        layout: the layout of another tool, by its name; None for the project's own.
        participants: whose data; empty for everyone.
        first_day: the first day of the range; None for the first one that there is.
        end_day: the day after the last one; None for no end. UTC days for readings, minutes, hours
            and gaps; local days for relations with a local day.
    """

    folder: Path
    format: Format = Format.PARQUET
    layout: str | None = None
    participants: tuple[str, ...] = ()
    first_day: date | None = None
    end_day: date | None = None

    def range(self) -> dict[str, str]:
        """The values of a statement's range, as Postgres reads them."""
        first = "-infinity" if self.first_day is None else f"{self.first_day}"
        end = "infinity" if self.end_day is None else f"{self.end_day}"
        return {
            "first_day": first,
            "end_day": end,
            "start": first if self.first_day is None else f"{first} 00:00:00+00",
            "end": end if self.end_day is None else f"{end} 00:00:00+00",
        }
