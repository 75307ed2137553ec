"""Read the planned parts of files into the scratch database, small files many at a time."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from loader.errors import BadFileError, CantWriteError, LoaderError, TooManyRejectedError
from loader.files import DataFile, Opener
from loader.fingerprint import Fingerprint
from loader.ledger import KnownFile
from loader.participants import Owner, Zones
from loader.readers import Layout
from loader.rejects import RejectLimit
from loader.snapshot import (
    PlainShape,
    Snapshot,
    rewrite_document,
    take_document,
    take_snapshot,
)

if TYPE_CHECKING:
    from loader.parsing import Incoming
    from loader.scratch import Scratch

BATCH_FILES = 500
BATCH_BYTES = 64 << 20
"""How much is parsed at a time: a thousand daily files cost a few statements, not a thousand."""


@dataclass(frozen=True)
class Part:
    """The part of a file that is to be read.

    Attributes:
        file, layout, owner: what it is, and whose where its rows do not say.
        start: the byte at which its first row begins.
        end: the byte behind its last whole line; None for all of a document or a compressed file.
        tail_end: larger than ``end`` where a last line without its newline is taken too.
        first_line: the number of its first line in the file.
        appended: it continues what is already in; else it is the whole file.
        known: the fingerprint of what is before it.
        judged: whether it may have too many rejected rows; what was loaded as it is may have.
    """

    file: DataFile
    layout: Layout
    owner: Owner
    start: int
    end: int | None
    tail_end: int
    first_line: int
    appended: bool
    known: Fingerprint
    judged: bool = True

    @property
    def size(self) -> int:
        """How many bytes it has; of a file compressed by gzip, compressed."""
        return self.tail_end - self.start

    @property
    def typed(self) -> bool:
        """Whether it is a plain file that DuckDB's own CSV reader can read, too."""
        return self.layout.reader.typed and self.end is not None

    @property
    def first_level(self) -> str | None:
        """The first folder or archive it is in, if another one may be another person's."""
        if self.owner.told and not self.layout.reader.names_participants:
            return None
        return self.owner.first_level or None


def whole_part(
    file: DataFile, layout: Layout, owner: Owner, end: int | None, tail_end: int
) -> Part:
    """All of a file."""
    return Part(
        file=file,
        layout=layout,
        owner=owner,
        start=layout.data_offset,
        end=end,
        tail_end=tail_end,
        first_line=layout.header_lines + 1,
        appended=False,
        known=Fingerprint(),
    )


Taken = tuple["list[tuple[Part, Incoming, Snapshot]]", list[tuple[Part, LoaderError]]]
"""The snapshots of a batch, and the parts of which none could be taken with the reason."""

Read = tuple[list[KnownFile], list[tuple[Part, LoaderError]]]
"""What is now known of the files read, and the parts that could not be read with the reason."""


