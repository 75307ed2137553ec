"""The name of a file in the ledger and in messages: printable, limited in length, stable."""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Sequence

from loader.wording import shown

LONGEST_NAME = 900
"""Bytes of a file's name below ``DATA_DIR``. Nested archives add up to three member names, and the
key of ``ingest.days`` adds a participant and a device (at most 320 bytes): together less than the
2,704 bytes that a btree allows.
"""

LONGEST_MEMBER = 400
"""Bytes of a member's name below its archive."""

LONGEST_PARTICIPANT = 200
"""Bytes of a participant's name: it is part of several keys."""

ARCHIVE_ENDINGS = (
    *(".zip", ".tar", ".tgz", ".tbz2", ".tbz", ".txz"),
    *(".tar.gz", ".tar.bz2", ".tar.xz"),
)

TAKEOUT_PART = re.compile(
    r"(?P<export>.*takeout-\d{8}T\d{6}Z)(?:-\d+)?-\d{3}(?:\s*\(\d+\))?", re.IGNORECASE | re.DOTALL
)
"""``takeout-20240101T000000Z-1-001``, optionally with `` (1)`` from a second download. Other names
that end with a number (``P-001``, ``P-002``) may be those of two people."""


def printable_name(name: str) -> str:
    """A name as printable text. Escapes backslashes too, so that no two names collide."""
    try:
        encoded = os.fsencode(name)
    except UnicodeEncodeError:  # half of a surrogate pair, which an archive may contain
        encoded = name.encode("utf-8", "surrogatepass")
    text = encoded.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    return shown(text)


def shortened(name: str, longest: int) -> str:
    """The name; if it is longer than ``longest`` bytes, its start, a digest, and its end."""
    encoded = name.encode()
    if len(encoded) <= longest:
        return name
    digest = hashlib.sha256(encoded).hexdigest()[:16]
    half = (longest - len(digest) - 2) // 2
    start, end = encoded[:half].decode(errors="ignore"), encoded[-half:].decode(errors="ignore")
    return f"{start}~{digest}~{end}"


def member_name(stored: str) -> str:
    """The name of an archive's member below the archive.

    Members are never written to the disk under their names, so a name only has to be readable:
    ``./x``, ``/x``, ``../x`` and ``C:\\x`` all become ``x``.
    """
    path = re.sub(r"^[A-Za-z]:(?=[\\/])", "", stored).replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    return "/".join(map(printable_name, parts)) or "unnamed"


def unique_names(names: Sequence[str]) -> list[str]:
    """The names of an archive's members, made unique in their order: ``x``, ``x#2``, ``x#3``.

    A member never gets the name of another member's folder either: if it is an archive, its own
    members are named as if it were a folder.
    """
    folders = {name[:place] for name in names for place, letter in enumerate(name) if letter == "/"}
    taken, times = set(folders), Counter[str]()
    unique = []
    for name in names:
        times[name] += 1
        candidate = name
        if name in taken:
            times[name] = max(times[name], 2)
            while (candidate := f"{name}#{times[name]}") in taken:
                times[name] += 1
        taken.add(candidate)
        unique.append(candidate)
    return unique


def export_name(first_level: str) -> str:
    """The export to which a first-level folder or archive belongs; a Takeout's parts are one."""
    part = TAKEOUT_PART.fullmatch(without_archive_ending(first_level))
    return part["export"] if part else first_level


def without_archive_ending(name: str) -> str:
    """The name of an archive without ``.zip``, ``.tar.gz`` …; any other name unchanged."""
    found = [ending for ending in ARCHIVE_ENDINGS if name.lower().endswith(ending)]
    return name[: -max(map(len, found))] if found else name
