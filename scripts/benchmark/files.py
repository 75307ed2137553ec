"""The input files: synthetic readings without gaps, the same in every benchmark."""

import sys
from datetime import date, timedelta
from pathlib import Path

from loader.configuration.settings import PROJECT
from scripts.benchmark.process import run
from scripts.benchmark.sizes import Sizes

START = date(2020, 1, 1)


def make_file(path: Path, sizes: Sizes, *, first_day: int, days: int) -> Path:
    """Write ``days`` days to ``path``, beginning ``first_day`` days after the start."""
    start = START + timedelta(days=first_day)
    _sample(sizes, "--output", str(path), "--start", str(start), "--days", str(days))
    return path


def append_day(path: Path, sizes: Sizes) -> None:
    """Add the next day to a file."""
    _sample(sizes, "--output", str(path), "--days", "1", "--append")


def make_study(folder: Path, sizes: Sizes, first_day: int = 0) -> list[Path]:
    """Write one day for each participant: participant_id=P001/hr.csv and so on."""
    start = START + timedelta(days=first_day)
    _sample(
        sizes,
        *("--output", str(folder), "--start", str(start), "--days", "1"),
        *("--participants", str(sizes.participants)),
    )
    return sorted(folder.glob("*/hr.csv"))


def make_archive(folder: Path, *, first_day: int, days: int) -> Path:
    """Write Takeout's daily JSON files for a wearer in Melbourne, at the watch's own rate."""
    program = [sys.executable, "-m", "scripts.sample_data", "--layout", "takeout-json"]
    when = ["--start", str(START + timedelta(days=first_day)), "--days", str(days)]
    where = ["--timezone", "Australia/Melbourne", "--output", str(folder)]
    run([*program, *when, *where], {}, PROJECT)
    return folder


def make_pages(folder: Path, *, days: int) -> Path:
    """Write pages of the Google Health API, six per day, with a reading every three seconds."""
    program = [sys.executable, "-m", "scripts.sample_data", "--layout", "google-health-json"]
    when = ["--start", str(START), "--days", str(days), "--step", "3", "--no-gaps"]
    run([*program, *when, "--output", str(folder)], {}, PROJECT)
    return folder


def _sample(sizes: Sizes, *arguments: str) -> None:
    program = [sys.executable, "-m", "scripts.sample_data", "--no-gaps", "--step", str(sizes.step)]
    run([*program, *arguments], {}, PROJECT)