def read_part_batches(
    scratch: "Scratch",
    opener: Opener,
    parts: Iterable[Part],
    zones: Zones,
    progress: Callable[[int], None],
    limit: RejectLimit | None = None,
) -> Read:
    """Read parts in the order in which they win: (format rank, path).

    A file is refused where the limit of rejected rows says so; None takes any number.
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
                _known_file(part, snapshot)
                for part, _, snapshot in taken
                if part.file.name not in refused
            ]
            for _, incoming, _ in taken:
                incoming.snapshot.unlink()
    return known, faults


def _taken_ahead(
    scratch: "Scratch",
    opener: Opener,
    batches: Iterable[Sequence[Part]],
    progress: Callable[[int], None],
) -> Generator[Taken]:
    """Take the snapshots of each batch while the one before it is parsed."""
    numbers = count()
    abandoned = Event()

    def told(done: int) -> None:
        if abandoned.is_set():
            raise InterruptedError("nobody waits for this snapshot any more")
        progress(done)

    def take(batch: Sequence[Part]) -> Taken:
        taken: list[tuple[Part, Incoming, Snapshot]] = []
        faults: list[tuple[Part, LoaderError]] = []
        for part in batch:
            try:
                taken.append((part, *_take(scratch, opener, part, next(numbers), told)))
            except CantWriteError:
                raise
            except LoaderError as fault:
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
    scratch: "Scratch", opener: Opener, part: Part, number: int, progress: Callable[[int], None]
) -> "tuple[Incoming, Snapshot]":
    """Take the snapshot of a part."""
    from loader.parsing import Incoming

    target = scratch.folder / f"{number}.snapshot"
    reader = part.layout.reader
    with opener.open(part.file) as opened:
        if reader.lines:
            snapshot = take_snapshot(
                opened.stream, target, part.start, part.end, part.tail_end, part.known, progress
            )
        else:
            snapshot = take_document(
                opened.stream,
                target,
                part.file.path if opened.plain and reader.once_a_row else None,
                PlainShape(reader.once_a_row, reader.objects_a_row),
                progress,
            )
    if not snapshot.plain:
        snapshot = replace(snapshot, rows=_rewrite(part, target))
    incoming = Incoming(
        file_id=number,
        name=part.file.name,
        layout=part.layout,
        snapshot=target,
        participant_id=part.owner.participant_id,
        first_level=part.first_level,
        rows=snapshot.rows,
        first_line=part.first_line,
        appended=part.appended,
        path=part.file.path,
        rewritten=not snapshot.plain,
        judged=part.judged,
    )
    return incoming, snapshot


def _rewrite(part: Part, snapshot: Path) -> int:
    """Have the reader look at every part of a document; how many rows it has.

    Raises:
        BadFileError: something of it was not understood, or it has changed.
    """
    rewrite = part.layout.reader.rewrite
    if rewrite is None:
        raise ValueError(f"{part.layout.format} is no format of documents")
    linked = snapshot.is_symlink()
    try:
        rows = rewrite_document(snapshot, rewrite)
        if linked:
            _make_sure_of(part, part.file.path)
    except BadFileError as error:
        raise BadFileError(f"{part.file.name}: {error.what}", error.hint) from error
    return rows


def _parse(
    scratch: "Scratch",
    taken: "Sequence[tuple[Part, Incoming, Snapshot]]",
    zones: Zones,
    limit: RejectLimit | None,
) -> list[tuple[Part, LoaderError]]:
    """Parse a batch; where one file of it can't be read, each by itself. Returns those."""
    from loader.parsing import LookCloserError

    try:
        scratch.parse(
            [incoming for _, incoming, _ in taken],
            zones,
            lambda: _make_sure_of_the_linked(taken),
            limit,
        )
    except LookCloserError as found:
        return _parse_rewritten(scratch, taken, found.file_ids, zones, limit)
    except BadFileError as error:
        if len(taken) > 1:
            return [fault for one in taken for fault in _parse(scratch, [one], zones, limit)]
        part = taken[0][0]
        if isinstance(error, TooManyRejectedError):
            return [(part, error)]
        return [(part, BadFileError(f"{part.file.name}: {error.what}", error.hint))]
    return []


def _parse_rewritten(
    scratch: "Scratch",
    taken: "Sequence[tuple[Part, Incoming, Snapshot]]",
    file_ids: Set[int],
    zones: Zones,
    limit: RejectLimit | None,
) -> list[tuple[Part, LoaderError]]:
    """Parse a batch again once the reader has looked at some documents of it."""
    looked_at: list[tuple[Part, Incoming, Snapshot]] = []
    faults: list[tuple[Part, LoaderError]] = []
    for part, incoming, snapshot in taken:
        if incoming.file_id not in file_ids:
            looked_at.append((part, incoming, snapshot))
            continue
        try:
            rows = _rewrite(part, incoming.snapshot)
        except BadFileError as fault:
            faults.append((part, fault))
        else:
            looked_at.append((part, replace(incoming, rows=rows, rewritten=True), snapshot))
    return faults + (_parse(scratch, looked_at, zones, limit) if looked_at else [])


def _make_sure_of_the_linked(taken: "Sequence[tuple[Part, Incoming, Snapshot]]") -> None:
    """Files that were parsed where they lie must be what was counted and fingerprinted.

    Raises:
        BadFileError: one of them has changed.
    """
    for part, incoming, _ in taken:
        if incoming.snapshot.is_symlink():
            _make_sure_of(part, incoming.snapshot)


def _make_sure_of(part: Part, path: Path) -> None:
    now = path.stat()
    if (now.st_size, now.st_mtime_ns) != (part.file.size, part.file.stamp):
        raise BadFileError(
            "it changed while it was read",
            "something is writing it: run again when that has ended",
        )


def _known_file(part: Part, snapshot: Snapshot) -> KnownFile:
    to_the_end = part.end is None
    tail_taken = part.end is not None and part.tail_end > part.end
    return KnownFile(
        name=part.file.name,
        format=part.layout.format,
        size=part.file.size,
        stamp=part.file.stamp,
        lines_read=part.first_line - 1 + snapshot.rows - tail_taken,
        unterminated_line_taken=to_the_end or tail_taken,
        fingerprint=snapshot.fingerprint,
    )
