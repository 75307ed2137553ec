"""Parse copies of files into the scratch database, and keep the rejected rows."""

from collections.abc import Callable, Mapping, Sequence, Set

import duckdb

from loader.errors import COPY_AGAIN, BadFileError, BrokenInvariantError, TooManyRejectedError
from loader.find.participants import Zones
from loader.find.reject_limit import KEPT_PER_FILE, KEPT_PER_RUN, RejectLimit
from loader.ledger.known_files import RejectedRow
from loader.read.copied_part import CopiedPart
from loader.read.local_times import convert_local_times
from loader.read.scratch import Scratch
from loader.sql import statement
from loader.wording import counted

MOST_LISTED_DEVICES = 100
"""In the files of a batch. Nobody has more devices, but the column may contain something else."""


class RewriteNeededError(Exception):
    """Documents have rejected rows, or not as many rows as were counted.

    DuckDB may have skipped parts of them, so their reader has to check and rewrite them first.
    """

    def __init__(self, file_ids: Set[int]) -> None:
        super().__init__(file_ids)
        self.file_ids = file_ids


def parse(
    scratch: Scratch,
    files: Sequence[CopiedPart],
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
        if readings[file.file_id] < file.copy.rows:
            _keep_rejected(scratch, file, first_rowid, file.copy.rows - readings[file.file_id])
        first_rowid += file.copy.rows


def rejected_rows(scratch: Scratch) -> list[RejectedRow]:
    """Return the rejected rows that were kept."""
    return [RejectedRow(*row) for row in scratch.rows(statement("read/rejected_rows"))]


def _read(scratch: Scratch, files: Sequence[CopiedPart], zones: Zones) -> None:
    scratch.fill(
        "files",
        [
            (
                file.file_id,
                file.name,
                file.part.appended,
                file.part.first_level,
                file.layout.reader.rank,
            )
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


def _read_rows(scratch: Scratch, files: Sequence[CopiedPart]) -> None:
    """Read files with instants, each of one participant; a file is a source."""
    known = scratch.value("select count(*) from sources")
    sources = {file.file_id: source_id for source_id, file in enumerate(files, start=known)}
    scratch.fill(
        "sources",
        [
            (sources[file.file_id], file.file_id, file.part.owner.participant_id, "")
            for file in files
        ],
    )
    _read_copies(scratch, "read/read_rows", files, sources)


def _read_clocks(scratch: Scratch, files: Sequence[CopiedPart]) -> None:
    """Read files with local times, or with rows that name a participant or a device."""
    participants = {file.file_id: file.part.owner.participant_id for file in files}
    query = "read/read_devices" if files[0].layout.names_devices else "read/read_clocks"
    _read_copies(scratch, query, files, participants)


def _name_devices(scratch: Scratch, files: Sequence[CopiedPart]) -> None:
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


def _preferred_devices(files: Sequence[CopiedPart]) -> list[tuple[object, ...]]:
    return [
        (file.file_id, place, device)
        for file in files
        for place, device in enumerate(file.part.file.settings.prefer, start=1)
    ]


def _read_copies(
    scratch: Scratch, query: str, files: Sequence[CopiedPart], owners: Mapping[int, object]
) -> None:
    """Read the copies; ``owners`` maps a file's id to its source or participant."""
    layout = files[0].layout
    copies = [str(file.path) for file in files if file.copy.rows]
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


def _readings_of(scratch: Scratch, files: Sequence[CopiedPart]) -> dict[int, int]:
    """Count the readings of each file, and check that each of its rows was parsed."""
    counts = scratch.rows(statement("read/rows_of_files"), {"first_file": files[0].file_id})
    parsed = {file_id: (rows, readings) for file_id, rows, readings in counts}
    unchecked = {
        file.file_id
        for file in files
        if file.layout.reader.rewrite
        and file.copy.plain
        and parsed.get(file.file_id, (0, 0)) != (file.copy.rows, file.copy.rows)
    }
    if unchecked:
        raise RewriteNeededError(unchecked)
    for file in files:
        rows, _ = parsed.setdefault(file.file_id, (0, 0))
        if rows != file.copy.rows and file.layout.reader.lines:
            raise BrokenInvariantError(
                f"{file.name}: {file.copy.rows} lines were read but {rows} were parsed",
                "this is a bug in the loader; please report it with the file's first lines",
            )
        if rows != file.copy.rows:
            raise BadFileError(
                f"it has {counted(file.copy.rows, 'row')}; {rows:,} can be read", COPY_AGAIN
            )
    return {file_id: readings for file_id, (_, readings) in parsed.items()}


def _refuse_if_too_many_rejected(
    scratch: Scratch, file: CopiedPart, readings: int, limit: RejectLimit | None
) -> None:
    most = file.copy.rows - readings
    # Counting the blank lines reads the copy again, so the cheap checks come first.
    if limit is None or not file.part.limits_rejects or not most:
        return
    rows = file.copy.rows + len(file.copy.limits)
    if not limit.is_exceeded(most, rows, appended=file.part.appended):
        return
    blank = _blank_lines(scratch, file)
    rejected, read = most - blank, rows - blank
    if not limit.is_exceeded(rejected, read, appended=file.part.appended):
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
        f"{number - 1 + file.part.first_line}: {reason}",
        f"make inspect FILE='{file.part.file.path}' shows the reasons{accept}",
    )


def _blank_lines(scratch: Scratch, file: CopiedPart) -> int:
    if not file.layout.reader.lines:
        return 0
    return scratch.value(statement("read/blank_lines"), {"copy": str(file.path)})


def _parameters(file: CopiedPart) -> dict[str, object]:
    return {
        "copy": str(file.path),
        "delimiter": file.layout.delimiter,
        "columns": file.layout.described_columns,
    }


def _keep_rejected(scratch: Scratch, file: CopiedPart, first_rowid: int, most: int) -> None:
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
            "first_row": file.part.first_line,
            "first_rowid": first_rowid,
            "looked_at": room + blank,
            "most": room,
        },
    )
    added = scratch.value("select count(*) from rejected") - kept
    rejected = added if most <= room else most - blank
    scratch.fill("rejected_counts", [(file.file_id, rejected)] if rejected else [])
