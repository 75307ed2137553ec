"""The machine and the versions of a benchmark."""

import os
import platform
import re
import shutil
from importlib.metadata import version
from pathlib import Path

from scripts.embedded.programs import find_or_fetch


def describe(folder: Path) -> list[tuple[str, str]]:
    """(what, value) for the page; ``folder`` contains the server's data and the files."""
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


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _disk(folder: Path) -> str:
    """Type and size of the file system, the mount with the longest prefix of the path."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    kinds = {mount: kind for _, mount, kind, *_ in mounts if folder.is_relative_to(mount)}
    return f"{kinds[max(kinds, key=len)]}, {shutil.disk_usage(folder).total / 1e9:.0f} GB"
