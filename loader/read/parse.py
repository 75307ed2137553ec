"""Parse copies of files into the scratch database, and keep the rows that are no readings."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import duckdb

from loader.errors import BadFileError, BrokenInvariantError, TooManyRejectedError
from loader.find.participants import Zones
from loader.find.reject_limit import KEPT_PER_FILE, KEPT_PER_RUN, RejectLimit
from loader.ledger.known_files import RejectedRow
from loader.read.local_times import read_clocks
from loader.read.scratch import Scratch
from loader.readers import Layout
from loader.sql import statement
from loader.wording import counted

AGAIN = "download or copy it again, or take it out of the folder"

IN_UTC = Zones({}, default="UTC")


@dataclass(frozen=True)
class Incoming:
    """A copy that is to be parsed.

    Attributes:
        file_id: its place in the order in which files win; the copy is named by it.
        name, layout: what it is; the copy of its rows.
        path: its path, for the command that inspects it.
        participant_id: whose readings, if the rows do not say.
        first_level: the first folder or archive it is in, if two of those may be two people.
        rows: how many rows the copy has, counted independently of the parser.
        first_line: the number of its first row in the file.
        appended: it continues rows that are loaded.
        rewritten: a document that its reader has looked at and rewritten.
        judged: it may have too many rejected rows; not what was loaded as it is before.
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
    judged: bool = True


