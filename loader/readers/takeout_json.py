"""Takeout's JSON, ``heart_rate-YYYY-MM-DD.json``: instants in UTC, with Fitbit's confidence.

``[{ "dateTime" : "05/18/15 05:25:00", "value" : { "bpm" : 114, "confidence" : 0 } }, …]``. The day
in the name is the wearer's local day, but instants are in UTC. Other files of a Takeout have the
same structure without ``bpm``. Programs that save such a file again write ISO times: with Z or an
offset they are instants; without, they are local times of ``takeout_json_local.py``.
"""

import json
import re
from typing import BinaryIO, TextIO

from loader.errors import COPY_AGAIN, BadFileError
from loader.readers.base import Layout, Reader
from loader.readers.json_text import JsonText, contains_key
from loader.readers.plain_shape import PlainShape
from loader.readers.rewritten import Rewritten

RECORDS_CHECKED = 5
"""One of the first records must be a heart rate; the first may be damaged."""

NAMES = frozenset({"dateTime", "bpm"})
"""Keys that may occur nowhere else."""

PLAIN_SHAPE = PlainShape((b'"dateTime"', b'"bpm"', b'"confidence"'), objects_a_row=2)
"""A list of records as Takeout writes them, each with another object."""

BYTES_CHECKED = 4096
"""The part of the head that contains these records."""

RECORD = re.compile(r'"dateTime"\s*:\s*"[^"]*"\s*,\s*"value"\s*:\s*\{\s*"bpm"\s*:')
"""A record as Takeout writes it. A file that begins with such records but isn't a list of them is
damaged or from another program: it is claimed, and refused when it is read."""


TIME = re.compile(r'"dateTime"\s*:\s*"([^"]*)"')
AMERICAN_OR_INSTANT = re.compile(
    r"\d\d?/\d\d?/\d{2,4} .*|\d{4}-\d\d-\d\d[T ].*:.*(Z|[+-]\d\d(:?\d\d)?)"
)
LOCAL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?")


LOCAL_DECIDED = "local times, because the first times have no Z and no offset"


def claims_records(reader: Reader, head: bytes, *, local: bool) -> Layout | None:
    """The layout of a list of heart rates whose first times are local times, or aren't."""
    text = head[:BYTES_CHECKED].decode("utf-8-sig", "replace").lstrip()
    if not _begins(text) or _has_local_times(text) != local:
        return None
    return Layout(reader, decided=LOCAL_DECIDED if local else "")


def _has_local_times(text: str) -> bool:
    """Whether the first time that is understood is a local time."""
    for time in TIME.findall(text):
        if AMERICAN_OR_INSTANT.fullmatch(time):
            return False
        if LOCAL.fullmatch(time):
            return True
    return False


def _begins(text: str) -> bool:
    """Whether a text begins with a list of heart rates."""
    if text.startswith(("[", "{")) and RECORD.search(text):
        return True
    if not text.startswith("["):
        return False
    decoder = json.JSONDecoder()
    position = 1
    for _ in range(RECORDS_CHECKED):
        position += len(text[position:]) - len(text[position:].lstrip(" \t\r\n,"))
        try:
            record, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return False
        if isinstance(record, dict) and _is_heart_rate(record):
            return True
    return False


def _is_heart_rate(record: dict[str, object]) -> bool:
    value = record.get("value")
    return "dateTime" in record and isinstance(value, dict) and "bpm" in value


def rewrite(source: BinaryIO, target: TextIO, _name: str) -> Rewritten:
    """Check every part of a document, and write its records unchanged."""
    text = JsonText(source)
    rows = 0
    target.write("[")
    for record in text.take_list():
        if not _is_record(record):
            raise BadFileError(f"its record {rows + 1:,} is not a heart rate", COPY_AGAIN)
        target.write(("," if rows else "") + json.dumps(record) + "\n")
        rows += 1
    if text.next_letter():
        raise BadFileError("it continues after the list of its records", COPY_AGAIN)
    target.write("]")
    return Rewritten(rows)


def _is_record(record: object) -> bool:
    """Whether an object has the keys of a heart rate only where they belong.

    If it lacks a key or has an invalid value, the row is rejected later.
    """
    if not isinstance(record, dict) or "bpm" in record:
        return False
    value = record.get("value")
    others = [child for name, child in record.items() if name != "value"]
    if value is None:
        return not contains_key(others, NAMES)
    if not isinstance(value, dict) or "dateTime" in value:
        return False
    return not contains_key([*others, *value.values()], NAMES)


READER = Reader(
    name="takeout json",
    rank=500,
    expected='[{"dateTime": …, "value": {"bpm": …, "confidence": …}}, …] (Takeout)',
    times="UTC",
    lines=False,
    claims=lambda reader, head, *_: claims_records(reader, head, local=False),
    relation="takeout_json",
    plain_shape=PLAIN_SHAPE,
    rewrite=rewrite,
)
