"""The tracked sample: which file it is, and how the ledger's record of it is recognised.

It is there to be tried, so it has a participant of its own and is read only while ``DATA_DIR``
holds no other file. Only the file that git tracks is the sample, found by its place: a folder
``sample`` of a user's own, or another file that was put next to it, is data like any other.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from loader.configuration.settings import PROJECT
from loader.ledger.fingerprint import Fingerprint

PARTICIPANT = "sample"
"""Whose readings the sample holds, whatever the settings say of other files."""


@dataclass(frozen=True)
class TrackedFile:
    """The file as git tracks it.

    Attributes:
        path: its path.
        fingerprint: of its bytes; ``tests/unit/test_sample.py`` compares it with the file.
    """

    path: Path
    fingerprint: Fingerprint

    def is_at(self, path: Path, status: os.stat_result) -> bool:
        """Whether ``path``, whose status is ``status``, is this very file, also by a link to it."""
        if path.name != self.path.name:
            return False
        try:
            return os.path.samestat(status, self.path.stat())
        except OSError:
            return False

    def is_copied_to(self, path: Path, status: os.stat_result) -> bool:
        """Whether ``path``, whose status is ``status``, is a copy of it in another data folder."""
        same = path.name == self.path.name and status.st_size == self.fingerprint.length
        return same and self.equals(path)

    def equals(self, path: Path) -> bool:
        """Whether a file holds what git tracks and nothing else.

        Only then may it be left out: any other content is a user's own.
        """
        try:
            with path.open("rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                return size == self.fingerprint.length and self.fingerprint.matches(stream)
        except OSError:
            return False


TRACKED = TrackedFile(
    path=PROJECT / "data" / "sample" / "hr.csv",
    fingerprint=Fingerprint(6_943_072, bytearray.fromhex("813dbb87e37f429322aac8675dcdf8aa")),
)
