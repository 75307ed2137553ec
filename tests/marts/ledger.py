"""The ledger of the made-up wearers: their own limits, and the devices of their readings."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from tests.marts.study import Reading
from tests.marts.wearers import LIMITS, device_of
from tests.pipeline import Pipeline


def record_limits(pipeline: Pipeline) -> None:
    """Record the limits that files have of the wearers' own zones."""
    for (who, day), limits in LIMITS.items():
        of_file = "insert into ingest.zone_limits values (%s, %s, %s, %s, %s, %s, %s)"
        pipeline.query(of_file, ["b.csv", who, day, 410, *limits])
        # Of another format, which doesn't count.
        pipeline.query(of_file, ["c.json", who, day, 300, 80, 90, 100])


def record_devices(pipeline: Pipeline, readings: Iterable[Reading]) -> None:
    """Record which device the files name for the readings of a day."""
    spans: dict[tuple[str, date, str], list[datetime]] = defaultdict(list)
    for reading in readings:
        if device := device_of(reading):
            spans[reading.participant, reading.instant.date(), device].append(reading.instant)
    for key, instants in spans.items():
        of_device = "insert into ingest.devices values (%s, %s, %s, %s, %s)"
        pipeline.query(of_device, [*key, min(instants), max(instants)])
