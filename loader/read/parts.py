"""Read the planned parts of files into the scratch database, small files many at a time."""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import astuple, dataclass, field, replace
from itertools import count, groupby
from pathlib import Path
from threading import Event

from loader.errors import (
    BadFileError,
    CantWriteError,
    FileChangedError,
    LoaderError,
    TooManyRejectedError,
)
from loader.find.disk_status import DiskStatus, changed
from loader.find.opener import Opener
from loader.find.part import Part
from loader.find.participants import Zones
from loader.find.recognition import OpenFile
from loader.find.reject_limit import RejectLimit
from loader.ledger.known_files import KnownFile
from loader.ledger.zone_limits import FileLimits
from loader.read.copied_part import CopiedPart
from loader.read.date_order import date_order
from loader.read.file_copy import copy_document, copy_lines, rewrite_document
from loader.read.parse import RewriteNeededError, parse
from loader.read.scratch import Scratch
from loader.readers import Layout

BATCH_FILES = 500
BATCH_BYTES = 64 << 20
"""Files are parsed in batches: a thousand daily files take a few statements, not a thousand."""


CopiedBatch = tuple[list[CopiedPart], list[tuple[Part, LoaderError]]]
"""The good copies of a batch, and the parts that failed, each with the reason."""


@dataclass
class Read:
    """What was read.

    Attributes:
        files: the files read, as the ledger records them.
        faults: the parts that could not be read, each with the reason.
        limits: the limits of the wearers' zones in the files read.
    """

    files: list[KnownFile] = field(default_factory=list)
    faults: list[tuple[Part, LoaderError]] = field(default_factory=list)
    limits: list[FileLimits] = field(default_factory=list)


def read_parts(
    scratch: Scratch,
    opener: Opener,
    parts: Iterable[Part],
    zones: Zones,
    progress: Callable[[int], None],
    limit: RejectLimit | None = None,
) -> Read:
    """Read parts in order of precedence: (format rank, path).

    A file with more rejected rows than ``limit`` is refused; None sets no limit.
    """
    ordered = sorted(parts, key=lambda part: (part.layout.reader.rank, part.file.name))
    read = Read()
    with closing(_copied_ahead(scratch, opener, _batches(ordered), progress)) as batches:
        for copied, not_copied in batches:
            dated, undated = _with_date_orders(scratch, copied)
            parsed, failed = _parse(scratch, dated, zones, limit)
            read.faults += not_copied + undated + failed
            for one in copied:
                one.path.unlink()
            for one in parsed:
                read.files.append(_known_file(one))
                read.limits += _file_limits(one)
    return read


def _with_date_orders(
    scratch: Scratch, copied: Sequence[CopiedPart]
) -> tuple[list[CopiedPart], list[tuple[Part, LoaderError]]]:
    """The copies with the orders of their dates, and the parts that contradict themselves."""
    dated: list[CopiedPart] = []
    faults: list[tuple[Part, LoaderError]] = []
    for one in copied:
        try:
            dated.append(replace(one, dates=date_order(scratch, one)))
        except BadFileError as fault:
            faults.append((one.part, fault))
    return dated, faults


def _copied_ahead(
    scratch: Scratch,
    opener: Opener,
    batches: Iterable[Sequence[Part]],
    progress: Callable[[int], None],
) -> Generator[CopiedBatch]:
    """Copy each batch while the one before it is parsed."""
    numbers = count()
    cancelled = Event()

    def report(done: int) -> None:
        if cancelled.is_set():
            raise InterruptedError("cancelled: the consumer has stopped")
        progress(done)

    def copy(batch: Sequence[Part]) -> CopiedBatch:
        copied: list[CopiedPart] = []
        faults: list[tuple[Part, LoaderError]] = []
        for part in batch:
            number = next(numbers)
            try:
                copied.append(_copy_part(scratch, opener, part, number, report))
            except CantWriteError:
                raise
            except LoaderError as fault:
                # A second reading of the files uses the same numbers.
                _copy_path(scratch, number).unlink(missing_ok=True)
                faults.append((part, fault))
        return copied, faults

    with ThreadPoolExecutor(max_workers=1) as ahead:
        try:
            following: Future[CopiedBatch] | None = None
            for batch in batches:
                current, following = following, ahead.submit(copy, batch)
                if current:
                    yield current.result()
            if following:
                yield following.result()
        finally:
            cancelled.set()


