"""Rows of a document as lines of JSON, for formats that the macros in ``rewritten.sql`` read.

Its reader has checked the document; a line is a reading, or a record that is rejected.
"""

import json
from dataclasses import dataclass
from functools import lru_cache

from loader.readers.zone_limits import ZoneLimits

RELATION = "rewritten"
"""``Reader.relation`` of these formats."""

LONGEST_DEVICE = 80
"""Characters of a device's name: it is part of a key of the ledger (``loader/names.py``)."""

LONGEST_RAW = 1000
"""Characters that are kept of a rejected record."""


@dataclass(frozen=True)
class Rewritten:
    """What a reader found in a document.

    Attributes:
        rows: the number of its rows.
        continues: the document says that it continues in another file.
        limits: the limits of the wearer's zones in it, which are no rows.
    """

    rows: int
    continues: bool = False
    limits: tuple[ZoneLimits, ...] = ()


def reading(clock: str, value: float | str, device: str = "") -> str:
    """The line of a reading whose time and value contain no character that JSON escapes.

    Args:
        clock: its time as ``utc_instant`` in ``fields.sql`` understands it.
        value: a number, or text that may be one.
        device: the device or app that recorded it (``device_name``); empty if none is named.
    """
    return f'{{"clock":"{clock}","value":"{value}"{device_field(device)}}}'


@lru_cache(maxsize=100)
def device_field(device: str) -> str:
    """The field of a line for a device or app, after another field; empty without one."""
    return f',"device":{json.dumps(device)}' if device else ""


def record(clock: str, value: object, raw: object, device: str = "") -> str:
    """The line of a record that may not be a reading; DuckDB decides by time and value."""
    value = _without_surrogates(value) if isinstance(value, str) else value
    return json.dumps({"clock": clock, "value": value, "device": device, "raw": _text(raw)})


def rejected(raw: object, reason: str) -> str:
    """The line of a record that is not a reading."""
    return json.dumps({"raw": _text(raw), "reason": reason})


def device_name(*candidates: object) -> str:
    """The first name of a device or app that isn't empty; empty if there is none."""
    for name in candidates:
        if isinstance(name, str) and name.strip(" "):
            return _without_surrogates(name.strip(" ").replace("\0", "\\0"))[:LONGEST_DEVICE]
    return ""


def _text(raw: object) -> str:
    return _without_surrogates(json.dumps(raw, ensure_ascii=False)[:LONGEST_RAW])


def _without_surrogates(text: str) -> str:
    """The text with half a surrogate pair escaped, for which DuckDB would refuse the file."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
