"""Commands in processes of their own that need not import dbt again.

A server process, which multiprocessing keeps for this purpose, has imported what a run imports;
each command is a fork of it. A command has a process, an environment, a folder, standard streams
and an exit code of its own, as a new interpreter would, but starts in milliseconds.
"""

import atexit
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory

IMPORTED = (
    "dbt.adapters.postgres",
    "dbt.cli.main",
    "duckdb",
    "loader.cli",
    "loader.commands.ingest",
    "loader.commands.summary",
    "numpy",
    "psycopg2",
    "pyarrow",
    "tests.warm_dbt",
)

AT_THE_START = ("PYTHON", "LC_", "LANG")
"""Variables that an interpreter reads when it starts: with those set, a new one is needed."""


class Command:
    """``python -m MODULE …``, or ``python SCRIPT …`` where the first word is a path."""

    def __init__(
        self,
        command: Sequence[str],
        cwd: Path,
        environment: Mapping[str, str],
        output: Path,
        errors: Path,
    ) -> None:
        self._process: ForkServerProcess = _context().Process(
            target=_run, args=(list(command), str(cwd), dict(environment), output, errors)
        )
        self._process.daemon = True
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """As subprocess has it: negative where a signal ended the process."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Wait for the end.

        Raises:
            subprocess.TimeoutExpired: it has not ended.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("a preloaded command", timeout)
        return self._process.exitcode

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        if self._process.exitcode is None:
            os.kill(self.pid, number)


def run(
    command: Sequence[str], cwd: Path, environment: Mapping[str, str], timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, as ``subprocess.run`` would with its output captured."""
    with TemporaryDirectory() as folder:
        output, errors = Path(folder, "output"), Path(folder, "errors")
        started = Command(command, cwd, environment, output, errors)
        try:
            code = started.wait(timeout)
        except subprocess.TimeoutExpired:
            started.kill()
            raise
        return subprocess.CompletedProcess(
            list(command), code, output.read_text("utf-8"), errors.read_text("utf-8")
        )


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, *IMPORTED])
    return context


def _run(
    command: list[str], cwd: str, environment: dict[str, str], output: Path, errors: Path
) -> None:
    """Become the command; runs in the fork."""
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(cwd)
    for descriptor, file in ((1, output), (2, errors)):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    code = _exit_code(command)
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _exit_code(command: list[str]) -> int:
    name, *_ = sys.argv = list(command)
    try:
        if os.path.isabs(name):
            runpy.run_path(name, run_name="__main__")
        else:
            runpy.run_module(name, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        print(ended.code, file=sys.stderr)  # noqa: T201
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0
