"""A file per participant, named and laid out as Fitabase's export of single participants.

``ID_heartrate_1min_20171001_20171007.csv`` with Time and Value is in Fitabase's public example data
and data dictionary (Heart Rate, 1 Minute). Public tools read the wear time of a day from
``ID_fitbitWearTimeViaHR_…`` with Day and TotalMinutesWearTime.
"""

from collections.abc import Iterator
from datetime import date

import pyarrow as pa

from loader.commands.export.dictionary import Variable
from loader.commands.export.files import ExportedFile, Files
from loader.commands.export.layouts.base import Layout
from loader.commands.export.layouts.minutes import (
    ROUNDED,
    SCHEMA,
    ZONE_SETTINGS,
    local_minutes,
    local_start,
    rounded_mean,
)
from loader.commands.export.request import Format
from loader.commands.export.rows import rows
from loader.commands.export.source import Source
from loader.file_names import file_names

MINUTES = "heartrate_1min"
WEAR = "fitbitWearTimeViaHR"
PEOPLE = "participants"

AS_MINUTES = "commands/export/layouts/write/fitabase_minutes"
AS_WEAR = "commands/export/layouts/write/fitabase_wear"


def _write(source: Source, files: Files) -> list[ExportedFile]:
    names = file_names(source.participants)
    written = []
    for participant in source.participants:
        schema, batches = rows(
            source.session,
            "commands/export/layouts/read/wear_days",
            {**source.values, "participant": participant},
        )
        days = list(batches)
        if not days:
            continue
        period = f"{_day(days[0], 0)}_{_day(days[-1], -1)}"
        path = f"{names[participant]}_{MINUTES}_{period}.csv"
        minutes = local_minutes(source, participant)
        written.append(files.write_as(path, AS_MINUTES, SCHEMA, minutes))
        path = f"{names[participant]}_{WEAR}_{period}.csv"
        written.append(files.write_as(path, AS_WEAR, schema, iter(days)))
    return [*written, _write_names(names, files)]


def _day(days: pa.RecordBatch, place: int) -> str:
    day: date = days.column("day").to_pylist()[place]
    return f"{day:%Y%m%d}"


def _write_names(names: dict[str, str], files: Files) -> ExportedFile:
    """The names in the files' names, which differ from participants with other letters."""
    schema = pa.schema([("participant_id", pa.string()), ("file_name", pa.string())])

    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch([list(names), list(names.values())], schema=schema)

    return files.write(PEOPLE, Format.CSV, schema, batches())


FITABASE = Layout(
    title="Heart rate by the minute and wear time by the day, in files named as Fitabase's.",
    days="local days",
    notes=(
        f"{ROUNDED} Wear time is the number of the day's minutes with a reading that counts, for "
        "every calendar day from enrolment to end. `participants.csv` has the name of each "
        "participant in the names of the files."
    ),
    source="https://www.fitabase.com, data dictionary (Heart Rate, 1 Minute) and example data",
    variables=(
        local_start("Time", MINUTES, form=", `M/D/YYYY h:mm:ss AM`"),
        rounded_mean("Value", MINUTES),
        Variable(
            *("Day", WEAR, "text", "local day"),
            "The date on the participant's clock, `M/D/YYYY`.",
            settings=ZONE_SETTINGS,
        ),
        Variable(
            *("TotalMinutesWearTime", WEAR, "64-bit integer", "minutes"),
            "Minutes of the day that have a reading that counts.",
            settings="marts_min_confidence",
        ),
        Variable("participant_id", PEOPLE, "text", "", "The participant."),
        Variable("file_name", PEOPLE, "text", "", "How the names of their files begin."),
    ),
    write=_write,
)
