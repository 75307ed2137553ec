"""Read the planned parts of files into the scratch database, small files many at a time."""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
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
from loader.read.file_copy import (
    FileCopy,
    PlainShape,
    copy_document,
    copy_lines,
    rewrite_document,
)
from loader.read.parse import Incoming, LookCloserError, parse
from loader.read.scratch import Scratch
from loader.readers import Layout

BATCH_FILES = 500
BATCH_BYTES = 64 << 20
"""How much is parsed at a time: a thousand daily files cost a few statements, not a thousand."""


@dataclass(frozen=True)
class TakenPart:
    """A part of which the copy was taken.

    Attributes:
        opened: its file, or the archive that holds it, as it was when it was opened.
    """

    part: Part
    incoming: Incoming
    copy: FileCopy
    opened: DiskStatus


Taken = tuple[list[TakenPart], list[tuple[Part, LoaderError]]]
"""The copies of a batch, and the parts of which none could be taken with the reason."""

Read = tuple[list[KnownFile], list[tuple[Part, LoaderError]]]
"""What is now known of the files read, and the parts that could not be read with the reason."""


def read_parts(
    scratch: Scratch,
    opener: Opener,
    parts: Iterable[Part],
    zones: Zones,
    progress: Callable[[int], None],
    limit: RejectLimit | None = None,
) -> Read:
    """Read parts in the order in which they win: (format rank, path).

    A file with more rejected rows than ``limit`` is refused; None accepts any number.
    """
    ordered = sorted(parts, key=lambda part: (part.layout.reader.rank, part.file.name))
    known: list[KnownFile] = []
    faults: list[tuple[Part, LoaderError]] = []
    with closing(_taken_ahead(scratch, opener, _batches(ordered), progress)) as batches:
        for taken, not_taken in batches:
            failed = _parse(scratch, taken, zones, limit) if taken else []
            faults += not_taken + failed
            refused = {part.file.name for part, _ in failed}
            known += [
                _known_file(one.part, one.copy)
                for one in taken
                if one.part.file.name not in refused
            ]
            for one in taken:
                one.incoming.copy.unlink()
    return known, faults


def _taken_ahead(
    scratch: Scratch,
    opener: Opener,
    batches: Iterable[Sequence[Part]],
    progress: Callable[[int], None],
) -> Generator[Taken]:
    """Take the copies of each batch while the one before it is parsed."""
    numbers = count()
    abandoned = Event()

    def report(done: int) -> None:
        if abandoned.is_set():
            raise InterruptedError("cancelled: the consumer has stopped")
        progress(done)

    def take(batch: Sequence[Part]) -> Taken:
        taken: list[TakenPart] = []
        faults: list[tuple[Part, LoaderError]] = []
        for part in batch:
            number = next(numbers)
            try:
                taken.append(_take(scratch, opener, part, number, report))
            except CantWriteError:
                raise
            except LoaderError as fault:
                # The numbers are used again when files are read once more.
                _copy(scratch, number).unlink(missing_ok=True)
                faults.append((part, fault))
        return taken, faults

    with ThreadPoolExecutor(max_workers=1) as ahead:
        try:
            following: Future[Taken] | None = None
            for batch in batches:
                current, following = following, ahead.submit(take, batch)
                if current:
                    yield current.result()
            if following:
                yield following.result()
        finally:
            abandoned.set()


