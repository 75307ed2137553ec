"""The archive as the place of the readings (``STORE=archive``).

Imports no DuckDB, because many runs have nothing new.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from loader.commands.archive.archive import archive_folder, refuse_data_folder
from loader.commands.archive.folder import (
    ArchiveFolder,
    only_writer,
    only_writer_of,
    open_to_share,
    open_to_write,
)
from loader.commands.archive.layout import READINGS, By, Layout, Partition
from loader.commands.archive.manifest import LedgerRun, Manifest, StoreId
from loader.commands.archive.request import ArchiveRequest
from loader.configuration.settings import Settings
from loader.console import Reporter
from loader.database import query
from loader.errors import ArchiveRefusedError, CantWriteError, NoInputError, UsageError
from loader.ledger.archive_id import archive_id, record_archive_id
from loader.ledger.runs import LastRun
from loader.ledger.store import LoadedDays, Reading
from loader.sql import statement
from loader.wording import counted


@dataclass
class ArchiveStore:
    """The readings of an archive, of the participants that this process loads.

    Attributes:
        settings, session, reporter: of the command.
        folder: of the archive.
        layout: how it is divided.
        last_run: the last run of this ledger that it has; None if it has none.
    """

    settings: Settings
    session: Connection
    reporter: Reporter
    folder: ArchiveFolder
    layout: Layout
    last_run: LedgerRun | None

    name = "the archive"

    @property
    def is_ours(self) -> Callable[[str], bool] | None:
        """As ``Store``."""
        if self.settings.shard is None:
            return None
        return lambda participant_id: self.has_bucket(self.layout.bucket(participant_id))

    def has_bucket(self, bucket: int) -> bool:
        """Whether this process loads the participants of a bucket."""
        return self.settings.shard is None or self.settings.shard.has_bucket(bucket)

    def partitions(self) -> list[Partition]:
        """The partitions of this process that have a file."""
        present, _ = self.folder.partitions(self.layout)
        return [partition for partition in present if self.has_bucket(partition.bucket)]

    def identity(self) -> int | None:
        """0 once it has a partition, of any process."""
        return 0 if (self.folder.path / READINGS).exists() else None

    def is_as_left(self, last: LastRun | None) -> bool:
        """Whether it has the last merge of this ledger, and not a later one."""
        last_merge = query.row(self.session, statement("commands/archive/last_merge"))
        merged = LedgerRun(*last_merge) if last_merge else None
        return merged == self.last_run and (merged is not None or not self.partitions())

    def readings_between(
        self, participant_id: str, start: datetime, end: datetime
    ) -> Sequence[Reading]:
        """As ``Store``."""
        from loader.commands.archive.contents import readings_between

        bucket, last = self.layout.bucket(participant_id), end - timedelta(microseconds=1)
        days = [
            start.date() + timedelta(days=place)
            for place in range((last.date() - start.date()).days + 1)
        ]
        partitions = sorted({Partition(self.layout.first_day(day), bucket) for day in days})
        files = [self.folder.path / self.layout.path(each) for each in partitions]
        return readings_between(files, participant_id, start, end)

    @contextmanager
    def days(self, *, parallel: bool = True) -> Iterator[LoadedDays]:
        """As ``Store``: what every file of this process contains."""
        from loader.commands.archive.contents import OwnDays, open_contents

        with open_contents(self) as catalogue:
            yield OwnDays(self, catalogue)

    def reset_watermarks(self, cursor: Cursor) -> None:
        """As ``Store``, by ``days.parquet``."""
        from loader.commands.archive.contents import latest_readings

        latest = [
            each
            for each in latest_readings(self.folder)
            if self.has_bucket(self.layout.bucket(each[0]))
        ]
        cursor.execute(
            statement("commands/archive/reset_watermarks"),
            {
                "participants": [who for who, _ in latest],
                "timestamps": [instant for _, instant in latest],
            },
        )


@contextmanager
def open_store(
    settings: Settings,
    session: Connection,
    reporter: Reporter,
    request: ArchiveRequest | None = None,
) -> Iterator[ArchiveStore]:
    """Open the archive for a run, and begin it if there is none.

    Args:
        request: the layout of a new archive.

    Raises:
        LockedError: another process writes to the same files.
        ArchiveRefusedError: the archive is a copy of heart_rate, or of another ledger.
        CantWriteError: it can't be written, or is missing although it was begun.
        UsageError: there are more shards than buckets.
    """
    path, shard = archive_folder(settings), settings.shard
    refuse_data_folder(settings)
    with ExitStack() as opened:
        folder = opened.enter_context(
            open_to_share(path, shard.name) if shard else open_to_write(path)
        )
        with only_writer(folder):
            manifest = folder.manifest() or _begin(settings, session, folder, request)
        refuse_other_archive(session, folder, manifest)
        store = _store_of(settings, session, reporter, folder, manifest)
        if shard:
            refuse_too_many_shards(settings, store.layout)
            buckets = filter(store.has_bucket, range(store.layout.buckets))
            opened.enter_context(only_writer_of(folder, buckets))
        record_archive_id(session, _id_of(folder, manifest).id)
        yield store


def read_store(settings: Settings, session: Connection, reporter: Reporter) -> ArchiveStore:
    """The archive for a command that only reads it.

    Raises:
        NoInputError: there is no archive.
        ArchiveRefusedError: as ``open_store``.
    """
    folder = ArchiveFolder(archive_folder(settings))
    manifest = folder.manifest()
    if manifest is None:
        raise NoInputError(
            f"there is no archive in {folder.path}", "make ingest, or correct ARCHIVE_DIR"
        )
    refuse_other_archive(session, folder, manifest)
    return _store_of(settings, session, reporter, folder, manifest)


def shard_name(settings: Settings) -> str:
    """The name of this process's ledger in the manifest."""
    return str(settings.shard or "")


