"""Which file of an archive holds which readings."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

READINGS = "heart_rate"
"""The folder below the archive's with the partitions."""

FILE = "data.parquet"

LEDGER_FILES = {
    name: Path("ledger", f"{name}.parquet") for name in ("arrivals", "devices", "zone_limits")
}
"""The files of the ledger below the archive's folder, by table."""

MOST_BUCKETS = 1000
"""Their numbers have three digits."""

PARTITION = re.compile(
    rf"{READINGS}/(day|month)=(\d{{4}}-\d\d(?:-\d\d)?)/bucket=(\d{{3}})/{re.escape(FILE)}"
)


class By(StrEnum):
    """The UTC days of a partition: the name in its folder, and a unit of ``date_trunc``."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, order=True)
class Partition:
    """The readings of one file: some UTC days of the participants of one bucket."""

    first_day: date
    bucket: int


@dataclass(frozen=True)
class Layout:
    """How an archive is divided into partitions; fixed when it is begun.

    Attributes:
        by: the days of a partition.
        buckets: into how many groups the participants are divided.
    """

    by: By = By.DAY
    buckets: int = 1

    def bucket(self, participant_id: str) -> int:
        """The first 32 bits of the name's MD5 modulo the number of buckets: Spark, DuckDB and
        Postgres compute the same."""
        digest = hashlib.md5(participant_id.encode(), usedforsecurity=False).digest()
        return int.from_bytes(digest[:4]) % self.buckets

    def first_day(self, day: date) -> date:
        """The first day of the partition of a day."""
        return day if self.by is By.DAY else day.replace(day=1)

    def end_day(self, partition: Partition) -> date:
        """The day after the last one of a partition."""
        if self.by is By.DAY:
            return partition.first_day + timedelta(days=1)
        return (partition.first_day + timedelta(days=31)).replace(day=1)

    def partitions(self, days: Iterable[tuple[str, date]]) -> set[Partition]:
        """The partitions of participant-days."""
        return {Partition(self.first_day(day), self.bucket(who)) for who, day in days}

    def path(self, partition: Partition) -> Path:
        """The file of a partition, below the archive's folder."""
        text = partition.first_day.isoformat()
        days = text if self.by is By.DAY else text[: len("2026-01")]
        return Path(READINGS, f"{self.by}={days}", f"bucket={partition.bucket:03}", FILE)

    def partition_of(self, path: Path) -> Partition | None:
        """The partition of a file below the archive's folder; None if it is no file of ours."""
        found = PARTITION.fullmatch(path.as_posix())
        if found is None:
            return None
        days = found[2] if self.by is By.DAY else f"{found[2]}-01"
        try:
            partition = Partition(date.fromisoformat(days), int(found[3]))
        except ValueError:
            return None
        is_ours = partition.bucket < self.buckets and self.path(partition) == path
        return partition if is_ours else None
