"""Takeout's JSON, ``heart_rate-YYYY-MM-DD.json``: instants in UTC, with Fitbit's confidence.

``[{ "dateTime" : "05/18/15 05:25:00", "value" : { "bpm" : 114, "confidence" : 0 } }, …]``. The day
in the name is the wearer's; the instants are UTC all the same. Other files of a Takeout have the
same outline and no ``bpm``.
"""

import json
import re
from typing import BinaryIO, TextIO

from loader.errors import BadFileError
from loader.readers.base import Layout, Reader
from loader.readers.json_text import AGAIN, JsonText, holds_key

RECORDS_LOOKED_AT = 5
"""Of these one must be a heart rate; the first may be damaged."""

NAMES = frozenset({"dateTime", "bpm"})
"""Keys that may stand nowhere else."""

LOOKED_AT = 4096
"""Bytes of the head that hold those records."""

RECORD = re.compile(r'"dateTime"\s*:\s*"[^"]*"\s*,\s*"value"\s*:\s*\{\s*"bpm"\s*:')
"""A record as Takeout writes it. A file that begins with some and is no list of them is damaged, or
was made by another program: it is claimed, and refused by name when it is read."""


def _claims(reader: Reader, head: bytes, _name: str) -> Layout | None:
    text = head[:LOOKED_AT].decode("utf-8-sig", "replace").lstrip()
    if text.startswith(("[", "{")) and RECORD.search(text):
        return Layout(reader)
    if not text.startswith("["):
        return None
    decoder = json.JSONDecoder()
    position = 1
    for _ in range(RECORDS_LOOKED_AT):
        position += len(text[position:]) - len(text[position:].lstrip(" \t\r\n,"))
        try:
            record, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return None
        if isinstance(record, dict) and _is_heart_rate(record):
            return Layout(reader)
    return None


def _is_heart_rate(record: dict[str, object]) -> bool:
    value = record.get("value")
    return "dateTime" in record and isinstance(value, dict) and "bpm" in value


def _rewrite(source: BinaryIO, target: TextIO) -> int:
    """Write the records of a document as they are, having looked at every part of it."""
    text = JsonText(source)
    rows = 0
    target.write("[")
    for record in text.take_list():
        if not _is_record(record):
            raise BadFileError(f"record {rows + 1:,} of it is none of heart rate", AGAIN)
        target.write(("," if rows else "") + json.dumps(record) + "\n")
        rows += 1
    if text.next_letter():
        raise BadFileError("something stands after the list of its records", AGAIN)
    target.write("]")
    return rows


def _is_record(record: object) -> bool:
    """Whether it is an object with all it says of heart rate where it should be.

    What it lacks, or another value, makes it a row to be rejected.
    """
    if not isinstance(record, dict) or "bpm" in record:
        return False
    value = record.get("value")
    beside = [below for name, below in record.items() if name != "value"]
    if value is None:
        return not holds_key(beside, NAMES)
    if not isinstance(value, dict) or "dateTime" in value:
        return False
    return not holds_key([*beside, *value.values()], NAMES)


READER = Reader(
    name="takeout json",
    rank=500,
    expected='[{"dateTime": …, "value": {"bpm": …, "confidence": …}}, …] (Takeout)',
    times="UTC",
    lines=False,
    claims=_claims,
    relation="takeout_json",
    once_a_row=(b'"dateTime"', b'"bpm"', b'"confidence"'),
    objects_a_row=2,
    rewrite=_rewrite,
)
