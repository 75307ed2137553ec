"""The tracked sample: which files it is, and how the ledger's records of them are recognised.

It is for trying the project, so it has its own participant and is read only while ``DATA_DIR``
holds no other file. Only the files that git tracks are the sample, found by their places: a folder
``sample`` of a user's own, or another file that was put next to them, is data like any other.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from loader.configuration.settings import PROJECT
from loader.ledger.fingerprint import Fingerprint

PARTICIPANT = "sample"
"""The participant of the sample, whatever the settings are."""


@dataclass(frozen=True)
class TrackedFile:
    """A file as git tracks it.

    Attributes:
        path: its path.
        stored: the fingerprint of its bytes; ``tests/unit/test_sample.py`` compares both
            fingerprints with the file.
        content: the fingerprint in the ledger, of what is read: uncompressed.
    """

    path: Path
    stored: Fingerprint
    content: Fingerprint

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
        same = path.name == self.path.name and status.st_size == self.stored.length
        return same and self.equals(path)

    def equals(self, path: Path) -> bool:
        """Whether a file holds what git tracks and nothing else.

        Only then may it be left out: any other content belongs to the user.
        """
        try:
            with path.open("rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                return size == self.stored.length and self.stored.matches(stream)
        except OSError:
            return False


_HR = Fingerprint(6_943_072, bytearray.fromhex("813dbb87e37f429322aac8675dcdf8aa"))

TRACKED = (
    TrackedFile(PROJECT / "data" / "sample" / "hr.csv", stored=_HR, content=_HR),
    TrackedFile(
        PROJECT / "data" / "sample" / "takeout.json.gz",
        stored=Fingerprint(1_950_071, bytearray.fromhex("206d8bb27f2dc247")),
        content=Fingerprint(
            42_691_101,
            bytearray.fromhex(
                "d4aa9efbf3e5453ece4f8f1cbfe8ff9c4cc76af578136cf9d67b9f5433f7ea7b"
                "8f6fd45c2af1a714776f8eaf3f5145ba7c74d56760f12d341bb11bb08432bda5"
                "862771921b0e179b4c243a4d0c06f896c7110c76cc26af63"
            ),
        ),
    ),
)


def is_part_of_it(path: Path, status: os.stat_result) -> bool:
    """Whether ``path``, whose status is ``status``, is a file of the sample, or a copy of one."""
    return any(file.is_at(path, status) or file.is_copied_to(path, status) for file in TRACKED)


def is_unchanged(path: Path) -> bool:
    """Whether a file holds exactly what git tracks of the sample."""
    return any(path.name == file.path.name and file.equals(path) for file in TRACKED)


def is_content(fingerprint: Fingerprint) -> bool:
    """Whether what was read of a file is a file of the sample."""
    return any(fingerprint == file.content for file in TRACKED)
