"""Where the readings are, and the share of the participants that a process loads."""

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class StoredIn(StrEnum):
    """Where the readings are."""

    TABLE = "table"
    """In ``heart_rate``."""
    ARCHIVE = "archive"
    """Only in the Parquet archive; the database has the ledger."""


@dataclass(frozen=True)
class Shard:
    """The participants of some buckets of an archive.

    Attributes:
        number: counts from 1.
        total: how many shards there are.
    """

    number: int
    total: int

    @classmethod
    def of_text(cls, text: str) -> Self | None:
        """The shard that a text such as ``1/4`` names; None if it names none."""
        found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
        if found is None or int(found[1]) > int(found[2]):
            return None
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.total}"

    @property
    def name(self) -> str:
        """The end of the names of its database and of its folder for the state."""
        return f"shard_{self.number}_of_{self.total}"

    def has_bucket(self, bucket: int) -> bool:
        """Whether the participants of a bucket belong to it."""
        return bucket % self.total == self.number - 1


def use_ledger_of_shard(environ: MutableMapping[str, str]) -> None:
    """Let ``PGDATABASE`` name the ledger of the shard in ``LOADER_SHARD``, if there is one.

    Args:
        environ: changed in place.
    """
    shard = Shard.of_text(environ.get("LOADER_SHARD") or "")
    if shard is not None:
        environ["PGDATABASE"] = f"{whole_database(environ)}_{shard.name}"


def whole_database(environ: Mapping[str, str]) -> str:
    """The database that the settings name, without the end for a shard."""
    return re.sub(r"_shard_\d+_of_\d+$", "", environ.get("PGDATABASE") or "fitbit")