def _batches(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Group neighbours of the same layout, up to a limited number and size."""
    batch: list[Part] = []
    size = 0
    for part in parts:
        full = len(batch) == BATCH_FILES or size > BATCH_BYTES
        if batch and (full or not _alike(batch[-1].layout, part.layout)):
            yield batch
            batch, size = [], 0
        batch.append(part)
        size += part.size
    if batch:
        yield batch


def _alike(one: Layout, other: Layout) -> bool:
    return one == replace(other, data_offset=one.data_offset, header_lines=one.header_lines)


def _copy_part(
    scratch: Scratch, opener: Opener, part: Part, number: int, progress: Callable[[int], None]
) -> CopiedPart:
    """Copy a part.

    Raises:
        FileChangedError: its file changed after it was planned or while it was copied.
    """
    target = _copy_path(scratch, number)
    reader = part.layout.reader
    with opener.open(part.file) as opened:
        _require_as_planned(part, opened)
        if reader.lines:
            copy = copy_lines(
                opened.stream, target, part.start, part.end, part.read_end, part.known, progress
            )
        else:
            copy = copy_document(
                opened.stream,
                target,
                part.file.path if opened.plain and reader.plain_shape else None,
                reader.plain_shape,
                progress,
            )
    copied = CopiedPart(number, part, target, copy, opened.status)
    if not copied.is_linked:
        _require_unchanged(copied, plain=opened.plain)
    return copied if copy.plain else _rewritten(copied)


def _copy_path(scratch: Scratch, number: int) -> Path:
    return scratch.folder / f"{number}.copy"


def _require_as_planned(part: Part, opened: OpenFile) -> None:
    """Check that an open file begins like the planned one and has no newer last line.

    Raises:
        FileChangedError: it has changed.
    """
    grown = part.file.found is not None and opened.status.size != part.file.found.size
    layout = part.layout.reader.claim(opened.head, part.file.name, part.file.settings)
    if layout != part.layout or (part.takes_unterminated_line and grown):
        raise changed(part.file.name)


def _require_unchanged(copied: CopiedPart, *, plain: bool = True) -> None:
    """Check that the file still contains the bytes that were read; it may have grown.

    If its status has changed since it was opened, the blocks that were read are compared.

    Args:
        plain: the file is neither compressed nor in an archive, so its blocks can be compared.

    Raises:
        FileChangedError: the bytes changed, or another file has its name.
    """
    path, fingerprint = copied.part.file.path, copied.copy.fingerprint
    try:
        if DiskStatus.of(path.stat()) == copied.opened:
            return
        with path.open("rb") as stream:
            same_file = DiskStatus.of(os.fstat(stream.fileno())).may_continue(copied.opened)
            if same_file and plain and fingerprint.matches(stream, start=copied.part.start):
                return
    except OSError as error:
        raise changed(copied.name) from error
    raise changed(copied.name)


def _rewritten(copied: CopiedPart) -> CopiedPart:
    """Check every part of a document and rewrite its copy.

    Raises:
        BadFileError: the reader doesn't understand a part of it.
        FileChangedError: its file has changed.
    """
    was_linked, reader = copied.is_linked, copied.layout.reader
    if reader.rewrite is None:
        raise ValueError(f"{reader.name} isn't a format of documents")
    try:
        found = rewrite_document(copied.path, copied.name, reader.rewrite)
    except BadFileError as error:
        raise BadFileError(f"{copied.name}: {error.what}", error.hint) from error
    if was_linked:
        _require_unchanged(copied)
    copy = replace(
        copied.copy, rows=found.rows, plain=False, continues=found.continues, limits=found.limits
    )
    return replace(copied, copy=copy)


def _parse(
    scratch: Scratch, copied: Iterable[CopiedPart], zones: Zones, limit: RejectLimit | None
) -> CopiedBatch:
    """Parse a batch; return the parts that were parsed, and those that failed."""
    neighbours = groupby(copied, key=lambda one: one.relation)
    return _joined(_parse_alike(scratch, list(alike), zones, limit) for _, alike in neighbours)


def _parse_alike(
    scratch: Scratch, copied: list[CopiedPart], zones: Zones, limit: RejectLimit | None
) -> CopiedBatch:
    """Parse copies that one relation reads, or each of them alone if one can't be read."""
    try:
        parse(scratch, copied, zones, lambda: _require_linked_unchanged(copied), limit)
    except RewriteNeededError as found:
        rewritten, failed = _rewrite_some(copied, found.file_ids)
        return _joined([([], failed), _parse(scratch, rewritten, zones, limit)])
    except BadFileError as error:
        if len(copied) > 1:
            return _joined(_parse_alike(scratch, [one], zones, limit) for one in copied)
        part = copied[0].part
        if isinstance(error, (TooManyRejectedError, FileChangedError)):
            return [], [(part, error)]
        return [], [(part, BadFileError(f"{part.file.name}: {error.what}", error.hint))]
    return copied, []


def _joined(batches: Iterable[CopiedBatch]) -> CopiedBatch:
    good: list[CopiedPart] = []
    failed: list[tuple[Part, LoaderError]] = []
    for some_good, some_failed in batches:
        good += some_good
        failed += some_failed
    return good, failed


def _rewrite_some(copied: Sequence[CopiedPart], file_ids: Set[int]) -> CopiedBatch:
    """Rewrite some documents of a batch; return the batch without those that can't be."""
    rewritten: list[CopiedPart] = []
    faults: list[tuple[Part, LoaderError]] = []
    for one in copied:
        try:
            rewritten.append(_rewritten(one) if one.file_id in file_ids else one)
        except BadFileError as fault:
            faults.append((one.part, fault))
    return rewritten, faults


def _require_linked_unchanged(copied: Sequence[CopiedPart]) -> None:
    """Check that files parsed in place are still what was counted and fingerprinted.

    Raises:
        FileChangedError: one of them has changed.
    """
    for one in copied:
        if one.is_linked:
            _require_unchanged(one)


def _file_limits(copied: CopiedPart) -> list[FileLimits]:
    rank, who = copied.layout.reader.rank, copied.part.owner.participant_id
    limits = copied.copy.limits
    return [FileLimits(copied.name, who, rank, *astuple(of_day)) for of_day in limits]


def _known_file(copied: CopiedPart) -> KnownFile:
    part, copy, dates = copied.part, copied.copy, copied.dates
    takes_tail = part.takes_unterminated_line
    return KnownFile(
        name=part.file.name,
        format=part.layout.format,
        size=part.file.size,
        stamp=part.file.stamp,
        changed_ns=part.file.changed_ns,
        lines_read=part.first_line - 1 + copy.rows - takes_tail,
        unterminated_line_taken=part.end is None or takes_tail,
        fingerprint=copy.fingerprint,
        continues=copy.continues,
        day_first=dates is not None and dates.day_first,
        settings=part.layout.reader.concerned_by(part.file.settings).text,
        date_line=dates.line if dates else None,
    )
