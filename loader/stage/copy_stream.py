"""Send pieces of bytes to a COPY of Postgres."""

import io
from collections.abc import Iterator

import psycopg2
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import Composable

PIECE = 1 << 20
"""Bytes handed to libpq at a time."""


def copy(cursor: Cursor, statement: str | Composable, pieces: Iterator[bytes]) -> int:
    """Carry out a ``copy … from stdin``; returns how many rows arrived.

    Raises:
        psycopg2.Error: the server refused them.
        BaseException: whatever ``pieces`` raises, and then nothing was copied.
    """
    stream = ReadableStream(pieces)
    try:
        cursor.copy_expert(statement, stream, PIECE)
    except psycopg2.Error as error:
        # psycopg2 turns an error of ours in read(), Ctrl-C too, into one of the server's.
        raise stream.failure or error from error
    return cursor.rowcount


class ReadableStream(io.RawIOBase):
    """Pieces of bytes as the readable file that ``copy_expert`` asks for.

    Attributes:
        failure: the error of a piece, which psycopg2 replaces by its own.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")
        self.failure: BaseException | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._rest:
            piece = self._next_piece()
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        taken = self._rest[: size if size > 0 else None]
        self._rest = self._rest[len(taken) :]
        return bytes(taken)

    def _next_piece(self) -> bytes | None:
        try:
            return next(self._pieces, None)
        except BaseException as error:
            self.failure = error
            raise
