"""Takeout's JSON, ``heart_rate-YYYY-MM-DD.json``: instants in UTC, with Fitbit's confidence.

``[{ "dateTime" : "05/18/15 05:25:00", "value" : { "bpm" : 114, "confidence" : 0 } }, …]``. The day
in the name is the wearer's; the instants are UTC all the same. Other files of a Takeout have the
same outline and no ``bpm``.
"""

import json

from loader.readers.base import Layout, Reader

RECORDS_LOOKED_AT = 5
"""Of these one must be a heart rate; the first may be damaged."""

LOOKED_AT = 4096
"""Bytes of the head that hold those records."""

MACROS = """
create macro takeout_json(snapshots, delimiter, column_count) as table (
    select
        parse_filename(filename, true) as file_name,
        null as participant_id,
        american_instant("dateTime") as timestamp,
        number(value.bpm) as value,
        confidence(value.confidence) as confidence,
        true as fits
    from read_json(
        snapshots,
        filename = true,
        format = 'array',
        columns = {'dateTime': 'VARCHAR', 'value': 'STRUCT(bpm VARCHAR, confidence VARCHAR)'}
    )
);

create macro takeout_json_rejected(snapshots, delimiter, column_count) as table (
    select
        row_number() over () as row_number,
        json::varchar as raw,
        json ->> '$.dateTime' as time_text,
        json ->> '$.value.bpm' as value_text,
        complaint(time_text, american_instant(time_text), value_text, number(value_text)) as reason
    from read_json_objects(snapshots, format = 'array')
);
"""


def _claims(reader: Reader, head: bytes) -> Layout | None:
    text = head[:LOOKED_AT].decode("utf-8-sig", "replace").lstrip()
    if not text.startswith("["):
        return None
    decoder = json.JSONDecoder()
    position = 1
    for _ in range(RECORDS_LOOKED_AT):
        position += len(text[position:]) - len(text[position:].lstrip(" \t\r\n,"))
        try:
            record, position = decoder.raw_decode(text, position)
        except ValueError:
            return None
        if isinstance(record, dict) and _is_heart_rate(record):
            return Layout(reader)
    return None


def _is_heart_rate(record: dict[str, object]) -> bool:
    value = record.get("value")
    return "dateTime" in record and isinstance(value, dict) and "bpm" in value


READER = Reader(
    name="takeout json",
    rank=500,
    expected='[{"dateTime": …, "value": {"bpm": …, "confidence": …}}, …] (Takeout)',
    times="UTC",
    lines=False,
    claims=_claims,
    relation="takeout_json",
    macros=MACROS,
    row_marker=b'"dateTime"',
)
