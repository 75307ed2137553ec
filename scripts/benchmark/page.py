"""docs/benchmarks.md: the goals, the results, and how to reproduce them."""

import os
import platform
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from scripts.benchmark.process import Finished
from scripts.benchmark.results import Results, Row
from scripts.benchmark.sizes import Sizes
from scripts.embedded.programs import find_or_fetch

HEAD = """# Benchmarks

Written by `{command}` on {when:%Y-%m-%d}; don't edit by hand. Why these figures are as they
are, and what was tried: [decisions/0007-speed.md](decisions/0007-speed.md).
"""
HOW = Path(__file__).with_name("how.md")


def render(
    results: Results, sizes: Sizes, machine: Sequence[tuple[str, str]], when: datetime | None = None
) -> str:
    """The Markdown of the page."""
    return "\n".join(
        [
            HEAD.format(command=sizes.command, when=when or datetime.now(UTC)),
            *_table(
                ("measure", "against", "goal", "measured", "met"), map(_goal_cells, results.rows)
            ),
            "",
            *(f"* {note}" for note in results.notes),
            *([""] if results.notes else []),
            HOW.read_text(encoding="utf-8").format(**asdict(sizes)),
            "## Every process",
            "",
            *_table(
                ("process", "times", "seconds (least to most)", "own CPU, s", "peak memory, MB"),
                (_process_cells(name, runs) for name, runs in results.processes.items()),
            ),
            "",
            "## The machine",
            "",
            *_table(("what", "value"), machine),
            "",
        ]
    )


def machine_of(folder: Path) -> list[tuple[str, str]]:
    """(what, value) for the page; ``folder`` is where server and files lie."""
    versions = find_or_fetch().versions
    return [
        ("processor", f"{_processor()}, {len(os.sched_getaffinity(0))} cores"),
        ("memory", f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB"),
        ("disk", _disk(folder)),
        ("system", f"Linux {platform.release().split('-')[0]}"),
        ("PostgreSQL", f"{versions['postgresql']}, embedded, ordinary settings"),
        ("TimescaleDB", versions["timescaledb"]),
        ("dbt", f"{version('dbt-core')}, dbt-postgres {version('dbt-postgres')}"),
        ("DuckDB", version("duckdb")),
        ("Python", platform.python_version()),
    ]


def _goal_cells(row: Row) -> tuple[str, ...]:
    return (row.measure, row.against, row.goal, row.measured, "yes" if row.met else "**no**")


def _process_cells(name: str, runs: Sequence[Finished]) -> tuple[str, ...]:
    seconds = sorted(one.seconds for one in runs)
    return (
        name,
        str(len(runs)),
        f"{median(seconds):.2f} ({seconds[0]:.2f} to {seconds[-1]:.2f})",
        f"{median(one.cpu_seconds for one in runs):.2f}",
        f"{max(one.peak_mb for one in runs):.0f}",
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _disk(folder: Path) -> str:
    """The file system's type and size; of the mount that is the longest beginning of the path."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    kinds = {mount: kind for _, mount, kind, *_ in mounts if folder.is_relative_to(mount)}
    return f"{kinds[max(kinds, key=len)]}, {shutil.disk_usage(folder).total / 1e9:.0f} GB"
