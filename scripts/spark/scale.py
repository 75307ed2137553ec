"""Measure a day of many wearers: four shards write the archive, then Spark builds the marts.

``python -m scripts.spark.scale --wearers 100 --wearers 1000`` prints the rows of the table in
docs/spark.md. The readings are synthetic, at a device's own pace.
"""

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click
import pyarrow.parquet as pq

from loader.configuration.settings import PROJECT
from loader.configuration.stored_in import Shard
from loader.configuration.variables import ENV_FILE
from scripts.benchmark.process import BenchmarkError, run
from scripts.benchmark.server import Server, start_server
from scripts.embedded.connection import client_environment

SHARDS = 4
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Measured:
    """Processes that ran at the same time, with everything that they started."""

    seconds: float
    cpu_seconds: float
    peak_mb: float

    def row(self, wearers: int, step: str, folder: Path) -> str:
        """A row of the table."""
        size = sum(file.stat().st_size for file in folder.rglob("*.parquet")) / 1e6
        cells = f"{self.seconds:.0f} | {self.cpu_seconds:.0f} | {self.peak_mb:,.0f} | {size:.1f}"
        return f"| {wearers:,} | {step} | {cells} |"


def measure(commands: Iterable[tuple[list[str], Mapping[str, str]]], log: Path) -> Measured:
    """Run commands at the same time.

    dbt doesn't wait for the end of Spark's process, whose CPU time would be missing: this process
    inherits what they leave running, and waits for it.

    Raises:
        BenchmarkError: one of them failed.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    start = time.monotonic()
    with log.open("a") as output:
        started = [
            subprocess.Popen(command, env=environment, cwd=PROJECT, stdout=output, stderr=output)
            for command, environment in commands
        ]
    own = {process.pid for process in started}
    seconds = cpu_seconds = peak_mb = 0.0
    while True:
        try:
            pid, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return Measured(seconds, cpu_seconds, peak_mb)
        cpu_seconds += usage.ru_utime + usage.ru_stime
        peak_mb = max(peak_mb, usage.ru_maxrss * 1024 / 1e6)
        if pid in own:
            seconds = time.monotonic() - start
            if status:
                raise BenchmarkError(f"a command failed: {log.read_text()[-2000:]}")


def measure_day(server: Server, folder: Path, wearers: int) -> Iterable[str]:
    """The rows of one number of wearers."""
    program = [sys.executable, "-m", "scripts.sample_data", "--step", "device"]
    what = ["--start", "2026-01-05", "--participants", str(wearers)]
    run([*program, *what, "--output", str(folder / "data")], {}, PROJECT)
    archive, log = folder / "archive", folder / "log"
    shards = [Shard(number, SHARDS) for number in range(1, SHARDS + 1)]
    with ExitStack() as ledgers:
        ledgers.enter_context(server.database("study"))
        of_shards = []
        for shard in shards:
            ledger = ledgers.enter_context(server.database(f"study_{shard.name}"))
            environment = client_environment(
                {
                    **ledger.environment,
                    ENV_FILE: os.devnull,
                    "PGDATABASE": "study",
                    "LOADER_SHARD": f"{shard.number}/{shard.total}",
                    "STORE": "archive",
                    "ARCHIVE_DIR": str(archive),
                    "DATA_DIR": str(folder / "data"),
                    "STATE_DIR": str(folder / "state"),
                    "LOG_DIR": str(folder / "logs"),
                }
            )
            of_shards.append(environment)
        ingest = [sys.executable, "-m", "loader", "ingest"]
        yield measure([(ingest, each) for each in of_shards], log).row(
            wearers, f"{SHARDS} shards write the archive", archive
        )
    rows = pq.read_table(archive / "days.parquet", columns=["readings"])["readings"].to_pylist()
    yield f"<!-- {sum(rows):,} readings, {len(rows):,} participant-days (UTC) -->"
    build = [sys.executable, "-m", "scripts.spark", "build"]
    environment = {name: value for name, value in of_shards[0].items() if name != "LOADER_SHARD"}
    for step in ("Spark builds the marts", "Spark finds nothing new"):
        yield measure([(build, environment)], log).row(wearers, step, archive / "marts")


@click.command()
@click.option("--wearers", type=int, multiple=True, default=(100, 1000), show_default=True)
def main(wearers: tuple[int, ...]) -> None:
    """Print the rows of the table in docs/spark.md."""
    with start_server() as (server, folder):
        for number in wearers:
            (folder / str(number)).mkdir()
            for row in measure_day(server, folder / str(number), number):
                click.echo(row)


if __name__ == "__main__":
    main()
