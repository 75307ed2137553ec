"""The messages of a COPY to the client, one after the other, while the server sends more."""

from collections.abc import Iterator
from contextlib import suppress
from queue import Full, Queue
from threading import Event, Thread

import psycopg2
from psycopg2.extensions import cursor as Cursor

AHEAD = 4
"""How many messages wait; a day at 1 Hz is one of 2.6 MB."""

LOOK_EVERY = 0.1
"""Seconds after which the waiting thread looks whether the other one has stopped."""


class _StoppedError(Exception):
    """Nobody reads the messages any more."""


def messages(cursor: Cursor, statement: str) -> Iterator[bytes]:
    """Carry out a ``copy … to stdout`` in a thread, because psycopg2 calls back for each message.

    Closing the iterator cancels the statement.

    Raises:
        psycopg2.Error: the server ended it.
    """
    sender = _Sender(cursor, statement)
    thread = Thread(target=sender.run, name="copy", daemon=True)
    thread.start()
    try:
        yield from sender.received(thread)
    finally:
        sender.stopped.set()
        if thread.is_alive() and not sender.ended.is_set():
            cursor.connection.cancel()
        thread.join()


class _Sender:
    """The thread's side: the writable file that ``copy_expert`` asks for."""

    def __init__(self, cursor: Cursor, statement: str) -> None:
        self.stopped = Event()
        self.ended = Event()
        self._cursor = cursor
        self._statement = statement
        self._waiting: Queue[bytes | None] = Queue(AHEAD)
        self._failure: BaseException | None = None

    def run(self) -> None:
        try:
            self._cursor.copy_expert(self._statement, self)
        except (psycopg2.Error, _StoppedError) as error:
            self._failure = error
        finally:
            self.ended.set()
            with suppress(_StoppedError):
                self._put(None)

    def write(self, message: bytes) -> int:
        self._put(message)
        return len(message)

    def _put(self, message: bytes | None) -> None:
        """Hand over a message; None for the end."""
        while not self.stopped.is_set():
            try:
                return self._waiting.put(message, timeout=LOOK_EVERY)
            except Full:
                continue
        raise _StoppedError

    def received(self, thread: Thread) -> Iterator[bytes]:
        """The messages; raises what ended the statement."""
        while (message := self._waiting.get()) is not None:
            yield message
        thread.join()
        if self._failure is not None:
            raise self._failure
