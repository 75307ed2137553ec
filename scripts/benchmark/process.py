"""Run a program as a whole process: its wall time, its CPU time, its peak memory."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loader.configuration.settings import PROJECT
from scripts.benchmark.errors import BenchmarkError
from scripts.embedded.connection import client_environment


@dataclass(frozen=True)
class Finished:
    """A process that ended well.

    Attributes:
        seconds: from its start to its end.
        cpu_seconds: what it computed itself, user and system; not what the server did for it.
        peak_mb: its largest resident memory, in MB of 1,000,000 bytes.
        output: what it wrote to stdout.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    output: str


def run_duck(command: str, *paths: Path) -> Finished:
    """Run one command of scripts.benchmark.duck."""
    program = [sys.executable, "-m", "scripts.benchmark.duck", command]
    return run([*program, *map(str, paths)], {}, PROJECT)


def run(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, stdin: str = ""
) -> Finished:
    """Run ``command`` in ``folder`` with our environment and ``environment``.

    The kernel starts a child's peak memory at its parent's size, so whoever calls this stays small:
    what needs DuckDB is a process of its own.

    Raises:
        BenchmarkError: it ended with an error; says its last words.
    """
    with (
        tempfile.TemporaryFile("w+") as given,
        tempfile.TemporaryFile("w+") as output,
        tempfile.TemporaryFile("w+") as errors,
    ):
        given.write(stdin)
        given.seek(0)
        start = time.monotonic()
        process = subprocess.Popen(
            command,
            stdin=given,
            stdout=output,
            stderr=errors,
            cwd=folder,
            env=client_environment(dict(environment)),
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            words = (errors.read().strip() or output.read().strip()).splitlines()[-3:]
            raise BenchmarkError(
                f"{' '.join(command[:4])} ended with {process.returncode}: {' / '.join(words)}"
            )
        return Finished(
            seconds=seconds,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            peak_mb=usage.ru_maxrss * 1024 / 1e6,
            output=output.read(),
        )
