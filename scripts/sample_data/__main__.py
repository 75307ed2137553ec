"""Write made-up heart-rate files.

data/hr.csv is the output of exactly this command:

    python -m scripts.sample_data --start 2024-01-01 --days 3 --seed 39 --output data/hr.csv
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from scripts.sample_data import writers
from scripts.sample_data.signal import DAY, DayReadings, Wearer

DEFAULT_START = date(2024, 1, 1)


def participant_name(number: int) -> str:
    """The name of the participant with this number, from 1: P001."""
    return f"P{number:03d}"


def check_step(_context: click.Context, _parameter: click.Parameter, step: int) -> int:
    """Refuse a step that would make the last interval of a day shorter than the others."""
    if DAY % step:
        raise click.BadParameter(f"{step} s does not divide a day; use 1, 5, 10, 15, 30 or 60.")
    return step


def next_day(path: Path) -> date:
    """The day after the last one of an existing hr.csv."""
    if not path.is_file():
        raise click.ClickException(f"nothing to append to: {path} does not exist.")
    try:
        return writers.last_day(path) + timedelta(days=1)
    except ValueError as error:
        raise click.ClickException(f"cannot append to {path}: {error}.") from error


@click.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="The file to write, or (no suffix) the folder for it. With --participants and the hr "
    "layout always the folder, for participant_id=P001/hr.csv and so on.",
)
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    help=f"First UTC day.  [default: {DEFAULT_START}]",
)
@click.option("--days", type=click.IntRange(1), default=1, show_default=True, help="How many days.")
@click.option("--participants", type=click.IntRange(1), help="How many people: P001, P002, …")
@click.option("--layout", type=click.Choice(list(writers.LAYOUTS)), default="hr", show_default=True)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="The same seed gives the same people and the same days, whatever range is asked for.",
)
@click.option(
    "--step",
    type=click.IntRange(1),
    callback=check_step,
    default=1,
    show_default=True,
    help="Seconds between readings; must divide a day.",
)
@click.option("--gaps/--no-gaps", default=True, show_default=True, help="Charging and dropouts.")
@click.option(
    "--append",
    is_flag=True,
    help="Add --days days to existing hr.csv files, each from the day after its last row. Give "
    "the --seed and --step that the files were made with.",
)
def main(
    output: Path,
    start: datetime | None,
    days: int,
    participants: int | None,
    layout: str,
    seed: int,
    step: int,
    gaps: bool,
    append: bool,
) -> None:
    """Write made-up heart-rate files: one person's readings at 1 Hz, or a whole study's."""
    if append and (start or layout != "hr"):
        raise click.UsageError("--append goes with the hr layout and without --start.")
    people = [Wearer(participant_name(n + 1), seed) for n in range(participants or 1)]
    first = start.date() if start else DEFAULT_START

    def readings(person: Wearer, first: date) -> Iterator[DayReadings]:
        return person.days(first, days, step=step, gaps=gaps)

    if layout == "fitabase":
        path = file_in(output, "heartrate_seconds_merged.csv")
        everyone = (day for person in people for day in readings(person, first))
        report(path, writers.write(path, writers.FITABASE, everyone))
        return
    for person in people:
        path = hr_path(output, person.participant if participants else None)
        if append:
            report(path, writers.append(path, writers.HR, readings(person, next_day(path))))
        else:
            report(path, writers.write(path, writers.HR, readings(person, first)))


def hr_path(output: Path, participant: str | None) -> Path:
    """Where a participant's hr.csv goes; `participant` is None where the file stands alone."""
    if participant:
        return output / f"participant_id={participant}" / "hr.csv"
    return file_in(output, "hr.csv")


def file_in(output: Path, name: str) -> Path:
    """`output` itself, or the file of this name in it where it is a folder (has no suffix)."""
    return output / name if output.is_dir() or not output.suffix else output


def report(path: Path, written: writers.Written) -> None:
    """Say on stderr what was written."""
    click.echo(f"{path}: {written.rows:,} rows, {written.size:,} bytes", err=True)


if __name__ == "__main__":
    main(prog_name="python -m scripts.sample_data")
