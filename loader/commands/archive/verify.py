"""Prove that the archive holds the table's readings, by count and checksum per participant-day.

Three are compared: what the table holds, as Postgres computes it; what the files hold, as DuckDB
reads them; and what ``days.parquet`` says.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from loader.commands.archive.archive import archive_folder
from loader.commands.archive.catalogue import Catalogue, DamagedFileError, DifferingDay
from loader.commands.archive.folder import ArchiveFolder
from loader.commands.archive.manifest import Manifest
from loader.commands.archive.position import is_current
from loader.commands.archive.source import Source, open_source
from loader.commands.archive.update import read_files
from loader.configuration.settings import Settings
from loader.console import Reporter, Step
from loader.database.lock_watch import locks_watched
from loader.database.session import connect, connect_again, prepare
from loader.errors import LockedError, NoInputError
from loader.read.scratch import Scratch
from loader.wording import counted, shown_lines

SHOWN = 20
"""How many differing days or files are listed one by one."""


@dataclass(frozen=True)
class ArchiveVerification:
    """What was compared and what differs.

    Attributes:
        folder: the archive.
        readings, days: what the files have.
        differences: the participant-days that differ.
        damaged: files that can't be read.
        strange: files among the partitions that the archive didn't write.
        is_current: whether the archive has everything that runs have staged.
        has_table: it was compared with heart_rate; not if it is where the readings are.
    """

    folder: Path
    readings: int
    days: int
    differences: Sequence[DifferingDay]
    damaged: Sequence[Path]
    strange: Sequence[Path]
    is_current: bool = True
    has_table: bool = True

    @property
    def ok(self) -> bool:
        """Whether the archive is the table, or what its ledger says."""
        return not (self.differences or self.damaged or self.strange)


def verify_archive(settings: Settings, reporter: Reporter) -> ArchiveVerification:
    """Read every file of the archive and compare it with the table; changes nothing.

    Raises:
        NoInputError: there is no archive, or its first update isn't complete.
        LockedError: the archive was written meanwhile.
        LoaderError: the archive or the database can't be read.
    """
    folder = ArchiveFolder(archive_folder(settings))
    manifest = folder.manifest()
    if manifest is not None and manifest.has_runs:
        with Scratch(settings.scratch_dir, settings.duckdb_memory) as scratch:
            catalogue = Catalogue(scratch, folder, manifest.layout, floor=None)
            return _compare(folder, manifest, reporter, catalogue)
    if manifest is None or manifest.position is None:
        what = "there is no archive in" if manifest is None else "the archive isn't complete in"
        raise NoInputError(f"{what} {folder.path}", "make archive, or correct ARCHIVE_DIR")
    with (
        connect(os.environ, "archive-verify") as session,
        locks_watched(settings.lock_wait, reporter.note),
    ):
        prepare(session, settings.lock_wait)
        current = is_current(session, manifest.position)
        with (
            connect_again(os.environ, "archive-verify") as again,
            open_source(again) as source,
            Scratch(settings.scratch_dir, settings.duckdb_memory) as scratch,
        ):
            catalogue = Catalogue(scratch, folder, manifest.layout, source.floor)
            found = _compare(folder, manifest, reporter, catalogue, source)
            return replace(found, is_current=current)


def _compare(
    folder: ArchiveFolder,
    manifest: Manifest,
    reporter: Reporter,
    catalogue: Catalogue,
    source: Source | None = None,
) -> ArchiveVerification:
    reporter.step(Step.READ, "reading the archive")
    damaged = [
        manifest.layout.path(partition)
        for partition in read_files(folder, manifest, catalogue, reporter)
    ]
    try:
        catalogue.read_ledger()
    except DamagedFileError:
        damaged.append(Path(folder.ledger.name))
    _, strange = folder.partitions(manifest.layout)
    _refuse_if_written(folder, manifest)
    if source is None:
        catalogue.compare_with_ledger()
    else:
        reporter.step(Step.COMPARE, "comparing with the table")
        catalogue.read_table(source.table_days())
    readings, days = catalogue.readings_and_days()
    return ArchiveVerification(
        folder=folder.path,
        readings=readings,
        days=days,
        differences=catalogue.differing_days(),
        damaged=damaged,
        strange=strange,
        has_table=source is not None,
    )


def _refuse_if_written(folder: ArchiveFolder, manifest: Manifest) -> None:
    if folder.manifest() != manifest:
        raise LockedError(
            f"the archive {folder.path} was written meanwhile", "run the command again"
        )


def render_archive_verification(result: ArchiveVerification) -> str:
    """What was found, the differing days one by one."""
    lines = [
        f"the archive {result.folder} has {counted(result.readings, 'reading')} on "
        f"{counted(result.days, 'participant-day')} (UTC)",
        *(f"  {path}  can't be read" for path in result.damaged[:SHOWN]),
        *(f"  {path}  isn't the archive's: delete it" for path in result.strange[:SHOWN]),
        *(
            f"  {who}  {day}  {f'in heart_rate {table:,}  ' if result.has_table else ''}"
            f"in the files {files:,}  by days.parquet {ledger:,}"
            for who, day, table, files, ledger in result.differences[:SHOWN]
        ),
    ]
    if len(result.differences) > SHOWN:
        lines.append(f"  … and {counted(len(result.differences) - SHOWN, 'more day')}")
    if result.ok and result.has_table:
        lines.append("they are the readings of heart_rate, each once, with its value")
    elif result.ok:
        lines.append("they are what days.parquet says; make verify compares them with your files")
    elif result.has_table:
        lines.append(f"it differs from heart_rate: {_repair(result)}")
    else:
        lines.append("it isn't what days.parquet says: make reconcile compares it with your files")
    return shown_lines(lines)


def _repair(result: ArchiveVerification) -> str:
    if not result.is_current and not (result.damaged or result.strange):
        return "runs have changed days since it was written: make archive"
    return "make archive FULL=1 repairs its files"
