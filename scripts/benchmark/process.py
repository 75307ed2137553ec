"""Runs a program and measures its process: wall time, CPU time and peak memory."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loader.configuration.settings import PROJECT
from scripts.embedded.connection import client_environment


class BenchmarkError(Exception):
    """What was timed did not do its work; there is nothing to compare."""


@dataclass(frozen=True)
class Finished:
    """A process that succeeded.

    Attributes:
        seconds: its wall time.
        cpu_seconds: its own CPU time, user and system, without the database server's.
        peak_mb: its peak resident memory, in MB of 1,000,000 bytes.
        output: its stdout.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    output: str


def run_duck(command: str, *arguments: str | Path) -> Finished:
    """Run a command of scripts.benchmark.duck."""
    program = [sys.executable, "-m", "scripts.benchmark.duck", command]
    return run([*program, *map(str, arguments)], {}, PROJECT)


def run(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, stdin: str = ""
) -> Finished:
    """Run ``command`` in ``folder`` with the environment extended by ``environment``.

    The kernel initialises a child's peak memory with its parent's size. So the calling process has
    to stay small, and steps that need DuckDB run in a separate process.

    Raises:
        BenchmarkError: the process failed; contains its last lines of output.
    """
    with (
        tempfile.TemporaryFile("w+") as script,
        tempfile.TemporaryFile("w+") as output,
        tempfile.TemporaryFile("w+") as errors,
    ):
        script.write(stdin)
        script.seek(0)
        start = time.monotonic()
        process = subprocess.Popen(
            command,
            stdin=script,
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
