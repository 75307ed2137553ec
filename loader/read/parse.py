"""Parse snapshots of files into the scratch database, and keep the rows that are no readings."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import duckdb

from loader.errors import BadFileError, BrokenInvariantError, TooManyRejectedError
from loader.find.participants import Zones
from loader.read.local_times import read_clocks
from loader.read.reject_limit import KEPT_OF_A_FILE, KEPT_OF_A_RUN, RejectLimit
from loader.read.scratch_table import fill
from loader.readers import Layout
from loader.sql import statement
from loader.wording import counted

AGAIN = "download or copy it again, or take it out of the folder"

IN_UTC = Zones({}, default="UTC")


@dataclass(frozen=True)
class Incoming:
    """A snapshot that is to be parsed.

    Attributes:
        file_id: its place in the order in which files win; the snapshot is named by it.
        name, layout: what it is; the snapshot of its rows.
        path: where it lies, for the command that looks at it.
        participant_id: who, where the rows do not say.
        first_level: the first folder or archive it is in, if two of those may be two people.
        rows: how many rows the snapshot has, counted independently of the parser.
        first_line: the number of its first row in the file.
        appended: it continues what is already in.
        rewritten: a document that its reader has looked at and rewritten.
        judged: it may have too many rejected rows; not what was loaded as it is before.
    """

    file_id: int
    name: str
    layout: Layout
    snapshot: Path
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
    session: duckdb.DuckDBPyConnection,
    files: Sequence[Incoming],
    zones: Zones,
    make_sure: Callable[[], None],
    limit: RejectLimit | None,
) -> None:
    """Parse snapshots of one layout into ``readings``, all of them or none (see Scratch.parse)."""
    session.begin()
    try:
        first_rowid = _count(session, "select count(*) from readings")
        _read(session, files, zones)
        readings = _readings_of(session, files)
        for file in files:
            _judge(session, file, readings[file.file_id], limit)
        make_sure()
        session.commit()
    except BaseException:
        session.rollback()
        raise
    for file in files:
        if readings[file.file_id] < file.rows:
            _keep_rejected(session, file, first_rowid, file.rows - readings[file.file_id])
        first_rowid += file.rows


def _count(session: duckdb.DuckDBPyConnection, query: str) -> int:
    (number,) = session.execute(query).fetchone() or (0,)
    return int(number)


def _read(session: duckdb.DuckDBPyConnection, files: Sequence[Incoming], zones: Zones) -> None:
    fill(
        session,
        "files",
        [(file.file_id, file.name, file.appended, file.first_level) for file in files],
    )
    reader = files[0].layout.reader
    if reader.times == "UTC" and not reader.names_participants:
        _read_rows(session, files)
        return
    session.execute(statement("read/clock_tables"))
    _read_clocks(session, files)
    session.execute(statement("read/name_sources"))
    read_clocks(session, zones if reader.times == "local" else IN_UTC)


def _read_rows(session: duckdb.DuckDBPyConnection, files: Sequence[Incoming]) -> None:
    """Read files of instants, each of one participant: a file is a source."""
    known = _count(session, "select count(*) from sources")
    sources = {file.file_id: source_id for source_id, file in enumerate(files, start=known)}
    fill(
        session,
        "sources",
        [(sources[file.file_id], file.file_id, file.participant_id) for file in files],
    )
    _read_snapshots(session, "read/read_rows", files, sources)


def _read_clocks(session: duckdb.DuckDBPyConnection, files: Sequence[Incoming]) -> None:
    """Read files of local times, or whose rows say whose they are."""
    participants = {file.file_id: file.participant_id for file in files}
    _read_snapshots(session, "read/read_clocks", files, participants)


def _read_snapshots(
    session: duckdb.DuckDBPyConnection,
    query: str,
    files: Sequence[Incoming],
    whose: Mapping[int, object],
) -> None:
    """Run the statement that reads them; ``whose`` says of each file what its rows belong to."""
    layout = files[0].layout
    snapshots = [str(file.snapshot) for file in files if file.rows]
    if not snapshots:
        return
    first, last = files[0].file_id, files[-1].file_id
    try:
        session.execute(
            statement(query).format(relation=layout.reader.relation),
            {
                "whose": [whose.get(number) for number in range(first, last + 1)],
                "first_file": first,
                "snapshots": snapshots,
                "delimiter": layout.delimiter,
                "columns": layout.columns,
            },
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise BadFileError(
            f"it can't be read to its end ({' '.join(str(error).split())[:200]})", AGAIN
        ) from error


def _readings_of(session: duckdb.DuckDBPyConnection, files: Sequence[Incoming]) -> dict[int, int]:
    """How many readings each file gave, having made sure that every row of it arrived."""
    arrivals = session.execute(
        statement("read/rows_of_files"), {"first_file": files[0].file_id}
    ).fetchall()
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


def _judge(
    session: duckdb.DuckDBPyConnection, file: Incoming, readings: int, limit: RejectLimit | None
) -> None:
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
    blank = _blank_lines(session, file)
    rejected, read = most - blank, file.rows - blank
    if not limit.is_exceeded(rejected, read, appended=file.appended):
        return
    first = session.execute(
        statement("read/first_rejected").format(relation=file.layout.reader.relation),
        _snapshot(file),
    ).fetchone()
    number, _, reason = first or (1, "", "not understood")
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


def _blank_lines(session: duckdb.DuckDBPyConnection, file: Incoming) -> int:
    if not file.layout.reader.lines:
        return 0
    found = session.execute(
        statement("read/blank_lines"), {"snapshot": str(file.snapshot)}
    ).fetchone()
    return int((found or (0,))[0])


def _snapshot(file: Incoming) -> dict[str, object]:
    return {
        "snapshot": str(file.snapshot),
        "delimiter": file.layout.delimiter,
        "columns": file.layout.columns,
    }


def _keep_rejected(
    session: duckdb.DuckDBPyConnection, file: Incoming, first_rowid: int, most: int
) -> None:
    """Keep the rows that are no readings: a second pass, made only where there are such.

    Args:
        first_rowid: of the file's rows in ``readings``.
        most: how many of them are no readings; some may be blank lines.
    """
    kept = _count(session, "select count(*) from rejected")
    room = min(KEPT_OF_A_FILE, max(0, KEPT_OF_A_RUN - kept))
    blank = _blank_lines(session, file) if most > room else 0
    session.execute(
        statement("read/reject").format(relation=file.layout.reader.relation),
        {
            **_snapshot(file),
            "file_id": file.file_id,
            "first_row": file.first_line,
            "first_rowid": first_rowid,
            "looked_at": room + blank,
            "most": room,
        },
    )
    added = _count(session, "select count(*) from rejected") - kept
    rejected = added if most <= room else most - blank
    fill(session, "rejected_counts", [(file.file_id, rejected)] if rejected else [])
