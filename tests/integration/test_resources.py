"""A lack of disk or memory, here or on the server: it has its own exit code, and is never a bug."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from loader.configuration.settings import PROJECT
from loader.database.session import RESOURCES, connect
from loader.errors import ExitCode, LoaderError
from loader.resources import as_resource_error
from tests.integration.test_errors import error_line
from tests.pipeline import Pipeline, seconds

pytestmark = pytest.mark.without_marts

ROWS = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(200)])
MANY = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(100_000)])


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A file system of its own at ``folder``; skips where the tests may not mount one."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small file system can only be mounted by root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def with_small_files(
    pipeline: Pipeline, size: int, *command: str
) -> subprocess.CompletedProcess[str]:
    """A command that may write no file larger than ``size`` bytes, as `ulimit -f` does it."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [sys.executable, "-m", "loader", *command],
        cwd=PROJECT,
        env={**os.environ, **pipeline.environment},
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=limit,
        check=False,
    )


SIZES = ["64k", "1m", "4m"]
"""Full while a file is copied, and while DuckDB parses it."""


@pytest.mark.parametrize("command", ["ingest", "verify"])
@pytest.mark.parametrize("size", SIZES)
def test_a_full_scratch_disk(pipeline: Pipeline, size: str, command: str) -> None:
    pipeline.write(MANY)

    with small_disk(pipeline.scratch, size):
        done = pipeline.loader(command)
        left = list(pipeline.scratch.iterdir())

    assert_scratch_is_full(pipeline, done)
    assert left == []


@pytest.mark.parametrize("size", [1 << 16, 1 << 20])
def test_files_may_not_be_so_large(pipeline: Pipeline, size: int) -> None:
    pipeline.write(MANY)

    done = with_small_files(pipeline, size, "ingest")

    assert_scratch_is_full(pipeline, done)


@pytest.mark.parametrize("left", [0, 4096, 16384])
def test_a_scratch_disk_on_which_nothing_is_left(pipeline: Pipeline, left: int) -> None:
    pipeline.write(MANY)

    with small_disk(pipeline.scratch, "64k"):
        fill(pipeline.scratch)
        with (pipeline.scratch / "ballast").open("r+b") as ballast:
            ballast.truncate((64 << 10) - left)
        done = pipeline.loader("ingest")
        names = [path.name for path in pipeline.scratch.iterdir()]

    assert_scratch_is_full(pipeline, done)
    assert names == ["ballast"]


def assert_scratch_is_full(pipeline: Pipeline, done: subprocess.CompletedProcess[str]) -> None:
    line = error_line(done)
    assert done.returncode == ExitCode.CANT_WRITE, line
    assert f"{pipeline.scratch} can't be written: " in line
    assert "SCRATCH_DIR" in line


def test_a_compressed_file_on_a_full_scratch_disk(pipeline: Pipeline) -> None:
    file = pipeline.write(MANY)
    subprocess.run(["gzip", str(file)], check=True)

    with small_disk(pipeline.scratch, "64k"):
        done = pipeline.loader("ingest")

    assert_scratch_is_full(pipeline, done)


def test_a_full_log_disk_is_found_before_anything_is_done(pipeline: Pipeline) -> None:
    pipeline.write(ROWS)
    pipeline.log.mkdir()

    with small_disk(pipeline.log, "64k"):
        fill(pipeline.log)
        done = pipeline.loader("ingest")

    line = error_line(done)
    assert done.returncode == ExitCode.CANT_WRITE, line
    assert f"{pipeline.log} can't be written: No space left on device" in line


def test_a_full_disk_below_dbt(pipeline: Pipeline, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    pipeline.write(ROWS)

    with small_disk(target, "64k"):
        done = pipeline.loader("ingest", DBT_TARGET_PATH=str(target))

    line = error_line(done)
    assert done.returncode == ExitCode.CANT_WRITE, line
    assert f"{target} can't be written: No space left on device" in line
    assert "DBT_TARGET_PATH" in line


def fill(disk: Path) -> None:
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(1024))
        except OSError:
            return


# --- Memory --------------------------------------------------------------------------------------


def test_not_enough_memory_for_duckdb(pipeline: Pipeline) -> None:
    filling = "create table filled as select range, random() from range(1000000)"
    with (
        duckdb.connect(config={"memory_limit": "1MB"}) as session,
        pytest.raises(duckdb.OutOfMemoryException) as raised,
    ):
        session.execute(filling)
    error = as_resource_error(raised.value, pipeline.scratch, "SCRATCH_DIR", "1MB")

    assert error is not None
    assert error.exit_code == ExitCode.OUT_OF_MEMORY
    assert "LOADER_MEMORY=1MB" in error.what


def test_not_enough_memory_for_python(pipeline: Pipeline) -> None:
    error = as_resource_error(MemoryError(), pipeline.scratch, "SCRATCH_DIR", "128MB")

    assert error is not None
    assert error.exit_code == ExitCode.OUT_OF_MEMORY


def test_an_error_raised_from_itself_has_an_end(tmp_path: Path) -> None:
    error = ValueError("of another kind")
    error.__cause__ = error

    assert as_resource_error(error, tmp_path, "SCRATCH_DIR", "128MB") is None


# --- The server's --------------------------------------------------------------------------------


@pytest.mark.parametrize("state", RESOURCES)
def test_what_the_server_lacks_is_named(pipeline: Pipeline, state: str) -> None:
    with (
        pytest.raises(LoaderError) as raised,
        connect(os.environ, "test") as session,
        session.cursor() as cursor,
    ):
        cursor.execute(f"do $$ begin raise 'the reason' using errcode = '{state}'; end $$")

    what, hint = RESOURCES[state]
    assert raised.value.what == f"{what} (the reason)"
    assert raised.value.hint.startswith(hint)
    assert raised.value.exit_code == ExitCode.DATABASE
