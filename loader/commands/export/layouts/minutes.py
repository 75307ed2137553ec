"""The minutes of participants with their local times, which three layouts have."""

from collections.abc import Iterator

import pyarrow as pa

from loader.commands.export.dictionary import Variable
from loader.commands.export.relations import INSTANT, LargeRelation
from loader.commands.export.source import Source, schema_of
from loader.database import query
from loader.sql import statement

MINUTES = LargeRelation(
    "heart_rate_minute",
    columns=(
        ("minute", INSTANT),
        ("local_time", pa.timestamp("us")),
        ("mean_bpm", pa.float64()),
    ),
    slice="30 days",
    expressions={"local_time": "minute at time zone %(time_zone)s"},
)

SCHEMA = schema_of(MINUTES.columns)

ROUNDED = (
    "A minute is the mean of its readings that count, rounded to a whole number, as Fitbit's own "
    "minutes are. A minute without readings has no row. In the night in which the clocks go back, "
    "the times of an hour occur twice."
)
"""What the README says of them."""

ZONE_SETTINGS = "participants.time_zone, FITBIT_TIMEZONE, default_time_zone"
"""The settings that decide a local time."""


def local_start(name: str, relation: str, form: str = "") -> Variable:
    """The column of a minute's local time, which may have a form of its own."""
    definition = f"The start of the minute on the participant's clock{form}."
    return Variable(name, relation, "text", "local time", definition, settings=ZONE_SETTINGS)


def rounded_mean(name: str, relation: str) -> Variable:
    """The column of a minute's mean."""
    definition = "The mean of the minute's readings that count, rounded."
    settings = "marts_min_confidence"
    return Variable(name, relation, "integer", "beats/min", definition, settings=settings)


def local_minutes(source: Source, participant: str) -> Iterator[pa.RecordBatch]:
    """The minutes of one participant, with the time on their clock."""
    settings = source.settings[participant]
    local = {"participant": participant, "time_zone": settings.time_zone}
    local_range = statement("commands/export/layouts/read/local_range")
    first, after = query.row(source.session, local_range, {**source.values, **local})
    yield from source.read_arrays(
        MINUTES, participant, time_zone=settings.time_zone, start=first, end=after
    )


def everyones_minutes(source: Source) -> Iterator[pa.RecordBatch]:
    """The minutes of all participants, one after the other."""
    for participant in source.participants:
        if participant in source.settings:
            yield from local_minutes(source, participant)
