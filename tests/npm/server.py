"""TimescaleDB with the community licence as a package of npm: PostgreSQL as WebAssembly.

It answers one connection at a time, so statements can be tested on it, but not runs.
"""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection

from scripts.embedded.server import free_port

FIRST_PORT = 25432
"""Each worker takes the first free port."""


class NpmServer:
    """The server of the npm package, with its data in a folder."""

    def __init__(self, program: Path, data: Path) -> None:
        self._program, self._data = program, data
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        self._port = free_port(FIRST_PORT)
        command: list[str | Path] = ["node", self._program, str(self._port), self._data]
        log = self._data.with_suffix(".log")
        with log.open("a") as errors:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        assert self._process.stdout is not None
        if "ready\n" not in iter(self._process.stdout.readline, ""):
            raise OSError(f"the npm server did not start: {log.read_text()[-500:]}")

    def stop(self) -> None:
        """Shut it down, so that its data are complete on disk."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.communicate(timeout=60)
            self._process = None

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Its only connection, in autocommit mode and UTC."""
        session = psycopg2.connect(
            host="127.0.0.1",
            port=self._port,
            dbname="postgres",
            user="postgres",
            password="postgres",
            sslmode="disable",
        )
        try:
            session.autocommit = True
            with session.cursor() as cursor:
                cursor.execute("set timezone = 'UTC'")
            yield session
        finally:
            session.close()
