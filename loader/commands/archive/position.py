"""Compare the state of the database with the position of an archive."""

from dataclasses import asdict

from psycopg2.extensions import connection as Connection

from loader.commands.archive.folder import ArchiveFolder
from loader.commands.archive.layout import LEDGER_FILES, Layout
from loader.commands.archive.manifest import LedgerRun, Manifest, Position
from loader.database import query
from loader.errors import ArchiveRefusedError, CantWriteError, NoInputError
from loader.sql import statement


def read_position(session: Connection) -> Position:
    """The state of the database.

    Raises:
        NoInputError: nothing has been loaded yet.
    """
    found = query.row(session, statement("commands/archive/position"))
    if found is None:
        raise NoInputError("the database has no heart_rate", "load your files first: make ingest")
    return Position(*found)


def is_current(session: Connection, position: Position) -> bool:
    """Whether nothing has changed since a position."""
    present = read_position(session)
    has_changed = statement("commands/archive/has_changed_days")
    return (
        position.heart_rate_oid == present.heart_rate_oid
        and position.forgotten == present.forgotten
        and not query.value(session, has_changed, asdict(position))
    )


def last_ledger_run(session: Connection) -> LedgerRun | None:
    """The last run that may have changed the ledger; None if there is none."""
    found = query.row(session, statement("commands/archive/last_ledger_run"))
    return LedgerRun(*found) if found else None


def is_ledger_current(
    session: Connection, folder: ArchiveFolder, manifest: Manifest, shard: str = ""
) -> bool:
    """Whether the archive has the present rows of a ledger.

    Args:
        shard: the name of the ledger in the manifest.
    """
    are_there = all((folder.path / path).exists() for path in LEDGER_FILES.values())
    return are_there and manifest.ledgers.get(shard) == last_ledger_run(session)


def has_run(session: Connection, position: Position) -> bool:
    """Whether this is the database in which the run of a position was recorded."""
    return bool(query.value(session, statement("commands/archive/has_run"), asdict(position)))


def refuse_other_database(session: Connection, folder: ArchiveFolder, position: Position) -> None:
    """Refuse to continue the archive of another database.

    Raises:
        ArchiveRefusedError: this database doesn't have the run whose changes the archive has.
    """
    if has_run(session, position):
        return
    raise ArchiveRefusedError(
        f"the archive {folder.path} is of another database, or this one was restored from an "
        "older backup",
        "set ARCHIVE_DIR to another folder; to write this database's readings to the archive: "
        "make archive FULL=1",
    )


def refuse_missing_disk(session: Connection, folder: ArchiveFolder) -> None:
    """Refuse to begin an archive again where there was one.

    Raises:
        CantWriteError: an archive was begun in this folder, and it has none.
    """
    if str(folder.path) in begun_folders(session):
        raise CantWriteError(
            f"the archive that was in {folder.path} is missing",
            "mount its disk, or set ARCHIVE_DIR to its folder; to begin a new one there: "
            "make archive FULL=1",
        )


def begun_folders(session: Connection) -> list[str]:
    """The folders in which archives of this database were begun."""
    return [name for (name,) in query.rows(session, statement("commands/archive/folders"))]


def refuse_store(folder: ArchiveFolder, manifest: Manifest) -> None:
    """Refuse to make an archive with readings of its own a copy of heart_rate.

    Raises:
        ArchiveRefusedError: it was written with ``STORE=archive``.
    """
    if manifest.store is not None:
        raise ArchiveRefusedError(
            f"the archive {folder.path} isn't a copy of heart_rate: STORE=archive wrote it",
            "set ARCHIVE_DIR to another folder",
        )


def refuse_other_layout(layout: Layout, by: str | None, buckets: int | None) -> None:
    """Refuse a layout that isn't the archive's.

    Raises:
        ArchiveRefusedError: the archive was begun with another one.
    """
    if by in (None, layout.by) and buckets in (None, layout.buckets):
        return
    raise ArchiveRefusedError(
        f"the archive is divided by {layout.by} into {layout.buckets} bucket(s), and that can't "
        "be changed",
        "leave out --by and --buckets, or begin another one: set ARCHIVE_DIR to a new folder",
    )
