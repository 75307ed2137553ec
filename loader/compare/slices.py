"""Divide the rows read into slices that can be sorted within the memory limit.

DuckDB's sort and aggregate spill to the disk, but still need memory that grows with the number of
rows: an unordered year (31 million rows) ran out of memory at 128 MB. A slice contains all rows of
its participants and instants, so each slice is deduplicated separately. The slices are in the order
(participant, timestamp).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby

DAY = timedelta(days=1)


@dataclass(frozen=True)
class PersonDay:
    """The number of valid rows of one participant and UTC day.

    Attributes:
        person: the participant's number, in the order of the names.
        first_source, last_source: the sources of these rows; others may be between them.
    """

    person: int
    day: date
    rows: int
    first_source: int
    last_source: int


@dataclass(frozen=True)
class Slice:
    """The rows of consecutive participants between two instants.

    Attributes:
        start, end: the first instant, and the end (exclusive); naive UTC.
        rows: the approximate number of rows.
    """

    first_person: int
    last_person: int
    first_source: int
    last_source: int
    start: datetime
    end: datetime
    rows: int


def divide(days: Sequence[PersonDay], most_rows: int) -> list[Slice]:
    """Divide all rows into slices, in the order (participant, timestamp).

    A participant with more than ``most_rows`` rows is divided by time; others share a slice.

    Args:
        days: every participant-day, in the order (person, day).
        most_rows: the limit for the rows of a slice; only a single second may have more.
    """
    found: list[Slice] = []
    may_be_shared = False
    for _, persons_days in groupby(days, key=lambda day: day.person):
        pieces = list(_divide_person(persons_days, most_rows))
        is_whole = len(pieces) == 1
        if is_whole and may_be_shared and found[-1].rows + pieces[0].rows <= most_rows:
            pieces = [_together(found.pop(), pieces[0])]
        found += pieces
        may_be_shared = is_whole
    return found


def _divide_person(days: Iterable[PersonDay], most_rows: int) -> Iterator[Slice]:
    piece: Slice | None = None
    for part in (part for day in days for part in _parts_of_day(day, most_rows)):
        if piece is not None and piece.rows + part.rows <= most_rows:
            piece = _together(piece, part)
            continue
        if piece is not None:
            yield piece
        piece = part
    if piece is not None:
        yield piece


def _parts_of_day(day: PersonDay, most_rows: int) -> Iterator[Slice]:
    """The whole day or, if it has too many rows, equal parts of whole seconds."""
    parts = min(-(-day.rows // most_rows), DAY // timedelta(seconds=1))
    midnight = datetime.combine(day.day, time())
    bounds = [midnight + timedelta(seconds=86_400 * part // parts) for part in range(parts)]
    for start, end in zip(bounds, [*bounds[1:], midnight + DAY], strict=True):
        yield Slice(
            first_person=day.person,
            last_person=day.person,
            first_source=day.first_source,
            last_source=day.last_source,
            start=start,
            end=end,
            rows=-(-day.rows // parts),
        )


def _together(one: Slice, other: Slice) -> Slice:
    return replace(
        one,
        last_person=other.last_person,
        first_source=min(one.first_source, other.first_source),
        last_source=max(one.last_source, other.last_source),
        start=min(one.start, other.start),
        end=max(one.end, other.end),
        rows=one.rows + other.rows,
    )
