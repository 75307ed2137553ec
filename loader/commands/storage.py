"""How much disk space heart_rate takes, in rows and compressed."""

from dataclasses import dataclass

from psycopg2.extensions import connection as Connection

from loader.database import query
from loader.database.compressed_chunks import restores_compressed_chunks
from loader.sql import statement
from loader.wording import counted, sized


@dataclass(frozen=True)
class Storage:
    """The hypertable heart_rate on disk.

    Attributes:
        row_bytes, compressed_bytes: what its chunks take in rows (with the key) and compressed.
        chunks, compressed_chunks: how many there are; a compressed one may have rows as well.
        readings: an estimate; 0 before the server has first analyzed the table.
        is_enabled: whether chunks may be compressed.
        licence, version: TimescaleDB's.
    """

    row_bytes: int
    compressed_bytes: int
    chunks: int
    compressed_chunks: int
    readings: int
    is_enabled: bool
    licence: str
    version: str

    def render(self) -> str:
        """One line for a terminal."""
        if not self.compressed_chunks:
            size = sized(self.row_bytes)
            return f"{size}{self._of_a_reading}; not compressed: {self._reason}"
        return (
            f"{sized(self.row_bytes)} in rows and {sized(self.compressed_bytes)} compressed "
            f"({self.compressed_chunks:,} of {counted(self.chunks, 'chunk')}){self._of_a_reading}"
        )

    @property
    def _of_a_reading(self) -> str:
        if not self.readings:
            return ""
        total = self.row_bytes + self.compressed_bytes
        return f", about {total / self.readings:.1f} bytes a reading"

    @property
    def _reason(self) -> str:
        if self.licence == "apache":
            return "this server's TimescaleDB has the licence apache"
        if not restores_compressed_chunks(self.version):
            return f"TimescaleDB {self.version} is older than 2.20"
        return "no chunk is old enough" if self.is_enabled else "columnstore is off"


def read_storage(session: Connection) -> Storage | None:
    """Ask TimescaleDB's catalog; None before heart_rate is built."""
    found = query.row(session, statement("commands/storage"))
    return None if found is None else Storage(*found)