def _batches(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Neighbours of one layout that are small together."""
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
    return replace(one, data_offset=0, header_lines=0) == replace(
        other, data_offset=0, header_lines=0
    )


def _take(
    scratch: Scratch, opener: Opener, part: Part, number: int, progress: Callable[[int], None]
) -> TakenPart:
    """Take the copy of a part.

    Raises:
        FileChangedError: its file is not, or is no longer, what was planned to be read.
    """
    target = _copy(scratch, number)
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
                part.file.path if opened.plain and reader.once_a_row else None,
                PlainShape(reader.once_a_row, reader.objects_a_row),
                progress,
            )
    linked = target.is_symlink()
    if not linked:
        _require_still_the_same(part, copy, opened.status, plain=opened.plain)
    if not copy.plain:
        copy = replace(copy, rows=_rewrite(part, target))
        if linked:
            _require_still_the_same(part, copy, opened.status, plain=True)
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
        judged=part.limits_rejects,
    )
    return TakenPart(part, incoming, copy, opened.status)


def _copy(scratch: Scratch, number: int) -> Path:
    return scratch.folder / f"{number}.copy"


def _require_as_planned(part: Part, opened: OpenFile) -> None:
    """Make sure that an open file begins as the one that was planned, and has no newer last line.

    Raises:
        FileChangedError: it does not.
    """
    grown = part.file.found is not None and opened.status.size != part.file.found.size
    layout = part.layout.reader.claim(opened.head, part.file.name)
    if layout != part.layout or (part.takes_unterminated_line and grown):
        raise changed(part.file.name)


def _require_still_the_same(part: Part, copy: FileCopy, opened: DiskStatus, *, plain: bool) -> None:
    """Make sure that the file still holds what was read of it; it may have grown.

    It does if nothing happened to it since it was opened. Otherwise the blocks that were read are
    compared.

    Args:
        plain: the file lies on the disk as it is, so that its bytes are those that were read.

    Raises:
        FileChangedError: it does not, or another file has its name.
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


def _rewrite(part: Part, copy: Path) -> int:
    """Have the reader look at every part of a document; how many rows it has.

    Raises:
        BadFileError: something of it was not understood.
    """
    rewrite = part.layout.reader.rewrite
    if rewrite is None:
        raise ValueError(f"{part.layout.format} is no format of documents")
    try:
        return rewrite_document(copy, rewrite)
    except BadFileError as error:
        raise BadFileError(f"{part.file.name}: {error.what}", error.hint) from error


def _parse(
    scratch: Scratch,
    taken: Sequence[TakenPart],
    zones: Zones,
    limit: RejectLimit | None,
) -> list[tuple[Part, LoaderError]]:
    """Parse a batch, or each file alone if one can't be read. Returns the parts that failed."""
    try:
        parse(
            scratch,
            [one.incoming for one in taken],
            zones,
            lambda: _make_sure_of_the_linked(taken),
            limit,
        )
    except LookCloserError as found:
        return _parse_rewritten(scratch, taken, found.file_ids, zones, limit)
    except BadFileError as error:
        if len(taken) > 1:
            return [fault for one in taken for fault in _parse(scratch, [one], zones, limit)]
        part = taken[0].part
        if isinstance(error, (TooManyRejectedError, FileChangedError)):
            return [(part, error)]
        return [(part, BadFileError(f"{part.file.name}: {error.what}", error.hint))]
    return []


def _parse_rewritten(
    scratch: Scratch,
    taken: Sequence[TakenPart],
    file_ids: Set[int],
    zones: Zones,
    limit: RejectLimit | None,
) -> list[tuple[Part, LoaderError]]:
    """Parse a batch again once the reader has looked at some documents of it."""
    looked_at: list[TakenPart] = []
    faults: list[tuple[Part, LoaderError]] = []
    for one in taken:
        if one.incoming.file_id not in file_ids:
            looked_at.append(one)
            continue
        linked = one.incoming.copy.is_symlink()
        try:
            rows = _rewrite(one.part, one.incoming.copy)
            if linked:
                _require_still_the_same(one.part, one.copy, one.opened, plain=True)
        except BadFileError as fault:
            faults.append((one.part, fault))
        else:
            incoming = replace(one.incoming, rows=rows, rewritten=True)
            looked_at.append(replace(one, incoming=incoming))
    return faults + (_parse(scratch, looked_at, zones, limit) if looked_at else [])


def _make_sure_of_the_linked(taken: Sequence[TakenPart]) -> None:
    """Files that were parsed in place must be what was counted and fingerprinted.

    Raises:
        FileChangedError: one of them has changed.
    """
    for one in taken:
        if one.incoming.copy.is_symlink():
            _require_still_the_same(one.part, one.copy, one.opened, plain=True)


def _known_file(part: Part, copy: FileCopy) -> KnownFile:
    to_the_end = part.end is None
    tail_taken = part.takes_unterminated_line
    return KnownFile(
        name=part.file.name,
        format=part.layout.format,
        size=part.file.size,
        stamp=part.file.stamp,
        changed_ns=part.file.changed_ns,
        lines_read=part.first_line - 1 + copy.rows - tail_taken,
        unterminated_line_taken=to_the_end or tail_taken,
        fingerprint=copy.fingerprint,
    )
