"""Find the files whose spans of one participant-day overlap.

The spans are sorted, because comparing each pair of 8,000 files of one day took 27 seconds.
"""

import operator
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime

from loader.ledger.known_files import Span

BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
UNKNOWN_START = BEFORE_ALL + datetime.resolution
AFTER_ALL = datetime.max.replace(tzinfo=UTC)


def overlapping(spans: Sequence[Span], read: Collection[str]) -> set[str]:
    """The files that may share an instant with another file, if one of the two was read.

    Args:
        spans: the files' first and last instants on one participant-day. The first is None if it
            is not known, so that it may be any instant before the last. A file may have several
            spans.
        read: the names of the files that were read in this run.
    """
    by_start = sorted(spans, key=_start)
    return _reached_by_earlier(by_start, read) | _reaching_later(by_start, read)


def _reached_by_earlier(by_start: Iterable[Span], read: Collection[str]) -> set[str]:
    """Files with a span that begins before an earlier span of another file has ended."""
    found: set[str] = set()
    latest_end, latest_end_read = (_Furthest(operator.gt, BEFORE_ALL) for _ in range(2))
    for span in by_start:
        name, *_, end = span
        before = latest_end if name in read else latest_end_read
        if before.of_another(name) >= _start(span):
            found.add(name)
        latest_end.add(name, end)
        if name in read:
            latest_end_read.add(name, end)
    return found


def _reaching_later(by_start: Sequence[Span], read: Collection[str]) -> set[str]:
    """Files with a span that ends only after a later span of another file has begun."""
    found: set[str] = set()
    first_start, first_start_read = (_Furthest(operator.lt, AFTER_ALL) for _ in range(2))
    for span in reversed(by_start):
        name, *_, end = span
        after = first_start if name in read else first_start_read
        if after.of_another(name) <= end:
            found.add(name)
        first_start.add(name, _start(span))
        if name in read:
            first_start_read.add(name, _start(span))
    return found


class _Furthest:
    """The furthest instant of any file, and the furthest of any other file."""

    def __init__(self, further: Callable[[datetime, datetime], bool], none: datetime) -> None:
        self._further = further
        self._name: str | None = None
        self._instant = self._of_others = none

    def add(self, name: str, instant: datetime) -> None:
        if self._further(instant, self._instant):
            if name != self._name:
                self._of_others = self._instant
            self._name, self._instant = name, instant
        elif name != self._name and self._further(instant, self._of_others):
            self._of_others = instant

    def of_another(self, name: str) -> datetime:
        return self._of_others if name == self._name else self._instant


def _start(span: Span) -> datetime:
    first = span[-2]
    return UNKNOWN_START if first is None else first
