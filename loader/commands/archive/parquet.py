"""Write the readings of a partition into a Parquet file, in bounded memory and in their order.

Arrow's writer lets the encodings be chosen. Differences of instants take almost no space: 1.0 bytes
a reading at 1 Hz with confidences, where plain instants take 3.0. DuckDB's version 2 encodes them
in the same way, but fractional values with BYTE_STREAM_SPLIT, which not every reader knows.
"""

from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROW_GROUP = 1 << 19
"""Rows that are in memory until they are written: 25 MB."""


def write_parquet(file: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write batches; returns how many rows they had."""
    with pq.ParquetWriter(
        file,
        schema,
        compression="zstd",
        use_dictionary=["participant_id", "value", "confidence"],
        column_encoding={"timestamp": "DELTA_BINARY_PACKED"},
    ) as writer:
        return write_batches(writer, batches)


def write_batches(writer: pq.ParquetWriter, batches: Iterable[pa.RecordBatch]) -> int:
    """Write batches in row groups of a good size; returns how many rows they had."""
    rows = 0
    for group in _groups(batches):
        writer.write_table(pa.Table.from_batches(group), row_group_size=ROW_GROUP)
        rows += sum(batch.num_rows for batch in group)
    return rows


def read_parquet(file: Path, participants: Sequence[str]) -> Generator[pa.RecordBatch]:
    """The readings of some participants in a file, in its order."""
    names = pa.array(participants, pa.string())
    with pq.ParquetFile(file) as opened:
        for batch in opened.iter_batches():
            yield batch.filter(pc.is_in(batch.column("participant_id"), value_set=names))


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterable[list[pa.RecordBatch]]:
    """Batches together until they have enough rows for a row group."""
    group: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        if group and rows + batch.num_rows > ROW_GROUP:
            yield group
            group, rows = [], 0
        group.append(batch)
        rows += batch.num_rows
    if group:
        yield group
