"""The tables of the ledger that the marts are built from, as Parquet files of the archive.

In the database the marts read the ledger itself; Spark reads these files (docs/spark.md). They have
the columns and types of the tables.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from psycopg2.extensions import connection as Connection

from loader.commands.archive.folder import ArchiveFolder
from loader.commands.archive.layout import LEDGER_FILES
from loader.commands.archive.parquet import write_batches
from loader.commands.export.rows import rows

IsOurs = Callable[[str], bool]

QUERIES = {
    "arrivals": "commands/archive/ledger_arrivals",
    "devices": "commands/archive/ledger_devices",
    "zone_limits": "commands/archive/ledger_zone_limits",
}


def write_ledger_files(
    session: Connection,
    folder: ArchiveFolder,
    is_ours: IsOurs | None = None,
    left_out: Sequence[str] = (),
) -> None:
    """Replace the files by what the ledger has.

    Args:
        session: in the transaction whose snapshot is written.
        folder: locked; if other ledgers write to it, also the lock of the shared files is held.
        is_ours: whether a participant belongs to this ledger: the files keep the rows of the
            others. None if there is no other ledger.
        left_out: participants whose rows are dropped.
    """
    for name, path in LEDGER_FILES.items():
        schema, batches = rows(session, QUERIES[name], {"left_out": list(left_out)})
        if is_ours is not None:
            batches = _with_others(batches, folder.path / path, is_ours)
        new = folder.partial / path.name
        with pq.ParquetWriter(new, schema, compression="zstd") as writer:
            write_batches(writer, batches)
        folder.replace(new, path)


def _with_others(
    own: Iterable[pa.RecordBatch], file: Path, is_ours: IsOurs
) -> Iterator[pa.RecordBatch]:
    """The rows of this ledger's participants, then those of the others in the present file."""
    yield from _rows_of(own, is_ours)
    if file.exists():
        with pq.ParquetFile(file) as present:
            yield from _rows_of(present.iter_batches(), lambda who: not is_ours(who))


def _rows_of(batches: Iterable[pa.RecordBatch], wanted: IsOurs) -> Iterator[pa.RecordBatch]:
    """The rows of some participants."""
    for batch in batches:
        names = batch.column("participant_id").to_pylist()
        yield batch.filter(pa.array([wanted(name) for name in names], pa.bool_()))
