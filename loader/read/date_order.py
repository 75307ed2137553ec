"""Decide over a whole file whether its dates have the month first or the day first."""

from loader.errors import EXPORT_AGAIN, BadFileError
from loader.read.copied_part import CopiedPart, DateOrder
from loader.read.scratch import Scratch
from loader.sql import statement


def date_order(scratch: Scratch, copied: CopiedPart) -> DateOrder | None:
    """The order of the dates of a copy; None if the format has no such dates.

    Raises:
        BadFileError: the file contradicts itself, or the rows that are loaded.
    """
    part, name = copied.part, copied.name
    if not part.layout.reader.date_column:
        return None
    month, day = _first_lines(scratch, copied) if copied.copy.rows else (None, None)
    if month is not None and day is not None:
        raise BadFileError(
            f"{name}: the date in line {month} exists only with the month first, that in line "
            f"{day} only with the day first",
            EXPORT_AGAIN,
        )
    loaded = part.loaded_day_first
    if month is None and day is None:
        by_settings = part.file.settings.day_first
        order = DateOrder(bool(loaded if part.appended else by_settings), None)
    else:
        order = DateOrder(day is not None, day if month is None else month)
    if loaded is not None and loaded != order.day_first:
        raise _contradicts_loaded(name, order)
    return order


def _first_lines(scratch: Scratch, copied: CopiedPart) -> tuple[int | None, int | None]:
    """The first lines of the file that show the month first, and the day first."""
    ((month, day),) = scratch.rows(
        statement("read/date_order"),
        {
            "copy": str(copied.path),
            "delimiter": copied.layout.delimiter,
            "place": copied.layout.reader.date_column,
        },
    )
    before = copied.part.first_line - 1
    return month and month + before, day and day + before


def _contradicts_loaded(name: str, order: DateOrder) -> BadFileError:
    first, loaded = ("day", "month") if order.day_first else ("month", "day")
    shown = f"the date in line {order.line} has" if order.line else "no date shows more than"
    return BadFileError(
        f"{name}: {shown} the {first} first, but its rows are loaded with the {loaded} first",
        "correct the file; if it is right, run make full-refresh ARGS=--allow-shrink",
    )
