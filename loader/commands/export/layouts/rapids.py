"""``fitbit_heartrate_intraday.csv`` for the data stream fitbitparsed_csv of RAPIDS.

Its columns, local times and escapes: carissalow/rapids, docs/snippets/parsedfitbit_format.md,
src/data/streams/fitbitparsed_csv/format.yaml and container.R. RAPIDS computes TIMESTAMP (13 digits,
docs/datastreams/mandatory-fitbit-format.md) from local_date_time, and reads no other column.
"""

from loader.commands.export.dictionary import Variable
from loader.commands.export.files import CSV, ExportedFile, Files
from loader.commands.export.layouts.base import Layout
from loader.commands.export.layouts.minutes import (
    ROUNDED,
    SCHEMA,
    everyones_minutes,
    local_start,
    rounded_mean,
)
from loader.commands.export.source import Source

FILE = "fitbit_heartrate_intraday"

WITH_BACKSLASHES = f"{CSV}, escape '\\'"
"""RAPIDS reads a quote within quotes only after a backslash."""


def _write(source: Source, files: Files) -> list[ExportedFile]:
    select = "commands/export/layouts/write/rapids_minutes"
    minutes = everyones_minutes(source)
    return [files.write_as(f"{FILE}.csv", select, SCHEMA, minutes, options=WITH_BACKSLASHES)]


RAPIDS = Layout(
    title="Heart rate by the minute, as the data stream `fitbitparsed_csv` of RAPIDS reads it.",
    days="local days",
    notes=(
        f"{ROUNDED} `heartrate_zone` is empty, because the zones of the device are not known; "
        "RAPIDS then computes no minutes in zones. In config.yaml: `FITBIT_HEARTRATE_INTRADAY: "
        "CONTAINER: fitbit_heartrate_intraday.csv`."
    ),
    source="https://github.com/carissalow/rapids, docs/snippets/parsedfitbit_format.md",
    variables=(
        Variable("device_id", FILE, "text", "", "The participant."),
        Variable(
            *("timestamp", FILE, "64-bit integer", "milliseconds since 1970, UTC"),
            "The start of the minute, of 13 digits. RAPIDS doesn't read it.",
        ),
        local_start("local_date_time", FILE),
        rounded_mean("heartrate", FILE),
        Variable("heartrate_zone", FILE, "text", "", "Not known.", null="always null"),
    ),
    write=_write,
)
