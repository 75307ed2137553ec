"""Steps, notes and errors on stderr, with a progress bar on a terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from threading import Lock
from typing import Protocol, TextIO

import click

from loader.wording import shown

SHORT_WORK = 50_000_000
"""Below this many bytes or rows, no progress bar is shown, because the step takes no time."""


class Step(StrEnum):
    """The steps of a command. The names are stable, because the ledger and the tests use them."""

    LOCK = "lock"
    FIND = "find"
    READ = "read"
    READ_AS_LOADED = "read_as_loaded"
    TABLE = "table"
    STAGE = "stage"
    KEY = "key"
    GUARD = "guard"
    DBT = "dbt"
    MARTS = "marts"
    COMMIT = "commit"
    STATE = "state"
    COMPARE = "compare"
    ERASE = "erase"
    VACUUM = "vacuum"
    EXPORT = "export"
    ARCHIVE = "archive"
    RETENTION = "retention"


class Reporter(Protocol):
    """Receives a run's progress."""

    def step(self, name: Step, text: str) -> None:
        """A step begins; ``text`` describes it to the user."""
        ...

    def note(self, text: str) -> None:
        """Information for the user, which is not an error."""
        ...

    def progress(self, what: str, done: int, total: int, short: int = SHORT_WORK) -> None:
        """``done`` more of ``total`` bytes, readings or nodes are done; called from any thread.

        A total below ``short`` isn't worth a bar.
        """
        ...


class Console:
    """A reporter that writes to a terminal, or with timestamps to a log."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._interactive = self._stream.isatty()
        self._drawing = Lock()
        self._bar: tuple[str, click._termui_impl.ProgressBar[int]] | None = None

    def step(self, name: Step, text: str) -> None:
        self._end_bar()
        if not self._interactive:
            self._line(text)

    def note(self, text: str) -> None:
        self._end_bar()
        self._line(text)

    def progress(self, what: str, done: int, total: int, short: int = SHORT_WORK) -> None:
        if not self._interactive or total < short:
            return
        with self._drawing:
            if self._bar is None or self._bar[0] != what:
                self._end_bar()
                few = total < SHORT_WORK  # so few that their number says something
                bar = click.progressbar(
                    length=total, label=f"{what:<10}", show_pos=few, file=self._stream
                )
                bar.__enter__()
                self._bar = (what, bar)
            self._bar[1].update(done)

    def error(self, text: str) -> None:
        """Print an error: one line with what happened and what to do."""
        self._end_bar()
        self._line(f"error: {text}")

    def _line(self, text: str) -> None:
        when = "" if self._interactive else f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  "
        print(f"{when}{shown(text)}", file=self._stream, flush=True)

    def _end_bar(self) -> None:
        if self._bar is not None:
            self._bar[1].__exit__(None, None, None)
            self._bar = None


class Stopwatch:
    """Measures the duration of each step, and passes the step on to the reporter."""

    def __init__(self, reporter: Reporter) -> None:
        self.seconds: dict[str, float] = {}
        self._reporter = reporter

    @contextmanager
    def step(self, name: Step, text: str) -> Iterator[None]:
        """Run a step and record its duration under its name."""
        self._reporter.step(name, text)
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - start, 3)
