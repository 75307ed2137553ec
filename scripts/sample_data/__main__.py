"""Write synthetic heart-rate files.

data/sample/ is the output of exactly these commands: six weeks at a device's pace, and the three
days after them at 1 Hz. (Another version of zlib may compress the same content to other bytes.)

    python -m scripts.sample_data --start 2023-11-20 --days 42 --seed 39 --layout takeout-document \
        --not-worn 2023-12-08T22:50/2023-12-10T08:30 --not-worn 2023-12-20T22:15/2023-12-21T07:20 \
        --fever 2023-12-14 --gzip --output data/sample/takeout.json
    python -m scripts.sample_data --start 2024-01-01 --days 3 --seed 39 --output data/sample/hr.csv

A thousand days of a Takeout, with all its other files:

    python -m scripts.sample_data --layout takeout-json --layout takeout-siblings --days 1000 \
        --start 2021-01-01 --timezone Australia/Melbourne --output FOLDER
"""

from __future__ import annotations

import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from loader.wording import counted
from scripts.sample_data import writers
from scripts.sample_data.intraday import TimeRange
from scripts.sample_data.order import DEVICE, LAYOUTS, ONE_FILE_LAYOUTS, UTC_LAYOUTS, Order
from scripts.sample_data.parameters import Range, Step, StretchOfTime, Zone
from scripts.sample_data.places import Archive, Folder, Place, Written
from scripts.sample_data.signal import Stretch, Wearer

DEFAULT_START = date(2024, 1, 1)

# A real study's first id; the step and the number of ids are coprime, so that no id repeats.
FIRST_ID, ID_STEP, LOWEST_ID, IDS = 2_022_484_408, 611_953_019, 1_000_000_000, 9_000_000_000


def participant_name(number: int) -> str:
    """The name of the participant with this number, from 1: P001."""
    return f"P{number:03d}"


def numeric_id(number: int) -> str:
    """The ten-digit id of the participant with this number, from 1: 2022484408."""
    return str(LOWEST_ID + (FIRST_ID - LOWEST_ID + ID_STEP * (number - 1)) % IDS)


@click.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="The file to write, or (without a suffix) its folder. Always a folder with --participants "
    "and the hr layout, for participant_id=P001/hr.csv and so on, and with layouts of many "
    "files.",
)
@click.option(
    "--archive",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A zip file to write instead of --output, with the same paths as the folder.",
)
@click.option("--gzip", "gzipped", is_flag=True, help="Compress each file; its name ends in .gz.")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    help=f"First day in --timezone.  [default: {DEFAULT_START}]",
)
@click.option("--days", type=click.IntRange(1), default=1, show_default=True, help="How many days.")
@click.option("--participants", type=click.IntRange(1), help="The number of people: P001, P002, …")
@click.option("--numeric-ids", is_flag=True, help=f"Call them {FIRST_ID} and so on instead.")
@click.option(
    "--layout",
    "layouts",
    type=click.Choice(LAYOUTS),
    multiple=True,
    default=["hr"],
    show_default=True,
    help="Repeatable if each layout writes a folder; all layouts have the same readings.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="The same seed gives the same people and days, whatever range is written.",
)
@click.option(
    "--step",
    type=Step(),
    help=f"Seconds between readings, a divisor of a day; or {DEVICE} for 1 in a workout and 5 to "
    f"15 otherwise, as a Fitbit writes them.  [default: 1 for hr and fitabase, {DEVICE} for the "
    "others]",
)
@click.option("--gaps/--no-gaps", default=True, show_default=True, help="Charging and dropouts.")
@click.option(
    "--not-worn",
    type=StretchOfTime(),
    multiple=True,
    help="When nobody wore it, in UTC: 2023-12-08T22:50/2023-12-10T08:30. Repeatable.",
)
@click.option(
    "--fever",
    "fevers",
    type=click.DateTime(["%Y-%m-%d"]),
    multiple=True,
    help="A day of fever, without a workout. Repeatable.",
)
@click.option(
    "--timezone",
    "zone",
    type=Zone(),
    default="UTC",
    show_default=True,
    help="The people's time zone: its midnight begins a day (takeout-…), and its time is written "
    "in the file (fitabase, intraday-json).",
)
@click.option("--data-source", "source", help="takeout-csv: the value of a third column.")
@click.option(
    "--time-range",
    "wanted",
    type=Range(),
    help="intraday-json: answers for this part of each day, e.g. 08:00-09:30.",
)
@click.option(
    "--append",
    is_flag=True,
    help="Add --days days to existing hr.csv files, each from the day after its last row. Give "
    "the --seed and --step that the files were made with.",
)
def main(
    output: Path | None,
    archive: Path | None,
    gzipped: bool,
    start: datetime | None,
    days: int,
    participants: int | None,
    numeric_ids: bool,
    layouts: tuple[str, ...],
    seed: int,
    step: int | str | None,
    gaps: bool,
    not_worn: tuple[Stretch, ...],
    fevers: tuple[datetime, ...],
    zone: ZoneInfo,
    source: str | None,
    wanted: TimeRange | None,
    append: bool,
) -> None:
    """Write synthetic heart-rate files: one person's readings at 1 Hz, or those of a study."""
    if (output is None) == (archive is None):
        raise click.UsageError("give either --output or --archive.")
    if archive and gzipped:
        raise click.UsageError("--gzip goes with --output: an archive is packed already.")
    if output and len(layouts) > 1 and not is_folder(output):
        raise click.UsageError("several layouts need a folder as --output.")
    if append and (start or layouts != ("hr",) or archive or gzipped):
        raise click.UsageError("--append goes with the hr layout, plain files, without --start.")
    in_utc = [layout for layout in layouts if layout in UTC_LAYOUTS]
    if in_utc and zone.key != "UTC":
        raise click.UsageError(f"--timezone: the {in_utc[0]} layout is in UTC.")
    if source and "takeout-csv" not in layouts:
        raise click.UsageError("--data-source goes with takeout-csv.")
    if wanted and "intraday-json" not in layouts:
        raise click.UsageError("--time-range goes with intraday-json.")
    name = numeric_id if numeric_ids else participant_name
    ill = tuple(fever.date() for fever in fevers)
    people = [Wearer(name(n + 1), seed, not_worn, ill) for n in range(participants or 1)]
    first = start.date() if start else DEFAULT_START
    order = Order(people, bool(participants), zone, first, days, step, gaps, source, wanted)
    if archive:
        write_archive(order, layouts, archive)
    elif output and append:
        append_days(order, output)
    elif output:
        write_folder(order, layouts, output, gzipped)


