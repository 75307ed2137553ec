"""Data points of Open mHealth: a header and a body by the schema omh:heart-rate:2.0.

openmhealth/schemas, schema/omh/: data-point-1.0.json, header-1.2.json, heart-rate-2.0.json; and
test-data/omh/heart-rate/2.0/shouldPass/. The schema has no place for a confidence, so only readings
that count are exported.
"""

from collections.abc import Iterator
from datetime import UTC

import pyarrow as pa

from loader.commands.export.dictionary import Variable
from loader.commands.export.files import JSON_LINES, ExportedFile, Files
from loader.commands.export.layouts.base import Layout
from loader.commands.export.relations import INSTANT, LargeRelation
from loader.commands.export.source import Source, schema_of

FILE = "heart_rate"

COUNTED_READINGS = LargeRelation(
    "heart_rate",
    "public",
    columns=(("timestamp", INSTANT), ("value", pa.float64())),
    slice="1 day",
    condition="(confidence is null or confidence >= %(min_confidence)s)",
)


def _write(source: Source, files: Files) -> list[ExportedFile]:
    return [
        files.write_as(
            f"{FILE}.jsonl",
            "commands/export/layouts/write/open_mhealth_readings",
            schema_of(COUNTED_READINGS.columns),
            _readings(source),
            options=JSON_LINES,
            created=f"{source.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        )
    ]


def _readings(source: Source) -> Iterator[pa.RecordBatch]:
    for participant in source.participants:
        if participant in source.settings:
            least = source.settings[participant].min_confidence
            yield from source.read_arrays(COUNTED_READINGS, participant, min_confidence=least)


OPEN_MHEALTH = Layout(
    title="Heart-rate readings as data points of Open mHealth (`omh:heart-rate:2.0`), one a line.",
    days="UTC days",
    notes=(
        "Only readings that count are exported: the schema has no place for a confidence. `id` is "
        "the same in every export of the same reading. `creation_date_time` is the time of the "
        "export. A reading takes about 400 bytes."
    ),
    source="https://github.com/openmhealth/schemas, schema/omh/heart-rate-2.0.json",
    variables=(
        Variable("header.id", FILE, "text", "", "A digest of the participant and the instant."),
        Variable("header.creation_date_time", FILE, "text", "UTC", "The time of the export."),
        Variable("header.schema_id", FILE, "object", "", "The schema of the body."),
        Variable("header.acquisition_provenance", FILE, "object", "", "Sensed, by Fitbit."),
        Variable("header.user_id", FILE, "text", "", "The participant."),
        Variable("body.heart_rate.value", FILE, "number", "beats/min", "The reading."),
        Variable(
            *("body.effective_time_frame.date_time", FILE, "text", "UTC"),
            "The instant of the reading.",
        ),
    ),
    write=_write,
)