class LookCloserError(Exception):
    """Documents have rows that are no readings, or not as many rows as were counted.

    DuckDB parsed them as they are, and may have passed over what it did not understand: their
    reader must look at every part of them.
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
    """Parse file copies of one layout into ``readings``, all of them or none.

    Args:
        scratch: the database to fill.
        files: the copies, in the order in which files win.
        zones: the participants' time zones.
        make_sure: called when everything is parsed and nothing is committed; may raise
            BadFileError.
        limit: the limit of rejected rows for each file; None for any number.

    Raises:
        BadFileError: one of them can't be read to its end, or has too many rejected rows.
        LookCloserError: documents must be rewritten first.
        BrokenInvariantError: not every line became one row.
    """
    # DuckDB reserves 32 MB for each document and fills a thirtieth; with less memory it returns
    # them to the system at every file.
    is_document = not files[0].layout.reader.lines
    scratch.limit_memory(scratch.memory * (2 if is_document else 1))
    with scratch.transaction():
        first_rowid = scratch.value("select count(*) from readings")
        _read(scratch, files, zones)
        readings = _readings_of(scratch, files)
        for file in files:
            _judge(scratch, file, readings[file.file_id], limit)
        make_sure()
    for file in files:
        if readings[file.file_id] < file.rows:
            _keep_rejected(scratch, file, first_rowid, file.rows - readings[file.file_id])
        first_rowid += file.rows


def rejected_rows(scratch: Scratch) -> list[RejectedRow]:
    """The rejected rows of the files read, as many as are kept."""
    return [RejectedRow(*row) for row in scratch.rows(statement("read/rejected_rows"))]


def _read(scratch: Scratch, files: Sequence[Incoming], zones: Zones) -> None:
    scratch.fill(
        "files",
        [(file.file_id, file.name, file.appended, file.first_level) for file in files],
    )
    reader = files[0].layout.reader
    if reader.times == "UTC" and not reader.names_participants:
        _read_rows(scratch, files)
        return
    scratch.execute(statement("read/clock_tables"))
    _read_clocks(scratch, files)
    scratch.execute(statement("read/name_sources"))
    read_clocks(scratch, zones if reader.times == "local" else IN_UTC)


def _read_rows(scratch: Scratch, files: Sequence[Incoming]) -> None:
    """Read files of instants, each of one participant: a file is a source."""
    known = scratch.value("select count(*) from sources")
    sources = {file.file_id: source_id for source_id, file in enumerate(files, start=known)}
    scratch.fill(
        "sources",
        [(sources[file.file_id], file.file_id, file.participant_id) for file in files],
    )
    _read_snapshots(scratch, "read/read_rows", files, sources)


def _read_clocks(scratch: Scratch, files: Sequence[Incoming]) -> None:
    """Read files of local times, or whose rows say whose they are."""
    participants = {file.file_id: file.participant_id for file in files}
    _read_snapshots(scratch, "read/read_clocks", files, participants)


def _read_snapshots(
    scratch: Scratch,
    query: str,
    files: Sequence[Incoming],
    whose: Mapping[int, object],
) -> None:
    """Run the statement that reads them; ``whose`` says of each file what its rows belong to."""
    layout = files[0].layout
    copies = [str(file.copy) for file in files if file.rows]
    if not copies:
        return
    first, last = files[0].file_id, files[-1].file_id
    try:
        scratch.execute(
            statement(query).format(relation=layout.reader.relation),
            {
                "whose": [whose.get(number) for number in range(first, last + 1)],
                "first_file": first,
                "copies": copies,
                "delimiter": layout.delimiter,
                "columns": layout.columns,
            },
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise BadFileError(
            f"it can't be read to its end ({' '.join(str(error).split())[:200]})", AGAIN
        ) from error


def _readings_of(scratch: Scratch, files: Sequence[Incoming]) -> dict[int, int]:
    """How many readings each file contains; checks that every row of it was parsed."""
    arrivals = scratch.rows(statement("read/rows_of_files"), {"first_file": files[0].file_id})
    arrived = {file_id: (rows, readings) for file_id, rows, readings in arrivals}
    unlooked = {
        file.file_id
        for file in files
        if file.layout.reader.rewrite
        and not file.rewritten
        and arrived.get(file.file_id, (0, 0)) != (file.rows, file.rows)
    }
    if unlooked:
        raise LookCloserError(unlooked)
    for file in files:
        rows, _ = arrived.setdefault(file.file_id, (0, 0))
        if rows != file.rows and file.layout.reader.lines:
            raise BrokenInvariantError(
                f"{file.name}: {file.rows} lines were read but {rows} were parsed",
                "this is a bug in the loader; please report it with the file's first lines",
            )
        if rows != file.rows:
            in_it = counted(file.rows, "row is", "rows are")
            raise BadFileError(f"{in_it} in it, {rows:,} can be read", AGAIN)
    return {file_id: readings for file_id, (_, readings) in arrived.items()}


def _judge(scratch: Scratch, file: Incoming, readings: int, limit: RejectLimit | None) -> None:
    """Refuse a file with too many rejected rows.

    Raises:
        TooManyRejectedError: it has.
    """
    most = file.rows - readings
    # To count its blank lines takes another look at it, for which there is seldom a reason.
    if limit is None or not file.judged or not most:
        return
    if not limit.is_exceeded(most, file.rows, appended=file.appended):
        return
    blank = _blank_lines(scratch, file)
    rejected, read = most - blank, file.rows - blank
    if not limit.is_exceeded(rejected, read, appended=file.appended):
        return
    first = scratch.rows(
        statement("read/first_rejected").format(relation=file.layout.reader.relation),
        _copy(file),
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
        f"make inspect FILE='{file.path or file.name}' shows what is wrong with it{accept}",
    )


def _blank_lines(scratch: Scratch, file: Incoming) -> int:
    if not file.layout.reader.lines:
        return 0
    return scratch.value(statement("read/blank_lines"), {"copy": str(file.copy)})


def _copy(file: Incoming) -> dict[str, object]:
    return {
        "copy": str(file.copy),
        "delimiter": file.layout.delimiter,
        "columns": file.layout.columns,
    }


def _keep_rejected(scratch: Scratch, file: Incoming, first_rowid: int, most: int) -> None:
    """Keep the rows that are not readings, in a second pass over the file.

    Args:
        first_rowid: of the file's rows in ``readings``.
        most: how many of them are no readings; some may be blank lines.
    """
    kept = scratch.value("select count(*) from rejected")
    room = min(KEPT_PER_FILE, max(0, KEPT_PER_RUN - kept))
    blank = _blank_lines(scratch, file) if most > room else 0
    scratch.execute(
        statement("read/reject").format(relation=file.layout.reader.relation),
        {
            **_copy(file),
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
