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
from loader.read.date_order import DateOrder, date_order
from loader.read.file_copy import (
    FileCopy,
    copy_document,
    copy_lines,
    rewrite_document,
)
from loader.read.parse import Incoming, RewriteNeededError, parse
from loader.read.scratch import Scratch
from loader.readers import Layout

BATCH_FILES = 500
BATCH_BYTES = 64 << 20
"""Files are parsed in batches: a thousand daily files take a few statements, not a thousand."""


@dataclass(frozen=True)
class CopiedPart:
    """A copied part.

    Attributes:
        opened: the status of its file, or of the archive that contains it, when it was opened.
        dates: the order of its dates; None if its format has no such dates.
    """

    part: Part
    incoming: Incoming
    copy: FileCopy
    opened: DiskStatus
    dates: DateOrder | None = None


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
                one.incoming.copy.unlink()
            for one in parsed:
                read.files.append(_known_file(one.part, one.copy, one.dates))
                read.limits += _file_limits(one.part, one.copy)
    return read


def _with_date_orders(
    scratch: Scratch, copied: Sequence[CopiedPart]
) -> tuple[list[CopiedPart], list[tuple[Part, LoaderError]]]:
    """The copies with the orders of their dates, and the parts that contradict themselves."""
    dated: list[CopiedPart] = []
    faults: list[tuple[Part, LoaderError]] = []
    for one in copied:
        try:
            order = date_order(scratch, one.part, one.incoming)
        except BadFileError as fault:
            faults.append((one.part, fault))
            continue
        if order is None:
            dated.append(one)
            continue
        layout = replace(one.incoming.layout, day_first=order.day_first)
        dated.append(replace(one, incoming=replace(one.incoming, layout=layout), dates=order))
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
    linked = target.is_symlink()
    if not linked:
        _require_unchanged(part, copy, opened.status, plain=opened.plain)
    if not copy.plain:
        copy = _rewritten(part, target, copy)
        if linked:
            _require_unchanged(part, copy, opened.status, plain=True)
    incoming = Incoming(
        file_id=number,
        name=part.file.name,
        layout=part.layout,
        copy=target,
        participant_id=part.owner.participant_id,
        first_level=part.first_level,
        rows=copy.rows,
        first_line=part.first_line,
        appended=part.appended,
        path=part.file.path,
        rewritten=not copy.plain,
        has_line_relation=copy.has_line_relation,
        limits_rejects=part.limits_rejects,
        zone_limits=len(copy.limits),
        prefer=part.file.settings.prefer,
    )
    return CopiedPart(part, incoming, copy, opened.status)


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


def _require_unchanged(part: Part, copy: FileCopy, opened: DiskStatus, *, plain: bool) -> None:
    """Check that the file still contains the bytes that were read; it may have grown.

    If its status has changed since it was opened, the blocks that were read are compared.

    Args:
        plain: the file is neither compressed nor in an archive, so its blocks can be compared.

    Raises:
        FileChangedError: the bytes changed, or another file has its name.
    """
    file = part.file
    try:
        if DiskStatus.of(file.path.stat()) == opened:
            return
        with file.path.open("rb") as stream:
            same_file = DiskStatus.of(os.fstat(stream.fileno())).may_continue(opened)
            if same_file and plain and copy.fingerprint.matches(stream, start=part.start):
                return
    except OSError as error:
        raise changed(file.name) from error
    raise changed(file.name)


def _rewritten(part: Part, target: Path, copy: FileCopy) -> FileCopy:
    """Check every part of a document and rewrite its copy.

    Raises:
        BadFileError: the reader doesn't understand a part of it.
    """
    rewrite = part.layout.reader.rewrite
    if rewrite is None:
        raise ValueError(f"{part.layout.format} isn't a format of documents")
    try:
        found = rewrite_document(target, part.file.name, rewrite)
    except BadFileError as error:
        raise BadFileError(f"{part.file.name}: {error.what}", error.hint) from error
    return replace(
        copy, rows=found.rows, plain=False, continues=found.continues, limits=found.limits
    )


def _parse(
    scratch: Scratch, copied: Iterable[CopiedPart], zones: Zones, limit: RejectLimit | None
) -> CopiedBatch:
    """Parse a batch; return the parts that were parsed, and those that failed."""
    neighbours = groupby(copied, key=lambda one: one.incoming.relation)
    return _joined(_parse_alike(scratch, list(alike), zones, limit) for _, alike in neighbours)


def _parse_alike(
    scratch: Scratch, copied: list[CopiedPart], zones: Zones, limit: RejectLimit | None
) -> CopiedBatch:
    """Parse copies that one relation reads, or each of them alone if one can't be read."""
    try:
        parse(
            scratch,
            [one.incoming for one in copied],
            zones,
            lambda: _require_linked_unchanged(copied),
            limit,
        )
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
            rewritten.append(_rewrite_part(one) if one.incoming.file_id in file_ids else one)
        except BadFileError as fault:
            faults.append((one.part, fault))
    return rewritten, faults


def _rewrite_part(one: CopiedPart) -> CopiedPart:
    linked = one.incoming.copy.is_symlink()
    copy = _rewritten(one.part, one.incoming.copy, one.copy)
    if linked:
        _require_unchanged(one.part, copy, one.opened, plain=True)
    incoming = replace(one.incoming, rows=copy.rows, rewritten=True, zone_limits=len(copy.limits))
    return replace(one, incoming=incoming, copy=copy)


def _require_linked_unchanged(copied: Sequence[CopiedPart]) -> None:
    """Check that files parsed in place are still what was counted and fingerprinted.

    Raises:
        FileChangedError: one of them has changed.
    """
    for one in copied:
        if one.incoming.copy.is_symlink():
            _require_unchanged(one.part, one.copy, one.opened, plain=True)


def _file_limits(part: Part, copy: FileCopy) -> list[FileLimits]:
    rank, who = part.layout.reader.rank, part.owner.participant_id
    return [FileLimits(part.file.name, who, rank, *astuple(of_day)) for of_day in copy.limits]


def _known_file(part: Part, copy: FileCopy, dates: DateOrder | None) -> KnownFile:
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
