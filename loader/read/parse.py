"""Parse copies of files into the scratch database, and keep the rejected rows."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import duckdb

from loader.errors import COPY_AGAIN, BadFileError, BrokenInvariantError, TooManyRejectedError
from loader.find.participants import Zones
from loader.find.reject_limit import KEPT_PER_FILE, KEPT_PER_RUN, RejectLimit
from loader.ledger.known_files import RejectedRow
from loader.read.local_times import convert_local_times
from loader.read.scratch import Scratch
from loader.readers import Layout
from loader.sql import statement
from loader.wording import counted

MOST_LISTED_DEVICES = 100
"""Of the files of a batch; nobody has more, but a column may have something else."""


@dataclass(frozen=True)
class Incoming:
    """A copy of a file to parse.

    Attributes:
        file_id: its place in the order of precedence; the copy is named after it.
        name, layout, copy: the file's name and layout, and the path of the copy.
        path: the file's path, for the ``inspect`` command in a hint.
        participant_id: the participant, if the rows don't name one.
        first_level: the first folder or archive that contains it, if others may be of other people.
        rows: the number of its rows, counted independently of the parser.
        first_line: the number of its first row in the file.
        appended: it continues rows that are already loaded.
        rewritten: its reader has checked and rewritten it (documents only).
        has_line_relation: it is a plain document of one line, for which its format has a relation.
        limits_rejects: too many rejected rows refuse the file; not if it is loaded unchanged.
        zone_limits: the number of limits of zones in it, which count as good rows.
        prefer: the devices that its settings prefer, the most trusted first.
    """

    file_id: int
    name: str
    layout: Layout
    copy: Path
    participant_id: str
    first_level: str | None
    rows: int
    first_line: int
    appended: bool
    path: Path | None = None
    rewritten: bool = False
    has_line_relation: bool = False
    limits_rejects: bool = True
    zone_limits: int = 0
    prefer: tuple[str, ...] = ()

    @property
    def relation(self) -> str:
        """The name of the macros that read the copy."""
        if self.rewritten:
            return self.layout.rewritten_relation
        return self.layout.relation + ("_of_one_line" if self.has_line_relation else "")


class RewriteNeededError(Exception):
    """Documents have rejected rows, or not as many rows as were counted.

    DuckDB may have skipped parts of them, so their reader has to check and rewrite them first.
    """

    def __init__(self, file_ids: Set[int]) -> None:
        super().__init__(file_ids)
        self.file_ids = file_ids


def parse(
    scratch: Scratch,
    files: Sequence[Incoming],
    zones: Zones,
    make_sure: Callable[[], None],
    limit: RejectLimit | None = None,
) -> None:
    """Parse copies that one relation reads into ``readings``, all of them or none.

    Args:
        scratch: the database to fill.
        files: the copies, in order of precedence.
        zones: the participants' time zones.
        make_sure: called after parsing and before the commit; may raise BadFileError.
        limit: the limit of rejected rows for each file; None for no limit.

    Raises:
        BadFileError: a file can't be read to its end, or has too many rejected rows.
        RewriteNeededError: documents have to be rewritten first.
        BrokenInvariantError: a line did not become exactly one row.
    """
    # DuckDB reserves 32 MB for each document, of which it uses a thirtieth. With a lower limit it
    # would return them to the system after every file.
    is_document = not files[0].layout.reader.lines
    scratch.limit_memory(scratch.memory * (2 if is_document else 1))
    with scratch.transaction():
        first_rowid = scratch.value("select count(*) from readings")
        _read(scratch, files, zones)
        readings = _readings_of(scratch, files)
        for file in files:
            _refuse_if_too_many_rejected(scratch, file, readings[file.file_id], limit)
        make_sure()
    for file in files:
        if readings[file.file_id] < file.rows:
            _keep_rejected(scratch, file, first_rowid, file.rows - readings[file.file_id])
        first_rowid += file.rows


def rejected_rows(scratch: Scratch) -> list[RejectedRow]:
    """Return the rejected rows that were kept."""
    return [RejectedRow(*row) for row in scratch.rows(statement("read/rejected_rows"))]


def _read(scratch: Scratch, files: Sequence[Incoming], zones: Zones) -> None:
    scratch.fill(
        "files",
        [
            (file.file_id, file.name, file.appended, file.first_level, file.layout.reader.rank)
            for file in files
        ],
    )
    layout, reader = files[0].layout, files[0].layout.reader
    if reader.times == "UTC" and not reader.names_participants and not layout.names_devices:
        _read_rows(scratch, files)
        return
    scratch.execute(statement("read/clock_tables"))
    _read_clocks(scratch, files)
    if layout.names_devices:
        _name_devices(scratch, files)
        return
    scratch.execute(statement("read/name_sources"))
    zone = "UTC" if reader.times == "UTC" else files[0].layout.zone
    convert_local_times(scratch, Zones({}, default=zone) if zone else zones)


def _read_rows(scratch: Scratch, files: Sequence[Incoming]) -> None:
    """Read files with instants, each of one participant; a file is a source."""
    known = scratch.value("select count(*) from sources")
    sources = {file.file_id: source_id for source_id, file in enumerate(files, start=known)}
    scratch.fill(
        "sources",
        [(sources[file.file_id], file.file_id, file.participant_id, "") for file in files],
    )
    _read_copies(scratch, "read/read_rows", files, sources)


def _read_clocks(scratch: Scratch, files: Sequence[Incoming]) -> None:
    """Read files with local times, or with rows that name a participant or a device."""
    participants = {file.file_id: file.participant_id for file in files}
    query = "read/read_devices" if files[0].layout.names_devices else "read/read_clocks"
    _read_copies(scratch, query, files, participants)


def _name_devices(scratch: Scratch, files: Sequence[Incoming]) -> None:
    """Move rows that may name a device from ``clocks`` to ``readings``."""
    scratch.execute(statement("read/name_devices"))
    if scratch.value("select count(*) from clock_devices") > MOST_LISTED_DEVICES:
        scratch.execute(statement("read/rows_of_many_devices"))
    else:
        first, last = files[0].file_id, files[-1].file_id
        bounds = {"first_file": first, "last_file": last}
        scratch.execute(statement("read/sources_of_files"), bounds)
        scratch.execute(statement("read/rows_of_devices"), {"first_file": first})
    scratch.fill("preferred_devices", _preferred_devices(files))


def _preferred_devices(files: Sequence[Incoming]) -> list[tuple[object, ...]]:
    return [
        (file.file_id, place, device)
        for file in files
        for place, device in enumerate(file.prefer, start=1)
    ]


def _read_copies(
    scratch: Scratch, query: str, files: Sequence[Incoming], owners: Mapping[int, object]
) -> None:
    """Read the copies; ``owners`` maps a file's id to its source or participant."""
    layout = files[0].layout
    copies = [str(file.copy) for file in files if file.rows]
    if not copies:
        return
    first, last = files[0].file_id, files[-1].file_id
    try:
        scratch.execute(
            statement(query).format(relation=files[0].relation),
            {
                "owners": [owners.get(number) for number in range(first, last + 1)],
                "first_file": first,
                "copies": copies,
                "delimiter": layout.delimiter,
                "columns": layout.described_columns,
            },
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise BadFileError(
            f"it can't be read to its end ({' '.join(str(error).split())[:200]})", COPY_AGAIN
        ) from error


def _readings_of(scratch: Scratch, files: Sequence[Incoming]) -> dict[int, int]:
    """Count the readings of each file, and check that each of its rows was parsed."""
    counts = scratch.rows(statement("read/rows_of_files"), {"first_file": files[0].file_id})
    parsed = {file_id: (rows, readings) for file_id, rows, readings in counts}
    unchecked = {
        file.file_id
        for file in files
        if file.layout.reader.rewrite
        and not file.rewritten
        and parsed.get(file.file_id, (0, 0)) != (file.rows, file.rows)
    }
    if unchecked:
        raise RewriteNeededError(unchecked)
    for file in files:
        rows, _ = parsed.setdefault(file.file_id, (0, 0))
        if rows != file.rows and file.layout.reader.lines:
            raise BrokenInvariantError(
                f"{file.name}: {file.rows} lines were read but {rows} were parsed",
                "this is a bug in the loader; please report it with the file's first lines",
            )
        if rows != file.rows:
            raise BadFileError(
                f"it has {counted(file.rows, 'row')}; {rows:,} can be read", COPY_AGAIN
            )
    return {file_id: readings for file_id, (_, readings) in parsed.items()}


def _refuse_if_too_many_rejected(
    scratch: Scratch, file: Incoming, readings: int, limit: RejectLimit | None
) -> None:
    most = file.rows - readings
    # Counting the blank lines reads the copy again, so the cheap checks come first.
    if limit is None or not file.limits_rejects or not most:
        return
    rows = file.rows + file.zone_limits
    if not limit.is_exceeded(most, rows, appended=file.appended):
        return
    blank = _blank_lines(scratch, file)
    rejected, read = most - blank, rows - blank
    if not limit.is_exceeded(rejected, read, appended=file.appended):
        return
    first = scratch.rows(
        statement("read/first_rejected").format(relation=file.relation),
        _parameters(file),
    )
    number, _, reason = first[0] if first else (1, "", "not understood")
    accept = (
        f"; make ingest ARGS='--max-rejected {rejected}' loads its {readings:,} good rows"
        if readings
        else ""
    )
    raise TooManyRejectedError(
        f"{rejected:,} of {read:,} rows were rejected, the first in {file.name}, line "
        f"{number - 1 + file.first_line}: {reason}",
        f"make inspect FILE='{file.path or file.name}' shows the reasons{accept}",
    )


def _blank_lines(scratch: Scratch, file: Incoming) -> int:
    if not file.layout.reader.lines:
        return 0
    return scratch.value(statement("read/blank_lines"), {"copy": str(file.copy)})


def _parameters(file: Incoming) -> dict[str, object]:
    return {
        "copy": str(file.copy),
        "delimiter": file.layout.delimiter,
        "columns": file.layout.described_columns,
    }


def _keep_rejected(scratch: Scratch, file: Incoming, first_rowid: int, most: int) -> None:
    """Keep the rejected rows, in a second pass over the copy.

    Args:
        first_rowid: the rowid of the file's first row in ``readings``.
        most: the number of its rows without a reading; some may be blank lines.
    """
    kept = scratch.value("select count(*) from rejected")
    room = min(KEPT_PER_FILE, max(0, KEPT_PER_RUN - kept))
    blank = _blank_lines(scratch, file) if most > room else 0
    scratch.execute(
        statement("read/reject").format(relation=file.relation),
        {
            **_parameters(file),
            "file_id": file.file_id,
            "first_row": file.first_line,
            "first_rowid": first_rowid,
            "looked_at": room + blank,
            "most": room,
        },
    )
    added = scratch.value("select count(*) from rejected") - kept
    rejected = added if most <= room else most - blank
    scratch.fill("rejected_counts", [(file.file_id, rejected)] if rejected else [])
