"""Load one hr.csv file into Postgres with dlt, as its documentation recommends for large files.

Run by the Python of the peers' own environment: with_dlt.py FILE FOLDER, where FOLDER keeps dlt's
state. Arrow batches, an incremental cursor on the timestamp, and an upsert by the key.
"""

import sys
from collections.abc import Iterator

import dlt
import pyarrow as pa
from pyarrow import compute, csv

TYPES = {"timestamp": pa.timestamp("us"), "value": pa.float64()}
KEY = ("participant_id", "timestamp")


def batches(file: str) -> Iterator[pa.Table]:
    """The readings of a file, with the participant ``me`` and timestamps in UTC."""
    with csv.open_csv(file, convert_options=csv.ConvertOptions(column_types=TYPES)) as reader:
        for batch in reader:
            table = pa.Table.from_batches([batch])
            instants = compute.assume_timezone(table["timestamp"], "UTC")
            who = pa.array(["me"] * table.num_rows)
            yield table.set_column(0, "timestamp", instants).add_column(0, "participant_id", who)


def main(file: str, folder: str) -> None:
    """Load ``file`` into by_dlt.heart_rate."""
    readings = dlt.resource(
        batches(file),
        name="heart_rate",
        primary_key=KEY,
        write_disposition={"disposition": "merge", "strategy": "upsert"},
    )
    readings.apply_hints(incremental=dlt.sources.incremental("timestamp"))
    pipeline = dlt.pipeline(
        "peers", pipelines_dir=folder, destination="postgres", dataset_name="by_dlt"
    )
    pipeline.run(readings)


if __name__ == "__main__":
    main(*sys.argv[1:])
