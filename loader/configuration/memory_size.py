"""Sizes in DuckDB's notation: KB is 1000 bytes, KiB is 1024."""

import re
from math import pow

SIZE = re.compile(r"(?P<number>\d+(\.\d+)?) ?(?P<unit>[KMGT])(?P<binary>i)?B", re.IGNORECASE)


def bytes_of(size: str) -> int | None:
    """The bytes of a size such as ``128MB``; None if it is not a size."""
    found = SIZE.fullmatch(size)
    if found is None:
        return None
    step = 1024.0 if found["binary"] else 1000.0
    return int(float(found["number"]) * pow(step, "KMGT".index(found["unit"].upper()) + 1))
