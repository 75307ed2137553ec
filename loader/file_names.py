"""File names for participants, whose own names may hold any character."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
WITH_DIGEST = re.compile(r".*-[0-9a-f]{10}", re.IGNORECASE)
DEVICE = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]", re.IGNORECASE)
"""Windows takes these for devices, whatever the suffix."""


def file_names(participants: Sequence[str]) -> dict[str, str]:
    """A different file name, without suffix, for each participant.

    The names are safe on every file system and in a URL, also where upper and lower case are the
    same. They don't depend on the order. A name that isn't safe as it is gets a digest, which no
    name without one can be equal to.
    """
    spellings = Counter(participant.casefold() for participant in participants)
    return {
        participant: participant
        if _is_plain(participant) and spellings[participant.casefold()] == 1
        else _with_digest(participant)
        for participant in participants
    }


def _is_plain(participant: str) -> bool:
    return bool(PLAIN.fullmatch(participant)) and not (
        WITH_DIGEST.fullmatch(participant) or DEVICE.fullmatch(participant)
    )


def _with_digest(participant: str) -> str:
    letters = re.sub(r"^-|[^A-Za-z0-9_-]", "_", participant)[:40]
    return f"{letters}-{hashlib.sha256(participant.encode()).hexdigest()[:10]}"