def _store_of(
    settings: Settings,
    session: Connection,
    reporter: Reporter,
    folder: ArchiveFolder,
    manifest: Manifest,
) -> ArchiveStore:
    last_run = _id_of(folder, manifest).runs.get(shard_name(settings))
    return ArchiveStore(settings, session, reporter, folder, manifest.layout, last_run)


def _begin(
    settings: Settings, session: Connection, folder: ArchiveFolder, request: ArchiveRequest | None
) -> Manifest:
    """Fix the layout of a new archive; by default each shard has a bucket."""
    if archive_id(session) is not None:
        raise CantWriteError(
            f"the archive that was in {folder.path} is missing",
            "mount its disk, or set ARCHIVE_DIR to its folder",
        )
    wanted, shards = request or ArchiveRequest(), settings.shard.total if settings.shard else 1
    layout = Layout(wanted.by or By.DAY, wanted.buckets or shards)
    manifest = Manifest(layout, store=StoreId(uuid4().hex))
    folder.write_manifest(manifest)
    return manifest


def _id_of(folder: ArchiveFolder, manifest: Manifest) -> StoreId:
    """What the manifest of a store says of it.

    Raises:
        ArchiveRefusedError: it is the manifest of a copy.
    """
    if manifest.store is None:
        raise ArchiveRefusedError(
            f"the archive {folder.path} is a copy of heart_rate, and STORE is archive",
            "set ARCHIVE_DIR to a new folder, or set STORE=table",
        )
    return manifest.store


def refuse_other_archive(session: Connection, folder: ArchiveFolder, manifest: Manifest) -> None:
    """Refuse an archive that isn't the one of this ledger.

    Raises:
        ArchiveRefusedError: it is a copy of heart_rate, or another ledger's.
    """
    known = archive_id(session)
    if known not in (None, _id_of(folder, manifest).id):
        raise ArchiveRefusedError(
            f"the archive {folder.path} isn't the one whose ledger this database is",
            "correct ARCHIVE_DIR or PGDATABASE",
        )


def refuse_too_many_shards(settings: Settings, layout: Layout | None = None) -> None:
    """Refuse a shard that would have no bucket.

    Args:
        layout: the archive's; None to look for it.

    Raises:
        UsageError: the archive has fewer buckets than there are shards.
    """
    path, shard = archive_folder(settings), settings.shard
    if layout is None:
        manifest = ArchiveFolder(path).manifest()
        layout = manifest.layout if manifest else None
    if shard is not None and layout is not None and shard.total > layout.buckets:
        raise UsageError(
            f"the archive {path} has {counted(layout.buckets, 'bucket')}, so {shard.total} shards "
            "would be too many",
            f"use at most {counted(layout.buckets, 'shard')}; the buckets of an archive can't be "
            "changed",
        )


def now() -> str:
    """The present time (UTC) for the manifest."""
    return datetime.now(UTC).isoformat(timespec="seconds")
