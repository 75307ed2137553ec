"""Record in the ledger what a run found, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from loader.ledger.known_files import (
    FileDay,
    KnownArchive,
    KnownFile,
    PassedOver,
    RefusedFile,
    RejectedRow,
)
from loader.ledger.zone_limits import FileLimits
from loader.readers import UNDERSTOOD
from loader.sql import columns, statement


@dataclass
class LedgerUpdate:
    """Everything one run adds to the ledger.

    Attributes:
        files: what is now loaded from each file that was read.
        scanned: names of the files read in full; their days and rejected rows replace the former
            ones.
        days: all days of scanned files, and the added days of appended files.
        vanished: names of known files that are no longer there.
        dropped: names of known files that a rebuild leaves out: the sample, next to other files.
        rejected: the rows rejected in what was read.
        passed_over: files that no reader claims, not known as such before.
        no_longer_passed_over: names of files known as such that are gone or changed.
        archives: all archives looked through without a fault, those known before included.
        refused: files refused for their rejected rows, not known as such before.
        no_longer_refused: names of files known as such that are gone, changed or read after all.
        latest: each participant's latest timestamp among the staged readings.
        undecided: days that were decided although one of their files couldn't be read: they are
            compared with the table when that file can be read again.
        limits: the limits of zones in the scanned files; recorded before the marts are built
            (``ledger/zone_limits.py``).
    """

    files: list[KnownFile] = field(default_factory=list)
    scanned: list[str] = field(default_factory=list)
    days: list[FileDay] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)
    no_longer_passed_over: list[str] = field(default_factory=list)
    archives: list[KnownArchive] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)
    no_longer_refused: list[str] = field(default_factory=list)
    latest: list[tuple[str, datetime]] = field(default_factory=list)
    undecided: list[tuple[str, str, date]] = field(default_factory=list)
    limits: list[FileLimits] = field(default_factory=list)


def record(cursor: Cursor, run_id: int, update: LedgerUpdate) -> None:
    """Write a run's entry, in the caller's transaction."""
    not_there = [*update.vanished, *update.dropped]
    replaced = [*update.scanned, *update.dropped]
    # The days of missing files stay: their readings are in the table.
    _forget_files(cursor, "days", replaced)
    _forget_files(cursor, "rejected_rows", [*replaced, *update.vanished])
    cursor.execute(statement("ledger/mark_vanished_files"), (not_there,))
    _record_files(cursor, run_id, update.files)
    cursor.execute(statement("ledger/record_days"), columns(FileDay, update.days))
    _record_undecided(cursor, update.undecided)
    if update.files or not_there:
        cursor.execute(statement("ledger/forget_days_of_renamed_files"))
    cursor.execute(
        statement("ledger/record_rejected_rows"), (run_id, *columns(RejectedRow, update.rejected))
    )
    _record_passed_over(cursor, update)
    _record_archives(cursor, update.archives)
    _record_refused(cursor, update)
    participants, latest = zip(*update.latest, strict=True) if update.latest else ((), ())
    cursor.execute(statement("ledger/record_latest"), (list(participants), list(latest)))


def _forget_files(cursor: Cursor, table: str, names: Sequence[str]) -> None:
    query = sql.SQL(statement("ledger/forget_files"))
    cursor.execute(query.format(table=sql.Identifier("ingest", table)), (list(names),))


def _record_files(cursor: Cursor, run_id: int, files: Sequence[KnownFile]) -> None:
    cursor.executemany(
        statement("ledger/record_file"),
        [
            {
                **vars(file),
                "length": file.fingerprint.length,
                "digests": bytes(file.fingerprint.digests),
                "run_id": run_id,
            }
            for file in files
        ],
    )


def _record_undecided(cursor: Cursor, days: Sequence[tuple[str, str, date]]) -> None:
    if not days:
        return
    names, participants, dates = (list(column) for column in zip(*days, strict=True))
    cursor.execute(statement("ledger/forget_checksums"), (names, participants, dates))
    cursor.execute(statement("ledger/forget_fingerprints"), (names,))


def _record_passed_over(cursor: Cursor, update: LedgerUpdate) -> None:
    new = [file.name for file in update.passed_over]
    _forget_files(cursor, "passed_over", [*update.no_longer_passed_over, *new])
    cursor.execute(
        statement("ledger/record_passed_over"),
        (UNDERSTOOD, *columns(PassedOver, update.passed_over)),
    )


def _record_archives(cursor: Cursor, archives: Sequence[KnownArchive]) -> None:
    names, *rest = columns(KnownArchive, archives)
    cursor.execute(statement("ledger/forget_archives"), (names,))
    cursor.execute(statement("ledger/record_archives"), (UNDERSTOOD, names, *rest))


def _record_refused(cursor: Cursor, update: LedgerUpdate) -> None:
    _forget_files(cursor, "refused_files", update.no_longer_refused)
    cursor.executemany(
        statement("ledger/record_refused_file"), [asdict(file) for file in update.refused]
    )
