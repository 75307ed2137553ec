"""Update the archive after a run, or on request.

Imports no DuckDB, because many runs have nothing new.
"""

import os
from pathlib import Path

from psycopg2.extensions import connection as Connection

from loader.commands.archive.behind import behind_if_failed
from loader.commands.archive.folder import ArchiveFolder, open_to_write
from loader.commands.archive.layout import By, Layout
from loader.commands.archive.manifest import Manifest
from loader.commands.archive.position import (
    begun_folders,
    is_current,
    is_ledger_current,
    read_position,
    refuse_missing_disk,
    refuse_other_database,
    refuse_other_layout,
    refuse_store,
)
from loader.commands.archive.request import Archived, ArchiveRequest
from loader.configuration.settings import Settings
from loader.console import Reporter, Step
from loader.database.lock_watch import locks_watched
from loader.database.session import connect, prepare, take_lock
from loader.errors import UsageError
from loader.sql import statement


def archive(settings: Settings, request: ArchiveRequest, reporter: Reporter) -> Archived:
    """Update the archive, or begin it.

    Raises:
        LoaderError: another run holds the lock, the archive can't be written or is refused, or
            the database failed. The archive's position is as it was.
    """
    path = archive_folder(settings)
    with (
        connect(os.environ, "archive") as session,
        locks_watched(settings.lock_wait, reporter.note),
    ):
        reporter.step(Step.LOCK, "taking the lock")
        take_lock(session)
        prepare(session, settings.lock_wait)
        reporter.step(Step.ARCHIVE, f"writing the archive {path}")
        return write_archive(settings, session, request, reporter)


def archive_folder(settings: Settings) -> Path:
    """The folder of the archive.

    Raises:
        UsageError: ``ARCHIVE_DIR`` isn't set.
    """
    if settings.archive_dir is None:
        raise UsageError(
            "ARCHIVE_DIR isn't set",
            "set it in .env for an archive that every run updates, or: "
            "make archive ARCHIVE_DIR=FOLDER",
        )
    return settings.archive_dir


def refuse_data_folder(settings: Settings) -> None:
    """Refuse an archive among the files to load.

    Raises:
        UsageError: ``ARCHIVE_DIR`` is below ``DATA_DIR``.
    """
    path = archive_folder(settings)
    if path.resolve().is_relative_to(settings.data_dir.resolve()):
        raise UsageError(
            f"the archive {path} is in DATA_DIR, which runs search for files",
            "set ARCHIVE_DIR to a folder outside of it",
        )


def write_archive(
    settings: Settings, session: Connection, request: ArchiveRequest, reporter: Reporter
) -> Archived:
    """Update the archive in a session that holds the lock of runs.

    Raises:
        LoaderError: as ``archive``.
    """
    path = archive_folder(settings)
    refuse_data_folder(settings)
    read_position(session)  # refuses a database without readings, before a folder is created
    if ArchiveFolder(path).manifest() is None and not request.full:
        refuse_missing_disk(session, ArchiveFolder(path))
    with open_to_write(path) as folder:
        manifest = folder.manifest() or _begin(session, folder, request)
        refuse_store(folder, manifest)
        refuse_other_layout(manifest.layout, request.by, request.buckets)
        if manifest.position is not None and not request.full:
            refuse_other_database(session, folder, manifest.position)
            has_readings = is_current(session, manifest.position)
            if has_readings and is_ledger_current(session, folder, manifest):
                return Archived(path)
        # DuckDB, Arrow and NumPy are imported only if there is something to write.
        from loader.commands.archive.update import update

        return update(settings, folder, manifest, reporter, full=request.full)


def _begin(session: Connection, folder: ArchiveFolder, request: ArchiveRequest) -> Manifest:
    """Fix the layout of a new archive."""
    manifest = Manifest(Layout(request.by or By.DAY, request.buckets or 1))
    with session.cursor() as cursor:
        cursor.execute(statement("commands/archive/record_folder"), {"folder": str(folder.path)})
    folder.write_manifest(manifest)
    return manifest


def archive_after_run(settings: Settings, session: Connection, reporter: Reporter) -> Archived:
    """Update the archive at the end of a run, whose readings are committed.

    Raises:
        ArchiveBehindError: the archive isn't up to date; the next run writes it.
    """
    with behind_if_failed():
        return write_archive(settings, session, ArchiveRequest(), reporter)


def erase_from_archive(
    settings: Settings, session: Connection, participant_id: str, reporter: Reporter
) -> Archived | None:
    """Write the files of a participant without them, before the database erases them.

    If the process is killed in between, the database still has them, and ``make forget`` can be
    run again.

    Returns:
        What was written; None if there is no archive in ``ARCHIVE_DIR``, or none is set.

    Raises:
        LoaderError: as ``archive``; also if ``ARCHIVE_DIR`` had an archive and has none now.
    """
    path = settings.archive_dir
    if path is None:
        return None
    if ArchiveFolder(path).manifest() is None:
        refuse_missing_disk(session, ArchiveFolder(path))
        return None
    with open_to_write(path) as folder:
        manifest = folder.begun_manifest()
        if manifest.position is not None:
            refuse_other_database(session, folder, manifest.position)
        from loader.commands.archive.update import erase

        return erase(settings, folder, manifest, reporter, participant_id)


def other_archives(settings: Settings, session: Connection) -> list[str]:
    """The folders in which archives were begun that ``erase_from_archive`` doesn't write."""
    return [name for name in begun_folders(session) if name != str(settings.archive_dir)]