def write_archive(order: Order, layouts: tuple[str, ...], path: Path) -> None:
    """Write all layouts to one zip, which gets its name only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with zipfile.ZipFile(unfinished, "w") as opened:
            for layout in layouts:
                write(order, layout, Archive(opened), path)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_folder(order: Order, layouts: tuple[str, ...], output: Path, gzipped: bool) -> None:
    """Write each layout below `output`, or a layout of one file to `output` itself."""
    for layout in layouts:
        foldered = order.named and layout != "fitabase"
        if layout not in ONE_FILE_LAYOUTS or foldered or is_folder(output):
            write(order, layout, Folder(output, gzipped), output)
        else:
            write(order, layout, Folder(output.parent, gzipped), output.parent, output.name)


def write(order: Order, layout: str, place: Place, shown: Path, name: str | None = None) -> None:
    """Write the files of one layout; prints each if they are few and large, else their sum."""
    total = Written(files=0)
    for file in order.files(layout, name):
        written = place.put(file.path, file.chunks)
        total += written
        if layout in ONE_FILE_LAYOUTS:
            report(str(shown / file.path), written)
    if layout not in ONE_FILE_LAYOUTS:
        report(f"{shown}: {layout}, {counted(total.files, 'file')}", total)


def append_days(order: Order, output: Path) -> None:
    """Add days to each wearer's hr.csv."""
    for wearer in order.people:
        if order.named:
            path = output / f"participant_id={wearer.participant}" / "hr.csv"
        else:
            path = output / "hr.csv" if is_folder(output) else output
        days = order.sensed(wearer, next_day(path))
        report(str(path), writers.append(path, writers.HR, days))


def next_day(path: Path) -> date:
    """The day after the last one of an existing hr.csv."""
    if not path.is_file():
        raise click.ClickException(f"nothing to append to: {path} does not exist.")
    try:
        return writers.last_day(path) + timedelta(days=1)
    except ValueError as error:
        raise click.ClickException(f"cannot append to {path}: {error}.") from error


def is_folder(output: Path) -> bool:
    """Whether this is a folder: an existing one, or a name without a suffix."""
    return output.is_dir() or not output.suffix


def report(what: str, written: Written) -> None:
    """Print on stderr what was written."""
    click.echo(f"{what}: {counted(written.rows, 'row')}, {counted(written.size, 'byte')}", err=True)


if __name__ == "__main__":
    main(prog_name="python -m scripts.sample_data")
