"""``heart_rate_minute_level`` as in the data of the All of Us Research Program.

Its columns: all-of-us/curation, data_steward/resource_files/schemas/wearables/fitbit/
heart_rate_minute_level.json. The values there are those of Fitbit's Web API, without processing
(support.researchallofus.org, article 20281023493908), whose times are on the wearer's clock. The
column src_id, the participant portal that a record is from, has no counterpart.
"""

from loader.commands.export.dictionary import Variable
from loader.commands.export.files import ExportedFile, Files
from loader.commands.export.layouts.base import Layout
from loader.commands.export.layouts.minutes import (
    ROUNDED,
    SCHEMA,
    everyones_minutes,
    local_start,
    rounded_mean,
)
from loader.commands.export.source import Source

FILE = "heart_rate_minute_level"


def _write(source: Source, files: Files) -> list[ExportedFile]:
    select = "commands/export/layouts/write/all_of_us_minutes"
    return [files.write_as(f"{FILE}.csv", select, SCHEMA, everyones_minutes(source))]


ALL_OF_US = Layout(
    title="Heart rate by the minute, as the table `heart_rate_minute_level` of All of Us.",
    days="local days",
    notes=(
        f"{ROUNDED} `person_id` is the participant's name; in All of Us it is an integer. The "
        "column `src_id` is left out."
    ),
    source=(
        "https://github.com/all-of-us/curation, "
        "data_steward/resource_files/schemas/wearables/fitbit/heart_rate_minute_level.json"
    ),
    variables=(
        Variable("person_id", FILE, "text", "", "The participant."),
        local_start("datetime", FILE),
        rounded_mean("heart_rate_value", FILE),
    ),
    write=_write,
)
